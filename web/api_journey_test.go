package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/id"
	"zhigang/internal/worldtest"
)

// post returns what a complete post says, as a program sends it.
func jsonPost(kind, title string, more ...any) map[string]any {
	post := map[string]any{
		"kind": kind, "title": title, "headcount": 3, "duties": "面向社区长者开展服务；\n建立服务档案。", "requirements": "社会工作等相关专业。",
		"conditions": "五险一金，双休", "region": "440113012", "address": "大石街道示例路1号", "degree": "bachelor", "majors": []string{"社会工作"},
		"skills": []string{"社工证"}, "valid_until": "2026-12-22", "answer_days": 5,
		"pay": map[string]any{"min": 6000, "max": 8500.5, "unit": "month"},
	}
	if kind == "volunteer" {
		post["service_time"], post["risk_statement"] = "周六 10:00–13:00", "搬运时注意安全。"
	}
	for n := 0; n+1 < len(more); n += 2 {
		name, _ := more[n].(string)
		post[name] = more[n+1]
	}
	return post
}

// member makes an account with a role in an organization.
func (s *testSite) member(owner auth.Actor, org id.ID, role auth.OrgRole) auth.Actor {
	s.t.Helper()
	a, _ := s.Account("同事")
	if err := s.Orgs.SetMember(s.t.Context(), owner, org, a.Account, role); err != nil {
		s.t.Fatal(err)
	}
	a.Orgs = []auth.OrgGrant{{Org: org, Role: role}}
	return a
}

// From an organization that nobody knows to a figure in the report of the week, without a page.
func TestTheWholeStoryIsToldByPrograms(t *testing.T) {
	s := newSite(t)
	owner, _ := s.Account("负责人")
	graduate, _ := s.Account("林同学")
	org, bureau, ann := s.program(owner), s.program(s.Bureau(worldtest.Panyu, auth.Reviewer)), s.program(graduate)

	made := org.post("/orgs", map[string]any{
		"name": "番禺区暖阳社会工作服务中心", "code": worldtest.Code("52", "440113", 7), "kind": "service", "region": worldtest.Panyu,
		"address": "示例路1号", "intro": "为社区服务。", "contact_name": "联系人", "contact_phone": "020-00000000",
	}).want(http.StatusCreated).has("state", "pending", "region.name", "广东省广州市番禺区")
	orgID := made.text("id")
	if got := made.Header.Get("Location"); got != s.url+"/api/v1/orgs/"+orgID {
		t.Error(got)
	}
	org.get("/me").want(http.StatusOK).has("orgs.0.id", orgID, "orgs.0.role", "owner", "bureau", nil)
	s.nobody().get("/orgs/" + orgID).want(http.StatusNotFound)
	bureau.get("/review/orgs").want(http.StatusOK).has("items.0.id", orgID, "items.0.contact_phone", "020-00000000")
	bureau.post("/orgs/"+orgID+"/approve", nil).want(http.StatusOK).has("state", "approved")
	public := s.nobody().get("/orgs/"+orgID).want(http.StatusOK).has("code", worldtest.Code("52", "440113", 7)[:10]+"********")
	if strings.Contains(string(public.Body), "020-00000000") {
		t.Error("everybody reads the contact")
	}

	draft := org.post("/positions", jsonPost("job", "社区社工", "org", orgID)).want(http.StatusCreated).
		has("state", "draft", "desk.version", 1, "pay.max", 8500.5, "region.name", "广东省广州市番禺区大石街道")
	post := "/positions/" + draft.text("id")
	bureau.get(post).want(http.StatusNotFound)
	org.post(post+"/submit", nil).want(http.StatusOK).has("state", "submitted")
	bureau.get("/review/positions").want(http.StatusOK).has("items.0.id", draft.text("id"), "items.0.left_days", 3)
	bureau.post(post+"/approve", nil).want(http.StatusOK).has("state", "published")
	s.work()

	found := s.nobody().get("/positions"+query("q", "社工", "region", "440100", "kind", "job", "kind", "internship", "pay_min", "5000")).
		want(http.StatusOK).has("total", 1, "headcount", 3, "facets.kind.job", 1, "items.0.id", draft.text("id"),
		"items.0.pay.min", 6000, "items.0.pay.unit", "month", "items.0.org.id", orgID, "items.0.employer", "", "items.0.degree", "bachelor",
		"items.0.valid_until", "2026-12-22", "items.0.published_at", "2026-11-22T04:00:00.000Z", "items.0.url", s.url+post)
	if found.text("items.0.pay.text") != "6000–8500.50 元/月" {
		t.Error(found.text("items.0.pay.text"))
	}

	ann.post("/saved-searches", map[string]any{"criteria": map[string]any{"q": "社工", "region": []string{"440113"}}, "every": "instant"}).
		want(http.StatusCreated).has("title", "广州市番禺区 · 社工", "criteria.region.0", "440113")
	apply := map[string]any{"position": draft.text("id"), "message": "您好", "consent": true}
	if missing := ann.post("/applications", apply).want(http.StatusUnprocessableEntity).fields(); missing != "profile.degree profile.graduated_on profile.major profile.school" {
		t.Error(missing)
	}
	profile := ann.get("/me/profile").want(http.StatusOK).has("version", 0)
	ann.put("/me/profile", map[string]any{
		"degree": "bachelor", "school": "示例大学", "major": "社会工作", "graduated_on": "2026-06-30", "want_kinds": []string{"job"}, "want_pay": 5000,
	}, "If-Match", profile.Header.Get("ETag")).want(http.StatusOK).has("version", 1, "want_pay", 5000)
	ann.upload(http.MethodPut, "/me/profile/cv", "file", "简历.pdf", pdf, nil).want(http.StatusOK).has("cv.name", "简历.pdf", "version", 2)
	applied := ann.post("/applications", apply).want(http.StatusCreated).has("state", "received", "answer_by", "2026-11-27", "verbs.0", "withdraw")
	application := "/applications/" + applied.text("id")
	ann.post("/applications", apply).want(http.StatusOK).has("id", applied.text("id"))

	org.get("/applications"+query("org", orgID)).want(http.StatusOK).has("items.0.id", applied.text("id"), "items.0.sent.name", "林同学")
	if email := org.get(application).want(http.StatusOK).text("sent.email"); !strings.Contains(email, "*") {
		t.Error("the organization reads the address before it has invited:", email)
	}
	if cv := org.get(application + "/cv").want(http.StatusOK); string(cv.Body) != pdf || !strings.HasPrefix(cv.Header.Get("Content-Disposition"), "attachment") {
		t.Error(cv.Header)
	}
	org.post(application+"/view", nil).want(http.StatusOK)
	org.post(application+"/notes", map[string]any{"text": "有经验"}).want(http.StatusOK).has("notes.0.text", "有经验")
	invited := org.post(application+"/interview", map[string]any{"reason": "周三下午三点"}).want(http.StatusOK).has("state", "interview", "in_time", true)
	if email := invited.text("sent.email"); strings.Contains(email, "*") {
		t.Error("the organization cannot reach whom it has invited:", email)
	}
	org.post(application+"/hire", map[string]any{"start_on": "2026-12-01"}).want(http.StatusOK).has("state", "hired", "placement.state", "claimed")
	ann.get(application).want(http.StatusOK).has("history.2.note", "周三下午三点", "history.2.by", "org", "notes.0", nil)
	s.work()

	told := ann.get("/notifications"+query("unread", "true")).want(http.StatusOK).has("unread", 2, "items.0.kind", "placement.claimed")
	ann.post("/notifications/"+told.text("items.0.id")+"/read", nil).want(http.StatusNoContent)
	ann.get("/notifications"+query("unread", "true")).want(http.StatusOK).has("unread", 1, "items.0.kind", told.text("items.1.kind"))
	ann.post("/notifications/read", map[string]any{"last": told.text("items.0.id")}).want(http.StatusNoContent)
	ann.get("/notifications").want(http.StatusOK).has("unread", 0, "items.1.id", told.text("items.1.id"))

	placement := "/placements/" + ann.get(application).text("placement.id")
	ann.get(placement).want(http.StatusOK).has("employment", true, "person", "", "ledger.0.verb", "claim")
	ann.post(placement+"/confirm", nil).want(http.StatusOK).has("state", "confirmed")
	bureau.get("/placements").want(http.StatusOK).has("items.0.person", "林**", "items.0.state", "confirmed")

	s.Clock.Add(7 * 24 * time.Hour)
	weekly := bureau.get("/reports/weekly").want(http.StatusOK).has("week", "2026-W47", "region.code", worldtest.Panyu,
		"figures.posts", 1, "figures.headcount", 3, "figures.hires_claimed", 1, "figures.hires_claimed_confirmed", 1, "figures.orgs_new", 1)
	if weekly.text("hash") == "" || !strings.Contains(weekly.text("sentence.zh"), "番禺") && !strings.Contains(weekly.text("sentence.zh"), "全区") {
		t.Error(weekly.text("sentence.zh"))
	}
	bureau.get("/reports/weekly/rows"+query("figure", "hires_claimed", "week", "2026-W47")).want(http.StatusOK).
		has("total", 1, "reported", 1, "items.0.person", "林**", "items.0.position.id", draft.text("id"))
	org.get("/reports/weekly"+query("kind", "org", "org", orgID)).want(http.StatusOK).has("org.id", orgID, "figures.applications", 1)
	ann.get("/reports/weekly"+query("kind", "person")).want(http.StatusOK).has("report", "person", "moved", 1)
}

func TestAnAlertTellsOfAPostWithItsReason(t *testing.T) {
	s := newSite(t)
	_, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	ann := s.program(s.Graduate("林同学"))
	saved := ann.post("/saved-searches", map[string]any{"criteria": map[string]any{"kind": []string{"volunteer"}, "region": []string{worldtest.Panyu}}}).
		want(http.StatusCreated).has("every", "instant", "by_mail", false)
	one := "/saved-searches/" + saved.text("id")
	ann.post("/saved-searches", map[string]any{"criteria": map[string]any{"region": []string{worldtest.Panyu}, "kind": []string{"volunteer"}}, "every": "daily"}).
		want(http.StatusOK).has("id", saved.text("id"), "every", "daily")
	ann.json(http.MethodPatch, one, map[string]any{"every": "instant", "by_mail": true}).want(http.StatusOK).has("every", "instant", "by_mail", true)
	ann.json(http.MethodPatch, one, map[string]any{"by_mail": false}).want(http.StatusOK).has("every", "instant", "by_mail", false)
	s.Published(owner, s.Content("volunteer", "助餐志愿者"))
	s.work()
	told := ann.get("/notifications").want(http.StatusOK).has("items.0.kind", "match", "items.0.subject", saved.text("id"))
	ann.get("/notifications/"+told.text("items.0.id")).want(http.StatusOK).
		has("matches.0.title", "助餐志愿者", "matches.0.open", true, "matches.0.reason", "广州市番禺区 · 志愿服务", "matches.0.pay.text", "无报酬")
	s.program(s.Graduate("陈同学")).get("/notifications/" + told.text("items.0.id")).want(http.StatusNotFound)
	ann.get("/saved-searches").want(http.StatusOK).has("items.0.id", saved.text("id"))
	ann.json(http.MethodDelete, one, nil).want(http.StatusNoContent)
	ann.get(one).want(http.StatusNotFound)
	ann.json(http.MethodDelete, one, nil).want(http.StatusNotFound)
	for field, criteria := range map[string]map[string]any{
		"": {}, "criteria.region": {"region": []string{"999999"}}, "criteria.kind": {"kind": []string{"slave"}}, "criteria.pay_min": {"pay_min": -1},
	} {
		if got := ann.post("/saved-searches", map[string]any{"criteria": criteria}).want(http.StatusUnprocessableEntity).fields(); got != field {
			t.Errorf("%v: %q", criteria, got)
		}
	}
}

func TestAPostIsEditedAsItWasRead(t *testing.T) {
	s := newSite(t)
	o, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	org, bureau := s.program(owner), s.program(s.Bureau(worldtest.Panyu, auth.Reviewer))
	made := org.post("/positions", jsonPost("job", "社区社工", "org", o.ID.String())).want(http.StatusCreated)
	post := "/positions/" + made.text("id")
	if made.Header.Get("ETag") != `"1"` {
		t.Error(made.Header.Get("ETag"))
	}
	org.put(post, jsonPost("job", "项目社工")).want(http.StatusPreconditionRequired)
	org.put(post, jsonPost("job", "项目社工"), "If-Match", `"9"`).want(http.StatusPreconditionFailed)
	org.put(post, jsonPost("job", "项目社工", "version", 9)).want(http.StatusConflict).has("code", "error.changed")
	org.put(post, jsonPost("job", "项目社工"), "If-Match", `"1"`).want(http.StatusOK).has("title", "项目社工", "desk.version", 2)
	org.put(post, jsonPost("job", "督导", "version", 2)).want(http.StatusOK).has("title", "督导")
	org.put(post, jsonPost("job", "社区社工"), "If-Match", "*").want(http.StatusOK).has("desk.version", 4)

	org.post(post+"/submit", nil).want(http.StatusOK)
	org.post(post+"/submit", nil).want(http.StatusConflict).has("code", "position.conflict.submitted")
	bureau.post(post+"/return", map[string]any{"fields": map[string]any{"pay.min": "低于最低工资", "nonsense": "?"}}).want(http.StatusUnprocessableEntity)
	bureau.post(post+"/return", "{}").want(http.StatusUnprocessableEntity)
	bureau.post(post+"/return", map[string]any{"reason": "请补充", "fields": map[string]any{"pay.min": "低于最低工资"}}).want(http.StatusOK).
		has("state", "returned")
	returned := org.get(post).want(http.StatusOK).has("desk.review_note", "请补充")
	if got := returned.at("desk.review_fields").(map[string]any)["pay.min"]; got != "低于最低工资" {
		t.Error(got)
	}
	org.post(post+"/submit", nil).want(http.StatusOK)
	bureau.post(post+"/approve", nil).want(http.StatusOK)
	back := org.put(post, jsonPost("job", "社区社工（新）"), "If-Match", org.get(post).Header.Get("ETag")).want(http.StatusOK)
	back.has("state", "submitted")
	bureau.post(post+"/approve", nil).want(http.StatusOK)
	org.post(post+"/renew", map[string]any{"valid_until": "2026-12-31"}).want(http.StatusOK).has("valid_until", "2026-12-31")
	org.post(post+"/renew", map[string]any{"valid_until": "2027-12-31"}).want(http.StatusUnprocessableEntity)
	again := org.post(post+"/copy", nil).want(http.StatusCreated).has("state", "draft", "valid_until", "2026-12-22")
	if again.text("id") == made.text("id") {
		t.Error("the copy is the post itself")
	}
	org.post("/positions/"+again.text("id")+"/withdraw", map[string]any{"reason": "重复"}).want(http.StatusOK).has("state", "withdrawn")
	org.post(post+"/close", "{}").want(http.StatusUnprocessableEntity)
	org.post(post+"/close", map[string]any{"outcome": "filled"}).want(http.StatusOK).has("state", "closed", "desk.close_outcome", "filled")
	org.get(post+"/history").want(http.StatusOK).has("items.0.verb", "create", "items.0.by", "org", "items.5.verb", "return", "items.5.by", "bureau")
	org.get("/orgs/"+o.ID.String()+"/positions"+query("state", "closed")).want(http.StatusOK).has("total", 1, "items.0.id", made.text("id"))
	incomplete := org.post("/positions", map[string]any{"org": o.ID.String(), "kind": "job", "title": "草稿"}).want(http.StatusCreated)
	incomplete.has("region", nil, "degree", nil, "valid_until", nil)
	refused := org.post("/positions/"+incomplete.text("id")+"/submit", nil).want(http.StatusUnprocessableEntity).fields()
	if !strings.Contains(refused, "pay.unit") || !strings.Contains(refused, "duties") {
		t.Error(refused)
	}
}

func TestALetterOfEntrustmentGoesWithThePost(t *testing.T) {
	s := newSite(t)
	o, owner := s.Org("番禺区社会组织联合会", worldtest.Panyu)
	other, stranger := s.Org("南沙区社会组织联合会", "440115")
	org, bureau := s.program(owner), s.program(s.Bureau(worldtest.Panyu, auth.Reviewer))
	files := "/orgs/" + o.ID.String() + "/files"
	letter := org.upload(http.MethodPost, files, "file", "委托书.pdf", pdf, []string{"purpose", "entrustment"}).want(http.StatusCreated)
	theirs := s.program(stranger).upload(http.MethodPost, "/orgs/"+other.ID.String()+"/files", "file", "委托书.pdf", pdf, []string{"purpose", "entrustment"}).
		want(http.StatusCreated)
	behalf := []any{"org", o.ID.String(), "employer", "示例企业有限公司", "employer_profile", "会员单位。", "entrustment", theirs.text("id"),
		"employer_code", worldtest.Code("91", worldtest.Panyu, 78)}
	if got := org.post("/positions", jsonPost("job", "行政助理", behalf...)).want(http.StatusUnprocessableEntity).fields(); got != "entrustment" {
		t.Error(got)
	}
	behalf[7] = letter.text("id")
	post := org.post("/positions", jsonPost("job", "行政助理", behalf...)).want(http.StatusCreated).
		has("source", "entrusted", "desk.entrustment", letter.text("id"), "employer", "示例企业有限公司")
	org.post("/positions/"+post.text("id")+"/submit", nil).want(http.StatusOK)
	bureau.get(files).want(http.StatusOK).has("items.0.id", letter.text("id"))
	if file := bureau.get(files + "/" + letter.text("id")).want(http.StatusOK); string(file.Body) != pdf {
		t.Error("another file")
	}
	s.program(stranger).get(files + "/" + letter.text("id")).want(http.StatusNotFound)
	org.get(files + "/" + theirs.text("id")).want(http.StatusNotFound)
	editor := s.program(s.member(owner, o.ID, auth.Editor))
	editor.upload(http.MethodPost, files, "file", "证书.pdf", pdf, []string{"purpose", "certificate"}).want(http.StatusForbidden)
	org.upload(http.MethodPost, files, "file", "证书.pdf", pdf, []string{"purpose", "certificate"}).want(http.StatusCreated)
	for _, refused := range []said{
		org.upload(http.MethodPost, files, "file", "证书.exe", "MZ\x90\x00", []string{"purpose", "certificate"}),
		org.upload(http.MethodPost, files, "file", "证书.pdf", "", []string{"purpose", "certificate"}),
		org.upload(http.MethodPost, files, "datei", "证书.pdf", pdf, []string{"purpose", "certificate"}),
		org.upload(http.MethodPost, files, "file", "证书.pdf", pdf, []string{"purpose", "cv"}),
		org.upload(http.MethodPost, files, "file", "证书.pdf", pdf, []string{"purpose", "certificate", "more", "1"}),
	} {
		refused.want(http.StatusUnprocessableEntity)
	}
	org.upload(http.MethodPost, files, "file", "证书.pdf", "%PDF-"+strings.Repeat("x", 5<<20), []string{"purpose", "certificate"}).want(http.StatusRequestEntityTooLarge)
	org.upload(http.MethodPost, files, "file", "证书.pdf", strings.Repeat("x", uploadBody+1), nil).want(http.StatusRequestEntityTooLarge)
	org.post(files, map[string]any{"purpose": "certificate"}).want(http.StatusUnsupportedMediaType)
}

func TestTheBureauDecidesByProgram(t *testing.T) {
	s := newSite(t)
	o, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	org, bureau, chief := s.program(owner), s.program(s.Bureau(worldtest.Panyu, auth.Reviewer)), s.program(s.Bureau("440100", auth.Supervisor))
	one := "/orgs/" + o.ID.String()
	bureau.post(one+"/suspend", map[string]any{"reason": "未报送年度工作报告"}).want(http.StatusOK).has("state", "suspended")
	org.put(one, map[string]any{"name": "新的名称"}).want(http.StatusUnprocessableEntity)
	bureau.post(one+"/approve", nil).want(http.StatusOK).has("state", "approved")
	bureau.post(one+"/return", map[string]any{"reason": "?"}).want(http.StatusConflict)
	bureau.post(one+"/rate", map[string]any{"rating": 5, "rating_until": "2027-12-31"}).want(http.StatusOK).has("rating", 5, "rating_until", "2027-12-31")
	s.nobody().get(one).want(http.StatusOK).has("rating", 5)
	post := s.Published(owner, s.Content("job", "社区社工"))
	ann := s.Graduate("林同学")
	a := s.Apply(ann, post.ID)
	s.Clock.Add(10 * 24 * time.Hour)
	bureau.get("/review/overdue").want(http.StatusOK).has("items.0.count", 1, "items.0.org.id", o.ID.String())
	bureau.post(one+"/urge", nil).want(http.StatusForbidden)
	chief.post(one+"/urge", nil).want(http.StatusNoContent)
	if again := chief.post(one+"/urge", nil).want(http.StatusTooManyRequests); again.Header.Get("Retry-After") == "" {
		t.Error("nothing says when to come back")
	}
	org.get("/applications"+query("org", o.ID.String(), "overdue", "true")).want(http.StatusOK).has("items.0.overdue", true)
	org.post("/applications/"+a.ID.String()+"/hire", map[string]any{"start_on": "2026-12-07"}).want(http.StatusOK).has("in_time", false)
	person := s.program(ann)
	placement := "/placements/" + person.get("/applications/"+a.ID.String()).text("placement.id")
	person.post(placement+"/dispute", "{}").want(http.StatusUnprocessableEntity)
	person.post(placement+"/dispute", map[string]any{"reason": "我没有入职"}).want(http.StatusOK).has("state", "disputed", "ledger.1.note", "我没有入职")
	chief.get("/placements"+query("unsettled", "true")).want(http.StatusOK).has("items.0.state", "disputed")
	bureau.post(placement+"/settle", map[string]any{"note": "已核实"}).want(http.StatusForbidden)
	chief.post(placement+"/settle", map[string]any{"note": "已核实"}).want(http.StatusOK).has("ledger.2.verb", "settle")
	chief.get("/placements"+query("unsettled", "true")).want(http.StatusOK).has("items.0", nil)
	bureau.get("/applications/" + a.ID.String()).want(http.StatusNotFound)
}

func TestMembersComeAndGoByProgram(t *testing.T) {
	s := newSite(t)
	o, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	org, members := s.program(owner), "/orgs/"+o.ID.String()+"/members"
	_, email := s.Account("同事")
	one := members + "/" + org.post(members, map[string]any{"login": email, "role": "viewer"}).want(http.StatusCreated).text("account")
	org.post(members, map[string]any{"login": "nobody@example.org", "role": "viewer"}).want(http.StatusUnprocessableEntity)
	org.post(members, map[string]any{"login": email, "role": "king"}).want(http.StatusUnprocessableEntity)
	org.put(one, map[string]any{"role": "editor"}).want(http.StatusOK).has("role", "editor")
	org.get(members).want(http.StatusOK).has("items.1.role", "editor", "items.0.role", "owner")
	org.json(http.MethodDelete, one, nil).want(http.StatusNoContent)
	org.json(http.MethodDelete, members+"/"+owner.Account.String(), nil).want(http.StatusConflict)
	s.program(s.Graduate("林同学")).get(members).want(http.StatusNotFound)
}

func TestASheetComesInByProgram(t *testing.T) {
	s := newSite(t)
	o, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	org := s.program(owner)
	sheet := "岗位名称,招聘人数,薪资,工作地点,学历\n社区社工,2,5000-7000元/月,番禺区,本科\n,1,面议,番禺区,大专\n"
	fields := []string{"org", o.ID.String()}
	started := org.upload(http.MethodPost, "/imports", "sheet", "岗位.csv", sheet, fields).want(http.StatusCreated).has("state", "running", "mapping.columns.0", "title")
	one := "/imports/" + started.text("id")
	s.work()
	done := org.get(one).want(http.StatusOK).has("state", "done", "counts.added", 1, "counts.failed", 1, "counts.incomplete", 1)
	if sheet := org.get(strings.TrimPrefix(done.text("refused"), s.url)).want(http.StatusOK); !strings.HasPrefix(string(sheet.Body), "PK") {
		t.Error(sheet.Header)
	}
	org.get("/orgs/"+o.ID.String()+"/positions").want(http.StatusOK).has("total", 1, "items.0.title", "社区社工", "items.0.pay.max", 7000, "items.0.headcount", 2)
	org.post(one+"/start", nil).want(http.StatusConflict)
	org.get("/imports"+query("org", o.ID.String())).want(http.StatusOK).has("items.0.id", started.text("id"))

	waits := org.upload(http.MethodPost, "/imports", "sheet", "岗位.csv", sheet, append(fields, "start", "false")).want(http.StatusCreated).has("state", "uploaded")
	preview := org.get("/imports/"+waits.text("id")+"/preview").want(http.StatusOK).has("rows.0.title", "社区社工", "rows.0.pay.min", 5000, "columns.1.field", "headcount")
	mapping := preview.at("mapping")
	org.post("/imports/"+waits.text("id")+"/start", map[string]any{"mapping": map[string]any{"sheet": "", "header": 1, "columns": map[string]any{"1": "headcount"}}}).
		want(http.StatusUnprocessableEntity)
	org.post("/imports/"+waits.text("id")+"/start", map[string]any{"mapping": mapping}).want(http.StatusOK).has("state", "running")
	s.work()
	org.get("/imports/"+waits.text("id")).want(http.StatusOK).has("counts.same", 1)

	stranger := s.program(s.Graduate("林同学"))
	stranger.get(one).want(http.StatusNotFound)
	stranger.get("/imports" + query("org", o.ID.String())).want(http.StatusNotFound)
	stranger.upload(http.MethodPost, "/imports", "sheet", "岗位.csv", sheet, fields).want(http.StatusNotFound)
	s.program(s.member(owner, o.ID, auth.Viewer)).upload(http.MethodPost, "/imports", "sheet", "岗位.csv", sheet, fields).want(http.StatusForbidden)
	org.upload(http.MethodPost, "/imports", "sheet", "岗位.pdf", pdf, fields).want(http.StatusUnprocessableEntity)
	org.upload(http.MethodPost, "/imports", "sheet", "岗位.csv", sheet, append(fields, "mapping", "{")).want(http.StatusUnprocessableEntity)
	org.upload(http.MethodPost, "/imports", "sheet", "岗位.csv", sheet, []string{"org", "x"}).want(http.StatusUnprocessableEntity)
}

func TestRegionsAreATree(t *testing.T) {
	s := newSite(t)
	s.nobody().get("/regions").want(http.StatusOK).has("region", nil, "items.0.code", "110000", "items.0.level", "province", "items.0.parent", nil)
	s.nobody().get("/regions"+query("parent", "440100")).want(http.StatusOK).has("region.full_name", "广东省广州市", "region.parent", "440000")
	s.nobody().get("/regions"+query("parent", "110000")).want(http.StatusOK).has("items.0.code", "110101", "items.0.parent", "110000")
	s.nobody().get("/regions"+query("parent", "442000")).want(http.StatusOK).has("items.0.level", "street")
	s.nobody().get("/regions" + query("parent", "x")).want(http.StatusUnprocessableEntity)
}
