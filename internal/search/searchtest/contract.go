// Package searchtest holds the contract that every search engine keeps, and makes positions to search in.
package searchtest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/position"
	"zhigang/internal/region"
	"zhigang/internal/search"
	"zhigang/internal/search/searchbench"
)

// Run holds an engine to the contract of search.Index. open returns a new, empty, fresh index.
func Run(t *testing.T, open func(t *testing.T) search.Index) {
	s := suite{open: open}
	for _, group := range [][]testing.InternalTest{s.text(), s.filters(), s.writes(), s.builds(), s.hostile()} {
		for _, one := range group {
			t.Run(one.Name, one.F)
		}
	}
}

type suite struct {
	open func(t *testing.T) search.Index
}

// with returns an index that holds docs.
func (s suite) with(t *testing.T, docs ...search.Document) search.Index {
	t.Helper()
	x := s.open(t)
	put(t, x, docs...)
	return x
}

func put(t *testing.T, x interface {
	Put(ctx context.Context, docs ...search.Document) error
}, docs ...search.Document) {
	t.Helper()
	if err := x.Put(t.Context(), docs...); err != nil {
		t.Fatal(err)
	}
}

// find returns what a query finds on searchbench.Today, which is as much as is counted.
func find(t *testing.T, x search.Index, q search.Query) search.Hits {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	hits, err := x.Search(ctx, q, searchbench.Today)
	if err != nil {
		t.Fatalf("search %+v: %v", q, err)
	}
	totals, err := x.Count(ctx, []search.Query{{Text: "没有这个词"}, q, q}, searchbench.Today)
	if err != nil || !slices.Equal(totals, []int{0, hits.Total, hits.Total}) {
		t.Fatalf("%+v finds %d, and counts as %v %v", q, hits.Total, totals, err)
	}
	lean, err := x.Search(ctx, q.Lean(), searchbench.Today)
	if err != nil || !slices.Equal(lean.IDs, hits.IDs) || min(lean.Total, search.MaxResults) != min(hits.Total, search.MaxResults) {
		t.Fatalf("%+v finds %v of %d, and lean %v of %d %v", q, hits.IDs, hits.Total, lean.IDs, lean.Total, err)
	}
	return hits
}

// wantIDs fails unless the query finds exactly these documents, in this order.
func wantIDs(t *testing.T, x search.Index, q search.Query, want ...id.ID) {
	t.Helper()
	hits := find(t, x, q)
	if !slices.Equal(hits.IDs, want) || hits.Total != len(want) {
		t.Errorf("%q %+v finds %v of %d, want %v", q.Text, q, hits.IDs, hits.Total, want)
	}
}

// wantText fails unless the text finds exactly these documents, in any order.
func wantText(t *testing.T, x search.Index, text string, want ...id.ID) {
	t.Helper()
	hits := find(t, x, search.Query{Text: text})
	slices.Sort(hits.IDs)
	slices.Sort(want)
	if !slices.Equal(hits.IDs, want) || hits.Total != len(want) {
		t.Errorf("%q finds %v of %d, want %v", text, hits.IDs, hits.Total, want)
	}
}

// noon is an instant of searchbench.Today, in Unix milliseconds.
const noon = 1795320000000

// plain returns a document that says nothing in particular; change adapts it.
func plain(n int64, change func(d *search.Document)) search.Document {
	d := search.Document{
		ID: id.ID(n), Version: 1, Kind: position.Job, Title: "岗位", Org: "机构", OrgID: 900, OrgKind: org.ServiceOrg, Description: "内容",
		Majors: []string{}, Skills: []string{}, Regions: []string{"440000", "440100", "440113"}, Degree: position.NoDegree,
		PayMin: 4000, PayMax: 6000, Headcount: 1, PublishedAt: noon + n, ValidUntil: searchbench.Today.Add(10),
	}
	if change != nil {
		change(&d)
	}
	return d
}

func titled(n int64, title string) search.Document {
	return plain(n, func(d *search.Document) { d.Title = title })
}

// regions are read once: a test binary opens many indexes.
var regions = sync.OnceValues(region.Load)

// Tree returns the regions.
func Tree(t testing.TB) *region.Tree {
	t.Helper()
	tree, err := regions()
	if err != nil {
		t.Fatal(err)
	}
	return tree
}
