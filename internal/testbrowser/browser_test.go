package testbrowser_test

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"zhigang/internal/testbrowser"
	"zhigang/internal/testserver"
)

func TestMain(m *testing.M) { testserver.Main(m) }

const form = `<!doctype html><html lang="zh"><title>表</title><link rel="stylesheet" href="/style.css">
<body><form method="post" action="/sent"><label>姓名 <input name="name" value="旧"></label>
<label>说明 <textarea name="text" required></textarea></label>
<label>日期 <input type="date" name="day"></label>
<label>学历 <select name="degree"><option value="1">大专<option value="2">本科</select></label>
<label><input type="checkbox" name="kind" value="job">全职</label><label><input type="checkbox" name="kind" value="flexible">灵活</label>
<label><input type="radio" name="pay" value="a">甲</label><label><input type="radio" name="pay" value="b">乙</label>
<div style="height: 3000px"></div><button>提交</button></form>
<img src="/missing.png"><p id="js">没有脚本</p><script>document.getElementById("js").textContent = "有脚本"</script></body></html>`

func site(t *testing.T) string {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprint(w, form)
	})
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css")
		_, _ = fmt.Fprint(w, strings.Repeat("p { color: #ccc }\n", 1000))
	})
	mux.HandleFunc("POST /sent", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, "<!doctype html><title>到</title><p>%s</p>", html.EscapeString(r.PostForm.Encode()))
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

func TestAFormIsFilledAndSentWithAndWithoutScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("needs Chromium")
	}
	b := testbrowser.Start(t)
	base := site(t)
	for _, noScript := range []bool{false, true} {
		tab := b.Open(t, testbrowser.Options{Base: base, Width: testbrowser.Phone, NoScript: noScript})
		if status := tab.Go("/"); status != http.StatusOK {
			t.Fatal(status)
		}
		tab.See(map[bool]string{false: "有脚本", true: "没有脚本"}[noScript])
		tab.FillAll("name", "林 小满", "text", "第一行\n第二行", "day", "2026-07-01", "degree", "本科", "kind", "flexible", "kind", "job", "pay", "b")
		tab.Press("提交")
		for _, want := range []string{"name=%E6%9E%97+%E5%B0%8F%E6%BB%A1", "day=2026-07-01", "degree=2", "kind=job&kind=flexible", "pay=b", "%0D%0A"} {
			tab.See(want)
		}
		if noScript || tab.Path() != "/sent" {
			continue
		}
		tab.Back()
		if tab.Value("name") != "林 小满" {
			t.Errorf("after going back the field says %q", tab.Value("name"))
		}
	}
}

func TestAPageIsWeighedLookedAtAndChecked(t *testing.T) {
	if testing.Short() {
		t.Skip("needs Chromium")
	}
	tab := testbrowser.Start(t).Open(t, testbrowser.Options{Base: site(t)})
	load := tab.Weigh("/")
	kinds := []string{}
	for _, r := range load.Requests {
		kinds = append(kinds, r.Kind)
	}
	if load.Bytes() < 18_000 || load.Bytes() > 25_000 || !slices.Contains(kinds, "Document") || !slices.Contains(kinds, "Stylesheet") || !slices.Contains(kinds, "Image") {
		t.Errorf("%d bytes: %+v", load.Bytes(), load.Requests)
	}
	if again := tab.Weigh("/"); again.Bytes() < 18_000 {
		t.Errorf("the second time the cache was not empty: %+v", again)
	}
	file := filepath.Join(t.TempDir(), "page.png")
	tab.Screenshot(file)
	if info, err := os.Stat(file); err != nil || info.Size() < 1000 {
		t.Error(info, err)
	}
	ids := []string{}
	for _, v := range tab.Axe(testbrowser.WCAG()...) {
		ids = append(ids, v.ID)
	}
	if !slices.Contains(ids, "color-contrast") || !slices.Contains(ids, "image-alt") {
		t.Errorf("axe-core finds only %v", ids)
	}
	if all := strings.Join(tab.Troubles(), "\n"); !strings.Contains(all, "missing.png") {
		t.Errorf("nobody complained of the missing picture: %s", all)
	}
}
