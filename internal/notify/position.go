package notify

import (
	"context"
	"maps"
	"slices"
	"strings"

	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/outbox"
	"zhigang/internal/position"
)

func positionOf(ctx context.Context, q db.Q, p id.ID) (position.Position, error) {
	var out position.Position
	err := q.Get(ctx, &out, `SELECT `+db.Columns[position.Position]("p")+` FROM position p WHERE id = ?`, p)
	return out, err
}

// lastEvent returns the newest line of a position's history with a verb.
func lastEvent(ctx context.Context, q db.Q, p id.ID, verb string) (position.Event, error) {
	var e position.Event
	err := q.Get(ctx, &e, `
		SELECT `+db.Columns[position.Event]("e")+` FROM position_event e
		WHERE position_id = ? AND verb = ? ORDER BY at DESC, id DESC LIMIT 1`, p, verb)
	return e, err
}

// Published follows position.PublishedFact: it tells those who answer for the organization that the bureau approved a
// post. What the program itself approved in an import is told by the import, and a renewal is their own doing.
func (s *Service) Published(ctx context.Context, job *outbox.Job) error {
	return finish(ctx, job, func(tx *db.Tx) error {
		p, err := positionOf(ctx, tx, job.Subject)
		if err != nil {
			return err
		}
		e, err := lastEvent(ctx, tx, p.ID, "approve")
		if err != nil || e.Account == 0 {
			return err
		}
		return s.tellEditors(ctx, tx, p, PositionPublished, e.ID, ADay)
	})
}

// Returned follows position.ReturnedFact: it tells those who answer for the organization what the bureau wants changed.
func (s *Service) Returned(ctx context.Context, job *outbox.Job) error {
	return finish(ctx, job, func(tx *db.Tx) error {
		p, err := positionOf(ctx, tx, job.Subject)
		if err != nil {
			return err
		}
		e, err := lastEvent(ctx, tx, p.ID, "return")
		if err != nil {
			return err
		}
		return s.tellEditors(ctx, tx, p, PositionReturned, e.ID, ByMail, "reason", returnReason(p, e))
	})
}

// returnReason is what the bureau wrote, for the post as a whole and for single fields; the page shows which.
func returnReason(p position.Position, e position.Event) string {
	reasons := []string{}
	if p.ReviewNote != "" {
		reasons = append(reasons, p.ReviewNote)
	}
	for _, field := range slices.Sorted(maps.Keys(p.ReviewFields.V)) {
		reasons = append(reasons, p.ReviewFields.V[field])
	}
	if len(reasons) == 0 { // submitted again by now: the history still knows
		return e.Note
	}
	return strings.Join(reasons, "\n")
}

// Expiring follows position.ExpiringFact: it tells those who answer for the organization that a post ends in 7 days or
// in one, by mail for the first post of a day.
func (s *Service) Expiring(ctx context.Context, job *outbox.Job) error {
	return finish(ctx, job, func(tx *db.Tx) error {
		p, err := positionOf(ctx, tx, job.Subject)
		if err != nil {
			return err
		}
		if !p.OpenOn(calendar.DayOf(tx.Now)) { // closed, or renewed and gone, since
			return nil
		}
		return s.tellEditors(ctx, tx, p, PositionExpiring, job.ID, ADay, "day", string(p.ValidUntil))
	})
}

// tellEditors tells those who answer for the organization of a post. The subject is the organization, so that one mail
// a day is enough for many posts.
func (s *Service) tellEditors(
	ctx context.Context, tx *db.Tx, p position.Position, kind Kind, cause id.ID, post Post, pairs ...string,
) error {
	editors, err := org.Editors(ctx, tx, p.OrgID)
	if err != nil {
		return err
	}
	n := about(kind, p.OrgID, cause, orgPositionPath(p.OrgID, p.ID), append(pairs, "title", p.Title)...)
	return s.Tell(ctx, tx, editors, n, post)
}
