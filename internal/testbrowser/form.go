package testbrowser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// helpers are functions that the questions below share. They run in the page, and change nothing in it but what a person
// could.
const helpers = `
const shown = e => e.checkVisibility({visibilityProperty: true, opacityProperty: false});
const label = e => (e.innerText || e.value || e.getAttribute("aria-label") || "").replace(/\s+/g, " ").trim();
const called = (css, text) => {
  const all = [...document.querySelectorAll(css)].filter(shown);
  return all.find(e => label(e) === text) ?? all.find(e => label(e).includes(text));
};
const fields = name => [...document.getElementsByName(name)].filter(e => e.type !== "hidden");
const place = e => {
  e.scrollIntoView({block: "center", behavior: "instant"});
  const r = [...e.getClientRects()].find(r => r.width && r.height) ?? e.getBoundingClientRect();
  const x = r.x + r.width / 2, y = r.y + r.height / 2, top = document.elementFromPoint(x, y);
  const same = top && (e === top || e.contains(top));
  return {x, y, under: same ? "" : (top ? top.outerHTML.slice(0, 120) : "nothing")};
};
`

// verbatim is JavaScript that ask puts in as it is.
type verbatim string

// ask evaluates the body of a function with the helpers above at hand.
func ask[T any](tab *Tab, body string, args ...any) T {
	tab.t.Helper()
	for n, a := range args {
		if _, code := a.(verbatim); !code {
			args[n] = quote(a)
		}
	}
	return eval[T](tab, "(() => {"+helpers+fmt.Sprintf(body, args...)+"})()")
}

// quote writes a value as JavaScript.
func quote(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

// Fill writes a value into the field with a name: text is typed, an option is chosen by its value or its text, of check
// boxes and radio buttons the one with that value is ticked (a box that has no value of its own: "on").
func (tab *Tab) Fill(name, value string) {
	tab.t.Helper()
	kind := ask[string](tab, `const all = fields(%s), e = all[0];
		if (!e) return "none";
		if (e.tagName === "SELECT") return "select";
		return ["checkbox", "radio", "file", "date", "datetime-local", "time", "week", "month"].includes(e.type) ? e.type : "text";`, name)
	switch kind {
	case "none":
		tab.fail("fill "+quote(name), errors.New("there is no such field"))
	case "file":
		tab.Upload(name, value)
	case "checkbox", "radio":
		tab.tick(name, value)
	case "select":
		tab.choose(name, value)
	case "text":
		tab.write(name, value)
	default: // typing a date depends on the language of the browser; the value does not
		ask[bool](tab, `const e = fields(%s)[0]; e.value = %s;
			e.dispatchEvent(new Event("input", {bubbles: true})); e.dispatchEvent(new Event("change", {bubbles: true})); return true;`, name, value)
	}
	if kind == "file" {
		return
	}
	if got := tab.Value(name); got != value && kind != "checkbox" && kind != "select" {
		tab.fail(fmt.Sprintf("fill %q with %q", name, value), fmt.Errorf("it holds %q", got))
	}
}

// FillAll fills several fields: name, value, name, value.
func (tab *Tab) FillAll(namesAndValues ...string) {
	tab.t.Helper()
	for n := 0; n+1 < len(namesAndValues); n += 2 {
		tab.Fill(namesAndValues[n], namesAndValues[n+1])
	}
}

// Value returns what stands in the field with a name; of radio buttons the one that is chosen.
func (tab *Tab) Value(name string) string {
	tab.t.Helper()
	return ask[string](tab, `const all = fields(%s), e = all[0];
		return (e?.type === "radio" ? all.find(r => r.checked)?.value : e?.value) ?? "";`, name)
}

func (tab *Tab) write(name, value string) {
	tab.t.Helper()
	ask[bool](tab, `const e = fields(%s).find(shown) ?? fields(%s)[0]; e.scrollIntoView({block: "center", behavior: "instant"});
		e.focus(); e.select(); return true;`, name, name)
	tab.do("type", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		if value == "" {
			return nil
		}
		_, err := cdp.Call(ctx, target, input.InsertText, input.InsertTextParams{Text: value})
		return err
	}))
	if value == "" {
		tab.do("empty the field", chromedp.KeyEvent("\b"))
	}
}

func (tab *Tab) choose(name, value string) {
	tab.t.Helper()
	found := ask[bool](tab, `const e = fields(%s)[0], want = %s;
		const o = [...e.options].find(o => o.value === want) ?? [...e.options].find(o => o.text.trim() === want);
		if (!o) return false;
		if (e.multiple) o.selected = true; else e.value = o.value;
		e.dispatchEvent(new Event("input", {bubbles: true})); e.dispatchEvent(new Event("change", {bubbles: true})); return true;`, name, value)
	if !found {
		tab.fail(fmt.Sprintf("choose %q in %q", value, name), errors.New("there is no such option"))
	}
}

// tick makes sure that a check box or radio button is ticked. Its label is pressed where the box itself is drawn away.
func (tab *Tab) tick(name, value string) {
	tab.t.Helper()
	state := ask[string](tab, `const e = fields(%s).find(e => e.value === %s); return e ? (e.checked ? "ticked" : "open") : "none";`, name, value)
	switch state {
	case "none":
		tab.fail(fmt.Sprintf("tick %q of %q", value, name), errors.New("there is no such box"))
	case "open":
		tab.click(fmt.Sprintf("tick %q of %q", value, name), fmt.Sprintf(`const e = fields(%s).find(e => e.value === %s);
			return place(shown(e) && e.getBoundingClientRect().width > 4 ? e : e.labels[0] ?? e);`, quote(name), quote(value)))
	}
}

// Upload puts a file into a file field.
func (tab *Tab) Upload(name, file string) {
	tab.t.Helper()
	tab.do("upload "+file, chromedp.SetUploadFiles(chromedp.CSS("input[type=file][name="+quote(name)+"]"), []string{file}))
}

const pressable = `button, input[type=submit], [role=button], summary, a[href], label`

// Press presses the button (or follows the link) that says a text, with the mouse, and waits for the next page.
func (tab *Tab) Press(text string) {
	tab.t.Helper()
	tab.press("button, input[type=submit], [role=button]", text)
}

// Follow follows the link that says a text.
func (tab *Tab) Follow(text string) {
	tab.t.Helper()
	tab.press("a[href]", text)
}

// Click clicks on the button, link, label or summary that says a text, and does not wait for another page.
func (tab *Tab) Click(text string) {
	tab.t.Helper()
	tab.click("click on "+quote(text), fmt.Sprintf(`const e = called(%s, %s); return e ? place(e) : null;`, quote(pressable), quote(text)))
}

// PressIn is Press for the first button inside the element that a CSS selector names.
func (tab *Tab) PressIn(css string) {
	tab.t.Helper()
	tab.leave("press the button in "+css, fmt.Sprintf(
		`const all = document.querySelector(%s)?.querySelectorAll("button:not([type=button]), input[type=submit]") ?? [];
		const e = [...all].find(e => shown(e) && label(e)); return e ? place(e) : null;`, quote(css)))
}

func (tab *Tab) press(css, text string) {
	tab.t.Helper()
	tab.leave("press "+quote(text), fmt.Sprintf(`const e = called(%s, %s); return e ? place(e) : null;`, quote(css), quote(text)))
}

// spot is where an element stands in the window, and what covers it.
type spot struct {
	X, Y  float64
	Under string
}

func (tab *Tab) find(what, js string) spot {
	tab.t.Helper()
	tab.painted()
	s := ask[*spot](tab, "%s", verbatim(js))
	if s == nil {
		tab.fail(what, errors.New("there is nothing of the kind"))
	}
	if s.Under != "" {
		tab.fail(what, fmt.Errorf("it is covered by %s", s.Under))
	}
	return *s
}

func (tab *Tab) click(what, js string) {
	tab.t.Helper()
	s := tab.find(what, js)
	tab.do(what, chromedp.MouseClickXY(s.X, s.Y))
}

// painted waits until the page has been drawn: Chromium throws clicks away that come before.
func (tab *Tab) painted() {
	tab.t.Helper()
	for begun := time.Now(); eval[int](tab, `performance.getEntriesByType("paint").length`) == 0; {
		if time.Since(begun) > patience {
			tab.fail("wait for the page to be drawn", nil)
		}
		time.Sleep(20 * time.Millisecond) // polling the browser
	}
}

// leave clicks and waits until another page has loaded. Where nothing at all follows a click, it is made again.
func (tab *Tab) leave(what, js string) {
	tab.t.Helper()
	s, before := tab.find(what, js), tab.documents()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	click := chromedp.Func(func(ctx context.Context, page *chromedp.Target) error {
		for begun := time.Now().Add(-retry); tab.documents() == before; {
			if time.Since(begun) > retry {
				if _, err := chromedp.MouseClickXY(s.X, s.Y)(ctx, page); err != nil {
					return err
				}
				begun = time.Now()
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(20 * time.Millisecond): // polling the browser
			}
		}
		return nil
	})
	if _, err := chromedp.RunResponse(ctx, click); err != nil {
		refused := ask[[]string](tab, `return [...document.querySelectorAll("input:invalid, select:invalid, textarea:invalid")].map(e => e.name + ": " + e.validationMessage);`)
		tab.fail(what, fmt.Errorf("no page followed: %w; fields that the browser refuses: %v", err, refused))
	}
}

// documents counts the pages that were asked for so far.
func (tab *Tab) documents() int {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return tab.asked
}

// SendTwice sends the form that a CSS selector names as a double click does where no script holds the second one back:
// twice at once. It returns the status of both answers, redirects followed.
func (tab *Tab) SendTwice(css string) []int {
	tab.t.Helper()
	return eval[[]int](tab, `(() => {
		const form = document.querySelector(`+quote(css)+`);
		const body = () => form.enctype === "multipart/form-data" ? new FormData(form) : new URLSearchParams(new FormData(form));
		const send = () => fetch(form.action, {method: "POST", body: body(), credentials: "same-origin"}).then(r => r.status);
		return Promise.all([send(), send()]);
	})()`)
}

// Back goes back, as the browser's own button does.
func (tab *Tab) Back() {
	tab.t.Helper()
	tab.do("go back", chromedp.NavigateBack())
}
