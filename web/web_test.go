package web

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"zhigang/internal/auth"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/file"
	"zhigang/internal/i18n"
	"zhigang/internal/limit"
	"zhigang/internal/testserver"
	"zhigang/internal/worldtest"
)

func TestMain(m *testing.M) { testserver.Main(m) }

// testSite is the site on a small world, reached over HTTP.
type testSite struct {
	*worldtest.World
	t    *testing.T
	h    *handlers
	deps Deps
	url  string
}

func newSite(t *testing.T) *testSite {
	t.Helper()
	d, c := dbtest.SQLite(t)
	w := worldtest.New(t, d, c, nil)
	catalog, err := i18n.Load(Locales())
	if err != nil {
		t.Fatal(err)
	}
	deps := Deps{
		DB: d, Log: slog.New(slog.DiscardHandler), Keys: w.Keys, Catalog: catalog, Tree: w.Tree, Holidays: w.Holidays,
		Limiter: limit.NewLocal(c), Accounts: w.Accounts, People: w.People, Orgs: w.Orgs, Positions: w.Positions,
		Applications: w.Applications, Files: file.New(d, w.Keys), Ready: func(*http.Request) error { return nil },
	}
	s := &testSite{World: w, t: t, deps: deps}
	server := httptest.NewUnstartedServer(nil)
	site, err := New(deps, Options{BaseURL: "http://" + server.Listener.Addr().String(), Operator: Operator{Name: "番禺区民政局", Region: worldtest.Panyu}})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = site
	server.Start()
	t.Cleanup(server.Close)
	s.h, s.url = site.h, server.URL
	return s
}

// browser is somebody's browser: it keeps cookies and the form token, and does not follow redirects.
type browser struct {
	s      *testSite
	client *http.Client
	token  string
}

// anonymous returns a browser in which nobody is signed in.
func (s *testSite) anonymous() *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{s: s, client: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// as returns a browser in which the actor is signed in.
func (s *testSite) as(who auth.Actor) *browser {
	s.t.Helper()
	b := s.anonymous()
	token, err := s.Accounts.Open(s.t.Context(), who.Account, auth.Client{Agent: "test", Address: "127.0.0.1"})
	if err != nil {
		s.t.Fatal(err)
	}
	u, _ := url.Parse(s.url)
	b.client.Jar.SetCookies(u, []*http.Cookie{{Name: "session", Value: token, Path: "/"}})
	ses, _, err := s.Accounts.Check(s.t.Context(), token)
	if err != nil {
		s.t.Fatal(err)
	}
	b.token = s.Keys.Sign("form", ses.ID.String())
	return b
}

// answer is what came back.
type answer struct {
	*http.Response
	Body string
	Doc  *goquery.Document
}

func (b *browser) do(req *http.Request) answer {
	b.s.t.Helper()
	res, err := b.client.Do(req)
	if err != nil {
		b.s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.s.t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(string(body)))
	if err != nil {
		b.s.t.Fatal(err)
	}
	return answer{res, string(body), doc}
}

// get asks for a page.
func (b *browser) get(path string) answer {
	b.s.t.Helper()
	req, err := http.NewRequestWithContext(b.s.t.Context(), http.MethodGet, b.s.url+path, nil)
	if err != nil {
		b.s.t.Fatal(err)
	}
	return b.do(req)
}

// post sends a form with the token of the session, as name, value, name, value …
func (b *browser) post(path string, pairs ...string) answer {
	b.s.t.Helper()
	form := url.Values{"_token": {b.token}}
	for n := 0; n+1 < len(pairs); n += 2 {
		form.Add(pairs[n], pairs[n+1])
	}
	return b.send(path, form)
}

// send posts a form as it is.
func (b *browser) send(path string, form url.Values) answer {
	b.s.t.Helper()
	req, err := http.NewRequestWithContext(b.s.t.Context(), http.MethodPost, b.s.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", b.s.url)
	return b.do(req)
}

// want fails the test unless the answer has the status.
func (a answer) want(t *testing.T, status int) answer {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("%s %s: status %d, want %d\n%.600s", a.Request.Method, a.Request.URL, a.StatusCode, status, a.Body)
	}
	return a
}

// text returns the text of the main part of the page without runs of white space.
func (a answer) text() string {
	return strings.Join(strings.Fields(a.Doc.Find("main").Text()), " ")
}
