package bleve

import (
	"cmp"
	"slices"
	"strconv"

	"zhigang/internal/calendar"
	"zhigang/internal/id"
	"zhigang/internal/search"
)

// The filters that have a facet, as bits of what a row fails.
const (
	failKind = 1 << iota
	failRegion
	failDegree
	failOrgKind
	failPay
)

// walk is one pass over candidates: it filters them, counts the facets and keeps the best hits.
//
// A row that passes all filters is a hit and counts in every facet. A row that fails one filter only counts in the
// facet of that filter: that is what counting a facet without its own filter means, and one pass is enough for all of
// them.
type walk struct {
	rows   *rows
	query  search.Query
	wanted search.Wanted
	day    calendar.Day
	today  int32

	kinds, degrees, orgKinds [256]bool
	places, excluded         []bool
	regions, subregions      steps

	total, headcount                   int
	byKind, byDegree, byOrgKind, byPay [256]int
	bands                              []int
	best                               best
}

func newWalk(r *rows, q search.Query, wanted search.Wanted, parents map[string]string, today calendar.Day) *walk {
	w := &walk{rows: r, query: q, wanted: wanted, day: today, today: int32(search.DayNumber(today)), bands: append([]int{0}, search.PayBands()...)}
	kinds, degrees := q.KindChoices(), q.DegreeChoices()
	for n, name := range r.kinds.list {
		w.kinds[n] = kinds == nil || slices.Contains(texts(kinds), name)
	}
	for n, name := range r.degrees.list {
		w.degrees[n] = degrees == nil || slices.Contains(texts(degrees), name)
	}
	for n, name := range r.orgs.list {
		w.orgKinds[n] = len(q.OrgKinds) == 0 || slices.Contains(texts(q.OrgKinds), name)
	}
	w.places, w.excluded = make([]bool, len(r.places.paths)), make([]bool, len(r.places.paths))
	for n, path := range r.places.paths {
		w.places[n] = len(q.Regions) == 0 || slices.ContainsFunc(path, func(code string) bool { return slices.Contains(q.Regions, code) })
		w.excluded[n] = slices.ContainsFunc(path, func(code string) bool { return slices.Contains(q.NotRegions, code) })
	}
	w.regions = newSteps(r.places.paths, parents["region"])
	if parent, ok := parents["subregion"]; ok {
		w.subregions = newSteps(r.places.paths, parent)
	}
	w.best.room = q.Page * q.Per
	if w.ranked() {
		w.best.room = max(w.best.room, search.Window)
	}
	return w
}

func texts[T ~string](in []T) []string {
	out := make([]string, len(in))
	for n, v := range in {
		out[n] = string(v)
	}
	return out
}

// steps counts the children of a region.
type steps struct {
	slots  []int16 // by place: where it counts, -1 for nowhere; none when nothing is counted
	names  []string
	counts []int
}

func newSteps(paths [][]string, parent string) steps {
	s := steps{slots: make([]int16, len(paths))}
	known := map[string]int16{}
	for n, path := range paths {
		child := childOf(path, parent)
		slot, ok := known[child]
		switch {
		case child == "":
			slot = -1
		case !ok:
			slot = int16(len(s.names))
			known[child] = slot
			s.names = append(s.names, child)
		}
		s.slots[n] = slot
	}
	s.counts = make([]int, len(s.names))
	return s
}

func (s *steps) add(place uint16) {
	if len(s.slots) > 0 && s.slots[place] >= 0 {
		s.counts[s.slots[place]]++
	}
}

// childOf returns the step of the path directly below parent; "" when the path does not lead there.
func childOf(path []string, parent string) string {
	if parent == "" && len(path) > 0 {
		return path[0]
	}
	if n := slices.Index(path, parent); n >= 0 && n+1 < len(path) {
		return path[n+1]
	}
	return ""
}

// ranked reports whether the order is by how well the words fit.
func (w *walk) ranked() bool { return w.query.Sort == search.ByRelevance && len(w.wanted.Groups) > 0 }

// add takes the row of number n, which holds the words in a tier: 0 in the title, 1 in what counts much, 2 anywhere.
func (w *walk) add(n uint32, tier uint8) {
	r := &w.rows.all[n]
	if !r.live || r.valid < w.today || w.excluded[r.place] || w.query.Org != 0 && r.org != w.query.Org {
		return
	}
	fails := 0
	if !w.kinds[r.kind] {
		fails |= failKind
	}
	if !w.places[r.place] {
		fails |= failRegion
	}
	if !w.degrees[r.degree] {
		fails |= failDegree
	}
	if !w.orgKinds[r.orgKind] {
		fails |= failOrgKind
	}
	if int(r.payMin) < w.query.PayMin {
		fails |= failPay
	}
	w.count(r, fails)
	if fails == 0 {
		w.total++
		w.headcount += int(r.headcount)
		w.best.add(w.key(r, tier))
	}
}

func (w *walk) count(r *row, fails int) {
	if fails&^failKind == 0 {
		w.byKind[r.kind]++
	}
	if fails&^failDegree == 0 {
		w.byDegree[r.degree]++
	}
	if fails&^failOrgKind == 0 {
		w.byOrgKind[r.orgKind]++
	}
	if fails&^failRegion == 0 {
		w.regions.add(r.place)
		w.subregions.add(r.place)
	}
	if fails&^failPay == 0 {
		for n, bound := range w.bands {
			if int(r.payMin) >= bound {
				w.byPay[n]++
			}
		}
	}
}

// hits returns the page of the query.
func (w *walk) hits() search.Hits {
	h := search.NoHits()
	h.Total, h.Headcount = w.total, w.headcount
	fill := func(facet string, names []string, counts []int) {
		for n, name := range names {
			if counts[n] > 0 {
				h.Facets[facet][name] = counts[n]
			}
		}
	}
	fill("kind", w.rows.kinds.list, w.byKind[:])
	fill("degree", w.rows.degrees.list, w.byDegree[:])
	fill("org_kind", w.rows.orgs.list, w.byOrgKind[:])
	fill("region", w.regions.names, w.regions.counts)
	fill("subregion", w.subregions.names, w.subregions.counts)
	for n, bound := range w.bands {
		if w.byPay[n] > 0 {
			h.Facets["pay_min"][strconv.Itoa(bound)] = w.byPay[n]
		}
	}
	h.IDs = w.page()
	return h
}

// page returns the ids of the page: the window is put in order by what its documents say.
func (w *walk) page() []id.ID {
	keys := w.best.sorted()
	ids := make([]id.ID, len(keys))
	for n, k := range keys {
		ids[n] = k.id
	}
	if w.ranked() {
		window := min(search.Window, len(ids))
		heads := make([]search.Head, window)
		for n, doc := range ids[:window] {
			heads[n] = *w.rows.all[w.rows.numbers[doc]].head
		}
		search.Rank(w.wanted, heads, w.day)
		for n, h := range heads {
			ids[n] = h.ID
		}
	}
	from := min((w.query.Page-1)*w.query.Per, len(ids))
	return ids[from:min(from+w.query.Per, len(ids))]
}

// key is the place of a hit in the order: the lesser first, by each field in turn, the newest and then the greater id
// being the lesser.
type key struct {
	first     int64
	published int64
	id        id.ID
}

func (w *walk) key(r *row, tier uint8) key {
	k := key{published: r.published, id: r.id}
	switch w.query.Sort {
	case search.ByClosing:
		k.first = int64(r.valid)
	case search.ByPay:
		k.first = -int64(r.payMin)
	case search.ByRelevance:
		k.first = int64(tier)
	default: // the newest first
	}
	return k
}

func (k key) compare(o key) int {
	if k.first != o.first {
		return cmp.Compare(k.first, o.first)
	}
	if k.published != o.published {
		return cmp.Compare(o.published, k.published)
	}
	return cmp.Compare(o.id, k.id)
}

// best keeps the first room keys of those it is given, in a heap with the last of them on top.
type best struct {
	room int
	heap []key
}

func (b *best) add(k key) {
	if len(b.heap) < b.room {
		b.heap = append(b.heap, k)
		for n := len(b.heap) - 1; n > 0; {
			up := (n - 1) / 2
			if b.heap[n].compare(b.heap[up]) <= 0 {
				break
			}
			b.heap[n], b.heap[up] = b.heap[up], b.heap[n]
			n = up
		}
		return
	}
	if b.room == 0 || k.compare(b.heap[0]) >= 0 {
		return
	}
	b.heap[0] = k
	for n := 0; ; {
		top := n
		for child := 2*n + 1; child <= 2*n+2 && child < len(b.heap); child++ {
			if b.heap[child].compare(b.heap[top]) > 0 {
				top = child
			}
		}
		if top == n {
			return
		}
		b.heap[n], b.heap[top] = b.heap[top], b.heap[n]
		n = top
	}
}

// sorted returns the keys in order.
func (b *best) sorted() []key {
	slices.SortFunc(b.heap, key.compare)
	return b.heap
}
