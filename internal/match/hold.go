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

// hold lets what a search found wait until an instant, and asks for its delivery then. Digests have an hour of their own
// and are asked for then; what has ended is not.
func (s *Service) hold(ctx context.Context, tx *db.Tx, own SavedSearch, until time.Time) error {
	if until.IsZero() || own.Every != Instant || !own.LiveOn(tx.Now) {
		return nil
	}
	return s.Later(ctx, tx, own.ID, until)
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
