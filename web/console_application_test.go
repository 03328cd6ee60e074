package web

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"zhigang/internal/application"
	"zhigang/internal/audit"
	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/file"
	"zhigang/internal/person"
	"zhigang/internal/position"
	"zhigang/internal/sheet"
)

func TestAnApplicantIsAnswered(t *testing.T) {
	w := newConsole(t)
	b := w.as(w.owner)
	at := w.at("/applications/" + w.application.ID.String())
	page := b.get(at).want(t, http.StatusOK)
	sent, err := w.Applications.Open(w.application)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(page.Body, sent.Email) || !strings.Contains(page.Body, auth.Login{Kind: auth.Email, Value: sent.Email}.Mask()) {
		t.Error("the address is shown before the interview")
	}
	if w.appliedState() != application.Received {
		t.Fatal("looking changed something")
	}
	b.post(at, "verb", "withdraw").want(t, http.StatusUnprocessableEntity)
	b.post(at, "verb", "").want(t, http.StatusUnprocessableEntity)
	if refused := b.post(at, "verb", "decline").want(t, http.StatusUnprocessableEntity); refused.Doc.Find("#f-reason-error").Length() != 1 {
		t.Fatal(refused.text())
	}
	b.post(at, "verb", "interview", "reason", "周三上午十点，示例路1号").want(t, http.StatusSeeOther)
	page = b.get(at)
	if !strings.Contains(page.Body, sent.Email) || !strings.Contains(page.text(), "周三上午十点") {
		t.Error("the address is hidden after the invitation: " + page.text())
	}
	typed := b.post(at, "verb", "hire", "reason", "欢迎", "start_on", "明天").want(t, http.StatusUnprocessableEntity)
	if typed.Doc.Find("#f-start_on").AttrOr("value", "") != "明天" || typed.Doc.Find("textarea[name=reason]").Text() != "欢迎" {
		t.Error("what was typed is lost: " + typed.text())
	}
	b.post(at, "verb", "hire", "start_on", "2026-12-01").want(t, http.StatusSeeOther)
	b.post(at, "verb", "hire", "start_on", "2026-12-01").want(t, http.StatusSeeOther) // the button was pressed twice
	twice := w.as(w.member(auth.Editor)).post(at, "verb", "hire", "start_on", "2026-12-01").want(t, http.StatusConflict)
	if !strings.Contains(twice.text(), "待本人确认") || twice.Doc.Find("#errors").Length() != 1 {
		t.Fatal(twice.text())
	}
	pl, err := w.Applications.PlacementOf(t.Context(), w.person, w.application.ID)
	if err != nil || pl.State != application.Claimed || pl.StartOn != "2026-12-01" {
		t.Fatalf("%+v, %v", pl, err)
	}
}

func TestTheContactIsHiddenAgainWhenNothingCameOfIt(t *testing.T) {
	w := newConsole(t)
	b := w.as(w.owner)
	at := w.at("/applications/" + w.application.ID.String())
	sent, err := w.Applications.Open(w.application)
	if err != nil {
		t.Fatal(err)
	}
	b.post(at, "verb", "interview").want(t, http.StatusSeeOther)
	b.post(at, "verb", "decline", "reason", "岗位已满").want(t, http.StatusSeeOther)
	if strings.Contains(b.get(at).Body, sent.Email) {
		t.Fatal("the address stays after the end")
	}
}

func TestTheCVComesAsAFileAndNothingElse(t *testing.T) {
	w := newConsole(t)
	lin := w.Graduate("王同学")
	profile, err := w.People.Get(t.Context(), lin)
	if err != nil {
		t.Fatal(err)
	}
	err = w.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
		profile.CVID, err = w.deps.Files.Add(t.Context(), tx, lin, file.Owner{Kind: "person", ID: lin.Account}, "cv", `我的"简历".pdf`, []byte(pdf))
		return err
	})
	if err == nil {
		err = w.People.Save(t.Context(), lin, profile)
	}
	if err != nil {
		t.Fatal(err)
	}
	a := w.Apply(lin, w.open.ID)
	b := w.as(w.owner)
	b.get(w.at("/applications/"+a.ID.String())).want(t, http.StatusOK)
	sent := b.get(w.at("/applications/"+a.ID.String()+"/cv")).want(t, http.StatusOK)
	for name, want := range map[string]string{
		"Content-Disposition": "attachment; filename*=utf-8''%E6%88%91", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "sandbox",
		"Content-Type":            "application/pdf",
	} {
		if got := sent.Header.Get(name); !strings.Contains(got, want) {
			t.Errorf("%s: %s", name, got)
		}
	}
	b.get(w.at("/applications/"+w.application.ID.String()+"/cv")).want(t, http.StatusNotFound)
}

func TestNotesAreWrittenOnce(t *testing.T) {
	w := newConsole(t)
	b := w.as(w.owner)
	at := w.at("/applications/" + w.application.ID.String())
	b.post(at+"/notes", "text", " ").want(t, http.StatusUnprocessableEntity)
	for range 2 {
		b.post(at+"/notes", "text", "有社工证原件").want(t, http.StatusSeeOther)
	}
	if n := strings.Count(b.get(at).text(), "有社工证原件"); n != 1 {
		t.Fatalf("the note stands %d times", n)
	}
}

func TestSeveralApplicantsAreAnsweredAtOnce(t *testing.T) {
	w := newConsole(t)
	b := w.as(w.owner)
	second, gone := w.Apply(w.Graduate("王同学"), w.open.ID), w.Apply(w.Graduate("李同学"), w.open.ID)
	if err := w.Applications.Act(t.Context(), w.owner, gone.ID, application.Decline, "已满", ""); err != nil {
		t.Fatal(err)
	}
	path := w.at("/applications")
	b.post(path, "verb", "view").want(t, http.StatusUnprocessableEntity)
	b.post(path, "verb", "hire", "id", second.ID.String()).want(t, http.StatusUnprocessableEntity)
	both := []string{"verb", "decline", "id", second.ID.String(), "id", w.application.ID.String()}
	unsaid := b.post(path, both...).want(t, http.StatusUnprocessableEntity)
	if unsaid.Doc.Find("#f-reason-error").Length() != 1 || unsaid.Doc.Find("input[name=id][checked]").Length() != 2 {
		t.Fatal("what was ticked is lost: " + unsaid.text())
	}
	done := b.post(path, "verb", "view", "id", second.ID.String(), "state", "received").want(t, http.StatusSeeOther)
	if done.Header.Get("Location") != path+"?state=received" {
		t.Fatal(done.Header.Get("Location"))
	}
	mixed := []string{"verb", "decline", "reason", "岗位已招满", "id", w.application.ID.String(), "id", gone.ID.String()}
	partly := b.post(path, mixed...).want(t, http.StatusConflict)
	if !strings.Contains(partly.text(), "已办理 1 人，以下 1 人没有办理") || !strings.Contains(partly.text(), "李同学") {
		t.Fatal(partly.text())
	}
	if w.appliedState() != application.Declined {
		t.Fatal(w.appliedState())
	}
}

func TestTheTableOfApplicantsPutsFirstWhoWaitsLongest(t *testing.T) {
	w := newConsole(t)
	b := w.as(w.owner)
	w.Clock.Add(48 * time.Hour)
	second := w.Apply(w.Graduate("王同学"), w.open.ID)
	names := func(query string) string {
		var all []string
		b.get(w.at("/applications"+query)).want(t, http.StatusOK).Doc.Find("tbody th").Each(func(_ int, th *goquery.Selection) {
			all = append(all, strings.TrimSpace(th.Text()))
		})
		return strings.Join(all, " ")
	}
	b = w.as(w.owner)
	for query, want := range map[string]string{
		"": "王同学 林同学", "?sort=due": "林同学 王同学", "?waiting=1": "林同学 王同学", "?waiting=1&sort=new": "王同学 林同学",
		"?state=declined":                 "",
		"?position=" + w.open.ID.String(): "王同学 林同学", "?position=" + w.draft.ID.String(): "",
		"?state=nonsense&page=x&position=1": "王同学 林同学",
	} {
		if got := names(query); got != want {
			t.Errorf("%q: %q", query, got)
		}
	}
	one := b.get(w.at("/applications?waiting=1&position=" + w.open.ID.String()))
	for what, want := range map[string]string{
		".tabs a[href*='state=hired'][href*='position=']": "the tabs",
		".sorts a[href*='sort=new'][href*='waiting=1']":   "the orders",
		"form[action$=export] input[name=position]":       "the export", "form[novalidate] input[name=waiting]": "an action",
	} {
		if one.Doc.Find(what).Length() != 1 {
			t.Errorf("%s forget what is shown", want)
		}
	}
	if text := b.get(w.at("/applications?waiting=1")).text(); !strings.Contains(text, "剩 3 个工作日") {
		t.Error(text)
	}
	if err := w.Applications.Act(t.Context(), w.owner, second.ID, application.Decline, "已满", ""); err != nil {
		t.Fatal(err)
	}
	if got := names("?sort=due"); got != "林同学 王同学" {
		t.Errorf("%q", got)
	}
	w.Clock.Add(10 * 24 * time.Hour)
	b = w.as(w.owner)
	if got := names("?overdue=1"); got != "林同学" {
		t.Errorf("overdue: %q", got)
	}
	if text := b.get(w.at("/applications")).text(); !strings.Contains(text, "超时") {
		t.Error(text)
	}
}

func TestTheExportHoldsWhatIsShownAndStartsNoFormula(t *testing.T) {
	w := newConsole(t)
	b := w.as(w.owner)
	evil := w.Graduate("王同学")
	if err := w.People.Save(t.Context(), evil, person.Profile{
		Degree: "bachelor", School: `=HYPERLINK("http://evil.example")`, Major: "@SUM(1)", GraduatedOn: "2026-06-30",
		Version: 1,
	}); err != nil {
		t.Fatal(err)
	}
	invited := w.Apply(evil, w.open.ID)
	if err := w.Applications.Act(t.Context(), w.owner, invited.ID, application.Invite, "", ""); err != nil {
		t.Fatal(err)
	}
	b.get(w.at("/applications/export")).want(t, http.StatusNotFound) // nothing leaves by a link
	sent := b.post(w.at("/applications/export"), "state", "interview").want(t, http.StatusOK)
	if !strings.Contains(sent.Header.Get("Content-Disposition"), "attachment; filename*=utf-8''%E5%BA%94%E8%81%98") {
		t.Error(sent.Header)
	}
	f, err := sheet.Open([]byte(sent.Body), sheet.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for row, err := range f.Rows(f.Sheets()[0].Name) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, append([]string{}, row.Cells...))
	}
	contact, err := w.Accounts.Contact(t.Context(), w.DB, evil.Account)
	if err != nil || len(rows) != 2 || rows[1][2] != "王同学" || rows[1][4] != contact.Email ||
		rows[1][6] != `=HYPERLINK("http://evil.example")` {
		t.Fatalf("%v, %q", err, rows)
	}
	if bytes.Contains([]byte(sent.Body), []byte("<f>")) {
		t.Error("a formula stands in the sheet")
	}
	entries, err := audit.Of(t.Context(), w.DB, "org", w.org.ID)
	if err != nil || len(entries) == 0 {
		t.Fatal("nothing was written down:", err)
	}
	if last := entries[len(entries)-1]; last.Verb != "application.export" || last.Note != "1" || last.Account != w.owner.Account {
		t.Fatalf("%+v", last)
	}
	all := b.post(w.at("/applications/export")).want(t, http.StatusOK)
	if f, err = sheet.Open([]byte(all.Body), sheet.DefaultLimits()); err != nil || f.Sheets()[0].Rows != 3 {
		t.Fatal(f.Sheets(), err)
	}
	other, err := w.Accounts.Contact(t.Context(), w.DB, w.person.Account)
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range f.Rows(f.Sheets()[0].Name) {
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(strings.Join(row.Cells, "|"), other.Email) {
			t.Error("the export shows an address that the page masks")
		}
	}
}

func TestVolunteersAreTakenOnNotHired(t *testing.T) {
	w := newConsole(t)
	p := w.Published(w.owner, w.Content(position.Volunteer, "助餐志愿者"))
	a := w.Apply(w.Graduate("王同学"), p.ID)
	page := w.as(w.owner).get(w.at("/applications/"+a.ID.String())).want(t, http.StatusOK)
	if got := page.Doc.Find("button[value=hire]").Text(); got != "确认参加" {
		t.Fatal(got)
	}
}
