package web

import (
	"cmp"
	"slices"
	"strconv"

	"zhigang/internal/org"
	"zhigang/internal/position"
	"zhigang/internal/search"
)

// filterGroup is one facet: what is found for each choice, all else being as it is. Choices that find nothing are shown too.
type filterGroup struct {
	Title         string
	Path          []choice // the regions around, from the nation down
	Options, More []choice // More stand behind, for whoever looks for them
}

// boxes makes choices into boxes of a form.
func boxes(kind, name string, list []choice) {
	for n := range list {
		list[n].Type, list[n].Name = kind, name
	}
}

// maxOptions bounds how many regions stand in front; those with most posts come first.
const maxOptions = 12

// regions is the tree around what is chosen: the way down to it, its sisters, and what lies below the one that is chosen.
func (b searchBuilder) regions() filterGroup {
	g := filterGroup{Title: b.p.T("search.filter.region", nil)}
	parent := b.q.RegionParents(b.h.Tree)["region"]
	if parent != "" || len(b.q.Regions) > 0 {
		g.Path = []choice{{URL: b.with(func(q *search.Query) { q.Regions = nil }), Label: b.p.T("search.region.all", nil)}}
		for _, code := range search.RegionPath(b.h.Tree, parent) {
			g.Path = append(g.Path, choice{URL: b.with(func(q *search.Query) { q.Regions = []string{code} }), Label: b.h.Tree.Name(code)})
		}
	}
	options := b.below(parent, b.facets["region"], b.q.Regions)
	boxes("checkbox", "region", options)
	if len(b.q.Regions) == 1 {
		at := slices.IndexFunc(options, func(o choice) bool { return o.Checked })
		options[at].Down = b.below(b.q.Regions[0], b.facets["subregion"], nil)
	}
	front := min(len(options), maxOptions)
	g.Options, g.More = options[:front], options[front:]
	return g
}

// below lists the regions directly below one, and those that are chosen: the chosen first, then those with most posts.
func (b searchBuilder) below(code string, counts map[string]int, chosen []string) []choice {
	codes := slices.Clone(chosen)
	for _, r := range b.h.Tree.Children(code) {
		codes = append(codes, r.Code)
	}
	for code := range counts { // such as what lies below a level on paper
		codes = append(codes, code)
	}
	slices.Sort(codes)
	var out []choice
	for _, one := range slices.Compact(codes) {
		out = append(out, choice{
			URL: b.with(func(q *search.Query) { q.Regions = []string{one} }), Value: one, Label: b.h.Tree.Name(one), Count: counts[one],
			Checked: slices.Contains(chosen, one),
		})
	}
	slices.SortStableFunc(out, func(a, c choice) int {
		if a.Checked != c.Checked {
			return map[bool]int{true: -1, false: 1}[a.Checked]
		}
		return cmp.Compare(c.Count, a.Count)
	})
	return out
}

// unwanted is what somebody does not want to see. What is refused already is among the choices, so that it can be taken
// back.
type unwanted struct {
	Open           bool
	Kinds, Regions []choice
	Words          []choice
}

func (b searchBuilder) unwanted() unwanted {
	u := unwanted{Open: len(b.q.NotKinds)+len(b.q.NotRegions)+len(b.q.Not) > 0}
	for _, k := range position.Kinds() {
		u.Kinds = append(u.Kinds, choice{
			Value: string(k), Label: b.p.T("kind."+string(k), nil), Count: b.facets["kind"][string(k)], Checked: slices.Contains(b.q.NotKinds, k),
		})
	}
	parent, counts := b.q.RegionParents(b.h.Tree)["region"], b.facets["region"]
	if len(b.q.Regions) == 1 {
		parent, counts = b.q.Regions[0], b.facets["subregion"]
	}
	if len(b.q.Regions) < 2 {
		u.Regions = slices.DeleteFunc(b.below(parent, counts, b.q.NotRegions), func(o choice) bool { return o.Count == 0 && !o.Checked })
		u.Regions = u.Regions[:min(len(u.Regions), max(maxOptions, len(b.q.NotRegions)))]
	}
	for _, text := range b.q.Not {
		u.Words = append(u.Words, choice{Value: text, Label: text, Checked: true})
	}
	boxes("checkbox", "not_kind", u.Kinds)
	boxes("checkbox", "not_region", u.Regions)
	return u
}

// parent is the region above, leaving out levels on paper.
func (b searchBuilder) parent(code string) string {
	path := b.h.Tree.Path(code)
	if len(path) < 2 {
		return ""
	}
	return path[len(path)-2]
}

func (b searchBuilder) degrees() filterGroup {
	g := filterGroup{Title: b.p.T("search.filter.degree", nil)}
	for _, d := range position.Degrees() {
		g.Options = append(g.Options, choice{
			Value: string(d), Label: b.p.T("degree."+string(d), nil), Count: b.facets["degree"][string(d)], Checked: slices.Contains(b.q.Degrees, d),
		})
	}
	boxes("checkbox", "degree", g.Options)
	return g
}

func (b searchBuilder) pay() filterGroup {
	g := filterGroup{Title: b.p.T("search.filter.pay", nil)}
	counts := b.facets["pay_min"]
	g.Options = append(g.Options, choice{Value: "", Label: b.p.T("search.pay.any", nil), Count: counts["0"], Checked: b.q.PayMin == 0})
	bands := search.PayBands()
	if b.q.PayMin > 0 && !slices.Contains(bands, b.q.PayMin) {
		bands = append(bands, b.q.PayMin)
		slices.Sort(bands)
	}
	for _, n := range bands {
		g.Options = append(g.Options, choice{
			Value: strconv.Itoa(n), Label: b.payLabel(n), Count: counts[strconv.Itoa(n)], Checked: b.q.PayMin == n,
		})
	}
	boxes("radio", "pay_min", g.Options)
	return g
}

func (b searchBuilder) payLabel(n int) string {
	return b.p.T("search.pay.from", map[string]any{"yuan": n})
}

func (b searchBuilder) orgKinds() filterGroup {
	g := filterGroup{Title: b.p.T("search.filter.org_kind", nil)}
	for _, k := range org.Kinds() {
		g.Options = append(g.Options, choice{
			Value: string(k), Label: b.p.T("org.kind."+string(k), nil), Count: b.facets["org_kind"][string(k)], Checked: slices.Contains(b.q.OrgKinds, k),
		})
	}
	boxes("checkbox", "org_kind", g.Options)
	return g
}
