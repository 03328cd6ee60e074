package queue_test

import (
	"context"
	"sync"
	"testing"

	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/outbox"
	"zhigang/internal/queue"
)

// exec changes the outbox as time or a crash would.
func (b *bench) exec(query string, args ...any) int64 {
	b.t.Helper()
	var n int64
	if err := b.db.Write(b.t.Context(), func(tx *db.Tx) (err error) {
		n, err = tx.Exec(b.t.Context(), query, args...)
		return err
	}); err != nil {
		b.t.Fatal(err)
	}
	return n
}

// A worker had sent as much as it may and was killed; then Redis was lost as well. Nobody has any of it any more.
func TestAFullQueueIsSentAgainWhenWorkerAndRedisAreLost(t *testing.T) {
	each(t, func(_ *testing.T, b *bench, start func() func()) {
		close(b.block)
		b.add(0, 600)
		for sent := 0; sent < 500; {
			refs, err := b.outbox.Claim(t.Context(), queue.Fast, 100)
			if err != nil {
				t.Fatal(err)
			}
			sent += len(refs)
		}
		b.exec(`UPDATE outbox SET lease_until = 1 WHERE state = 'sent'`)
		stop := start()
		b.wait(600)
		stop()
	})
}

// A run that hears nothing goes on after its lease; asynq thinks that it is busy with it and would wait for ever.
func TestARowWhoseRunIsLostIsRunByAnother(t *testing.T) {
	each(t, func(t *testing.T, b *bench, start func() func()) {
		asleep, awake := make(chan struct{}), make(chan struct{})
		wake := sync.OnceFunc(func() { close(awake) })
		defer wake()
		b.fail = func(subject id.ID, run int) error {
			if run == 1 {
				b.mu.Unlock()
				close(asleep)
				<-awake
				b.mu.Lock()
			}
			return nil
		}
		stop := start()
		b.add(0, 1)
		<-asleep
		if b.redis == nil { // one process knows what it is busy with, and runs nothing twice at a time
			wake()
		}
		b.exec(`UPDATE outbox SET lease_until = 1 WHERE state = 'running' AND task = 'note.thing'`)
		b.wait(1)
		wake()
		close(b.block)
		stop()
		if n := b.effect[1]; n != 1 {
			t.Errorf("it had its effect %d times", n)
		}
	})
}

// What a handler cannot reach is not counted against the row, and is there as soon as it can be reached.
func TestARowOutlastsAnOutage(t *testing.T) {
	each(t, func(t *testing.T, b *bench, start func() func()) {
		close(b.block)
		b.fail = func(_ id.ID, run int) error {
			if run <= 2 {
				return errs.Unavailable("error.busy")
			}
			return nil
		}
		failures := make(chan outbox.Failure, 10)
		b.outbox.OnFailure(func(f outbox.Failure) { failures <- f })
		stop := start()
		b.add(0, 1)
		for range 2 {
			if f := <-failures; f.Dead {
				t.Errorf("%+v", f)
			}
			// Nobody waits for the ten seconds of an outage here.
			b.exec(`UPDATE outbox SET available_at = 1 WHERE state = 'ready'`)
		}
		b.wait(1)
		stop()
		var r outbox.Row
		if err := b.db.Get(context.WithoutCancel(t.Context()), &r,
			`SELECT `+db.Columns[outbox.Row]("o")+` FROM outbox o WHERE task = 'note.thing'`); err != nil {
			t.Fatal(err)
		}
		if r.Attempts != 1 || r.State != "done" {
			t.Errorf("%+v", r)
		}
	})
}
