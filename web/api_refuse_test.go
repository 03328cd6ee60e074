package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/worldtest"
)

func TestABodyIsTakenOnlyAsItIsDescribed(t *testing.T) {
	s := newSite(t)
	o, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	org := s.program(owner)
	base := `"org":"` + o.ID.String() + `","kind":"job","title":"社区社工"`
	deep := strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)
	for _, c := range []struct {
		body   string
		status int
		fields string
	}{
		{`{` + base, 400, ""},
		{`{` + base + `} {}`, 400, ""},
		{``, 400, ""},
		{"{" + base + `,"duties":"` + "\xff\xfe" + `"}`, 400, ""},
		{`{` + base + `,"majors":` + deep + `}`, 400, ""},
		{`[]`, 422, "body"},
		{`null`, 422, "body"},
		{`"text"`, 422, "body"},
		{`{` + base + `,"state":"published"}`, 422, "state"},
		{`{` + base + `,"Title":"x","pay":{"Min":1}}`, 422, "Title pay.Min"},
		{`{` + base + `,"title":"zwei"}`, 422, "title"},
		{`{` + base + `,"employer":null}`, 422, "employer"},
		{`{` + base + `,"headcount":"3","dangerous":1,"majors":"社会工作","pay":[],"duties":5}`, 422, "dangerous duties headcount majors pay"},
		{`{` + base + `,"headcount":3.5}`, 422, "headcount"},
		{`{` + base + `,"headcount":1e300,"internship_months":9999999999}`, 422, "headcount internship_months"},
		{`{` + base + `,"majors":["a",7]}`, 422, "majors[1]"},
		{`{` + base + `,"majors":[` + strings.Repeat(`"a",`, 600) + `"b"]}`, 422, "majors"},
		{`{` + base + `,"pay":{"min":-1,"max":"viel"}}`, 422, "pay.max pay.min"},
		{`{` + base + `,"pay":{"min":0.001,"max":1e300}}`, 422, "pay.max pay.min"},
		{`{` + base + `,"pay":{"min":9,"max":1}}`, 422, "pay.max"},
		{`{` + base + `,"pay":{"unit":"year","months":99}}`, 422, "pay.months"},
		{`{` + base + `,"duties":"a\u0000b"}`, 422, "duties"},
		{`{` + base + `,"duties":"a\u001b[31mb","majors":["\u0085"]}`, 422, "duties majors[0]"},
		{`{` + base + `,"valid_until":"morgen"}`, 422, "valid_until"},
		{`{` + base + `,"region":"999999"}`, 422, "region"},
		{`{` + base + `,"degree":"pope","employment":"slavery","source":"x","talent_form":"x"}`, 422, "degree employment source talent_form"},
		{`{` + base + `,"entrustment":"x"}`, 422, "entrustment"},
		{`{"kind":"job","title":"x"}`, 422, "org"},
		{`{"org":"0000000000000","kind":"job","title":"x"}`, 422, "org"},
		{`{"org":"` + o.ID.String() + `"}`, 422, "kind title"},
		{`{"org":"` + o.ID.String() + `","kind":"slavery","title":"x"}`, 422, "kind"},
		{`{` + base + `,"` + strings.Repeat("x", 5000) + `":1}`, 422, strings.Repeat("x", 60)},
	} {
		a := org.post("/positions", c.body).want(c.status)
		if got := a.fields(); got != c.fields {
			t.Errorf("%.200s: complaints about %q, want %q", c.body, got, c.fields)
		}
		if a.text("detail") == "" || a.text("code") == "" || a.text("request_id") == "" || a.text("title") == "" {
			t.Errorf("%.200s: %s", c.body, a.Body)
		}
	}
	many := org.post("/positions", `{"a":1`+manyFields(500)+`}`).want(http.StatusUnprocessableEntity)
	if n := len(many.at("errors").([]any)); n > maxMembers+1 {
		t.Errorf("%d complaints about one body", n)
	}
	org.post("/positions", `{`+base+`,"duties":"`+strings.Repeat("x", defaultBody)+`"}`).want(http.StatusRequestEntityTooLarge)
	org.send(http.MethodPost, "/positions", []byte(`{`+base+`}`), "Content-Type", "text/plain").want(http.StatusUnsupportedMediaType)
	org.send(http.MethodPost, "/positions", []byte(`{`+base+`}`), "Content-Type", "application/x-www-form-urlencoded").want(http.StatusUnsupportedMediaType)
	org.send(http.MethodPost, "/positions", []byte(`{`+base+`}`), "Content-Type", "").want(http.StatusUnsupportedMediaType)
	org.send(http.MethodPost, "/positions", []byte(` {`+base+`} `), "Content-Type", "application/json; charset=utf-8").want(http.StatusCreated)
	if n := org.get("/orgs/" + o.ID.String() + "/positions").at("total"); n != 1.0 {
		t.Errorf("%v posts were made of all this", n)
	}
}

func manyFields(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`,"f` + number(i) + `":1`)
	}
	return b.String()
}

func TestNoQueryIsTooStrange(t *testing.T) {
	s := newSite(t)
	_, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	s.Published(owner, s.Content("job", "社区社工"))
	s.work()
	long := strings.Repeat("志", 10_000)
	for _, c := range []struct {
		query  string
		status int
		fields string
	}{
		{query("q", long), 422, "q"},
		{query("q", "a\x00b\x1b"), 200, ""},
		{"?q=%ff%fe", 422, "q"},
		{"?q=%zz", 400, ""},
		{"?q=a;b", 400, ""},
		{query("sort", "published_at; DROP TABLE position"), 422, "sort"},
		{query("sort", "(select 1)"), 422, "sort"},
		{query("region", "440113' OR 1=1"), 422, "region"},
		{query("kind", "slavery", "degree", "pope", "org_kind", "x"), 422, "degree kind org_kind"},
		{query("pay_min", "-1"), 422, "pay_min"},
		{query("pay_min", "1e9"), 422, "pay_min"},
		{query("page", "0"), 422, "page"},
		{query("page", "9999999999999999999999"), 422, "page"},
		{query("page", "1000", "per_page", "100"), 422, "page"},
		{query("page", "7"), 200, ""},
		{query("per_page", "101"), 422, "per_page"},
		{query("org", "x"), 422, "org"},
		{query("org", "0APPKV0HZ6004"), 200, ""},
		{query("unknown", "x"), 200, ""},
		{"?" + url.Values{"region": manyTimes("4401", 500)}.Encode(), 422, "region"},
		{"?" + url.Values{"kind": manyTimes("job", 500)}.Encode(), 422, "kind"},
		{query("q", `'"\;--(){}[]*?:~^AND OR NOT`), 200, ""},
		{query("q", "社工 title:社工 AND NOT *"), 200, ""},
	} {
		a := s.nobody().get("/positions" + c.query).want(c.status)
		if got := a.fields(); got != c.fields {
			t.Errorf("%.100s: complaints about %q, want %q", c.query, got, c.fields)
		}
	}
	org := s.program(owner)
	for path, want := range map[string]string{
		"/applications" + query("state", "x", "after", "x", "per_page", "0", "overdue", "perhaps", "position", "x"): "after overdue per_page position state",
		"/reports/weekly" + query("week", "2026-W99", "kind", "king"):                                               "kind week",
		"/reports/weekly" + query("kind", "org"):                                                                    "org",
		"/reports/weekly" + query("kind", "person", "week", "2030-W01"):                                             "week",
		"/imports": "org",
		"/orgs/" + owner.Orgs[0].Org.String() + "/positions" + query("q", "\xff", "state", "x"): "q state",
	} {
		if got := org.get(path).want(http.StatusUnprocessableEntity).fields(); got != want {
			t.Errorf("%s: complaints about %q, want %q", path, got, want)
		}
	}
	bureau := s.program(s.Bureau(worldtest.Panyu, auth.Reviewer))
	for path, want := range map[string]string{
		"/review/positions" + query("state", "x", "kind", "y", "org", "z", "q", long):               "kind org q state",
		"/reports/weekly/rows" + query("figure", "hires'--", "kind", "x", "part", "9", "week", "x"): "figure kind part week",
		"/placements" + query("state", "x", "unsettled", "1"):                                       "state unsettled",
	} {
		if got := bureau.get(path).want(http.StatusUnprocessableEntity).fields(); got != want {
			t.Errorf("%s: complaints about %q, want %q", path, got, want)
		}
	}
}

// manyTimes returns n different values, or the same n times when prefix is one already.
func manyTimes(prefix string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = prefix + strings.Repeat("0", 2-min(2, len(number(i%100)))) + number(i)
	}
	return out
}

func TestWhoHasNoTokenIsAskedForOne(t *testing.T) {
	s := newSite(t)
	ann, _ := s.Account("林同学")
	p := s.program(ann)
	p.get("/me").want(http.StatusOK)
	if a := s.nobody().get("/me").want(http.StatusUnauthorized); a.Header.Get("WWW-Authenticate") != "Bearer" {
		t.Error(a.Header)
	}
	for _, authorization := range []string{"Bearer nonsense", "Bearer ", "Bearer", "Basic YTpi", "bearer " + p.token + "x", p.token, "Bearer " + strings.Repeat("x", 5000)} {
		for _, path := range []string{"/me", "/positions"} { // who says who they are is not taken for nobody
			if a := s.nobody().get(path, "Authorization", authorization).want(http.StatusUnauthorized); a.Header.Get("WWW-Authenticate") != `Bearer error="invalid_token"` {
				t.Errorf("%.50q %v", authorization, a.Header)
			}
		}
	}
	s.nobody().get("/me", "Authorization", "bearer "+p.token).want(http.StatusOK)
	s.nobody().get("/me", "Cookie", "session="+p.token).want(http.StatusUnauthorized)
	s.as(ann).get("/api/v1/me").want(t, http.StatusUnauthorized) // a browser's session is no token
	s.Clock.Add(auth.TokenLife)
	p.get("/me").want(http.StatusUnauthorized)
	again := s.program(ann)
	again.get("/me").want(http.StatusOK)
	if err := s.DB.Write(t.Context(), func(tx *db.Tx) error { return s.Accounts.Disable(t.Context(), tx, ann.Account) }); err != nil {
		t.Fatal(err)
	}
	again.get("/me").want(http.StatusUnauthorized)
	err := s.DB.Write(t.Context(), func(tx *db.Tx) error { // a token that outlived its account
		_, err := tx.Exec(t.Context(), `UPDATE account SET disabled_at = NULL WHERE id = ?`, ann.Account)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	late := s.program(ann)
	err = s.DB.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE account SET disabled_at = 1 WHERE id = ?`, ann.Account)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	late.get("/me").want(http.StatusUnauthorized)
}

func TestWhoAsksTooOftenWaits(t *testing.T) {
	s := newSite(t)
	ann := s.program(s.Graduate("林同学"))
	send := func(token string, n int) (status int) {
		for range n {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/api/v1/regions?parent=442000", nil)
			if err != nil {
				t.Fatal(err)
			}
			if token != "" {
				req.Header.Set("Authorization", "Bearer "+token)
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			status = res.StatusCode
		}
		return status
	}
	if status := send("guess", publicRate().Burst); status != http.StatusUnauthorized {
		t.Error("guesses of tokens count for nothing:", status)
	}
	if a := s.nobody().get("/regions").want(http.StatusTooManyRequests); a.Header.Get("Retry-After") == "" {
		t.Error("nothing says when to come back")
	}
	if status := send(ann.token, tokenRate().Burst); status != http.StatusOK {
		t.Error("a token shares the allowance of its address:", status)
	}
	ann.get("/me").want(http.StatusTooManyRequests).has("code", "error.too_many")
	s.program(s.Graduate("陈同学")).get("/me").want(http.StatusOK)
	s.Clock.Add(time.Minute)
	ann.get("/me").want(http.StatusOK)
}

func TestAProblemSpeaksTheLanguageThatWasAskedFor(t *testing.T) {
	s := newSite(t)
	for accept, want := range map[string]string{
		"en": "Not found", "en-GB,en;q=0.9": "Not found", "zh-CN,en;q=0.9": "没有找到", "": "没有找到", "fr": "没有找到", "fr, en;q=0.1": "Not found",
		"zh;q=0.2, en;q=0.8": "Not found", "en;q=x": "没有找到", "*": "没有找到", "zh-Hant-TW": "没有找到",
	} {
		a := s.nobody().get("/positions/0APPKV0HZ6004", "Accept-Language", accept).want(http.StatusNotFound)
		if a.text("title") != want {
			t.Errorf("%q: %s", accept, a.Body)
		}
		if l := a.Header.Get("Content-Language"); (l == "en") != (want == "Not found") {
			t.Errorf("%q is answered in %s", accept, l)
		}
	}
	ann, _ := s.Account("林同学")
	if err := s.Accounts.SetLang(t.Context(), ann.Account, "en"); err != nil {
		t.Fatal(err)
	}
	s.program(ann).get("/positions/0APPKV0HZ6004").want(http.StatusNotFound).has("title", "Not found")
	english := s.program(ann).post("/positions", `{"org":5}`).want(http.StatusUnprocessableEntity)
	english.has("errors.0.detail", "Wrong type; it must be a string", "errors.0.code", "api.field.type")
}

func TestWhatIsNotThereIsAProblemToo(t *testing.T) {
	s := newSite(t)
	ann := s.program(s.Graduate("林同学"))
	for _, path := range []string{"/", "/nothing", "/positions/x", "/positions/0APPKV0HZ600O0", "/applications/0APPKV0HZ6004", "/me/profile/cv", "/imports/0APPKV0HZ6004"} {
		ann.get(path).want(http.StatusNotFound)
	}
	ann.post("/applications/0APPKV0HZ6004/befriend", nil).want(http.StatusNotFound)
	if a := ann.json(http.MethodDelete, "/positions", nil).want(http.StatusMethodNotAllowed); !strings.Contains(a.Header.Get("Allow"), "GET") {
		t.Error(a.Header)
	}
	s.nobody().send(http.MethodOptions, "/positions", nil).want(http.StatusMethodNotAllowed)
}

func TestHeadersSayWhatMayBeKept(t *testing.T) {
	s := newSite(t)
	post, owner := s.offer("job", "社区社工")
	s.Published(owner, s.Content("job", "项目社工"))
	s.work()
	ann := s.program(s.Graduate("林同学"))
	list := s.nobody().get("/positions" + query("per_page", "1")).want(http.StatusOK)
	if list.Header.Get("Cache-Control") != freshEachTime || !strings.Contains(list.Header.Get("Vary"), "Authorization") {
		t.Error(list.Header)
	}
	wantLink := `<` + s.url + `/api/v1/positions?page=1&per_page=1>; rel="first", <` + s.url + `/api/v1/positions?page=2&per_page=1>; rel="next", <` + s.url +
		`/api/v1/positions?page=2&per_page=1>; rel="last"`
	if got := list.Header.Get("Link"); got != wantLink {
		t.Errorf("%s\nwant %s", got, wantLink)
	}
	if got := s.nobody().get("/positions" + query("per_page", "1", "page", "2")).Header.Get("Link"); !strings.Contains(got, `page=1&per_page=1>; rel="prev"`) || strings.Contains(got, "next") {
		t.Error(got)
	}
	tag := list.Header.Get("ETag")
	same := s.nobody().get("/positions"+query("per_page", "1"), "If-None-Match", `"x", `+tag).want(http.StatusNotModified)
	if len(same.Body) != 0 {
		t.Error("304 with a body")
	}
	s.nobody().get("/positions"+query("per_page", "1"), "If-None-Match", tag, "Accept-Language", "en").want(http.StatusOK)
	if err := s.Positions.Close(t.Context(), owner, post.ID, "filled"); err != nil {
		t.Fatal(err)
	}
	s.work()
	if now := s.nobody().get("/positions"+query("per_page", "1"), "If-None-Match", tag).want(http.StatusOK); now.Header.Get("ETag") == tag {
		t.Error("the tag stays when the answer changes")
	}
	for _, path := range []string{"/me", "/me/profile", "/applications", "/saved-searches", "/notifications", "/positions/" + post.ID.String()} {
		if a := ann.get(path).want(http.StatusOK); a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %s", path, a.Header.Get("Cache-Control"))
		}
	}
	if a := s.nobody().get("/positions/"+post.ID.String()).want(http.StatusOK).has("state", "closed"); a.Header.Get("Cache-Control") != freshEachTime {
		t.Error(a.Header)
	}
	for _, path := range []string{"/positions", "/regions", "/positions/" + post.ID.String(), "/api/openapi.json"} {
		whole, head := s.nobody().get(path), s.nobody().send(http.MethodHead, path, nil).want(http.StatusOK)
		if len(head.Body) != 0 || head.Header.Get("ETag") != whole.Header.Get("ETag") || head.Header.Get("Content-Type") != jsonMedia {
			t.Errorf("HEAD %s: %v", path, head.Header)
		}
	}
	s.nobody().send(http.MethodHead, "/me", nil).want(http.StatusUnauthorized)
}

func TestASearchWaitsForTheIndex(t *testing.T) {
	s := newSite(t)
	s.offer("job", "社区社工") // not indexed: nothing has worked
	if a := s.nobody().get("/positions").want(http.StatusServiceUnavailable); a.Header.Get("Retry-After") != "30" {
		t.Error(a.Header)
	}
}
