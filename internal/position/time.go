package position

import (
	"context"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/edition"
	"zhigang/internal/errs"
	"zhigang/internal/id"
)

// ExpireDue writes down that posts have expired whose last day was before day, and returns how many. People have not seen
// them since: what is open is decided when it is read.
func (s *Service) ExpireDue(ctx context.Context, day calendar.Day) (int, error) {
	const batch = 200
	total := 0
	for {
		n := 0
		err := s.db.Write(ctx, func(tx *db.Tx) error {
			var due []Position
			if err := tx.Select(ctx, &due, `
				SELECT `+db.Columns[Position]("p")+` FROM position p
				WHERE state = 'published' AND valid_until < ? ORDER BY valid_until, id LIMIT ?`+tx.Hold("p"), day, batch); err != nil {
				return err
			}
			n = len(due)
			for _, p := range due {
				from, err := p.move("expire")
				if err != nil {
					return err
				}
				if err := save(ctx, tx, p); err != nil {
					return err
				}
				if err := addEvent(ctx, tx, auth.System(), p.ID, "expire", from, p.State, ""); err != nil {
					return err
				}
				if err := s.outbox.Add(ctx, tx, GoneFact, p.ID); err != nil {
					return err
				}
			}
			return nil
		})
		total += n
		if err != nil || n < batch {
			return total, err
		}
	}
}

// RemindOn says of every post that is on show and ends 7 days or one day after day that it will.
func (s *Service) RemindOn(ctx context.Context, tx *db.Tx, day calendar.Day) error {
	var ids []id.ID
	if err := tx.Select(ctx, &ids, `
		SELECT p.id FROM position p JOIN org o ON o.id = p.org_id
		WHERE p.state = 'published' AND o.state = 'approved' AND p.valid_until IN (?, ?) ORDER BY p.id`, day.Add(7), day.Add(1)); err != nil {
		return err
	}
	return s.outbox.AddAll(ctx, tx, ExpiringFact, ids)
}

// TakePlace fills one place of a position. Conflict when there is none left: of two who ask for the last, one gets it.
func TakePlace(ctx context.Context, tx *db.Tx, position id.ID) error {
	n, err := tx.Exec(ctx, `UPDATE position SET filled = filled + 1 WHERE id = ? AND filled < headcount`, position)
	if err == nil && n == 0 {
		return errs.Conflict("position.full")
	}
	if err != nil {
		return err
	}
	return edition.Next(ctx, tx) // everybody sees how many places are left
}

// FreePlace gives one place of a position back.
func FreePlace(ctx context.Context, tx *db.Tx, position id.ID) error {
	if err := tx.One(ctx, `UPDATE position SET filled = filled - 1 WHERE id = ? AND filled > 0`, position); err != nil {
		return err
	}
	return edition.Next(ctx, tx)
}

// AddViews adds to the tally of how often positions were looked at on day.
func (s *Service) AddViews(ctx context.Context, day calendar.Day, views map[id.ID]int64) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		for position, n := range views {
			if _, err := tx.Exec(ctx, `
				INSERT INTO position_view (position_id, day, views) VALUES (?, ?, ?)
				ON CONFLICT (position_id, day) DO UPDATE SET views = position_view.views + excluded.views`, position, day, n); err != nil {
				return err
			}
		}
		return nil
	})
}
