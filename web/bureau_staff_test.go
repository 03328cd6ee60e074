package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/errs"
	"zhigang/internal/outbox"
	"zhigang/internal/position"
	"zhigang/internal/queue"
	"zhigang/internal/worldtest"
)

func TestAnAdministratorAppointsStaffOfTheRegion(t *testing.T) {
	w := newDesk(t)
	admin := w.Bureau(worldtest.Panyu, auth.Administrator)
	b := w.as(admin)
	account, email := w.Account("陈同事")
	for field, form := range map[string][]string{
		"login":        {"login", "nobody@example.org", "staff_region", "大石街道", "staff_role", "reviewer"},
		"staff_region": {"login", email, "staff_region", "天河区", "staff_role", "reviewer"},
		"staff_role":   {"login", email, "staff_region", "440113012", "staff_role", "king"},
	} {
		page := b.post("/bureau/staff", form...).want(t, http.StatusUnprocessableEntity)
		if page.Doc.Find("#errors a[href='#f-"+field+"']").Length() != 1 || page.Doc.Find("#f-login").AttrOr("value",
			"") != form[1] {
			t.Errorf("%s: %s", field, page.text())
		}
	}
	outside := b.post("/bureau/staff", "login", email, "staff_region", "天河区", "staff_role", "reviewer")
	if !strings.Contains(outside.text(), "只能在番禺区及其下级任用") {
		t.Error(outside.text())
	}
	b.send("/bureau/staff", url.Values{"login": {email}, "staff_region": {"大石街道"},
		"staff_role": {"reviewer"}}).want(t, http.StatusForbidden)
	for place, code := range map[string]string{"大石街道": "440113012", "440113010": "440113010", "番禺区": "440113",
		"广州市番禺区市桥街道": "440113007"} {
		b.post("/bureau/staff", "login", email, "staff_region", place, "staff_role", "reviewer").want(t,
			http.StatusSeeOther)
		if grant, err := w.Accounts.StaffOf(t.Context(), account.Account); err != nil || grant.Region != code ||
			grant.Role != auth.Reviewer {
			t.Errorf("%s: %+v, %v", place, grant, err)
		}
	}
	if w.audited("staff.grant", account.Account) != 4 {
		t.Error("not every change is written down")
	}
	path := "/bureau/staff/" + account.Account.String()
	page := b.get(path).want(t, http.StatusOK)
	if page.Doc.Find("input[name=staff_role][checked]").AttrOr("value", "") != "reviewer" {
		t.Error("the form does not show the role as it is")
	}
	b.post(path, "staff_region", "440106", "staff_role", "supervisor").want(t, http.StatusUnprocessableEntity)
	b.post(path, "staff_region", "440113", "staff_role", "supervisor").want(t, http.StatusSeeOther)
	b.post(path+"/end").want(t, http.StatusSeeOther)
	if _, err := w.Accounts.StaffOf(t.Context(), account.Account); !errs.Is(err, errs.KindNotFound) {
		t.Error("the role has not ended:", err)
	}
	b.post(path+"/end").want(t, http.StatusNotFound)
	if w.audited("staff.end", account.Account) != 1 {
		t.Error("the end is not written down once")
	}
}

func TestNoBureauLosesItsLastAdministrator(t *testing.T) {
	w := newDesk(t)
	admin := w.Bureau(worldtest.Panyu, auth.Administrator)
	b := w.as(admin)
	path := "/bureau/staff/" + admin.Account.String()
	b.post(path+"/end").want(t, http.StatusConflict)
	b.post(path, "staff_region", "440113", "staff_role", "reviewer").want(t, http.StatusConflict)
	if grant, err := w.Accounts.StaffOf(t.Context(), admin.Account); err != nil || grant.Role != auth.Administrator {
		t.Fatal(grant, err)
	}
	if w.audited("staff.end", admin.Account)+w.audited("staff.grant", admin.Account) != 0 {
		t.Fatal("what did not happen is written down")
	}
}

func TestAnAdministratorCannotTakeStaffFromABureauAbove(t *testing.T) {
	w := newDesk(t)
	_, email := w.Account("省厅管理员")
	above, err := w.Accounts.Find(t.Context(), email)
	w.must(err)
	top := w.as(w.Bureau("440000", auth.Administrator))
	top.post("/bureau/staff", "login", email, "staff_region", "广州市", "staff_role", "administrator").want(t,
		http.StatusSeeOther)
	b := w.as(w.Bureau(worldtest.Panyu, auth.Administrator))
	page := b.post("/bureau/staff", "login", email, "staff_region", "大石街道", "staff_role", "reviewer").want(t,
		http.StatusUnprocessableEntity)
	if !strings.Contains(page.text(), "在其他民政局任职") {
		t.Fatal(page.text())
	}
	if grant, err := w.Accounts.StaffOf(t.Context(), above.ID); err != nil || grant.Region != "440100" {
		t.Fatal(grant, err)
	}
}

func TestTheOperatorSeesWhatFailedAndTriesItAgain(t *testing.T) {
	w := newDesk(t)
	w.Published(w.owner, w.Content(position.Job, "项目社工"))
	due, err := w.Outbox.Due(t.Context(), queue.Fast, 1)
	w.must(err)
	if len(due) != 1 {
		t.Fatal("no task waits")
	}
	w.must(w.Outbox.Run(t.Context(), due[0].ID, func(context.Context,
		*outbox.Job) error {
		return errs.Invalid("error.number")
	}))
	w.Clock.Add(2 * time.Hour)
	b := w.as(w.Bureau(worldtest.Panyu, auth.Administrator))
	page := b.get("/bureau/operations").want(t, http.StatusOK)
	retry := "/bureau/operations/tasks/" + due[0].ID.String() + "/retry"
	if page.Doc.Find("form[action='"+retry+"']").Length() != 1 || !strings.Contains(page.text(), "error.number") ||
		!strings.Contains(page.text(), "任务积压") {
		t.Fatal(page.text())
	}
	b.send(retry, url.Values{}).want(t, http.StatusForbidden)
	b.post(retry).want(t, http.StatusSeeOther)
	if text := b.get("/bureau/operations").Body; !strings.Contains(text, "任务已重新排队") || strings.Contains(text, retry) {
		t.Fatal("not tried again")
	}
	b.post(retry).want(t, http.StatusSeeOther)
	if text := b.get("/bureau/operations").Body; !strings.Contains(text, "已经在处理") {
		t.Fatal("a second click is not told")
	}
}
