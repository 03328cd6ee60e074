package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"zhigang/internal/id"
	"zhigang/internal/match"
	"zhigang/internal/position"
	"zhigang/internal/search"
	"zhigang/internal/worldtest"
)

const socialWork = "kind=job&q=%E7%A4%BE%E5%B7%A5&region=440113"

func TestASearchIsSavedToldAndEnded(t *testing.T) {
	s := newSite(t)
	_, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	s.Published(owner, s.Content(position.Job, "项目社工"))
	s.work()
	ann := s.Graduate("林同学")
	b := s.as(ann)
	page := b.get("/me/searches/new?"+socialWork).want(t, http.StatusOK)
	if page.Doc.Find(".chip").Length() != 3 || !strings.Contains(page.text(), "现在有 1 个岗位符合") {
		t.Error(page.text())
	}
	var form []string
	page.Doc.Find("main form input[type=hidden]:not([name=_token])").Each(func(_ int, in *goquery.Selection) {
		form = append(form, in.AttrOr("name", ""), in.AttrOr("value", ""))
	})
	for range 2 { // saved twice, it stands once
		b.post("/me/searches", append(form, "every", "instant", "mail", "yes")...).want(t, http.StatusSeeOther)
	}
	all, err := s.deps.Matches.Of(t.Context(), ann)
	if err != nil || len(all) != 1 || all[0].Query != socialWork || !bool(all[0].ByMail) {
		t.Fatalf("%+v, %v", all, err)
	}
	s.Published(owner, s.Content(position.Job, "社区社工"))
	s.work()
	if unread := b.get("/about").Doc.Find(".who .count [aria-hidden]").Text(); unread != "1" {
		t.Errorf("%q unread", unread)
	}
	list := b.get("/me/inbox").want(t, http.StatusOK)
	if list.Doc.Find(".notices .tag").Text() != "未读" || !strings.Contains(list.text(), "1 个新岗位符合您的订阅") {
		t.Fatal(list.text())
	}
	notice := list.Doc.Find(".notices a").AttrOr("href", "")
	for range 2 { // reading twice marks nothing
		full := b.get(notice).want(t, http.StatusOK)
		if why := full.Doc.Find(".post-why").Text(); !strings.Contains(why, "广州市番禺区 · 社工 · 全职") {
			t.Error(why)
		}
		if full.Doc.Find("main .tag.brand").First().Text() != "未读" {
			t.Error("reading it has marked it")
		}
	}
	b.post("/me/searches/"+all[0].ID.String()+"/end").want(t, http.StatusSeeOther)
	if page := b.get("/me/searches").want(t, http.StatusOK); !strings.Contains(page.text(), "还没有订阅") {
		t.Error(page.text())
	}
}

func TestEmptyOrForeignSearchesAreRefused(t *testing.T) {
	s := newSite(t)
	b := s.as(s.Graduate("林同学"))
	for _, a := range []answer{
		b.get("/me/searches/new"), b.get("/me/searches/new?sort=newest"), b.post("/me/searches", "every", "daily"),
	} {
		a.want(t, http.StatusUnprocessableEntity).says(t, "请至少选择一项条件")
	}
	b.post("/me/searches", "q", "社工", "every", "hourly").want(t, http.StatusUnprocessableEntity)
	b.get("/me/searches/new?region=999999").want(t, http.StatusUnprocessableEntity)
	saved, _, err := s.deps.Matches.Save(t.Context(), s.Graduate("陈同学"), search.Query{Text: "社工"}, match.Daily, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"", "/renew", "/end"} {
		b.post("/me/searches/"+saved.ID.String()+verb, "every", "weekly").want(t, http.StatusNotFound)
	}
	to := s.anonymous().get("/me/searches/new?q=x").want(t, http.StatusSeeOther).to()
	if to != "/login?next=%2Fme%2Fsearches%2Fnew%3Fq%3Dx" {
		t.Error("the query is lost on the way to the login:", to)
	}
}

func TestASavedSearchIsChangedAndRenewed(t *testing.T) {
	s := newSite(t)
	ann := s.Graduate("林同学")
	b := s.as(ann)
	saved, _, err := s.deps.Matches.Save(t.Context(), ann, search.Query{Text: "社工"}, match.Instant, true)
	if err != nil {
		t.Fatal(err)
	}
	path := "/me/searches/" + saved.ID.String()
	b.post(path, "every", "weekly").want(t, http.StatusSeeOther)
	now, err := s.deps.Matches.Get(t.Context(), ann, saved.ID)
	if err != nil || now.Every != match.Weekly || bool(now.ByMail) {
		t.Errorf("%+v, %v", now, err)
	}
	s.Clock.Set(now.ExpiresAt.Add(time.Hour))
	b = s.as(ann)
	if page := b.get("/me/searches").want(t, http.StatusOK); !strings.Contains(page.text(), "已到期") {
		t.Error(page.text())
	}
	b.post(path+"/renew").want(t, http.StatusSeeOther)
	if page := b.get("/me/searches").want(t, http.StatusOK); strings.Contains(page.text(), "已到期") {
		t.Error(page.text())
	}
}

// told makes n saved searches of the actor find one post, and tells of them.
func (s *testSite) told(n int) *browser {
	s.t.Helper()
	ann := s.Graduate("林同学")
	all := []search.Query{{Text: "社工"}, {Regions: []string{"440113"}}, {Kinds: []position.Kind{position.Job}}}
	for _, q := range all[:n] {
		if _, _, err := s.deps.Matches.Save(s.t.Context(), ann, q, match.Instant, true); err != nil {
			s.t.Fatal(err)
		}
	}
	s.offer(position.Job, "社区社工")
	s.work()
	return s.as(ann)
}

func TestNoticesAreMarkedAsReadByAButton(t *testing.T) {
	s := newSite(t)
	b := s.told(3)
	unread := func() int { return b.get("/me/inbox").want(t, http.StatusOK).Doc.Find(".notices .new").Length() }
	page := b.get("/me/inbox").want(t, http.StatusOK)
	if unread() != 3 {
		t.Fatal(page.text())
	}
	one := page.Doc.Find(".notices form").First().AttrOr("action", "")
	s.as(s.Graduate("陈同学")).post(one).want(t, http.StatusNotFound)
	s.as(s.Graduate("陈同学")).get(strings.TrimSuffix(one, "/read")).want(t, http.StatusNotFound)
	b.post(one).want(t, http.StatusSeeOther)
	if n := unread(); n != 2 {
		t.Errorf("%d unread after one", n)
	}
	last := page.Doc.Find("input[name=last]").AttrOr("value", "")
	if _, err := id.Parse(last); err != nil {
		t.Fatal(err)
	}
	b.post("/me/inbox/read", "last", last).want(t, http.StatusSeeOther)
	if n := unread(); n != 0 || b.get("/me/inbox").Doc.Find(".who .count").Length() != 0 {
		t.Errorf("%d unread after all", n)
	}
}

var unsubscribeLink = regexp.MustCompile(`/unsubscribe/[\w.-]+`)

func TestMailEndsByAButtonOrInOneClick(t *testing.T) {
	s := newSite(t)
	b := s.told(2)
	mails := s.letters()
	if len(mails) != 2 {
		t.Fatalf("%d mails", len(mails))
	}
	paths := map[string]bool{}
	for _, m := range mails {
		paths[unsubscribeLink.FindString(m.header.Get("List-Unsubscribe"))] = true
		if m.header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
			t.Error(m.header)
		}
	}
	mailed := func() int {
		n := 0
		page := b.get("/me/searches").want(t, http.StatusOK)
		page.Doc.Find(".card .tag").Each(func(_ int, tag *goquery.Selection) {
			if tag.Text() == "消息和邮件" {
				n++
			}
		})
		return n
	}
	nobody := s.anonymous()
	left := len(paths)
	for path := range paths {
		for range 2 {
			nobody.get(path).want(t, http.StatusOK)
		}
		if n := mailed(); n != left {
			t.Fatalf("a GET ended mail: %d of %d", n, left)
		}
		if left == 2 { // what a mail program sends: no cookie, no Origin, no token
			body := strings.NewReader("List-Unsubscribe=One-Click")
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+path, body)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			nobody.do(req).want(t, http.StatusOK)
		} else {
			nobody.send(path, url.Values{}).want(t, http.StatusSeeOther)
		}
		left--
		if n := mailed(); n != left {
			t.Errorf("%d still mailed, want %d", n, left)
		}
		if !strings.Contains(nobody.get(path).text(), "已不再发送邮件") {
			t.Error("the page does not say that the mail has ended")
		}
	}
	nobody.get("/unsubscribe/0000000000001.forged").want(t, http.StatusNotFound)
	nobody.send("/unsubscribe/0000000000001.forged", url.Values{}).want(t, http.StatusNotFound)
}

var resetLink = regexp.MustCompile(`/password/[\w-]+`)

func TestAForgottenPasswordIsSetAnew(t *testing.T) {
	s := newSite(t)
	ann, email := s.Account("林同学")
	old := s.as(ann)
	b := s.anonymous()
	known := b.post("/password", "login", email).want(t, http.StatusSeeOther)
	unknown := b.post("/password", "login", "nobody@example.org").want(t, http.StatusSeeOther)
	if known.Header.Get("Location") != unknown.Header.Get("Location") || known.Body != unknown.Body {
		t.Error("the answer tells who is registered")
	}
	b.post("/password", "login", "nobody").want(t, http.StatusUnprocessableEntity)
	s.work()
	mails := s.letters()
	if len(mails) != 1 {
		t.Fatalf("%d mails", len(mails))
	}
	path := resetLink.FindString(mails[0].text)
	for range 2 { // programs follow links
		b.get(path).want(t, http.StatusOK)
	}
	b.post(path, "password", "12345678").want(t, http.StatusUnprocessableEntity)
	b.post(path, "password", "一句新的密码短语").want(t, http.StatusSeeOther)
	b.post(path, "password", "一句新的密码短语").want(t, http.StatusNotFound).says(t, "已失效或已使用")
	old.get("/account").want(t, http.StatusSeeOther) // sessions have ended
	b.post("/login", "login", email, "password", worldtest.Password).want(t, http.StatusUnprocessableEntity)
	b.post("/login", "login", email, "password", "一句新的密码短语").want(t, http.StatusSeeOther)
}

func TestNobodysMailboxIsFilled(t *testing.T) {
	s := newSite(t)
	_, email := s.Account("林同学")
	for range 5 {
		s.anonymous().post("/password", "login", " "+strings.ToUpper(email)).want(t, http.StatusSeeOther)
	}
	s.work()
	if n := len(s.letters()); n != 3 {
		t.Errorf("%d mails", n)
	}
	last := 0
	for range 30 {
		last = s.anonymous().post("/password", "login", "nobody@example.org").StatusCode
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("an address may ask for ever: %d", last)
	}
}
