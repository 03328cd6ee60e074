package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"zhigang/internal/application"
	"zhigang/internal/auth"
	"zhigang/internal/position"
	"zhigang/internal/worldtest"
)

func TestAProfileIsFilledInAsPeopleWrite(t *testing.T) {
	s := newSite(t)
	ann, _ := s.Account("林同学")
	b := s.as(ann)
	b.get("/me/profile").want(t, http.StatusOK).says(t, "还差 4 项")
	good := []string{
		"version", "0", "degree", "bachelor", "school", "示例大学", "major", "社会工作", "graduated_on", "2026年6月",
		"skills", "社工证、粤语，办公软件", "about", "踏实。",
		"want_kinds", "job", "want_kinds", "volunteer", "want_regions", "番禺区、佛山市", "want_pay", "5,000",
	}
	bad := append([]string{}, good...)
	for n := 0; n < len(bad); n += 2 {
		switch bad[n] {
		case "graduated_on":
			bad[n+1] = "去年夏天"
		case "want_regions":
			bad[n+1] = "番禺区、鼓楼区"
		case "want_pay":
			bad[n+1] = "五千"
		case "school":
			bad[n+1] = strings.Repeat("大", 101)
		}
	}
	refused := b.post("/me/profile", bad...).want(t, http.StatusUnprocessableEntity)
	if n := refused.says(t, "没有找到“鼓楼区”").count(".summary li"); n != 4 {
		t.Errorf("%d complaints: %s", n, refused.Doc.Find(".summary").Text())
	}
	if refused.field("f-want_regions") != "番禺区、鼓楼区" || refused.count("input[name=want_kinds][checked]") != 2 {
		t.Error("what was typed is lost")
	}
	b.post("/me/profile", append(good, "next", "/positions")...).want(t, http.StatusSeeOther)
	p, err := s.People.Get(t.Context(), ann)
	if err != nil || p.GraduatedOn != "2026-06-30" || strings.Join(p.Skills.V, "|") != "社工证|粤语|办公软件" ||
		p.WantPay != 500000 || strings.Join(p.WantRegions.V, "|") != "440113|440600" ||
		strings.Join(p.WantKinds.V, "|") != "job|volunteer" {
		t.Errorf("%+v, %v", p, err)
	}
	page := b.get("/me/profile").want(t, http.StatusOK)
	for field, want := range map[string]string{"want_regions": "广州市番禺区、佛山市", "want_pay": "5000", "skills": "社工证、粤语、办公软件"} {
		if got := page.field("f-" + field); got != want {
			t.Errorf("%s is shown as %q", field, got)
		}
	}
	stale := b.post("/me/profile", append(good, "about", "旧标签页")...).want(t, http.StatusConflict).says(t, "刚在别处保存过")
	if stale.count("input[name=version][value='1']") != 1 {
		t.Error("an old tab overwrites:", stale.text())
	}
}

func TestOneCVGoesUpAndDown(t *testing.T) {
	s := newSite(t)
	post, _ := s.offer(position.Job, "社区社工")
	ann := s.Graduate("林同学")
	b, other := s.as(ann), s.as(s.Graduate("陈同学"))
	big := "%PDF-" + strings.Repeat("x", 5<<20)
	for name, content := range map[string]string{"cv.exe": "MZ\x90\x00", "cv.pdf": "", "big.pdf": big} {
		a := b.upload("/me/profile/cv", "cv", name, content).want(t, http.StatusUnprocessableEntity)
		if a.count("#f-cv-error") != 1 {
			t.Error(name, a.text())
		}
	}
	b.post("/me/profile/cv").want(t, http.StatusUnprocessableEntity)
	b.upload("/me/profile/cv", "cv", `C:\文档\我的"简历".pdf`, pdf).want(t, http.StatusSeeOther)
	down := b.get("/me/profile/cv").want(t, http.StatusOK)
	if down.Body != pdf || down.Header.Get("Content-Type") != "application/pdf" ||
		!strings.HasPrefix(down.Header.Get("Content-Disposition"), "attachment;") {
		t.Error(down.Header)
	}
	other.get("/me/profile/cv").want(t, http.StatusNotFound)
	a := s.Apply(ann, post.ID)
	sent := "/me/applications/" + a.ID.String() + "/cv"
	b.upload("/me/profile/cv", "cv", "新.pdf", pdf+" 新").want(t, http.StatusSeeOther)
	b.post("/me/profile/cv/delete").want(t, http.StatusSeeOther)
	b.get("/me/profile/cv").want(t, http.StatusNotFound)
	if b.get(sent).want(t, http.StatusOK).Body != pdf {
		t.Error("what was sent has changed")
	}
	other.get(sent).want(t, http.StatusNotFound)
	var kept int
	if err := s.DB.Get(t.Context(), &kept, `SELECT COUNT(*) FROM file`); err != nil || kept != 1 {
		t.Errorf("%d files are kept, %v", kept, err)
	}
}

func TestTheStoryOfAnApplication(t *testing.T) {
	s := newSite(t)
	post, owner := s.offer(position.Job, "社区社工")
	ann := s.Graduate("林同学")
	b := s.as(ann)
	a := s.Apply(ann, post.ID)
	path := "/me/applications/" + a.ID.String()
	b.get(path).want(t, http.StatusOK).
		says(t, "番禺区暖阳社会工作服务中心应在 2026年11月27日 前答复", "经您同意，提供给 番禺区暖阳社会工作服务中心")
	s.Clock.Add(8 * 24 * time.Hour)
	b.get(path).want(t, http.StatusOK).says(t, "已超期 1 个工作日")
	for _, step := range []struct {
		verb   application.Verb
		reason string
	}{{application.View, ""}, {application.Invite, "周三下午三点"}, {application.Hire, ""}} {
		if err := s.Applications.Act(t.Context(), owner, a.ID, step.verb, step.reason, "2026-12-07"); err != nil {
			t.Fatal(err)
		}
		s.Clock.Add(time.Hour)
	}
	page := b.get(path).want(t, http.StatusOK).says(t, "周三下午三点")
	if n := page.count(".story li"); n != 4 || page.count("#withdraw") != 0 {
		t.Errorf("%d steps: %s", n, page.text())
	}
	for name, who := range map[string]auth.Actor{
		"another person": s.Graduate("陈同学"), "the organization": owner,
		"the bureau": s.Bureau(worldtest.Panyu, auth.Administrator),
	} {
		if got := s.as(who).get(path).StatusCode; got != http.StatusNotFound {
			t.Errorf("%s sees the person's page: %d", name, got)
		}
		s.as(who).post(path+"/withdraw").want(t, http.StatusNotFound)
	}
	b.get("/me").want(t, http.StatusOK).says(t, "登记已录用您")
	if list := b.get("/me/applications").want(t, http.StatusOK).says(t, "待您确认"); list.count("tbody tr") != 1 {
		t.Error(list.text())
	}
}

func TestAnApplicationIsWithdrawnWithAReason(t *testing.T) {
	s := newSite(t)
	post, _ := s.offer(position.Volunteer, "助餐志愿者")
	ann, _ := s.Account("林同学")
	b := s.as(ann)
	a := s.Apply(ann, post.ID)
	path := "/me/applications/" + a.ID.String()
	if b.get(path).want(t, http.StatusOK).Doc.Find("#withdraw textarea").Length() != 1 {
		t.Fatal("no way to withdraw")
	}
	for range 2 { // a second click does no harm
		b.post(path+"/withdraw", "reason", "时间冲突").want(t, http.StatusSeeOther)
	}
	page := b.get(path).want(t, http.StatusOK)
	if !strings.Contains(page.Doc.Find(".story").Text(), "时间冲突") || page.Doc.Find("#withdraw").Length() != 0 {
		t.Error(page.text())
	}
	b.get("/positions/"+post.ID.String()+"/apply").want(t, http.StatusOK)
}

func TestAHireIsConfirmedOrDisputedByThePerson(t *testing.T) {
	s := newSite(t)
	post, owner := s.offer(position.Job, "社区社工")
	ann := s.Graduate("林同学")
	b := s.as(ann)
	a := s.Apply(ann, post.ID)
	if err := s.Applications.Act(t.Context(), owner, a.ID, application.Hire, "", "2026-12-01"); err != nil {
		t.Fatal(err)
	}
	p, err := s.Applications.PlacementOf(t.Context(), ann, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	path := "/me/placements/" + p.ID.String()
	if page := b.get(path).want(t, http.StatusOK).says(t, "2026年12月1日到岗"); page.count("main form") != 2 {
		t.Error(page.text())
	}
	for _, who := range []auth.Actor{s.Graduate("陈同学"), owner} {
		s.as(who).get(path).want(t, http.StatusNotFound)
		for _, verb := range []string{"/confirm", "/dispute"} {
			s.as(who).post(path+verb, "reason", "不是我").want(t, http.StatusNotFound)
		}
	}
	b.post(path+"/dispute").want(t, http.StatusUnprocessableEntity)
	for range 2 {
		b.post(path+"/dispute", "reason", "我没有到这家单位上班").want(t, http.StatusSeeOther)
	}
	if page := b.get(path).want(t, http.StatusOK).says(t, "您有异议"); page.count(".story li") != 2 {
		t.Error(page.text())
	}
	for range 2 {
		b.post(path+"/confirm").want(t, http.StatusSeeOther)
	}
	if page := b.get(path).want(t, http.StatusOK).says(t, "您已确认"); page.count(".story li") != 3 {
		t.Error(page.text())
	}
}

func TestAnEmptyOverviewOffersPostsThatFit(t *testing.T) {
	s := newSite(t)
	_, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	s.Published(owner, s.Content(position.Job, "社区社工"))
	s.Published(owner, s.Content(position.Volunteer, "助餐志愿者"))
	s.work()
	ann := s.Graduate("林同学")
	b := s.as(ann)
	if page := b.get("/me").want(t, http.StatusOK).says(t, "没有进行中的应聘"); page.count(".post") != 2 {
		t.Error(page.text())
	}
	profile, err := s.People.Get(t.Context(), ann)
	if err != nil {
		t.Fatal(err)
	}
	profile.WantKinds.V, profile.WantRegions.V = []string{"volunteer"}, []string{"440100"}
	if err := s.People.Save(t.Context(), ann, profile); err != nil {
		t.Fatal(err)
	}
	if page := b.get("/me").want(t, http.StatusOK).says(t, "推荐岗位", "助餐志愿者", "类型：志愿服务"); page.count(".post") != 1 {
		t.Error(page.text())
	}
}

func TestAWeekSaysWhatMovedAndWhatIsDue(t *testing.T) {
	s := newSite(t)
	post, owner := s.offer(position.Job, "社区社工")
	other := s.Published(owner, s.Content(position.Job, "项目社工"))
	ann := s.Graduate("林同学")
	moved := s.Apply(ann, post.ID)
	s.Apply(ann, other.ID)
	if err := s.Applications.Act(t.Context(), owner, moved.ID, application.Invite, "", ""); err != nil {
		t.Fatal(err)
	}
	b := s.as(ann)
	b.get("/me/reports").want(t, http.StatusOK).says(t, "2026 年第 47 周", "截至此刻", "1 份应聘有进展", "1 份应聘 7 天内应答复")
	b.get("/me/reports?week=2026-W46").want(t, http.StatusOK).says(t, "这一周没有新的进展")
	for _, week := range []string{"2026-W48", "2019-W01", "2026-W60", "x"} {
		b.get("/me/reports?week="+week).want(t, http.StatusNotFound)
	}
	s.as(s.Graduate("陈同学")).get("/me/reports").want(t, http.StatusOK).says(t, "这一周没有新的进展")
}
