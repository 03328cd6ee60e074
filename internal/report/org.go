package report

import (
	"cmp"
	"context"
	"slices"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/position"
)

// OfOrg returns the report of an organization for a week, stored and running weeks as for Weekly. Forbidden unless the
// actor works for the organization.
func (s *Service) OfOrg(ctx context.Context, who auth.Actor, owner id.ID, week calendar.Week) (Org, error) {
	if err := who.NeedOrg(owner, auth.Viewer); err != nil {
		return Org{}, err
	}
	body, stamp, err := take(ctx, s, ForOrg, owner.String(), week, func(q db.Q, w window) (OrgBody, error) {
		bodies, err := orgBodies(ctx, q, w, []id.ID{owner})
		if err != nil {
			return OrgBody{}, err
		}
		if len(bodies) == 0 {
			return OrgBody{}, errs.NotFound("error.not_found")
		}
		return bodies[0], nil
	})
	return Org{body, stamp}, err
}

// ofOwnPosts reports whether a figure stands in the report of an organization: it is about single posts.
func (d Definition) ofOwnPosts() bool { return d.ByKind && d.measure != units }

// orgBodies writes the reports of several organizations, in order of their ids.
func orgBodies(ctx context.Context, q db.Q, w window, orgs []id.ID) ([]OrgBody, error) {
	names, err := org.ByID(ctx, q, orgs)
	if err != nil {
		return nil, err
	}
	bodies, posts := map[id.ID]*OrgBody{}, map[id.ID]*OfPosition{}
	for owner, o := range names {
		bodies[owner] = &OrgBody{
			Report: ForOrg, Definitions: Definitions, Org: Named{owner, o.Name}, Span: w.span(), Figures: Figures{},
			Positions: []OfPosition{},
		}
	}
	of := map[id.ID]id.ID{} // post → organization
	done := map[rowset][]count{}
	for _, d := range All() {
		if !d.ofOwnPosts() {
			continue
		}
		for _, b := range bodies {
			b.Figures[d.Figure] = 0
		}
		if _, ok := done[d.rows]; !ok {
			if done[d.rows], err = counts(ctx, q, w, ofOrgs(orgs...), d.rows, byPosition); err != nil {
				return nil, err
			}
		}
		for _, c := range done[d.rows] {
			n := c.add(d)
			if n == 0 {
				continue
			}
			if posts[c.Position] == nil {
				posts[c.Position], of[c.Position] = &OfPosition{ID: c.Position, Figures: Figures{}}, c.Org
			}
			bodies[c.Org].Figures[d.Figure] += n
			posts[c.Position].Figures[d.Figure] += n
		}
	}
	if err := namePosts(ctx, q, posts); err != nil {
		return nil, err
	}
	for post, p := range posts {
		b := bodies[of[post]]
		b.Positions = append(b.Positions, *p)
	}
	return inOrder(bodies), nil
}

func inOrder(bodies map[id.ID]*OrgBody) []OrgBody {
	out := make([]OrgBody, 0, len(bodies))
	for _, b := range bodies {
		slices.SortFunc(b.Positions, func(a, b OfPosition) int { return cmp.Compare(a.ID, b.ID) })
		out = append(out, *b)
	}
	slices.SortFunc(out, func(a, b OrgBody) int { return cmp.Compare(a.Org.ID, b.Org.ID) })
	return out
}

// namePosts reads the titles and kinds of posts.
func namePosts(ctx context.Context, q db.Q, posts map[id.ID]*OfPosition) error {
	const most = 5000 // SQLite takes 32766 marks in a statement
	ids := make([]id.ID, 0, len(posts))
	for post := range posts {
		ids = append(ids, post)
	}
	for chunk := range slices.Chunk(ids, most) {
		var named []struct {
			ID    id.ID         `db:"id"`
			Title string        `db:"title"`
			Kind  position.Kind `db:"kind"`
		}
		if err := q.Select(ctx, &named, `SELECT id, title, kind FROM position WHERE id IN (?)`, chunk); err != nil {
			return err
		}
		for _, n := range named {
			posts[n.ID].Title, posts[n.ID].Kind = n.Title, n.Kind
		}
	}
	return nil
}
