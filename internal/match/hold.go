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

// share returns until when a search must wait because there were messages enough today; false when there were not.
func (s *Service) share(ctx context.Context, tx *db.Tx, own SavedSearch, t Telling) (until time.Time, wait bool, err error) {
	next := t.nextHour(tx.Now)
	if own.toldOn(tx.Now) >= MaxMessages {
		return next, true, nil
	}
	due := bool(own.OverShare) && !own.HeldUntil.After(tx.Now)
	if own.Every != Instant || due {
		return next, false, nil
	}
	// Two searches of one person are not both their last one of the day.
	var locked []id.ID
	if err := tx.Select(ctx, &locked, `SELECT a.id FROM account a WHERE a.id = ?`+tx.Hold("a"), own.Account); err != nil {
		return next, false, err
	}
	var n int
	err = tx.Get(ctx, &n, `
		SELECT COALESCE(SUM(told_n), 0) FROM saved_search WHERE account_id = ? AND every = 'instant' AND told_at >= ?`,
		own.Account, db.At(calendar.DayOf(tx.Now).Start()))
	return next, n >= MaxInstant, err
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

// free says that a search waits for nothing any more.
func free(ctx context.Context, tx *db.Tx, own SavedSearch) error {
	if own.HeldUntil.IsZero() && !bool(own.OverShare) {
		return nil
	}
	_, err := tx.Exec(ctx, `UPDATE saved_search SET held_until = NULL, over_share = 0 WHERE id = ?`, own.ID)
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
