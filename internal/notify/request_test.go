package notify_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/match"
	"zhigang/internal/notify"
	"zhigang/internal/testserver"
)

const visitor = "visitor@example.org"

var (
	confirmLink = regexp.MustCompile(`/subscribe/([\w.-]+)`)
	endLink     = regexp.MustCompile(`/unsubscribe/([\w.-]+)`)
)

// ask lets somebody without an account ask to be told.
func (w *world) ask(email string, every match.Every) {
	w.T.Helper()
	if err := w.Notify.AskSearch(w.T.Context(), email, "zh-Hans", panyu, every); err != nil {
		w.T.Fatal(err)
	}
	w.Work()
}

// to lists the mails to an address, oldest first.
func (w *world) to(email string) []testserver.SMTPMessage {
	var all []testserver.SMTPMessage
	for _, m := range w.SMTP.Messages() {
		if m.To[0] == email {
			all = append(all, m)
		}
	}
	return all
}

// token returns the token of the newest link of a form that was mailed to an address.
func (w *world) token(email string, form *regexp.Regexp) string {
	w.T.Helper()
	all := w.to(email)
	for n := len(all) - 1; n >= 0; n-- {
		if found := form.FindStringSubmatch(all[n].Text); found != nil {
			return found[1]
		}
	}
	w.T.Fatalf("%d mails, and no link", len(all))
	return ""
}

func (w *world) confirm(email string) {
	w.T.Helper()
	if err := w.Notify.ConfirmRequest(w.T.Context(), w.token(email, confirmLink)); err != nil {
		w.T.Fatal(err)
	}
}

func TestAVisitorIsToldOnceTheMailboxIsTheirs(t *testing.T) {
	each(t, func(t *testing.T, w *world, _ *clock.Manual) {
		w.ask(" Visitor@Example.org ", match.Instant)
		letters := w.to(visitor)
		if len(letters) != 1 || letters[0].Subject != "【志岗】请确认您的订阅" || letters[0].Header.Get("List-Unsubscribe") != "" {
			t.Fatalf("letters %+v", letters)
		}
		contains(t, letters[0].Text, "您好：", "广州市番禺区 · 社会工作 · 月薪 ≥ 5000", "2026年11月29日", "https://zhigang.example/subscribe/")
		token := w.token(visitor, confirmLink)
		for range 2 { // programs follow links
			if r, err := w.Notify.RequestInfo(t.Context(), token); err != nil || r.Confirmed() {
				t.Fatalf("%+v, %v", r, err)
			}
		}
		w.Publish(w.Draft("确认之前的社工岗位"))
		w.Work()
		if n := w.Count("match", "1 = 1"); n != 0 || len(w.to(visitor)) != 1 {
			t.Fatalf("before it was confirmed: %d found, %d mails", n, len(w.to(visitor)))
		}
		for range 2 { // a button that was pressed twice
			w.confirm(visitor)
		}
		if n := w.Count("saved_search", "1 = 1"); n != 1 {
			t.Errorf("%d saved searches", n)
		}
		ids := w.Publish(w.Draft("社区社工"), w.Draft("学校社工"))
		w.Work()
		letters = w.to(visitor)
		if len(letters) != 2 || letters[1].Header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
			t.Fatalf("letters %+v", letters)
		}
		contains(t, letters[1].Text, "社区社工", "学校社工", "https://zhigang.example/positions/"+ids[0].String(),
			"https://zhigang.example/positions?", "https://zhigang.example/unsubscribe/", "无需账号")
		for _, closed := range []string{"/me/", "注册用户"} {
			if strings.Contains(letters[1].Text, closed) || strings.Contains(letters[1].HTML, closed) {
				t.Errorf("it speaks of %s to somebody without an account:\n%s", closed, letters[1].Text)
			}
		}
		token = w.token(visitor, endLink)
		for range 2 {
			if err := w.Notify.Unsubscribe(t.Context(), token); err != nil {
				t.Fatal(err)
			}
		}
		if sub, err := w.Notify.UnsubscribeInfo(t.Context(), token); err != nil || sub.Mailed || !sub.MailOnly || sub.Search.EndedAt.IsZero() {
			t.Errorf("%+v, %v", sub, err)
		}
		w.Publish(w.Draft("退订之后的社工岗位"))
		w.Work()
		if n := len(w.to(visitor)); n != 2 {
			t.Errorf("%d mails after the end", n)
		}
		if err := w.Notify.RenewSearch(t.Context(), token); !errs.Is(err, errs.KindNotFound) {
			t.Errorf("what was ended is renewed: %v", err)
		}
	})
}

func TestAnAddressStandsNowhereInClear(t *testing.T) {
	each(t, func(t *testing.T, w *world, _ *clock.Manual) {
		w.ask(visitor, match.Daily)
		w.confirm(visitor)
		var row struct {
			Sealed  []byte `db:"sealed"`
			Lookup  string `db:"lookup"`
			Account id.ID  `db:"account_id"`
		}
		if err := w.DB.Get(t.Context(), &row, `SELECT sealed, lookup, account_id FROM mailbox`); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(row.Sealed), "visitor") || strings.Contains(row.Lookup, "visitor") {
			t.Error("the address is readable")
		}
		if c, err := w.Accounts.Contact(t.Context(), w.DB, row.Account); err != nil || c.Email != visitor || !c.MailOnly {
			t.Errorf("%+v, %v", c, err)
		}
	})
}

func TestAMailboxIsNoAccount(t *testing.T) {
	each(t, func(t *testing.T, w *world, _ *clock.Manual) {
		ctx := t.Context()
		w.ask(visitor, match.Daily)
		w.confirm(visitor)
		for _, password := range []string{"", "-"} {
			if _, _, err := w.Accounts.SignIn(ctx, visitor, password, auth.Client{}); err == nil {
				t.Error("somebody has signed in")
			}
		}
		if err := w.Notify.AskReset(ctx, visitor); err != nil {
			t.Fatal(err)
		}
		w.Work()
		if n := len(w.to(visitor)); n != 1 {
			t.Errorf("%d mails: a password is set for what has none", n)
		}
		if all, err := w.Accounts.List(ctx, 0, 100); err != nil || len(all) != 1 { // the owner of the organization
			t.Errorf("%d accounts, %v", len(all), err)
		}
		a, err := w.Accounts.Register(ctx, auth.NewAccount{Name: "林同学", Login: visitor, Password: "一句新的密码短语", Lang: "zh-Hans"})
		if err != nil {
			t.Fatal("the address cannot register any more:", err)
		}
		if all, err := w.Matches.Of(ctx, auth.Actor{Account: a.ID}); err != nil || len(all) != 0 {
			t.Errorf("%d saved searches, %v", len(all), err)
		}
		w.ask(visitor, match.Weekly)
		w.confirm(visitor) // the same search in the same mailbox
		if n := w.Count("saved_search", "every = 'weekly' AND ended_at IS NULL"); n != 1 || w.Count("mailbox", "1 = 1") != 1 {
			t.Errorf("%d saved searches", n)
		}
	})
}

func TestWhatNobodyConfirmsIsForgotten(t *testing.T) {
	each(t, func(t *testing.T, w *world, c *clock.Manual) {
		w.ask(visitor, match.Daily)
		w.ask("other@example.org", match.Daily)
		w.confirm("other@example.org")
		token := w.token(visitor, confirmLink)
		forget := func() int {
			n, err := w.Notify.ForgetMailboxes(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		c.Add(match.RequestLife - time.Minute)
		if n := forget(); n != 0 {
			t.Fatalf("%d forgotten before their time", n)
		}
		c.Add(time.Hour)
		if err := w.Notify.ConfirmRequest(t.Context(), token); errs.KeyOf(err) != "notice.request.unknown" {
			t.Errorf("confirmed too late: %v", err)
		}
		if n := forget(); n != 1 || w.Count("mailbox", "1 = 1") != 1 || w.Count("search_request", "1 = 1") != 0 || w.Count("delivery", "kind = 'search.confirm'") != 0 {
			t.Errorf("%d forgotten", n)
		}
		if err := w.Notify.Unsubscribe(t.Context(), token); !errs.Is(err, errs.KindNotFound) {
			t.Errorf("a link of one use works for another: %v", err)
		}
		// An address of which all searches have ended stays for a month, for those who want to renew.
		c.Set(c.Now().AddDate(0, match.LifeMonths, 0))
		if n := forget(); n != 0 {
			t.Errorf("%d forgotten at once", n)
		}
		c.Add(31 * 24 * time.Hour)
		if n := forget(); n != 1 || w.Count("mailbox", "1 = 1") != 0 {
			t.Errorf("%d forgotten in the end", n)
		}
		for _, forged := range []string{"", "x", "0000000000001.x", strings.Replace(token, ".", ".x", 1)} {
			if _, err := w.Notify.RequestInfo(t.Context(), forged); !errs.Is(err, errs.KindNotFound) {
				t.Errorf("%q: %v", forged, err)
			}
		}
	})
}

func TestWhoseSearchRunsOutIsAskedToRenewIt(t *testing.T) {
	each(t, func(t *testing.T, w *world, c *clock.Manual) {
		ann := w.Person()
		saved := w.Save(ann, panyu, match.Instant, true)
		w.ask(visitor, match.Daily)
		w.confirm(visitor)
		remind := func() {
			w.Slot("match.remind")
			w.Work()
		}
		ends := saved.ExpiresAt.Time
		c.Set(ends.Add(-match.RemindBefore - time.Hour))
		remind()
		if n := w.Count("notice", "kind = ?", notify.SearchExpiring); n != 0 {
			t.Fatalf("%d reminded too early", n)
		}
		for range 3 { // once in its life
			c.Add(25 * time.Hour)
			remind()
		}
		got := w.to(visitor)
		if kinds := fmt.Sprint(w.inbox(ann)); kinds != "[match.expiring]" || len(w.mails(ann)) != 1 || len(got) != 2 {
			t.Fatalf("inbox %v, %v, %d letters", kinds, w.mails(ann), len(got))
		}
		contains(t, got[1].Subject+got[1].Text, "您的订阅即将到期", "广州市番禺区 · 社会工作 · 月薪 ≥ 5000", "2027年11月22日", "续期或停止")
		token := w.token(visitor, endLink)
		if err := w.Notify.RenewSearch(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		if sub, err := w.Notify.UnsubscribeInfo(t.Context(), token); err != nil || !sub.Search.ExpiresAt.After(ends.AddDate(0, 11, 0)) {
			t.Errorf("%+v, %v", sub, err)
		}
		c.Set(ends.AddDate(0, match.LifeMonths-1, 15))
		remind() // in its next life it is asked again
		if n := len(w.to(visitor)); n != 3 {
			t.Errorf("%d letters after two years", n)
		}
		c.Set(ends.Add(time.Hour))
		w.Publish(w.Draft("社区社工"))
		w.Work()
		if n := w.Count("match", "1 = 1"); n != 1 {
			t.Errorf("%d found: one was renewed, one was not", n)
		}
	})
}

func TestWithoutMailNobodyIsAskedForAnAddress(t *testing.T) {
	each(t, func(t *testing.T, w *world, _ *clock.Manual) {
		w.wire(nil)
		if err := w.Notify.AskSearch(t.Context(), visitor, "en", panyu, match.Daily); errs.KeyOf(err) != "mail.off.search" {
			t.Error(err)
		}
		if n := w.Count("account", "mail_only = 1"); n != 0 {
			t.Errorf("%d accounts", n)
		}
	})
}
