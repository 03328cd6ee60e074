package web

import (
	"net/http"
	"testing"

	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/worldtest"
)

// Each line is something that its own people may ask for, and what everybody else is answered. Whether there is such a
// thing is nobody else's business: they get what they would get for an id that was made up.
func TestForgedIDsFindNothing(t *testing.T) { eachSite(t, forgedIDs) }

func forgedIDs(t *testing.T, s *testSite) {
	t.Helper()
	o, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	_, rival := s.Org("番禺区另一家服务中心", worldtest.Panyu)
	post := s.Published(owner, s.Content("job", "社区社工"))
	draft, err := s.Positions.Create(t.Context(), owner, o.ID, s.Content("job", "草稿"))
	if err != nil {
		t.Fatal(err)
	}
	graduate := s.Graduate("林同学")
	a := s.Apply(graduate, post.ID)
	if err := s.Applications.Act(t.Context(), owner, a.ID, "hire", "", "2026-12-01"); err != nil {
		t.Fatal(err)
	}
	placed, err := s.Applications.PlacementOf(t.Context(), owner, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	saved := s.program(graduate).post("/saved-searches", map[string]any{"criteria": map[string]any{"q": "社工"}}).want(http.StatusCreated).text("id")
	letter := s.entrustment(owner)

	strangers := map[string]*program{
		"nobody": s.nobody(), "another person": s.program(s.Graduate("陈同学")), "another organization": s.program(rival),
		"another bureau": s.program(s.Bureau("440115", auth.Administrator)),
	}
	org, own, content := "/orgs/"+o.ID.String(), "/positions/"+draft.ID.String(), jsonPost("job", "x", "version", 1)
	application, placement := "/applications/"+a.ID.String(), "/placements/"+placed.ID.String()
	for _, c := range []struct {
		method, path string
		body         any
		bureau       bool // a route of the bureau: the others are refused by their role
	}{
		{http.MethodGet, own, nil, false},
		{http.MethodPut, own, content, false},
		{http.MethodGet, own + "/history", nil, false},
		{http.MethodPost, own + "/submit", nil, false},
		{http.MethodPost, "/positions/" + post.ID.String() + "/close", map[string]any{"outcome": "none"}, false},
		{http.MethodPost, "/positions/" + post.ID.String() + "/withdraw", nil, false},
		{http.MethodPost, "/positions/" + post.ID.String() + "/renew", map[string]any{"valid_until": "2026-12-24"}, false},
		{http.MethodPost, "/positions/" + post.ID.String() + "/copy", nil, false},
		{http.MethodGet, "/positions/" + post.ID.String() + "/history", nil, false},
		{http.MethodPost, "/positions/" + post.ID.String() + "/approve", nil, true},
		{http.MethodPost, "/positions/" + post.ID.String() + "/return", map[string]any{"reason": "x"}, true},
		{http.MethodPost, "/positions", jsonPost("job", "x", "org", o.ID.String()), false},
		{http.MethodGet, org + "/positions/" + post.ID.String() + "/candidates", nil, false},
		{http.MethodPost, org + "/positions/" + post.ID.String() + "/candidates/x/ask", nil, false},
		{http.MethodPut, org, map[string]any{"name": "别人的名称"}, false},
		{http.MethodPost, org + "/approve", nil, true},
		{http.MethodPost, org + "/suspend", map[string]any{"reason": "x"}, true},
		{http.MethodPost, org + "/rate", map[string]any{"rating": 1, "rating_until": "2027-01-01"}, true},
		{http.MethodPost, org + "/urge", nil, true},
		{http.MethodGet, org + "/positions", nil, false},
		{http.MethodGet, org + "/members", nil, false},
		{http.MethodPost, org + "/members", map[string]any{"login": "user1@example.org", "role": "owner"}, false},
		{http.MethodDelete, org + "/members/" + owner.Account.String(), nil, false},
		{http.MethodGet, org + "/files", nil, false},
		{http.MethodGet, org + "/files/" + letter.String(), nil, false},
		{http.MethodGet, "/applications" + query("org", o.ID.String()), nil, false},
		{http.MethodGet, application, nil, false},
		{http.MethodGet, application + "/cv", nil, false},
		{http.MethodPost, application + "/decline", map[string]any{"reason": "x"}, false},
		{http.MethodPost, application + "/withdraw", nil, false},
		{http.MethodPost, application + "/notes", map[string]any{"text": "x"}, false},
		{http.MethodGet, placement, nil, false},
		{http.MethodPost, placement + "/confirm", nil, false},
		{http.MethodPost, placement + "/dispute", map[string]any{"reason": "x"}, false},
		{http.MethodPost, placement + "/settle", map[string]any{"note": "x"}, true},
		{http.MethodGet, "/saved-searches/" + saved, nil, false},
		{http.MethodPatch, "/saved-searches/" + saved, map[string]any{"by_mail": true}, false},
		{http.MethodDelete, "/saved-searches/" + saved, nil, false},
		{http.MethodGet, "/reports/weekly" + query("kind", "org", "org", o.ID.String()), nil, false},
		{http.MethodGet, "/reports/weekly" + query("region", worldtest.Panyu), nil, true},
		{http.MethodGet, "/reports/weekly/rows" + query("region", worldtest.Panyu, "figure", "posts"), nil, true},
		{http.MethodGet, "/review/positions" + query("region", worldtest.Panyu), nil, true},
		{http.MethodGet, "/imports" + query("org", o.ID.String()), nil, false},
	} {
		for who, p := range strangers {
			want := http.StatusNotFound
			switch {
			case who == "nobody" && (c.method != http.MethodGet || c.path != own): // a draft is looked for on a public route
				want = http.StatusUnauthorized
			case c.bureau && who != "another bureau" && who != "nobody":
				want = http.StatusForbidden
			}
			if got := p.json(c.method, c.path, c.body); got.Status != want {
				t.Errorf("%s, %s: %d, want %d\n%s", who, got.asked, got.Status, want, got.Body)
			}
		}
	}
	for _, list := range []string{"/review/positions" + query("state", "published"), "/review/orgs" + query("state", "approved"), "/placements", "/review/overdue"} {
		strangers["another bureau"].get(list).want(http.StatusOK).has("items.0", nil)
	}
	strangers["another organization"].get("/review/positions").want(http.StatusForbidden)
	strangers["another person"].get("/applications").want(http.StatusOK).has("items.0", nil)
	now, err := s.Positions.Get(t.Context(), owner, post.ID)
	if err != nil || now.Version != 2+1 || now.State != "published" {
		t.Errorf("%s %d, %v", now.State, now.Version, err)
	}
}

func TestAViewerReadsAndDoesNothing(t *testing.T) {
	s := newSite(t)
	o, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	post := s.Published(owner, s.Content("job", "社区社工"))
	a := s.Apply(s.Graduate("林同学"), post.ID)
	viewer := s.program(s.member(owner, o.ID, auth.Viewer))
	org, own := "/orgs/"+o.ID.String(), "/positions/"+post.ID.String()
	for _, path := range []string{org + "/positions", org + "/members", org + "/files", own, own + "/history", "/applications/" + a.ID.String()} {
		viewer.get(path).want(http.StatusOK)
	}
	if verbs, _ := viewer.get("/applications/" + a.ID.String()).at("verbs").([]any); len(verbs) != 0 {
		t.Error("a viewer is offered verbs", verbs)
	}
	for path, body := range map[string]any{
		"/positions": jsonPost("job", "x", "org", o.ID.String()), own + "/submit": nil, own + "/close": map[string]any{"outcome": "none"}, own + "/copy": nil,
		"/applications/" + a.ID.String() + "/view": nil, "/applications/" + a.ID.String() + "/notes": map[string]any{"text": "x"},
		org + "/members": map[string]any{"login": "user1@example.org", "role": "viewer"},
	} {
		viewer.post(path, body).want(http.StatusForbidden)
	}
	viewer.get(org + own + "/candidates").want(http.StatusForbidden)
	viewer.post(org+own+"/candidates/x/ask", nil).want(http.StatusForbidden)
	viewer.put(own, jsonPost("job", "x"), "If-Match", "*").want(http.StatusForbidden)
	viewer.put(org, map[string]any{"name": "别的名称"}).want(http.StatusForbidden)
	viewer.upload(http.MethodPost, org+"/files", "file", "委托书.pdf", pdf, []string{"purpose", "entrustment"}).want(http.StatusForbidden)
	s.program(s.member(owner, o.ID, auth.Editor)).put(org, map[string]any{"name": "别的名称"}).want(http.StatusForbidden)
}

// Nobody reviews what their own organization posts by being its member, nor sees applicants by working for the bureau.
func TestABureauHasNoOtherHat(t *testing.T) {
	s := newSite(t)
	o, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	err := s.DB.Write(t.Context(), func(tx *db.Tx) error {
		return s.Accounts.GrantStaff(t.Context(), tx, owner.Account, "440115", auth.Reviewer)
	})
	if err != nil {
		t.Fatal(err)
	}
	both := s.program(owner)
	draft := both.post("/positions", jsonPost("job", "社区社工", "org", o.ID.String())).want(http.StatusCreated)
	both.post("/positions/"+draft.text("id")+"/submit", nil).want(http.StatusOK)
	both.post("/positions/"+draft.text("id")+"/approve", nil).want(http.StatusNotFound)
	both.post("/orgs/"+o.ID.String()+"/suspend", map[string]any{"reason": "x"}).want(http.StatusNotFound)
	both.get("/review/positions").want(http.StatusOK).has("items.0", nil)
	both.get("/me").want(http.StatusOK).has("bureau.region.code", "440115", "orgs.0.id", o.ID.String())
}

func TestAPersonHasOneProfileAndOneCV(t *testing.T) {
	s := newSite(t)
	ann := s.program(s.Graduate("林同学"))
	before := ann.get("/me/profile").want(http.StatusOK).has("version", 1, "cv", nil)
	ann.put("/me/profile", map[string]any{"school": "示例大学"}).want(http.StatusPreconditionRequired)
	ann.put("/me/profile", map[string]any{"school": "示例大学"}, "If-Match", `"7"`).want(http.StatusPreconditionFailed)
	ann.put("/me/profile", map[string]any{"school": "示例大学", "version": 7}).want(http.StatusConflict)
	for field, profile := range map[string]map[string]any{
		"degree": {"degree": "any"}, "want_kinds": {"want_kinds": []string{"slavery"}}, "want_regions": {"want_regions": []string{"x"}},
		"graduated_on": {"graduated_on": "bald"}, "want_pay": {"want_pay": 5_000_000}, "want_kinds[0]": {"want_kinds": []any{nil}},
	} {
		profile["version"] = 1
		if got := ann.put("/me/profile", profile).want(http.StatusUnprocessableEntity).fields(); got != field {
			t.Errorf("%v: %q", profile, got)
		}
	}
	ann.put("/me/profile", map[string]any{"school": "示例大学", "want_kinds": []string{"job", "job"}, "want_regions": []string{"440113"}}, "If-Match", before.Header.Get("ETag")).
		want(http.StatusOK).has("version", 2, "degree", nil, "want_kinds.1", nil, "missing.0", "degree")
	ann.get("/me/profile/cv").want(http.StatusNotFound)
	ann.upload(http.MethodPut, "/me/profile/cv", "file", "cv.exe", "MZ\x90\x00", nil).want(http.StatusUnprocessableEntity)
	ann.upload(http.MethodPut, "/me/profile/cv", "file", "我的简历.pdf", pdf, nil).want(http.StatusOK).has("cv.name", "我的简历.pdf", "cv.purpose", "cv")
	if cv := ann.get("/me/profile/cv").want(http.StatusOK); string(cv.Body) != pdf || cv.Header.Get("Cache-Control") != "no-store" {
		t.Error(cv.Header)
	}
	ann.json(http.MethodDelete, "/me/profile/cv", nil).want(http.StatusNoContent)
	ann.get("/me/profile/cv").want(http.StatusNotFound)
	ann.get("/me/profile").want(http.StatusOK).has("cv", nil)
}
