package match

import (
	"context"
	"time"

	"zhigang/internal/db"
)

// Health is what an operator must know of matching. That nothing failed says nothing: what counts is whether what was
// found has been told.
type Health struct {
	Live int64 `db:"live" json:"live"` // saved searches that find something
	// Behind counts those that have something untold which should have been told: instant ones that wait for more than
	// two hours, digests whose hour is over for as long. What waits because its owner wants it so is not behind.
	Behind int64 `db:"behind" json:"behind"`
	// Oldest is for how many seconds one that is behind has waited at most.
	Oldest int64 `db:"oldest" json:"oldest_seconds"`
}

// late is how long a search may wait before it counts as behind: a burst of posts is told within an hour.
const late = 2 * time.Hour

// live is the condition for a saved search s that finds something; its one mark is now.
const live = `s.ended_at IS NULL AND s.expires_at > ?`

// Health counts what should have been told.
func (s *Service) Health(ctx context.Context) (Health, error) {
	now := s.db.Clock().Now()
	by := db.At(now.Add(-late))
	var h Health
	err := s.db.Get(ctx, &h, `
		SELECT (SELECT COUNT(*) FROM saved_search s WHERE `+live+`) AS live, COUNT(*) AS behind,
			COALESCE(CAST((? - MIN(w.since)) / 1000 AS BIGINT), 0) AS oldest
		FROM (
			SELECT s.id, CASE
				WHEN s.every <> 'instant' THEN MIN(s.next_at)
				WHEN MIN(m.found_at) < COALESCE(MIN(s.held_until), 0) THEN MIN(s.held_until)
				ELSE MIN(m.found_at) END AS since
			FROM match m JOIN saved_search s ON s.id = m.saved_search_id LEFT JOIN telling t ON t.account_id = s.account_id
			WHERE m.notice_id IS NULL AND m.dropped_at IS NULL AND `+live+` AND `+unheld+`
				AND (s.every = 'instant' AND m.found_at < ? AND COALESCE(s.held_until, 0) < ? OR s.every <> 'instant' AND s.next_at < ?)
			GROUP BY s.id, s.every) w`,
		append(append([]any{db.At(now), now.UnixMilli(), db.At(now)}, unheldMarks(now)...), by, by, by)...)
	return h, err
}
