package outbox_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/id"
	"zhigang/internal/outbox"
)

func TestEachIDBelongsToOnePartAndPartsAreAlike(t *testing.T) {
	const ids, of = 100_000, 7
	for name, step := range map[string]id.ID{"of one moment": 1, "of one process, a second apart": 1000 << 22} {
		counts := make([]int, of)
		for n := range id.ID(ids) {
			owners := 0
			for at, p := range outbox.Parts(of) {
				if p.Has(n * step) {
					owners++
					counts[at]++
				}
			}
			if owners != 1 {
				t.Fatalf("%s: %d parts have %d", name, owners, n*step)
			}
		}
		if slices.Min(counts) < ids/of*95/100 || slices.Max(counts) > ids/of*105/100 {
			t.Errorf("%s: %v", name, counts)
		}
	}
	if !outbox.Whole().Has(12345) {
		t.Error("the whole lacks something")
	}
}

func TestAQueueNamesItsPart(t *testing.T) {
	for _, p := range outbox.Parts(12) {
		if got := outbox.PartOf(p.Queue()); got != p {
			t.Errorf("%s: %v", p.Queue(), got)
		}
	}
	for _, name := range []string{"", "fast", "match-0of4", "match-5of4", "match-xof4", "match-1"} {
		if got := outbox.PartOf(name); got != outbox.Whole() {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestEachPartHasOneOfThoseWhoAnswerTheRoll(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
		o := newOutbox(d)
		call := func(self id.ID) outbox.Roll {
			r, err := o.RollCall(t.Context(), self, 5)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		var workers []id.ID
		agree := func() {
			t.Helper()
			var all []outbox.Part
			for _, w := range workers {
				all = append(all, call(w).Mine()...)
			}
			slices.SortFunc(all, func(a, b outbox.Part) int { return a.Number - b.Number })
			if !slices.Equal(all, outbox.Parts(5)) {
				t.Errorf("%d workers have %v", len(workers), all)
			}
		}
		for range 7 { // the last two find nothing to do
			workers = append(workers, call(0).Self)
			agree()
		}
		if err := o.Leave(t.Context(), workers[2]); err != nil {
			t.Fatal(err)
		}
		workers = slices.Delete(workers, 2, 3)
		agree()
		if err := d.Write(t.Context(), func(tx *db.Tx) error { // this one has died
			return tx.One(t.Context(), `UPDATE worker SET seen_at = seen_at - ? WHERE id = ?`, 20*time.Second.Milliseconds(), workers[0])
		}); err != nil {
			t.Fatal(err)
		}
		workers = workers[1:]
		agree()
		stranger, err := o.RollCall(t.Context(), 0, 3)
		if err != nil || stranger.Of != 1 || len(stranger.Mine()) != 3 || stranger.Strangers != len(workers) {
			t.Errorf("%+v %v", stranger, err)
		}
		agree()
		if r := call(workers[0]); r.Strangers != 1 {
			t.Errorf("%+v", r)
		}
	})
}

var (
	whole = outbox.Task{Name: "match.thing", Queue: "fast", Timeout: time.Second, MaxAttempts: 3}
	part  = outbox.Task{Name: "match.part", Queue: "fast", Timeout: time.Second, MaxAttempts: 3, Whole: whole.Name}
)

func TestWhatWaitsInADivisionThatNobodyServesIsDividedAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
		o := outbox.New(d, nil, whole, part)
		ctx := t.Context()
		due := func(queue string, n int) []outbox.Ref {
			t.Helper()
			refs, err := o.Due(ctx, queue, 100)
			if err != nil || len(refs) != n {
				t.Fatalf("%s: %d, not %d %v", queue, len(refs), n, err)
			}
			return refs
		}
		redivide := func(want int) {
			t.Helper()
			if n, err := o.Redivide(ctx); err != nil || n != want {
				t.Fatalf("%d rows were taken back, not %d %v", n, want, err)
			}
		}
		old, err := o.RollCall(ctx, 0, 3)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Write(ctx, func(tx *db.Tx) error { return o.Divide(ctx, tx, part.Name, []id.ID{7, 8}, 3) }); err != nil {
			t.Fatal(err)
		}
		redivide(0) // somebody serves them
		due("match-2of3", 2)

		// That worker is stopped while one row runs elsewhere: it goes on where it is.
		began, end := make(chan struct{}), make(chan struct{})
		ended := make(chan error, 1)
		row := due("match-1of3", 2)[0]
		go func() {
			ended <- o.Run(ctx, row.ID, func(context.Context, *outbox.Job) error { close(began); <-end; return nil })
		}()
		<-began
		if err := o.Leave(ctx, old.Self); err != nil {
			t.Fatal(err)
		}
		if _, err := o.RollCall(ctx, 0, 4); err != nil { // who comes now divides otherwise
			t.Fatal(err)
		}
		redivide(5)
		redivide(0)
		for _, p := range outbox.Parts(3) {
			due(p.Queue(), 0)
		}
		for _, ref := range due("fast", 2) { // one for each subject, however many parts there were
			if ref.Task != whole.Name {
				t.Errorf("%s waits", ref.Task)
			}
		}
		close(end)
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if r := state(t, d, row.ID); r.State != "done" || r.Queue != "match-1of3" {
			t.Errorf("%+v", r)
		}
		many := make([]id.ID, 700) // more rows than are taken back in one transaction
		for n := range many {
			many[n] = id.ID(100 + n)
		}
		if err := d.Write(ctx, func(tx *db.Tx) error { return o.Divide(ctx, tx, part.Name, many, 3) }); err != nil {
			t.Fatal(err)
		}
		redivide(3 * len(many))
		var waiting int
		if err := d.Get(ctx, &waiting, `SELECT COUNT(*) FROM outbox WHERE task = ? AND state = 'ready'`, whole.Name); err != nil || waiting != 2+len(many) {
			t.Errorf("%d subjects wait to be divided again, not %d, %v", waiting, 2+len(many), err)
		}
		if outbox.PartOf("match-1of4x") != outbox.Whole() {
			t.Error("a queue of another name is taken for a part")
		}
		if err := d.Write(ctx, func(tx *db.Tx) error { return o.Divide(ctx, tx, "no.task", []id.ID{1}, 2) }); err == nil {
			t.Error("a task that nobody knows was divided")
		}
	})
}
