package notify

import (
	"context"
	"time"

	"zhigang/internal/db"
	"zhigang/internal/id"
)

// Health is what an operator must know of mail, and of what goes to the gateway.
type Health struct {
	On     bool            `json:"on"` // by mail, or by the gateway
	States map[State]int64 `json:"states"`
	// Oldest is the age in seconds of the delivery that has waited longest; 0 when none waits.
	Oldest int64 `json:"oldest_seconds"`
	// Repeats counts mails that may have gone out twice, with the same Message-ID.
	Repeats int64 `json:"repeats"`
	// Errors are the newest errors of deliveries that wait or have failed. They hold no addresses.
	Errors []MailError `json:"errors"`
}

// MailError is why deliveries were not sent.
type MailError struct {
	Error string  `db:"last_error" json:"error"`
	State State   `db:"state" json:"state"`
	Count int64   `db:"n" json:"count"`
	Last  db.Time `db:"last" json:"last"`
}

// Health counts the deliveries.
func (s *Service) Health(ctx context.Context) (Health, error) {
	h := Health{On: s.MailOn() || s.Gateway != nil, States: map[State]int64{}, Errors: []MailError{}}
	var rows []struct {
		State   State   `db:"state"`
		N       int64   `db:"n"`
		Repeats int64   `db:"repeats"`
		Oldest  db.Time `db:"oldest"`
	}
	if err := s.db.Select(ctx, &rows, `
		SELECT state, COUNT(*) AS n, SUM(repeats) AS repeats, MIN(created_at) AS oldest
		FROM delivery GROUP BY state`); err != nil {
		return h, err
	}
	for _, state := range States() {
		h.States[state] = 0
	}
	now := s.db.Clock().Now()
	for _, r := range rows {
		h.States[r.State] = r.N
		h.Repeats += r.Repeats
		if r.State.open() {
			h.Oldest = max(h.Oldest, int64(now.Sub(r.Oldest.Time)/time.Second))
		}
	}
	err := s.db.Select(ctx, &h.Errors, `
		SELECT last_error, state, COUNT(*) AS n, MAX(sending_at) AS last FROM delivery
		WHERE last_error <> '' AND state IN ('queued', 'sending', 'failed', 'unknown')
		GROUP BY last_error, state ORDER BY last DESC, last_error LIMIT 10`)
	return h, err
}

// RetryFailed queues again what failed or was given up since an instant, and returns how much: for an operator who has
// mended the settings that all mail was refused for.
func (s *Service) RetryFailed(ctx context.Context, since time.Time) (int, error) {
	var again []id.ID
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		again = nil
		if err := tx.Select(ctx, &again, `
			UPDATE delivery SET state = CASE WHEN state = 'unknown' THEN 'sending' ELSE 'queued' END, created_at = ?
			WHERE state IN ('failed', 'unknown') AND notice_id IS NOT NULL AND sending_at >= ?
			RETURNING id`, db.At(tx.Now), db.At(since)); err != nil {
			return err
		}
		return s.Outbox.AddAll(ctx, tx, QueuedFact, again)
	})
	return len(again), err
}

// Prune deletes deliveries that ended longer than keep ago; what people were told stays in their inbox.
func (s *Service) Prune(ctx context.Context, keep time.Duration) (int64, error) {
	var n int64
	err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
		n, err = tx.Exec(ctx, `DELETE FROM delivery WHERE state IN ('sent', 'dropped') AND created_at < ?`,
			db.At(tx.Now.Add(-keep)))
		return err
	})
	return n, err
}
