package notify_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/match"
	"zhigang/internal/notify"
	"zhigang/internal/outbox"
	"zhigang/internal/position"
	"zhigang/internal/search"
)

func TestAMatchIsToldInTheInboxAndByMail(t *testing.T) {
	each(t, func(t *testing.T, w *world, _ *clock.Manual) {
		ann := w.Person()
		w.Save(ann, panyu, match.Instant, true)
		p := w.Publish(w.Draft("社区社工"))[0]
		w.Work()
		who := auth.Actor{Account: ann}
		all, err := w.Notify.List(t.Context(), who, 0, 10)
		if err != nil || len(all) != 1 || all[0].Kind != notify.Match || all[0].Link != "/positions/"+p.String() {
			t.Fatalf("inbox %+v, %v", all, err)
		}
		items, err := w.Notify.Items(t.Context(), who, all[0].ID)
		if err != nil || len(items) != 1 || items[0].ID != p || !items[0].Open || len(items[0].Reason.V) != 3 {
			t.Fatalf("items %+v, %v", items, err)
		}
		m := w.SMTP.Wait(1, 5*time.Second)[0]
		d := w.delivery()
		if d.State != notify.Sent || d.Attempts != 1 || d.Repeats != 0 || d.SentAt.IsZero() ||
			m.MessageID != "<"+d.MessageID+">" {
			t.Errorf("delivery %+v, Message-ID %s", d, m.MessageID)
		}
		if m.Subject != "【志岗】1 个新岗位符合您的订阅" || m.Header.Get("Auto-Submitted") != "auto-generated" ||
			m.Header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
			t.Errorf("header %v", m.Header)
		}
		for _, body := range []string{m.Text, m.HTML} {
			contains(t, body, "您好", "社区社工", "广州市番禺区 · 社会工作 · 月薪 ≥ 5000", "6000–8500 元/月", "番禺区暖阳社会工作服务中心",
				"https://zhigang.example/positions/"+p.String(), "https://zhigang.example/unsubscribe/", "番禺区民政局", "2026年12月22日")
			if strings.Contains(body, "notice.") || strings.Contains(body, "mail.") {
				t.Errorf("a key has no text:\n%s", body)
			}
		}
		for _, tracking := range []string{"<img", "<script", "http://", "utm_"} {
			if strings.Contains(m.HTML, tracking) {
				t.Errorf("the mail holds %s", tracking)
			}
		}
	})
}

func TestMailSpeaksTheReadersLanguage(t *testing.T) {
	each(t, func(t *testing.T, w *world, _ *clock.Manual) {
		ann := w.Person()
		if err := w.Accounts.SetLang(t.Context(), ann, "en"); err != nil {
			t.Fatal(err)
		}
		w.Save(ann, panyu, match.Instant, true)
		w.Publish(w.Draft("社区社工"), w.Draft("另一个社工岗位"))
		w.Work()
		m := w.SMTP.Wait(1, 5*time.Second)[0]
		if !strings.HasPrefix(m.Subject, "2 new positions match your alert") {
			t.Error(m.Subject)
		}
		contains(t, m.Text, "Meets your criteria: 广州市番禺区 · 社会工作 · at least 5000 yuan a month", "22 December 2026")
	})
}

func TestTwoSearchesOfOnePersonAreToldApart(t *testing.T) {
	each(t, func(t *testing.T, w *world, _ *clock.Manual) {
		ann := w.Person()
		w.Save(ann, panyu, match.Instant, true)
		w.Save(ann, search.Query{Text: "社工"}, match.Instant, false)
		p := w.Publish(w.Draft("社区社工"))[0]
		w.Work()
		w.Fact(position.ChangedFact, p)
		w.Work()
		if got := w.inbox(ann); len(got) != 2 {
			t.Errorf("inbox %v", got)
		}
		if got := w.mails(ann); len(got) != 1 {
			t.Errorf("mails %v", got)
		}
	})
}

func TestWithoutMailThereAreNoticesOnly(t *testing.T) {
	each(t, func(t *testing.T, w *world, _ *clock.Manual) {
		w.wire(nil)
		ann := w.Person()
		w.Save(ann, panyu, match.Instant, true)
		w.Publish(w.Draft("社区社工"))
		w.Work()
		if n := len(w.inbox(ann)); n != 1 || w.Count("delivery", "1 = 1") != 0 || w.Notify.MailOn() {
			t.Errorf("%d notices, %d deliveries", n, w.Count("delivery", "1 = 1"))
		}
		if h, err := w.Notify.Health(t.Context()); err != nil || h.On {
			t.Errorf("health %+v, %v", h, err)
		}
		if err := w.Notify.AskReset(t.Context(), "nobody@example.org"); !errs.Is(err, errs.KindUnavailable) {
			t.Errorf("a new password without mail: %v", err)
		}
	})
}

func TestWhoHasNoAddressIsToldInTheInbox(t *testing.T) {
	each(t, func(t *testing.T, w *world, _ *clock.Manual) {
		var ann id.ID
		w.Write(func(ctx context.Context, tx *db.Tx) (err error) {
			ann, err = w.Accounts.Seed(ctx, tx, "张三", "-", auth.Login{Kind: auth.Mobile, Value: "+8613800000000"})
			return err
		})
		w.Save(ann, panyu, match.Instant, true)
		w.Publish(w.Draft("社区社工"))
		w.Work()
		if n := len(w.inbox(ann)); n != 1 || w.Count("delivery", "1 = 1") != 0 {
			t.Errorf("%d notices, %d deliveries", n, w.Count("delivery", "1 = 1"))
		}
	})
}

func TestWhatClosesBeforeTheMailIsLeftOut(t *testing.T) {
	each(t, func(t *testing.T, w *world, c *clock.Manual) {
		w.SMTP.Down()
		ann, ben := w.Person(), w.Person()
		w.Save(ann, panyu, match.Instant, true)
		w.Save(ben, search.Query{Text: "律师"}, match.Instant, true)
		ids := w.Publish(w.Draft("社区社工"), w.Draft("医务社工"), w.Draft("律师"), w.Draft("学校社工"))
		w.Work()
		w.Write(func(ctx context.Context, tx *db.Tx) error { // approved anew, for less than ann asks
			return tx.One(ctx, `UPDATE position SET pay_month_min = 300000 WHERE id = ?`, ids[3])
		})
		w.SetState(ids[0], position.Closed)
		w.SetState(ids[2], position.Withdrawn)
		w.SMTP.Up()
		later(c)
		w.Work()
		got := w.SMTP.Messages()
		if len(got) != 1 || strings.Contains(got[0].Text, "社区社工") || !strings.Contains(got[0].Text, "医务社工") ||
			strings.Contains(got[0].Text, "学校社工") {
			t.Fatalf("%d mails: %+v", len(got), got)
		}
		if n := w.Count("delivery", "state = 'dropped' AND account_id = ?", ben); n != 1 {
			t.Errorf("%d deliveries dropped", n)
		}
		if n := len(w.inbox(ben)); n != 1 {
			t.Errorf("the inbox is the record, but holds %d", n)
		}
	})
}

func TestMailGoesToNobodyWhoLeft(t *testing.T) {
	each(t, func(t *testing.T, w *world, c *clock.Manual) {
		w.SMTP.Down()
		disabled, muted, over := w.Person(), w.Person(), w.Person()
		var saved match.SavedSearch
		for _, account := range []id.ID{disabled, muted, over} {
			saved = w.Save(account, panyu, match.Instant, true)
		}
		w.Publish(w.Draft("社区社工"))
		w.Work()
		if err := w.DB.Write(t.Context(), func(tx *db.Tx) error { return w.Accounts.Disable(t.Context(), tx, disabled) }); err != nil {
			t.Fatal(err)
		}
		w.Save(muted, panyu, match.Instant, false)
		if err := w.Matches.End(t.Context(), auth.Actor{Account: over}, saved.ID); err != nil {
			t.Fatal(err)
		}
		w.SMTP.Up()
		later(c)
		w.Work()
		if n := w.Count("delivery", "state = 'dropped'"); n != 3 || len(w.SMTP.Messages()) != 0 {
			t.Errorf("%d dropped, %d mails", n, len(w.SMTP.Messages()))
		}
	})
}

// A bulk import must not become a flood of mail.
func TestManyPostsAreToldInFewMails(t *testing.T) {
	each(t, func(t *testing.T, w *world, c *clock.Manual) {
		ann := w.Person()
		w.Save(ann, panyu, match.Instant, true)
		for n := range 10 {
			w.Publish(w.Draft(fmt.Sprintf("社区社工%d", n)))
			w.Work()
			c.Add(time.Minute)
		}
		if got := w.mails(ann); len(got) != 3 {
			t.Errorf("on the same day: %v", got)
		}
		if n := len(w.Rows(match.DeliverTask)); n != 1 {
			t.Errorf("%d deliveries wait", n)
		}
		c.Set(w.Clock.Now().Truncate(24 * time.Hour).Add(24 * time.Hour)) // 08:00 in China, the hour of digests
		w.Work()
		if got := w.mails(ann); len(got) != 4 || got[3] != "【志岗】7 个新岗位符合您的订阅" {
			t.Errorf("in the morning: %v", got)
		}
		if n := w.Count("match", "notice_id IS NOT NULL"); n != 10 {
			t.Errorf("%d positions told", n)
		}
	})
}

func TestManyPeopleAreToldOnceThoughHandlersDie(t *testing.T) {
	each(t, func(t *testing.T, w *world, c *clock.Manual) {
		const people = 200
		w.SaveAll(w.People(people), panyu, match.Instant, true)
		p := w.Publish(w.Draft("社区社工"))[0]
		kills := 0
		w.Handle(match.DeliverTask, func(ctx context.Context, job *outbox.Job) error {
			if kills++; kills%10 == 0 {
				ctx, cancel := context.WithCancel(ctx)
				cancel() // killed before it could write
				return errors.Join(w.Notify.Found(ctx, job), errors.New("killed"))
			}
			err := w.Notify.Found(ctx, job)
			if kills%11 == 0 {
				panic("killed after it wrote")
			}
			return err
		})
		for range 5 {
			w.Work()
			w.Fact(position.ChangedFact, p)
			later(c)
		}
		if n := w.Count("notice", "1 = 1"); n != people {
			t.Errorf("%d notices", n)
		}
		if n := w.Count("match", "notice_id IS NOT NULL"); n != people {
			t.Errorf("%d matches told", n)
		}
		seen := map[string]bool{}
		for _, m := range w.SMTP.Messages() {
			if seen[m.To[0]] {
				t.Errorf("two mails to %s", m.To[0])
			}
			seen[m.To[0]] = true
		}
		if len(seen) != people {
			t.Errorf("%d people got mail", len(seen))
		}
	})
}

func TestTheInboxBelongsToOnePerson(t *testing.T) {
	each(t, func(t *testing.T, w *world, _ *clock.Manual) {
		ctx, ann, ben := t.Context(), auth.Actor{Account: w.Person()}, auth.Actor{Account: w.Person()}
		for n := range 5 {
			w.Write(func(ctx context.Context, tx *db.Tx) error {
				told := notify.Notice{Account: ann.Account, Kind: notify.OrgApproved, Cause: id.ID(n + 1), Link: "/x"}
				_, err := w.Notify.Add(ctx, tx, told, notify.InboxOnly)
				return err
			})
		}
		w.Write(func(ctx context.Context, tx *db.Tx) error {
			told := notify.Notice{Account: ann.Account, Kind: notify.OrgApproved, Cause: 1, Link: "/x"}
			again, err := w.Notify.Add(ctx, tx, told, notify.ByMail)
			if again != 0 {
				t.Error("the same cause was told twice")
			}
			return err
		})
		first, err := w.Notify.List(ctx, ann, 0, 3)
		if err != nil || len(first) != 3 {
			t.Fatalf("%d notices, %v", len(first), err)
		}
		rest, err := w.Notify.List(ctx, ann, first[2].ID, 3)
		if err != nil || len(rest) != 2 || rest[0].ID >= first[2].ID {
			t.Fatalf("next page: %v, %v", rest, err)
		}
		if err := w.Notify.MarkRead(ctx, ben, first[0].ID); !errs.Is(err, errs.KindNotFound) {
			t.Errorf("read by another: %v", err)
		}
		if _, err := w.Notify.Items(ctx, ben, first[0].ID); !errs.Is(err, errs.KindNotFound) {
			t.Errorf("items for another: %v", err)
		}
		for range 2 {
			if err := w.Notify.MarkRead(ctx, ann, first[0].ID); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := w.Notify.Unread(ctx, ann); err != nil || n != 4 {
			t.Errorf("%d unread, %v", n, err)
		}
		if err := w.Notify.MarkAllRead(ctx, ann, first[1].ID); err != nil {
			t.Fatal(err)
		}
		if n, err := w.Notify.Unread(ctx, ann); err != nil || n != 0 {
			t.Errorf("%d unread, %v", n, err)
		}
	})
}
