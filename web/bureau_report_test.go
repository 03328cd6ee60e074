package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"zhigang/internal/application"
	"zhigang/internal/auth"
	"zhigang/internal/position"
	"zhigang/internal/report"
	"zhigang/internal/worldtest"
)

func TestTheLedgerMasksPeopleAndADisputeIsSettledByASupervisor(t *testing.T) {
	w := newDesk(t)
	b := w.as(w.Bureau(worldtest.Panyu, auth.Supervisor))
	list := b.get("/bureau/placements").want(t, http.StatusOK)
	if !strings.Contains(list.text(), "欧**") || !strings.Contains(list.text(), "我没有到岗。") ||
		strings.Contains(list.Body, "欧阳") {
		t.Fatal(list.text())
	}
	path := "/bureau/placements/" + w.placement.String()
	page := b.get(path).want(t, http.StatusOK)
	if strings.Contains(page.Body, "欧阳") || strings.Contains(page.Body, "example.org") {
		t.Fatal("the page tells who it is")
	}
	if steps := page.Doc.Find(".timeline li"); steps.Length() != 2 || !strings.Contains(steps.Last().Text(), "本人提出异议") {
		t.Fatal(steps.Text())
	}
	bad := b.post(path+"/settle", "settle_note", " ").want(t, http.StatusUnprocessableEntity)
	if bad.Doc.Find("#errors a").AttrOr("href", "") != "#f-settle_note" {
		t.Fatal(bad.text())
	}
	b.send(path+"/settle", url.Values{"settle_note": {"没有令牌"}}).want(t, http.StatusForbidden)
	b.post(path+"/settle", "settle_note", "经核实，未到岗。").want(t, http.StatusSeeOther)
	if text := b.get(path).text(); !strings.Contains(text, "经核实，未到岗。") || !strings.Contains(text, "已处理") ||
		!strings.Contains(text, "存疑") {
		t.Fatal(text)
	}
	if text := b.get("/bureau/placements").text(); strings.Contains(text, "欧**") {
		t.Fatal("what is settled still waits:", text)
	}
	if text := b.get("/bureau/placements?state=disputed").text(); !strings.Contains(text, "欧**") ||
		!strings.Contains(text, "已处理") {
		t.Fatal("what is settled is lost:", text)
	}
	page = w.as(w.Bureau(worldtest.Panyu, auth.Reviewer)).get(path).want(t, http.StatusOK)
	if page.Doc.Find("form[action$='/settle']").Length() != 0 || !strings.Contains(page.text(), "异议由督导员处理") {
		t.Fatal("a reviewer is offered to settle")
	}
}

func TestWhatThePersonConfirmsAfterAllIsNotSettled(t *testing.T) {
	w := newDesk(t)
	who := w.Graduate("张三")
	a := w.Apply(who, w.shown.ID)
	w.must(w.Applications.Act(t.Context(), auth.System(), a.ID, application.Hire, "", "2026-12-01"))
	p, err := w.Applications.PlacementOf(t.Context(), who, a.ID)
	w.must(err)
	w.must(w.Applications.Confirm(t.Context(), who, p.ID))
	b := w.as(w.Bureau(worldtest.Panyu, auth.Supervisor))
	b.post("/bureau/placements/"+p.ID.String()+"/settle", "settle_note", "说明").want(t, http.StatusConflict)
	if text := b.get("/bureau/placements?state=confirmed&org=" + w.org.ID.String()).text(); !strings.Contains(text,
		"张**") {
		t.Fatal(text)
	}
}

func TestAnOrganizationIsUrgedOnceADay(t *testing.T) {
	w := newDesk(t)
	w.Apply(w.Graduate("张三"), w.shown.ID)
	w.Clock.Add(20 * 24 * time.Hour)
	b := w.as(w.Bureau(worldtest.Panyu, auth.Supervisor))
	page := b.get("/bureau/overdue").want(t, http.StatusOK)
	if !strings.Contains(page.text(), "社区社会工作者 1 份") || strings.Contains(page.text(), "张") {
		t.Fatal(page.text())
	}
	urge := "/bureau/overdue/" + w.org.ID.String() + "/urge"
	b.post(urge).want(t, http.StatusSeeOther)
	if text := b.get("/bureau/overdue").Body; !strings.Contains(text, "已催办，该组织会收到通知") {
		t.Fatal("nobody says that it was done")
	}
	b.post(urge).want(t, http.StatusSeeOther)
	if text := b.get("/bureau/overdue").Body; !strings.Contains(text, "24 小时内已催办过") {
		t.Fatal("a second time within the day")
	}
	w.Clock.Add(25 * time.Hour)
	b = w.as(w.Bureau(worldtest.Panyu, auth.Supervisor))
	b.post(urge).want(t, http.StatusSeeOther)
	if text := b.get("/bureau/overdue").Body; !strings.Contains(text, "已催办，该组织会收到通知") {
		t.Fatal("not the day after")
	}
}

// numbers lists the links of a page that lead to rows, with the number that each shows.
func numbers(page answer) map[string]string {
	out := map[string]string{}
	page.Doc.Find("a[href*='/rows?']").Each(func(_ int, a *goquery.Selection) {
		out[a.AttrOr("href", "")] = a.Text()
	})
	return out
}

func TestEveryNumberOfAReportOpensItsRows(t *testing.T) {
	w := newDesk(t)
	_, street := w.Org("大石街道示例服务中心", "440113012")
	w.Published(street, w.Content(position.Internship, "社工见习生"))
	w.Published(street, w.Content(position.Volunteer, "助餐志愿者"))
	b := w.as(w.Bureau(worldtest.Panyu, auth.Reviewer))
	for _, path := range []string{"/bureau", "/bureau/reports/2026-W47", "/bureau/reports/2026-W47?by=headcount", "/bureau/reports/2026-W47?region=440113012"} {
		all := numbers(b.get(path).want(t, http.StatusOK))
		if len(all) < 8 {
			t.Fatalf("%s has %d numbers", path, len(all))
		}
		for href, n := range all {
			rows := b.get(href).want(t, http.StatusOK)
			if h1 := rows.Doc.Find("h1").Text(); !strings.Contains(h1, " "+n+" ") {
				t.Errorf("%s shows %s, its rows %s say %s", path, n, href, h1)
			}
			if rows.Doc.Find("tbody tr").Length() == 0 {
				t.Errorf("%s: %s has no rows", path, href)
			}
			if strings.Contains(rows.Body, "欧阳") {
				t.Errorf("%s tells who it is", href)
			}
		}
	}
	report := b.get("/bureau/reports/2026-W47")
	if link := report.Doc.Find("a[href*='440113012']").First().AttrOr("href",
		""); link != "/bureau/reports/2026-W47?region=440113012" {
		t.Fatal("nothing leads to the street:", link)
	}
	b.get("/bureau/reports/2026-W47/rows?figure=nonsense").want(t, http.StatusNotFound)
	b.get("/bureau/reports/2026-W47/rows?figure=posts&part=440106").want(t, http.StatusNotFound)
	b.get("/bureau/reports/2026-W48").want(t, http.StatusNotFound)
	b.get("/bureau/reports/2019-W01").want(t, http.StatusNotFound)
	b.get("/bureau/reports/last").want(t, http.StatusNotFound)
}

func TestAReportThatWasMadeStaysAsItIs(t *testing.T) {
	w := newDesk(t)
	w.Clock.Add(24 * time.Hour) // Monday
	b := w.as(w.Bureau(worldtest.Panyu, auth.Reviewer))
	before := b.get("/bureau/reports/2026-W47/file?format=json").want(t, http.StatusOK)
	var one report.Bureau
	w.must(json.Unmarshal([]byte(before.Body), &one))
	if one.Hash == "" || one.Figures[report.Posts] != 1 || one.Running {
		t.Fatalf("%+v", one)
	}
	page := b.get("/bureau/reports/2026-W47").want(t, http.StatusOK)
	if !strings.Contains(page.text(), one.Hash) || !strings.Contains(page.text(), one.Sentence.Zh) {
		t.Fatal("the page says something else:", page.text())
	}
	w.must(w.Positions.Close(t.Context(), w.owner, w.shown.ID, "filled"))
	if after := b.get("/bureau/reports/2026-W47/file?format=json"); after.Body != before.Body {
		t.Fatal("the report has changed")
	}
	book := b.get("/bureau/reports/2026-W47/file?format=xlsx").want(t, http.StatusOK)
	if !strings.HasPrefix(book.Body, "PK") || !strings.Contains(book.Header.Get("Content-Disposition"), ".xlsx") {
		t.Fatal(book.Header)
	}
	b.get("/bureau/reports/2026-W47/file?format=exe").want(t, http.StatusNotFound)
}

func TestTheListOfReportsLeadsToAnyWeek(t *testing.T) {
	w := newDesk(t)
	w.Clock.Add(8 * 24 * time.Hour)
	b := w.as(w.Bureau(worldtest.Panyu, auth.Reviewer))
	list := b.get("/bureau/reports").want(t, http.StatusOK)
	if n := list.Doc.Find("article").Length(); n != 3 { // the running week and the two since there was anything
		t.Fatalf("%d weeks: %s", n, list.text())
	}
	if to := b.get("/bureau/reports?week=2026-W47").want(t,
		http.StatusSeeOther).Header.Get("Location"); to != "/bureau/reports/2026-W47?region=440113" {
		t.Fatal(to)
	}
	bad := b.get("/bureau/reports?week=2027-W20").want(t, http.StatusUnprocessableEntity)
	if bad.Doc.Find("#errors a").AttrOr("href", "") != "#f-week" || bad.Doc.Find("#f-week").AttrOr("value",
		"") != "2027-W20" {
		t.Fatal(bad.text())
	}
}
