package web

import (
	"net/http"
	"strings"
	"testing"

	"zhigang/internal/auth"
	"zhigang/internal/org"
	"zhigang/internal/worldtest"
)

// wantOneOf fails the test unless the answer has one of the statuses.
func (a answer) wantOneOf(t *testing.T, statuses ...int) {
	t.Helper()
	for _, s := range statuses {
		if a.StatusCode == s {
			return
		}
	}
	t.Fatalf("%s %s: status %d, want one of %v\n%.600s", a.Request.Method, a.Request.URL, a.StatusCode, statuses, a.Body)
}

func registerForm(code string) []string {
	return []string{
		"name", "番禺区晴禾社会工作服务中心", "code", code, "kind", "service", "region", "广州市番禺区", "address", "示例路1号",
		"contact_name", "林主任", "contact_phone", "020-00000000", "intro", "服务社区长者。",
	}
}

func TestAnOrganizationRegistersAndWaitsForItsBureau(t *testing.T) {
	s := newSite(t)
	s.anonymous().get("/join").want(t, http.StatusOK)
	s.anonymous().get("/orgs/register").want(t, http.StatusSeeOther)
	lin, _ := s.Account("林主任")
	b := s.as(lin)
	b.get("/orgs/register").want(t, http.StatusOK)
	b.get("/orgs/register?kind=service").want(t, http.StatusOK)
	code := worldtest.Code("52", worldtest.Panyu, 7)
	bad := registerForm("1234")
	bad[1], bad[7] = "", "鼓楼区某处"
	refused := b.upload("/orgs/register", "certificate", "证书.exe", "MZ", bad...).want(t, http.StatusUnprocessableEntity)
	if got := refused.Doc.Find("input[name=contact_name]").AttrOr("value", ""); got != "林主任" {
		t.Errorf("what was typed is lost: %q", got)
	}
	for _, field := range []string{"region", "certificate"} {
		if refused.Doc.Find("#f-"+field+"-error").Length() != 1 {
			t.Errorf("no complaint about %s: %s", field, refused.text())
		}
	}
	made := b.upload("/orgs/register", "certificate", "证书.pdf", pdf, registerForm(code)...).want(t, http.StatusSeeOther)
	home := b.get(made.Header.Get("Location")).want(t, http.StatusOK)
	if !strings.Contains(home.text(), "入驻正在审核") {
		t.Fatal(home.text())
	}
	twice := b.upload("/orgs/register", "certificate", "证书.pdf", pdf, registerForm(code)...).want(t, http.StatusSeeOther)
	if twice.Header.Get("Location") != made.Header.Get("Location") {
		t.Fatal("the same form made two organizations")
	}
	if page := b.get(made.Header.Get("Location")+"/org").want(t, http.StatusOK); !strings.Contains(page.text(), "证书.pdf") {
		t.Fatal(page.text())
	}
	other, _ := s.Account("别人")
	taken := s.as(other).post("/orgs/register", registerForm(code)...).want(t, http.StatusUnprocessableEntity)
	if !strings.Contains(taken.text(), "已经登记") {
		t.Fatal(taken.text())
	}
}

func TestWhatDoesNotFitTheCodeIsPointedOutOnce(t *testing.T) {
	s := newSite(t)
	lin, _ := s.Account("林主任")
	b := s.as(lin)
	form := registerForm(worldtest.Code("53", "440106", 8)) // a foundation of another district
	asked := b.post("/orgs/register", form...).want(t, http.StatusOK)
	for _, words := range []string{"请核对", "单位类型：基金会", "登记机关所在地：广东省广州市天河区", "校验位正确"} {
		if !strings.Contains(asked.text(), words) {
			t.Errorf("lacks %q: %s", words, asked.text())
		}
	}
	if mine, err := s.Orgs.Mine(t.Context(), lin); err != nil || len(mine) != 0 {
		t.Fatal("registered before it was confirmed", err)
	}
	confirmed := asked.Doc.Find("input[name=confirmed]").AttrOr("value", "")
	other := append(append([]string{}, form...), "confirmed", confirmed)
	other[7] = "佛山市" // something else was changed since
	b.post("/orgs/register", other...).want(t, http.StatusOK)
	b.post("/orgs/register", append(form, "confirmed", confirmed)...).want(t, http.StatusSeeOther)
	mine, err := s.Orgs.Mine(t.Context(), lin)
	if err != nil || len(mine) != 1 || len(mine[0].Flags.V) != 2 {
		t.Fatalf("%+v, %v", mine, err)
	}
	if text := b.get(consolePath(mine[0].ID, "")).text(); !strings.Contains(text, "单位类型与信用代码不一致") {
		t.Fatal(text)
	}
}

func TestAFiledOrganizationChoosesItsHost(t *testing.T) {
	s := newSite(t)
	host, _ := s.Org("番禺区晴禾社会工作服务中心", worldtest.Panyu)
	lin, _ := s.Account("林主任")
	b := s.as(lin)
	form := []string{
		"name", "大石街道邻里互助队", "kind", "filed", "region", "番禺区", "address", "示例路1号", "contact_name", "林主任",
		"contact_phone", "020-00000000",
	}
	hosts := b.post("/orgs/register", append(form, "do", "hosts")...).want(t, http.StatusOK)
	if hosts.Doc.Find("select[name=host] option[value='"+host.ID.String()+"']").Length() != 1 {
		t.Fatal(hosts.text())
	}
	b.post("/orgs/register", form...).want(t, http.StatusUnprocessableEntity)
	form = append(form, "host", host.ID.String())
	made := b.post("/orgs/register", form...).want(t, http.StatusSeeOther)
	if twice := b.post("/orgs/register", form...).want(t, http.StatusSeeOther); twice.Header.Get("Location") != made.Header.Get("Location") {
		t.Fatal("the same form made two organizations")
	}
	only := b.get(made.Header.Get("Location")+"/positions/new").want(t, http.StatusOK)
	if only.Doc.Find("input[name=kind][value=volunteer]").Length() != 1 {
		t.Fatal("a filed organization may choose a kind: " + only.text())
	}
}

func TestARegistrationThatCameBackIsCorrected(t *testing.T) {
	s := newSite(t)
	lin, _ := s.Account("林主任")
	b := s.as(lin)
	form := registerForm(worldtest.Code("52", worldtest.Panyu, 7))
	made := b.post("/orgs/register", form...).want(t, http.StatusSeeOther).Header.Get("Location")
	owner := mustID(t, made)
	if err := s.Orgs.Return(t.Context(), s.Bureau(worldtest.Panyu, auth.Reviewer), owner, "证书不清晰"); err != nil {
		t.Fatal(err)
	}
	if home := b.get(made).want(t, http.StatusOK); !strings.Contains(home.text(), "证书不清晰") {
		t.Fatal(home.text())
	}
	edit := b.get(made+"/org/edit").want(t, http.StatusOK)
	if got := edit.Doc.Find("input[name=region]").AttrOr("value", ""); got != "广州市番禺区" {
		t.Errorf("region %q", got)
	}
	b.upload(made+"/org/certificates", "certificate", "清晰.pdf", pdf).want(t, http.StatusSeeOther)
	page := b.get(made + "/org")
	remove := page.Doc.Find("form[action$='/delete']").AttrOr("action", "")
	b.post(remove).want(t, http.StatusSeeOther)
	b.post(remove).want(t, http.StatusNotFound)
	form[9] = "新址2号"
	b.post(made+"/org/edit", form...).want(t, http.StatusSeeOther)
	lin.Orgs = []auth.OrgGrant{{Org: owner, Role: auth.Owner}}
	if o, err := s.Orgs.Get(t.Context(), lin, owner); err != nil || o.State != org.Pending || o.Address != "新址2号" {
		t.Fatalf("%+v, %v", o, err)
	}
}

func TestAReviewedCertificateStays(t *testing.T) {
	w := newConsole(t)
	b := w.as(w.owner)
	b.post(w.at("/org/certificates/"+w.certificate.String()+"/delete")).want(t, http.StatusConflict)
	sent := b.get(w.at("/files/"+w.certificate.String())).want(t, http.StatusOK)
	policy, disposition := sent.Header.Get("Content-Security-Policy"), sent.Header.Get("Content-Disposition")
	if sent.Body != pdf || !strings.Contains(policy, "sandbox") || !strings.HasPrefix(disposition, "attachment") {
		t.Fatal(sent.Header)
	}
}

func TestSomebodyAlwaysOwnsTheOrganization(t *testing.T) {
	w := newConsole(t)
	b := w.as(w.owner)
	_, email := w.Account("陈同事")
	b.post(w.at("/members"), "login", "nobody@example.org", "role", "editor").want(t, http.StatusUnprocessableEntity)
	b.post(w.at("/members"), "login", email, "role", "king").want(t, http.StatusUnprocessableEntity)
	for range 2 { // the same form twice
		b.post(w.at("/members"), "login", email, "role", "editor").want(t, http.StatusSeeOther)
	}
	b.post(w.at("/members"), "login", email, "role", "owner").want(t, http.StatusUnprocessableEntity)
	self := "/members/" + w.owner.Account.String()
	for _, refused := range []answer{b.post(w.at(self+"/role"), "role", "viewer"), b.post(w.at(self + "/remove"))} {
		if refused.want(t, http.StatusConflict); !strings.Contains(refused.text(), "至少要保留一位负责人") {
			t.Fatal(refused.text())
		}
	}
	page := b.get(w.at("/members")).want(t, http.StatusOK)
	if page.Doc.Find("tbody tr").Length() != 2 {
		t.Fatal(page.text())
	}
	account, err := w.Accounts.Find(t.Context(), email)
	if err != nil {
		t.Fatal(err)
	}
	b.post(w.at("/members/"+account.ID.String()+"/role"), "role", "owner").want(t, http.StatusSeeOther)
	if left := b.post(w.at(self+"/remove")).want(t, http.StatusSeeOther); left.Header.Get("Location") != "/console" {
		t.Fatal(left.Header)
	}
	b.get(w.at("")).want(t, http.StatusNotFound)
	b.post(w.at("/members/"+w.person.Account.String()+"/role"), "role", "owner").want(t, http.StatusNotFound)
}

func TestAddressesCannotBeTriedOutForLong(t *testing.T) {
	w := newConsole(t)
	b := w.as(w.owner)
	for range 20 {
		b.post(w.at("/members"), "login", "nobody@example.org", "role", "editor").want(t, http.StatusUnprocessableEntity)
	}
	b.post(w.at("/members"), "login", "nobody@example.org", "role", "editor").want(t, http.StatusTooManyRequests)
}
