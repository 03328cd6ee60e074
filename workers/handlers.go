package workers

import (
	"context"
	"time"

	"zhigang/internal/calendar"
	"zhigang/internal/db"
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

// prune forgets what has done its work: old outbox rows, ended sessions, told notices.
func (w *Workers) prune(ctx context.Context, _ *outbox.Job) error {
	if _, err := w.Outbox.Prune(ctx, 7*24*time.Hour); err != nil {
		return err
	}
	if err := w.Accounts.Prune(ctx); err != nil {
		return err
	}
	_, err := w.Notices.Prune(ctx, 365*24*time.Hour)
	return err
}
