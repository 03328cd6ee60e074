package report

import (
	"context"
	"regexp"
	"time"

	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/id"
	"zhigang/internal/position"
	"zhigang/internal/region"
)

// soonDays is how many days ahead an answer counts as due, or a post as closing soon.
const soonDays = 7

// window is the stretch of time that is counted: an ISO week in China, or what has passed of the running one.
type window struct {
	week     calendar.Week
	now      time.Time
	from, to time.Time    // from ≤ at < to
	day      calendar.Day // the last day: the Sunday, or today
	today    calendar.Day
	running  bool
	closed   calendar.Week // whose notes on posts hold; zero while the week is open
}

// windowOf returns the window of week as seen at instant now.
func windowOf(week calendar.Week, now time.Time) window {
	w := window{week: week, from: week.Start(), to: week.End(), day: week.Last(), today: calendar.DayOf(now), now: now}
	if now.Before(w.to) {
		w.running, w.day, w.to = true, w.today, now.Add(time.Millisecond)
	}
	return w
}

// scope limits a rowset to some organizations (o).
type scope struct {
	where string
	args  []any
}

func everywhere() scope { return scope{where: "1 = 1"} }

func inRegion(code string) scope {
	lo, hi := region.Scope(code)
	return scope{"o.region_code >= ? AND o.region_code < ?", []any{lo, hi}}
}

func ofOrgs(orgs ...id.ID) scope { return scope{"o.id IN (?)", []any{orgs}} }

// ofPersons limits the rowset promised, the only one that is read by person.
func ofPersons(persons []id.ID) scope { return scope{"a.person_id IN (?)", []any{persons}} }

var mark = regexp.MustCompile(`:[a-z]+`)

// bind puts a window and a scope into a rowset: its text with ? marks, and their arguments in order.
func (w window) bind(r rowset, s scope) (query string, args []any) {
	closed := ""
	if w.closed != (calendar.Week{}) {
		closed = w.closed.String()
	}
	query = mark.ReplaceAllStringFunc(string(r), func(name string) string {
		switch name {
		case ":from":
			args = append(args, db.At(w.from))
		case ":to":
			args = append(args, db.At(w.to))
		case ":first":
			args = append(args, w.week.First())
		case ":day":
			args = append(args, w.day)
		case ":soon":
			args = append(args, w.day.Add(soonDays))
		case ":closed":
			args = append(args, closed)
		case ":scope":
			args = append(args, s.args...)
			return "(" + s.where + ")"
		}
		return "?"
	})
	return query, args
}

// count is what a rowset holds for one group of its rows.
type count struct {
	Org      id.ID         `db:"org_id"`
	Region   string        `db:"region_code"`
	Kind     position.Kind `db:"kind"`
	Position id.ID         `db:"position_id"`
	Step     string        `db:"step"`
	Unit     string        `db:"unit"`
	Rows     int64         `db:"n"`
	Amount   int64         `db:"amount"`
}

// add returns what the group adds to a figure, except to one of units, which are told apart before they are counted.
func (c count) add(d Definition) int64 {
	switch {
	case !d.takes(c.Step):
		return 0
	case d.measure == amounts:
		return c.Amount
	}
	return c.Rows
}

// The groupings in which rowsets are counted.
const (
	byRegion   = "r.region_code, r.kind, r.step"
	byUnit     = "r.region_code, r.kind, r.step, r.unit"
	byStep     = "r.step"
	byPosition = "r.org_id, r.position_id, r.kind, r.step"
)

// counts counts the rows of a rowset, grouped.
func counts(ctx context.Context, q db.Q, w window, s scope, r rowset, by string) ([]count, error) {
	inner, args := w.bind(r, s)
	var all []count
	err := q.Select(ctx, &all, `
		SELECT `+by+`, COUNT(*) AS n, CAST(SUM(r.amount) AS BIGINT) AS amount FROM (`+inner+`) r GROUP BY `+by, args...)
	return all, err
}
