package queue

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/hibiken/asynq"

	"zhigang/internal/id"
	"zhigang/internal/outbox"
)

// Inline is the Dispatcher of the embedded program: it reads the outbox and calls the mux in this process. No Redis.
type Inline struct {
	outbox *outbox.Outbox
	mux    asynq.Handler
	pools  []Pool
	bells  bells
	log    *slog.Logger
}

// NewInline returns an Inline dispatcher. There must be only one for a database.
func NewInline(o *outbox.Outbox, mux asynq.Handler, log *slog.Logger) *Inline {
	return &Inline{outbox: o, mux: mux, pools: Pools(), bells: newBells(Pools()), log: log}
}

// Wake implements Dispatcher.
func (d *Inline) Wake(queues []string) { d.bells.ring(queues) }

// Run implements Dispatcher. It first takes back the rows that an earlier process died with.
func (d *Inline) Run(ctx context.Context) error {
	if err := d.outbox.Release(ctx); err != nil {
		return err
	}
	if _, err := d.outbox.Redivide(ctx); err != nil { // of a cluster that has become this process
		return err
	}
	work, cancel := graceful(ctx)
	defer cancel()
	each(d.pools, func(p Pool) { d.serve(ctx, work, p) })
	return nil
}

// serve feeds the rows of one pool to its workers.
func (d *Inline) serve(ctx, work context.Context, p Pool) {
	feed := make(chan outbox.Ref)
	var workers sync.WaitGroup
	defer workers.Wait()
	defer close(feed)
	var busy busyRows
	for range p.Workers {
		workers.Go(func() {
			for ref := range feed {
				d.handle(work, ref)
				busy.remove(ref.ID)
			}
		})
	}
	for ctx.Err() == nil {
		refs, err := d.outbox.Due(ctx, p.Name, 2*p.Workers+50)
		if err != nil && ctx.Err() == nil {
			d.log.Error("outbox cannot be read", "queue", p.Name, "error", err)
		}
		fed := false
		for _, ref := range refs {
			if !busy.add(ref.ID) {
				continue
			}
			select {
			case feed <- ref:
				fed = true
			case <-ctx.Done():
				return
			}
		}
		if !fed {
			d.bells[p.Name].wait(ctx, poll)
		}
	}
}

func (d *Inline) handle(ctx context.Context, ref outbox.Ref) {
	err := d.mux.ProcessTask(ctx, asynq.NewTask(ref.Task, []byte(ref.ID.String())))
	if err != nil {
		d.log.Error("outbox row cannot be run", "task", ref.Task, "row", ref.ID, "error", err)
		time.Sleep(poll) // the database does not answer: do not spin
	}
}

// busyRows are the rows that workers of this process hold.
type busyRows struct {
	mu   sync.Mutex
	rows map[id.ID]struct{}
}

func (b *busyRows) add(row id.ID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, held := b.rows[row]; held {
		return false
	}
	if b.rows == nil {
		b.rows = map[id.ID]struct{}{}
	}
	b.rows[row] = struct{}{}
	return true
}

func (b *busyRows) remove(row id.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.rows, row)
}
