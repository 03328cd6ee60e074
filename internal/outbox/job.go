package outbox

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"zhigang/internal/db"
	"zhigang/internal/edition"
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
	within, cancel := context.WithTimeout(ctx, job.task.Timeout)
	defer cancel()
	stop := o.keepLease(within, job, cancel)
	err = safely(within, job, h)
	stop()
	// What happened must be written down even when the run was told to stop.
	lasting := context.WithoutCancel(ctx)
	if err == nil && !job.finished {
		err = job.Finish(lasting, func(*db.Tx) error { return nil })
	}
	switch {
	case err == nil || errs.Is(err, errs.KindConflict) && errors.Is(err, errLost):
		return nil
	case isLater(err):
		return o.postpone(lasting, job, err)
	case ctx.Err() != nil:
		return o.fail(lasting, job, err, stopped)
	case errs.Is(err, errs.KindUnavailable) && within.Err() == nil:
		return o.fail(lasting, job, err, outage)
	}
	return o.fail(lasting, job, err, failed)
}

// Later is what a handler returns that may not do its work before an instant: it is run again then. That is no failure.
type Later struct{ At time.Time }

// Error implements error.
func (l Later) Error() string { return "not before " + l.At.Format(time.RFC3339) }

func isLater(err error) bool {
	_, ok := errors.AsType[Later](err)
	return ok
}

// postpone lets the row wait. Its siblings wait with it.
func (o *Outbox) postpone(ctx context.Context, job *Job, cause error) error {
	later, _ := errors.AsType[Later](cause)
	return o.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `
			UPDATE outbox SET state = 'ready', attempts = attempts - 1, available_at = ?, last_error = '', lease_token = NULL,
				lease_until = NULL
			WHERE lease_token = ? AND state = 'running'`, db.At(later.At), job.LeaseToken)
		return err
	})
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
	err := o.db.WriteRow(ctx, &job.Row, `
		UPDATE outbox SET state = 'running', attempts = attempts + 1, lease_token = ?, lease_until = `+o.leased()+`
		WHERE id = ? AND (state IN ('ready', 'sent') OR state = 'running' AND lease_until < `+o.db.EngineClock()+`)
		RETURNING `+db.Columns[Row]("outbox"), o.db.NewID(), row)
	if errs.Is(err, errs.KindNotFound) { // it is done, dead or held
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var ok bool
	if job.task, ok = o.tasks[job.Task]; !ok {
		job.task = Task{Name: job.Task, Timeout: Lease, MaxAttempts: 1}
	}
	if job.Attempts > job.task.MaxAttempts { // earlier runs never came to their end: perhaps the row ends the process
		return nil, o.fail(ctx, job, errUnended, failed)
	}
	return job, nil
}

var errUnended = errors.New("its runs began but never ended: the process died meanwhile, again and again")

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
		n, err := tx.Exec(ctx, `UPDATE outbox SET lease_until = `+o.leased()+` WHERE lease_token = ? AND state = 'running'`, job.LeaseToken)
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
		if err == nil && j.task.Public {
			err = edition.Next(ctx, tx)
		}
		return err
	})
	j.finished = err == nil
	return err
}

// Siblings takes up to n more rows of the same task under this job's lease and returns all subjects, the job's own
// first: work that is cheaper in bulk, such as indexing, is then done in one go. A row that has failed in company is
// run alone from its third attempt on, so that one bad row spoils no others.
func (j *Job) Siblings(ctx context.Context, n int) ([]id.ID, error) {
	subjects := []id.ID{j.Subject}
	if j.Attempts > sociable+1 {
		return subjects, nil
	}
	err := j.outbox.db.Write(ctx, func(tx *db.Tx) error {
		j.siblings, subjects = nil, subjects[:1]
		for _, state := range []string{"ready", "sent"} { // those that nobody has been asked to run come first
			var rows []Row
			if err := tx.Select(ctx, &rows, `
				SELECT `+db.Columns[Row]("o")+` FROM outbox o
				WHERE queue = ? AND state = ? AND available_at <= ? AND task = ? AND attempts <= ?
				ORDER BY available_at, id
				LIMIT ?`+tx.SkipLocked(), j.Queue, state, db.At(tx.Now), j.Task, sociable, n-len(j.siblings)); err != nil {
				return err
			}
			for _, row := range rows {
				j.siblings = append(j.siblings, row.ID)
				subjects = append(subjects, row.Subject)
			}
		}
		if len(j.siblings) == 0 {
			return nil
		}
		_, err := tx.Exec(ctx, `
			UPDATE outbox SET state = 'running', attempts = attempts + 1, lease_token = ?, lease_until = `+j.outbox.leased()+` WHERE id IN (?)`,
			j.LeaseToken, j.siblings)
		return err
	})
	return subjects, err
}

// sociable is how many failed attempts a row may have behind it and still be taken along by another.
const sociable = 1

// ending is why a run did not end well.
type ending int

const (
	failed  ending = iota // the handler says so, panicked, or took too long
	outage                // a server that the handler needs does not answer
	stopped               // the program was told to stop
)

// outageWait is how long a row waits for a server that does not answer, spread by half.
const outageWait = 10 * time.Second

// fail writes down how the job ended and when it is tried again. What can never succeed (Invalid, NotFound) is dead at
// once; so is what has been tried MaxAttempts times. Of several rows that failed together nobody knows which one is to
// blame: they are tried again at once, and then one by one.
func (o *Outbox) fail(ctx context.Context, job *Job, cause error, why ending) error {
	text := cause.Error()
	if len(text) > maxError {
		text = strings.ToValidUTF8(text[:maxError], "")
	}
	if why == stopped {
		text = job.LastError
	}
	dead := false
	err := o.db.Write(ctx, func(tx *db.Tx) error {
		state, counted, wait := "ready", 1, time.Duration(0)
		switch {
		case why == stopped:
			counted = 0
		case why == outage:
			counted, wait = 0, outageWait+rand.N(outageWait/2)
		case len(job.siblings) > 0:
		case job.Attempts >= job.task.MaxAttempts, errs.Is(cause, errs.KindInvalid), errs.Is(cause, errs.KindNotFound):
			state = "dead"
		default:
			wait = backoff(job.Attempts)
		}
		n, err := tx.Exec(ctx, `
			UPDATE outbox SET state = ?, attempts = attempts - ?, available_at = ?, last_error = ?,
				lease_token = NULL, lease_until = NULL
			WHERE lease_token = ? AND state = 'running'`, state, 1-counted, db.At(tx.Now.Add(wait)), text, job.LeaseToken)
		dead = n > 0 && state == "dead"
		return err
	})
	if err == nil && why != stopped {
		o.failed(Failure{Row: job.Row, Err: cause, Dead: dead})
	}
	return err
}

// maxError is how many bytes of an error are kept.
const maxError = 500

// backoff waits attempts² × 2 s, an hour at most, spread by a quarter so that rows that failed together do not come back
// together.
func backoff(attempts int) time.Duration {
	d := min(time.Duration(attempts*attempts)*2*time.Second, time.Hour)
	return d + time.Duration(rand.Int64N(int64(d)/4+1))
}
