package outbox_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/outbox"
	"zhigang/internal/testserver"
)

func TestMain(m *testing.M) { testserver.Main(m) }

const published outbox.Fact = "thing.published"

var look = outbox.Task{Name: "look.thing", Queue: "fast", Timeout: 5 * time.Second, MaxAttempts: 3}

func newOutbox(d *db.DB) *outbox.Outbox {
	return outbox.New(d, map[outbox.Fact][]outbox.Task{published: {look}}, outbox.Task{Name: "tick.thing", Queue: "fast", Timeout: time.Second, MaxAttempts: 1})
}

func add(t *testing.T, d *db.DB, o *outbox.Outbox, subjects ...id.ID) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error { return o.AddAll(t.Context(), tx, published, subjects) })
	if err != nil {
		t.Fatal(err)
	}
}

func state(t *testing.T, d *db.DB, row id.ID) outbox.Row {
	t.Helper()
	var r outbox.Row
	if err := d.Get(t.Context(), &r, `SELECT `+db.Columns[outbox.Row]("o")+` FROM outbox o WHERE id = ?`, row); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAFactOfARolledBackTransactionIsNeverTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
		o := newOutbox(d)
		boom := errors.New("boom")
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if err := o.Add(t.Context(), tx, published, 1); err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Fatal(err)
		}
		if refs, err := o.Due(t.Context(), "fast", 10); err != nil || len(refs) != 0 {
			t.Fatalf("due: %v, %v", refs, err)
		}
	})
}

func TestTheHandlersWritesAndDoneAreOneTransaction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
		o := newOutbox(d)
		add(t, d, o, 7)
		refs, err := o.Claim(t.Context(), "fast", 10)
		if err != nil || len(refs) != 1 {
			t.Fatalf("claimed %v, %v", refs, err)
		}
		err = o.Run(t.Context(), refs[0].ID, func(ctx context.Context, job *outbox.Job) error {
			if job.Subject != 7 {
				t.Errorf("subject %v", job.Subject)
			}
			return job.Finish(ctx, func(tx *db.Tx) error { return o.Add(ctx, tx, published, 8) })
		})
		if err != nil {
			t.Fatal(err)
		}
		if r := state(t, d, refs[0].ID); r.State != "done" || r.DoneAt.IsZero() {
			t.Fatalf("row %+v", r)
		}
		ran := false
		if err := o.Run(t.Context(), refs[0].ID, func(context.Context, *outbox.Job) error { ran = true; return nil }); err != nil || ran {
			t.Fatalf("a done row ran again: %v, %v", ran, err)
		}
		if refs, _ := o.Due(t.Context(), "fast", 10); len(refs) != 1 {
			t.Fatalf("the fact of the handler: %v", refs)
		}
	})
}

func TestFailuresWaitAndEndDead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		o := newOutbox(d)
		add(t, d, o, 1)
		row := mustDue(t, o)
		for attempt := 1; attempt <= look.MaxAttempts; attempt++ {
			if err := o.Run(t.Context(), row, func(context.Context, *outbox.Job) error { panic("poison") }); err != nil {
				t.Fatal(err)
			}
			if refs, _ := o.Due(t.Context(), "fast", 10); len(refs) != 0 {
				t.Fatal("a failed row is due at once")
			}
			c.Add(time.Hour)
		}
		r := state(t, d, row)
		if r.State != "dead" || r.Attempts != 3 || r.LastError == "" {
			t.Fatalf("row %+v", r)
		}
		if err := o.Retry(t.Context(), row); err != nil {
			t.Fatal(err)
		}
		if mustDue(t, o) != row {
			t.Fatal("the row is not due again")
		}
		if err := o.Retry(t.Context(), row); !errs.Is(err, errs.KindConflict) {
			t.Fatalf("retry of a row that is not dead: %v", err)
		}
	})
}

func mustDue(t *testing.T, o *outbox.Outbox) id.ID {
	t.Helper()
	refs, err := o.Due(t.Context(), "fast", 10)
	if err != nil || len(refs) != 1 {
		t.Fatalf("due: %v, %v", refs, err)
	}
	return refs[0].ID
}

func TestWhatCanNeverSucceedIsDeadAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
		o := newOutbox(d)
		add(t, d, o, 1)
		row := mustDue(t, o)
		if err := o.Run(t.Context(), row, func(context.Context, *outbox.Job) error { return errs.Invalid("x") }); err != nil {
			t.Fatal(err)
		}
		if r := state(t, d, row); r.State != "dead" {
			t.Fatalf("row %+v", r)
		}
	})
}

// A handler that sleeps through its lease must not write what the run after it has written already.
func TestAZombieCannotFinish(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
		o := newOutbox(d)
		add(t, d, o, 1)
		row := mustDue(t, o)
		err := o.Run(t.Context(), row, func(ctx context.Context, zombie *outbox.Job) error {
			if err := d.Write(ctx, func(tx *db.Tx) error { // the lease runs out
				return tx.One(ctx, `UPDATE outbox SET lease_until = 1 WHERE id = ?`, row)
			}); err != nil {
				t.Fatal(err)
			}
			if err := o.Run(ctx, row, func(context.Context, *outbox.Job) error { return nil }); err != nil {
				t.Fatal(err)
			}
			err := zombie.Finish(ctx, func(tx *db.Tx) error { return o.Add(ctx, tx, published, 99) })
			if !errs.Is(err, errs.KindConflict) {
				t.Fatalf("the zombie finished: %v", err)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if r := state(t, d, row); r.State != "done" || r.LastError != "" {
			t.Fatalf("row %+v", r)
		}
		if refs, _ := o.Due(t.Context(), "fast", 10); len(refs) != 0 {
			t.Fatalf("what the zombie wrote stands: %v", refs)
		}
	})
}

func TestEachRowIsClaimedByOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
		o := newOutbox(d)
		subjects := make([]id.ID, 300)
		for n := range subjects {
			subjects[n] = id.ID(n + 1)
		}
		add(t, d, o, subjects...)
		var claimed sync.Map
		var total atomic.Int64
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() {
				for {
					refs, err := o.Claim(t.Context(), "fast", 17)
					if err != nil {
						t.Error(err)
						return
					}
					if len(refs) == 0 {
						return
					}
					for _, ref := range refs {
						if _, twice := claimed.LoadOrStore(ref.ID, true); twice {
							t.Errorf("%v was claimed twice", ref.ID)
						}
						total.Add(1)
					}
				}
			})
		}
		all.Wait()
		// Claimers may pass each other's locked rows and stop early; what is left is claimed now.
		rest, err := o.Claim(t.Context(), "fast", 300)
		if err != nil {
			t.Fatal(err)
		}
		if got := total.Load() + int64(len(rest)); got != 300 {
			t.Fatalf("%d rows claimed", got)
		}
	})
}

func TestSiblingsAreDoneTogether(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
		o := newOutbox(d)
		add(t, d, o, 1, 2, 3, 4)
		refs, err := o.Due(t.Context(), "fast", 10)
		if err != nil {
			t.Fatal(err)
		}
		err = o.Run(t.Context(), refs[0].ID, func(ctx context.Context, job *outbox.Job) error {
			subjects, err := job.Siblings(ctx, 100)
			if err != nil || len(subjects) != 4 {
				t.Fatalf("siblings %v, %v", subjects, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, ref := range refs {
			if r := state(t, d, ref.ID); r.State != "done" {
				t.Errorf("row %+v", r)
			}
		}
	})
}

func TestASlotIsAskedForOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
		o := newOutbox(d)
		slot := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
		var added atomic.Int64
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				ok, err := o.AddSlot(t.Context(), "tick.thing", slot)
				if err != nil {
					t.Error(err)
				}
				if ok {
					added.Add(1)
				}
			})
		}
		all.Wait()
		if added.Load() != 1 {
			t.Fatalf("added %d times", added.Load())
		}
		last, err := o.LastSlot(t.Context(), "tick.thing")
		if err != nil || !last.Equal(slot) {
			t.Fatalf("last slot %v, %v", last, err)
		}
		err = o.Run(t.Context(), mustDue(t, o), func(_ context.Context, job *outbox.Job) error {
			if !outbox.SlotOf(job).Equal(slot) {
				t.Errorf("slot %v", outbox.SlotOf(job))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
