package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/sheet"
	"zhigang/internal/worldtest"
)

// token returns a program with a token of its own kind.
func (s *testSite) token(who auth.Actor, in auth.NewToken) *program {
	s.t.Helper()
	var text string
	if err := s.DB.Write(s.t.Context(), func(tx *db.Tx) (err error) {
		text, _, err = s.Accounts.CreateToken(s.t.Context(), tx, who.Account, in)
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
	return &program{s, text}
}

func TestATokenForReadingChangesNothing(t *testing.T) {
	s := newSite(t)
	o, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	lobby := s.token(owner, auth.NewToken{Name: "lobby", ReadOnly: true})
	lobby.get("/me").want(http.StatusOK)
	lobby.get("/orgs/" + o.ID.String() + "/positions").want(http.StatusOK)
	for _, a := range []said{
		lobby.post("/positions", map[string]any{"org": o.ID.String(), "kind": "job", "title": "社工"}),
		lobby.put("/me/profile", map[string]any{"version": 0}),
		lobby.send(http.MethodDelete, "/me/profile/cv", nil),
		lobby.send(http.MethodPatch, "/saved-searches/"+o.ID.String(), []byte(`{}`), "Content-Type", "application/json"),
	} {
		a.want(http.StatusForbidden).has("code", "auth.token.read_only")
	}
}

func TestATokenIsListedAndTakenByItsAccountOnly(t *testing.T) {
	s := newSite(t)
	_, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	stranger, _ := s.Account("别人")
	a, b := s.token(owner, auth.NewToken{Name: "夜间同步", Days: 30}), s.program(owner)
	all := b.get("/me/tokens").want(http.StatusOK).has("items.1.name", "夜间同步", "items.1.read_only", false)
	if strings.Contains(string(all.Body), a.token) || strings.Contains(string(all.Body), "hash") {
		t.Error("the token itself is shown")
	}
	path := "/me/tokens/" + all.text("items.1.id")
	s.program(stranger).send(http.MethodDelete, path, nil).want(http.StatusNotFound)
	if theirs := s.program(stranger).get("/me/tokens").want(http.StatusOK); strings.Contains(string(theirs.Body), "夜间同步") {
		t.Error("somebody else's token is listed")
	}
	a.get("/me").want(http.StatusOK)
	b.send(http.MethodDelete, path, nil).want(http.StatusNoContent)
	b.send(http.MethodDelete, path, nil).want(http.StatusNotFound)
	a.get("/me").want(http.StatusUnauthorized).has("code", "auth.token.unknown")
	s.Clock.Add(auth.TokenLife + time.Hour)
	b.get("/me").want(http.StatusUnauthorized).has("code", "auth.token.unknown")
}

func TestAnotherSiteIsToldAsAProgramIs(t *testing.T) {
	s := newSite(t)
	_, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	s.program(owner).post("/positions", `{}`, "Origin", "https://other.example", "Sec-Fetch-Site", "cross-site", "Accept-Language", "en").
		want(http.StatusForbidden).has("code", "error.cross_origin", "status", 403)
	s.nobody().get("/positions", "Origin", "https://other.example", "Sec-Fetch-Site", "cross-site").want(http.StatusOK)
	for _, path := range []string{"/api", "/api/", "/api/v1", "/api/v2/positions"} {
		if a := s.nobody().get(path); a.Status != http.StatusNotFound || a.text("code") == "" {
			t.Errorf("%s: %d %s", path, a.Status, a.Body)
		}
	}
}

func TestTheTemplateIsHadByProgramAndComesBackFilledIn(t *testing.T) {
	s := newSite(t)
	_, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	org := s.program(owner)
	for lang, name := range map[string]string{"zh-Hans": "岗位名称*", "en": "Job title*"} {
		f, err := sheet.Open(org.get("/imports/template", "Accept-Language", lang).want(http.StatusOK).Body, sheet.DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		for row, err := range f.Rows(f.Sheets()[0].Name) {
			if err != nil || row.Cells[0] != name {
				t.Errorf("%s: %q, %v", lang, row.Cells, err)
			}
		}
	}
	s.nobody().get("/imports/template").want(http.StatusUnauthorized)
}

func TestACertificateIsDeletedUntilItIsApproved(t *testing.T) {
	s := newSite(t)
	who, _ := s.Account("负责人")
	pending := s.program(who)
	made := pending.post("/orgs", map[string]any{
		"name": "番禺区新苗社会工作服务中心", "code": worldtest.Code("52", worldtest.Panyu, 77), "kind": "service", "region": worldtest.Panyu,
		"address": "示例路1号", "intro": "为社区服务。", "contact_name": "联系人", "contact_phone": "020-00000000",
	}).want(http.StatusCreated)
	org := made.text("id")
	file := func() string {
		return "/orgs/" + org + "/files/" + pending.upload(http.MethodPost, "/orgs/"+org+"/files", "file", "证书.pdf", pdf, []string{"purpose", "certificate"}).
			want(http.StatusCreated).text("id")
	}
	first, second := file(), file()
	s.program(s.Bureau(worldtest.Panyu, auth.Reviewer)).send(http.MethodDelete, first, nil).want(http.StatusNotFound)
	pending.send(http.MethodDelete, first, nil).want(http.StatusNoContent)
	pending.get(first).want(http.StatusNotFound)
	one, err := id.Parse(org)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Orgs.Approve(t.Context(), auth.System(), one, ""); err != nil && !errs.Is(err, errs.KindConflict) {
		t.Fatal(err)
	}
	pending.send(http.MethodDelete, second, nil).want(http.StatusConflict)
}
