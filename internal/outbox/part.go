package outbox

import (
	"context"
	"fmt"
	"maps"

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
	if _, err := fmt.Sscanf(queue, partQueue, &p.Number, &p.Of); err != nil || p.Number < 1 || p.Number > p.Of || p.Queue() != queue {
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

// Redivide takes back all that waits in the parts of a division that no worker serves any more: of each subject one row
// becomes the task that divides, the others are done with. What is run a second time because of it finds its work done. It
// returns how many rows it took back.
func (o *Outbox) Redivide(ctx context.Context) (n int, err error) {
	for _, t := range o.tasks {
		whole, divided := o.tasks[t.Whole]
		kept := map[id.ID]bool{}
		for some := takenBack; divided && some == takenBack; n += some {
			if some, err = o.redivide(ctx, t, whole, kept); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

// takenBack is how many rows are taken back in one transaction.
const takenBack = 1000

// redivide takes back up to takenBack rows. kept are the subjects of which a row was made whole before.
func (o *Outbox) redivide(ctx context.Context, part, whole Task, kept map[id.ID]bool) (n int, err error) {
	const forlorn = `task = ? AND state IN ('ready', 'sent', 'running') AND queue NOT IN (?)`
	served, err := o.served(ctx, o.db)
	if err != nil {
		return 0, err
	}
	if err := o.db.Get(ctx, &n, `SELECT COUNT(*) FROM outbox WHERE `+forlorn, part.Name, served); err != nil || n == 0 {
		return 0, err
	}
	now := map[id.ID]bool{}
	defer func() { maps.Copy(kept, now) }()
	err = o.db.Write(ctx, func(tx *db.Tx) error {
		n, now = 0, maps.Clone(kept)
		if served, err = o.served(ctx, tx); err != nil {
			return err
		}
		var rows []Row
		if err := tx.Select(ctx, &rows, `
			SELECT `+db.Columns[Row]("o")+` FROM outbox o
			WHERE `+forlorn+` AND (state = 'ready' OR lease_until < `+o.db.EngineClock()+`)
			ORDER BY id LIMIT ?`+tx.SkipLocked(), part.Name, served, takenBack); err != nil || len(rows) == 0 {
			return err
		}
		n = len(rows)
		one, others := oneEach(rows, now)
		tx.OnCommit(func() { o.wake([]string{whole.Queue}) })
		if _, err := tx.Exec(ctx, `UPDATE outbox SET state = 'done', done_at = ?, lease_token = NULL, lease_until = NULL WHERE id IN (?)`,
			db.At(tx.Now), others); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			UPDATE outbox SET task = ?, queue = ?, state = 'ready', attempts = 0, lease_token = NULL, lease_until = NULL WHERE id IN (?)`,
			whole.Name, whole.Queue, one)
		return err
	})
	return n, err
}

// served lists the queues of all parts that workers on the roll divide into. There is always one: NOT IN () is not SQL.
func (o *Outbox) served(ctx context.Context, q db.Q) ([]string, error) {
	var divisions []int
	err := q.Select(ctx, &divisions, `SELECT DISTINCT parts FROM worker WHERE seen_at >= `+o.db.EngineClock()+` - ?`, presence.Milliseconds())
	queues := []string{""}
	for _, of := range divisions {
		for _, p := range Parts(of) {
			queues = append(queues, p.Queue())
		}
	}
	return queues, err
}

// oneEach parts rows into one for each subject that was not seen, and the others.
func oneEach(rows []Row, seen map[id.ID]bool) (one, others []id.ID) {
	for _, row := range rows {
		if seen[row.Subject] {
			others = append(others, row.ID)
			continue
		}
		seen[row.Subject] = true
		one = append(one, row.ID)
	}
	return one, others
}
