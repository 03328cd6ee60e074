package report

import (
	"context"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/org"
)

// DefaultReviewDays and DefaultSettleDays are within how many working days a bureau promises to review what was
// submitted, and to settle a dispute.
const (
	DefaultReviewDays = 3
	DefaultSettleDays = 5
)

// Task names a kind of work at a bureau.
type Task string

// The tasks, in the order of the page.
const (
	ReviewPositions Task = "review_positions"
	ReviewOrgs      Task = "review_orgs"
	SettleDisputes  Task = "settle_disputes"
	UrgeAnswers     Task = "urge_answers"
)

// ToDo is what waits at a bureau, of one kind.
type ToDo struct {
	Task Task
	// Count is how many posts or organizations wait for review, disputes for settling, or organizations for being urged.
	Count int
	// Applications is how many applications are overdue, for UrgeAnswers.
	Applications int
	// Oldest is when the one that waits longest came in; zero when there is none.
	Oldest time.Time
	// Due is the day by which that one should be done, or the answer was promised. Left is how many working days remain
	// until then; less than 0 is how many it is late. Over says that Due is past, if only by days on which nobody works.
	Due  calendar.Day
	Left int
	Over bool
}

// duty is how one kind of work is found.
type duty struct {
	task  Task
	days  int // working days that the bureau promises; 0 where somebody else promised a day
	query string
	args  []any // before those of the scope
}

// waiting is what the queries of duties return.
type waiting struct {
	Count        int          `db:"n"`
	Applications int          `db:"applications"`
	Oldest       db.Time      `db:"oldest"`
	Due          calendar.Day `db:"due"`
}

// duties lists the work of a bureau; the scope of its region is added to each query.
func (s *Service) duties(today calendar.Day) []duty {
	return []duty{
		{ReviewPositions, s.ReviewDays, `
			SELECT COUNT(*) AS n, 0 AS applications, MIN(p.submitted_at) AS oldest, '' AS due
			FROM position p JOIN org o ON o.id = p.org_id WHERE p.state = 'submitted'`, nil},
		{ReviewOrgs, s.ReviewDays, `
			SELECT COUNT(*) AS n, 0 AS applications, MIN(o.submitted_at) AS oldest, '' AS due
			FROM org o WHERE o.state = 'pending'`, nil},
		// A dispute is open until its bureau notes what it found out, and again when the person disputes anew.
		{SettleDisputes, s.SettleDays, `
			SELECT COUNT(*) AS n, 0 AS applications, MIN(e.at) AS oldest, '' AS due
			FROM placement pl JOIN org o ON o.id = pl.org_id JOIN placement_event e ON e.placement_id = pl.id
			WHERE pl.state = 'disputed' AND e.verb = 'dispute' AND NOT EXISTS (
				SELECT 1 FROM placement_event l WHERE l.placement_id = pl.id AND l.verb IN ('dispute', 'settle')
					AND (l.at > e.at OR l.at = e.at AND l.id > e.id))`, nil},
		{UrgeAnswers, 0, `
			SELECT COUNT(DISTINCT a.org_id) AS n, COUNT(*) AS applications, MIN(a.created_at) AS oldest,
				COALESCE(MIN(a.answer_by), '') AS due
			FROM application a JOIN org o ON o.id = a.org_id
			WHERE a.answered_at IS NULL AND a.state IN ('received', 'viewed') AND a.answer_by < ?`, []any{today}},
	}
}

// Queue returns what is to be done today in the region of the actor's bureau: all four tasks, those with nothing to do
// too. Forbidden unless the actor works for a bureau.
func (s *Service) Queue(ctx context.Context, who auth.Actor) ([]ToDo, error) {
	if err := who.NeedBureau(auth.Reviewer); err != nil {
		return nil, err
	}
	bureau := who
	bureau.Orgs = nil // what waits at the bureau, not what the actor waits for as a member
	where, scoped := org.Scope(bureau, "o")
	today := calendar.DayOf(s.db.Clock().Now())
	var all []ToDo
	err := s.db.Snapshot(ctx, func(q db.Q) error {
		for _, d := range s.duties(today) {
			var w waiting
			if err := q.Get(ctx, &w, d.query+" AND "+where, append(d.args, scoped...)...); err != nil {
				return err
			}
			all = append(all, s.toDo(d, w, today))
		}
		return nil
	})
	return all, err
}

func (s *Service) toDo(d duty, w waiting, today calendar.Day) ToDo {
	out := ToDo{Task: d.task, Count: w.Count, Applications: w.Applications, Oldest: w.Oldest.Time, Due: w.Due}
	if w.Count == 0 {
		return out
	}
	if d.days > 0 {
		out.Due = s.Holidays.AddWorking(calendar.DayOf(w.Oldest.Time), d.days)
	}
	out.Left, out.Over = s.Holidays.WorkingBetween(today, out.Due), out.Due < today
	return out
}

// LeftText returns the translation key of how much time is left, with its parameters.
func (t ToDo) LeftText() (key string, params map[string]any) {
	switch {
	case t.Left > 0:
		return "report.left.days", map[string]any{"n": t.Left}
	case t.Left < 0:
		return "report.left.over", map[string]any{"n": -t.Left}
	case t.Over:
		return "report.left.past", nil
	}
	return "report.left.today", nil
}

// NameKey is the translation key of the task's name.
func (t Task) NameKey() string { return "report.task." + string(t) }
