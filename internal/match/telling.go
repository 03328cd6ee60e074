package match

import (
	"context"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
)

// Telling is how somebody wants to be told of what their saved searches find. Hours are those of China's clocks, 0 to 23.
type Telling struct {
	Account id.ID `db:"account_id"`
	// DigestHour is when digests are told, and what an instant search found beyond its share.
	DigestHour int `db:"digest_hour"`
	// From QuietFrom to QuietTo nothing is told at once: it waits until they end. Where both are the same there are none.
	QuietFrom int `db:"quiet_from"`
	QuietTo   int `db:"quiet_to"`
	Pause         // of all saved searches
}

// tellingAtFirst is how everybody is told who has not said otherwise.
func tellingAtFirst(account id.ID) Telling {
	return Telling{Account: account, DigestHour: 8, QuietFrom: 22, QuietTo: 8}
}

// Pause is a time in which nothing is told; what is found in it is told afterwards, if it is still open. The zero Pause
// is none.
type Pause struct {
	PausedAt db.Time `db:"paused_at" json:"-"`
	// ResumesOn is the day on which it ends by itself; "" when only the person ends it.
	ResumesOn calendar.Day `db:"resumes_on" json:"-"`
}

// Paused reports whether nothing is told at instant t.
func (p Pause) Paused(t time.Time) bool {
	return !p.PausedAt.IsZero() && (p.ResumesOn == "" || calendar.DayOf(t) < p.ResumesOn)
}

// HasQuiet reports whether there are quiet hours.
func (t Telling) HasQuiet() bool { return t.QuietFrom != t.QuietTo }

// quiet returns when the quiet hours end in which instant at falls; false when it falls in none.
func (t Telling) quiet(at time.Time) (ends time.Time, is bool) {
	if !t.HasQuiet() {
		return at, false
	}
	day := calendar.DayOf(at)
	hour := at.In(calendar.China()).Hour()
	end := day.Start().Add(time.Duration(t.QuietTo) * time.Hour)
	switch {
	case t.QuietFrom < t.QuietTo:
		return end, hour >= t.QuietFrom && hour < t.QuietTo
	case hour >= t.QuietFrom:
		return end.Add(24 * time.Hour), true
	}
	return end, hour < t.QuietTo
}

// next returns when the first digest of a rhythm after now is due; the zero time for Instant.
func (t Telling) next(e Every, now time.Time) db.Time {
	var at time.Time
	hour := time.Duration(t.DigestHour) * time.Hour
	switch e { //nolint:exhaustive // Instant has no next time
	case Daily:
		at = t.nextHour(now)
	case Weekly:
		if at = calendar.WeekOf(now).Start().Add(hour); !at.After(now) {
			at = at.Add(7 * 24 * time.Hour)
		}
	}
	return db.At(at)
}

// nextHour returns the first instant after now at which the clock shows the hour of digests.
func (t Telling) nextHour(now time.Time) time.Time {
	at := calendar.DayOf(now).Start().Add(time.Duration(t.DigestHour) * time.Hour)
	if !at.After(now) {
		at = at.Add(24 * time.Hour)
	}
	return at
}

// Telling returns how the actor wants to be told.
func (s *Service) Telling(ctx context.Context, who auth.Actor) (Telling, error) {
	return tellingOf(ctx, s.db, who.Account)
}

func tellingOf(ctx context.Context, q db.Q, account id.ID) (Telling, error) {
	all, err := tellingsOf(ctx, q, []id.ID{account})
	return all.of(account), err
}

// tellings are those of the accounts that have said how they want to be told.
type tellings map[id.ID]Telling

func (t tellings) of(account id.ID) Telling {
	if one, said := t[account]; said {
		return one
	}
	return tellingAtFirst(account)
}

func tellingsOf(ctx context.Context, q db.Q, accounts []id.ID) (tellings, error) {
	var rows []Telling
	err := q.Select(ctx, &rows, `SELECT `+db.Columns[Telling]("t")+` FROM telling t WHERE account_id IN (?)`, accounts)
	all := tellings{}
	for _, one := range rows {
		all[one.Account] = one
	}
	return all, err
}

// Hours are the parts of a Telling that are set together.
type Hours struct{ Digest, QuietFrom, QuietTo int }

// SetTelling sets the hours at which the actor is told. Digests move to the new hour, and what waited for the end of
// quiet hours is looked at anew. Invalid for what is no hour.
func (s *Service) SetTelling(ctx context.Context, who auth.Actor, h Hours) error {
	fields := errs.Fields{}
	for name, hour := range map[string]int{"digest_hour": h.Digest, "quiet_from": h.QuietFrom, "quiet_to": h.QuietTo} {
		if hour < 0 || hour > 23 {
			fields.Add(name, "error.between", errs.Params{"min": 0, "max": 23})
		}
	}
	if err := fields.Err(); err != nil {
		return err
	}
	return s.setTelling(ctx, who, func(_ time.Time, t *Telling) error {
		t.DigestHour, t.QuietFrom, t.QuietTo = h.Digest, h.QuietFrom, h.QuietTo
		return nil
	})
}

// setTelling changes how the actor is told, and lets it hold for what they have saved.
func (s *Service) setTelling(ctx context.Context, who auth.Actor, change func(time.Time, *Telling) error) error {
	if who.Account == 0 {
		return errs.Unauthenticated("error.unauthenticated")
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		t, err := tellingOf(ctx, tx, who.Account)
		if err != nil {
			return err
		}
		was := t
		if err := change(tx.Now, &t); err != nil {
			return err
		}
		if err := saveTelling(ctx, tx, t); err != nil {
			return err
		}
		if t.DigestHour != was.DigestHour {
			for _, every := range []Every{Daily, Weekly} {
				if _, err := tx.Exec(ctx, `UPDATE saved_search SET next_at = ? WHERE account_id = ? AND every = ? AND ended_at IS NULL`,
					t.next(every, tx.Now), who.Account, every); err != nil {
					return err
				}
			}
		}
		return s.askHeld(ctx, tx, who.Account)
	})
}

func saveTelling(ctx context.Context, tx *db.Tx, t Telling) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO telling (account_id, digest_hour, quiet_from, quiet_to, paused_at, resumes_on) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (account_id) DO UPDATE SET digest_hour = excluded.digest_hour, quiet_from = excluded.quiet_from,
			quiet_to = excluded.quiet_to, paused_at = excluded.paused_at, resumes_on = excluded.resumes_on`,
		t.Account, t.DigestHour, t.QuietFrom, t.QuietTo, t.PausedAt, t.ResumesOn)
	return err
}

// askHeld asks that the instant searches of an account be told that have something to tell: what held them may be over.
// One that must still wait is told no sooner.
func (s *Service) askHeld(ctx context.Context, tx *db.Tx, account id.ID) error {
	var instant []id.ID
	if err := tx.Select(ctx, &instant, `
		SELECT id FROM saved_search WHERE account_id = ? AND every = 'instant' AND ended_at IS NULL ORDER BY id`, account); err != nil {
		return err
	}
	waiting, err := untold(ctx, tx, instant)
	if err != nil {
		return err
	}
	return s.askAnew(ctx, tx, waiting)
}

// maxPause is how far ahead the end of a pause may lie, in days.
const maxPause = 366

// PauseAll stops that the actor is told of anything that their searches find, until a day, or until ResumeAll when it is
// "". Invalid for a day that is not ahead.
func (s *Service) PauseAll(ctx context.Context, who auth.Actor, until calendar.Day) error {
	return s.setTelling(ctx, who, func(now time.Time, t *Telling) (err error) {
		t.Pause, err = pauseUntil(now, until)
		return err
	})
}

// ResumeAll ends PauseAll: what was found in the meantime is told.
func (s *Service) ResumeAll(ctx context.Context, who auth.Actor) error {
	return s.setTelling(ctx, who, func(_ time.Time, t *Telling) error {
		t.Pause = Pause{}
		return nil
	})
}

// Pause is PauseAll for one saved search. NotFound as for Get.
func (s *Service) Pause(ctx context.Context, who auth.Actor, saved id.ID, until calendar.Day) error {
	return s.pause(ctx, who, saved, func(now time.Time) (Pause, error) { return pauseUntil(now, until) })
}

// Resume ends Pause. NotFound as for Get.
func (s *Service) Resume(ctx context.Context, who auth.Actor, saved id.ID) error {
	return s.pause(ctx, who, saved, func(time.Time) (Pause, error) { return Pause{}, nil })
}

func (s *Service) pause(ctx context.Context, who auth.Actor, saved id.ID, of func(time.Time) (Pause, error)) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		p, err := of(tx.Now)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `
			UPDATE saved_search SET paused_at = ?, resumes_on = ?, version = version + 1
			WHERE id = ? AND account_id = ? AND ended_at IS NULL`, p.PausedAt, p.ResumesOn, saved, who.Account)
		if err == nil && n == 0 {
			err = errs.NotFound("error.not_found")
		}
		if err != nil {
			return err
		}
		return s.askHeld(ctx, tx, who.Account)
	})
}

func pauseUntil(now time.Time, until calendar.Day) (Pause, error) {
	first := calendar.DayOf(now).Add(1)
	last := first.Add(maxPause)
	_, err := calendar.ParseDay(string(until))
	switch {
	case until == "":
	case err != nil:
		return Pause{}, errs.Fields{"until": {Key: "error.day"}}.Err()
	case until < first, until > last:
		return Pause{}, errs.Fields{"until": {Key: "error.day.between", Params: errs.Params{"min": string(first), "max": string(last)}}}.Err()
	}
	return Pause{PausedAt: db.At(now), ResumesOn: until}, nil
}
