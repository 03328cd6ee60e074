package notify_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"zhigang/internal/calendar"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/mail"
	"zhigang/internal/match"
	"zhigang/internal/notify"
	"zhigang/internal/outbox"
	"zhigang/internal/queue"
	"zhigang/internal/search"
	"zhigang/internal/testserver"
)

// found makes one mail wait: a post that one person looks for.
func found(w *world, title string) (account id.ID) {
	account = w.Person()
	w.Save(account, search.Query{Text: title}, match.Instant, true)
	w.Publish(w.Draft(title))
	return account
}

func TestARefusedMailIsNotTriedAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world, c *clock.Manual) {
		w.SMTP.RefuseAt(testserver.SMTPRecipient, 550)
		found(w, "社区社工")
		w.Work()
		d := w.delivery()
		if d.State != notify.Failed || d.Attempts != 1 ||
			!strings.Contains(d.LastError, "550") || strings.Contains(d.LastError, "@") {
			t.Errorf("delivery %+v", d)
		}
		w.SMTP.Behave()
		later(c)
		w.Work()
		if n := len(w.SMTP.Messages()); n != 0 || len(w.Rows("mail.send")) != 0 {
			t.Errorf("%d mails", n)
		}
		h, err := w.Notify.Health(t.Context())
		if err != nil || h.States[notify.Failed] != 1 || len(h.Errors) != 1 || h.Errors[0].Count != 1 {
			t.Errorf("health %+v, %v", h, err)
		}
		if n, err := w.Notify.RetryFailed(t.Context(), c.Now().Add(-24*time.Hour)); err != nil || n != 1 {
			t.Errorf("retried %d, %v", n, err)
		}
		w.Work()
		if n := len(w.SMTP.Messages()); n != 1 || w.delivery().State != notify.Sent {
			t.Errorf("after the operator's retry: %d mails, %+v", n, w.delivery())
		}
	})
}

func TestATemporaryRefusalIsTriedAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world, c *clock.Manual) {
		w.SMTP.RefuseAt(testserver.SMTPMessageIn, 451)
		found(w, "社区社工")
		w.Work()
		d := w.delivery()
		if d.State != notify.Queued || d.LastError == "" {
			t.Errorf("delivery %+v", d)
		}
		if h, err := w.Notify.Health(t.Context()); err != nil || h.States[notify.Queued] != 1 || len(h.Errors) != 1 {
			t.Errorf("health %+v, %v", h, err)
		}
		w.SMTP.Behave()
		later(c)
		w.Work()
		d = w.delivery()
		if d.State != notify.Sent || d.Attempts != 2 || d.Repeats != 0 || d.LastError != "" || len(w.SMTP.Messages()) != 1 {
			t.Errorf("delivery %+v", d)
		}
	})
}

func TestAServerThatIsAwayForADayLosesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world, c *clock.Manual) {
		w.SMTP.Down()
		w.SaveAll(w.People(20), panyu, match.Instant, true)
		w.Publish(w.Draft("社区社工"))
		for range 24 {
			w.Work()
			c.Add(time.Hour + 16*time.Minute)
		}
		if n := w.Count("delivery", "state = 'queued'"); n != 20 {
			t.Errorf("%d deliveries wait", n)
		}
		if h, err := w.Notify.Health(t.Context()); err != nil || h.Oldest < 24*3600 {
			t.Errorf("health %+v, %v", h, err)
		}
		w.SMTP.Up()
		w.Work()
		if n := len(w.SMTP.Messages()); n != 20 || w.Count("delivery", "state = 'sent'") != 20 {
			t.Errorf("%d mails", n)
		}
	})
}

func TestAfterThreeDaysAMailIsGivenUp(t *testing.T) {
	each(t, func(t *testing.T, w *world, c *clock.Manual) {
		w.SMTP.RefuseAt(testserver.SMTPMessageIn, 451)
		found(w, "社区社工")
		hours := 0
		for ; w.Count("delivery", "state = 'queued'") == 1 || hours == 0; hours++ {
			w.Work()
			c.Add(time.Hour + 16*time.Minute)
			if hours > 80 {
				t.Fatal("never given up")
			}
		}
		if d := w.delivery(); d.State != notify.Failed || hours < 57 || len(w.Rows("mail.send")) != 0 {
			t.Errorf("after %d tries: %+v", hours, d)
		}
		w.SMTP.Behave()
		w.SMTP.LoseAnswers()
		found(w, "医务社工")
		for range 80 {
			w.Work()
			c.Add(time.Hour + 16*time.Minute)
		}
		if d := w.delivery(); d.State != notify.Unknown || d.Repeats < 50 {
			t.Errorf("answers lost for three days: %+v", d)
		}
	})
}

func TestAMailThatMayHaveGoneOutIsRepeatedWithTheSameMessageID(t *testing.T) {
	each(t, func(t *testing.T, w *world, c *clock.Manual) {
		for name, crash := range map[string]func(){
			"答复丢失": func() {
				w.SMTP.LoseAnswers()
				w.Work()
				w.SMTP.Behave()
			},
			"服务器答复后进程终止": func() {
				w.Handle("mail.send", func(ctx context.Context, job *outbox.Job) error {
					w.wire(dying{w.Sender})
					return w.Notify.SendMail(ctx, job)
				})
				w.Work()
				w.wire(w.Sender)
			},
		} {
			w.SMTP.Forget()
			found(w, name)
			crash()
			if d := w.delivery(); d.State != notify.Sending || d.Repeats != 0 || len(w.SMTP.Messages()) != 1 {
				t.Fatalf("%s: %+v", name, d)
			}
			later(c)
			w.Work()
			got := w.SMTP.Messages()
			if len(got) != 2 || got[0].MessageID == "" || got[0].MessageID != got[1].MessageID ||
				got[0].Header.Get("Date") != got[1].Header.Get("Date") {
				t.Fatalf("%s: %d mails", name, len(got))
			}
			if d := w.delivery(); d.State != notify.Sent || d.Repeats != 1 || d.Attempts != 2 {
				t.Errorf("%s: %+v", name, d)
			}
			later(c)
			w.Work()
			if n := len(w.SMTP.Messages()); n != 2 {
				t.Errorf("%s: %d mails", name, n)
			}
		}
	})
}

// dying is a Sender whose process dies as soon as the server has said yes.
type dying struct{ mail.Sender }

func (d dying) Send(ctx context.Context, m mail.Message) error {
	if err := d.Sender.Send(ctx, m); err != nil {
		return err
	}
	panic("killed between the server's yes and our commit")
}

func TestAServerThatHangsHoldsUpOnlyMail(t *testing.T) {
	each(t, func(t *testing.T, w *world, c *clock.Manual) {
		d := queue.NewInline(w.Outbox, queue.Mux(w.Outbox, w.Handlers()), slog.New(slog.DiscardHandler))
		w.Outbox.OnAdd(d.Wake)
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() {
			if err := d.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		w.SMTP.Delay(time.Minute)
		people := w.People(20) // more than there are workers for mail
		w.SaveAll(people, panyu, match.Instant, true)
		for n, title := range []string{"社区社工", "医务社工"} {
			w.Publish(w.Draft(title))
			deadline := time.Now().Add(20 * time.Second)
			for w.Count("match", "notice_id IS NOT NULL") < 20*(n+1) {
				if time.Now().After(deadline) {
					t.Fatalf("%s: %d people were told", title, w.Count("notice", "kind = 'match'"))
				}
				time.Sleep(20 * time.Millisecond) // looking at what other goroutines do
			}
		}
		if n := w.Count("delivery", "state IN ('queued', 'sending')"); n != 40 || len(w.SMTP.Messages()) != 0 {
			t.Errorf("%d mails wait", n)
		}
		cancel()
		w.SMTP.Down() // ends the talks that hang
		running.Wait()
		w.SMTP.Behave()
		w.SMTP.Up()
		later(c)
		w.Work()
		if n := len(w.SMTP.Messages()); n != 40 {
			t.Errorf("%d mails", n)
		}
	})
}

func TestUnsubscribingNeedsTheLinkOfTheMail(t *testing.T) {
	each(t, func(t *testing.T, w *world, _ *clock.Manual) {
		ann := found(w, "社区社工")
		other := w.Save(w.Person(), panyu, match.Daily, true)
		w.Work()
		link := strings.Trim(w.SMTP.Wait(1, 5*time.Second)[0].Header.Get("List-Unsubscribe"), "<>")
		token, ok := strings.CutPrefix(link, "https://zhigang.example/unsubscribe/")
		if !ok {
			t.Fatalf("link %q", link)
		}
		_, signature, _ := strings.Cut(token, ".")
		for _, bad := range []string{
			"", "x", token + "x", other.ID.String() + "." + signature, other.ID.String(), strings.ToLower(token),
		} {
			if err := w.Notify.Unsubscribe(t.Context(), bad); !errs.Is(err, errs.KindNotFound) {
				t.Errorf("token %q: %v", bad, err)
			}
		}
		saved, err := w.Notify.UnsubscribeInfo(t.Context(), token)
		if err != nil || saved.Search.Account != ann || !saved.Mailed {
			t.Fatalf("looking at the link: %+v, %v", saved, err)
		}
		for range 2 { // mail programs press twice
			if err := w.Notify.Unsubscribe(t.Context(), token); err != nil {
				t.Fatal(err)
			}
		}
		w.Publish(w.Draft("另一个社区社工岗位"))
		w.Work()
		if mails, notices := len(w.mails(ann)), len(w.inbox(ann)); mails != 1 || notices != 2 {
			t.Errorf("%d mails, %d notices", mails, notices)
		}
	})
}

// Nobody asked for a weekly mail: whoever wants no more of it says so with the link in it, and may have it again.
func TestAWeeklyMailEndsByItsLink(t *testing.T) {
	each(t, func(t *testing.T, w *world, c *clock.Manual) {
		ann, ben := w.Person(), w.Person()
		next := id.ID(100)
		week := func() {
			for _, k := range []notify.Kind{notify.ReportPerson, notify.ReportOrg} {
				next++
				r := notify.Report{ID: next, Kind: k, Scope: w.Home.ID.String(), Week: calendar.WeekOf(c.Now())}
				w.Write(func(ctx context.Context, tx *db.Tx) error { return w.Notify.ReportReady(ctx, tx, []id.ID{ann, ben}, r) })
			}
		}
		week()
		w.Work()
		if a, b := len(w.mails(ann)), len(w.mails(ben)); a != 2 || b != 2 {
			t.Fatalf("%d and %d mails", a, b)
		}
		token := ""
		for _, m := range w.SMTP.Messages() {
			link := strings.Trim(m.Header.Get("List-Unsubscribe"), "<>")
			if m.Header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" || !strings.Contains(m.Text, link) {
				t.Errorf("%v", m.Header)
			}
			if strings.Contains(link, "/person-"+ann.String()) {
				token = strings.TrimPrefix(link, "https://zhigang.example/unsubscribe/")
			}
		}
		for _, bad := range []string{token + "x", strings.Replace(token, "person", "org", 1), strings.Replace(token, ann.String(), ben.String(), 1)} {
			if err := w.Notify.Unsubscribe(t.Context(), bad); !errs.Is(err, errs.KindNotFound) {
				t.Errorf("token %q: %v", bad, err)
			}
		}
		w.SMTP.Down()
		week() // one is on its way when she says so
		w.Work()
		for range 2 {
			if err := w.Notify.Unsubscribe(t.Context(), token); err != nil {
				t.Fatal(err)
			}
		}
		w.SMTP.Up()
		later(c)
		week()
		w.Work()
		if a, b := len(w.mails(ann)), len(w.mails(ben)); a != 4 || b != 6 {
			t.Errorf("%d and %d mails: hers are to be those of the organization only", a, b)
		}
		if n := len(w.inbox(ann)); n != 6 {
			t.Errorf("the inbox holds %d", n)
		}
		if sub, err := w.Notify.UnsubscribeInfo(t.Context(), token); err != nil || sub.Mailed || sub.Kind != notify.ReportPerson {
			t.Errorf("%+v, %v", sub, err)
		}
		if err := w.Notify.Resubscribe(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		week()
		w.Work()
		if a := len(w.mails(ann)); a != 6 {
			t.Errorf("%d mails after all", a)
		}
	})
}

func TestAForgottenPasswordIsSetWithTheNewestMail(t *testing.T) {
	each(t, func(t *testing.T, w *world, c *clock.Manual) {
		ctx, ann := t.Context(), w.Person()
		contact, err := w.Accounts.Contact(ctx, w.DB, ann)
		if err != nil {
			t.Fatal(err)
		}
		token := func(n int) string {
			_, after, _ := strings.Cut(w.SMTP.Wait(n, 5*time.Second)[n-1].Text, "https://zhigang.example/password/")
			return strings.Fields(after)[0]
		}
		for _, login := range []string{"nobody@example.org", "not a login", contact.Email} {
			if err := w.Notify.AskReset(ctx, login); err != nil {
				t.Fatalf("%s: %v", login, err)
			}
		}
		w.SMTP.LoseAnswers()
		w.Work()
		w.SMTP.Behave()
		c.Add(time.Minute)
		w.Work()
		if n := len(w.SMTP.Messages()); n != 2 || len(w.inbox(ann)) != 0 {
			t.Fatalf("%d mails", n)
		}
		if err := w.Accounts.Reset(ctx, token(1), "a new and long password"); !errs.Is(err, errs.KindNotFound) {
			t.Errorf("the older mail: %v", err)
		}
		if err := w.Accounts.Reset(ctx, token(2), "a new and long password"); err != nil {
			t.Errorf("the newest mail: %v", err)
		}
		w.SMTP.Down()
		if err := w.Notify.AskReset(ctx, contact.Email); err != nil {
			t.Fatal(err)
		}
		w.Work()
		w.SMTP.Up()
		later(c) // the link has run out by now
		w.Work()
		if n := len(w.SMTP.Messages()); n != 2 || w.delivery().State != notify.Dropped {
			t.Errorf("%d mails, %+v", n, w.delivery())
		}
	})
}
