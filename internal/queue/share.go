package queue

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/hibiken/asynq"

	"zhigang/internal/outbox"
)

// Shares says how work that is divided into parts is shared among all worker processes.
type Shares struct {
	// Parts is how many parts there are: better the same number in all processes, though others are borne.
	Parts int
	// Workers is how many rows one process handles at a time, of whatever part.
	Workers int
	// Held is told which parts this process has, until ctx ends: whatever it needs to get ready for them it may do then,
	// beside the first rows of them. It must return soon after ctx ends, for until then no other parts are served.
	Held func(ctx context.Context, mine []outbox.Part)
}

// Share lets the dispatcher serve parts of a divided work too. Call it before Run.
func (d *Redis) Share(s Shares) {
	d.shares = s
	for _, p := range outbox.Parts(s.Parts) {
		d.bells[p.Queue()] = make(bell, 1)
	}
}

// share serves the parts that fall to this process, as workers come and go. A worker that dies is missed after a quarter of
// a minute; what it was at is brought to another by the leases of its rows. To let parts go may take a while, since what runs
// may end: meanwhile the roll is answered all the same.
func (d *Redis) share(ctx context.Context) {
	rolls := make(chan outbox.Roll, 1)
	go d.answer(ctx, rolls)
	var mine []outbox.Part
	stop := func() {}
	for roll := range rolls {
		next := roll.Mine()
		if ctx.Err() != nil || slices.Equal(next, mine) {
			continue
		}
		stop()
		mine, stop = nil, func() {}
		if ctx.Err() != nil {
			continue
		}
		d.log.Info("parts are shared", "mine", next, "workers", roll.Of)
		end, err := d.serveParts(ctx, next)
		if err != nil {
			d.log.Error("parts cannot be served", "error", err)
			continue // with the next roll
		}
		mine, stop = next, end
	}
	stop()
}

// answer answers the roll until ctx ends, and passes on what it knows by then; what nobody has looked at is out of date.
// Then it leaves, so that others need not wait for the parts.
func (d *Redis) answer(ctx context.Context, rolls chan outbox.Roll) {
	defer close(rolls)
	var roll outbox.Roll
	for ; ctx.Err() == nil; pause(ctx, outbox.RollEvery) {
		now, err := d.outbox.RollCall(ctx, roll.Self, d.shares.Parts)
		if err != nil {
			if ctx.Err() == nil {
				d.log.Error("parts cannot be shared", "error", err)
			}
			continue
		}
		if now.Strangers != roll.Strangers {
			d.log.Warn("workers divide saved searches into different numbers of parts", "ours", now.Parts, "workers_with_others", now.Strangers)
		}
		roll = now
		select {
		case <-rolls:
		default:
		}
		rolls <- roll
	}
	if roll.Self == 0 {
		return
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := d.outbox.Leave(end, roll.Self); err != nil {
		d.log.Warn("parts are free only after a while", "error", err)
	}
}

// takeBack divides anew, again and again, what waits in parts that nobody serves any more.
func (d *Redis) takeBack(ctx context.Context) {
	for ; ctx.Err() == nil; pause(ctx, outbox.RollEvery) {
		n, err := d.outbox.Redivide(ctx)
		if n > 0 {
			d.log.Info("what waited in parts that nobody serves is divided again", "rows", n)
		}
		if err != nil && ctx.Err() == nil {
			d.log.Error("parts that nobody serves cannot be taken back", "error", err)
		}
	}
}

// serveParts moves and handles the rows of some parts until stop is called.
func (d *Redis) serveParts(ctx context.Context, mine []outbox.Part) (stop func(), err error) {
	srv, err := d.serveAll(mine)
	if err != nil {
		return nil, err
	}
	within, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() { d.shares.Held(within, mine) })
	for _, p := range mine {
		all.Go(func() { d.relay(within, p.Queue(), max(maxSent/len(mine), d.shares.Workers)) }) // they all wait for the same workers
	}
	return func() {
		cancel()
		if srv != nil {
			srv.Stop()
		}
		all.Wait()
		if srv != nil {
			srv.Shutdown()
		}
	}, nil
}

// serveAll starts workers for some parts; none for none.
func (d *Redis) serveAll(mine []outbox.Part) (*asynq.Server, error) {
	if len(mine) == 0 {
		return nil, nil //nolint:nilnil // there is nothing to serve
	}
	queues := make([]string, len(mine))
	for n, p := range mine {
		queues[n] = p.Queue()
	}
	return d.serve(d.shares.Workers, queues...)
}
