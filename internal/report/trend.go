package report

import (
	"context"
	"fmt"
	"slices"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/memo"
)

// maxTrend is how many weeks a trend goes back at most: a year.
const maxTrend = 53

// TrendFigures lists the figures that Trend returns.
func TrendFigures() []Figure {
	return []Figure{Posts, Headcount, Applications, HiresClaimed, HiresClaimedConfirmed, HiresConfirmed, HiresDisputed}
}

// Point is one week of a trend.
type Point struct {
	Week    calendar.Week
	Running bool // the week is not over
	Figures Figures
}

// Trend returns TrendFigures of the last weeks, oldest first, the running week last: as they were reported where the
// report is stored, else counted, without storing them; remembered and shared as what Weekly returns. weeks is at most
// 53. Errors as for Weekly.
func (s *Service) Trend(ctx context.Context, who auth.Actor, code string, weeks int) ([]Point, error) {
	if err := s.needRegion(who, code); err != nil {
		return nil, err
	}
	now := s.db.Clock().Now()
	weeks = min(max(weeks, 1), maxTrend)
	key := fmt.Sprint("trend|", code, "|", weeks, "|", calendar.WeekOf(now))
	return memo.Remember(s.memo, key, func() ([]Point, error) { return s.trend(ctx, code, weeks, now) })
}

func (s *Service) trend(ctx context.Context, code string, weeks int, now time.Time) ([]Point, error) {
	points := make([]Point, weeks)
	asked := make([]string, len(points))
	for n := range points {
		points[n].Week = calendar.WeekOf(now).Add(n + 1 - len(points))
		asked[n] = points[n].Week.String()
	}
	err := s.db.Snapshot(ctx, func(q db.Q) error {
		var began db.Time
		if err := q.Get(ctx, &began, `SELECT MIN(at) FROM position_event`); err != nil {
			return err
		}
		var stored []row
		if err := q.Select(ctx, &stored, `
			SELECT `+db.Columns[row]("r")+` FROM report r WHERE kind = ? AND scope = ? AND week IN (?)`,
			ForBureau, code, asked); err != nil {
			return err
		}
		for n := range points {
			points[n].Figures, points[n].Running = Figures{}, n == len(points)-1
			w := windowOf(points[n].Week, now)
			if began.IsZero() || !began.Before(w.to) { // before the first post ever
				continue
			}
			if err := s.trendOf(ctx, q, stored, code, w, points[n].Figures); err != nil {
				return err
			}
		}
		return nil
	})
	return points, err
}

// trendOf reads one week of a trend from its stored report, or counts it.
func (s *Service) trendOf(ctx context.Context, q db.Q, stored []row, code string, w window, into Figures) error {
	if n := slices.IndexFunc(stored, func(r row) bool { return r.Week == w.week.String() }); n >= 0 {
		var body BureauBody
		if _, err := stored[n].read(&body); err != nil {
			return err
		}
		for _, f := range TrendFigures() {
			into[f] = body.Figures[f]
		}
		return nil
	}
	if !w.running {
		var err error
		if w.closed, err = closedBy(ctx, q, w.week); err != nil {
			return err
		}
	}
	done := map[rowset][]count{}
	for _, f := range TrendFigures() {
		d, _ := Define(f)
		if _, ok := done[d.rows]; !ok {
			found, err := counts(ctx, q, w, inRegion(code), d.rows, byStep)
			if err != nil {
				return err
			}
			done[d.rows] = found
		}
		for _, c := range done[d.rows] {
			into[f] += c.add(d)
		}
	}
	return nil
}
