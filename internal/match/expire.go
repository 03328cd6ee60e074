package match

import (
	"context"
	"time"

	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/outbox"
)

// RemindBefore is how long before a saved search runs out its owner is told, so that they can renew it.
const RemindBefore = 14 * 24 * time.Hour

// Remind is a task of every day: it says of each saved search that runs out soon that it does, once for each life.
func (s *Service) Remind(ctx context.Context, job *outbox.Job) error {
	for n := digestBatch; n == digestBatch; {
		err := s.db.Write(ctx, func(tx *db.Tx) error {
			var soon []id.ID
			if err := tx.Select(ctx, &soon, `
				UPDATE saved_search SET reminded_at = ? WHERE id IN (
					SELECT s.id FROM saved_search s
					WHERE `+live+` AND s.expires_at <= ? AND s.reminded_at IS NULL ORDER BY s.id LIMIT ?)
				RETURNING id`, db.At(tx.Now), db.At(tx.Now), db.At(tx.Now.Add(RemindBefore)), digestBatch); err != nil {
				return err
			}
			n = len(soon)
			return s.outbox.AddAll(ctx, tx, ExpiringFact, soon)
		})
		if err != nil {
			return err
		}
	}
	return job.Finish(ctx, func(*db.Tx) error { return nil })
}

// RenewByLink is Renew for whoever holds the link of a mail; the caller has checked it. NotFound when the search was
// ended.
func (s *Service) RenewByLink(ctx context.Context, saved id.ID) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		own, err := ByID(ctx, tx, saved)
		if err == nil && !own.EndedAt.IsZero() {
			err = errs.NotFound("error.not_found")
		}
		if err != nil {
			return err
		}
		return s.set(ctx, tx, &own, own.Every, bool(own.ByMail))
	})
}
