package web

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"zhigang/internal/application"
	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/file"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/intake"
	"zhigang/internal/lexicon"
	"zhigang/internal/limit"
	zgmail "zhigang/internal/mail"
	"zhigang/internal/match"
	"zhigang/internal/notify"
	"zhigang/internal/org"
	"zhigang/internal/outbox"
	"zhigang/internal/position"
	"zhigang/internal/queue"
	"zhigang/internal/report"
	"zhigang/internal/search"
	"zhigang/internal/search/bleve"
	"zhigang/internal/suggest"
	"zhigang/internal/testserver"
	"zhigang/internal/worldtest"
)

func TestMain(m *testing.M) { testserver.Main(m) }

// testSite is the site on a small world, reached over HTTP.
type testSite struct {
	*worldtest.World
	t     *testing.T
	h     *handlers
	deps  Deps
	index search.Index
	url   string
	mails string // the folder into which mail is written
	tasks map[string]outbox.Handler
}

func newSite(t *testing.T) *testSite {
	t.Helper()
	return newSiteWith(t, Options{Operator: Operator{Name: "番禺区民政局", Region: worldtest.Panyu}})
}

// newSiteWith returns the site with settings; its address is filled in.
func newSiteWith(t *testing.T, opts Options) *testSite {
	t.Helper()
	d, c := dbtest.SQLite(t)
	return newSiteOn(t, d, c, opts)
}

// eachSite runs fn on the site with each SQL engine behind it.
func eachSite(t *testing.T, fn func(t *testing.T, s *testSite)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		fn(t, newSiteOn(t, d, c, Options{Operator: Operator{Name: "番禺区民政局", Region: worldtest.Panyu}}))
	})
}

func newSiteOn(t *testing.T, d *db.DB, c *clock.Manual, opts Options) *testSite {
	t.Helper()
	o := outbox.New(d, siteReactions(), siteTask(notify.ResetTask), siteTask(notify.ConfirmTask))
	w := worldtest.New(t, d, c, o)
	s := &testSite{World: w, t: t, mails: t.TempDir()}
	server := httptest.NewUnstartedServer(nil)
	opts.BaseURL = "http://" + server.Listener.Addr().String()
	var err error
	if s.index, err = bleve.Open(bleve.Options{Dir: t.TempDir(), Tree: w.Tree}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.index.Close() })
	if s.deps, err = siteDeps(w, s.index, opts.BaseURL, s.mails); err != nil {
		t.Fatal(err)
	}
	s.tasks = map[string]outbox.Handler{
		"search.position": s.deps.Search.SyncPositions, "search.org": s.deps.Search.SyncOrg, "match.position": s.deps.Matches.MatchPosition, match.DeliverTask: s.deps.Notices.Found,
		"notify.answered": s.deps.Notices.Answered, "notify.claimed": s.deps.Notices.Claimed, "mail.send": s.deps.Notices.SendMail,
		"notify.contact_asked": s.deps.Notices.ContactAsked, "notify.contact_given": s.deps.Notices.ContactGiven,
		notify.ResetTask: s.deps.Notices.SendReset, notify.ConfirmTask: s.deps.Notices.SendConfirm, "intake.run": s.deps.Intakes.Run,
	}
	site, err := New(s.deps, opts)
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = site
	server.Start()
	t.Cleanup(server.Close)
	s.h, s.url = site.h, server.URL
	return s
}

func siteDeps(w *worldtest.World, index search.Index, base, mails string) (Deps, error) {
	log := slog.New(slog.DiscardHandler)
	catalog, err := i18n.Load(Locales())
	if err != nil {
		return Deps{}, err
	}
	sender, err := zgmail.Open("file://"+mails, "志岗 <noreply@zhigang.example>")
	if err != nil {
		return Deps{}, err
	}
	words := lexicon.New(w.DB, w.Tree, log)
	reader := search.Reader{Tree: w.Tree, Lexicon: words.Current, Home: worldtest.Panyu}
	matches := match.New(w.DB, w.Outbox, reader, log)
	notices, err := notify.New(notify.Options{
		DB: w.DB, Outbox: w.Outbox, Accounts: w.Accounts, Matches: matches, Keys: w.Keys, Tree: w.Tree, Catalog: catalog,
		Sender: sender, BaseURL: base,
	})
	files := file.New(w.DB, w.Keys)
	finds := search.New(w.DB, index, w.Positions, reader, log)
	return Deps{
		DB: w.DB, Log: log, Keys: w.Keys, Catalog: catalog, Tree: w.Tree, Holidays: w.Holidays,
		Limiter:  limit.NewLocal(w.Clock),
		Accounts: w.Accounts, People: w.People, Orgs: w.Orgs, Positions: w.Positions, Applications: w.Applications,
		Files: files, Lexicon: words, Search: finds, Matches: matches, Notices: notices,
		Suggestions: suggest.New(suggest.Options{
			DB: w.DB, Tree: w.Tree, Positions: w.Positions, Search: finds, Outbox: w.Outbox, Keys: w.Keys, Accounts: w.Accounts, Log: log,
		}),
		Reports: report.New(w.DB, report.Options{Tree: w.Tree, Holidays: w.Holidays, Texts: catalog}), Outbox: w.Outbox,
		Intakes: intake.New(w.DB, w.Outbox, w.Tree, catalog, files, w.Orgs, w.Positions),
		Ready:   func(context.Context) ([]string, error) { return nil, nil },
	}, err
}

func siteTask(name string) outbox.Task {
	return outbox.Task{Name: name, Queue: queue.Fast, Timeout: time.Minute, MaxAttempts: 3}
}

// siteReactions are those that pages depend on. What is Public is so in the program: a test of package workers knows it.
func siteReactions() map[outbox.Fact][]outbox.Task {
	find := siteTask("match.position")
	public := func(name string) outbox.Task {
		task := siteTask(name)
		task.Public = true
		return task
	}
	index := public("search.position")
	return map[outbox.Fact][]outbox.Task{
		position.PublishedFact: {index, find}, position.ChangedFact: {index, find}, position.GoneFact: {index},
		org.StandingChangedFact: {public("search.org")},
		match.FoundFact:         {siteTask(match.DeliverTask)}, application.AnsweredFact: {public("notify.answered")},
		application.ClaimedFact: {public("notify.claimed")}, notify.QueuedFact: {siteTask("mail.send")},
		intake.StartedFact: {siteTask("intake.run")},
		suggest.AskedFact:  {siteTask("notify.contact_asked")}, suggest.GivenFact: {siteTask("notify.contact_given")},
	}
}

// work runs all tasks that wait, and those that they bring about.
func (s *testSite) work() {
	s.t.Helper()
	seen := map[id.ID]bool{}
	for ran := true; ran; {
		ran = false
		due, err := s.Outbox.Due(s.t.Context(), queue.Fast, 1000)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, ref := range due {
			if seen[ref.ID] {
				continue
			}
			seen[ref.ID], ran = true, true
			if err := s.Outbox.Run(s.t.Context(), ref.ID, s.tasks[ref.Task]); err != nil {
				s.t.Fatal(err)
			}
		}
	}
}

// letter is a mail that was written.
type letter struct {
	header mail.Header
	text   string // its plain part
}

// letters returns the mails that were written, in the order of their names.
func (s *testSite) letters() []letter {
	s.t.Helper()
	names, err := filepath.Glob(filepath.Join(s.mails, "*.eml"))
	if err != nil {
		s.t.Fatal(err)
	}
	var all []letter
	for _, name := range names {
		one, err := readLetter(name)
		if err != nil {
			s.t.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}

func readLetter(name string) (letter, error) {
	b, err := os.ReadFile(name) // the test's own folder
	if err != nil {
		return letter{}, err
	}
	m, err := mail.ReadMessage(bytes.NewReader(b))
	if err != nil {
		return letter{}, err
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return letter{}, err
	}
	part, err := multipart.NewReader(m.Body, params["boundary"]).NextRawPart()
	if err != nil {
		return letter{}, err
	}
	var body io.Reader = part
	switch part.Header.Get("Content-Transfer-Encoding") {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, part)
	case "quoted-printable":
		body = quotedprintable.NewReader(part)
	}
	text, err := io.ReadAll(body)
	return letter{m.Header, string(text)}, err
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

// post sends a form with the token of the session, as name, value, name, value.
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

// says fails the test unless the main part of the page holds all texts.
func (a answer) says(t *testing.T, texts ...string) answer {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.text(), text) {
			t.Errorf("%s does not say %q: %s", a.Request.URL.Path, text, a.text())
		}
	}
	return a
}

// count returns how many elements a selector finds.
func (a answer) count(selector string) int { return a.Doc.Find(selector).Length() }

// field returns what the input with an id holds.
func (a answer) field(id string) string { return a.Doc.Find("#"+id).AttrOr("value", "") }

// to returns where a redirect leads.
func (a answer) to() string { return a.Header.Get("Location") }
