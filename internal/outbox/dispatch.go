package outbox

import (
	"context"
	"strconv"
	"time"

	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
)

// Ref is what a queue carries of a row.
type Ref struct {
	ID          id.ID   `db:"id"`
	Task        string  `db:"task"`
	AvailableAt db.Time `db:"available_at"`
}

// leased is the expression for when a lease that begins now runs out.
func (o *Outbox) leased() string {
	return o.db.EngineClock() + " + " + strconv.FormatInt(Lease.Milliseconds(), 10)
}

// pending is the query for up to n rows of a queue that can be taken, oldest first: those that are ready and due, and those
// whose lease has run out because a process died. They are two, because the index finds the former in their order, however
// many wait; lock stands behind each.
func pending(engineClock, lock, queue string, now time.Time, n int) (query string, args []any) {
	const cols, oldest = "id, task, available_at", " ORDER BY available_at, id LIMIT ?"
	query = `
		SELECT ` + cols + ` FROM (SELECT ` + cols + ` FROM outbox WHERE queue = ? AND state = 'ready' AND available_at <= ?` + oldest + lock + `) due
		UNION ALL
		SELECT ` + cols + ` FROM (SELECT ` + cols + ` FROM outbox WHERE queue = ? AND state IN ('sent', 'running')
			AND lease_until < ` + engineClock + oldest + lock + `) lapsed` + oldest
	return query, []any{queue, db.At(now), n, queue, n, n}
}

// Claim marks up to n rows of queue as sent and returns them, oldest first: rows that are ready and due, and rows whose
// lease has run out because a process died. Whoever claims has Lease to bring each to its handler.
func (o *Outbox) Claim(ctx context.Context, queue string, n int) ([]Ref, error) {
	var refs []Ref
	err := o.db.Write(ctx, func(tx *db.Tx) error {
		refs = nil
		query, args := pending(o.db.EngineClock(), tx.SkipLocked(), queue, tx.Now, n)
		if err := tx.Select(ctx, &refs, query, args...); err != nil || len(refs) == 0 {
			return err
		}
		ids := make([]id.ID, len(refs))
		for i, ref := range refs {
			ids[i] = ref.ID
		}
		_, err := tx.Exec(ctx, `UPDATE outbox SET state = 'sent', lease_token = NULL, lease_until = `+o.leased()+` WHERE id IN (?)`, ids)
		return err
	})
	return refs, err
}

// Due lists up to n rows of queue that Run would take now, oldest first, without marking them: enough where one process
// does all the work.
func (o *Outbox) Due(ctx context.Context, queue string, n int) ([]Ref, error) {
	var refs []Ref
	query, args := pending(o.db.EngineClock(), "", queue, o.db.Clock().Now(), n)
	err := o.db.Select(ctx, &refs, query, args...)
	return refs, err
}

// InFlight counts the rows of queue that have been handed to a queue and are not done. Rows whose lease is over do not
// count: they must be claimed again, however many there are.
func (o *Outbox) InFlight(ctx context.Context, queue string) (int, error) {
	var n int
	err := o.db.Get(ctx, &n, `
		SELECT COUNT(*) FROM outbox WHERE queue = ? AND state IN ('sent', 'running') AND lease_until >= `+o.db.EngineClock(), queue)
	return n, err
}

// Release gives rows back whose process is known to be gone: the embedded program calls it at start, when nobody else
// can hold a lease, or is on the roll.
func (o *Outbox) Release(ctx context.Context) error {
	return o.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM worker`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			UPDATE outbox SET state = 'ready', lease_token = NULL, lease_until = NULL WHERE state IN ('sent', 'running')`)
		return err
	})
}

// Unsend puts a claimed row back, because the queue did not take it.
func (o *Outbox) Unsend(ctx context.Context, refs []Ref) error {
	ids := make([]id.ID, len(refs))
	for i, ref := range refs {
		ids[i] = ref.ID
	}
	return o.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE outbox SET state = 'ready', lease_until = NULL WHERE state = 'sent' AND id IN (?)`, ids)
		return err
	})
}

// Prune deletes rows that have been done for longer than keep. Dead rows stay until a person has looked at them.
func (o *Outbox) Prune(ctx context.Context, keep time.Duration) (int64, error) {
	var n int64
	err := o.db.Write(ctx, func(tx *db.Tx) (err error) {
		n, err = tx.Exec(ctx, `DELETE FROM outbox WHERE state = 'done' AND done_at < ?`, db.At(tx.Now.Add(-keep)))
		return err
	})
	return n, err
}

// Health is what an operator must know of the table.
type Health struct {
	Queue string `db:"queue" json:"queue"`
	// Pending rows are not done although they are due or have been tried; Failing are those of them whose last run failed.
	Pending int64 `db:"pending" json:"pending"`
	Failing int64 `db:"failing" json:"failing"`
	// Oldest is the age in seconds of the one that has been due longest; of one that fails, since it was added.
	Oldest int64 `db:"oldest" json:"oldest_seconds"`
	Dead   int64 `db:"dead" json:"dead"`
}

// Health counts what is due, what fails and what is dead, per queue.
func (o *Outbox) Health(ctx context.Context) ([]Health, error) {
	now := o.db.Clock().Now()
	health := []Health{}
	err := o.db.Select(ctx, &health, `
		SELECT queue,
			SUM(CASE WHEN state <> 'dead' THEN 1 ELSE 0 END) AS pending,
			SUM(CASE WHEN state <> 'dead' AND last_error <> '' THEN 1 ELSE 0 END) AS failing,
			COALESCE(CAST((? - MIN(CASE WHEN state = 'dead' THEN NULL WHEN last_error = '' THEN available_at
				ELSE created_at END)) / 1000 AS BIGINT), 0) AS oldest,
			SUM(CASE WHEN state = 'dead' THEN 1 ELSE 0 END) AS dead
		FROM outbox
		WHERE state <> 'done' AND (available_at <= ? OR last_error <> '')
		GROUP BY queue ORDER BY queue`, now.UnixMilli(), now.UnixMilli())
	return health, err
}

// Trouble is why rows of a task fail that are still tried.
type Trouble struct {
	Task  string  `db:"task" json:"task"`
	Error string  `db:"last_error" json:"error"`
	Rows  int64   `db:"n" json:"rows"`
	Since db.Time `db:"since" json:"since"` // when the oldest of them was added
}

// Troubles lists what fails at present, the longest first.
func (o *Outbox) Troubles(ctx context.Context, limit int) ([]Trouble, error) {
	all := []Trouble{}
	err := o.db.Select(ctx, &all, `
		SELECT task, last_error, COUNT(*) AS n, MIN(created_at) AS since FROM outbox
		WHERE state IN ('ready', 'sent', 'running') AND last_error <> ''
		GROUP BY task, last_error ORDER BY since, task LIMIT ?`, limit)
	return all, err
}

// Dead lists the rows that were given up, newest first, for the operator.
func (o *Outbox) Dead(ctx context.Context, limit int) ([]Row, error) {
	rows := []Row{}
	err := o.db.Select(ctx, &rows, `SELECT `+db.Columns[Row]("o")+` FROM outbox o WHERE state = 'dead' ORDER BY id DESC LIMIT ?`, limit)
	return rows, err
}

// Retry makes a dead row ready again. Conflict when it is not dead.
func (o *Outbox) Retry(ctx context.Context, row id.ID) error {
	return o.db.Write(ctx, func(tx *db.Tx) error {
		var queue string
		err := tx.Get(ctx, &queue, `
			UPDATE outbox SET state = 'ready', attempts = 0, available_at = ? WHERE id = ? AND state = 'dead' RETURNING queue`, db.At(tx.Now), row)
		if errs.Is(err, errs.KindNotFound) {
			return errs.Conflict("error.changed").Because(err)
		}
		tx.OnCommit(func() { o.wake([]string{queue}) })
		return err
	})
}
