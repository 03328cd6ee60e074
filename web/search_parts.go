package web

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"zhigang/internal/search"
)

// chips are the filters that hold, each with the address of the query without it.
func (b searchBuilder) chips() []link {
	var out []link
	label := func(filter, value string) string {
		return b.p.T("search.chip", map[string]any{"filter": b.p.T("search.filter."+filter, nil), "value": value})
	}
	drop := func(text string, fn func(*search.Query)) { out = append(out, link{b.with(fn), text}) }
	for n, r := range b.q.Regions {
		drop(label("region", b.h.Tree.Name(r)), func(q *search.Query) { q.Regions = slices.Delete(q.Regions, n, n+1) })
	}
	for n, d := range b.q.Degrees {
		drop(label("degree", b.p.T("degree."+string(d), nil)), func(q *search.Query) { q.Degrees = slices.Delete(q.Degrees, n, n+1) })
	}
	if most := b.q.DegreeMost; most != "" {
		drop(b.p.T("search.chip.degree_most", map[string]any{"degree": b.p.T("degree."+string(most), nil)}), func(q *search.Query) { q.DegreeMost = "" })
	}
	if b.q.PayMin > 0 {
		drop(b.payLabel(b.q.PayMin), func(q *search.Query) { q.PayMin = 0 })
	}
	for n, k := range b.q.OrgKinds {
		drop(b.p.T("org.kind."+string(k), nil), func(q *search.Query) { q.OrgKinds = slices.Delete(q.OrgKinds, n, n+1) })
	}
	if b.q.Org != 0 {
		drop(b.p.T("search.chip.org", nil), func(q *search.Query) { q.Org = 0 })
	}
	not := func(value string, fn func(*search.Query)) {
		drop(b.p.T("search.chip.not", map[string]any{"value": value}), fn)
	}
	for n, k := range b.q.NotKinds {
		not(b.p.T("kind."+string(k), nil), func(q *search.Query) { q.NotKinds = slices.Delete(q.NotKinds, n, n+1) })
	}
	for n, r := range b.q.NotRegions {
		not(b.h.Tree.Name(r), func(q *search.Query) { q.NotRegions = slices.Delete(q.NotRegions, n, n+1) })
	}
	for n, text := range b.q.Not {
		not(text, func(q *search.Query) { q.Not = slices.Delete(q.Not, n, n+1) })
	}
	if b.q.Plain {
		drop(b.p.T("search.chip.plain", nil), func(q *search.Query) { q.Plain = false })
	}
	return out
}

func (b searchBuilder) sorts() []choice {
	var out []choice
	for _, s := range search.Sorts() {
		if s == search.ByRelevance && b.q.Text == "" {
			continue
		}
		name := string(s)
		if s == search.ByRelevance {
			name = "relevance"
		}
		current := b.q.Sort == s && (s != search.ByRelevance || b.q.Near == "") || b.q.Sort == search.ByRelevance && b.q.Text == "" && s == search.ByNewest
		out = append(out, choice{URL: b.with(func(q *search.Query) { q.Sort, q.Near = s, "" }), Label: b.p.T("search.sort."+name, nil), Current: current})
	}
	if near := cmp.Or(b.q.Near, b.home); near != "" && b.q.Text != "" {
		out = append(out, choice{
			URL:   b.with(func(q *search.Query) { q.Near, q.Sort = near, search.ByRelevance }),
			Label: b.p.T("search.sort.near", map[string]any{"place": b.h.Tree.Name(near)}), Current: b.q.Near != "" && b.q.Sort == search.ByRelevance,
		})
	}
	return out
}

// pager links the pages around the current one.
func (b searchBuilder) pager(page *searchPage) {
	at := func(n int) string {
		q := b.q
		q.Page = n
		return searchURL(q)
	}
	if b.q.Page > 1 {
		page.Prev = at(b.q.Page - 1)
	}
	if b.q.Page < page.Pages {
		page.Next = at(b.q.Page + 1)
	}
	gap := false
	for n := 1; n <= page.Pages; n++ {
		if n != 1 && n != page.Pages && (n < b.q.Page-2 || n > b.q.Page+2) {
			if !gap {
				page.Numbers = append(page.Numbers, choice{})
				gap = true
			}
			continue
		}
		gap = false
		page.Numbers = append(page.Numbers, choice{URL: at(n), Label: strconv.Itoa(n), Current: n == b.q.Page})
	}
}

// wider says what an empty search would find without one of its filters, or in the region around.
func (h *handlers) wider(c *gin.Context, b searchBuilder) ([]choice, error) {
	var queries []search.Query
	var labels []string
	try := func(label string, fn func(*search.Query)) {
		q := b.q
		q.Page = 1
		fn(&q)
		queries, labels = append(queries, q), append(labels, label)
	}
	if len(b.q.Regions) > 0 {
		if parent := b.parent(b.q.Regions[0]); parent != "" {
			try(b.p.T("search.wider.region", map[string]any{"region": h.Tree.Name(parent)}),
				func(q *search.Query) { q.Regions, q.Near = []string{parent}, b.q.Regions[0] })
		}
	}
	for _, f := range []struct {
		name string
		set  bool
		drop func(*search.Query)
	}{
		{"region", len(b.q.Regions) > 0, func(q *search.Query) { q.Regions = nil }},
		{"kind", len(b.q.Kinds) > 0, func(q *search.Query) { q.Kinds = nil }},
		{"degree", len(b.q.Degrees) > 0 || b.q.DegreeMost != "", func(q *search.Query) { q.Degrees, q.DegreeMost = nil, "" }},
		{"pay", b.q.PayMin > 0, func(q *search.Query) { q.PayMin = 0 }},
		{"org_kind", len(b.q.OrgKinds) > 0, func(q *search.Query) { q.OrgKinds = nil }},
		{"not", len(b.q.NotKinds)+len(b.q.NotRegions)+len(b.q.Not) > 0, func(q *search.Query) { q.NotKinds, q.NotRegions, q.Not = nil, nil, nil }},
		{"text", b.q.Text != "", func(q *search.Query) { q.Text, q.Plain = "", false }},
	} {
		if f.set {
			try(b.p.T("search.wider.without", map[string]any{"filter": b.p.T("search.filter."+f.name, nil)}), f.drop)
		}
	}
	totals, down, err := h.Search.Count(c.Request.Context(), queries...)
	if down {
		passing(c)
	}
	var out []choice
	for n, q := range queries {
		if err == nil && totals[n] > 0 {
			out = append(out, choice{URL: searchURL(q), Label: labels[n], Count: totals[n]})
		}
	}
	return out, err
}
