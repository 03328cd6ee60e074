package match

import (
	"context"
	"time"

	"zhigang/internal/db"
	"zhigang/internal/id"
)

// Health is what an operator must know of matching. That nothing failed says nothing: what counts is whether what was
// found has been told.
type Health struct {
	Live    int64 `db:"live" json:"live"`       // saved searches that find something
	Pending int64 `db:"pending" json:"pending"` // finds of live searches that nobody was told of yet, digests included
	Told    int64 `db:"told" json:"told"`
	Dropped int64 `db:"dropped" json:"dropped"` // closed before anybody was told
	// Behind counts instant searches that have something untold for more than an hour.
	Behind int64 `db:"behind" json:"behind"`
}

// late is how long an instant search may wait before it counts as behind.
const late = time.Hour

// live is the condition for a saved search s that finds something; its one mark is now.
const live = `s.ended_at IS NULL AND s.expires_at > ?`

// Health counts the ledger.
func (s *Service) Health(ctx context.Context) (Health, error) {
	now := s.db.Clock().Now()
	var h Health
	err := s.db.Get(ctx, &h, `
		SELECT
			(SELECT COUNT(*) FROM saved_search s WHERE `+live+`) AS live,
			(SELECT COUNT(*) FROM match m JOIN saved_search s ON s.id = m.saved_search_id
				WHERE m.notice_id IS NULL AND m.dropped_at IS NULL AND `+live+`) AS pending,
			(SELECT COUNT(*) FROM match WHERE notice_id IS NOT NULL) AS told,
			(SELECT COUNT(*) FROM match WHERE dropped_at IS NOT NULL) AS dropped,
			(SELECT COUNT(DISTINCT s.id) FROM match m JOIN saved_search s ON s.id = m.saved_search_id
				WHERE m.notice_id IS NULL AND m.dropped_at IS NULL AND m.found_at < ?
					AND s.every = 'instant' AND `+live+`) AS behind`,
		db.At(now), db.At(now), db.At(now.Add(-late)), db.At(now))
	return h, err
}

// Backlog is a saved search with something untold.
type Backlog struct {
	Search  id.ID   `db:"id" json:"search"`
	Every   Every   `db:"every" json:"every"`
	Pending int64   `db:"pending" json:"pending"`
	Told    int64   `db:"told" json:"told"`
	Oldest  db.Time `db:"oldest" json:"oldest"`
}

// Backlogs lists the searches that have waited longest, with what is pending and what was told.
func (s *Service) Backlogs(ctx context.Context, limit int) ([]Backlog, error) {
	all := []Backlog{}
	err := s.db.Select(ctx, &all, `
		SELECT w.id, w.every, w.pending, w.oldest,
			(SELECT COUNT(*) FROM match t WHERE t.saved_search_id = w.id AND t.notice_id IS NOT NULL) AS told
		FROM (
			SELECT s.id, s.every, COUNT(*) AS pending, MIN(m.found_at) AS oldest
			FROM match m JOIN saved_search s ON s.id = m.saved_search_id
			WHERE m.notice_id IS NULL AND m.dropped_at IS NULL AND `+live+`
			GROUP BY s.id, s.every ORDER BY oldest, s.id LIMIT ?) w
		ORDER BY w.oldest, w.id`, db.At(s.db.Clock().Now()), limit)
	return all, err
}
