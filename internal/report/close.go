package report

import (
	"context"

	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/id"
)

type closedWeek struct {
	Week     string  `db:"week"`
	ClosedAt db.Time `db:"closed_at"`
}

// note is what a post said of itself when a week was closed.
type note struct {
	Position   id.ID        `db:"position_id"`
	Week       string       `db:"week"`
	Headcount  int          `db:"headcount"`
	ValidUntil calendar.Day `db:"valid_until"`
}

// closeWeek notes what posts say of themselves that their history does not keep, their headcount and their last day,
// before the first report of a week is made. Later edits then change no figure of that week. Weeks are closed in
// order: one that was passed over takes the notes of the next.
func (s *Service) closeWeek(ctx context.Context, week calendar.Week) error {
	closed, err := closedBy(ctx, s.db, week)
	if err != nil || closed != (calendar.Week{}) {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		added, err := tx.InsertNew(ctx, "report_week", closedWeek{Week: week.String(), ClosedAt: db.At(tx.Now)})
		if err != nil || !added {
			return err
		}
		// Read, then written: PostgreSQL would plan one statement for the table as it is before, empty, and crawl as it
		// fills.
		var changed []note
		if err := tx.Select(ctx, &changed, `
			SELECT p.id AS position_id, CAST(? AS TEXT) AS week, p.headcount, p.valid_until
			FROM position p LEFT JOIN report_post n ON n.position_id = p.id AND n.week = (
				SELECT MAX(m.week) FROM report_post m WHERE m.position_id = p.id)
			WHERE p.published_at IS NOT NULL AND p.created_at < ? AND (p.closed_at IS NULL OR p.closed_at >= ?)
				AND (n.position_id IS NULL OR n.headcount <> p.headcount OR n.valid_until <> p.valid_until)`,
			week.String(), db.At(week.End()), db.At(week.End())); err != nil {
			return err
		}
		return db.InsertAll(ctx, tx, "report_post", changed)
	})
}

// closedBy returns the week whose notes hold for week: the first that was closed at or after it; zero when there is
// none.
func closedBy(ctx context.Context, q db.Q, week calendar.Week) (calendar.Week, error) {
	var first string
	err := q.Get(ctx, &first, `SELECT COALESCE(MIN(week), '') FROM report_week WHERE week >= ?`, week.String())
	if err != nil || first == "" {
		return calendar.Week{}, err
	}
	return calendar.ParseWeek(first)
}
