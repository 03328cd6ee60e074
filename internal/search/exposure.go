package search

import (
	"context"
	"sync"
	"time"

	"zhigang/internal/application"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/edition"
	"zhigang/internal/id"
	"zhigang/internal/outbox"
	"zhigang/internal/position"
)

// ExposureDays is over how many days applications are counted.
const ExposureDays = 30

// Standing is how much an organization is seen and how it answers, as of a day.
type Standing struct {
	Org          id.ID        `db:"org_id"`
	Day          calendar.Day `db:"day"`
	Openings     int          `db:"openings"`     // people that its posts on show look for
	Applications int          `db:"applications"` // to any of its posts, within ExposureDays
	Due          int          `db:"due"`          // as application.Replies
	Answered     int          `db:"answered"`
}

const (
	// enough is how many applications for each opening in ExposureDays halve what an organization has to gain.
	enough = 3
	// unknownReplies stands for the reply rate of who had too few applications to say.
	unknownReplies = 0.5
)

// PerOpening returns how many applications there were for each opening.
func (s Standing) PerOpening() float64 { return float64(s.Applications) / float64(max(1, s.Openings)) }

// Fair returns, from 0 to 1, how much the organization is to rise: the product of
//
//	few applications   1 / (1 + applications per opening / 3): 1 without any, ½ at three
//	good answers       the public reply rate, from 0 to 1; ½ where it is not known
//
// An organization that nobody applies to and that answers everybody has 1; to leave people waiting, or to be known to all,
// lowers it. Neither the size of an organization nor the number of its posts counts.
func (s Standing) Fair() float64 {
	replies := unknownReplies
	if percent, ok := (application.Replies{Due: s.Due, Answered: s.Answered}).Rate(); ok {
		replies = float64(percent) / 100
	}
	return replies / (1 + s.PerOpening()/enough)
}

// Exposure holds how much each organization is to rise on a day. It never changes; nil knows nobody.
type Exposure struct {
	day  calendar.Day
	fair map[id.ID]float64
}

// NewExposure returns the exposure of organizations.
func NewExposure(day calendar.Day, all ...Standing) *Exposure {
	e := &Exposure{day, make(map[id.ID]float64, len(all))}
	for _, s := range all {
		e.fair[s.Org] = s.Fair()
	}
	return e
}

// of returns how much an organization is to rise; who is not known yet has neither applications nor replies.
func (e *Exposure) of(org id.ID) float64 {
	if e != nil {
		if fair, ok := e.fair[org]; ok {
			return fair
		}
	}
	return Standing{}.Fair()
}

// With returns the query with what is known of the organizations.
func (q Query) With(e *Exposure) Query {
	q.exposure = e
	return q
}

// CountExposure follows the clock: it counts anew how much each organization with posts on show is seen. All processes
// follow, so that the order of a search is the same for everybody.
func (s *Service) CountExposure(ctx context.Context, job *outbox.Job) error {
	now := s.db.Clock().Now()
	today := calendar.DayOf(now)
	var all []Standing
	if err := s.db.Select(ctx, &all, `
		SELECT p.org_id, CAST(? AS TEXT) AS day, SUM(p.headcount - p.filled) AS openings, 0 AS applications, 0 AS due, 0 AS answered
		FROM position p JOIN org o ON o.id = p.org_id WHERE `+position.OnShow+` GROUP BY p.org_id`, today, today); err != nil {
		return err
	}
	replies, err := application.AllReplies(ctx, s.db, now)
	if err != nil {
		return err
	}
	received, err := application.ReceivedSince(ctx, s.db, now.AddDate(0, 0, -ExposureDays))
	if err != nil {
		return err
	}
	for n := range all {
		one := &all[n]
		one.Applications, one.Due, one.Answered = received[one.Org], replies[one.Org].Due, replies[one.Org].Answered
	}
	return job.Finish(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM exposure`); err != nil {
			return err
		}
		if err := db.InsertAll(ctx, tx, "exposure", all); err != nil {
			return err
		}
		return edition.Next(ctx, tx)
	})
}

// StandingOf returns the standing of an organization as it was counted last; NotFound before that.
func (s *Service) StandingOf(ctx context.Context, org id.ID) (one Standing, err error) {
	err = s.db.Get(ctx, &one, `SELECT `+db.Columns[Standing]("e")+` FROM exposure e WHERE org_id = ?`, org)
	return one, err
}

// exposures keeps the exposure in memory and looks now and then whether it was counted anew.
type exposures struct {
	mu     sync.Mutex
	asked  time.Time
	newest calendar.Day
	now    *Exposure
}

// Counted returns the day of the exposure that this process goes by; "" before it has been counted.
func (s *Service) Counted() calendar.Day {
	s.exposures.mu.Lock()
	defer s.exposures.mu.Unlock()
	return s.exposures.newest
}

// exposureAge is how long a process may go on with an earlier count.
const exposureAge = time.Minute

// exposure returns the last count that is known.
func (s *Service) exposure(ctx context.Context) *Exposure {
	e := &s.exposures
	e.mu.Lock()
	defer e.mu.Unlock()
	now := s.db.Clock().Now()
	if age := now.Sub(e.asked); age >= 0 && age < exposureAge {
		return e.now
	}
	e.asked = now
	var day calendar.Day
	if err := s.db.Get(ctx, &day, `SELECT COALESCE(MAX(day), '') FROM exposure`); err != nil || day == e.newest {
		return e.now // it changes little from day to day
	}
	var all []Standing
	if err := s.db.Select(ctx, &all, `SELECT `+db.Columns[Standing]("e")+` FROM exposure e`); err == nil {
		e.now, e.newest = NewExposure(day, all...), day
	}
	return e.now
}
