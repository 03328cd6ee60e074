package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"zhigang/internal/testbrowser"
)

// Whoever types is offered names, by keys and by touch, and may go on without them.
func TestPagesSuggestWhileSomebodyTypes(t *testing.T) {
	if testing.Short() {
		t.Skip("the suite without servers")
	}
	t.Parallel()
	s := embedded(t).with("LANG", "zh_CN.UTF-8")
	s = s.with("ZHIGANG_BASE_URL", s.url())
	serving(t, s, "demo")
	tab := testbrowser.Start(t).Open(t, testbrowser.Options{Base: s.url(), Width: testbrowser.Phone})
	typed := func(path, text string) {
		t.Helper()
		tab.Go(path)
		testbrowser.Evaluate[bool](tab, fmt.Sprintf(`(() => {
			const box = document.querySelector("input[name=q]");
			box.focus();
			box.value = %q;
			return box.dispatchEvent(new InputEvent("input", {bubbles: true}));
		})()`, text))
		for n := 0; tab.Attribute("input[name=q]", "aria-expanded") != "true"; n++ {
			if n == 100 {
				t.Fatalf("%s: nothing is offered for %s", path, text)
			}
			time.Sleep(50 * time.Millisecond) // a browser at work
		}
	}
	key := func(names ...string) {
		for _, name := range names {
			testbrowser.Evaluate[bool](tab, fmt.Sprintf(
				`document.querySelector("input[name=q]").dispatchEvent(new KeyboardEvent("keydown", {key: %q, bubbles: true, cancelable: true}))`, name))
		}
	}
	arrived := func(want string) {
		t.Helper()
		for n := 0; !strings.HasPrefix(tab.URL(), s.url()+want); n++ {
			if n == 100 {
				t.Fatalf("at %s, not %s", tab.URL(), want)
			}
			time.Sleep(50 * time.Millisecond) // a browser at work
		}
	}

	typed("/", "shegong")
	if first := tab.TextOf("#completion-0"); !strings.Contains(first, "社工") || !strings.Contains(first, "个岗位") {
		t.Errorf("the first is %q", first)
	}
	key("ArrowDown", "ArrowDown", "ArrowUp")
	if on := tab.Attribute("input[name=q]", "aria-activedescendant"); on != "completion-0" || tab.Attribute("#completion-0", "aria-selected") != "true" {
		t.Errorf("on %q", on)
	}
	if found := tab.Axe(testbrowser.WCAG()...); len(found) > 0 {
		t.Errorf("%+v", found)
	}
	key("Escape")
	if tab.Attribute("input[name=q]", "aria-expanded") != "false" || tab.Count(".completions:not([hidden])") != 0 {
		t.Error("Escape does not close it")
	}
	typed("/", "shegong")
	key("ArrowDown", "Enter")
	arrived("/positions?q=%E7%A4%BE%E5%B7%A5")

	typed("/positions?kind=job&region=440106", "番禺") // the kind stays, the region is another one
	testbrowser.Evaluate[bool](tab, `(document.querySelector(".completions [data-kind=region] .completion").click(), true)`)
	arrived("/positions?kind=job&region=440113")
	if got := tab.Troubles(); len(got) > 0 {
		t.Errorf("the browser complains: %q", got)
	}
}
