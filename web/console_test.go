package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"zhigang/internal/application"
	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/file"
	"zhigang/internal/id"
	"zhigang/internal/intake"
	"zhigang/internal/org"
	"zhigang/internal/position"
	"zhigang/internal/worldtest"
)

// consoleWorld is an organization with one of each thing that its console shows.
type consoleWorld struct {
	*testSite
	org         org.Org
	owner       auth.Actor
	draft, open position.Position
	person      auth.Actor
	application application.Application
	certificate id.ID
	sheet       id.ID
}

func newConsole(t *testing.T) *consoleWorld {
	t.Helper()
	return newConsoleOn(newSite(t))
}

func newConsoleOn(s *testSite) *consoleWorld {
	s.t.Helper()
	w := &consoleWorld{testSite: s}
	w.fill("番禺区晴禾社会工作服务中心", "林同学")
	return w
}

// fill makes the organization and what belongs to it.
func (w *consoleWorld) fill(name, person string) {
	w.t.Helper()
	ctx := w.t.Context()
	w.org, w.owner = w.Org(name, worldtest.Panyu)
	w.open = w.Published(w.owner, w.Content(position.Job, "社区社会工作者"))
	var err error
	if w.draft, err = w.Positions.Create(ctx, w.owner, w.org.ID, w.Content(position.Job, "项目助理")); err != nil {
		w.t.Fatal(err)
	}
	w.person = w.Graduate(person)
	w.application = w.Apply(w.person, w.open.ID)
	if err := w.DB.Write(ctx, func(tx *db.Tx) (err error) {
		w.certificate, err = w.deps.Files.Add(ctx, tx, w.owner, file.Owner{Kind: "org", ID: w.org.ID}, "certificate", "证书.pdf", []byte(pdf))
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	in, err := w.deps.Intakes.Upload(ctx, w.owner, w.org.ID, "岗位.csv", "zh-Hans", []byte("岗位名称,招聘人数\n社工,2\n"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.sheet = in.ID
}

// member makes somebody with a role in the organization.
func (w *consoleWorld) member(role auth.OrgRole) auth.Actor {
	w.t.Helper()
	a, _ := w.Account("同事")
	if err := w.Orgs.SetMember(w.t.Context(), w.owner, w.org.ID, a.Account, role); err != nil {
		w.t.Fatal(err)
	}
	a.Orgs = []auth.OrgGrant{{Org: w.org.ID, Role: role}}
	return a
}

func (w *consoleWorld) at(rest string) string { return consolePath(w.org.ID, rest) }

func (w *consoleWorld) position(one id.ID) position.Position {
	w.t.Helper()
	p, err := w.Positions.Get(w.t.Context(), w.owner, one)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *consoleWorld) appliedState() application.State {
	w.t.Helper()
	a, err := w.Applications.Get(w.t.Context(), w.owner, w.application.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return a.State
}

// routePath fills the ids of a world into the path of a route; the organization is named apart.
func (w *consoleWorld) routePath(r route, owner id.ID) string {
	path := strings.ReplaceAll(r.path, ":org", owner.String())
	path = strings.ReplaceAll(path, ":week", "2026-W47")
	path = strings.ReplaceAll(path, ":file", w.certificate.String())
	path = strings.ReplaceAll(path, ":ref", "x")
	for part, i := range map[string]id.ID{
		"/positions/:id": w.draft.ID, "/applications/:id": w.application.ID, "/members/:id": w.owner.Account,
		"/import/:id": w.sheet,
	} {
		path = strings.ReplaceAll(path, part, strings.TrimSuffix(part, ":id")+i.String())
	}
	return path
}

func (w *consoleWorld) consoleRoutes() []route {
	var out []route
	for _, r := range w.h.routes() {
		if strings.HasPrefix(r.path, "/console/:org") {
			out = append(out, r)
		}
	}
	return out
}

func TestAnotherOrganizationsThingsDoNotExist(t *testing.T) {
	eachSite(t, func(t *testing.T, s *testSite) { anotherOrganizationsThings(t, newConsoleOn(s)) })
}

func anotherOrganizationsThings(t *testing.T, theirs *consoleWorld) {
	t.Helper()
	ours := &consoleWorld{testSite: theirs.testSite}
	ours.fill("番禺区暖阳养老服务中心", "王同学")
	b := ours.as(ours.owner)
	everything := []string{
		"verb", "decline", "reason", "理由", "start_on", "2026-12-01", "text", "备注", "role", "viewer", "outcome", "filled",
		"valid_until", "2026-12-31",
		"title", "改了", "kind", "job", "version", "1", "do", "submit", "id", theirs.application.ID.String(), "login",
		"user1@example.org",
	}
	for _, r := range ours.consoleRoutes() {
		foreign := []string{theirs.routePath(r, theirs.org.ID)} // their organization
		if rest := strings.TrimPrefix(r.path, "/console/:org"); strings.Contains(rest, ":") && !strings.Contains(rest, ":week") {
			foreign = append(foreign, theirs.routePath(r, ours.org.ID)) // our organization, their thing
		}
		for _, path := range foreign {
			if strings.Contains(path, ":") {
				t.Fatalf("%s: this test does not know what to ask for", r.path)
			}
			if r.method == post {
				b.post(path, everything...).want(t, http.StatusNotFound)
				continue
			}
			b.get(path).want(t, http.StatusNotFound)
		}
		if r.method == get {
			b.get(ours.routePath(r, ours.org.ID)).wantOneOf(t, http.StatusOK, http.StatusNotFound)
		}
	}
	forged := []string{"verb", "decline", "reason", "理由", "id", theirs.application.ID.String()}
	b.post(ours.at("/applications"), forged...).want(t, http.StatusNotFound)
	b.post(ours.at("/applications"), append([]string{"id", ours.application.ID.String()}, forged...)...).want(t, http.StatusNotFound)
	if ours.appliedState() != application.Received {
		t.Fatal("half of an action was done")
	}
	if theirs.appliedState() != application.Received {
		t.Fatal("an application to another organization was declined")
	}
	if p := theirs.position(theirs.draft.ID); p.State != position.Draft || p.Title != "项目助理" {
		t.Fatalf("a post of another organization was changed: %+v", p)
	}
}

func TestSomebodyWhoWorksForTwoOrganizationsFindsEachThingInItsOwn(t *testing.T) {
	a := newConsole(t)
	c := &consoleWorld{testSite: a.testSite}
	c.fill("番禺区暖阳养老服务中心", "王同学")
	if err := c.Orgs.SetMember(t.Context(), c.owner, c.org.ID, a.owner.Account, auth.Owner); err != nil {
		t.Fatal(err)
	}
	b := a.as(a.owner)
	for _, rest := range []string{
		"/positions/" + c.draft.ID.String(), "/positions/" + c.draft.ID.String() + "/edit",
		"/applications/" + c.application.ID.String(),
		"/import/" + c.sheet.String(), "/files/" + c.certificate.String(),
	} {
		b.get(c.at(rest)).want(t, http.StatusOK)
		b.get(a.at(rest)).want(t, http.StatusNotFound)
	}
	b.post(a.at("/positions/"+c.draft.ID.String()+"/submit")).want(t, http.StatusNotFound)
	choose := b.get("/console").want(t, http.StatusOK)
	if choose.Doc.Find("main li").Length() != 2 {
		t.Fatal(choose.text())
	}
	if one := c.as(c.owner).get("/console").want(t, http.StatusSeeOther); one.Header.Get("Location") != c.at("") {
		t.Fatal(one.Header)
	}
}

func TestWhoeverMayOnlyReadChangesNothing(t *testing.T) {
	w := newConsole(t)
	viewer, editor, person := w.as(w.member(auth.Viewer)), w.as(w.member(auth.Editor)), w.as(w.Graduate("路人"))
	for _, r := range w.consoleRoutes() {
		path := w.routePath(r, w.org.ID)
		ask := func(b *browser) answer {
			if r.method == post {
				return b.post(path, "verb", "decline", "reason", "理由", "role", "viewer", "title", "改了")
			}
			return b.get(path)
		}
		switch r.who {
		case orgViewer:
		case orgEditor, orgOwner:
			ask(viewer).want(t, http.StatusForbidden)
		default:
			t.Errorf("%s %s is open to %s", r.method, r.path, r.who)
		}
		if r.who == orgOwner {
			ask(editor).want(t, http.StatusForbidden)
		}
		if r.method == post && r.who == orgViewer {
			t.Errorf("%s changes something for readers", r.path)
		}
		ask(person).want(t, http.StatusNotFound)
		if r.method == get {
			w.anonymous().get(path).want(t, http.StatusSeeOther)
		}
	}
	for path, forms := range map[string]string{
		w.at(""): "", w.at("/positions/" + w.draft.ID.String()): "", w.at("/applications/" + w.application.ID.String()): "",
		w.at("/members"): "", w.at("/org"): "",
	} {
		page := viewer.get(path).want(t, http.StatusOK)
		page.Doc.Find("main form[method=post]").Each(func(_ int, f *goquery.Selection) { forms += f.AttrOr("action", "?") + " " })
		if forms != "" {
			t.Errorf("%s offers a reader to change something: %s", path, forms)
		}
	}
}

func TestAFormOfTheConsoleNeedsItsToken(t *testing.T) {
	w := newConsole(t)
	b := w.as(w.owner)
	for _, r := range w.consoleRoutes() {
		if r.method == post {
			b.send(w.routePath(r, w.org.ID), url.Values{"verb": {"view"}}).want(t, http.StatusForbidden)
		}
	}
	b.send("/orgs/register", url.Values{"name": {"番禺区示例服务中心"}}).want(t, http.StatusForbidden)
	if w.appliedState() != application.Received {
		t.Fatal("a form without a token was taken")
	}
}

func TestTheConsoleBeginsWithWhatWaits(t *testing.T) {
	w := newConsole(t)
	if err := w.Positions.Submit(t.Context(), w.owner, w.draft.ID); err != nil {
		t.Fatal(err)
	}
	reviewer := w.Bureau(worldtest.Panyu, auth.Reviewer)
	if err := w.Positions.Return(t.Context(), reviewer, w.draft.ID, "请补充", map[string]string{"duties": "写得太笼统"}); err != nil {
		t.Fatal(err)
	}
	b := w.as(w.owner)
	page := b.get(w.at("")).want(t, http.StatusOK)
	for _, words := range []string{"等您处理的 2 件事", "其他待答复的应聘", "退回待更正的岗位", "请补充", "工作内容：写得太笼统", "有 1 份新收到的应聘", "邀请同事", "收到投递"} {
		if !strings.Contains(page.text(), words) {
			t.Errorf("lacks %q: %s", words, page.text())
		}
	}
	w.Clock.Set(w.application.AnswerBy.Start().Add(12 * time.Hour))
	if text := b.get(w.at("")).text(); !strings.Contains(text, "今天应答复的应聘") {
		t.Error(text)
	}
	w.Clock.Add(48 * time.Hour)
	if text := b.get(w.at("")).text(); !strings.Contains(text, "逾期未答复的应聘") {
		t.Error(text)
	}
	w.Clock.Set(w.open.ValidUntil.Start().Add(-3 * 24 * time.Hour))
	if text := w.as(w.owner).get(w.at("")).text(); !strings.Contains(text, "还有 3 天") {
		t.Error(text)
	}
}

func TestTheConsoleSaysWhereTheOrganizationStands(t *testing.T) {
	w := newConsole(t)
	b, reviewer := w.as(w.owner), w.Bureau(worldtest.Panyu, auth.Reviewer)
	if err := w.Orgs.Suspend(t.Context(), reviewer, w.org.ID, "年度报告逾期未交"); err != nil {
		t.Fatal(err)
	}
	for _, rest := range []string{"", "/positions", "/applications", "/org"} {
		if text := b.get(w.at(rest)).text(); !strings.Contains(text, "单位已被暂停发布") || !strings.Contains(text, "年度报告逾期未交") {
			t.Errorf("%s: %s", rest, text)
		}
	}
	b.post(w.at("/positions/"+w.draft.ID.String()+"/submit")).want(t, http.StatusConflict)
	b.post(w.at("/org/edit"), "name", w.org.Name, "code", string(w.org.CreditCode()), "kind", "service", "region", "番禺区", "address", "新地址",
		"contact_name", "联系人", "contact_phone", "020-00000000").want(t, http.StatusConflict)
}

func TestAnImportIsLookedAtBeforeItIsStarted(t *testing.T) {
	w := newConsole(t)
	b := w.as(w.owner)
	b.get(w.at("/import/template")).want(t, http.StatusOK)
	refused := b.upload(w.at("/import"), "sheet", "照片.png", "\x89PNG\r\n\x1a\n").want(t, http.StatusUnprocessableEntity)
	if refused.Doc.Find("#f-sheet-error").Length() != 1 {
		t.Fatal(refused.text())
	}
	b.upload(w.at("/import"), "sheet", "", "").want(t, http.StatusUnprocessableEntity)
	csv := "岗位,要几个人,地点,备注\n社区社工,2,番禺区,无\n教务老师,1,火星,无\n"
	up := b.upload(w.at("/import"), "sheet", "岗位表.csv", csv).want(t, http.StatusSeeOther)
	path := up.Header.Get("Location")
	page := b.get(path).want(t, http.StatusOK)
	got := page.Doc.Find("select[name=column-0] option[selected]").AttrOr("value", "")
	if got != "title" || !strings.Contains(page.text(), "火星") {
		t.Fatalf("%q, %s", got, page.text())
	}
	mapping := []string{"sheet", "", "header", "1", "column-0", "title", "column-1", "headcount", "column-2", "region"}
	b.post(path, "sheet", "", "header", "1", "column-1", "headcount", "do", "start").want(t, http.StatusUnprocessableEntity)
	if n := len(w.drafts()); n != 1 {
		t.Fatalf("%d posts before the start", n)
	}
	b.post(path, append(mapping, "do", "start")...).want(t, http.StatusSeeOther)
	running := b.get(path).want(t, http.StatusOK)
	if running.Header.Get("Refresh") == "" || b.get(path+"?still=1").Header.Get("Refresh") != "" {
		t.Error("the page does not follow the import, or cannot be stopped")
	}
	b.post(path, append(mapping, "do", "start")...).want(t, http.StatusSeeOther) // the same form again
	w.work()
	done := b.get(path).want(t, http.StatusOK)
	if !strings.Contains(done.text(), "1 行没有导入") || done.Header.Get("Refresh") != "" {
		t.Fatal(done.text())
	}
	if sheet := b.get(path+"/refused").want(t, http.StatusOK); !strings.HasPrefix(sheet.Body, "PK") {
		t.Fatal("no sheet of refused rows")
	}
	posts := w.drafts()
	if len(posts) != 2 || posts[0].Title != "社区社工" || posts[0].Headcount != 2 || posts[0].Region != worldtest.Panyu {
		t.Fatalf("%+v", posts)
	}
	if in, err := w.deps.Intakes.Get(t.Context(), w.owner, mustID(t, path)); err != nil || in.State != intake.Done {
		t.Fatal(in.State, err)
	}
}

// drafts lists the drafts of the organization, newest first.
func (w *consoleWorld) drafts() []position.Position {
	w.t.Helper()
	all, err := w.Positions.OnDesk(w.t.Context(), w.owner, w.org.ID, position.Desk{State: position.Draft})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func mustID(t *testing.T, path string) id.ID {
	t.Helper()
	i, err := id.Parse(path[strings.LastIndex(path, "/")+1:])
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestAWeeklyReportOfTheOrganizationCanBeReadAndTaken(t *testing.T) {
	w := newConsole(t)
	b := w.as(w.owner)
	list := b.get(w.at("/reports")).want(t, http.StatusOK)
	week := calendar.WeekOf(w.Clock.Now())
	if !strings.Contains(list.Body, w.at("/reports/"+week.String())) {
		t.Fatal(list.text())
	}
	page := b.get(w.at("/reports/"+week.String())).want(t, http.StatusOK)
	if !strings.Contains(page.text(), "本周还没有结束") || !strings.Contains(page.text(), "社区社会工作者") {
		t.Fatal(page.text())
	}
	if sheet := b.get(w.at("/reports/"+week.String()+"/file")).want(t, http.StatusOK); !strings.HasPrefix(sheet.Body, "PK") {
		t.Fatal("no workbook")
	}
	all := numbers(page)
	if len(all) < 5 {
		t.Fatalf("%d numbers lead to rows", len(all))
	}
	for href, value := range all {
		rows := b.get(href).want(t, http.StatusOK)
		if h1 := rows.Doc.Find("h1").Text(); !strings.Contains(h1, " "+value+" ") || rows.Doc.Find("tbody tr").Length() == 0 {
			t.Errorf("%s stands behind %s: %s", href, value, h1)
		}
		w.as(w.Bureau(worldtest.Panyu, auth.Reviewer)).get(href).want(t, http.StatusNotFound)
	}
	b.get(w.at("/reports/"+week.String()+"/rows?figure=orgs_active")).want(t, http.StatusNotFound)
	b.get(w.at("/reports/"+week.Add(1).String())).want(t, http.StatusNotFound)
	b.get(w.at("/reports/2026-W99")).want(t, http.StatusNotFound)
}
