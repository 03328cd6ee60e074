package match

import (
	"context"
	"time"

	"zhigang/internal/db"
	"zhigang/internal/id"
	"zhigang/internal/outbox"
)

const digestBatch = 500

// Digests is the task of every full hour: it asks that the digests be told that are due, each once, however late it
// runs. It also asks anew for instant searches whose delivery was lost: the task may be dead.
func (s *Service) Digests(ctx context.Context, job *outbox.Job) error {
	for n := digestBatch; n == digestBatch; {
		err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
			// Who asked for the slot saw that the hour is full; the clock here may be a little behind, and would find nothing due.
			now := tx.Now
			if slot := outbox.SlotOf(job); slot.After(now) {
				now = slot
			}
			n, err = s.digest(ctx, tx, now)
			return err
		})
		if err != nil {
			return err
		}
	}
	return job.Finish(ctx, func(tx *db.Tx) error { return s.askLost(ctx, tx) })
}

// digest asks for up to digestBatch digests that are due, and returns how many there were. One with nothing to tell
// only moves on to its next day.
func (s *Service) digest(ctx context.Context, tx *db.Tx, now time.Time) (int, error) {
	var due []SavedSearch
	if err := tx.Select(ctx, &due, `
		SELECT `+db.Columns[SavedSearch]("s")+` FROM saved_search s
		WHERE ended_at IS NULL AND every <> 'instant' AND next_at <= ?
		ORDER BY next_at, id LIMIT ?`, db.At(now), digestBatch); err != nil {
		return 0, err
	}
	if _, err := locked(ctx, tx, idsOf(due), ""); err != nil {
		return 0, err
	}
	all, err := tellingsOf(ctx, tx, accountsOf(due))
	if err != nil {
		return 0, err
	}
	byTime := map[db.Time][]id.ID{}
	var live []id.ID
	for _, one := range due {
		t := all.of(one.Account)
		at := t.next(one.Every, now)
		byTime[at] = append(byTime[at], one.ID)
		if _, wait := held(one, t, now); !wait && one.LiveOn(now) {
			live = append(live, one.ID)
		}
	}
	for at, searches := range byTime {
		if _, err := tx.Exec(ctx, `UPDATE saved_search SET next_at = ? WHERE id IN (?)`, at, searches); err != nil {
			return 0, err
		}
	}
	waiting, err := untold(ctx, tx, live)
	if err != nil {
		return 0, err
	}
	return len(due), s.askAnew(ctx, tx, waiting)
}

// askLost asks anew for instant searches that have waited too long, and for no good reason.
func (s *Service) askLost(ctx context.Context, tx *db.Tx) error {
	var waiting []id.ID
	if err := tx.Select(ctx, &waiting, `
		SELECT DISTINCT s.id FROM match m JOIN saved_search s ON s.id = m.saved_search_id
			LEFT JOIN telling t ON t.account_id = s.account_id
		WHERE m.notice_id IS NULL AND m.dropped_at IS NULL AND m.found_at < ?
			AND s.every = 'instant' AND `+live+` AND `+unheld+`
		ORDER BY s.id LIMIT 10000`,
		append([]any{db.At(tx.Now.Add(-late)), db.At(tx.Now)}, unheldMarks(tx.Now)...)...); err != nil {
		return err
	}
	return s.askAnew(ctx, tx, waiting)
}

// untold returns those of the searches that have found something nobody was told of.
func untold(ctx context.Context, q db.Q, searches []id.ID) ([]id.ID, error) {
	var waiting []id.ID
	err := q.Select(ctx, &waiting, `
		SELECT s.id FROM saved_search s
		WHERE s.id IN (?) AND EXISTS (
			SELECT 1 FROM match m WHERE m.saved_search_id = s.id AND m.notice_id IS NULL AND m.dropped_at IS NULL)
		ORDER BY s.id`, searches)
	return waiting, err
}

// askAnew asks for a delivery of each search, whether one was asked for before or not.
func (s *Service) askAnew(ctx context.Context, tx *db.Tx, searches []id.ID) error {
	if _, err := tx.Exec(ctx, `UPDATE saved_search SET asks = 1 WHERE id IN (?)`, searches); err != nil {
		return err
	}
	return s.outbox.AddAll(ctx, tx, FoundFact, searches)
}
