package match

import (
	"context"
	"time"

	"zhigang/internal/calendar"
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
	// LastTold is when anybody was last told of what a search found; zero when nobody ever was.
	LastTold db.Time `db:"last_told" json:"last_told_at"`
}

// Silent reports whether nobody at all was told for a whole working day while somebody should have been: then it is not
// one search that is late, but telling that stands still. Weekends and holidays do not count, for nobody would look.
func (h Health) Silent(now time.Time, holidays *calendar.Holidays) bool {
	if h.Behind == 0 {
		return false
	}
	since := later(now.Add(-time.Duration(h.Oldest)*time.Second), h.LastTold.Time)
	return calendar.DayOf(now) > holidays.AddWorking(calendar.DayOf(since), 1)
}

// late is how long a search may wait before it counts as behind: a burst of posts is told within an hour.
const late = 2 * time.Hour

// live is the condition for a saved search s that finds something; its one mark is now.
const live = `s.ended_at IS NULL AND s.expires_at > ?`

// asked is when the digest of a saved search s was last asked for: its next one has been set then.
const asked = `(s.next_at - CASE s.every WHEN 'daily' THEN 86400000 ELSE 604800000 END)`

// Health counts what should have been told. A digest is late when its hour is over and it was not asked for, or when it
// was asked for and has not begun.
func (s *Service) Health(ctx context.Context) (Health, error) {
	now := s.db.Clock().Now()
	by := db.At(now.Add(-late))
	var h Health
	err := s.db.Get(ctx, &h, `
		SELECT (SELECT COUNT(*) FROM saved_search s WHERE `+live+`) AS live, COUNT(*) AS behind,
			COALESCE(CAST((? - MIN(w.since)) / 1000 AS BIGINT), 0) AS oldest,
			(SELECT MAX(told_at) FROM saved_search) AS last_told
		FROM (
			SELECT s.id, CASE
				WHEN s.every <> 'instant' AND s.asks > 0 THEN `+asked+`
				WHEN s.every <> 'instant' THEN s.next_at
				WHEN MIN(m.found_at) < COALESCE(s.held_until, 0) THEN s.held_until
				ELSE MIN(m.found_at) END AS since
			FROM match m JOIN saved_search s ON s.id = m.saved_search_id LEFT JOIN telling t ON t.account_id = s.account_id
			WHERE m.notice_id IS NULL AND m.dropped_at IS NULL AND `+live+` AND `+unheld+`
				AND (s.every = 'instant' AND m.found_at < ? AND COALESCE(s.held_until, 0) < ?
					OR s.every <> 'instant' AND (s.next_at < ? OR s.asks > 0 AND `+asked+` < ?))
			GROUP BY s.id, s.every, s.asks, s.next_at, s.held_until) w`,
		append(append([]any{db.At(now), now.UnixMilli(), db.At(now)}, unheldMarks(now)...), by, by, by, by)...)
	return h, err
}
