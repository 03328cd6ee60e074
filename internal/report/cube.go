package report

import (
	"context"
	"maps"
	"slices"

	"zhigang/internal/db"
	"zhigang/internal/position"
	"zhigang/internal/region"
)

// Figures are numbers by name.
type Figures map[Figure]int64

// cube is what all figures of a bureau's report are folded from: the counts of every rowset by region and kind, and by
// unit where units are counted, for all regions of a scope at once.
type cube map[rowset][]count

// takeCube counts every rowset once.
func takeCube(ctx context.Context, q db.Q, w window, s scope) (cube, error) {
	groups := map[rowset]string{}
	for _, d := range All() {
		switch {
		case d.measure == units:
			groups[d.rows] = byUnit
		case groups[d.rows] == "":
			groups[d.rows] = byRegion
		}
	}
	c := cube{}
	for r, by := range groups {
		all, err := counts(ctx, q, w, s, r, by)
		if err != nil {
			return nil, err
		}
		c[r] = all
	}
	return c, nil
}

// tally adds up figures, units each once.
type tally struct {
	figures Figures
	seen    map[Figure]map[string]bool
}

// newTally starts at zero for every figure, so that each has its place in JSON; without organizations it leaves those
// out that have no kind of position.
func newTally(orgs bool) *tally {
	t := &tally{figures: Figures{}, seen: map[Figure]map[string]bool{}}
	for _, d := range All() {
		if orgs || d.ByKind {
			t.figures[d.Figure] = 0
		}
	}
	return t
}

func (t *tally) add(d Definition, c count) {
	if d.measure != units {
		t.figures[d.Figure] += c.add(d)
		return
	}
	if t.seen[d.Figure] == nil {
		t.seen[d.Figure] = map[string]bool{}
	}
	if d.takes(c.Step) && !t.seen[d.Figure][c.Unit] {
		t.seen[d.Figure][c.Unit] = true
		t.figures[d.Figure]++
	}
}

// sums are the totals of a region, and those by kind.
type sums struct {
	all   *tally
	kinds map[position.Kind]*tally
}

func newSums() sums {
	s := sums{newTally(true), map[position.Kind]*tally{}}
	for _, k := range position.Kinds() {
		s.kinds[k] = newTally(false)
	}
	return s
}

func (s sums) add(d Definition, c count) {
	s.all.add(d, c)
	if d.ByKind && s.kinds[c.Kind] != nil {
		s.kinds[c.Kind].add(d, c)
	}
}

func (s sums) byKind() map[position.Kind]Figures {
	out := map[position.Kind]Figures{}
	for k, t := range s.kinds {
		out[k] = t.figures
	}
	return out
}

// someByKind is byKind without what is zero: most regions have little of most kinds.
func (s sums) someByKind() map[position.Kind]Figures {
	out := s.byKind()
	for k, figures := range out {
		maps.DeleteFunc(figures, func(_ Figure, n int64) bool { return n == 0 })
		if len(figures) == 0 {
			delete(out, k)
		}
	}
	return out
}

// fold adds the cube up for one region: in all, by kind, and by the regions directly below.
func (c cube) fold(tree *region.Tree, code string) (total Figures, byKind map[position.Kind]Figures, parts []Part) {
	sum, below := newSums(), map[string]sums{}
	for _, child := range tree.Children(code) {
		below[child.Code] = newSums()
	}
	child := map[string]string{} // region of an organization → the region directly below code that holds it
	for _, d := range All() {
		for _, n := range c[d.rows] {
			if !region.Within(n.Region, code) {
				continue
			}
			part, known := child[n.Region]
			if !known {
				part = childOf(tree, code, n.Region)
				child[n.Region] = part
			}
			if _, known := below[part]; !known {
				below[part] = newSums()
			}
			sum.add(d, n)
			below[part].add(d, n)
		}
	}
	for child, s := range below {
		parts = append(parts, Part{Region: place(tree, child), Own: child == code, Figures: s.all.figures, ByKind: s.someByKind()})
	}
	slices.SortFunc(parts, compareParts)
	return sum.all.figures, sum.byKind(), parts
}

// compareParts puts the region's own organizations first, then the regions below by code.
func compareParts(a, b Part) int {
	switch {
	case a.Own != b.Own && a.Own:
		return -1
	case a.Own != b.Own:
		return 1
	case a.Region.Code < b.Region.Code:
		return -1
	}
	return 1
}

// childOf returns the region directly below scope in which code lies, dissolved ones too; scope itself for
// organizations that are registered at that level.
func childOf(tree *region.Tree, scope, code string) string {
	path := tree.Path(code)
	if n := slices.Index(path, scope); n >= 0 && n+1 < len(path) {
		return path[n+1]
	}
	return scope
}
