package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"zhigang/internal/position"
	"zhigang/internal/worldtest"
)

func TestAPersonSaysWhenToBeTold(t *testing.T) {
	s := newSite(t)
	ann := s.Graduate("林同学")
	b := s.as(ann)
	page := b.get("/me/telling").want(t, http.StatusOK)
	if page.Doc.Find("#f-digest_hour option[selected]").Text() != "08:00" || page.count("input[name=quiet][checked]") != 1 {
		t.Error(page.text())
	}
	b.post("/me/telling", "digest_hour", "19", "quiet", "yes", "quiet_from", "21", "quiet_to", "7").want(t, http.StatusSeeOther)
	got, err := s.deps.Matches.Telling(t.Context(), ann)
	if err != nil || got.DigestHour != 19 || got.QuietFrom != 21 || got.QuietTo != 7 {
		t.Errorf("%+v, %v", got, err)
	}
	b.post("/me/telling", "digest_hour", "19", "quiet_from", "21", "quiet_to", "7").want(t, http.StatusSeeOther)
	if got, err := s.deps.Matches.Telling(t.Context(), ann); err != nil || got.HasQuiet() {
		t.Errorf("%+v, %v", got, err)
	}
	for _, wrong := range [][]string{{"digest_hour", "noon", "quiet_from", "1", "quiet_to", "2"}, {"digest_hour", "25", "quiet_from", "1", "quiet_to", "2"}, {}} {
		if a := b.post("/me/telling", wrong...).want(t, http.StatusUnprocessableEntity); a.count("[aria-invalid=true]") == 0 {
			t.Errorf("%v: %s", wrong, a.text())
		}
	}
}

func TestTellingIsPausedAndResumed(t *testing.T) {
	s := newSite(t)
	b := s.told(1)
	path := b.get("/me/searches").want(t, http.StatusOK).Doc.Find("form[action$='/pause']").AttrOr("action", "")
	b.post(path, "until", "yesterday").want(t, http.StatusUnprocessableEntity)
	b.post(path, "until", "2026-12-24").want(t, http.StatusSeeOther)
	b.get("/me/searches").want(t, http.StatusOK).says(t, "暂停，12月24日恢复")
	b.post(strings.Replace(path, "/pause", "/resume", 1)).want(t, http.StatusSeeOther)
	if page := b.get("/me/searches"); page.count("form[action$='/resume']") != 0 {
		t.Error(page.text())
	}
	s.as(s.Graduate("陈同学")).post(path).want(t, http.StatusNotFound)

	if a := b.post("/me/telling/pause", "until", "2020-01-01").want(t, http.StatusUnprocessableEntity); a.count("#f-until[aria-invalid=true]") != 1 {
		t.Error(a.text())
	}
	b.post("/me/telling/pause").want(t, http.StatusSeeOther)
	b.get("/me/searches").says(t, "全部订阅已暂停")
	b.post("/me/telling/resume").want(t, http.StatusSeeOther)
	if page := b.get("/me/searches"); strings.Contains(page.text(), "全部订阅已暂停") {
		t.Error(page.text())
	}
}

func TestAnOrganizationIsBlockedByAButton(t *testing.T) {
	s := newSite(t)
	b := s.told(1)
	notice := b.get("/me/inbox").want(t, http.StatusOK).Doc.Find(".notices a").AttrOr("href", "")
	path := b.get(notice).want(t, http.StatusOK).Doc.Find("a[href^='/me/blocks/']").AttrOr("href", "")
	for range 2 { // programs follow links
		b.get(path).want(t, http.StatusOK).says(t, "番禺区暖阳社会工作服务中心")
	}
	if page := b.get("/me/telling").want(t, http.StatusOK); page.count("#blocked li") != 0 {
		t.Fatal("a GET has blocked it")
	}
	b.post(path).want(t, http.StatusSeeOther)
	b.get("/me/telling").want(t, http.StatusOK).says(t, "番禺区暖阳社会工作服务中心")
	if page := b.get(notice).says(t, "另有 1 个岗位来自您不再看到的单位"); page.count(".post-why") != 0 {
		t.Error(page.text())
	}
	b.post(path+"/end").want(t, http.StatusSeeOther)
	if page := b.get(notice).want(t, http.StatusOK); page.count(".post-why") != 1 {
		t.Error(page.text())
	}
	b.get("/me/blocks/0000000000001").want(t, http.StatusNotFound)
	b.post("/me/blocks/0000000000001").want(t, http.StatusNotFound)
}

func TestAProgramSaysHowToBeTold(t *testing.T) {
	s := newSite(t)
	o, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	ann := s.program(s.Graduate("林同学"))
	ann.get("/me/telling").want(http.StatusOK).has("digest_hour", 8, "quiet_from", 22, "quiet_to", 8, "paused", false)
	ann.json(http.MethodPatch, "/me/telling", map[string]any{"digest_hour": 6, "quiet_from": 23}).want(http.StatusOK).
		has("digest_hour", 6, "quiet_from", 23, "quiet_to", 8)
	ann.json(http.MethodPatch, "/me/telling", map[string]any{"paused_until": "2026-12-01"}).want(http.StatusOK).
		has("digest_hour", 6, "paused", true, "paused_until", "2026-12-01")
	ann.json(http.MethodPatch, "/me/telling", map[string]any{"paused": false}).want(http.StatusOK).has("paused", false)
	for field, body := range map[string]map[string]any{
		"digest_hour": {"digest_hour": 24}, "paused_until": {"paused_until": "2020-01-01"}, "loud": {"loud": true},
	} {
		if got := ann.json(http.MethodPatch, "/me/telling", body).want(http.StatusUnprocessableEntity).fields(); got != field {
			t.Errorf("%v: %q", body, got)
		}
	}
	saved := ann.post("/saved-searches", map[string]any{"criteria": map[string]any{"region": []string{worldtest.Panyu}}}).want(http.StatusCreated)
	one := "/saved-searches/" + saved.text("id")
	expires := saved.text("expires_at")
	s.Clock.Add(time.Hour)
	ann.json(http.MethodPatch, one, map[string]any{"paused": true}).want(http.StatusOK).has("paused", true, "expires_at", expires)
	s.Published(owner, s.Content(position.Job, "社区社工"))
	s.work()
	if n := items(ann.get("/notifications").want(http.StatusOK)); n != 0 {
		t.Errorf("%d notices in the pause", n)
	}
	ann.json(http.MethodPatch, one, map[string]any{"paused": false}).want(http.StatusOK).has("paused", false)
	s.work()
	if n := items(ann.get("/notifications").want(http.StatusOK)); n != 1 {
		t.Errorf("%d notices after the pause", n)
	}
	block := "/me/blocked-orgs/" + o.ID.String()
	ann.put(block, map[string]any{}).want(http.StatusNoContent)
	ann.get("/me/blocked-orgs").want(http.StatusOK).has("items.0.org", o.ID.String(), "items.0.name", o.Name)
	ann.json(http.MethodDelete, block, nil).want(http.StatusNoContent)
	if n := items(ann.get("/me/blocked-orgs").want(http.StatusOK)); n != 0 {
		t.Errorf("%d blocked", n)
	}
	ann.put("/me/blocked-orgs/0000000000001", map[string]any{}).want(http.StatusNotFound)
}

// items counts what a list holds.
func items(a said) int {
	all, _ := a.at("items").([]any)
	return len(all)
}
