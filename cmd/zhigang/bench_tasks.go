package main

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/hibiken/asynq"

	"zhigang/internal/clock"
	"zhigang/internal/config"
	"zhigang/internal/db"
	"zhigang/internal/id"
	"zhigang/internal/match"
	"zhigang/internal/queue"
	"zhigang/migrations"
)

// prepare makes the tables in an empty database, and refuses one of somebody's.
func prepare(ctx context.Context, e *env, cfg config.Config) error {
	d, err := db.Open(ctx, db.Options{URL: cfg.DatabaseURL, Clock: e.clock})
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	tables, err := db.Tables(ctx, d)
	if err == nil && len(tables) > 0 {
		err = e.wrong("bench_not_empty")
	}
	if err == nil {
		_, err = d.Migrate(ctx, migrations.FS)
	}
	return err
}

// inbox publishes a post of which many are told at once in their inbox, beside asynq carrying as many tasks that do nothing.
func (m *notifyMeter) inbox(ctx context.Context) error {
	m.step("bench_telling", m.Mails)
	who, err := m.town.watch(ctx, "zgtell", m.Mails, match.Instant, false)
	if err != nil {
		return err
	}
	seconds, err := m.publish(ctx, "zgtell", func(post id.ID) condition { return m.all(post, who, inInbox) })
	if err != nil {
		return err
	}
	f := figure{Name: "notify.inbox.rate", Value: float64(m.Mails) / seconds, Unit: "notices/s", N: m.Mails}
	if m.Redis != "" {
		raw, err := rawTasks(ctx, m.Redis, m.Mails)
		if err != nil {
			return err
		}
		f = f.against("asynq.rate", raw)
	}
	m.show(f)
	return nil
}

// rawTasks lets asynq carry n tasks that do nothing, and returns how many a second.
func rawTasks(ctx context.Context, url string, n int) (rate float64, err error) {
	const name = "bench"
	opt, err := asynq.ParseRedisURI(url)
	if err != nil {
		return 0, err
	}
	var done atomic.Int64
	server := asynq.NewServer(opt, asynq.Config{Concurrency: queue.Pools()[0].Workers, Queues: map[string]int{name: 1}, LogLevel: asynq.ErrorLevel})
	if err := server.Start(asynq.HandlerFunc(func(context.Context, *asynq.Task) error { done.Add(1); return nil })); err != nil {
		return 0, err
	}
	defer server.Shutdown()
	client := asynq.NewClient(opt)
	inspector := asynq.NewInspector(opt)
	defer func() {
		err = errors.Join(err, client.Close(), inspector.DeleteQueue(name, true), inspector.Close())
	}()
	took := clock.Stopwatch()
	for range n {
		if _, err := client.EnqueueContext(ctx, asynq.NewTask(name, nil), asynq.Queue(name), asynq.Retention(0)); err != nil {
			return 0, err
		}
	}
	err = until(ctx, func() (bool, error) { return int(done.Load()) >= n, nil })
	return float64(n) / took().Seconds(), err
}
