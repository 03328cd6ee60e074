// Package matchtest adds to a worldtest.World what the tests of matching and of notices need: one organization, saved
// searches, posts in bulk, and tasks that are run by hand.
package matchtest

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/id"
	"zhigang/internal/lexicon"
	"zhigang/internal/match"
	"zhigang/internal/org"
	"zhigang/internal/outbox"
	"zhigang/internal/position"
	"zhigang/internal/queue"
	"zhigang/internal/search"
	"zhigang/internal/worldtest"
)

// World is a worldtest.World with one approved organization in its district.
type World struct {
	*worldtest.World
	Lexicon  *lexicon.Service
	Matches  *match.Service
	Home     org.Org
	Owner    auth.Actor // owns Home
	handlers map[string]outbox.Handler
	queues   []string // that Work looks at
	people   int
}

// Task returns a task of the fast queue.
func Task(name string) outbox.Task {
	return outbox.Task{Name: name, Queue: queue.Fast, Timeout: time.Minute, MaxAttempts: 5}
}

// Reactions are the tasks that follow the facts of matching. Tests of other packages add theirs.
func Reactions() map[outbox.Fact][]outbox.Task {
	find := []outbox.Task{Task("match.position")}
	return map[outbox.Fact][]outbox.Task{
		position.PublishedFact: find, position.ChangedFact: find, match.FoundFact: {Task(match.DeliverTask)},
	}
}

// New makes a World in d, whose outbox answers with reactions and knows the tasks others, which no fact starts.
func New(
	t testing.TB, d *db.DB, c *clock.Manual, reactions map[outbox.Fact][]outbox.Task, others ...outbox.Task,
) *World {
	t.Helper()
	o := outbox.New(d, reactions, append(others, Task("match.digest"), Task("match.remind"), Task(match.PartTask))...)
	w := &World{World: worldtest.New(t, d, c, o), queues: []string{queue.Fast, queue.Mail}}
	w.Lexicon = lexicon.New(d, w.Tree, slog.New(slog.DiscardHandler))
	w.Matches = match.New(d, o, search.Reader{Tree: w.Tree, Lexicon: w.Lexicon.Current}, slog.New(slog.DiscardHandler))
	w.handlers = map[string]outbox.Handler{"match.position": w.Matches.MatchPosition, "match.digest": w.Matches.Digests, "match.remind": w.Matches.Remind}
	w.Home, w.Owner = w.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	return w
}

// Divide lets saved searches be matched in parts.
func (w *World) Divide(of int) {
	w.Matches.Divide(of)
	w.handlers[match.PartTask] = w.Matches.MatchPart
	for _, p := range outbox.Parts(of) {
		w.queues = append(w.queues, p.Queue())
	}
}

// Handle sets the handler of a task.
func (w *World) Handle(task string, h outbox.Handler) { w.handlers[task] = h }

// Handlers returns the handlers by task, for a dispatcher.
func (w *World) Handlers() map[string]outbox.Handler { return w.handlers }

// Write runs fn in a transaction that must succeed.
func (w *World) Write(fn func(ctx context.Context, tx *db.Tx) error) {
	w.T.Helper()
	ctx := w.T.Context()
	if err := w.DB.Write(ctx, func(tx *db.Tx) error { return fn(ctx, tx) }); err != nil {
		w.T.Fatal(err)
	}
}

// People makes n accounts with e-mail addresses, in one transaction.
func (w *World) People(n int) []id.ID {
	w.T.Helper()
	accounts := make([]id.ID, n)
	w.Write(func(ctx context.Context, tx *db.Tx) (err error) {
		for k := range accounts {
			w.people++
			login := auth.Login{Kind: auth.Email, Value: fmt.Sprintf("p%d@example.org", w.people)}
			if accounts[k], err = w.Accounts.Seed(ctx, tx, fmt.Sprintf("张%d", w.people), "-", login); err != nil {
				return err
			}
		}
		return nil
	})
	return accounts
}

// Person makes an account with an e-mail address.
func (w *World) Person() id.ID { return w.People(1)[0] }

// Draft returns a post of Home that is on show, as Publish will write it.
func (w *World) Draft(title string) position.Position {
	p := position.Position{
		OrgID: w.Home.ID, Content: w.Content(position.Job, title), State: position.Published,
		ReviewFields: db.AsJSON(map[string]string{}), Version: 1,
	}
	p.Employment, p.Source = "labor_contract", "direct"
	p.PayMonthMin, p.PayMonthMax = p.Pay.Monthly()
	return p
}

// Publish writes posts and says that they are on show, as an import does.
func (w *World) Publish(drafts ...position.Position) []id.ID {
	w.T.Helper()
	ids := make([]id.ID, len(drafts))
	w.Write(func(ctx context.Context, tx *db.Tx) error {
		for n, p := range drafts {
			p.ID, p.CreatedAt, p.UpdatedAt, p.PublishedAt = tx.NewID(), db.At(tx.Now), db.At(tx.Now), db.At(tx.Now)
			drafts[n], ids[n] = p, p.ID
		}
		if err := db.InsertAll(ctx, tx, "position", drafts); err != nil {
			return err
		}
		return w.Outbox.AddAll(ctx, tx, position.PublishedFact, ids)
	})
	return ids
}

// SetState moves a post, as an edit or a closing would, and tells nobody.
func (w *World) SetState(p id.ID, state position.State) {
	w.T.Helper()
	w.Write(func(ctx context.Context, tx *db.Tx) error {
		return tx.One(ctx, `UPDATE position SET state = ? WHERE id = ?`, state, p)
	})
}

// Applied notes that a person has applied for a post of Home, and tells nobody.
func (w *World) Applied(p, person id.ID) {
	w.T.Helper()
	w.Write(func(ctx context.Context, tx *db.Tx) error {
		consent, application := tx.NewID(), tx.NewID()
		if _, err := tx.Exec(ctx, `INSERT INTO consent (id, account_id, purpose, receiver, org_id, fields, version, at)
			VALUES (?, ?, 'apply', '', ?, '[]', '', ?)`, consent, person, w.Home.ID, db.At(tx.Now)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO application (id, position_id, org_id, person_id, consent_id, state, message, sent, answer_by,
				created_at, updated_at, version)
			VALUES (?, ?, ?, ?, ?, 'received', '', ?, '2026-11-27', ?, ?, 1)`,
			application, p, w.Home.ID, person, consent, []byte{1}, db.At(tx.Now), db.At(tx.Now))
		return err
	})
}

// Fact says that fact is true of subject.
func (w *World) Fact(fact outbox.Fact, subject id.ID) {
	w.T.Helper()
	w.Write(func(ctx context.Context, tx *db.Tx) error { return w.Outbox.Add(ctx, tx, fact, subject) })
}

// Save saves a search for an account.
func (w *World) Save(account id.ID, q search.Query, every match.Every, byMail bool) match.SavedSearch {
	w.T.Helper()
	saved, _, err := w.Matches.Save(w.T.Context(), auth.Actor{Account: account}, q, every, byMail)
	if err != nil {
		w.T.Fatal(err)
	}
	return saved
}

// SaveAll saves one search for each of many accounts, as Save does, in one transaction.
func (w *World) SaveAll(accounts []id.ID, q search.Query, every match.Every, byMail bool) {
	w.T.Helper()
	w.Write(func(ctx context.Context, tx *db.Tx) error {
		rows := make([]match.SavedSearch, len(accounts))
		for n, account := range accounts {
			rows[n] = match.SavedSearch{
				ID: tx.NewID(), Account: account, Query: q.Criteria().Encode(), Every: every, ByMail: db.Bool(byMail),
				ExpiresAt: db.At(tx.Now.AddDate(1, 0, 0)), NextAt: db.At(tx.Now), CreatedAt: db.At(tx.Now), Version: 1,
			}
		}
		return db.InsertAll(ctx, tx, "saved_search", rows)
	})
}

// Slot asks for a periodic task.
func (w *World) Slot(task string) {
	w.T.Helper()
	if _, err := w.Outbox.AddSlot(w.T.Context(), task, w.Clock.Now()); err != nil {
		w.T.Fatal(err)
	}
}

// Work runs all tasks that are due and have a handler, and those that they lead to, each once.
func (w *World) Work() {
	w.T.Helper()
	seen := map[id.ID]bool{}
	for {
		var due []outbox.Ref
		for _, name := range w.queues {
			refs, err := w.Outbox.Due(w.T.Context(), name, 10000)
			if err != nil {
				w.T.Fatal(err)
			}
			due = append(due, refs...)
		}
		ran := false
		for _, ref := range due {
			h, known := w.handlers[ref.Task]
			if !known || seen[ref.ID] {
				continue
			}
			seen[ref.ID], ran = true, true
			if err := w.Outbox.Run(w.T.Context(), ref.ID, h); err != nil {
				w.T.Fatal(err)
			}
		}
		if !ran {
			return
		}
	}
}

// Rows lists the rows of a task that are neither done nor dead, with their last errors.
func (w *World) Rows(task string) []outbox.Row {
	w.T.Helper()
	rows := []outbox.Row{}
	err := w.DB.Select(w.T.Context(), &rows, `
		SELECT `+db.Columns[outbox.Row]("o")+` FROM outbox o
		WHERE task = ? AND state IN ('ready', 'sent', 'running') ORDER BY id`, task)
	if err != nil {
		w.T.Fatal(err)
	}
	return rows
}

// Count counts the rows of table for which where holds.
func (w *World) Count(table, where string, args ...any) int {
	w.T.Helper()
	var n int
	if err := w.DB.Get(w.T.Context(), &n, `SELECT COUNT(*) FROM `+table+` WHERE `+where, args...); err != nil {
		w.T.Fatal(err)
	}
	return n
}
