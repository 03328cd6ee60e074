package web

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"zhigang/internal/position"
	"zhigang/internal/worldtest"
)

// with asks for a page with a header.
func (b *browser) with(path, name, value string) answer {
	b.s.t.Helper()
	req, err := http.NewRequestWithContext(b.s.t.Context(), http.MethodGet, b.s.url+path, nil)
	if err != nil {
		b.s.t.Fatal(err)
	}
	req.Header.Set(name, value)
	return b.do(req)
}

func TestEverySearchHasAFeed(t *testing.T) {
	s := newSite(t)
	_, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	first := s.Published(owner, s.Content(position.Job, "社区社工 <一线>"))
	s.Clock.Add(time.Hour)
	second := s.Published(owner, s.Content(position.Job, "项目社工"))
	s.Published(owner, s.Content(position.Volunteer, "助餐志愿者"))
	s.work()
	b := s.anonymous()
	path := "/positions.atom?" + url.Values{"q": {"社工"}, "kind": {"job"}}.Encode()
	res := b.get(path).want(t, http.StatusOK)
	if res.Header.Get("Content-Type") != "application/atom+xml; charset=utf-8" ||
		res.Header.Get("Cache-Control") != "public, max-age=300" {
		t.Error(res.Header)
	}
	var feed atomFeed
	if err := xml.Unmarshal([]byte(res.Body), &feed); err != nil {
		t.Fatal(err)
	}
	if len(feed.Entries) != 2 || feed.Entries[0].ID != s.url+"/positions/"+second.ID.String() ||
		feed.Entries[1].Title != first.Title {
		t.Errorf("%+v", feed.Entries)
	}
	if feed.Updated != feed.Entries[0].Updated || feed.Title != "“社工”相关的全职岗位 - 志岗" ||
		feed.ID != s.url+"/positions.atom?kind=job&q=%E7%A4%BE%E5%B7%A5" {
		t.Errorf("%+v", feed)
	}
	tag := res.Header.Get("ETag")
	if again := b.with(path, "If-None-Match", tag).want(t, http.StatusNotModified); again.Body != "" {
		t.Error("304 with a body")
	}
	if err := s.Positions.Close(t.Context(), owner, first.ID, "filled"); err != nil {
		t.Fatal(err)
	}
	s.work()
	now := b.with(path, "If-None-Match", tag).want(t, http.StatusOK)
	if now.Header.Get("ETag") == tag || strings.Contains(now.Body, first.ID.String()) {
		t.Error("a closed post stays in the feed")
	}
	if b.get("/positions?q=社工").count("link[rel=alternate][href='/positions.atom?q=%E7%A4%BE%E5%B7%A5']") != 1 {
		t.Error("the search page does not name its feed")
	}
	b.get("/positions.atom?region=999999").want(t, http.StatusUnprocessableEntity)
}

func TestAFeedOfASearchWaitsForTheIndex(t *testing.T) {
	s := newSite(t)
	s.offer(position.Volunteer, "助餐志愿者") // not indexed: nothing has worked
	down := s.anonymous().get("/positions.atom?kind=job").want(t, http.StatusServiceUnavailable)
	if down.Header.Get("Retry-After") == "" {
		t.Error("nothing says when to come back")
	}
	if all := s.anonymous().get("/positions.atom").want(t, http.StatusOK); !strings.Contains(all.Body, "助餐志愿者") {
		t.Error("the feed of all posts needs no index")
	}
}

func TestTheSiteMapListsWhatIsOnShow(t *testing.T) {
	s := newSite(t)
	p, owner := s.offer(position.Job, "社区社工")
	gone := s.Published(owner, s.Content(position.Job, "项目社工"))
	if err := s.Positions.Close(t.Context(), owner, gone.ID, "filled"); err != nil {
		t.Fatal(err)
	}
	b := s.anonymous()
	var index sitemapIndex
	if err := xml.Unmarshal([]byte(b.get("/sitemap.xml").want(t, http.StatusOK).Body), &index); err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, m := range index.Maps {
		var page sitemapPage
		body := b.get(strings.TrimPrefix(m.Loc, s.url)).want(t, http.StatusOK).Body
		if err := xml.Unmarshal([]byte(body), &page); err != nil {
			t.Fatal(err)
		}
		for _, u := range page.URLs {
			found[strings.TrimPrefix(u.Loc, s.url)] = u.LastMod
			b.get(strings.TrimPrefix(u.Loc, s.url)).want(t, http.StatusOK)
		}
	}
	if len(found) != 5 || found["/positions/"+p.ID.String()] != "2026-11-22T12:00:00+08:00" ||
		found["/orgs/"+p.OrgID.String()] == "" {
		t.Errorf("%v", found)
	}
	for _, name := range []string{"positions-2.xml", "positions-0.xml", "people-1.xml", "positions-1", "positions-x.xml"} {
		b.get("/sitemaps/"+name).want(t, http.StatusNotFound)
	}
}

func TestRobotsReadListsAndNothingPersonal(t *testing.T) {
	s := newSite(t)
	text := s.anonymous().get("/robots.txt").want(t, http.StatusOK).Body
	for _, line := range []string{
		"Disallow: /me\n", "Disallow: /console\n", "Disallow: /bureau\n", "Disallow: /positions?*&\n",
		"Sitemap: " + s.url + "/sitemap.xml\n",
	} {
		if !strings.Contains(text, line) {
			t.Errorf("no %q in %s", line, text)
		}
	}
	demo := newSiteWith(t, Options{Demo: true})
	if text := demo.anonymous().get("/robots.txt").want(t, http.StatusOK).Body; text != "User-agent: *\nDisallow: /\n" {
		t.Error(text)
	}
}

func TestWeaknessesAreReportedSomewhere(t *testing.T) {
	s := newSiteWith(t, Options{Operator: Operator{Phone: "020-8480 0000", Email: "safe@example.org"}})
	text := s.anonymous().get("/.well-known/security.txt").want(t, http.StatusOK).Body
	for _, line := range []string{
		"Contact: mailto:safe@example.org\n", "Contact: tel:+862084800000\n", "Expires: 2027-05-",
	} {
		if !strings.Contains(text, line) {
			t.Errorf("no %q in %s", line, text)
		}
	}
	bare := newSiteWith(t, Options{})
	text = bare.anonymous().get("/.well-known/security.txt").Body
	if !strings.HasPrefix(text, "Contact: "+bare.url+"/about\n") {
		t.Error(text)
	}
	to := bare.anonymous().get("/.well-known/change-password").want(t, http.StatusSeeOther).to()
	if to != "/account#password" {
		t.Error(to)
	}
}

func TestAboutSaysWhatTheFootPromises(t *testing.T) {
	s := newSite(t)
	page := s.anonymous().get("/about").want(t, http.StatusOK)
	page.Doc.Find(".foot a[href^='/about#']").Each(func(_ int, a *goquery.Selection) {
		if target := strings.TrimPrefix(a.AttrOr("href", ""), "/about"); page.Doc.Find(target).Length() != 1 {
			t.Error("nothing is found at", target)
		}
	})
	if page.Doc.Find("#privacy tbody tr").Length() < 9 || !strings.Contains(page.text(), "番禺区民政局") {
		t.Error(page.text())
	}
}

// linkedData returns what a page tells search engines, nil when it says nothing.
func linkedData(t *testing.T, page answer) map[string]any {
	t.Helper()
	text := page.Doc.Find(`script[type="application/ld+json"]`).Text()
	if text == "" {
		return nil
	}
	var out map[string]any
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err, text)
	}
	return out
}

func TestAPostTellsSearchEnginesWhatThePageShowsWhileItIsOpen(t *testing.T) {
	s := newSite(t)
	_, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	job := s.Published(owner, s.Content(position.Job, `社区社工 </script><b>`))
	path := "/positions/" + job.ID.String()
	data := linkedData(t, s.anonymous().get(path).want(t, http.StatusOK))
	pay, _ := data["baseSalary"].(map[string]any)
	org, _ := data["hiringOrganization"].(map[string]any)
	if data["@type"] != "JobPosting" || data["title"] != job.Title || data["employmentType"] != "FULL_TIME" ||
		data["validThrough"] != string(job.ValidUntil)+"T23:59:59+08:00" || pay["currency"] != "CNY" || org["name"] != "番禺区暖阳社会工作服务中心" {
		t.Errorf("%v", data)
	}
	if err := s.Positions.Close(t.Context(), owner, job.ID, "filled"); err != nil {
		t.Fatal(err)
	}
	if data := linkedData(t, s.anonymous().get(path)); data != nil {
		t.Errorf("a closed post is still told of: %v", data)
	}
}

func TestFiltersAreChipsThatCanBeTakenOff(t *testing.T) {
	s := newSite(t)
	_, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	s.Published(owner, s.Content(position.Job, "社区社工"))
	s.work()
	page := s.anonymous().get("/positions?q=社工&region=440113&pay_min=3000&degree=college").want(t, http.StatusOK)
	chips := page.Doc.Find(".chip")
	if chips.Length() != 3 {
		t.Fatalf("%d chips: %s", chips.Length(), chips.Text())
	}
	chips.Each(func(_ int, one *goquery.Selection) {
		next := s.anonymous().get(one.AttrOr("href", "")).want(t, http.StatusOK)
		if n := next.Doc.Find(".chip").Length(); n != 2 || next.Doc.Find("input[name=q]").AttrOr("value", "") != "社工" {
			t.Errorf("without %q there are %d", one.Text(), n)
		}
	})
	none := s.anonymous().get("/positions?q=社工&region=440106").want(t, http.StatusOK)
	if none.count("a[href*='/subscribe?']") == 0 || none.count("a[href='/positions?q=%E7%A4%BE%E5%B7%A5&region=440100']") == 0 {
		t.Errorf("nothing found, and no way on:\n%s", none.text())
	}
}

// The page may show what holds some of the words, and says so. Nothing is counted, fed or told by it.
func TestWhatHoldsSomeOfTheWordsIsShownAndNotCounted(t *testing.T) {
	s := newSite(t)
	s.offer(position.Job, "社区社工")
	s.work()
	b := s.anonymous()
	page := b.get("/positions?q=社工+潜水").want(t, http.StatusOK)
	if !strings.Contains(page.text(), "下面的岗位只符合其中一部分") || !strings.Contains(page.text(), "社区社工") {
		t.Errorf("nothing is shown in its place:\n%s", page.text())
	}
	if all := b.get("/api/v1/positions?q=社工+潜水").want(t, http.StatusOK); !strings.Contains(all.Body, `"total":0`) {
		t.Errorf("programs are told of it: %s", all.Body)
	}
	if feed := b.get("/positions.atom?q=社工+潜水").want(t, http.StatusOK); strings.Contains(feed.Body, "社区社工") {
		t.Error("the feed has it")
	}
	if text := b.get("/subscribe?q=社工+潜水").want(t, http.StatusOK).text(); strings.Contains(text, "1 个岗位符合") {
		t.Errorf("it is counted:\n%s", text)
	}
}
