package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"zhigang/internal/auth"
	"zhigang/internal/errs"
	"zhigang/internal/position"
	"zhigang/internal/worldtest"
)

func jobForm(more ...string) []string {
	return append([]string{
		"kind", "job", "title", "长者服务社工", "headcount", "２", "valid_until", "2026-12-20", "answer_days", "5", "duties", "探访长者",
		"requirements", "社工专业",
		"degree", "bachelor", "majors", "社会工作、心理学", "skills", "", "region", "广州市番禺区大石街道", "address", "示例路1号", "employment",
		"labor_contract",
		"conditions", "五险一金", "pay_min", "6,000.50", "pay_max", "8500", "pay_unit", "month", "source", "direct",
	}, more...)
}

// without returns a form in which a field is empty.
func without(form []string, field string) []string {
	form = slices.Clone(form)
	for n := 0; n < len(form); n += 2 {
		if form[n] == field {
			form[n+1] = ""
		}
	}
	return form
}

func TestAPostIsWrittenAsPeopleWriteAndSubmitted(t *testing.T) {
	w := newConsole(t)
	b := w.as(w.owner)
	b.get(w.at("/positions/new")).want(t, http.StatusOK)
	b.get(w.at("/positions/new?kind=job")).want(t, http.StatusOK)
	saved := b.post(w.at("/positions/new"), jobForm("do", "submit")...).want(t, http.StatusSeeOther)
	p := w.position(mustID(t, saved.Header.Get("Location")))
	if p.State != position.Submitted || p.Headcount != 2 || p.Region != worldtest.Panyu+"012" || len(p.Majors.V) != 2 ||
		p.Pay.Min != 600050 || p.Pay.Max != 850000 {
		t.Fatalf("%+v", p)
	}
	twice := b.post(w.at("/positions/new"), jobForm("do", "submit")...).want(t, http.StatusSeeOther)
	if twice.Header.Get("Location") != saved.Header.Get("Location") {
		t.Fatal("the same form made two posts")
	}
	edit := b.get(saved.Header.Get("Location")+"/edit").want(t, http.StatusOK)
	if got := edit.Doc.Find("input[name=pay_min]").AttrOr("value", ""); got != "6000.50" {
		t.Errorf("pay %q", got)
	}
	if got := edit.Doc.Find("input[name=region]").AttrOr("value", ""); got != "广州市番禺区大石街道" {
		t.Errorf("region %q", got)
	}
}

func TestAPostThatLacksSomethingIsSavedAndSaysWhat(t *testing.T) {
	w := newConsole(t)
	b := w.as(w.owner)
	form := without(without(jobForm("do", "submit"), "duties"), "pay_unit")
	page := b.post(w.at("/positions/new"), form...).want(t, http.StatusUnprocessableEntity)
	for _, words := range []string{"内容已保存为草稿", "工作内容：请填写此项", "计薪单位：请填写此项"} {
		if !strings.Contains(page.text(), words) {
			t.Errorf("lacks %q: %s", words, page.text())
		}
	}
	action := page.Doc.Find("main form").AttrOr("action", "")
	version := page.Doc.Find("input[name=version]").AttrOr("value", "")
	if !strings.HasSuffix(action, "/edit") {
		t.Fatal("the form would make another draft:", action)
	}
	draft := b.get(strings.TrimSuffix(action, "/edit")).want(t, http.StatusOK)
	if !strings.Contains(draft.text(), "提交审核前还缺 2 项") {
		t.Fatal(draft.text())
	}
	submitted := b.post(strings.TrimSuffix(action, "/edit")+"/submit").want(t, http.StatusUnprocessableEntity)
	if submitted.Doc.Find("#f-duties-error").Length() != 1 {
		t.Fatal(submitted.text())
	}
	for range 2 { // the same form twice
		b.post(action, jobForm("do", "submit", "version", version)...).want(t, http.StatusSeeOther)
	}
	if p := w.position(mustID(t, strings.TrimSuffix(action, "/edit"))); p.State != position.Submitted {
		t.Fatal(p.State)
	}
}

func TestWhatCannotBeReadIsSaidAtItsField(t *testing.T) {
	w := newConsole(t)
	b := w.as(w.owner)
	for field, bad := range map[string]string{
		"headcount": "几个人", "pay_min": "六千", "pay_max": "8500.555", "region": "火星", "valid_until": "下个月", "title": "",
	} {
		form := url.Values{"_token": {b.token}, "do": {"save"}}
		for n, f := 0, jobForm(); n < len(f); n += 2 {
			form.Set(f[n], f[n+1])
		}
		form.Set(field, bad)
		page := b.send(w.at("/positions/new"), form).want(t, http.StatusUnprocessableEntity)
		if page.Doc.Find("#f-"+field+"-error").Length() != 1 || page.Doc.Find("#f-"+field).AttrOr("value", "?") != bad {
			t.Errorf("%s: %s", field, page.text())
		}
	}
	if n := len(w.drafts()); n != 1 {
		t.Fatalf("%d drafts", n)
	}
	form := slices.Replace(jobForm("do", "save"), 21, 22, "番禺区大石街道示例路9号")
	page := b.post(w.at("/positions/new"), form...).want(t, http.StatusUnprocessableEntity)
	if !strings.Contains(page.text(), "示例路9号") || !strings.Contains(page.text(), "大石街道") {
		t.Fatal(page.text())
	}
}

func TestAnotherKindShowsOtherFieldsAndKeepsWhatWasTyped(t *testing.T) {
	w := newConsole(t)
	b := w.as(w.owner)
	form := jobForm("do", "kind")
	form[1] = "volunteer"
	page := b.post(w.at("/positions/new"), form...).want(t, http.StatusOK)
	if page.Doc.Find("#f-risk_statement").Length() != 1 || page.Doc.Find("#f-pay_min").Length() != 0 {
		t.Fatal(page.text())
	}
	if got := page.Doc.Find("input[name=title]").AttrOr("value", ""); got != "长者服务社工" {
		t.Fatalf("title %q", got)
	}
	if n := len(w.drafts()); n != 1 {
		t.Fatalf("showing another kind made a draft: %d", n)
	}
}

func TestAPostForAMemberUnitCarriesItsLetter(t *testing.T) {
	w := newConsole(t)
	b, code := w.as(w.owner), worldtest.Code("91", worldtest.Panyu, 78)
	form := jobForm("do", "submit", "employer", "番禺示例科技公司", "employer_profile", "做软件的", "employer_code", code)
	form = without(form, "pay_unit")
	first := b.upload(w.at("/positions/new"), "entrustment", "委托书.pdf", pdf, form...).want(t, http.StatusUnprocessableEntity)
	letter := first.Doc.Find("select[name=entrustment_id] option[selected]").AttrOr("value", "")
	if letter == "" {
		t.Fatal("the letter must be chosen again: " + first.text())
	}
	action, version := first.Doc.Find("main form").AttrOr("action", ""), first.Doc.Find("input[name=version]").AttrOr("value", "")
	whole := jobForm("do", "submit", "employer", "番禺示例科技公司", "employer_profile", "做软件的", "employer_code", code, "entrustment_id", letter,
		"version", version)
	b.post(action, whole...).want(t, http.StatusSeeOther)
	p := w.position(mustID(t, strings.TrimSuffix(action, "/edit")))
	if p.State != position.Submitted || p.EntrustmentID.String() != letter {
		t.Fatalf("%+v", p)
	}
	b.get(w.at("/files/"+letter)).want(t, http.StatusOK)
	_, stranger := w.Org("番禺区另一服务中心", worldtest.Panyu)
	theirs := w.as(stranger)
	theirs.get(w.at("/files/"+letter)).want(t, http.StatusNotFound)
	theirs.get(consolePath(stranger.Orgs[0].Org, "/files/"+letter)).want(t, http.StatusNotFound)
	stolen := theirs.post(consolePath(stranger.Orgs[0].Org, "/positions/new"), jobForm("entrustment_id", letter, "do", "save")...)
	if stolen.want(t, http.StatusUnprocessableEntity); stolen.Doc.Find("#f-entrustment-error").Length() != 1 {
		t.Fatal("the letter of another organization was taken: " + stolen.text())
	}
	b.upload(w.at("/positions/new"), "entrustment", "委托书.exe", "MZ", jobForm("do", "save")...).want(t, http.StatusUnprocessableEntity)
}

func TestAnEditThatComesTooLateKeepsWhatWasTyped(t *testing.T) {
	w := newConsole(t)
	b := w.as(w.owner)
	path := w.at("/positions/" + w.draft.ID.String() + "/edit")
	version := b.get(path).want(t, http.StatusOK).Doc.Find("input[name=version]").AttrOr("value", "")
	other := w.draft.Content
	other.Duties = "别人写的内容"
	if _, err := w.Positions.Edit(t.Context(), w.owner, w.draft.ID, w.draft.Version, other); err != nil {
		t.Fatal(err)
	}
	late := b.post(path, jobForm("do", "save", "version", version)...).want(t, http.StatusConflict)
	if !strings.Contains(late.text(), "别人写的内容") || late.Doc.Find("textarea[name=duties]").Text() != "探访长者" {
		t.Fatal(late.text())
	}
	if w.position(w.draft.ID).Duties != "别人写的内容" {
		t.Fatal("somebody's edit was overwritten unseen")
	}
	now := late.Doc.Find("input[name=version]").AttrOr("value", "")
	refused := b.post(path, without(jobForm("do", "save", "version", version), "title")...).want(t, http.StatusConflict)
	if refused.Doc.Find("input[name=version]").AttrOr("value", "") != now {
		t.Fatal(refused.text())
	}
	b.post(path, jobForm("do", "save", "version", now)...).want(t, http.StatusSeeOther)
	if w.position(w.draft.ID).Duties != "探访长者" {
		t.Fatal("saving knowingly did nothing")
	}
}

func TestARefusedFormStillNoticesTheEditOfSomebodyElse(t *testing.T) {
	w := newConsole(t)
	b := w.as(w.owner)
	path := w.at("/positions/" + w.draft.ID.String() + "/edit")
	version := b.get(path).Doc.Find("input[name=version]").AttrOr("value", "")
	other := w.draft.Content
	other.Duties = "别人写的内容"
	if _, err := w.Positions.Edit(t.Context(), w.owner, w.draft.ID, w.draft.Version, other); err != nil {
		t.Fatal(err)
	}
	unread := slices.Replace(jobForm("do", "save", "version", version), 5, 6, "几个人")
	refused := b.post(path, unread...).want(t, http.StatusUnprocessableEntity)
	if got := refused.Doc.Find("input[name=version]").AttrOr("value", ""); got != version {
		t.Fatalf("the form forgot which version it was written on: %s", got)
	}
}

func TestReasonsStandAtTheirFields(t *testing.T) {
	w := newConsole(t)
	if err := w.Positions.Submit(t.Context(), w.owner, w.draft.ID); err != nil {
		t.Fatal(err)
	}
	reviewer, reasons := w.Bureau(worldtest.Panyu, auth.Reviewer), map[string]string{"conditions": "请写明休息安排"}
	if err := w.Positions.Return(t.Context(), reviewer, w.draft.ID, "", reasons); err != nil {
		t.Fatal(err)
	}
	b := w.as(w.owner)
	page := b.get(w.at("/positions/"+w.draft.ID.String()+"/edit")).want(t, http.StatusOK)
	said := page.Doc.Find("#f-conditions").Closest(".field").Prev()
	if !strings.Contains(said.Text(), "请写明休息安排") {
		t.Fatal(page.text())
	}
	if text := b.get(w.at("/positions/" + w.draft.ID.String())).text(); !strings.Contains(text, "工作条件与福利：请写明休息安排") {
		t.Fatal(text)
	}
}

func TestAPublishedPostGoesBackToReviewOnlyForWhatWasReviewed(t *testing.T) {
	w := newConsole(t)
	b := w.as(w.owner)
	path := w.at("/positions/" + w.open.ID.String() + "/edit")
	page := b.get(path).want(t, http.StatusOK)
	if !strings.Contains(page.text(), "重新审核") {
		t.Fatal("nothing warns: " + page.text())
	}
	form := url.Values{"_token": {b.token}}
	for name, values := range w.h.positionForm(w.open.Content).Values {
		form[name] = values
	}
	form.Set("version", page.Doc.Find("input[name=version]").AttrOr("value", ""))
	form.Set("headcount", "9")
	b.send(path, form).want(t, http.StatusSeeOther)
	if p := w.position(w.open.ID); p.State != position.Published || p.Headcount != 9 {
		t.Fatalf("%+v", p)
	}
	form.Set("version", b.get(path).Doc.Find("input[name=version]").AttrOr("value", ""))
	form.Set("duties", "换了内容")
	done := b.send(path, form).want(t, http.StatusSeeOther)
	if p := w.position(w.open.ID); p.State != position.Submitted {
		t.Fatal(p.State)
	}
	if text := b.get(done.Header.Get("Location")); !strings.Contains(text.Body, "重新进入审核") {
		t.Fatal(text.text())
	}
}

func TestAPostIsRenewedClosedCopiedAndWithdrawn(t *testing.T) {
	w := newConsole(t)
	b := w.as(w.owner)
	at := w.at("/positions/" + w.open.ID.String())
	for _, day := range []string{"", "bald", "2020-01-01", "2030-01-01"} {
		page := b.post(at+"/renew", "valid_until", day).want(t, http.StatusUnprocessableEntity)
		if page.Doc.Find("#f-valid_until-error").Length() != 1 {
			t.Error(page.text())
		}
	}
	b.post(at+"/renew", "valid_until", string(w.open.ValidUntil.Add(20))).want(t, http.StatusSeeOther)
	if p := w.position(w.open.ID); p.ValidUntil != w.open.ValidUntil.Add(20) {
		t.Fatal(p.ValidUntil)
	}
	b.post(at+"/close").want(t, http.StatusUnprocessableEntity)
	b.post(at+"/close", "outcome", "partly").want(t, http.StatusSeeOther)
	b.post(at+"/close", "outcome", "partly").want(t, http.StatusSeeOther) // the button was pressed twice
	again := b.post(at+"/close", "outcome", "filled").want(t, http.StatusConflict)
	if !strings.Contains(again.text(), "岗位已结束，不能结束") {
		t.Fatal(again.text())
	}
	b.get(at+"/edit").want(t, http.StatusConflict)
	copied := b.post(at+"/copy").want(t, http.StatusSeeOther)
	b.get(copied.Header.Get("Location")).want(t, http.StatusOK)
	draft := w.at("/positions/" + w.draft.ID.String())
	if err := w.Positions.Submit(t.Context(), w.owner, w.draft.ID); err != nil {
		t.Fatal(err)
	}
	b.post(draft+"/withdraw").want(t, http.StatusUnprocessableEntity)
	b.post(draft+"/withdraw", "reason", "不招了").want(t, http.StatusSeeOther)
	if page := b.get(draft); !strings.Contains(page.text(), "不招了") || w.position(w.draft.ID).State != position.Withdrawn {
		t.Fatal(page.text())
	}
}

func TestTheTableOfPostsCountsWhatItShows(t *testing.T) {
	w := newConsole(t)
	b := w.as(w.owner)
	page := b.get(w.at("/positions")).want(t, http.StatusOK)
	if n := page.Doc.Find("tbody tr").Length(); n != 2 || !strings.Contains(page.text(), "1 待答复") {
		t.Fatalf("%d rows, %s", n, page.text())
	}
	found := b.get(w.at("/positions?q=" + url.QueryEscape("助理")))
	if found.Doc.Find("tbody tr").Length() != 1 || !strings.Contains(found.Doc.Find(".tabs").Text(), "草稿 1") {
		t.Fatal(found.text())
	}
	if none := b.get(w.at("/positions?q=" + url.QueryEscape("100%"))); none.Doc.Find("tbody tr").Length() != 0 {
		t.Fatal("a percent sign finds everything")
	}
	w.Clock.Set(w.open.ValidUntil.Add(1).Start())
	expired := w.as(w.owner).get(w.at("/positions?state=expired"))
	if expired.Doc.Find("tbody tr").Length() != 1 || !strings.Contains(expired.Doc.Find(".tabs").Text(), "招聘中 0") {
		t.Fatal("a post whose time is over is shown as open: " + expired.text())
	}
}

func TestALongTableHasPages(t *testing.T) {
	w := newConsole(t)
	var rows []position.Imported
	for n := range 120 {
		content := position.Content{Kind: position.Job, Title: "岗位" + strconv.Itoa(n)}
		rows = append(rows, position.Imported{Key: strconv.Itoa(n), Content: content})
	}
	if _, err := w.Positions.Import(t.Context(), w.owner, w.org.ID, rows, false); err != nil {
		t.Fatal(err)
	}
	b := w.as(w.owner)
	last := b.get(w.at("/positions?q="+url.QueryEscape("岗位")+"&state=draft&page=99")).want(t, http.StatusOK)
	prev := last.Doc.Find("a[rel=prev]").AttrOr("href", "")
	n := last.Doc.Find("tbody tr").Length()
	if n != 20 || last.Doc.Find("a[rel=next]").Length() != 0 || !strings.Contains(prev, "page=2") || !strings.Contains(prev, "state=draft") {
		t.Fatalf("%d rows, %s", n, prev)
	}
	if title := last.Doc.Find("title").Text(); !strings.Contains(title, "3") {
		t.Fatal("the title does not say which page:", title)
	}
	first := b.get(w.at("/positions?page=-1"))
	if first.Doc.Find("tbody tr").Length() != 50 || first.Doc.Find("a[rel=prev]").Length() != 0 {
		t.Fatal(first.text())
	}
}

func TestAmountsAreReadAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]int64{"": 0, "6000": 600000, "6,000.5": 600050, "６０００元": 600000, " ¥80.05 ": 8005, "0.1": 10} {
		if got, ok := parseFen(text); !ok || got != want {
			t.Errorf("%q: %d, %v", text, got, ok)
		}
	}
	for _, text := range []string{"六千", "6000.555", "-1", "1e3", "6.0.0", "99999999999999999999", "."} {
		if got, ok := parseFen(text); ok {
			t.Errorf("%q is taken for %d", text, got)
		}
	}
	bad := errs.Fields{}
	pay := readPay(Form{Values: url.Values{"pay_min": {"5000"}, "pay_unit": {"month"}}}, bad)
	if len(bad) != 0 || pay.Min != 500000 || pay.Max != 500000 {
		t.Errorf("one amount alone: %+v", pay)
	}
}
