package suggest

import (
	"cmp"
	"context"
	"slices"

	"zhigang/internal/auth"
	"zhigang/internal/fit"
	"zhigang/internal/id"
	"zhigang/internal/person"
	"zhigang/internal/position"
	"zhigang/internal/region"
	"zhigang/internal/search"
)

// MaxRecommended is how many positions are recommended at most.
const MaxRecommended = 20

// Scored is a position with how it suits a person.
type Scored struct {
	position.Listed
	Fit fit.Fit
}

// State says why there is what there is.
type State string

// The states of recommendations.
const (
	On    State = "on"
	Off   State = "off"   // turned off: what is listed are the newest positions, for everybody the same
	Blank State = "blank" // there is nothing in the profile to go by
	Down  State = "down"  // the search does not answer
)

// Recommended is what is recommended to a person, the best first.
type Recommended struct {
	State State
	Items []Scored
	// Wider says that there was too little in the wanted regions, and that those around them were looked at as well.
	Wider   bool
	Profile person.Profile
}

// Recommend returns the positions that suit the actor best, up to limit: none that they applied for, none of an
// organization that they blocked or work for. What they want bounds what is looked at (the newest hundred of it); fit.Score
// puts it in order. Pay is not asked of the search: a post that nearly pays enough may suit in all else.
func (s *Service) Recommend(ctx context.Context, who auth.Actor, limit int) (out Recommended, err error) {
	limit = min(limit, MaxRecommended)
	choice, err := s.Choice(ctx, who)
	if err != nil {
		return out, err
	}
	if out.Profile, err = person.Get(ctx, s.db, who.Account); err != nil {
		return out, err
	}
	switch {
	case !bool(choice.Recommend):
		out.State = Off
		return out, s.newest(ctx, &out, limit)
	case out.Profile.Blank():
		out.State = Blank
		return out, nil
	}
	apart, err := s.apart(ctx, who)
	if err != nil {
		return out, err
	}
	out.State = On
	q := Wants(out.Profile)
	q.Per, q.Sort = search.MaxPer, search.ByNewest
	for {
		results, err := s.Search.Find(ctx, q.Lean())
		if err != nil {
			return out, err
		}
		if results.Down {
			out.State = Down
			return out, nil
		}
		out.Items = rank(out.Profile, results.Items, apart)
		wider := widen(q.Regions)
		if len(out.Items) >= limit || wider == nil {
			break
		}
		q.Regions, out.Wider = wider, true
	}
	out.Items = out.Items[:min(limit, len(out.Items))]
	return out, nil
}

// newest lists what everybody sees.
func (s *Service) newest(ctx context.Context, out *Recommended, limit int) error {
	items, err := s.Positions.Newest(ctx, limit, 0)
	for _, l := range items {
		out.Items = append(out.Items, Scored{Listed: l})
	}
	return err
}

// Wants returns what somebody says they want and have, as a search.
func Wants(p person.Profile) search.Query {
	q := search.Query{Regions: slices.Clone(p.WantRegions.V), DegreeMost: position.Degree(p.Degree)}
	for _, k := range p.WantKinds.V {
		q.Kinds = append(q.Kinds, position.Kind(k))
	}
	return q
}

// widen returns the regions around the given ones, a level up but never above a province; nil when there are none.
func widen(codes []string) []string {
	var wider []string
	moved := false
	for _, code := range codes {
		if up := region.Parent(code); up != "" {
			code, moved = up, true
		}
		wider = append(wider, code)
	}
	if !moved {
		return nil
	}
	slices.Sort(wider)
	return slices.Compact(wider)
}

// rank scores positions, leaves out what does not suit or stands apart, and puts the best first: by the score, then the
// newest, then the id.
func rank(who person.Profile, items []position.Listed, apart apart) []Scored {
	var out []Scored
	for _, l := range items {
		if f := fit.Score(who, l.Position); f.Points >= fit.Enough && !apart.positions[l.ID] && !apart.orgs[l.OrgID] {
			out = append(out, Scored{l, f})
		}
	}
	slices.SortFunc(out, func(a, b Scored) int {
		return cmp.Or(fit.Compare(a.Fit, b.Fit), b.PublishedAt.Compare(a.PublishedAt.Time), cmp.Compare(b.ID, a.ID))
	})
	return out
}

// apart is what is not recommended to somebody.
type apart struct{ positions, orgs map[id.ID]bool }

func (s *Service) apart(ctx context.Context, who auth.Actor) (apart, error) {
	a := apart{map[id.ID]bool{}, map[id.ID]bool{}}
	for query, to := range map[string]map[id.ID]bool{
		`SELECT position_id FROM application WHERE person_id = ?`: a.positions,
		`SELECT org_id FROM org_block WHERE account_id = ?`:       a.orgs,
		`SELECT org_id FROM org_member WHERE account_id = ?`:      a.orgs,
	} {
		var ids []id.ID
		if err := s.db.Select(ctx, &ids, query, who.Account); err != nil {
			return a, err
		}
		for _, one := range ids {
			to[one] = true
		}
	}
	return a, nil
}
