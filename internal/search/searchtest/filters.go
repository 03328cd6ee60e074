package searchtest

import (
	"cmp"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/position"
	"zhigang/internal/region"
	"zhigang/internal/search"
	"zhigang/internal/search/searchbench"
)

func (s suite) filters() []testing.InternalTest {
	return []testing.InternalTest{
		{Name: "EachFilterLimits", F: s.eachFilter},
		{Name: "RegionFacetsFollowTheChoice", F: s.regionFacets},
		{Name: "QueriesFindWhatMatchesSays", F: s.bruteForce},
		{Name: "OrdersBreakTies", F: s.orders},
		{Name: "PagesNeitherOverlapNorMiss", F: s.pages},
		{Name: "TotalsAreExactBeyondTheLastPage", F: s.totals},
		{Name: "WhatHasRunOutIsNotFound", F: s.expiry},
	}
}

func (s suite) eachFilter(t *testing.T) {
	x := s.with(t,
		plain(1, nil),
		plain(2, func(d *search.Document) { d.Kind, d.PayMin = position.Volunteer, 0 }),
		plain(3, func(d *search.Document) { d.Regions = []string{"440000", "442000", "442000001"} }),
		plain(4, func(d *search.Document) { d.Degree = position.Master }),
		plain(5, func(d *search.Document) { d.PayMin, d.PayMax = 9000, 9000 }),
		plain(6, func(d *search.Document) { d.OrgKind = org.Foundation }),
		plain(7, func(d *search.Document) { d.OrgID, d.Headcount = 901, 20 }),
		plain(8, func(d *search.Document) { d.Regions = []string{"110000", "110108"} }),
	)
	for _, one := range []struct {
		q    search.Query
		want []id.ID
	}{
		{search.Query{}, []id.ID{8, 7, 6, 5, 4, 3, 2, 1}},
		{search.Query{Kinds: []position.Kind{position.Volunteer}}, []id.ID{2}},
		{search.Query{Kinds: []position.Kind{position.Volunteer, position.Talent}}, []id.ID{2}},
		{search.Query{Regions: []string{"440000"}}, []id.ID{7, 6, 5, 4, 3, 2, 1}},
		{search.Query{Regions: []string{"442000"}}, []id.ID{3}},
		{search.Query{Regions: []string{"442000001", "110000"}}, []id.ID{8, 3}},
		{search.Query{Regions: []string{"110108"}}, []id.ID{8}},
		{search.Query{Degrees: []position.Degree{position.Master, position.Doctor}}, []id.ID{4}},
		{search.Query{PayMin: 4001}, []id.ID{5}},
		{search.Query{PayMin: 4000}, []id.ID{8, 7, 6, 5, 4, 3, 1}},
		{search.Query{OrgKinds: []org.Kind{org.Foundation}}, []id.ID{6}},
		{search.Query{Org: 901}, []id.ID{7}},
		{search.Query{Text: "岗位", Org: 901, Kinds: []position.Kind{position.Job}}, []id.ID{7}},
		{search.Query{Org: 901, Kinds: []position.Kind{position.Volunteer}}, nil},
	} {
		wantIDs(t, x, one.q, one.want...)
	}
	if got := find(t, x, search.Query{}).Headcount; got != 27 {
		t.Errorf("headcount %d", got)
	}
}

func (s suite) regionFacets(t *testing.T) {
	at := func(n int64, path ...string) search.Document {
		return plain(n, func(d *search.Document) { d.Regions = path })
	}
	x := s.with(t,
		at(1, "440000", "440100", "440113"), at(2, "440000", "440100", "440113", "440113007"), at(3, "440000", "440100", "440106"),
		at(4, "440000", "442000", "442000001"), at(5, "440000", "442000", "442000103"), at(6, "110000", "110108"), at(7, "630000"),
	)
	for _, one := range []struct {
		regions       []string
		sisters, kids map[string]int
	}{
		{nil, map[string]int{"440000": 5, "110000": 1, "630000": 1}, map[string]int{}},
		{[]string{"440000"}, map[string]int{"440000": 5, "110000": 1, "630000": 1}, map[string]int{"440100": 3, "442000": 2}},
		{[]string{"440100"}, map[string]int{"440100": 3, "442000": 2}, map[string]int{"440113": 2, "440106": 1}},
		{[]string{"442000"}, map[string]int{"440100": 3, "442000": 2}, map[string]int{"442000001": 1, "442000103": 1}}, // no districts
		{[]string{"440113"}, map[string]int{"440113": 2, "440106": 1}, map[string]int{"440113007": 1}},
		{[]string{"440106", "440113"}, map[string]int{"440113": 2, "440106": 1}, map[string]int{}},
		{[]string{"440113007"}, map[string]int{"440113007": 1}, map[string]int{}},
		{[]string{"442000001"}, map[string]int{"442000001": 1, "442000103": 1}, map[string]int{}},
		{[]string{"440100", "442000"}, map[string]int{"440100": 3, "442000": 2}, map[string]int{}},
		{[]string{"440113", "442000"}, map[string]int{"440100": 3, "442000": 2}, map[string]int{}},
		{[]string{"440100", "440113"}, map[string]int{"440100": 3, "442000": 2}, map[string]int{}},
		{[]string{"110108"}, map[string]int{"110108": 1}, map[string]int{}}, // no city
		{[]string{"110000", "440113"}, map[string]int{"440000": 5, "110000": 1, "630000": 1}, map[string]int{}},
	} {
		facets := find(t, x, search.Query{Regions: one.regions}).Facets
		if !reflect.DeepEqual(facets["region"], one.sisters) || !reflect.DeepEqual(facets["subregion"], one.kids) {
			t.Errorf("%v: %v and %v, want %v and %v", one.regions, facets["region"], facets["subregion"], one.sisters, one.kids)
		}
	}
}

// bruteForce compares the engine with a count by hand over random queries: hits, order, sums and facets.
func (s suite) bruteForce(t *testing.T) {
	tree := Tree(t)
	docs := slices.Collect(searchbench.NewGenerator(tree).All(400))
	x := s.with(t, docs...)
	r := rand.New(rand.NewPCG(1, 2))
	for range 150 {
		q := randomQuery(t, tree, r, docs)
		want := byHand(tree, docs, q)
		got := find(t, x, q)
		if q.Text != "" && q.Sort == search.ByRelevance { // the engines may rank fits differently
			slices.Sort(got.IDs)
			slices.Sort(want.IDs)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v:\n got %+v\nwant %+v", q, got, want)
		}
	}
}

func pick[T any](r *rand.Rand, among ...T) T { return among[r.IntN(len(among))] }

// randomQuery makes a query of one to three limits, whose values are taken from docs. Its page holds all hits, so that
// the order of fits does not matter.
func randomQuery(t *testing.T, tree *region.Tree, r *rand.Rand, docs []search.Document) search.Query {
	t.Helper()
	some := func() search.Document { return pick(r, docs...) }
	q, err := search.Reader{Tree: tree, Home: pick(r, append(some().Regions, "")...)}.Parse(nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Per, q.Sort = search.MaxPer, pick(r, search.Sorts()...)
	for range 1 + r.IntN(3) {
		switch r.IntN(7) {
		case 0:
			q.Kinds = slices.Compact([]position.Kind{some().Kind, some().Kind})
		case 1:
			q.Degrees = []position.Degree{some().Degree}
		case 2:
			q.OrgKinds = []org.Kind{some().OrgKind}
		case 3:
			path := some().Regions
			q.Regions = append(q.Regions, path[r.IntN(len(path))])
		case 4:
			q.PayMin = pick(r, append(search.PayBands(), 4321)...)
		case 5:
			q.Org = some().OrgID
		case 6:
			d := some()
			title, name := []rune(d.Title), []rune(d.Org)
			q.Text = string(title[:min(len(title), 1+r.IntN(4))])
			if r.IntN(2) == 0 {
				q.Text += " " + string(name[len(name)-2-r.IntN(3):])
			}
		}
	}
	return q
}

// byHand answers a query by looking at every document.
func byHand(tree *region.Tree, docs []search.Document, q search.Query) search.Hits {
	h := search.NoHits()
	found := matching(docs, q)
	slices.SortFunc(found, inOrder(q.Sort))
	for _, d := range found {
		h.Headcount += d.Headcount
		if len(h.IDs) < q.Per {
			h.IDs = append(h.IDs, d.ID)
		}
	}
	h.Total = len(found)
	without := func(change func(q *search.Query)) []search.Document {
		other := q
		change(&other)
		return matching(docs, other)
	}
	for _, d := range without(func(q *search.Query) { q.Kinds = nil }) {
		h.Facets["kind"][string(d.Kind)]++
	}
	for _, d := range without(func(q *search.Query) { q.Degrees = nil }) {
		h.Facets["degree"][string(d.Degree)]++
	}
	for _, d := range without(func(q *search.Query) { q.OrgKinds = nil }) {
		h.Facets["org_kind"][string(d.OrgKind)]++
	}
	for _, d := range without(func(q *search.Query) { q.PayMin = 0 }) {
		for _, bound := range append([]int{0}, search.PayBands()...) {
			if d.PayMin >= bound {
				h.Facets["pay_min"][strconv.Itoa(bound)]++
			}
		}
	}
	for _, d := range without(func(q *search.Query) { q.Regions = nil }) {
		for facet, parent := range q.RegionParents(tree) {
			for n, code := range d.Regions {
				if n == 0 && parent == "" || n > 0 && d.Regions[n-1] == parent {
					h.Facets[facet][code]++
				}
			}
		}
	}
	return h
}

func matching(docs []search.Document, q search.Query) []search.Document {
	var out []search.Document
	for _, d := range docs {
		if _, ok := q.Matches(d); ok && d.ValidUntil >= searchbench.Today {
			out = append(out, d)
		}
	}
	return out
}

func inOrder(s search.Sort) func(a, b search.Document) int {
	return func(a, b search.Document) int {
		first := 0
		switch s {
		case search.ByClosing:
			first = cmp.Compare(a.ValidUntil, b.ValidUntil)
		case search.ByPay:
			first = cmp.Compare(b.PayMin, a.PayMin)
		}
		return cmp.Or(first, cmp.Compare(b.PublishedAt, a.PublishedAt), cmp.Compare(b.ID, a.ID))
	}
}

func (s suite) orders(t *testing.T) {
	at := func(n, published int64, pay, left int) search.Document {
		return plain(n, func(d *search.Document) {
			d.PublishedAt, d.PayMin, d.ValidUntil = published, pay, searchbench.Today.Add(left)
		})
	}
	x := s.with(t, at(1, 50, 3000, 5), at(2, 50, 3000, 5), at(3, 40, 3000, 5), at(4, 60, 9000, 9), at(5, 10, 9000, 1))
	wantIDs(t, x, search.Query{}, 4, 2, 1, 3, 5)
	wantIDs(t, x, search.Query{Text: "岗位"}, 4, 2, 1, 3, 5)
	wantIDs(t, x, search.Query{Sort: search.ByNewest}, 4, 2, 1, 3, 5)
	wantIDs(t, x, search.Query{Sort: search.ByClosing}, 5, 2, 1, 3, 4)
	wantIDs(t, x, search.Query{Sort: search.ByPay}, 4, 5, 2, 1, 3)
	wantIDs(t, x, search.Query{Text: "岗位", Sort: search.ByPay}, 4, 5, 2, 1, 3)
}

func (s suite) pages(t *testing.T) {
	const n = 157
	docs := make([]search.Document, n)
	for i := range docs { // all alike but for the id: only the last tie-break tells them apart
		docs[i] = plain(int64(i+1), func(d *search.Document) { d.PublishedAt = noon })
	}
	x := s.with(t, docs...)
	for _, q := range []search.Query{{}, {Text: "岗位"}, {Sort: search.ByPay}, {Text: "内容", Sort: search.ByClosing}, {Kinds: []position.Kind{position.Job}, Sort: search.ByNewest}} {
		var all []id.ID
		q.Per = 10
		for q.Page = 1; q.Page <= 17; q.Page++ {
			hits := find(t, x, q)
			if hits.Total != n || hits.Headcount != n {
				t.Fatalf("%+v: total %d, headcount %d", q, hits.Total, hits.Headcount)
			}
			all = append(all, hits.IDs...)
		}
		for i, one := range all {
			if one != id.ID(n-i) {
				t.Fatalf("%+v: place %d holds %d", q, i, one)
			}
		}
		if len(all) != n {
			t.Fatalf("%+v: %d on all pages", q, len(all))
		}
	}
}

func (s suite) totals(t *testing.T) {
	const n = search.MaxResults + 25
	docs := make([]search.Document, n)
	for i := range docs {
		docs[i] = plain(int64(i+1), func(d *search.Document) { d.Headcount = i % 7; d.Description = "" })
	}
	x := s.with(t, docs...)
	people := 0
	for _, d := range docs {
		people += d.Headcount
	}
	for _, q := range []search.Query{{}, {Text: "岗位", Sort: search.ByNewest}, {Page: search.MaxResults / 20, Per: 20}, {Page: 9999, Per: 100}} {
		hits := find(t, x, q)
		if hits.Total != n || hits.Headcount != people || len(hits.IDs) != q.Paged().Per {
			t.Errorf("%+v: total %d, headcount %d, %d on the page", q, hits.Total, hits.Headcount, len(hits.IDs))
		}
	}
	last := find(t, x, search.Query{Page: search.MaxResults / 20, Per: 20}).IDs
	if last[0] != n-search.MaxResults+20 || last[19] != n-search.MaxResults+1 {
		t.Errorf("the last page begins with %d and ends with %d", last[0], last[19])
	}
}

func (s suite) expiry(t *testing.T) {
	x := s.with(t,
		plain(1, func(d *search.Document) { d.ValidUntil = searchbench.Today.Add(-1) }),
		plain(2, func(d *search.Document) { d.ValidUntil = searchbench.Today }),
		plain(3, func(d *search.Document) { d.ValidUntil = searchbench.Today.Add(1) }),
	)
	wantIDs(t, x, search.Query{}, 3, 2)
	for day, want := range map[int][]id.ID{-1: {3, 2, 1}, 1: {3}, 2: {}} {
		hits, err := x.Search(t.Context(), search.Query{Text: "岗位"}, searchbench.Today.Add(day))
		if err != nil || !slices.Equal(hits.IDs, want) || hits.Facets["kind"]["job"] != len(want) || hits.Headcount != len(want) {
			t.Errorf("on day %d: %+v, %v", day, hits, err)
		}
	}
}
