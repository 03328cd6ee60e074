package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"zhigang/internal/worldtest"
)

func TestSomebodyRegistersSignsOutAndSignsIn(t *testing.T) {
	s := newSite(t)
	b := s.anonymous()
	bad := b.post("/register", "name", "", "login", "nobody", "password", "12345678").want(t, http.StatusUnprocessableEntity)
	if bad.Doc.Find(".summary li").Length() != 3 {
		t.Fatalf("complaints: %s", bad.text())
	}
	b.post("/register", "name", "林同学", "login", "lin@example.org", "password", "一句很长的密码短语", "next", "/positions").want(t, http.StatusSeeOther)
	page := b.get("/account").want(t, http.StatusOK)
	if !strings.Contains(page.text(), "lin@example.org") || page.Doc.Find("input[name=name]").AttrOr("value", "") != "林同学" {
		t.Fatal(page.text())
	}
	token := page.Doc.Find("input[name=_token]").First().AttrOr("value", "")
	b.send("/logout", url.Values{}).want(t, http.StatusForbidden)
	b.send("/logout", url.Values{"_token": {token}}).want(t, http.StatusSeeOther)
	b.get("/account").want(t, http.StatusSeeOther)
	wrong := b.post("/login", "login", "lin@example.org", "password", "falsch falsch").want(t, http.StatusUnprocessableEntity)
	if !strings.Contains(wrong.text(), "账号或密码不对") || wrong.Doc.Find("input[name=login]").AttrOr("value", "") != "lin@example.org" {
		t.Fatal(wrong.text())
	}
	b.post("/login", "login", "LIN@example.org", "password", "一句很长的密码短语").want(t, http.StatusSeeOther)
	b.get("/account").want(t, http.StatusOK)
}

func TestAPasswordCannotBeGuessedForLong(t *testing.T) {
	s := newSite(t)
	_, email := s.Account("林同学")
	b := s.anonymous()
	for range 10 {
		b.post("/login", "login", email, "password", "wrong wrong").want(t, http.StatusUnprocessableEntity)
	}
	limited := b.post("/login", "login", email, "password", worldtest.Password).want(t, http.StatusTooManyRequests)
	if limited.Header.Get("Retry-After") == "" {
		t.Fatal("nothing says when to come back")
	}
	s.Clock.Add(10 * time.Minute)
	b.post("/login", "login", email, "password", worldtest.Password).want(t, http.StatusSeeOther)
}

func TestASpoofedForwardedForChangesNothing(t *testing.T) {
	s := newSite(t)
	_, email := s.Account("林同学")
	b := s.anonymous()
	last := 0
	for n := range 12 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/login", strings.NewReader(url.Values{"login": {email}, "password": {"wrong wrong"}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("X-Forwarded-For", "8.8.8."+string(rune('0'+n%10)))
		req.Header.Set("X-Real-IP", "9.9.9.9")
		last = b.do(req).StatusCode
	}
	if last != http.StatusTooManyRequests {
		t.Fatalf("a forged address gets around the limit: %d", last)
	}
}

func TestAPostFromAnotherSiteIsRefused(t *testing.T) {
	s := newSite(t)
	b := s.as(s.Graduate("林同学"))
	for name, value := range map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/account", strings.NewReader(url.Values{"_token": {b.token}, "name": {"别人"}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set(name, value)
		b.do(req).want(t, http.StatusForbidden)
	}
	if strings.Contains(b.get("/account").text(), "别人") {
		t.Fatal("the forged form was taken")
	}
}

func TestSessionsEndWhenTheirTimeIsOver(t *testing.T) {
	s := newSite(t)
	person := s.as(s.Graduate("林同学"))
	staff := s.as(s.Bureau(worldtest.Panyu, "reviewer"))
	person.get("/account").want(t, http.StatusOK)
	staff.get("/account").want(t, http.StatusOK)
	s.Clock.Add(31 * time.Minute)
	staff.get("/account").want(t, http.StatusSeeOther)
	person.get("/account").want(t, http.StatusOK)
}

func TestTheFirstAdministratorIsMadeWithALinkThatWorksOnce(t *testing.T) {
	s := newSite(t)
	token, err := s.Accounts.SetupLink(t.Context())
	if err != nil || token == "" {
		t.Fatal(token, err)
	}
	b := s.anonymous()
	b.get("/setup/"+token).want(t, http.StatusOK)
	b.post("/setup/"+token, "name", "管理员", "login", "admin@example.org", "password", "correct horse battery", "region", "999999").want(t, http.StatusUnprocessableEntity)
	b.post("/setup/"+token, "name", "管理员", "login", "admin@example.org", "password", "correct horse battery", "region", "440113").want(t, http.StatusSeeOther)
	s.anonymous().get("/setup/"+token).want(t, http.StatusNotFound)
	if again, err := s.Accounts.SetupLink(t.Context()); err != nil || again != "" {
		t.Fatal("a second link:", again, err)
	}
}

func TestNextNeverLeadsToAnotherSite(t *testing.T) {
	for in, want := range map[string]string{"/me": "/me", "": "/", "//evil.example": "/", "https://evil.example": "/", `/\evil.example`: "/", "/a\r\nb": "/"} {
		if got := localPath(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestSomebodySignsOutEverywhereElse(t *testing.T) {
	s := newSite(t)
	ann, bob := s.Graduate("林同学"), s.Graduate("王同学")
	here, there, other := s.as(ann), s.as(ann), s.as(bob)
	page := here.get("/account").want(t, http.StatusOK)
	if page.count("main form[action^='/account/sessions/']") != 2 { // the other one, and all others
		t.Error(page.text())
	}
	here.post("/account/sessions/end").want(t, http.StatusSeeOther)
	here.get("/account").want(t, http.StatusOK)
	there.get("/account").want(t, http.StatusSeeOther)
	other.get("/account").want(t, http.StatusOK)
	ses, _, err := s.Accounts.Check(t.Context(), sessionToken(t, other))
	if err != nil {
		t.Fatal(err)
	}
	here.post("/account/sessions/"+ses.ID.String()+"/end").want(t, http.StatusNotFound) // somebody else's
	other.get("/account").want(t, http.StatusOK)
}

// sessionToken returns what a browser keeps of its session.
func sessionToken(t *testing.T, b *browser) string {
	t.Helper()
	u, err := url.Parse(b.s.url)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range b.client.Jar.Cookies(u) {
		if c.Name == "session" {
			return c.Value
		}
	}
	t.Fatal("no session")
	return ""
}

func TestAnotherLoginIsTakenWithThePassword(t *testing.T) {
	s := newSite(t)
	ann, email := s.Account("林同学")
	b := s.as(ann)
	b.post("/account/login", "login", "13800138000", "login_password", "wrong").want(t, http.StatusUnprocessableEntity).says(t, "当前密码不对", email)
	refused := b.post("/account/login", "login", "138", "login_password", worldtest.Password).want(t, http.StatusUnprocessableEntity)
	if refused.field("f-login") != "138" || refused.field("f-name") != "林同学" {
		t.Error("what was typed is lost:", refused.text())
	}
	b.post("/account/login", "login", "138 0013 8000", "login_password", worldtest.Password).want(t, http.StatusSeeOther)
	b.get("/account").says(t, email, "+8613800138000")
	s.anonymous().post("/login", "login", "13800138000", "password", worldtest.Password).want(t, http.StatusSeeOther)
	for range 10 {
		b.post("/account/login", "login", "13800138001", "login_password", "guess")
	}
	b.post("/account/login", "login", "13800138001", "login_password", worldtest.Password).want(t, http.StatusTooManyRequests)
}
