package notify_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"zhigang/internal/application"
	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/mail"
	"zhigang/internal/match"
	"zhigang/internal/match/matchtest"
	"zhigang/internal/notify"
	"zhigang/internal/org"
	"zhigang/internal/outbox"
	"zhigang/internal/position"
	"zhigang/internal/queue"
	"zhigang/internal/search"
	"zhigang/internal/testserver"
)

func TestMain(m *testing.M) { testserver.Main(m) }

// world is a matchtest.World whose facts are told, with a mail server.
type world struct {
	*matchtest.World
	Notify *notify.Service
	SMTP   *testserver.SMTPServer
	Sender mail.Sender
	// Gateway is nil, unless a test has set one before wire.
	Gateway mail.Sender
}

func reactions() map[outbox.Fact][]outbox.Task {
	all := matchtest.Reactions()
	for fact, name := range map[outbox.Fact]string{
		application.ReceivedFact: "notify.received", application.AnsweredFact: "notify.answered",
		application.WithdrawnFact: "notify.withdrawn", application.UrgedFact: "notify.urged",
		application.ClaimedFact: "notify.claimed", application.DecidedFact: "notify.decided", org.ReviewedFact: "notify.org",
		position.PublishedFact: "notify.published", position.ReturnedFact: "notify.returned",
		position.ExpiringFact: "notify.expiring", match.ExpiringFact: "notify.search",
	} {
		all[fact] = append(all[fact], matchtest.Task(name))
	}
	send := matchtest.Task("mail.send")
	send.Queue, send.MaxAttempts = queue.Mail, 150
	all[notify.QueuedFact] = []outbox.Task{send}
	return all
}

// each runs fn on a world in every engine.
func each(t *testing.T, fn func(t *testing.T, w *world, c *clock.Manual)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) { fn(t, newWorld(t, d, c, true), c) })
}

func newWorld(t *testing.T, d *db.DB, c *clock.Manual, mailOn bool) *world {
	t.Helper()
	reset := matchtest.Task(notify.ResetTask)
	reset.Queue, reset.MaxAttempts = queue.Mail, 20
	confirm := reset
	confirm.Name = notify.ConfirmTask
	w := &world{World: matchtest.New(t, d, c, reactions(), reset, confirm)}
	w.Write(func(ctx context.Context, tx *db.Tx) error { // nobody is told how the world was made
		_, err := tx.Exec(ctx, `DELETE FROM outbox`)
		return err
	})
	if mailOn {
		w.SMTP = testserver.SMTP(t)
		var err error
		if w.Sender, err = mail.Open(w.SMTP.URL(), "志岗 <noreply@zhigang.example>"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = w.Sender.Close() })
	}
	w.wire(w.Sender)
	return w
}

// wire makes the Service with a Sender, and its handlers.
func (w *world) wire(sender mail.Sender) {
	w.T.Helper()
	var err error
	w.Notify, err = notify.New(notify.Options{
		DB: w.DB, Outbox: w.Outbox, Accounts: w.Accounts, Matches: w.Matches, Keys: w.Keys, Tree: w.Tree,
		Catalog: catalog(w.T), Sender: sender, Gateway: w.Gateway, BaseURL: "https://zhigang.example", Operator: "番禺区民政局",
	})
	if err != nil {
		w.T.Fatal(err)
	}
	for task, h := range map[string]outbox.Handler{
		match.DeliverTask: w.Notify.Found, "mail.send": w.Notify.SendMail, notify.ResetTask: w.Notify.SendReset,
		"notify.received": w.Notify.Received, "notify.answered": w.Notify.Answered, "notify.withdrawn": w.Notify.Withdrawn,
		"notify.urged": w.Notify.Urged, "notify.claimed": w.Notify.Claimed, "notify.decided": w.Notify.Decided,
		"notify.org": w.Notify.OrgReviewed, "notify.published": w.Notify.Published, "notify.returned": w.Notify.Returned,
		"notify.expiring": w.Notify.Expiring, "notify.search": w.Notify.SearchExpiring, notify.ConfirmTask: w.Notify.SendConfirm,
	} {
		w.Handle(task, h)
	}
}

// texts reads the locale files that notices and mails speak from.
func texts(t testing.TB) map[i18n.Lang]map[string]string {
	t.Helper()
	out := map[i18n.Lang]map[string]string{}
	for _, lang := range i18n.Langs() {
		out[lang] = map[string]string{}
		for _, file := range []string{"common", "match", "notice", "mail"} {
			b, err := os.ReadFile(filepath.Join(testserver.Root(), "web/locales", string(lang), file+".json"))
			if err != nil {
				t.Fatal(err)
			}
			all := map[string]string{}
			if err := json.Unmarshal(b, &all); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			for key, text := range all {
				out[lang][key] = text
			}
		}
	}
	return out
}

func catalog(t testing.TB) *i18n.Catalog {
	t.Helper()
	files := fstest.MapFS{}
	for lang, all := range texts(t) {
		b, err := json.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		files[string(lang)+"/all.json"] = &fstest.MapFile{Data: b}
	}
	c, err := i18n.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// inbox lists the kinds of an account's notices, oldest first.
func (w *world) inbox(account id.ID) []notify.Kind {
	w.T.Helper()
	all, err := w.Notify.List(w.T.Context(), auth.Actor{Account: account}, 0, 100)
	if err != nil {
		w.T.Fatal(err)
	}
	kinds := []notify.Kind{}
	for _, n := range slices.Backward(all) {
		kinds = append(kinds, n.Kind)
	}
	return kinds
}

// mails lists the subjects of the mails to an account, oldest first.
func (w *world) mails(account id.ID) []string {
	w.T.Helper()
	c, err := w.Accounts.Contact(w.T.Context(), w.DB, account)
	if err != nil {
		w.T.Fatal(err)
	}
	subjects := []string{}
	for _, m := range w.SMTP.Messages() {
		if m.To[0] == c.Email {
			subjects = append(subjects, m.Subject)
		}
	}
	return subjects
}

func (w *world) delivery() notify.Delivery {
	w.T.Helper()
	var d notify.Delivery
	if err := w.DB.Get(w.T.Context(), &d, `
		SELECT `+db.Columns[notify.Delivery]("d")+` FROM delivery d ORDER BY id DESC LIMIT 1`); err != nil {
		w.T.Fatal(err)
	}
	return d
}

var panyu = search.Query{Regions: []string{"440113"}, Text: "社会工作", PayMin: 5000}

// later moves the clock by enough for whatever waits to be tried again.
func later(c *clock.Manual) { c.Add(2 * time.Hour) }

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in:\n%s", part, text)
		}
	}
}
