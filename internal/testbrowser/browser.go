// Package testbrowser drives a real Chromium for end-to-end tests: as a person, who reads a page, fills its form and
// presses its button. Whatever goes wrong fails the test and says which page stood there.
package testbrowser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"zhigang/internal/testserver"
)

// The widths at which pages are looked at.
const (
	Phone   = 390
	Desktop = 1280
)

// patience is how long one step may take on a machine that does other things besides.
const patience = 2 * time.Minute

// retry is after how long a click that led to nothing is made again: a busy browser loses some.
const retry = 10 * time.Second

// Browser is a Chromium of one test.
type Browser struct {
	ctx context.Context // chromedp keeps the browser in its context
}

// Start starts a headless Chromium with a profile of its own; it ends with the test.
func Start(t testing.TB) *Browser {
	t.Helper()
	path := testserver.Chromium(t)
	// Not t.TempDir: Chromium's helpers may write for a moment after it has ended, and that must not fail the test.
	home, err := os.MkdirTemp("", "zhigang-chromium-") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(filepath.Join(home, "profile")), chromedp.Env("HOME="+home),
		chromedp.WindowSize(Desktop, 900), chromedp.Flag("lang", "zh-CN"), chromedp.Flag("accept-lang", "zh-CN"),
		chromedp.Flag("no-proxy-server", true), chromedp.Flag("disable-component-update", true),
		// While one page turns into the next, clicks go nowhere.
		chromedp.Flag("force-prefers-reduced-motion", true),
		// A page that comes back whole from the memory of the browser loads nothing, and nobody would know when it is there.
		chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,BackForwardCache"))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium's sandbox refuses to run as root
	}
	alloc, end := chromedp.NewExecAllocator(context.Background(), options...)
	quiet := func(string, ...any) {}
	ctx, cancel := chromedp.NewContext(alloc, chromedp.WithErrorf(quiet), chromedp.WithLogf(quiet))
	t.Cleanup(func() {
		cancel()
		end()
		_ = os.RemoveAll(home)
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("Chromium does not start: %v", err)
	}
	return &Browser{ctx}
}

// Options say how a tab looks at pages.
type Options struct {
	// Base is put before paths that begin with "/".
	Base string
	// Width of the window: Phone or Desktop; 0 means Desktop.
	Width int
	// NoScript turns JavaScript off.
	NoScript bool
}

// Tab is one person at the browser: tabs share no cookies.
type Tab struct {
	t   testing.TB
	ctx context.Context // chromedp keeps the tab in its context
	o   Options

	mu       sync.Mutex
	open     map[network.RequestID]*Request
	done     []Request
	asked    int // how many pages were asked for
	troubles []string
}

// Open opens a tab.
func (b *Browser) Open(t testing.TB, o Options) *Tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	tab := &Tab{t: t, ctx: ctx, o: o, open: map[network.RequestID]*Request{}}
	if err := chromedp.Listen(ctx, tab.hear); err != nil {
		t.Fatal(err)
	}
	if o.Width == 0 {
		tab.o.Width = Desktop
	}
	tab.Resize(tab.o.Width)
	tab.Script(!o.NoScript)
	return tab
}

// Resize sets the width of the window, as a phone or a screen on a desk has it.
func (tab *Tab) Resize(width int) {
	tab.t.Helper()
	height := int64(900)
	how := []chromedp.EmulateViewportOption{}
	if width < 600 {
		height = 844
		how = append(how, chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	tab.o.Width = width
	tab.do(fmt.Sprintf("resize to %d", width), chromedp.EmulateViewport(int64(width), height, how...))
}

// Script turns JavaScript on or off for the pages that are loaded from now on.
func (tab *Tab) Script(on bool) {
	tab.t.Helper()
	tab.o.NoScript = !on
	tab.do("turn scripts on or off", chromedp.Func(func(ctx context.Context, page *chromedp.Target) error {
		_, err := cdp.Call(ctx, page, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
		return err
	}))
}

// Go opens a page and returns its status.
func (tab *Tab) Go(url string) int {
	tab.t.Helper()
	if strings.HasPrefix(url, "/") {
		url = tab.o.Base + url
	}
	response, err := run(tab, chromedp.NavigateResponse(url))
	if err != nil {
		tab.fail("go to "+url, err)
	}
	if response == nil { // only the fragment was new
		return 0
	}
	return int(response.Status)
}

// Reload loads the page again.
func (tab *Tab) Reload() {
	tab.t.Helper()
	tab.do("reload", chromedp.Reload())
}

// URL returns the address of the page.
func (tab *Tab) URL() string {
	tab.t.Helper()
	return eval[string](tab, "location.href")
}

// Path returns the address without scheme and host.
func (tab *Tab) Path() string {
	tab.t.Helper()
	return eval[string](tab, "location.pathname + location.search + location.hash")
}

// Text returns what a reader sees on the page.
func (tab *Tab) Text() string {
	tab.t.Helper()
	return eval[string](tab, "document.body.innerText")
}

// TextOf returns what a reader sees of the first element that a CSS selector names; "" when there is none.
func (tab *Tab) TextOf(css string) string {
	tab.t.Helper()
	return eval[string](tab, "document.querySelector("+quote(css)+")?.innerText ?? ''")
}

// Attribute returns an attribute of the first element that a CSS selector names; "" when there is none.
func (tab *Tab) Attribute(css, name string) string {
	tab.t.Helper()
	return eval[string](tab, "document.querySelector("+quote(css)+")?.getAttribute("+quote(name)+") ?? ''")
}

// Count returns how many elements a CSS selector names.
func (tab *Tab) Count(css string) int {
	tab.t.Helper()
	return eval[int](tab, "document.querySelectorAll("+quote(css)+").length")
}

// See fails the test unless a reader sees all texts on the page.
func (tab *Tab) See(texts ...string) {
	tab.t.Helper()
	page := tab.Text()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			tab.fail("see "+quote(text), nil)
		}
	}
}

// SeeNot fails the test when a reader sees one of the texts on the page.
func (tab *Tab) SeeNot(texts ...string) {
	tab.t.Helper()
	page := tab.Text()
	for _, text := range texts {
		if strings.Contains(page, text) {
			tab.fail("not see "+quote(text), nil)
		}
	}
}

// Until loads the page again until it says a text: for what another process brings about.
func (tab *Tab) Until(text string) {
	tab.t.Helper()
	begun := time.Now()
	for !strings.Contains(tab.Text(), text) {
		if time.Since(begun) > patience {
			tab.fail("see "+quote(text)+" in the end", nil)
		}
		time.Sleep(200 * time.Millisecond) // polling a server
		tab.Reload()
	}
}

// Troubles returns what the browser complained of so far: scripts that threw, things the content policy refused, files
// that are missing.
func (tab *Tab) Troubles() []string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return append([]string(nil), tab.troubles...)
}

// hear keeps what the browser tells of a page. It must not call the browser.
func (tab *Tab) hear(event any) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		tab.troubles = append(tab.troubles, "script: "+e.ExceptionDetails.Text+" "+e.ExceptionDetails.URL)
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			tab.troubles = append(tab.troubles, string(e.Entry.Source)+": "+e.Entry.Text+" "+e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		tab.open[e.RequestID] = &Request{URL: e.Request.URL, Kind: string(e.Type)}
		if e.Type == network.ResourceTypeDocument {
			tab.asked++
		}
	case *network.EventResponseReceived:
		if r := tab.open[e.RequestID]; r != nil {
			r.Status = int(e.Response.Status)
		}
	case *network.EventLoadingFinished:
		tab.ended(e.RequestID, int(e.EncodedDataLength))
	case *network.EventLoadingFailed:
		tab.ended(e.RequestID, 0)
	}
}

func run[T any](tab *Tab, a chromedp.Action[T]) (T, error) {
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, a)
}

// eval asks the page; it works with JavaScript off as well.
func eval[T any](tab *Tab, expression string) T {
	tab.t.Helper()
	v, err := run(tab, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		tab.fail("evaluate "+expression[:min(len(expression), 200)], err)
	}
	return v
}

func (tab *Tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	if _, err := run(tab, chromedp.Steps(steps...)); err != nil {
		tab.fail(what, err)
	}
}

// fail ends the test with what stands on the page.
func (tab *Tab) fail(what string, cause error) {
	tab.t.Helper()
	where, _ := run(tab, chromedp.Location())
	text, _ := run(tab, chromedp.Evaluate[string]("document.body?.innerText ?? ''"))
	tab.t.Fatalf("cannot %s: %v\non %s, which says:\n%s", what, cause, where, text)
}
