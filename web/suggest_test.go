package web

import (
	"net/http"
	"testing"

	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/person"
	"zhigang/internal/position"
	"zhigang/internal/worldtest"
)

// seeker is a graduate who says what they look for.
func (s *testSite) seeker(name string, change func(*person.Profile)) auth.Actor {
	s.t.Helper()
	who := s.Graduate(name)
	p, err := s.People.Get(s.t.Context(), who)
	if err != nil {
		s.t.Fatal(err)
	}
	p.Major, p.Skills = "社会工作", db.AsJSON([]string{"社工证", "粤语"})
	p.WantKinds, p.WantRegions = db.AsJSON([]string{"job"}), db.AsJSON([]string{worldtest.Panyu})
	if change != nil {
		change(&p)
	}
	if err := s.People.Save(s.t.Context(), who, p); err != nil {
		s.t.Fatal(err)
	}
	return who
}

func TestPositionsAreRecommendedByTheProfile(t *testing.T) {
	s := newSite(t)
	o, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	best := s.Published(owner, s.Content(position.Job, "社区社工"))
	near := s.Content(position.Job, "越秀社工")
	near.Region = "440104"
	s.Published(owner, near)
	law := s.Content(position.Job, "法务专员")
	law.Majors = db.AsJSON([]string{"法学"})
	s.Published(owner, law)
	s.Published(owner, s.Content(position.Volunteer, "助餐志愿者"))
	s.work()

	ann := s.seeker("林同学", nil)
	b, api := s.as(ann), s.program(ann)
	page := b.get("/me/recommended").want(t, http.StatusOK).says(t, "社区社工", "越秀社工", "100 分（满分 100）", "周边地区", "在同一个市")
	if page.count(".post") != 2 || page.Doc.Find(".post h3").First().Text() != "社区社工" {
		t.Error(page.text())
	}
	api.get("/me/recommended").want(http.StatusOK).has("state", "on", "items.0.position.id", best.ID.String(), "items.0.fit.points", 100, "items.1.fit.criteria.3.mark", "partly")

	s.Apply(ann, best.ID) // what one applied for is not recommended
	if page := b.get("/me/recommended").want(t, http.StatusOK); page.count(".post") != 1 {
		t.Error(page.text())
	}

	b.post("/me/telling/suggestions", "found", "yes").want(t, http.StatusSeeOther) // turned off: the newest, for everybody the same
	if page := b.get("/me/recommended").want(t, http.StatusOK).says(t, "推荐已关闭", "助餐志愿者", "法务专员"); page.count(".post") != 4 || page.count(".fit") != 0 {
		t.Error(page.text())
	}
	api.get("/me/recommended").want(http.StatusOK).has("state", "off", "items.0.fit", nil)
	api.get("/me/suggestions").want(http.StatusOK).has("recommend", false, "found", true)
	api.json(http.MethodPatch, "/me/suggestions", map[string]any{"recommend": true}).want(http.StatusOK).has("recommend", true, "found", true)

	b.post("/me/blocks/"+o.ID.String()).want(t, http.StatusSeeOther)
	if page := b.get("/me/recommended").want(t, http.StatusOK).says(t, "目前没有合适的岗位"); page.count(".post") != 0 {
		t.Error(page.text())
	}
	if page := s.as(owner).get("/me/recommended").want(t, http.StatusOK).says(t, "填写学历"); page.count(".post") != 0 {
		t.Error(page.text())
	}
	s.anonymous().get("/me/recommended").want(t, http.StatusSeeOther)
	s.nobody().get("/me/recommended").want(http.StatusUnauthorized)
}

// Nobody is found who did not agree, and what is agreed to is written down.
func TestBeingFoundIsOffUntilItIsTurnedOn(t *testing.T) {
	s := newSite(t)
	ann := s.Graduate("林同学")
	b := s.as(ann)
	if page := b.get("/me/telling").want(t, http.StatusOK).says(t, "看不到姓名"); page.count("input[name=recommend][checked]") != 1 || page.count("input[name=found][checked]") != 0 {
		t.Error(page.text())
	}
	for range 2 {
		b.post("/me/telling/suggestions", "recommend", "yes", "found", "yes").want(t, http.StatusSeeOther)
	}
	all, err := s.People.Consents(t.Context(), ann)
	if err != nil || len(all) != 1 || all[0].Purpose != "found" {
		t.Errorf("%+v, %v", all, err)
	}
}
