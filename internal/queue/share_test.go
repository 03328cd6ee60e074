package queue_test

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hibiken/asynq"

	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/id"
	"zhigang/internal/outbox"
	"zhigang/internal/queue"
	"zhigang/internal/testserver"
)

const parts = 4

// sharer is a worker process that shares parts with others.
type sharer struct {
	mu   sync.Mutex
	held []outbox.Part
	did  map[outbox.Part]int
	stop func()
}

func (s *sharer) parts() []outbox.Part {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held
}

// done counts what it has done of its own parts, and of others'.
func (s *sharer) done() (own, others int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for p, n := range s.did {
		if slices.Contains(s.held, p) {
			own += n
		} else {
			others += n
		}
	}
	return own, others
}

// dividing is an outbox whose task is divided into parts, over Redis.
type dividing struct {
	*bench
	subjects id.ID
}

func (d *dividing) join() *sharer {
	d.t.Helper()
	s := &sharer{did: map[outbox.Part]int{}}
	mux := queue.Mux(d.outbox, map[string]outbox.Handler{
		"whole.thing": func(ctx context.Context, job *outbox.Job) error {
			return job.Finish(ctx, func(tx *db.Tx) error { return d.outbox.Divide(ctx, tx, "part.thing", []id.ID{job.Subject}, parts) })
		},
		"part.thing": func(_ context.Context, job *outbox.Job) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.did[outbox.PartOf(job.Queue)]++
			return nil
		},
	})
	r, err := queue.NewRedis(d.outbox, asynq.Handler(mux), d.redis.URL, slog.New(slog.DiscardHandler))
	if err != nil {
		d.t.Fatal(err)
	}
	r.Share(queue.Shares{Parts: parts, Workers: 2, Held: func(_ context.Context, mine []outbox.Part) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.held, s.did = mine, map[outbox.Part]int{}
	}})
	s.stop = d.start(r)
	return s
}

// add asks for the work of n subjects.
func (d *dividing) add(n int) {
	d.t.Helper()
	for range n {
		d.subjects++
		if err := d.db.Write(d.t.Context(), func(tx *db.Tx) error {
			_, err := d.outbox.AddTask(d.t.Context(), tx, "whole.thing", d.subjects, tx.Now)
			return err
		}); err != nil {
			d.t.Fatal(err)
		}
	}
}

// ask asks for the work of n subjects, and waits until all parts of all work are done.
func (d *dividing) ask(n int) {
	d.t.Helper()
	d.add(n)
	want := int(d.subjects) * (1 + parts)
	d.until("all parts are done", func() bool {
		var done int
		if err := d.db.Get(d.t.Context(), &done, `SELECT COUNT(*) FROM outbox WHERE state = 'done'`); err != nil {
			d.t.Fatal(err)
		}
		return done == want
	})
}

func (d *dividing) until(what string, so func() bool) {
	d.t.Helper()
	for deadline := time.Now().Add(90 * time.Second); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			d.t.Fatal("never: " + what)
		}
	}
}

func TestPartsAreSharedAmongWhoeverWorks(t *testing.T) {
	if testing.Short() { // needs PostgreSQL and Redis
		return
	}
	database, err := db.Open(t.Context(), db.Options{URL: testserver.Postgres(t), Clock: clock.System{}})
	if err != nil {
		t.Fatal(err)
	}
	d := &dividing{bench: newBench(t, database)}
	d.redis = testserver.Redis(t)
	task := func(name, whole string) outbox.Task {
		return outbox.Task{Name: name, Queue: queue.Fast, Timeout: 10 * time.Second, MaxAttempts: 5, Whole: whole}
	}
	d.outbox = outbox.New(database, nil, task("whole.thing", ""), task("part.thing", "whole.thing"))

	first := d.join()
	d.until("one has everything", func() bool { return len(first.parts()) == parts })
	d.ask(20)
	if own, others := first.done(); own != 20*parts || others != 0 {
		t.Errorf("it did %d of its own and %d of others", own, others)
	}
	second := d.join()
	d.until("two have halves", func() bool { return len(first.parts()) == parts/2 && len(second.parts()) == parts/2 })
	d.ask(20)
	for _, s := range []*sharer{first, second} {
		if own, others := s.done(); own != 20*parts/2 || others != 0 {
			t.Errorf("one of two did %d of its own and %d of others", own, others)
		}
	}
	d.add(20) // the parts change hands while there is work
	first.stop()
	var there int
	if err := d.db.Get(t.Context(), &there, `SELECT COUNT(*) FROM worker`); err != nil || there != 1 {
		t.Errorf("%d workers on the roll after one of two has left, %v", there, err)
	}
	d.until("the other has everything", func() bool { return len(second.parts()) == parts })
	d.ask(20)
	second.stop()
}
