package web

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"zhigang/internal/application"
	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/file"
	"zhigang/internal/id"
	"zhigang/internal/position"
	"zhigang/internal/worldtest"
)

const pdf = "%PDF-1.7 一份简历"

// upload sends a form with a file.
func (b *browser) upload(path, field, name, content string, pairs ...string) answer {
	b.s.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	pairs = append(pairs, "_token", b.token)
	for n := 0; n+1 < len(pairs); n += 2 {
		if err := form.WriteField(pairs[n], pairs[n+1]); err != nil {
			b.s.t.Fatal(err)
		}
	}
	w, err := form.CreateFormFile(field, name)
	if err == nil {
		_, err = w.Write([]byte(content))
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		b.s.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(b.s.t.Context(), http.MethodPost, b.s.url+path, &body)
	if err != nil {
		b.s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.Header.Set("Origin", b.s.url)
	return b.do(req)
}

// offer makes a position of a kind that is on show.
func (s *testSite) offer(kind position.Kind, title string) (position.Position, auth.Actor) {
	s.t.Helper()
	_, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	return s.Published(owner, s.Content(kind, title)), owner
}

// entrustment keeps a letter of a member unit for the organization of owner.
func (s *testSite) entrustment(owner auth.Actor) (letter id.ID) {
	s.t.Helper()
	err := s.DB.Write(s.t.Context(), func(tx *db.Tx) (err error) {
		of := file.Owner{Kind: "org", ID: owner.Orgs[0].Org}
		letter, err = s.deps.Files.Add(s.t.Context(), tx, owner, of, "entrustment", "委托书.pdf", []byte(pdf))
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return letter
}

// mine returns what somebody has applied for.
func (s *testSite) mine(who auth.Actor) []application.Listed {
	s.t.Helper()
	all, err := s.Applications.OfPerson(s.t.Context(), who, application.Filter{})
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

func TestAGraduateAppliesInOnePage(t *testing.T) {
	s := newSite(t)
	p, _ := s.offer(position.Job, "社区社工")
	path := "/positions/" + p.ID.String() + "/apply"
	if to := s.anonymous().get(path).want(t, http.StatusSeeOther).to(); to != "/login?next="+url.QueryEscape(path) {
		t.Fatal("nobody is signed in:", to)
	}
	ann := s.Graduate("林同学")
	b := s.as(ann)
	page := b.get(path).want(t, http.StatusOK)
	page.says(t, "林同学", "示例大学", "番禺区暖阳社会工作服务中心", "最晚 11月27日 答复（5 个工作日内）", "020-00000000")
	if page.count("#f-consent[checked]")+page.count("#f-school") != 0 {
		t.Error("the consent is ticked, or something is asked that is known")
	}
	refused := b.post(path, "message", "您好，我想试试").want(t, http.StatusUnprocessableEntity)
	if refused.count(".summary a[href='#f-consent']") != 1 || refused.Doc.Find("textarea").Text() != "您好，我想试试" ||
		len(s.mine(ann)) != 0 {
		t.Error("without consent:", refused.text())
	}
	to := b.post(path, "message", "您好，我想试试", "consent", "yes").want(t, http.StatusSeeOther).to()
	b.get(to).want(t, http.StatusOK).says(t, "应聘已提交", "2026年11月27日")
	own, _ := strings.CutSuffix(to, "?applied=1")
	for range 2 { // the button again, the page again
		if again := b.post(path, "message", "再来一次").want(t, http.StatusSeeOther).to(); again != own {
			t.Error("a second application:", again)
		}
		b.get(path).want(t, http.StatusSeeOther)
	}
	if !strings.Contains(b.get(to).Body, "您已应聘过这个岗位") || len(s.mine(ann)) != 1 {
		t.Errorf("%d applications", len(s.mine(ann)))
	}
}

func TestWhatIsMissingIsAskedOnceAndNothingTypedIsLost(t *testing.T) {
	s := newSite(t)
	p, _ := s.offer(position.Job, "社区社工")
	ann, _ := s.Account("林同学")
	b := s.as(ann)
	path := "/positions/" + p.ID.String() + "/apply"
	if page := b.get(path).want(t, http.StatusOK); page.count("#f-degree, #f-school, #f-major, #f-graduated_on") != 4 {
		t.Fatal("not all that is missing is asked:", page.text())
	}
	refused := b.upload(path, "cv", "简历.pdf", pdf,
		"degree", "bachelor", "school", "示例大学", "graduated_on", "去年", "message", "您好", "consent", "yes")
	refused.want(t, http.StatusUnprocessableEntity)
	if refused.count(".summary li") != 2 || !strings.Contains(refused.Doc.Find(".summary").Text(), "请填写年月") {
		t.Error(refused.Doc.Find(".summary").Text())
	}
	for field, want := range map[string]string{"school": "示例大学", "graduated_on": "去年", "major": ""} {
		if got := refused.field("f-" + field); got != want {
			t.Errorf("%s came back as %q", field, got)
		}
	}
	if refused.says(t, "简历.pdf").count("#f-degree option[value=bachelor][selected]") != 1 {
		t.Error("the degree is lost")
	}
	if profile, err := s.People.Get(t.Context(), ann); err != nil || profile.School != "" || profile.CVID == 0 {
		t.Errorf("a refused form saved %+v, %v", profile, err)
	}
	sent := b.post(path,
		"degree", "bachelor", "school", " 示例大学 ", "major", "社会工作", "graduated_on", "2026年6月", "consent", "yes")
	sent.want(t, http.StatusSeeOther)
	profile, err := s.People.Get(t.Context(), ann)
	if err != nil || profile.GraduatedOn != "2026-06-30" || profile.School != "示例大学" || len(profile.Missing()) != 0 {
		t.Errorf("%+v, %v", profile, err)
	}
	if all := s.mine(ann); len(all) != 1 || all[0].CVID != profile.CVID {
		t.Errorf("%+v", all)
	}
}

func TestAVolunteerGivesConsentAndAWord(t *testing.T) {
	s := newSite(t)
	c := s.Content(position.Volunteer, "助餐志愿者")
	c.Headcount = 1
	_, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	p := s.Published(owner, c)
	path := "/positions/" + p.ID.String() + "/apply"
	ann, _ := s.Account("林同学")
	bob, _ := s.Account("陈同学")
	page := s.as(ann).get(path).want(t, http.StatusOK).says(t, "不需要简历")
	if n := page.count("main form input:not([type=hidden]), main form textarea, main form select"); n != 2 {
		t.Errorf("%d fields", n)
	}
	late := s.as(bob)
	late.get(path).want(t, http.StatusOK)
	s.as(ann).post(path, "consent", "yes").want(t, http.StatusSeeOther)
	full := late.post(path, "consent", "yes").want(t, http.StatusConflict).says(t, "已招满")
	if full.count("main a[href='/positions?kind=volunteer&region=440113']") != 1 {
		t.Error("no way on from a full post:", full.text())
	}
}

func TestAClosedPostSaysSoAndLeadsOn(t *testing.T) {
	s := newSite(t)
	p, owner := s.offer(position.Job, "社区社工")
	other := s.Published(owner, s.Content(position.Job, "项目社工"))
	ann := s.Graduate("林同学")
	b := s.as(ann)
	path := "/positions/" + p.ID.String() + "/apply"
	if err := s.Positions.Close(t.Context(), owner, p.ID, "filled"); err != nil {
		t.Fatal(err)
	}
	for _, a := range []answer{
		b.get(path).want(t, http.StatusOK), b.post(path).want(t, http.StatusConflict),
		b.post(path, "consent", "yes").want(t, http.StatusConflict),
	} {
		a.says(t, "单位已结束招聘")
		if a.count("main a[href='/positions/"+other.ID.String()+"']") != 1 || a.count("main form") != 0 {
			t.Error(a.text())
		}
	}
	s.Clock.Add(31 * 24 * time.Hour)
	b = s.as(ann)
	b.get("/positions/"+other.ID.String()+"/apply").want(t, http.StatusOK).says(t, "已截止")
	b.get("/positions/0000000000001/apply").want(t, http.StatusNotFound)
	b.get("/positions/x/apply").want(t, http.StatusNotFound)
}

func TestTheConsentNamesWhoReceives(t *testing.T) {
	s := newSite(t)
	_, owner := s.Org("番禺区社会组织联合会", worldtest.Panyu)
	c := s.Content(position.Job, "社区社工")
	c.Employer, c.EmployerCode, c.EmployerProfile = "示例会员单位", worldtest.Code("91", worldtest.Panyu, 77), "做示例。"
	c.EntrustmentID = s.entrustment(owner)
	p := s.Published(owner, c)
	ann := s.Graduate("林同学")
	b := s.as(ann)
	path := "/positions/" + p.ID.String() + "/apply"
	consent := b.get(path).want(t, http.StatusOK).Doc.Find(".consent .choice").Text()
	for _, text := range []string{"番禺区社会组织联合会、示例会员单位", "姓名", "手机号", "毕业院校", "简历文件"} {
		if !strings.Contains(consent, text) {
			t.Errorf("the consent does not name %s: %s", text, consent)
		}
	}
	b.post(path, "consent", "yes").want(t, http.StatusSeeOther)
	given, err := s.People.Consents(t.Context(), ann)
	if err != nil || len(given) != 1 || given[0].Receiver != "番禺区社会组织联合会、示例会员单位" ||
		len(given[0].Fields.V) != len(application.SentFields()) {
		t.Errorf("%+v, %v", given, err)
	}
}

func TestNobodyAppliesWithoutTheFormToken(t *testing.T) {
	s := newSite(t)
	p, _ := s.offer(position.Job, "社区社工")
	ann := s.Graduate("林同学")
	b := s.as(ann)
	b.token = "forged"
	b.post("/positions/"+p.ID.String()+"/apply", "consent", "yes").want(t, http.StatusForbidden)
	b.upload("/me/profile/cv", "cv", "cv.pdf", pdf).want(t, http.StatusForbidden)
	if profile, err := s.People.Get(t.Context(), ann); err != nil || profile.CVID != 0 || len(s.mine(ann)) != 0 {
		t.Error("a forged form was taken")
	}
}

func TestListsAreReadAsPeopleWriteThem(t *testing.T) {
	s := newSite(t)
	for text, want := range map[string]string{
		"2026-06-30": "2026-06-30", "2026.6.3": "2026-06-03", "2026年6月": "2026-06-30", "2024/2": "2024-02-29",
		"２０２６-12": "2026-12-31", "": "", "2026-02-30": "!", "2026-13": "!", "六月": "!", "26-6": "!",
	} {
		got, ok := readGraduation(text)
		if !ok {
			got = "!"
		}
		if string(got) != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]int64{"5000": 500000, "5,000 元": 500000, "５０００": 500000, "": 0, "五千": -1, "-": -1} {
		got, ok := readYuan(text)
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"番禺区": "440113", "440113": "440113", "吉林省吉林市": "220200", "番禺区某某": "", "鼓楼区": "", "天上": "", "": "",
	} {
		got, ok := findPlace(s.Tree, text)
		if !ok {
			got = ""
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for _, code := range []string{"440113", "440113012", "220200", "110108", "442000", "632521101", "370505404"} {
		if back, ok := findPlace(s.Tree, placeText(s.Tree, code)); !ok || back != code {
			t.Errorf("%s is written as %s and read as %s", code, placeText(s.Tree, code), back)
		}
	}
}
