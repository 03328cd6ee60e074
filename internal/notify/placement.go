package notify

import (
	"context"
	"slices"

	"zhigang/internal/application"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/outbox"
)

// placed is a placement with its application.
type placed struct {
	applied
	Placement id.ID  `db:"placement_id"`
	StartOn   string `db:"start_on"`
	Region    string `db:"region_code"` // of the organization
}

func placedOf(ctx context.Context, q db.Q, placement id.ID) (placed, error) {
	var p placed
	err := q.Get(ctx, &p, `SELECT `+appliedColumns+`, pl.id AS placement_id, pl.start_on, o.region_code`+appliedFrom+`
		JOIN placement pl ON pl.application_id = a.id WHERE pl.id = ?`, placement)
	return p, err
}

// Claimed follows application.ClaimedFact: it tells the person that the organization says it hired them, and asks
// whether that is so.
func (s *Service) Claimed(ctx context.Context, job *outbox.Job) error {
	return finish(ctx, job, func(tx *db.Tx) error {
		p, err := placedOf(ctx, tx, job.Subject)
		if err != nil {
			return err
		}
		var reason string
		err = tx.Get(ctx, &reason, `
			SELECT reason FROM application_event WHERE application_id = ? AND verb = 'hire'
			ORDER BY at DESC, id DESC LIMIT 1`, p.ID)
		if err != nil && !errs.Is(err, errs.KindNotFound) {
			return err
		}
		n := about(PlacementClaimed, p.Placement, p.Placement, placementPath(p.Placement),
			"title", p.Title, "org", p.Employer, "day", p.StartOn, "reason", reason, "kind", string(p.Kind))
		n.Account = p.Person
		_, err = s.Add(ctx, tx, n, ByMail)
		return err
	})
}

// Decided follows application.DecidedFact: it tells the organization what the person said of a placement, and the
// nearest bureau when they dispute it.
func (s *Service) Decided(ctx context.Context, job *outbox.Job) error {
	return finish(ctx, job, func(tx *db.Tx) error {
		p, err := placedOf(ctx, tx, job.Subject)
		if err != nil {
			return err
		}
		var e application.PlacementEvent
		if err := tx.Get(ctx, &e, `
			SELECT `+db.Columns[application.PlacementEvent]("e")+` FROM placement_event e
			WHERE placement_id = ? AND verb IN ('confirm', 'dispute')
			ORDER BY at DESC, id DESC LIMIT 1`, p.Placement); err != nil {
			return err
		}
		editors, err := org.Editors(ctx, tx, p.Org)
		if err != nil {
			return err
		}
		if e.Verb == "confirm" {
			n := about(PlacementConfirmed, p.Placement, e.ID, orgApplicationPath(p.Org, p.ID), "title", p.Title)
			return s.Tell(ctx, tx, editors, n, InboxOnly)
		}
		n := about(PlacementDisputed, p.Placement, e.ID, orgApplicationPath(p.Org, p.ID), "title", p.Title)
		if err := s.Tell(ctx, tx, editors, n, ByMail); err != nil {
			return err
		}
		supervisors, err := s.supervisors(ctx, tx, p.Region)
		if err != nil {
			return err
		}
		n = about(PlacementReview, p.Placement, e.ID, bureauPlacementPath(p.Placement),
			"title", p.Title, "org", p.Employer, "reason", e.Note)
		return s.Tell(ctx, tx, supervisors, n, ByMail)
	})
}

// supervisors lists those who decide disputes for a region: at the nearest bureau that has any, from the street up.
func (s *Service) supervisors(ctx context.Context, q db.Q, region string) ([]id.ID, error) {
	path := s.Tree.Path(region)
	for _, code := range slices.Backward(path) {
		var found []id.ID
		if err := q.Select(ctx, &found, `
			SELECT st.account_id FROM staff st JOIN account a ON a.id = st.account_id
			WHERE st.region_code = ? AND st.role IN ('supervisor', 'administrator') AND a.disabled_at IS NULL
			ORDER BY st.account_id LIMIT 100`, code); err != nil || len(found) > 0 {
			return found, err
		}
	}
	return nil, nil
}
