package notify

import (
	"context"

	"zhigang/internal/db"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/outbox"
	"zhigang/internal/suggest"
)

// asking is an ask with what notices say of it.
type asking struct {
	suggest.Ask
	Title   string `db:"title"`
	OrgName string `db:"org_name"`
}

func askingOf(ctx context.Context, q db.Q, ask id.ID) (asking, error) {
	var a asking
	err := q.Get(ctx, &a, `SELECT `+db.Columns[suggest.Ask]("k")+`, p.title, o.name AS org_name
		FROM ask k JOIN position p ON p.id = k.position_id JOIN org o ON o.id = k.org_id WHERE k.id = ?`, ask)
	return a, err
}

// ContactAsked follows suggest.AskedFact: it tells the person who asks for their contact, and for which position. Whoever
// has answered by now is not told.
func (s *Service) ContactAsked(ctx context.Context, job *outbox.Job) error {
	return finish(ctx, job, func(tx *db.Tx) error {
		a, err := askingOf(ctx, tx, job.Subject)
		if err != nil || a.StateAt(tx.Now) != suggest.Asked {
			return err
		}
		n := about(AskedForContact, a.ID, a.ID, askPath(a.ID),
			"title", a.Title, "org", a.OrgName, "day", string(dayOf(db.At(a.Until()))))
		n.Account = a.Person
		_, err = s.Add(ctx, tx, n, ByMail)
		return err
	})
}

// ContactGiven follows suggest.GivenFact: it tells those who answer for the organization, without the name: that stands on
// the page.
func (s *Service) ContactGiven(ctx context.Context, job *outbox.Job) error {
	return finish(ctx, job, func(tx *db.Tx) error {
		a, err := askingOf(ctx, tx, job.Subject)
		if err != nil || a.State != suggest.Yes {
			return err
		}
		editors, err := org.Editors(ctx, tx, a.Org)
		if err != nil {
			return err
		}
		n := about(GaveContact, a.Position, a.ID, orgPositionPath(a.Org, a.Position)+"/candidates", "title", a.Title)
		return s.Tell(ctx, tx, editors, n, ByMail)
	})
}
