// Package queue brings outbox rows to their handlers: in this process, or over Redis to any number of workers. Both ways
// drive the same asynq.ServeMux, and neither is trusted with the truth.
package queue

import (
	"context"
	"sync"
	"time"

	"github.com/hibiken/asynq"

	"zhigang/internal/id"
	"zhigang/internal/outbox"
)

// The pools of workers. A pool that is stuck (mail, when its server is slow) holds up no other.
const (
	Fast   = "fast"   // short transactions: matching, notices
	Index  = "index"  // the search index
	Mail   = "mail"   // SMTP
	Report = "report" // long reads: reports, imports, rebuilding an index
)

// Pool is a queue and how many of its rows one process handles at a time.
type Pool struct {
	Name    string
	Workers int
}

// Pools lists all pools. Mails are many, because all but a few wait for a connection to the mail server or for SQL.
func Pools() []Pool {
	return []Pool{{Fast, 4}, {Index, 1}, {Mail, 16}, {Report, 1}}
}

// Dispatcher brings rows to handlers until ctx ends, then lets running handlers finish for up to Grace.
type Dispatcher interface {
	Run(ctx context.Context) error
	// Wake says that rows were added to some queues.
	Wake(queues []string)
}

// Grace is how long running handlers may go on after the program was told to stop.
const Grace = 15 * time.Second

// Mux returns the handlers as an asynq.ServeMux whose tasks carry nothing but the id of an outbox row.
func Mux(o *outbox.Outbox, handlers map[string]outbox.Handler) *asynq.ServeMux {
	mux := asynq.NewServeMux()
	for name, h := range handlers {
		mux.HandleFunc(name, func(ctx context.Context, t *asynq.Task) error {
			row, err := id.Parse(string(t.Payload()))
			if err != nil || t.Type() != name {
				return asynq.SkipRetry
			}
			return o.Run(ctx, row, h)
		})
	}
	return mux
}

// poll is how long a dispatcher waits before it looks at the table again when nobody woke it.
const poll = 500 * time.Millisecond

// bell is a wake-up that never blocks who rings it.
type bell chan struct{}

func (b bell) ring() {
	select {
	case b <- struct{}{}:
	default:
	}
}

// wait returns when the bell rings, after d, or when ctx ends.
func (b bell) wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-b:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// pause waits for d, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	var nobody bell // rings it
	nobody.wait(ctx, d)
}

// bells is one bell for each pool.
type bells map[string]bell

func newBells(pools []Pool) bells {
	b := bells{}
	for _, p := range pools {
		b[p.Name] = make(bell, 1)
	}
	return b
}

// ring rings for some queues. For one that has no bell somebody else works.
func (b bells) ring(queues []string) {
	for _, q := range queues {
		if one, ok := b[q]; ok {
			one.ring()
		}
	}
}

// graceful returns a context for handlers that outlives ctx by Grace.
func graceful(ctx context.Context) (context.Context, context.CancelFunc) {
	out, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(Grace, cancel) })
	return out, func() { stop(); cancel() }
}

// each runs fn for every pool and waits for all of them.
func each(pools []Pool, fn func(Pool)) {
	var all sync.WaitGroup
	for _, p := range pools {
		all.Go(func() { fn(p) })
	}
	all.Wait()
}
