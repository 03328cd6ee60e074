package outbox

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
)

// Handler does a task. It is called at least once for each row and must bear a second call; whatever it writes inside
// Job.Finish is written exactly once.
type Handler func(ctx context.Context, job *Job) error

// Job is a row that is being handled: its lease belongs to this run.
type Job struct {
	Row
	outbox   *Outbox
	task     Task
	siblings []id.ID
	finished bool
}

// Run brings the row to handler h: takes its lease, keeps it while h runs, and writes down how it ended. Rows that are
// done, dead or held by another run are left alone. The error of h is not returned but counted in SQL, where it makes
// the row ready again later or dead; Run fails only when the database does.
func (o *Outbox) Run(ctx context.Context, row id.ID, h Handler) error {
	job, err := o.start(ctx, row)
	if err != nil || job == nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, job.task.Timeout)
	defer cancel()
	stop := o.keepLease(ctx, job, cancel)
	err = safely(ctx, job, h)
	stop()
	// What happened must be written down even when the run was told to stop.
	ctx = context.WithoutCancel(ctx)
	if err == nil && !job.finished {
		err = job.Finish(ctx, func(*db.Tx) error { return nil })
	}
	if err == nil || errs.Is(err, errs.KindConflict) && errors.Is(err, errLost) {
		return nil
	}
	return o.fail(ctx, job, err)
}

// safely turns a panic of the handler into an error: one poisoned row must not take the process down.
func safely(ctx context.Context, job *Job, h Handler) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("handler of %s panicked: %v", job.Task, p)
		}
	}()
	return h(ctx, job)
}

var errLost = errors.New("the lease went to another run")

func (o *Outbox) start(ctx context.Context, row id.ID) (*Job, error) {
	job := &Job{outbox: o}
	err := o.db.Write(ctx, func(tx *db.Tx) error {
		now, err := tx.EngineNow(ctx)
		if err != nil {
			return err
		}
		token := tx.NewID()
		n, err := tx.Exec(ctx, `
			UPDATE outbox SET state = 'running', attempts = attempts + 1, lease_token = ?, lease_until = ?
			WHERE id = ? AND (state IN ('ready', 'sent') OR state = 'running' AND lease_until < ?)`,
			token, db.At(now.Add(Lease)), row, db.At(now))
		if err != nil {
			return err
		}
		if n == 0 {
			job = nil
			return nil
		}
		return tx.Get(ctx, &job.Row, `SELECT `+db.Columns[Row]("o")+` FROM outbox o WHERE id = ?`, row)
	})
	if err != nil || job == nil {
		return nil, err
	}
	task, ok := o.tasks[job.Task]
	if !ok {
		task = Task{Name: job.Task, Timeout: Lease, MaxAttempts: 1}
	}
	job.task = task
	return job, nil
}

// keepLease renews the lease while the handler runs, and cancels the handler when the lease is lost.
func (o *Outbox) keepLease(ctx context.Context, job *Job, cancel func()) (stop func()) {
	done := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(Lease / 3)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-ctx.Done():
				return
			case <-tick.C:
				if err := o.renew(ctx, job); errors.Is(err, errLost) {
					cancel()
					return
				}
			}
		}
	}()
	return func() { close(done); <-ended }
}

func (o *Outbox) renew(ctx context.Context, job *Job) error {
	return o.db.Write(ctx, func(tx *db.Tx) error {
		now, err := tx.EngineNow(ctx)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `UPDATE outbox SET lease_until = ? WHERE lease_token = ? AND state = 'running'`,
			db.At(now.Add(Lease)), job.LeaseToken)
		if err == nil && n == 0 {
			return errLost
		}
		return err
	})
}

// Finish runs fn and marks the job, with its siblings, as done in one transaction: either both happen or neither.
// When another run has taken over, nothing is written. A handler calls it at most once, last.
func (j *Job) Finish(ctx context.Context, fn func(*db.Tx) error) error {
	err := j.outbox.db.Write(ctx, func(tx *db.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `
			UPDATE outbox SET state = 'done', done_at = ?, lease_token = NULL, lease_until = NULL, last_error = ''
			WHERE lease_token = ? AND state = 'running'`, db.At(tx.Now), j.LeaseToken)
		if err == nil && n < int64(1+len(j.siblings)) {
			return errs.Conflict("error.changed").Because(errLost)
		}
		return err
	})
	j.finished = err == nil
	return err
}

// Siblings takes up to n more rows of the same task under this job's lease and returns all subjects, the job's own
// first: work that is cheaper in bulk, such as indexing, is then done in one go.
func (j *Job) Siblings(ctx context.Context, n int) ([]id.ID, error) {
	subjects := []id.ID{j.Subject}
	err := j.outbox.db.Write(ctx, func(tx *db.Tx) error {
		var rows []Row
		if err := tx.Select(ctx, &rows, `
			SELECT `+db.Columns[Row]("o")+` FROM outbox o
			WHERE queue = ? AND state IN ('ready', 'sent') AND available_at <= ? AND task = ?
			ORDER BY available_at, id
			LIMIT ?`+tx.SkipLocked(), j.Queue, db.At(tx.Now), j.Task, n); err != nil || len(rows) == 0 {
			return err
		}
		j.siblings, subjects = nil, subjects[:1]
		for _, row := range rows {
			j.siblings = append(j.siblings, row.ID)
			subjects = append(subjects, row.Subject)
		}
		now, err := tx.EngineNow(ctx)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			UPDATE outbox SET state = 'running', attempts = attempts + 1, lease_token = ?, lease_until = ? WHERE id IN (?)`,
			j.LeaseToken, db.At(now.Add(Lease)), j.siblings)
		return err
	})
	return subjects, err
}

// fail writes down why the job failed and when it is tried again. What can never succeed (Invalid, NotFound) is dead
// at once; so is what has been tried MaxAttempts times.
func (o *Outbox) fail(ctx context.Context, job *Job, cause error) error {
	return o.db.Write(ctx, func(tx *db.Tx) error {
		state, at := "ready", tx.Now.Add(backoff(job.Attempts))
		if job.Attempts >= job.task.MaxAttempts || errs.Is(cause, errs.KindInvalid) || errs.Is(cause, errs.KindNotFound) {
			state = "dead"
		}
		text := cause.Error()
		if len(text) > 500 {
			text = text[:500]
		}
		_, err := tx.Exec(ctx, `
			UPDATE outbox SET state = ?, available_at = ?, last_error = ?, lease_token = NULL, lease_until = NULL
			WHERE lease_token = ? AND state = 'running'`, state, db.At(at), text, job.LeaseToken)
		return err
	})
}

// backoff waits attempts² × 2 s, an hour at most, spread by a quarter so that rows that failed together do not come back
// together.
func backoff(attempts int) time.Duration {
	d := min(time.Duration(attempts*attempts)*2*time.Second, time.Hour)
	return d + time.Duration(rand.Int64N(int64(d)/4+1))
}
