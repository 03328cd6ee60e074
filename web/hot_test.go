package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"zhigang/internal/application"
	"zhigang/internal/auth"
	"zhigang/internal/id"
	"zhigang/internal/lexicon"
	"zhigang/internal/org"
	"zhigang/internal/position"
	"zhigang/internal/search"
	"zhigang/internal/worldtest"
)

// another is another process, which has kept nothing.
func (s *testSite) another() *Site {
	s.t.Helper()
	deps := s.deps
	deps.Search = search.New(s.DB, s.index, s.Positions, s.deps.Search.Reader, s.deps.Log)
	site, err := New(deps, s.h.Options)
	if err != nil {
		s.t.Fatal(err)
	}
	return site
}

// visit returns what a site answers.
func (s *testSite) visit(site *Site, path, lang string) string {
	req := httptest.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+path, nil)
	req.Header.Set("Accept-Language", lang)
	out := httptest.NewRecorder()
	site.ServeHTTP(out, req)
	return statusAndBody(out.Result().Status, out.Body.Bytes())
}

// raw returns the status and the body of an answer.
func (s *testSite) raw(path, lang string, change func(*http.Request)) string {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Accept-Language", lang)
	change(req)
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return statusAndBody(res.Status, body)
}

// statusAndBody is what was answered, without the number of the request that an error page has.
func statusAndBody(status string, body []byte) string {
	return status + regexp.MustCompile(`[0-9a-f]{16}`).ReplaceAllString(string(body), "N")
}

// Whatever happens, a visitor sees what they would see if no page were kept.
func TestAPageThatIsShownAgainIsNeverStale(t *testing.T) {
	eachSite(t, func(t *testing.T, s *testSite) {
		post, owner := s.offer(position.Job, "社区社会工作者")
		other := s.Published(owner, s.Content(position.Internship, "见习社工"))
		s.work()
		paths := []string{
			"/", "/positions", "/positions?sort=newest", "/positions?q=" + url.QueryEscape("社工"), "/positions?kind=job&region=440113", "/api/v1/positions",
			"/positions/" + post.ID.String(), "/positions/" + other.ID.String(),
		}
		home, ctx := owner.Orgs[0].Org, t.Context()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		look := func(after string) {
			t.Helper()
			figures, err := s.Applications.RepliesOf(ctx, []id.ID{home})
			for range 2 {
				if shown, wrong := s.h.repliesOf(ctx, []id.ID{home, home}); wrong != nil || err != nil || shown[home] != figures[home] {
					t.Fatalf("after %s, cards tell of %+v, not %+v %v %v", after, shown[home], figures[home], wrong, err)
				}
			}
			another := s.another()
			for _, path := range paths {
				for _, lang := range []string{"zh-CN", "en"} {
					before := s.h.hot.shown.Load()
					first := s.raw(path, lang, func(*http.Request) {})
					if second := s.raw(path, lang, func(*http.Request) {}); first != second || first != s.visit(another, path, lang) {
						t.Fatalf("after %s, %s (%s) is not what it should be", after, path, lang)
					}
					if strings.HasPrefix(first, "200") && s.h.hot.shown.Load() == before {
						t.Fatalf("after %s, %s is not kept: the test shows nothing", after, path)
					}
				}
			}
		}
		must(s.deps.Search.Rebuild(ctx, nil)) // a new process believes the index
		look("nothing")
		person := s.Graduate("林同学")
		var a, b, first application.Application
		var helping position.Position
		bureau := s.Bureau(worldtest.Panyu, auth.Administrator)
		for _, step := range []struct {
			name string
			do   func()
		}{
			{"a new post", func() {
				c := s.Content(position.Volunteer, "助餐社工志愿者")
				c.Headcount = 2
				helping = s.Published(owner, c)
				paths = append(paths, "/positions/"+helping.ID.String())
			}},
			{"its indexing", s.work},
			{"somebody who signs up for it", func() { first = s.Apply(s.Graduate("何同学"), helping.ID) }},
			{"the last who can", func() { s.Apply(s.Graduate("罗同学"), helping.ID) }},
			{"one who is told not to come", func() { must(s.Applications.Act(ctx, owner, first.ID, application.Decline, "示例理由", "")) }},
			{"an application", func() { a = s.Apply(person, post.ID) }},
			{"a look at it", func() { must(s.Applications.Act(ctx, owner, a.ID, application.View, "", "")) }},
			{"a hire", func() { must(s.Applications.Act(ctx, owner, a.ID, application.Hire, "", "2026-12-01")) }},
			{"the work behind it", s.work},
			{"another application", func() { b = s.Apply(s.Graduate("陈同学"), post.ID) }},
			{"an answer", func() { must(s.Applications.Act(ctx, owner, b.ID, application.Decline, "示例理由", "")) }},
			{"an application that is withdrawn", func() {
				somebody := s.Graduate("何同学")
				must(s.Applications.WithdrawOwn(ctx, somebody, s.Apply(somebody, post.ID).ID, ""))
			}},
			{"a rating", func() { must(s.Orgs.Rate(ctx, bureau, home, 5, "2030-01-01")) }},
			{"an edit of the organization", func() {
				must(s.Orgs.Edit(ctx, owner, home, org.Registration{
					Name: "番禺区暖阳社会工作服务中心", Code: worldtest.Code("52", worldtest.Panyu, 2), Kind: org.ServiceOrg, Region: worldtest.Panyu,
					Address: "新地址2号", Intro: "新的介绍。", ContactName: "联系人", ContactPhone: "020-11111111",
				}))
			}},
			{"an edit", func() {
				c := s.Content(position.Internship, "见习社工助理")
				p, err := s.Positions.Get(ctx, owner, other.ID)
				must(err)
				_, err = s.Positions.Edit(ctx, owner, other.ID, p.Version, c)
				must(err)
			}},
			{"a word of the lexicon", func() {
				must(s.deps.Lexicon.Add(ctx, bureau, lexicon.Line{Kind: lexicon.Synonyms, Text: "社工 助餐"}, false))
			}},
			{"a closing", func() { must(s.Positions.Close(ctx, owner, post.ID, position.Outcome("filled"))) }},
			{"the work behind the closing", s.work},
			{"a night", func() { s.Clock.Add(24 * time.Hour) }},
			{"the end of its days", func() { s.Clock.Add(31 * 24 * time.Hour) }},
			{"its expiry", func() {
				_, err := s.Positions.ExpireDue(ctx, s.h.today())
				must(err)
				s.work()
			}},
			{"a closing of what has expired", func() { must(s.Positions.Close(ctx, owner, helping.ID, position.Outcome("filled"))) }},
			{"a suspension", func() { must(s.Orgs.Suspend(ctx, bureau, home, "示例原因")) }},
			{"a month", func() { s.Clock.Add(31 * 24 * time.Hour) }},
		} {
			step.do()
			look(step.name)
		}
	})
}

func TestAPageOfSomebodyIsNeverShownToAnother(t *testing.T) {
	s := newSite(t)
	post, owner := s.offer(position.Job, "社区社会工作者")
	s.work()
	path := "/positions/" + post.ID.String()
	visitor := s.anonymous().get(path).want(t, http.StatusOK).text()
	for range 2 {
		mine := s.as(owner).get(path).want(t, http.StatusOK)
		if mine.Doc.Find("a[href='/me/inbox']").Length() == 0 || strings.Contains(visitor, "消息") {
			t.Fatal("whoever is signed in sees their own menu, and nobody else does")
		}
		if again := s.anonymous().get(path).want(t, http.StatusOK); again.text() != visitor || len(again.Header.Values("Set-Cookie")) > 0 {
			t.Fatal("a visitor sees another's page")
		}
	}
	if s.h.hot.shown.Load() == 0 {
		t.Fatal("no page was shown again")
	}
}

func TestAPageThatIsShownAgainIsCounted(t *testing.T) {
	s := newSite(t)
	post, _ := s.offer(position.Job, "社区社会工作者")
	s.work()
	for range 3 {
		s.anonymous().get("/positions/"+post.ID.String()).want(t, http.StatusOK)
	}
	if n := s.h.tally.take()[post.ID]; n != 3 || s.h.hot.shown.Load() != 2 {
		t.Errorf("%d views, %d pages shown again", n, s.h.hot.shown.Load())
	}
}

// A card is put into the page as it was written before: what people wrote stands in it as text, the second time too.
func TestACardThatIsKeptHoldsTextAndNoMarkup(t *testing.T) {
	s := newSite(t)
	title := `社工<img src=x onerror=alert(1)>&"'`
	s.offer(position.Job, title)
	s.work()
	for _, path := range []string{"/positions", "/positions?sort=newest", "/positions?kind=job"} {
		cards := s.anonymous().get(path).want(t, http.StatusOK).Doc.Find(".cards .card")
		if got := cards.Find("h3 a").Text(); cards.Length() != 1 || got != title || cards.Find("img").Length() != 0 {
			t.Errorf("%s: %d cards, %q", path, cards.Length(), got)
		}
	}
}
