package outbox

import (
	"context"
	"fmt"

	"zhigang/internal/db"
	"zhigang/internal/id"
)

// Part is one of several parts of a work that needs much memory, divided by the hash of an id: each worker holds only what
// its own parts ask for. The rows of a part have a queue of their own.
type Part struct{ Number, Of int }

// Whole is all of an undivided work.
func Whole() Part { return Part{1, 1} }

// Parts lists the parts of a division.
func Parts(of int) []Part {
	all := make([]Part, of)
	for n := range all {
		all[n] = Part{n + 1, of}
	}
	return all
}

// Has reports whether an id belongs to the part. Ids made in the same moment are spread as well as others are.
func (p Part) Has(i id.ID) bool {
	x := uint64(i) // the finalizer of SplitMix64: every bit of the id counts for every bit of the hash
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	x ^= x >> 31
	return x%uint64(p.Of) == uint64(p.Number-1)
}

const partQueue = "match-%dof%d"

// Queue returns the queue of the rows of the part.
func (p Part) Queue() string { return fmt.Sprintf(partQueue, p.Number, p.Of) }

// PartOf returns the part whose rows a queue carries; Whole for every other queue.
func PartOf(queue string) Part {
	var p Part
	if n, err := fmt.Sscanf(queue, partQueue, &p.Number, &p.Of); n != 2 || err != nil || p.Number < 1 || p.Number > p.Of {
		return Whole()
	}
	return p
}

// Divide asks for the task name of each subject once for each part.
func (o *Outbox) Divide(ctx context.Context, tx *db.Tx, name string, subjects []id.ID, of int) error {
	t, ok := o.tasks[name]
	if !ok {
		return fmt.Errorf("outbox: no task is named %q", name)
	}
	var rows []Row
	for _, subject := range subjects {
		for _, p := range Parts(of) {
			row := newRow(tx, "", t, subject, tx.Now)
			row.Queue = p.Queue()
			rows = append(rows, row)
		}
	}
	return o.insert(ctx, tx, rows)
}

// Redivide takes back what waits in the parts of another division, which nobody serves any more: it becomes the task that
// divides, again. What is run a second time because of it finds its work done.
func (o *Outbox) Redivide(ctx context.Context, of int) error {
	queues := []string{""}
	for _, p := range Parts(of) {
		queues = append(queues, p.Queue())
	}
	for _, t := range o.tasks {
		whole, divided := o.tasks[t.Whole]
		if !divided {
			continue
		}
		err := o.db.Write(ctx, func(tx *db.Tx) error {
			n, err := tx.Exec(ctx, `
				UPDATE outbox SET task = ?, queue = ?, state = 'ready', attempts = 0, lease_token = NULL, lease_until = NULL
				WHERE task = ? AND queue NOT IN (?) AND (state = 'ready' OR state IN ('sent', 'running') AND lease_until < `+tx.EngineClock()+`)`,
				whole.Name, whole.Queue, t.Name, queues)
			if n > 0 {
				tx.OnCommit(o.wake)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
