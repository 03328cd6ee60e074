package testbrowser

import (
	"os"
	"path/filepath"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"zhigang/internal/testserver"
)

// Screenshot writes a picture of the whole page, from top to end, to a PNG file.
func (tab *Tab) Screenshot(file string) {
	tab.t.Helper()
	tab.picture(file, chromedp.FullScreenshot(100))
}

// ScreenshotWindow writes a picture of what the window shows to a PNG file.
func (tab *Tab) ScreenshotWindow(file string) {
	tab.t.Helper()
	tab.picture(file, chromedp.CaptureScreenshot())
}

func (tab *Tab) picture(file string, a chromedp.Action[[]byte]) {
	tab.t.Helper()
	png, err := run(tab, a)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(file), 0o755)
	}
	if err == nil {
		err = os.WriteFile(file, png, 0o644)
	}
	if err != nil {
		tab.fail("take a picture", err)
	}
}

// Evaluate asks the page something in JavaScript; it works with JavaScript off as well.
func Evaluate[T any](tab *Tab, expression string) T {
	tab.t.Helper()
	return eval[T](tab, expression)
}

// Violation is a rule of accessibility that a page breaks.
type Violation struct {
	ID, Impact, Help string
	// Nodes are the elements that break it, as HTML, each with what is wrong.
	Nodes []string
}

// WCAG returns axe-core's tags of the WCAG 2.2 at levels A and AA.
func WCAG() []string { return []string{"wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"} }

// Axe runs axe-core on the page with the rules that carry one of the tags.
func (tab *Tab) Axe(tags ...string) []Violation {
	tab.t.Helper()
	if tab.o.NoScript {
		tab.t.Fatal("axe-core needs JavaScript: turn it on and load the page again")
	}
	axe, err := os.ReadFile(filepath.Join(testserver.Root(), ".tools/node_modules/axe-core/axe.min.js"))
	if err != nil {
		tab.t.Fatalf("axe-core is not installed: run `make tools`: %v", err)
	}
	tab.do("load axe-core", chromedp.Evaluate[chromedp.Void](string(axe)+";undefined"))
	return eval[[]Violation](tab, `axe.run(document, {runOnly: {type: "tag", values: `+quote(tags)+`}, resultTypes: ["violations"]})
		.then(r => r.violations.map(v => ({ID: v.id, Impact: v.impact, Help: v.help,
			Nodes: v.nodes.map(n => n.html.slice(0, 200) + " — " + (n.failureSummary ?? "").replace(/\s+/g, " "))})))`)
}

// Request is something that a page fetched.
type Request struct {
	URL    string
	Kind   string // "Document", "Stylesheet", "Script", "Image", …
	Status int
	Bytes  int // as they came over the wire, headers included
}

// Load is what the loading of a page fetched.
type Load struct {
	Status   int
	Requests []Request
}

// Bytes returns the sum over all requests.
func (l Load) Bytes() int {
	sum := 0
	for _, r := range l.Requests {
		sum += r.Bytes
	}
	return sum
}

// Weigh opens a page as somebody who has never been there, with nothing in the cache, and returns what it fetched.
func (tab *Tab) Weigh(url string) Load {
	tab.t.Helper()
	tab.Go("about:blank")
	if _, err := chromedp.Call(tab.ctx, network.ClearBrowserCache, cdp.Empty{}); err != nil {
		tab.fail("empty the cache", err)
	}
	tab.mu.Lock()
	clear(tab.open)
	tab.done = nil
	tab.mu.Unlock()
	load := Load{Status: tab.Go(url)}
	for begun := time.Now(); ; {
		tab.mu.Lock()
		waiting := len(tab.open)
		load.Requests = append([]Request(nil), tab.done...)
		tab.mu.Unlock()
		if waiting == 0 {
			return load
		}
		if time.Since(begun) > patience {
			tab.t.Fatalf("%s still fetches %d files", url, waiting)
		}
		time.Sleep(20 * time.Millisecond) // polling the browser
	}
}

// ended moves a request to those that are done.
func (tab *Tab) ended(id network.RequestID, bytes int) {
	r := tab.open[id]
	if r == nil {
		return
	}
	delete(tab.open, id)
	r.Bytes = bytes
	tab.done = append(tab.done, *r)
}
