package notify

import (
	"context"
	"strconv"

	"zhigang/internal/application"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/outbox"
	"zhigang/internal/position"
)

// applied is an application with what notices say of it.
type applied struct {
	ID       id.ID             `db:"id"`
	Position id.ID             `db:"position_id"`
	Org      id.ID             `db:"org_id"`
	Person   id.ID             `db:"person_id"`
	State    application.State `db:"state"`
	AnswerBy calendar.Day      `db:"answer_by"`
	Title    string            `db:"title"`
	Kind     position.Kind     `db:"kind"`
	Employer string            `db:"employer"` // who hires: the member unit, or the organization itself
}

const appliedColumns = `a.id, a.position_id, a.org_id, a.person_id, a.state, a.answer_by, p.title, p.kind,
	CASE WHEN p.employer <> '' THEN p.employer ELSE o.name END AS employer`

const appliedFrom = ` FROM application a JOIN position p ON p.id = a.position_id JOIN org o ON o.id = a.org_id`

func appliedOf(ctx context.Context, q db.Q, application id.ID) (applied, error) {
	var a applied
	err := q.Get(ctx, &a, `SELECT `+appliedColumns+appliedFrom+` WHERE a.id = ?`, application)
	return a, err
}

// finish runs a handler whose only effects are notices. When what it should tell of is gone, nobody is told.
func finish(ctx context.Context, job *outbox.Job, fn func(*db.Tx) error) error {
	return job.Finish(ctx, func(tx *db.Tx) error {
		err := fn(tx)
		if errs.Is(err, errs.KindNotFound) {
			return nil
		}
		return err
	})
}

// Received follows application.ReceivedFact: it tells those who answer for the organization, by mail for the first
// applicant of a day to a post.
func (s *Service) Received(ctx context.Context, job *outbox.Job) error {
	return finish(ctx, job, func(tx *db.Tx) error {
		a, err := appliedOf(ctx, tx, job.Subject)
		if err != nil {
			return err
		}
		editors, err := org.Editors(ctx, tx, a.Org)
		if err != nil {
			return err
		}
		n := about(ApplicationReceived, a.Position, a.ID, orgApplicationPath(a.Org, a.ID),
			"title", a.Title, "day", string(a.AnswerBy), "kind", string(a.Kind))
		return s.Tell(ctx, tx, editors, n, ADay)
	})
}

// Withdrawn follows application.WithdrawnFact: it tells those who answer for the organization.
func (s *Service) Withdrawn(ctx context.Context, job *outbox.Job) error {
	return finish(ctx, job, func(tx *db.Tx) error {
		a, err := appliedOf(ctx, tx, job.Subject)
		if err != nil {
			return err
		}
		editors, err := org.Editors(ctx, tx, a.Org)
		if err != nil {
			return err
		}
		n := about(ApplicationWithdrawn, a.Position, a.ID, orgApplicationPath(a.Org, a.ID),
			"title", a.Title, "kind", string(a.Kind))
		return s.Tell(ctx, tx, editors, n, InboxOnly)
	})
}

// answers says which notice each verb of the organization becomes. A hire is told by the placement that it claims.
var answers = map[application.Verb]struct {
	kind Kind
	post Post
}{
	application.View:      {ApplicationViewed, InboxOnly},
	application.Invite:    {ApplicationInterview, ByMail},
	application.MakeOffer: {ApplicationOffer, ByMail},
	application.Decline:   {ApplicationDeclined, ByMail},
}

// Answered follows application.AnsweredFact: it tells the person each answer that was not told yet, with the reason
// that was given. That somebody looked is not told when more has happened since.
func (s *Service) Answered(ctx context.Context, job *outbox.Job) error {
	return finish(ctx, job, func(tx *db.Tx) error {
		a, err := appliedOf(ctx, tx, job.Subject)
		if err != nil {
			return err
		}
		var events []application.Event
		if err := tx.Select(ctx, &events, `
			SELECT `+db.Columns[application.Event]("e")+` FROM application_event e
			WHERE application_id = ? ORDER BY at, id LIMIT 50`, a.ID); err != nil {
			return err
		}
		for k, e := range events {
			answer, ok := answers[application.Verb(e.Verb)]
			if !ok || answer.kind == ApplicationViewed && k < len(events)-1 {
				continue
			}
			n := about(answer.kind, a.ID, e.ID, applicationPath(a.ID),
				"title", a.Title, "org", a.Employer, "reason", e.Reason, "kind", string(a.Kind))
			n.Account = a.Person
			if _, err := s.Add(ctx, tx, n, answer.post); err != nil {
				return err
			}
		}
		return nil
	})
}

// Urged follows application.UrgedFact: it tells those who answer for the organization (the subject) how many answers
// are overdue.
func (s *Service) Urged(ctx context.Context, job *outbox.Job) error {
	return finish(ctx, job, func(tx *db.Tx) error {
		var overdue int
		if err := tx.Get(ctx, &overdue, `
			SELECT COUNT(*) FROM application
			WHERE org_id = ? AND answered_at IS NULL AND state IN ('received', 'viewed') AND answer_by < ?`,
			job.Subject, calendar.DayOf(tx.Now)); err != nil {
			return err
		}
		if overdue == 0 { // all were answered in the meantime
			return nil
		}
		editors, err := org.Editors(ctx, tx, job.Subject)
		if err != nil {
			return err
		}
		n := about(AnswersUrged, job.Subject, job.ID, orgOverduePath(job.Subject), "n", strconv.Itoa(overdue))
		return s.Tell(ctx, tx, editors, n, ByMail)
	})
}
