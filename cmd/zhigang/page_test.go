package main

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"zhigang/internal/testbrowser"
	"zhigang/internal/testserver"
	"zhigang/web"
)

// firstVisit is how many bytes a public page may fetch from somebody who has never been on the site.
const firstVisit = 60 << 10

// notPages are the GET routes that answer with something else than a page.
var notPages = []string{
	"/static/*file", "/positions.atom", "/sitemap.xml", "/sitemaps/:name", "/robots.txt", "/.well-known/security.txt",
	"/.well-known/change-password", "/livez", "/readyz", "/me/profile/cv", "/me/applications/:id/cv", "/console",
	"/console/:org/applications/:id/cv", "/console/:org/import/template", "/console/:org/import/:id/refused",
	"/console/:org/reports/:week/file", "/console/:org/files/:file", "/bureau/positions/:id/entrustment",
	"/bureau/orgs/:id/files/:file", "/bureau/reports/:week/file",
}

func isPage(route string) bool {
	return !strings.HasPrefix(route, "/api/") && !slices.Contains(notPages, route)
}

// Every page of the site, as the one whom it is for sees it in the demo: in both languages, on a phone and on a desk. No
// page is known by name: links are followed from the first page of each, and a route that nobody comes to is a failure.
func TestPagesHoldOnEveryRoute(t *testing.T) {
	if testing.Short() {
		t.Skip("the suite without servers")
	}
	t.Parallel()
	s := embedded(t).with("LANG", "zh_CN.UTF-8")
	letters := testserver.SMTP(t)
	s = s.with("ZHIGANG_BASE_URL", s.url()).with("ZHIGANG_SMTP_URL", letters.URL())
	w := &walk{T: t, s: s, letters: letters, p: serving(t, s, "demo"), browser: testbrowser.Start(t), seen: map[string][]string{}}

	visitor := w.tab("")
	w.follow(visitor, "/", "/password", "/no-such-page")
	w.refused(visitor, "/login", "/register", "/password", "/subscribe?kind=job")
	w.firstVisits(visitor)

	graduate := w.tab("student@demo.example")
	w.follow(graduate, "/me", "/orgs/register?kind=service")
	w.refused(graduate, "/orgs/register?kind=service", "/orgs/register?kind=filed")

	org := w.tab("org@demo.example")
	org.Go("/console")
	console := regexp.MustCompile(`/console/\w+`).FindString(org.Path())
	org.Go(console + "/import")
	org.Upload("sheet", postSheet(t))
	org.Press("上传并核对")
	w.follow(org, console+"/positions?state=published", org.Path(), console)
	w.refused(org, console+"/positions/new?kind=job", console+"/positions/new?kind=volunteer")

	bureau := w.tab("bureau@demo.example")
	w.refused(bureau, "/bureau/staff")
	bureau.Go("/bureau/staff")
	bureau.FillAll("login", "filed@demo.example", "staff_region", panyu)
	bureau.PressIn("main form")
	w.follow(bureau, "/bureau")

	visitor.Go("/password")
	visitor.Fill("login", "student@demo.example")
	visitor.PressIn("main form")
	visitor.Go("/subscribe?kind=job")
	visitor.Fill("email", "visitor@letters.example")
	visitor.PressIn("main form")
	w.follow(visitor, w.written("/password/", "/unsubscribe/", "/subscribe/")...)
	w.s = embedded(t).with("LANG", "zh_CN.UTF-8")
	w.s = w.s.with("ZHIGANG_BASE_URL", w.s.url())
	w.p = serving(t, w.s)
	w.follow(w.tab(""), strings.TrimPrefix(setupLink(w.s.url(), w.p.log.String), w.s.url()))

	for _, r := range web.Routes() {
		if r.Method == http.MethodGet && isPage(r.Path) && len(w.seen[r.Path]) == 0 {
			t.Errorf("nobody comes to %s by links", r.Path)
		}
	}
}

// walk is a walk through the site.
type walk struct {
	*testing.T
	s       setting
	p       *process
	letters *testserver.SMTPServer
	browser *testbrowser.Browser
	seen    map[string][]string // route → what was looked at of it
}

// tab opens a browser for somebody; "" is a visitor.
func (w *walk) tab(login string) *testbrowser.Tab {
	tab := w.browser.Open(w, testbrowser.Options{Base: w.s.url()})
	if login != "" {
		tab.Go("/login")
		tab.FillAll("login", login, "password", "zhigang-demo")
		tab.PressIn("main form")
	}
	return tab
}

// follow checks the pages at some paths, and all to which they lead: of each route the first, and the first that asks
// with other parameters.
func (w *walk) follow(tab *testbrowser.Tab, queue ...string) {
	w.Helper()
	mine := map[string]bool{} // routes with the names of their parameters, as this person came to them
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		route, kind := routeOf(path)
		if mine[kind] || !isPage(route) {
			continue
		}
		mine[kind] = true
		if status := tab.Go(path); status >= http.StatusInternalServerError || (status != http.StatusOK) != (route == "") {
			w.Errorf("%s answers %d", path, status)
		}
		w.seen[route] = append(w.seen[route], path)
		w.check(tab, path)
		queue = append(queue, testbrowser.Evaluate[[]string](tab, `[...document.querySelectorAll("a[href]")].filter(a => a.origin === location.origin)
			.map(a => a.pathname + a.search)`)...)
	}
}

// routeOf returns the route that serves a path ("" when none does), and the same with the names of its parameters.
func routeOf(path string) (route, kind string) {
	path, query, _ := strings.Cut(path, "?")
	parts, best := strings.Split(path, "/"), -1
	for _, r := range web.Routes() {
		names := strings.Split(r.Path, "/")
		if r.Method != http.MethodGet || len(names) != len(parts) {
			continue
		}
		literal := 0
		for n := range names {
			switch {
			case names[n] == parts[n]:
				literal++
			case !strings.HasPrefix(names[n], ":") && !strings.HasPrefix(names[n], "*"):
				literal = -len(names)
			}
		}
		if literal >= 0 && literal > best {
			route, best = r.Path, literal
		}
	}
	values, _ := url.ParseQuery(query)
	var names []string
	for name := range values {
		names = append(names, name)
	}
	// More than one parameter is a combination of pages that stand by themselves.
	if len(names) > 1 {
		names = []string{"several"}
	}
	return route, route + "?" + strings.Join(names, "&")
}

// check checks the page that stands in a tab: on a phone in Chinese and on a desk in English with all rules, and that it
// fits the width in the other two.
func (w *walk) check(tab *testbrowser.Tab, path string) {
	w.Helper()
	for _, look := range []struct {
		lang, button string
		width        int
	}{{"zh-Hans", "", testbrowser.Phone}, {"en", "EN", testbrowser.Desktop}} {
		if look.button != "" {
			tab.Press(look.button)
		}
		tab.Resize(look.width)
		for _, wrong := range testbrowser.Evaluate[[]string](tab, fmt.Sprintf(rules, look.lang)) {
			w.Errorf("%s (%s, %d px): %s", path, look.lang, look.width, wrong)
		}
		for _, v := range tab.Axe(testbrowser.WCAG()...) {
			w.Errorf("%s (%s, %d px) breaks %s (%s): %s", path, look.lang, look.width, v.ID, v.Help, strings.Join(v.Nodes, "\n\t"))
		}
		for _, width := range []int{testbrowser.Desktop, testbrowser.Phone, 320} {
			tab.Resize(width)
			if wide := testbrowser.Evaluate[[]string](tab, overflow); len(wide) > 0 {
				w.Errorf("%s (%s) is wider than %d px: %q", path, look.lang, width, wide)
			}
		}
	}
	tab.Press("简")
	for _, trouble := range tab.Troubles() {
		if !regexp.MustCompile(`status of (401|403|404|422)`).MatchString(trouble) {
			w.Errorf("%s: the browser complains: %s", path, trouble)
		}
	}
}

// rules are those that axe-core leaves to us: one headline, a title, the right language, nothing from others, forms that
// can be sent without scripts, links that ask for something, no text that was not translated.
const rules = `(() => {
	const out = [], all = css => [...document.querySelectorAll(css)];
	if (document.documentElement.lang !== %q) out.push("lang is " + document.documentElement.lang);
	if (all("h1").length !== 1) out.push(all("h1").length + " headlines");
	if (!document.title.trim()) out.push("no title");
	for (const e of performance.getEntriesByType("resource")) if (new URL(e.name).origin !== location.origin) out.push("fetches " + e.name);
	for (const f of all("form")) if (!f.querySelector("button:not([type=button]), input[type=submit]") && !all('[form="' + f.id + '"]').length)
		out.push("a form without a button: " + f.action);
	for (const f of all('form[method="post" i]')) if (!f.action.startsWith(location.origin)) out.push("a form for others: " + f.action);
	for (const a of all("a[href]")) if (a.origin === location.origin && /^\?[^=]+$/.test(a.search)) out.push("a link that asks for nothing: " + a.search);
	const text = document.body.innerText;
	for (const found of text.match(/\b[a-z]+(\.[a-z_]+){2,}\b|<no value>|%%!|NaN|undefined|\{\{/g) ?? []) if (!found.includes(".example")) out.push("says " + found);
	return out;
})()`

// overflow names what stands out of the window. Tables scroll in a box of their own.
const overflow = `(() => {
	if (document.documentElement.scrollWidth <= innerWidth) return [];
	return [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
		.slice(0, 5).map(e => e.outerHTML.slice(0, 100));
})()`

// refused sends the first form of pages with all its text gone: what comes back says what is missing, under the same rules.
func (w *walk) refused(tab *testbrowser.Tab, paths ...string) {
	w.Helper()
	for _, path := range paths {
		tab.Go(path)
		testbrowser.Evaluate[bool](tab, `(() => { const f = document.querySelector("main form[method=post]"); f.noValidate = true;
			for (const e of f.elements) if (/text|search|email|tel|password|number|date|month|url/.test(e.type)) e.value = "";
			[...f.querySelectorAll("button:not([type=button])")].at(-1).textContent = "send it empty"; return true; })()`)
		tab.Press("send it empty")
		if tab.Count(`[role=alert], [aria-invalid=true], .error`) == 0 {
			w.Errorf("%s, sent empty, says nothing is wrong: %s", path, tab.Text())
		}
		w.check(tab, path+" (sent empty)")
	}
}

// firstVisits weighs the pages that anybody may see.
func (w *walk) firstVisits(tab *testbrowser.Tab) {
	w.Helper()
	for _, r := range web.Routes() {
		if r.Permission != "public" {
			continue
		}
		for _, path := range w.seen[r.Path] {
			load := tab.Weigh(path)
			if load.Bytes() > firstVisit || load.Bytes() == 0 {
				w.Errorf("the first visit of %s fetches %d bytes: %+v", path, load.Bytes(), load.Requests)
			}
			for _, q := range load.Requests {
				if !strings.HasPrefix(q.URL, w.s.url()+"/") && !strings.HasPrefix(q.URL, "data:") {
					w.Errorf("%s fetches %s", path, q.URL)
				}
			}
		}
	}
}

// written returns, for each beginning of a path, one that the program has sent in a letter.
func (w *walk) written(beginnings ...string) []string {
	w.Helper()
	var out []string
	for _, beginning := range beginnings {
		link, found := regexp.MustCompile(regexp.QuoteMeta(beginning)+`[\w.~-]+`), ""
		w.p.until(w.T, "a letter with "+beginning, func() bool {
			for _, m := range w.letters.Messages() {
				if found == "" {
					found = link.FindString(m.Text)
				}
			}
			return found != ""
		})
		out = append(out, found)
	}
	return out
}
