package notify

import (
	"context"
	"strings"
	"time"

	"zhigang/internal/db"
	"zhigang/internal/outbox"
)

// Paces say how far apart messages go out: by a channel ("mail", "webhook"), and by a channel to one provider, which is
// the domain of an address ("mail:qq.com"). What is not named has no bound.
type Paces map[string]time.Duration

// of lists the names of the paces that a message keeps.
func (p Paces) of(channel Channel, to recipient) []string {
	names := []string{string(channel)}
	if _, domain, ok := strings.Cut(to.Email, "@"); ok && channel == Mail {
		names = append(names, string(channel)+":"+strings.ToLower(domain))
	}
	var kept []string
	for _, name := range names {
		if p[name] > 0 {
			kept = append(kept, name)
		}
	}
	return kept
}

// turn waits for the turn of a delivery where there are paces. Each delivery books one moment, after all that were booked
// before, by whatever process, and comes back then: however many wait, nobody asks in vain. outbox.Later until its turn.
func (s *Service) turn(ctx context.Context, d Delivery, to recipient) error {
	now := s.db.Clock().Now()
	if !d.TurnAt.IsZero() && !now.Before(d.TurnAt.Time) {
		return nil
	}
	if !d.TurnAt.IsZero() {
		return outbox.Later{At: d.TurnAt.Time}
	}
	names := s.Paces.of(d.Channel, to)
	if len(names) == 0 {
		return nil
	}
	at := now
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		at = now
		for _, name := range names {
			var next db.Time
			gap := s.Paces[name].Milliseconds()
			if err := tx.Get(ctx, &next, `
				INSERT INTO pace (name, next_at) VALUES (?, ?)
				ON CONFLICT (name) DO UPDATE SET next_at = CAST(? AS BIGINT)
					+ CASE WHEN pace.next_at > CAST(? AS BIGINT) THEN pace.next_at ELSE CAST(? AS BIGINT) END
				RETURNING next_at`, name, at.UnixMilli()+gap, gap, at.UnixMilli(), at.UnixMilli()); err != nil {
				return err
			}
			at = next.Add(-s.Paces[name])
		}
		return tx.One(ctx, `UPDATE delivery SET turn_at = ? WHERE id = ?`, db.At(at), d.ID)
	})
	if err == nil && at.After(now) {
		err = outbox.Later{At: at}
	}
	return err
}
