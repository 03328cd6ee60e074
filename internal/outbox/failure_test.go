package outbox_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/outbox"
)

// runDue runs what is due now, again and again, until nothing is.
func runDue(t *testing.T, o *outbox.Outbox, h outbox.Handler) {
	t.Helper()
	for range 1000 {
		refs, err := o.Due(t.Context(), "fast", 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(refs) == 0 {
			return
		}
		if err := o.Run(t.Context(), refs[0].ID, h); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("there is always something due")
}

func health(t *testing.T, o *outbox.Outbox) outbox.Health {
	t.Helper()
	all, err := o.Health(t.Context())
	if err != nil || len(all) > 1 {
		t.Fatalf("health %+v, %v", all, err)
	}
	if len(all) == 0 {
		return outbox.Health{}
	}
	return all[0]
}

func TestAnOutageIsNotTheRowsFault(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		o := newOutbox(d)
		var told []outbox.Failure
		o.OnFailure(func(f outbox.Failure) { told = append(told, f) })
		add(t, d, o, 1, 2, 3)
		sizes := []int{}
		down := func(ctx context.Context, job *outbox.Job) error {
			subjects, err := job.Siblings(ctx, 100)
			sizes = append(sizes, len(subjects))
			return errors.Join(err, errs.Unavailable("search.unavailable"))
		}
		const tries = 10 // more than MaxAttempts
		for range tries {
			runDue(t, o, down)
			c.Add(time.Minute)
		}
		if !slices.Equal(sizes, slices.Repeat([]int{3}, tries)) {
			t.Errorf("they were tried %v at a time", sizes)
		}
		if h := health(t, o); h.Pending != 3 || h.Failing != 3 || h.Dead != 0 || h.Oldest != tries*60 {
			t.Errorf("while it lasts: %+v", h)
		}
		if len(told) != tries || told[0].Dead || told[0].Task != look.Name || told[0].Err == nil {
			t.Errorf("%d failures were told: %+v", len(told), told)
		}
		trouble, err := o.Troubles(t.Context(), 10)
		if err != nil || len(trouble) != 1 || trouble[0].Rows != 3 || trouble[0].Error != "unavailable: search.unavailable" {
			t.Errorf("trouble %+v, %v", trouble, err)
		}
		runDue(t, o, func(ctx context.Context, job *outbox.Job) error { _, err := job.Siblings(ctx, 100); return err })
		if h := health(t, o); h != (outbox.Health{}) {
			t.Errorf("afterwards: %+v", h)
		}
	})
}

func TestOneBadRowSpoilsNoOthers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		o := newOutbox(d)
		const bad = id.ID(4)
		add(t, d, o, 1, 2, 3, bad, 5, 6)
		runs, done := 0, map[id.ID]int{}
		h := func(ctx context.Context, job *outbox.Job) error {
			runs++
			subjects, err := job.Siblings(ctx, 100)
			if err != nil {
				return err
			}
			if slices.Contains(subjects, bad) {
				return errs.Invalid("poison")
			}
			return job.Finish(ctx, func(tx *db.Tx) error {
				tx.OnCommit(func() {
					for _, s := range subjects {
						done[s]++
					}
				})
				return nil
			})
		}
		runDue(t, o, h) // nobody waits for the bad one
		for _, s := range []id.ID{1, 2, 3, 5, 6} {
			if done[s] != 1 {
				t.Errorf("%d was done %d times", s, done[s])
			}
		}
		if len(done) != 5 || runs > 10 {
			t.Errorf("%v in %d runs", done, runs)
		}
		dead, err := o.Dead(t.Context(), 10)
		if err != nil || len(dead) != 1 || dead[0].Subject != bad {
			t.Errorf("dead: %+v, %v", dead, err)
		}
		c.Add(time.Hour)
		runDue(t, o, func(context.Context, *outbox.Job) error { t.Error("something is left"); return nil })
	})
}

// A process that is killed writes nothing down: its row comes back by its lease.
func TestARowThatEndsTheProcessIsGivenUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
		o := newOutbox(d)
		var told []outbox.Failure
		o.OnFailure(func(f outbox.Failure) { told = append(told, f) })
		add(t, d, o, 1)
		row, runs := mustDue(t, o), 0
		for range look.MaxAttempts + 2 {
			if err := o.Run(t.Context(), row, func(context.Context, *outbox.Job) error {
				runs++
				return d.Write(t.Context(), func(tx *db.Tx) error { // as the next process finds it
					return tx.One(t.Context(), `UPDATE outbox SET state = 'ready', lease_token = NULL, lease_until = NULL WHERE id = ?`, row)
				})
			}); err != nil {
				t.Fatal(err)
			}
		}
		if r := state(t, d, row); r.State != "dead" || runs != look.MaxAttempts || r.LastError == "" {
			t.Errorf("after %d runs %+v", runs, r)
		}
		if len(told) != 1 || !told[0].Dead {
			t.Errorf("told %+v", told)
		}
	})
}

func TestARunThatWasStoppedIsNotCounted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
		o := newOutbox(d)
		o.OnFailure(func(f outbox.Failure) { t.Errorf("told of %+v", f) })
		add(t, d, o, 1)
		row := mustDue(t, o)
		for range look.MaxAttempts + 1 {
			ctx, stop := context.WithCancel(t.Context())
			if err := o.Run(ctx, row, func(ctx context.Context, _ *outbox.Job) error { stop(); return ctx.Err() }); err != nil {
				t.Fatal(err)
			}
			if r := state(t, d, mustDue(t, o)); r.State != "ready" || r.Attempts != 0 || r.LastError != "" {
				t.Fatalf("row %+v", r)
			}
		}
	})
}

// What takes longer than its task may is no outage, whatever the error says: it would take as long again.
func TestARunThatTakesTooLongIsCounted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
		quick := outbox.Task{Name: "quick.thing", Queue: "fast", Timeout: 20 * time.Millisecond, MaxAttempts: 1}
		o := outbox.New(d, map[outbox.Fact][]outbox.Task{published: {quick}})
		add(t, d, o, 1)
		row := mustDue(t, o)
		if err := o.Run(t.Context(), row, func(ctx context.Context, _ *outbox.Job) error {
			<-ctx.Done()
			return errs.Unavailable("search.unavailable").Because(ctx.Err())
		}); err != nil {
			t.Fatal(err)
		}
		if r := state(t, d, row); r.State != "dead" || r.Attempts != 1 {
			t.Errorf("row %+v", r)
		}
	})
}

func TestRowsWhoseLeaseIsOverAreNotInFlight(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
		o := newOutbox(d)
		add(t, d, o, 1, 2, 3)
		if refs, err := o.Claim(t.Context(), "fast", 2); err != nil || len(refs) != 2 {
			t.Fatal(refs, err)
		}
		if n, err := o.InFlight(t.Context(), "fast"); err != nil || n != 2 {
			t.Errorf("%d in flight, %v", n, err)
		}
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE outbox SET lease_until = 1 WHERE state = 'sent'`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if n, err := o.InFlight(t.Context(), "fast"); err != nil || n != 0 {
			t.Errorf("%d in flight, %v", n, err)
		}
		if refs, err := o.Claim(t.Context(), "fast", 10); err != nil || len(refs) != 3 {
			t.Errorf("claimed %v, %v", refs, err)
		}
	})
}
