package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"zhigang/internal/auth"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/position"
	"zhigang/internal/worldtest"
)

// together sends the same form several times at the same moment and returns the statuses and where the answers lead.
func (b *browser) together(times int, path string, pairs ...string) (statuses map[int]int, places map[string]int) {
	b.s.t.Helper()
	statuses, places = map[int]int{}, map[string]int{}
	var all sync.WaitGroup
	var lock sync.Mutex
	for range times {
		all.Go(func() {
			a := b.post(path, pairs...)
			lock.Lock()
			defer lock.Unlock()
			statuses[a.StatusCode]++
			if a.to() != "" {
				to, _, _ := strings.Cut(a.to(), "?")
				places[to]++
			}
		})
	}
	all.Wait()
	return statuses, places
}

// jobWith is the form of a job in which fields hold something else.
func jobWith(pairs ...string) []string {
	form := jobForm("do", "save")
	for n := 0; n+1 < len(pairs); n += 2 {
		at := slices.Index(form, pairs[n])
		form[at+1] = pairs[n+1]
	}
	return form
}

func (s *testSite) countRows(table, where string, args ...any) (n int) {
	s.t.Helper()
	if err := s.DB.Get(s.t.Context(), &n, "SELECT COUNT(*) FROM "+table+" WHERE "+where, args...); err != nil {
		s.t.Fatal(err)
	}
	return n
}

func TestOfManyWhoSignUpForTheLastPlaceOneGetsIt(t *testing.T) {
	eachSite(t, func(t *testing.T, s *testSite) {
		_, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
		content := s.Content(position.Volunteer, "助餐志愿者")
		content.Headcount = 1
		p := s.Published(owner, content)
		path := "/positions/" + p.ID.String() + "/apply"
		var all sync.WaitGroup
		statuses := make([]int, 8)
		for n := range statuses {
			a, _ := s.Account("志愿者")
			b := s.as(a)
			all.Go(func() { statuses[n] = b.post(path, "consent", "yes").StatusCode })
		}
		all.Wait()
		got := map[int]int{}
		for _, status := range statuses {
			got[status]++
		}
		if got[http.StatusSeeOther] != 1 || got[http.StatusConflict] != len(statuses)-1 {
			t.Errorf("answers: %v", got)
		}
		if n := s.countRows("application", "position_id = ?", p.ID); n != 1 {
			t.Errorf("%d people for one place", n)
		}
		if n := s.countRows("consent", "org_id = ?", owner.Orgs[0].Org); n != 1 {
			t.Errorf("%d consents though %d people were turned away", n, len(statuses)-1)
		}
	})
}

// Each form is sent several times at once, as by a double click or a phone that tries again: one thing is made, and every
// answer leads to it.
func TestADoublePostIsDoneOnce(t *testing.T) {
	eachSite(t, func(t *testing.T, s *testSite) {
		o, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
		p := s.Published(owner, s.Content(position.Job, "社区社工"))
		ann := s.Graduate("林同学")
		seeker, desk := s.as(ann), s.as(owner)
		once := func(b *browser, table, where string, arg any, path string, pairs ...string) {
			t.Helper()
			statuses, places := b.together(4, path, pairs...)
			if statuses[http.StatusSeeOther] != 4 || len(places) != 1 {
				t.Errorf("%s: answers %v, which lead to %v", path, statuses, places)
			}
			if n := s.countRows(table, where, arg); n != 1 {
				t.Errorf("%s: %d rows", path, n)
			}
		}
		once(seeker, "application", "position_id = ?", p.ID, "/positions/"+p.ID.String()+"/apply", "consent", "yes", "message", "您好")
		once(desk, "position", "title = ?", "项目社工", consolePath(o.ID, "/positions/new"), jobWith("title", "项目社工")...)
		a := s.mine(ann)[0]
		candidate := consolePath(o.ID, "/applications/"+a.ID.String())
		once(desk, "application_note", "application_id = ?", a.ID, candidate+"/notes", "text", "很合适")
		once(desk, "placement", "application_id = ?", a.ID, candidate, "verb", "hire", "start_on", "2026-12-01")
		placed, err := s.Applications.PlacementOf(t.Context(), ann, a.ID)
		if err != nil {
			t.Fatal(err)
		}
		once(seeker, "placement_event", "verb = 'confirm' AND placement_id = ?", placed.ID, "/me/placements/"+placed.ID.String()+"/confirm")
		once(desk, "position_event", "verb = 'close' AND position_id = ?", p.ID, consolePath(o.ID, "/positions/"+p.ID.String()+"/close"), "outcome", "filled")

		newcomer, _ := s.Account("新负责人")
		code := worldtest.Code("52", worldtest.Panyu, 4321)
		once(s.as(newcomer), "org", "code = ?", code, "/orgs/register", "name", "番禺区新来的服务中心", "code", code, "kind", "service", "region", "番禺区",
			"address", "示例路9号", "contact_name", "联系人", "contact_phone", "020-00000000")
		once(s.as(newcomer), "org", "name = ?", "大石街道邻里互助队", "/orgs/register", "name", "大石街道邻里互助队", "kind", "filed", "host", o.ID.String(),
			"region", "番禺区大石街道", "address", "示例路9号", "contact_name", "联系人", "contact_phone", "020-00000000")
		waiting, err := s.Positions.Create(t.Context(), owner, o.ID, s.Content(position.Job, "待审岗位"))
		if err == nil {
			err = s.Positions.Submit(t.Context(), owner, waiting.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
		reviewer := s.as(s.Bureau(worldtest.Panyu, auth.Reviewer))
		once(reviewer, "audit", "verb = 'position.approve' AND subject_id = ?", waiting.ID, "/bureau/positions/"+waiting.ID.String()+"/approve", "version", "2")
	})
}

func TestAReviewerApprovesWhatTheyHaveRead(t *testing.T) {
	eachSite(t, func(t *testing.T, s *testSite) {
		o, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
		p, err := s.Positions.Create(t.Context(), owner, o.ID, s.Content(position.Job, "社区社工"))
		if err == nil {
			err = s.Positions.Submit(t.Context(), owner, p.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
		b, path := s.as(s.Bureau(worldtest.Panyu, auth.Reviewer)), "/bureau/positions/"+p.ID.String()
		page := b.get(path).want(t, http.StatusOK)
		version := page.Doc.Find("form[action$=approve] input[name=version]").AttrOr("value", "")
		ticked := b.get("/bureau/positions").want(t, http.StatusOK).Doc.Find("input[name=post]").AttrOr("value", "")
		other := p.Content
		other.Duties = "先交两千元培训费。"
		if _, err := s.Positions.Edit(t.Context(), owner, p.ID, p.Version+1, other); err != nil {
			t.Fatal(err)
		}
		b.post(path+"/approve", "version", version).want(t, http.StatusConflict).says(t, "请重新核对", "先交两千元培训费")
		b.post("/bureau/positions", "verb", "approve", "post", ticked).want(t, http.StatusOK).says(t, "请重新核对")
		if now, err := s.Positions.Get(t.Context(), owner, p.ID); err != nil || now.State != position.Submitted {
			t.Fatal("on show unread:", now.State, err)
		}
		fresh := b.get(path).Doc.Find("form[action$=approve] input[name=version]").AttrOr("value", "")
		b.post(path+"/approve", "version", fresh).want(t, http.StatusSeeOther)
	})
}

// Every form of the site, sent by a page of another site in the browser of somebody who is signed in and may do it.
func TestNoFormIsTakenFromAnotherSite(t *testing.T) {
	s := newSite(t)
	o, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	err := s.Accounts.SetLang(t.Context(), owner.Account, "zh-Hans")
	if err != nil {
		t.Fatal(err)
	}
	b := s.as(owner)
	for _, r := range s.h.routes() {
		if r.method == get || strings.HasPrefix(r.path, apiRoot) {
			continue
		}
		path := strings.ReplaceAll(r.path, ":org", o.ID.String())
		for _, part := range []string{":id", ":file", ":token", ":week"} {
			path = strings.ReplaceAll(path, part, "0000000000001")
		}
		for name, value := range map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Origin ": "null"} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+path, strings.NewReader(url.Values{"_token": {b.token}}.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set(strings.TrimSpace(name), value)
			if got := b.do(req); got.StatusCode != http.StatusForbidden || !strings.Contains(got.Body, "来自别的网站") {
				t.Errorf("%s with %s %s: %d", r.path, name, value, got.StatusCode)
			}
		}
	}
}

func TestAForgedAddressBehindAProxyChangesNothing(t *testing.T) {
	s := newSiteWith(t, Options{TrustedProxies: []string{"127.0.0.1"}})
	_, email := s.Account("林同学")
	try := func(n int, forwarded string) int {
		t.Helper()
		body := url.Values{"login": {email}, "password": {"wrong wrong"}}.Encode()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/login", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("X-Forwarded-For", strings.ReplaceAll(forwarded, "N", fmt.Sprint(n)))
		req.Header.Set("X-Real-Ip", fmt.Sprintf("9.9.9.%d", n))
		return s.anonymous().do(req).StatusCode
	}
	last := 0
	for n := range 12 { // what the browser wrote itself stands on the left of what the proxy adds
		last = try(n, "8.8.8.N, 203.0.113.7")
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("a forged address gets around the limit: %d", last)
	}
	if got := try(0, "203.0.113.8"); got != http.StatusUnprocessableEntity {
		t.Errorf("somebody else behind the same proxy waits for it: %d", got)
	}
}

func TestAnAccountIsOneHoweverItIsTyped(t *testing.T) {
	s := newSite(t)
	_, email := s.Account("林同学")
	name, host, _ := strings.Cut(email, "@")
	b, last := s.anonymous(), 0
	for n := range 12 {
		typed := []string{email, strings.ToUpper(email), "  " + email, name + "＠" + host, strings.ToUpper(name) + "@" + host, "\u200b" + email}[n%6]
		last = b.post("/login", "login", typed, "password", "wrong wrong").StatusCode
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("another way to write it is another account: %d", last)
	}
}

func TestWordsThatCannotBeKeptAreSaidAtTheirField(t *testing.T) {
	eachSite(t, func(t *testing.T, s *testSite) {
		o, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
		p := s.Published(owner, s.Content(position.Job, "社区社工"))
		ann := s.Graduate("林同学")
		s.Apply(ann, p.ID)
		seeker, desk, nobody := s.as(ann), s.as(owner), s.anonymous()
		bad := "字\x00"
		for field, a := range map[string]answer{
			"#f-name-error":         nobody.post("/register", "name", bad, "login", "x@example.org", "password", "correct horse battery"),
			"#f-school-error":       seeker.post("/me/profile", "version", "1", "school", bad),
			"#f-about-error":        seeker.post("/me/profile", "version", "1", "about", "\x1b[2J"),
			"#f-graduated_on-error": seeker.post("/me/profile", "version", "1", "graduated_on", "0026-06-30"),
			"#f-title-error":        desk.post(consolePath(o.ID, "/positions/new"), jobWith("title", bad)...),
			"#f-duties-error":       desk.post(consolePath(o.ID, "/positions/new"), jobWith("duties", "\xff")...),
			"#f-address-error":      desk.post(consolePath(o.ID, "/org/edit"), "name", "番禺区暖阳社会工作服务中心", "code", string(o.CreditCode()), "kind", "service", "region", "番禺区", "address", bad, "contact_name", "联系人", "contact_phone", "020-00000000"),
			"#f-headcount-error":    desk.post(consolePath(o.ID, "/positions/new"), jobWith("headcount", "-3")...),
		} {
			if a.StatusCode != http.StatusUnprocessableEntity || a.count(field) != 1 {
				t.Errorf("%s: %d, %s", field, a.StatusCode, a.Doc.Find(".summary").Text())
			}
		}
		for _, path := range []string{"/positions?q=%00%FF", consolePath(o.ID, "/positions?q=%00"), "/positions?region=%00", "/login?next=%00", "/positions/%00", "/me/inbox?after=%00"} {
			if got := desk.get(path).StatusCode; got >= http.StatusInternalServerError {
				t.Errorf("%s: %d", path, got)
			}
		}
		for _, path := range []string{"/bureau/positions?q=%00", "/bureau/orgs?q=%FF&state=approved", "/bureau/positions?q=" + strings.Repeat("%E9%95%BF", 3000)} {
			if got := s.as(s.Bureau(worldtest.Panyu, auth.Reviewer)).get(path).StatusCode; got >= http.StatusInternalServerError {
				t.Errorf("%.40s: %d", path, got)
			}
		}
		full := jobWith("title", "社工（𠮷·岗）", "headcount", "１２", "valid_until", "２０２６-12-20", "pay_min", "６,０００")
		to := desk.post(consolePath(o.ID, "/positions/new"), full...).want(t, http.StatusSeeOther).to()
		made, err := id.Parse(to[strings.LastIndex(to, "/")+1:])
		if err != nil {
			t.Fatal(err)
		}
		if now, err := s.Positions.Get(t.Context(), owner, made); err != nil || now.Title != "社工（𠮷·岗）" || now.Headcount != 12 || now.Pay.Min != 600000 || now.ValidUntil != "2026-12-20" {
			t.Errorf("%+v, %v", now.Content, err)
		}
	})
}

func TestAnOrganizationsStaffReviewNothingOfIt(t *testing.T) {
	s := newSite(t)
	o, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	both := s.Bureau(worldtest.Panyu, auth.Administrator)
	if err := s.Orgs.SetMember(t.Context(), owner, o.ID, both.Account, auth.Owner); err != nil {
		t.Fatal(err)
	}
	p, err := s.Positions.Create(t.Context(), owner, o.ID, s.Content(position.Job, "社区社工"))
	if err == nil {
		err = s.Positions.Submit(t.Context(), owner, p.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	b := s.as(both)
	b.post("/bureau/positions/"+p.ID.String()+"/approve", "version", "2").want(t, http.StatusForbidden).says(t, "回避")
	b.post("/bureau/positions", "verb", "approve", "post", p.ID.String()).want(t, http.StatusOK).says(t, "回避")
	b.post("/bureau/orgs/"+o.ID.String()+"/suspend", "suspend_reason", "x").want(t, http.StatusForbidden)
	if now, err := s.Orgs.Get(t.Context(), auth.System(), o.ID); err != nil || now.State != org.Approved {
		t.Error(now.State, err)
	}
}
