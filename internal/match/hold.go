package match

import (
	"context"
	"time"

	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/id"
)

// held returns until when what a search found must wait, because its owner wants it so; false when it need not. The zero
// time is for a pause that only the owner ends: they will ask.
func held(own SavedSearch, t Telling, now time.Time) (until time.Time, wait bool) {
	at := now
	for _, p := range []Pause{own.Pause, t.Pause} {
		switch {
		case !p.Paused(now):
		case p.ResumesOn == "":
			return time.Time{}, true
		default:
			at = later(at, p.ResumesOn.Start())
		}
	}
	if own.Every == Instant {
		if ends, quiet := t.quiet(at); quiet {
			at = ends
		}
	}
	return at, at.After(now)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// How many messages there are in a day at most. What is more waits for the hour of digests, the best of it first.
const (
	// MaxMessages is for one saved search, whatever its rhythm.
	MaxMessages = 3
	// MaxInstant is for all instant searches of one person together. A search that waited because of it is told at the
	// hour of digests whatever the others were told: nobody waits for ever.
	MaxInstant = 10
)

// toldOn returns how many messages there were of the search on the day of instant t.
func (s SavedSearch) toldOn(t time.Time) int {
	if s.ToldAt.IsZero() || calendar.DayOf(s.ToldAt.Time) != calendar.DayOf(t) {
		return 0
	}
	return s.ToldN
}

// share returns those of what was taken of which there were not messages enough today; the others wait for the hour of
// digests. What has nothing left to tell waits for nothing.
func (s *Service) share(ctx context.Context, tx *db.Tx, all []Taken, t tellings) (told []Taken, err error) {
	instant, err := instantToday(ctx, tx, all)
	if err != nil {
		return nil, err
	}
	var unheld []SavedSearch
	for _, one := range all { // in the order of ids
		own := one.Search
		due := bool(own.OverShare) && !own.HeldUntil.After(tx.Now)
		enough := own.toldOn(tx.Now) >= MaxMessages || own.Every == Instant && !due && instant[own.Account] >= MaxInstant
		if len(one.Items) > 0 && enough {
			if err := s.hold(ctx, tx, own, t.of(own.Account).nextHour(tx.Now), true); err != nil {
				return nil, err
			}
			continue
		}
		unheld = append(unheld, own)
		if len(one.Items) > 0 {
			told = append(told, one)
			if own.Every == Instant {
				instant[own.Account]++
			}
		}
	}
	if err := free(ctx, tx, unheld); err != nil {
		return nil, err
	}
	for _, one := range all {
		if len(one.Items) == 0 && one.More {
			if err := s.Later(ctx, tx, one.Search.ID, tx.Now); err != nil {
				return nil, err
			}
		}
	}
	return told, nil
}

// instantToday counts the messages of today that came of instant searches, for the owners of those among what was taken.
// The accounts stay locked: two searches of one person are not both their last one of the day.
func instantToday(ctx context.Context, tx *db.Tx, all []Taken) (map[id.ID]int, error) {
	var owners []id.ID
	for _, one := range all {
		if one.Search.Every == Instant {
			owners = append(owners, one.Search.Account)
		}
	}
	var locked []id.ID
	if err := tx.Select(ctx, &locked, `SELECT a.id FROM account a WHERE a.id IN (?) ORDER BY a.id`+tx.Hold("a"), owners); err != nil {
		return nil, err
	}
	var rows []struct {
		Account id.ID `db:"account_id"`
		N       int   `db:"n"`
	}
	err := tx.Select(ctx, &rows, `
		SELECT account_id, SUM(told_n) AS n FROM saved_search WHERE account_id IN (?) AND every = 'instant' AND told_at >= ?
		GROUP BY account_id`, owners, db.At(calendar.DayOf(tx.Now).Start()))
	n := map[id.ID]int{}
	for _, one := range rows {
		n[one.Account] = one.N
	}
	return n, err
}

// hold lets what a search found wait until an instant, and asks for its delivery then. Digests have an hour of their own
// and are asked for then; what has ended is not.
func (s *Service) hold(ctx context.Context, tx *db.Tx, own SavedSearch, until time.Time, over bool) error {
	if until.IsZero() || own.Every != Instant || !own.LiveOn(tx.Now) {
		return nil
	}
	if over != bool(own.OverShare) {
		if _, err := tx.Exec(ctx, `UPDATE saved_search SET over_share = ? WHERE id = ?`, db.Bool(over), own.ID); err != nil {
			return err
		}
	}
	return s.Later(ctx, tx, own.ID, until)
}

// free says that searches wait for nothing any more.
func free(ctx context.Context, tx *db.Tx, searches []SavedSearch) error {
	var waited []id.ID
	for _, own := range searches {
		if !own.HeldUntil.IsZero() || bool(own.OverShare) {
			waited = append(waited, own.ID)
		}
	}
	if len(waited) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `UPDATE saved_search SET held_until = NULL, over_share = 0 WHERE id IN (?)`, waited)
	return err
}

// unheld is the condition for a saved search s with the telling t of its owner, if there is one, of which it is time to
// tell; its marks are now, today and today.
const unheld = `(s.held_until IS NULL OR s.held_until <= ?)
	AND (s.paused_at IS NULL OR s.resumes_on <> '' AND s.resumes_on <= ?)
	AND (t.paused_at IS NULL OR t.resumes_on <> '' AND t.resumes_on <= ?)`

// unheldMarks returns the values of the marks of unheld.
func unheldMarks(now time.Time) []any {
	today := calendar.DayOf(now)
	return []any{db.At(now), today, today}
}

// accountsOf lists the owners of searches.
func accountsOf(all []SavedSearch) []id.ID {
	out := make([]id.ID, len(all))
	for n, one := range all {
		out[n] = one.Account
	}
	return out
}

func idsOf(all []SavedSearch) []id.ID {
	out := make([]id.ID, len(all))
	for n, one := range all {
		out[n] = one.ID
	}
	return out
}
