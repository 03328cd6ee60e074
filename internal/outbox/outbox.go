// Package outbox keeps what must still happen: a row per reaction to a fact, written in the transaction that made the
// fact true. The table is the truth of pending work; queues only carry its ids.
//
// The life of a row:
//
//	ready ──claim──▶ sent ──start──▶ running ──finish──▶ done
//	  ▲                │ lease over     │ failed, or lease over
//	  └────────────────┴────────────────┘   …after MaxAttempts: dead
//
// A run that failed because a server we need did not answer, or because the program was stopped, does not count as an
// attempt: nothing is wrong with the row.
package outbox

import (
	"context"
	"fmt"
	"slices"
	"time"

	"zhigang/internal/db"
	"zhigang/internal/edition"
	"zhigang/internal/id"
)

// Fact is something that became true, named noun.verb in the past: "position.published".
type Fact string

// Task is a reaction to a fact, named area.verb: "match.position". Its handler gets the subject's id, nothing else.
type Task struct {
	Name string
	// Queue is the pool that runs the task, so that slow mail never holds up anything else.
	Queue string
	// Timeout bounds one run of the handler.
	Timeout time.Duration
	// MaxAttempts is how often the task is tried before it is dead and a person must look.
	MaxAttempts int
	// Public says that everybody sees something else when it is asked for, and again when it is done: see edition.
	Public bool
	// Whole is, of a task whose rows are divided into parts, the task that divides them.
	Whole string
}

// Outbox writes rows and leads them through their states.
type Outbox struct {
	db        *db.DB
	reactions map[Fact][]Task
	tasks     map[string]Task
	wake      func(queues []string)
	failed    func(Failure)
}

// Failure says how a run of a row failed. Row is as it was during the run.
type Failure struct {
	Row
	Err error
	// Dead says that the row was given up.
	Dead bool
}

// Lease is how long a dispatcher or a handler may stay silent before its row goes back to ready.
const Lease = 30 * time.Second

// New returns an Outbox that answers each fact with its reactions. scheduled are the tasks that no fact starts.
func New(d *db.DB, reactions map[Fact][]Task, scheduled ...Task) *Outbox {
	o := &Outbox{db: d, reactions: reactions, tasks: map[string]Task{}, wake: func([]string) {}, failed: func(Failure) {}}
	for _, list := range reactions {
		scheduled = append(scheduled, list...)
	}
	for _, t := range scheduled {
		o.tasks[t.Name] = t
	}
	return o
}

// OnAdd calls fn after each commit that added rows, with the queues they are in, so that a dispatcher in this process need
// not wait for its next look at the table. Call it before the first Add.
func (o *Outbox) OnAdd(fn func(queues []string)) { o.wake = fn }

// OnFailure calls fn after each run that failed, for the log: Run itself succeeds when it has written the failure down.
// Call it before the first Run.
func (o *Outbox) OnFailure(fn func(Failure)) { o.failed = fn }

// Row is one reaction that must happen, or has happened.
type Row struct {
	ID          id.ID   `db:"id"`
	Fact        Fact    `db:"fact"`
	Task        string  `db:"task"`
	Queue       string  `db:"queue"`
	Subject     id.ID   `db:"subject"`
	State       string  `db:"state"`
	Attempts    int     `db:"attempts"`
	AvailableAt db.Time `db:"available_at"`
	LeaseToken  id.ID   `db:"lease_token"`
	LeaseUntil  db.Time `db:"lease_until"`
	LastError   string  `db:"last_error"`
	CreatedAt   db.Time `db:"created_at"`
	DoneAt      db.Time `db:"done_at"`
}

// Add notes that fact is true of subject: one row for each reaction, and none where nothing reacts.
func (o *Outbox) Add(ctx context.Context, tx *db.Tx, fact Fact, subject id.ID) error {
	var rows []Row
	for _, t := range o.reactions[fact] {
		rows = append(rows, newRow(tx, fact, t, subject, tx.Now))
	}
	return o.insert(ctx, tx, rows)
}

// AddAll is Add for many subjects at once.
func (o *Outbox) AddAll(ctx context.Context, tx *db.Tx, fact Fact, subjects []id.ID) error {
	var rows []Row
	for _, subject := range subjects {
		for _, t := range o.reactions[fact] {
			rows = append(rows, newRow(tx, fact, t, subject, tx.Now))
		}
	}
	return o.insert(ctx, tx, rows)
}

// AddTask asks for one task directly, not before at: periodic work and retries by hand come this way.
func (o *Outbox) AddTask(ctx context.Context, tx *db.Tx, name string, subject id.ID, at time.Time) (id.ID, error) {
	t, ok := o.tasks[name]
	if !ok {
		return 0, fmt.Errorf("outbox: no task is named %q", name)
	}
	row := newRow(tx, "", t, subject, at)
	return row.ID, o.insert(ctx, tx, []Row{row})
}

func newRow(tx *db.Tx, fact Fact, t Task, subject id.ID, at time.Time) Row {
	return Row{
		ID: tx.NewID(), Fact: fact, Task: t.Name, Queue: t.Queue, Subject: subject,
		State: "ready", AvailableAt: db.At(at), CreatedAt: db.At(tx.Now),
	}
}

func (o *Outbox) insert(ctx context.Context, tx *db.Tx, rows []Row) error {
	if len(rows) == 0 {
		return nil
	}
	var queues []string
	for _, r := range rows {
		if !slices.Contains(queues, r.Queue) {
			queues = append(queues, r.Queue)
		}
	}
	tx.OnCommit(func() { o.wake(queues) })
	if slices.ContainsFunc(rows, func(r Row) bool { return o.tasks[r.Task].Public }) {
		if err := edition.Next(ctx, tx); err != nil {
			return err
		}
	}
	return db.InsertAll(ctx, tx, "outbox", rows)
}

// Tasks lists all tasks by name.
func (o *Outbox) Tasks() map[string]Task { return o.tasks }
