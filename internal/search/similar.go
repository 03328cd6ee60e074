package search

import (
	"cmp"
	"context"
	"slices"

	"zhigang/internal/edition"
	"zhigang/internal/id"
	"zhigang/internal/position"
)

// enoughAlike is how many similar posts are enough not to look farther away for more.
const enoughAlike = 3

// Similar returns at most n posts on show that somebody may look at instead of one, the best first: of the same kind,
// with places left, and with a word of its title in theirs. They come from the same city; where fewer than three are
// there, from the province, and then from anywhere; the nearest first among those that fit as well. Each organization has
// its turn before one has a second: that of the post itself has had its own.
//
// There are none, and no error, when the index cannot be asked; down says so.
func (s *Service) Similar(ctx context.Context, p position.Position, n int) (alike []position.Listed, down bool, err error) {
	now, err := edition.Current(ctx, s.db)
	if err != nil {
		return nil, false, err
	}
	path := RegionPath(s.Tree, p.Region)
	for _, around := range similarAreas(path) {
		q := Query{
			Text: p.Title, Kinds: []position.Kind{p.Kind}, Regions: around, Near: p.Region, Per: min(4*n, MaxPer), Loose: true, lexicon: s.Words(),
		}.Paged().Lean()
		var hits Hits
		ok, err := s.ask(ctx, now.Day, func(ctx context.Context) (err error) {
			hits, err = s.index.Search(ctx, q.With(s.exposure(ctx)), now.Day)
			return err
		})
		if err != nil || !ok {
			return nil, err == nil, err
		}
		found, err := s.listed(ctx, now, hits.IDs)
		if err != nil {
			return nil, false, err
		}
		if alike = inTurn(q.alike(found, p.ID), p.OrgID); len(alike) >= enoughAlike {
			break
		}
	}
	return alike[:min(n, len(alike))], false, nil
}

// inTurn puts the first post of each organization before the second of any.
func inTurn(alike []position.Listed, own id.ID) []position.Listed {
	turns, turn := map[id.ID]int{own: 1}, map[id.ID]int{}
	for _, l := range alike {
		turn[l.ID] = turns[l.OrgID]
		turns[l.OrgID]++
	}
	slices.SortStableFunc(alike, func(a, b position.Listed) int { return cmp.Compare(turn[a.ID], turn[b.ID]) })
	return alike
}

// similarAreas are the regions to look in, one after the other: the city, the province, everywhere.
func similarAreas(path []string) [][]string {
	var out [][]string
	for depth := min(2, len(path)); depth > 0; depth-- {
		out = append(out, path[depth-1:depth])
	}
	return append(out, nil)
}

// alike keeps of what the query found the posts that still take somebody, and whose titles, not only their descriptions,
// hold a word of it. The post itself is not like itself.
func (q Query) alike(found []position.Listed, self id.ID) []position.Listed {
	var out []position.Listed
	wanted := q.Wanted()
	for _, l := range found {
		if l.ID != self && l.Left() > 0 && wanted.Has(Document{Title: l.Title, Kind: l.Kind}.Terms().Set()) {
			out = append(out, l)
		}
	}
	return out
}
