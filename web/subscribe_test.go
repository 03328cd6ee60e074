package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"zhigang/internal/position"
	"zhigang/internal/worldtest"
)

var subscribeLink = regexp.MustCompile(`/subscribe/[\w.-]+`)

// asks lets a visitor ask to be told at an address of what a search finds.
func (b *browser) asks(email string) answer {
	return b.post("/subscribe", "kind", "job", "q", "社工", "region", "440113", "every", "instant", "email", email)
}

func TestAVisitorSubscribesWithoutAnAccount(t *testing.T) {
	s := newSite(t)
	_, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	b := s.anonymous()
	found := b.get("/positions?"+socialWork).want(t, http.StatusOK)
	path := found.Doc.Find("a[href^='/subscribe?']").First().AttrOr("href", "")
	page := b.get(path).want(t, http.StatusOK)
	form := url.Values{"email": {"visitor@example.org"}, "every": {"instant"}}
	page.Doc.Find("main form input[type=hidden]").Each(func(_ int, in *goquery.Selection) {
		form.Add(in.AttrOr("name", ""), in.AttrOr("value", ""))
	})
	if page.count(".chip") != 3 || page.count("a[href^='/login?next=%2Fme%2Fsearches%2Fnew']") != 1 {
		t.Error(page.text())
	}
	to := b.send("/subscribe", form).want(t, http.StatusSeeOther).to()
	b.get(to).want(t, http.StatusOK).says(t, "请查收确认邮件")
	s.work()
	letters := s.letters()
	if len(letters) != 1 {
		t.Fatalf("%d letters", len(letters))
	}
	link := subscribeLink.FindString(letters[0].text)
	for range 2 {
		b.get(link).want(t, http.StatusOK).says(t, "广州市番禺区 · 社工 · 全职", "确认订阅")
	}
	s.Published(owner, s.Content(position.Job, "确认之前的社工"))
	s.work()
	if n := len(s.letters()); n != 1 {
		t.Fatalf("%d letters: a GET has confirmed it", n)
	}
	for range 2 {
		b.send(link, url.Values{}).want(t, http.StatusSeeOther)
	}
	b.get(link).want(t, http.StatusOK).says(t, "订阅已确认")
	s.Published(owner, s.Content(position.Job, "社区社工"))
	s.work()
	letters = s.letters()
	if len(letters) != 2 {
		t.Fatalf("%d letters", len(letters))
	}
	end := unsubscribeLink.FindString(letters[1].header.Get("List-Unsubscribe"))
	b.get(end).want(t, http.StatusOK).says(t, "停止订阅", "续期 12 个月")
	b.send(end, url.Values{"renew": {"yes"}}).want(t, http.StatusSeeOther)
	if page := b.get(end); !strings.Contains(page.Body, "已续期 12 个月") {
		t.Error(page.Body)
	}
	b.send(end, url.Values{"List-Unsubscribe": {"One-Click"}}).want(t, http.StatusOK)
	if page := b.get(end).says(t, "这个订阅已停止"); page.count("main form") != 0 || strings.Contains(page.text(), "我的订阅") {
		t.Error(page.text())
	}
	b.send(end, url.Values{"renew": {"yes"}}).want(t, http.StatusNotFound)
}

func TestASubscriptionThatCannotBeSaysWhy(t *testing.T) {
	s := newSite(t)
	b := s.anonymous()
	b.get("/subscribe").want(t, http.StatusUnprocessableEntity).says(t, "请至少选择一项条件")
	b.get("/subscribe?region=999999").want(t, http.StatusUnprocessableEntity)
	for _, email := range []string{"", "nobody", "13800000000", "a@b.example, c@d.example"} {
		if a := b.asks(email).want(t, http.StatusUnprocessableEntity); a.count("#f-email[aria-invalid=true]") != 1 {
			t.Errorf("%q: %s", email, a.text())
		}
	}
	b.post("/subscribe", "q", "社工", "every", "hourly", "email", "a@b.example").want(t, http.StatusUnprocessableEntity)
	b.post("/subscribe", "every", "daily", "email", "a@b.example").want(t, http.StatusUnprocessableEntity).says(t, "请至少选择一项条件")
	b.get("/subscribe/0000000000001.forged").want(t, http.StatusNotFound).says(t, "确认链接无效")
	b.send("/subscribe/0000000000001.forged", url.Values{}).want(t, http.StatusNotFound)
	if to := s.as(s.Graduate("林同学")).get("/subscribe?"+socialWork).want(t, http.StatusSeeOther).to(); to != "/me/searches/new?"+socialWork {
		t.Error("who has an account is sent to", to)
	}
	s.work()
	if n := len(s.letters()); n != 0 {
		t.Errorf("%d letters", n)
	}
}

func TestNobodysMailboxIsFilledWithLettersToConfirm(t *testing.T) {
	s := newSite(t)
	for range 9 {
		s.anonymous().asks("Visitor@example.org").want(t, http.StatusSeeOther)
	}
	s.work()
	if n := len(s.letters()); n != 5 {
		t.Errorf("%d letters", n)
	}
	last := 0
	for n := range 20 {
		last = s.anonymous().asks(strings.Repeat("a", n+1) + "@example.org").StatusCode
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("an address may ask for ever: %d", last)
	}
}
