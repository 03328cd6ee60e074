package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"zhigang/internal/application"
	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/file"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/position"
	"zhigang/internal/worldtest"
)

const tianhe = "440106"

// deskWorld is an organization of 番禺 with something for every page of the desk.
type deskWorld struct {
	*testSite
	org         org.Org
	owner       auth.Actor
	waiting     position.Position
	shown       position.Position
	placement   id.ID
	certificate id.ID
	entrustment id.ID
}

func newDesk(t *testing.T) *deskWorld {
	t.Helper()
	return newDeskOn(newSite(t))
}

func newDeskOn(s *testSite) *deskWorld {
	s.t.Helper()
	w := &deskWorld{testSite: s}
	w.org, w.owner = w.Org("番禺区晴禾社会工作服务中心", worldtest.Panyu)
	w.certificate = w.upload(w.owner, file.Owner{Kind: "org", ID: w.org.ID}, "certificate", "登记证书.pdf")
	w.entrustment = w.upload(w.owner, file.Owner{Kind: "org", ID: w.org.ID}, "entrustment", "委托证明.pdf")
	w.shown = w.Published(w.owner, w.Content(position.Job, "社区社会工作者"))
	w.placement = w.hired("欧阳晓明", w.shown.ID)
	c := w.Content(position.Job, "长者营养师")
	c.Employer, c.EmployerProfile, c.EntrustmentID = "广州示例餐饮有限公司", "经营长者饭堂。", w.entrustment
	c.EmployerCode = worldtest.Code("91", worldtest.Panyu, 78)
	w.waiting = w.submitted(w.owner, c)
	return w
}

func (w *deskWorld) upload(who auth.Actor, owner file.Owner, purpose, name string) id.ID {
	w.t.Helper()
	var one id.ID
	w.must(w.DB.Write(w.t.Context(), func(tx *db.Tx) (err error) {
		one, err = w.deps.Files.Add(w.t.Context(), tx, who, owner, purpose, name, []byte(pdf))
		return err
	}))
	return one
}

func (w *deskWorld) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// submitted makes a post that waits for review.
func (w *deskWorld) submitted(owner auth.Actor, c position.Content) position.Position {
	w.t.Helper()
	p, err := w.Positions.Create(w.t.Context(), owner, owner.Orgs[0].Org, c)
	w.must(err)
	w.must(w.Positions.Submit(w.t.Context(), owner, p.ID))
	return p
}

// hired lets somebody apply and be hired, and returns the placement.
func (w *deskWorld) hired(name string, post id.ID) id.ID {
	w.t.Helper()
	who := w.Graduate(name)
	a := w.Apply(who, post)
	w.must(w.Applications.Act(w.t.Context(), auth.System(), a.ID, application.Hire, "", "2026-12-01"))
	p, err := w.Applications.PlacementOf(w.t.Context(), who, a.ID)
	w.must(err)
	w.must(w.Applications.Dispute(w.t.Context(), who, p.ID, "我没有到岗。"))
	return p.ID
}

// state returns where a post stands.
func (w *deskWorld) state(post id.ID) position.State {
	w.t.Helper()
	p, err := w.Positions.Get(w.t.Context(), auth.System(), post)
	w.must(err)
	return p.State
}

// audited counts the audit rows of a verb on a subject.
func (w *deskWorld) audited(verb string, subject id.ID) int {
	w.t.Helper()
	var n int
	w.must(w.DB.Get(w.t.Context(), &n, `SELECT COUNT(*) FROM audit WHERE verb = ? AND subject_id = ?`, verb, subject))
	return n
}

// path fills the ids of the world into the path of a route.
func (w *deskWorld) path(r route, staff id.ID) string {
	one := map[string]id.ID{
		"/bureau/positions/": w.waiting.ID, "/bureau/orgs/": w.org.ID, "/bureau/overdue/": w.org.ID,
		"/bureau/placements/": w.placement, "/bureau/staff/": staff,
	}
	path := strings.ReplaceAll(r.path, ":file", w.certificate.String())
	for prefix, i := range one {
		if strings.HasPrefix(path, prefix) {
			path = strings.ReplaceAll(path, ":id", i.String())
		}
	}
	if strings.Contains(path, ":week") {
		path = strings.ReplaceAll(path, ":week",
			"2026-W47") + "?region=" + worldtest.Panyu + "&figure=posts&format=json"
	}
	return path
}

// bureauRoutes lists the routes of the desk.
func (w *deskWorld) bureauRoutes() []route {
	return slices.DeleteFunc(w.h.routes(), func(r route) bool { return !strings.HasPrefix(r.path, "/bureau") })
}

// global are the routes whose object is the program, not anything of a region.
func global(r route) bool { return strings.HasPrefix(r.path, "/bureau/operations") }

func TestAnotherRegionsObjectsDoNotExistAtTheDesk(t *testing.T) {
	eachSite(t, func(t *testing.T, s *testSite) { anotherRegionsObjects(t, newDeskOn(s)) })
}

func anotherRegionsObjects(t *testing.T, w *deskWorld) {
	t.Helper()
	colleague := w.Bureau(worldtest.Panyu, auth.Reviewer)
	theirs := w.as(w.Bureau(tianhe, auth.Administrator))
	ours := w.as(w.Bureau(worldtest.Panyu, auth.Administrator))
	for _, r := range w.bureauRoutes() {
		if !strings.Contains(r.path, ":") || global(r) {
			continue
		}
		path := w.path(r, colleague.Account)
		if strings.Contains(path, ":") {
			t.Fatalf("%s: this test does not know what to ask for", r.path)
		}
		if r.method == post {
			theirs.post(path, "return_note", "理由", "return_reason", "理由", "suspend_reason", "理由", "settle_note", "说明",
				"rating", "3", "rating_until", "2029-01-01", "staff_region", "天河区", "staff_role", "reviewer").want(t,
				http.StatusNotFound)
			continue
		}
		theirs.get(path).want(t, http.StatusNotFound)
		ours.get(path).want(t, http.StatusOK)
	}
	for _, path := range []string{
		"/bureau/positions?region=440113", "/bureau/orgs?region=440113012", "/bureau/reports?region=440113",
		"/bureau/placements?org=" + w.org.ID.String(),
	} {
		theirs.get(path).want(t, http.StatusNotFound)
	}
	if w.state(w.waiting.ID) != position.Submitted || w.audited("position.return", w.waiting.ID) != 0 {
		t.Fatal("a post of another region was decided")
	}
	if grant, err := w.Accounts.StaffOf(t.Context(), colleague.Account); err != nil || grant.Region != worldtest.Panyu {
		t.Fatal("staff of another region was changed:", grant, err)
	}
}

func TestTheListsOfTheDeskShowNothingOfAnotherRegion(t *testing.T) {
	w := newDesk(t)
	w.Apply(w.Graduate("张三"), w.shown.ID)
	w.Clock.Add(20 * 24 * time.Hour) // the answer is overdue
	theirs, ours := w.as(w.Bureau(tianhe, auth.Administrator)), w.as(w.Bureau(worldtest.Panyu, auth.Administrator))
	for path, ourOwn := range map[string]string{
		"/bureau/positions": "长者营养师", "/bureau/orgs?state=approved": "晴禾", "/bureau/placements": "欧**",
		"/bureau/overdue":                   "晴禾",
		"/bureau/positions?state=published": "社区社会工作者",
	} {
		if text := theirs.get(path).want(t, http.StatusOK).text(); strings.Contains(text, ourOwn) {
			t.Errorf("%s shows another region's: %s", path, text)
		}
		if text := ours.get(path).want(t, http.StatusOK).text(); !strings.Contains(text, ourOwn) {
			t.Errorf("%s lacks %s: %s", path, ourOwn, text)
		}
	}
	if text := theirs.get("/bureau").text(); !strings.Contains(text, "今天没有要办的事") {
		t.Error("the desk of another region has work:", text)
	}
}

func TestEachRoleEntersTheDeskAsFarAsItReaches(t *testing.T) {
	w := newDesk(t)
	colleague := w.Bureau(worldtest.Panyu, auth.Reviewer)
	needs := func(r route) int {
		switch {
		case strings.HasPrefix(r.path, "/bureau/staff"), global(r):
			return 3
		case strings.HasSuffix(r.path, "/settle"), strings.HasSuffix(r.path, "/urge"):
			return 2
		}
		return 1
	}
	for n, who := range []auth.Actor{
		w.owner, w.Bureau(worldtest.Panyu, auth.Reviewer), w.Bureau(worldtest.Panyu, auth.Supervisor),
		w.Bureau(worldtest.Panyu, auth.Administrator),
	} {
		b := w.as(who)
		for _, r := range w.bureauRoutes() {
			if r.method == post && needs(r) <= n {
				continue // what they may do is done elsewhere
			}
			path := strings.ReplaceAll(w.path(r, colleague.Account), ":id", w.org.ID.String())
			got := 0
			if r.method == post {
				got = b.post(path).StatusCode
			} else {
				got = b.get(path).StatusCode
			}
			if allowed := needs(r) <= n; allowed != (got != http.StatusForbidden) {
				t.Errorf("%s %s as %s: %d", r.method, path, who.As(), got)
			}
		}
	}
	for _, r := range w.bureauRoutes() {
		path := strings.ReplaceAll(w.path(r, colleague.Account), ":id", w.org.ID.String())
		if r.method == post {
			w.anonymous().post(path).want(t, http.StatusUnauthorized)
		} else if to := w.anonymous().get(path).want(t,
			http.StatusSeeOther).Header.Get("Location"); !strings.HasPrefix(to, "/login") {
			t.Errorf("%s leads to %s", path, to)
		}
	}
}

func TestAMemberOfAnOrganizationElsewhereSeesNoneOfItAtTheDesk(t *testing.T) {
	w := newDesk(t)
	staff := w.Bureau(tianhe, auth.Administrator)
	w.must(w.Orgs.SetMember(t.Context(), w.owner, w.org.ID, staff.Account, auth.Owner))
	b := w.as(staff)
	b.get("/bureau/positions/"+w.waiting.ID.String()).want(t, http.StatusNotFound)
	b.post("/bureau/positions/"+w.waiting.ID.String()+"/approve").want(t, http.StatusNotFound)
	b.post("/bureau/orgs/"+w.org.ID.String()+"/suspend", "suspend_reason", "理由").want(t, http.StatusNotFound)
	if text := b.get("/bureau/positions").text(); strings.Contains(text, "长者营养师") {
		t.Error(text)
	}
	b.get("/console/"+w.org.ID.String()).want(t, http.StatusOK)
}

func TestTheDayBeginsWithWhatIsToBeDone(t *testing.T) {
	w := newDesk(t)
	page := w.as(w.Bureau(worldtest.Panyu, auth.Reviewer)).get("/bureau").want(t, http.StatusOK)
	if h1 := page.Doc.Find("h1").Text(); h1 != "今天要办的 2 件事" {
		t.Fatal(h1)
	}
	table := page.Doc.Find("main table").First()
	if got := table.Find("tbody tr").First().Text(); !strings.Contains(got, "岗位待审核") || !strings.Contains(got,
		"剩 3 个工作日") {
		t.Fatal(got)
	}
	if href := table.Find("tbody tr").First().Find("a").AttrOr("href", ""); href != "/bureau/positions" {
		t.Fatal(href)
	}
	if page.Doc.Find("blockquote.sentence").Length() != 1 || page.Doc.Find(".number").Length() != 4 ||
		page.Doc.Find("svg.chart").Length() != 1 {
		t.Fatal("the week is not whole:", page.text())
	}
	if strings.Contains(page.text(), "运行状态") {
		t.Fatal("a reviewer is led to the operation of the program")
	}
	w.Clock.Add(7 * 24 * time.Hour)
	late := w.as(w.Bureau(worldtest.Panyu, auth.Reviewer)).get("/bureau").text()
	if !strings.Contains(late, "超时 2 个工作日") {
		t.Fatal(late)
	}
}
