package workers

import (
	"context"
	"errors"
	"time"

	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/edition"
	"zhigang/internal/outbox"
)

// expirePositions writes down what has expired by the slot's day.
func (w *Workers) expirePositions(ctx context.Context, job *outbox.Job) error {
	_, err := w.Positions.ExpireDue(ctx, calendar.DayOf(outbox.SlotOf(job)))
	return err
}

// remindPositions says once a day which posts end soon.
func (w *Workers) remindPositions(ctx context.Context, job *outbox.Job) error {
	return job.Finish(ctx, func(tx *db.Tx) error {
		return w.Positions.RemindOn(ctx, tx, calendar.DayOf(outbox.SlotOf(job)))
	})
}

// pruneEditions keeps the count of changes cheap.
func (w *Workers) pruneEditions(ctx context.Context, job *outbox.Job) error {
	return job.Finish(ctx, func(tx *db.Tx) error { return edition.Prune(ctx, tx) })
}

// prune forgets what has done its work: old outbox rows, ended sessions, sent mails, sheets that were read, addresses that
// nobody confirmed or that nothing is sent to any more, contacts that were given long ago. What cannot be forgotten keeps
// nothing else from it.
func (w *Workers) prune(ctx context.Context, _ *outbox.Job) error {
	const week, year = 7 * 24 * time.Hour, 365 * 24 * time.Hour
	_, rows := w.Outbox.Prune(ctx, week)
	_, mails := w.Notices.Prune(ctx, year)
	_, sheets := w.Intake.Prune(ctx, w.DB.Clock().Now().Add(-year/4))
	_, mailboxes := w.Notices.ForgetMailboxes(ctx)
	_, contacts := w.Suggestions.Forget(ctx)
	return errors.Join(rows, w.Accounts.Prune(ctx), w.Lexicon.Prune(ctx), mails, mailboxes, sheets, contacts)
}
