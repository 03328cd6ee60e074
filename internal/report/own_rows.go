package report

import (
	"context"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
)

// OwnCell is one number of an organization's report.
type OwnCell struct {
	Org      id.ID
	Week     calendar.Week
	Figure   Figure
	Position id.ID // 0 for all posts
}

// OwnRows is Rows for a number of an organization's report. Errors as for OfOrg, and NotFound for a figure that no such
// report has.
func (s *Service) OwnRows(ctx context.Context, who auth.Actor, c OwnCell, after id.ID, limit int) (List, error) {
	if err := who.NeedOrg(c.Org, auth.Viewer); err != nil {
		return List{}, err
	}
	d, known := Define(c.Figure)
	if !known || !d.ofOwnPosts() {
		return List{}, errs.NotFound("error.not_found")
	}
	w, err := s.window(ctx, c.Week)
	if err != nil {
		return List{}, err
	}
	inner, args := w.bind(d.rows, ofOrgs(c.Org))
	from := "SELECT c.* FROM (" + inner + ") c WHERE 1 = 1"
	if len(d.steps) > 0 {
		from += " AND c.step IN (?)"
		args = append(args, d.steps)
	}
	if c.Position != 0 {
		from += " AND c.position_id = ?"
		args = append(args, c.Position)
	}
	out := List{Cell: Cell{Week: c.Week, Figure: c.Figure}, Definition: d}
	err = s.db.Snapshot(ctx, func(q db.Q) error {
		if err := s.list(ctx, q, &out, from, args, after, limit); err != nil {
			return err
		}
		out.Reported, err = ownReported(ctx, q, c)
		return err
	})
	return out, err
}

// ownReported returns what the stored report says in the cell; nil when none is stored.
func ownReported(ctx context.Context, q db.Q, c OwnCell) (*int64, error) {
	r, err := find(ctx, q, ForOrg, c.Week.String(), c.Org.String())
	if errs.Is(err, errs.KindNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var body OrgBody
	if _, err := r.read(&body); err != nil {
		return nil, err
	}
	figures := body.Figures
	if c.Position != 0 {
		figures = nil
		for _, p := range body.Positions {
			if p.ID == c.Position {
				figures = p.Figures
			}
		}
	}
	n := figures[c.Figure]
	return &n, nil
}
