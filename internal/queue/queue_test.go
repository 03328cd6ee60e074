package queue_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/id"
	"zhigang/internal/outbox"
	"zhigang/internal/queue"
	"zhigang/internal/testserver"
	"zhigang/migrations"
)

func TestMain(m *testing.M) { testserver.Main(m) }

const happened outbox.Fact = "thing.happened"

// bench is an outbox with a dispatcher and handlers that note what they were given.
type bench struct {
	t      *testing.T
	db     *db.DB
	outbox *outbox.Outbox
	redis  *testserver.RedisServer
	mu     sync.Mutex
	ran    map[id.ID]int
	effect map[id.ID]int
	fail   func(subject id.ID, run int) error
	block  chan struct{}
}

func tasks() map[outbox.Fact][]outbox.Task {
	return map[outbox.Fact][]outbox.Task{happened: {
		{Name: "note.thing", Queue: queue.Fast, Timeout: 5 * time.Second, MaxAttempts: 5},
		{Name: "mail.thing", Queue: queue.Mail, Timeout: 30 * time.Second, MaxAttempts: 5},
	}}
}

// each runs fn with both dispatchers: the one in the process on SQLite, the one over Redis on PostgreSQL.
func each(t *testing.T, fn func(t *testing.T, b *bench, start func() (stop func()))) {
	t.Run("inline", func(t *testing.T) {
		d, err := db.Open(t.Context(), db.Options{URL: "sqlite://" + t.TempDir() + "/x.db", Clock: clock.System{}})
		if err != nil {
			t.Fatal(err)
		}
		b := newBench(t, d)
		fn(t, b, func() func() { return b.start(queue.NewInline(b.outbox, b.mux(), slog.New(slog.DiscardHandler))) })
	})
	if testing.Short() { // the other needs PostgreSQL and Redis
		return
	}
	t.Run("redis", func(t *testing.T) {
		d, err := db.Open(t.Context(), db.Options{URL: testserver.Postgres(t), Clock: clock.System{}})
		if err != nil {
			t.Fatal(err)
		}
		b := newBench(t, d)
		b.redis = testserver.Redis(t)
		fn(t, b, func() func() {
			r, err := queue.NewRedis(b.outbox, b.mux(), b.redis.URL, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			return b.start(r)
		})
	})
}

func newBench(t *testing.T, d *db.DB) *bench {
	t.Helper()
	t.Cleanup(func() { _ = d.Close() })
	if _, err := d.Migrate(t.Context(), migrations.FS); err != nil {
		t.Fatal(err)
	}
	return &bench{
		t: t, db: d, outbox: outbox.New(d, tasks()), ran: map[id.ID]int{}, effect: map[id.ID]int{},
		fail: func(id.ID, int) error { return nil }, block: make(chan struct{}),
	}
}

func (b *bench) mux() *asynq.ServeMux {
	return queue.Mux(b.outbox, map[string]outbox.Handler{"note.thing": b.note, "mail.thing": b.mail})
}

// note fails when it is told to, and has its effect in the transaction in which the row is done.
func (b *bench) note(ctx context.Context, job *outbox.Job) error {
	b.mu.Lock()
	b.ran[job.Subject]++
	err := b.fail(job.Subject, b.ran[job.Subject])
	b.mu.Unlock()
	if err != nil {
		return err
	}
	return job.Finish(ctx, func(tx *db.Tx) error {
		tx.OnCommit(func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.effect[job.Subject]++
		})
		return nil
	})
}

func (b *bench) mail(ctx context.Context, _ *outbox.Job) error {
	select {
	case <-b.block:
	case <-ctx.Done():
	}
	return nil
}

func (b *bench) start(d queue.Dispatcher) (stop func()) {
	b.outbox.OnAdd(d.Wake)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	return func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				b.t.Error(err)
			}
		case <-time.After(queue.Grace + 10*time.Second):
			b.t.Error("the dispatcher does not stop")
		}
	}
}

func (b *bench) add(from, to int) {
	b.t.Helper()
	var subjects []id.ID
	for n := from; n < to; n++ {
		subjects = append(subjects, id.ID(n+1))
	}
	if err := b.db.Write(b.t.Context(), func(tx *db.Tx) error { return b.outbox.AddAll(b.t.Context(), tx, happened, subjects) }); err != nil {
		b.t.Fatal(err)
	}
}

// wait returns when n subjects have had their effect, and fails when that takes too long or any had it twice.
func (b *bench) wait(n int) {
	b.t.Helper()
	deadline := time.Now().Add(90 * time.Second)
	for {
		b.mu.Lock()
		got, twice := len(b.effect), 0
		for _, times := range b.effect {
			if times > 1 {
				twice++
			}
		}
		b.mu.Unlock()
		if twice > 0 {
			b.t.Fatalf("%d effects happened twice", twice)
		}
		if got == n {
			return
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("%d of %d", got, n)
		}
		time.Sleep(20 * time.Millisecond) // polling what workers do
	}
}

func TestEveryRowHasItsEffectOnceWhileMailIsStuck(t *testing.T) {
	each(t, func(_ *testing.T, b *bench, start func() func()) {
		b.fail = func(subject id.ID, run int) error {
			if subject%10 == 0 && run == 1 {
				return errors.New("not yet")
			}
			return nil
		}
		stop := start()
		b.add(0, 100)
		b.wait(100) // although no mail task has come back
		close(b.block)
		stop()
	})
}

func TestWhatWasAddedWhileNothingRanIsDoneLater(t *testing.T) {
	each(t, func(_ *testing.T, b *bench, start func() func()) {
		close(b.block)
		b.add(0, 50)
		stop := start()
		b.wait(50)
		stop()
		b.add(50, 80)
		stop = start()
		b.wait(80)
		stop()
	})
}

func TestLosingAllOfRedisLosesNothing(t *testing.T) {
	if testing.Short() { // needs PostgreSQL and Redis
		return
	}
	each(t, func(t *testing.T, b *bench, start func() func()) {
		if b.redis == nil {
			return
		}
		close(b.block)
		opt, err := redis.ParseURL(b.redis.URL)
		if err != nil {
			t.Fatal(err)
		}
		client := redis.NewClient(opt)
		defer func() { _ = client.Close() }()
		b.fail = func(id.ID, int) error { time.Sleep(2 * time.Millisecond); return nil } // work that takes a moment
		b.add(0, 400)
		stop := start()
		for range 3 {
			time.Sleep(150 * time.Millisecond) // let some of them lie in Redis
			if err := client.FlushAll(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
		}
		b.wait(400)
		stop()
	})
}

func TestASecondDispatcherDoublesNothing(t *testing.T) {
	if testing.Short() { // needs PostgreSQL and Redis
		return
	}
	each(t, func(_ *testing.T, b *bench, start func() func()) {
		if b.redis == nil {
			return
		}
		close(b.block)
		first, second := start(), start()
		b.add(0, 200)
		b.wait(200)
		first()
		b.add(200, 300)
		b.wait(300)
		second()
	})
}

func TestABadlySetUpRedisIsRefused(t *testing.T) {
	if testing.Short() { // needs Redis
		return
	}
	r := testserver.Redis(t)
	if warnings, err := queue.CheckRedis(t.Context(), r.URL); err != nil || len(warnings) != 0 {
		t.Fatal(warnings, err)
	}
	opt, err := redis.ParseURL(r.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(opt)
	defer func() { _ = client.Close() }()
	if err := client.ConfigSet(t.Context(), "appendonly", "no").Err(); err != nil {
		t.Fatal(err)
	}
	if warnings, err := queue.CheckRedis(t.Context(), r.URL); err != nil || len(warnings) != 1 {
		t.Fatal(warnings, err)
	}
	if err := client.ConfigSet(t.Context(), "maxmemory-policy", "allkeys-lru").Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := queue.CheckRedis(t.Context(), r.URL); err == nil {
		t.Fatal("a Redis that throws tasks away is taken")
	}
	r.Kill()
	if _, err := queue.CheckRedis(t.Context(), r.URL); !errors.Is(err, queue.ErrUnreachable) {
		t.Fatal(err)
	}
}
