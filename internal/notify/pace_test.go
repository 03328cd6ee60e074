package notify_test

import (
	"testing"
	"time"

	"zhigang/internal/clock"
	"zhigang/internal/notify"
	"zhigang/internal/testserver"
)

func TestMailsKeepThePaceOfTheirChannelAndProvider(t *testing.T) {
	each(t, func(t *testing.T, w *world, c *clock.Manual) {
		w.Notify.Paces = notify.Paces{"mail": 10 * time.Second, "mail:example.org": time.Minute, "mail:elsewhere.example": time.Hour}
		for range 4 {
			found(w, "社区社工")
		}
		w.Work()
		for minute := range 4 {
			for range 5 { // looking again does not help
				w.Work()
			}
			if n := len(w.SMTP.Messages()); n != 1+minute {
				t.Fatalf("%d mails after %d minutes", n, minute)
			}
			c.Add(59 * time.Second)
			w.Work()
			if n := len(w.SMTP.Messages()); n != 1+minute {
				t.Fatalf("%d mails a second too early", n)
			}
			c.Add(time.Second)
			w.Work()
		}
		if n := w.Count("delivery", "state = 'sent' AND attempts = 1 AND turn_at IS NULL"); n != 4 {
			t.Errorf("%d mails were sent at their first attempt", n)
		}
		if n := w.Count("outbox", "last_error <> '' OR attempts > 1"); n != 0 {
			t.Errorf("%d tasks count waiting as a failure", n)
		}
	})
}

func TestAMailThatIsTriedAgainBooksAnotherTurn(t *testing.T) {
	each(t, func(t *testing.T, w *world, c *clock.Manual) {
		w.Notify.Paces = notify.Paces{"mail": time.Hour}
		w.SMTP.RefuseAt(testserver.SMTPMessageIn, 451)
		found(w, "社区社工")
		w.Work()
		w.SMTP.Behave()
		c.Add(30 * time.Minute)
		w.Work()
		if n := len(w.SMTP.Messages()); n != 0 {
			t.Fatal("the provider is asked again within the hour")
		}
		c.Add(31 * time.Minute)
		w.Work()
		if n := len(w.SMTP.Messages()); n != 1 {
			t.Fatalf("%d mails", n)
		}
	})
}
