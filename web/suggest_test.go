package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/person"
	"zhigang/internal/position"
	"zhigang/internal/suggest"
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

// A person is found without a name, asked, and decides; what they agreed to ends when they say so.
func TestACandidateIsAskedAndDecides(t *testing.T) {
	eachSite(t, func(t *testing.T, s *testSite) {
		t.Helper()
		o, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
		_, rival := s.Org("番禺区另一家服务中心", worldtest.Panyu)
		post := s.Published(owner, s.Content(position.Job, "社区社工"))
		other := s.Published(rival, s.Content(position.Job, "项目社工"))
		ann := s.seeker("林晓明", nil)
		b, desk := s.as(ann), s.as(owner)
		page := "/console/" + o.ID.String() + "/positions/" + post.ID.String() + "/candidates"
		desk.get("/console/"+o.ID.String()+"/positions/"+post.ID.String()).want(t, http.StatusOK).says(t, "合适的人")
		desk.get(page).want(t, http.StatusOK).says(t, "目前没有合适的人")

		b.post("/me/telling/suggestions", "recommend", "yes", "found", "yes").want(t, http.StatusSeeOther)
		shown := desk.get(page).want(t, http.StatusOK).says(t, "1 号", "100 分", "本科", "社会工作", "粤语", "不会自动拒绝任何人")
		for _, secret := range []string{"林晓明", "示例大学", "@example.org", ann.Account.String()} {
			if strings.Contains(shown.Doc.Find("main").Text(), secret) {
				t.Errorf("%s is shown of somebody who was not asked", secret)
			}
		}
		ask := shown.Doc.Find(".candidate form").AttrOr("action", "")

		b.post("/me/telling/suggestions", "recommend", "yes").want(t, http.StatusSeeOther) // gone at once
		if gone := desk.get(page).want(t, http.StatusOK); gone.count(".candidate") != 0 {
			t.Error(gone.text())
		}
		desk.post(ask).want(t, http.StatusNotFound)
		b.post("/me/telling/suggestions", "found", "yes").want(t, http.StatusSeeOther)

		// The reference is of no use to anybody else.
		theirs := strings.Replace(strings.Replace(ask, o.ID.String(), rival.Orgs[0].Org.String(), 1), post.ID.String(), other.ID.String(), 1)
		s.as(rival).post(theirs).want(t, http.StatusNotFound)
		s.as(rival).post(ask).want(t, http.StatusNotFound)
		s.as(rival).get(page).want(t, http.StatusNotFound)
		b.get(page).want(t, http.StatusNotFound)
		viewer := s.as(s.member(owner, o.ID, auth.Viewer))
		viewer.get(page).want(t, http.StatusForbidden)
		viewer.post(ask).want(t, http.StatusForbidden)

		desk.post(ask).want(t, http.StatusSeeOther)
		desk.post(ask).want(t, http.StatusNotFound) // once for ever
		s.work()
		after := desk.get(page).want(t, http.StatusOK).says(t, "问过的人", "还没有答复")
		if after.count(".candidate") != 0 || strings.Contains(after.text(), "林晓明") {
			t.Error(after.text())
		}
		if all := s.letters(); len(all) != 1 || !strings.Contains(all[0].text, "想向您要联系方式") {
			t.Errorf("%+v", all)
		}

		inbox := b.get("/me/inbox").want(t, http.StatusOK).says(t, o.Name+"想联系您")
		notice := inbox.Doc.Find("a[href^='/me/inbox/']").AttrOr("href", "")
		path := b.get(notice).want(t, http.StatusOK).Doc.Find("a[href^='/me/asks/']").AttrOr("href", "")
		b.get(path).want(t, http.StatusOK).says(t, "想向您要联系方式", "直接应聘")
		stranger := s.as(s.Graduate("陈同学"))
		stranger.get(path).want(t, http.StatusNotFound)
		stranger.post(path, "answer", "yes", "contact", "email").want(t, http.StatusNotFound)
		b.post(path, "answer", "yes").want(t, http.StatusUnprocessableEntity).says(t, "至少选择一种联系方式")
		b.post(path, "answer", "perhaps").want(t, http.StatusUnprocessableEntity)
		b.post(path, "answer", "yes", "contact", "email").want(t, http.StatusSeeOther)
		b.post(path, "answer", "yes", "contact", "email").want(t, http.StatusConflict)
		s.work()
		desk.get(page).want(t, http.StatusOK).says(t, "林晓明", "@example.org", "已同意")
		desk.get("/me/inbox").want(t, http.StatusOK).says(t, "已同意联系：社区社工")
		if all, err := s.People.Consents(t.Context(), ann); err != nil || all[0].Purpose != "contact" || all[0].Receiver != o.Name {
			t.Errorf("%+v, %v", all, err)
		}

		b.post(path, "answer", "block").want(t, http.StatusSeeOther) // taken back, and never again
		if back := desk.get(page).want(t, http.StatusOK); strings.Contains(back.text(), "林晓明") {
			t.Error(back.text())
		}
		second := s.Published(owner, s.Content(position.Job, "养老社工"))
		again := strings.Replace(page, post.ID.String(), second.ID.String(), 1)
		if blocked := desk.get(again).want(t, http.StatusOK); blocked.count(".candidate") != 0 {
			t.Error(blocked.text())
		}
	})
}

func TestANoIsShownAsNoAnswerAndTimeRunsOut(t *testing.T) {
	s := newSite(t)
	o, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	post := s.Published(owner, s.Content(position.Job, "社区社工"))
	desk, path := s.program(owner), "/orgs/"+o.ID.String()+"/positions/"+post.ID.String()+"/candidates"
	asked := func(name string) *program {
		who := s.program(s.seeker(name, nil))
		who.json(http.MethodPatch, "/me/suggestions", map[string]any{"found": true}).want(http.StatusOK)
		ref := desk.get(path).want(http.StatusOK).text("items.0.ref")
		desk.post(path+"/"+ref+"/ask", nil).want(http.StatusNoContent)
		return who
	}
	eve := asked("何同学")
	hers := eve.get("/me/asks").want(http.StatusOK).text("items.0.id")
	eve.post("/me/asks/"+hers+"/answer", map[string]any{"answer": "yes", "contact": []string{"email"}}).want(http.StatusNoContent)
	ann, bob := asked("林同学"), asked("陈同学")
	mine := ann.get("/me/asks").want(http.StatusOK).has("items.0.state", "asked", "items.0.org_name", o.Name).text("items.0.id")
	ann.post("/me/asks/"+mine+"/answer", map[string]any{"answer": "no"}).want(http.StatusNoContent)
	ann.get("/me/asks").want(http.StatusOK).has("items.0.state", "no")
	desk.get(path).want(http.StatusOK).has("asks.0.state", "asked", "asks.1.state", "asked", "asks.1.given", nil, "asks.2.given.name", "何同学")
	s.program(s.Graduate("赵同学")).post("/me/asks/"+mine+"/answer", map[string]any{"answer": "yes", "contact": []string{"email"}}).want(http.StatusNotFound)

	s.Clock.Add(suggest.AskLife)
	late := bob.get("/me/asks").want(http.StatusOK).has("items.0.state", "expired").text("items.0.id")
	bob.post("/me/asks/"+late+"/answer", map[string]any{"answer": "yes", "contact": []string{"email"}}).want(http.StatusConflict)
	desk.get(path).want(http.StatusOK).has("asks.0.state", "expired", "asks.1.state", "expired", "asks.2.state", "yes")

	s.Clock.Add(90 * 24 * time.Hour) // what was given has served
	if n, err := s.deps.Suggestions.Forget(t.Context()); n != 1 || err != nil {
		t.Error(n, err)
	}
	desk.get(path).want(http.StatusOK).has("asks.2.state", "yes", "asks.2.given", nil)
}

func TestAPositionAsksSoManyAWeek(t *testing.T) {
	s := newSite(t)
	o, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	post := s.Published(owner, s.Content(position.Job, "社区社工"))
	desk, path := s.program(owner), "/orgs/"+o.ID.String()+"/positions/"+post.ID.String()+"/candidates"
	for range suggest.MaxAsks + 2 {
		if err := s.deps.Suggestions.Choose(t.Context(), s.seeker("林同学", nil), true, true); err != nil {
			t.Fatal(err)
		}
	}
	next := func() said {
		return desk.post(path+"/"+desk.get(path).want(http.StatusOK).text("items.0.ref")+"/ask", nil)
	}
	for range suggest.MaxAsks {
		next().want(http.StatusNoContent)
	}
	next().want(http.StatusConflict)
	s.Clock.Add(suggest.AskWindow)
	next().want(http.StatusNoContent)
}
