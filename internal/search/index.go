package search

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"zhigang/internal/calendar"
	"zhigang/internal/id"
	"zhigang/internal/region"
)

// Index finds documents. Two stand behind it: Bleve, in this process, and Meilisearch. searchtest runs the same suite
// against both.
//
// A document is found when every term of the query's words is among its terms (see Query.Wanted), and all filters hold.
// The orders end with the newest first, then the greater id, so that pages never overlap.
//
// An Index decides nothing about who may see what beyond the last day of a post: every hit is read again from SQL
// before it is shown.
type Index interface {
	// Put adds documents or replaces those with the same ids. When it returns, Search sees them.
	Put(ctx context.Context, docs ...Document) error
	// Delete takes documents out; ids that are not there do no harm. When it returns, Search no longer sees them.
	Delete(ctx context.Context, ids ...id.ID) error
	// Search returns the page of hits for q among the documents that are valid on today. Unavailable when the engine
	// does not answer in time.
	Search(ctx context.Context, q Query, today calendar.Day) (Hits, error)
	// Count returns the Total that Search would return for each of some queries, for less.
	Count(ctx context.Context, queries []Query, today calendar.Day) ([]int, error)
	// Each calls fn for every document with its id and version, in any order.
	Each(ctx context.Context, fn func(id.ID, int) error) error
	// Fresh reports whether no build has ever become this index: it was made anew, because there was none, or none that
	// this program can read. Whoever opens it must see that it is built from SQL.
	Fresh(ctx context.Context) (bool, error)
	// Build opens a second, empty index beside the live one, dropping a left-over of an earlier try.
	Build(ctx context.Context) (Build, error)
	// Join returns the build of that name, which somebody else has opened, perhaps in another process.
	Join(name string) Build
	// Ping reports whether the engine answers. Unavailable when not.
	Ping(ctx context.Context) error
	Close() error
}

// Ask asks an index as the search page does: where nothing holds all words of a query, what holds some of them is shown
// instead, and loose says so.
func Ask(ctx context.Context, index Index, q Query, today calendar.Day) (hits Hits, loose bool, err error) {
	hits, err = index.Search(ctx, q, today)
	if err != nil || hits.Total > 0 || q.Plain {
		return hits, false, err
	}
	q.Loose = true
	if q.Wanted().scored == nil {
		return hits, false, nil // it is one word
	}
	some, err := index.Search(ctx, q, today)
	if err != nil || some.Total == 0 {
		return hits, false, err
	}
	return some, true, nil
}

// Build is an index that is filled while the live one goes on serving. Other processes write to it by its name.
type Build interface {
	Name() string
	// Put and Delete are those of Index. ErrNoBuild when the build has been swapped or dropped.
	Put(ctx context.Context, docs ...Document) error
	Delete(ctx context.Context, ids ...id.ID) error
	// Swap makes the build the live index, in one step, and drops the old one. ErrNoBuild as above.
	Swap(ctx context.Context) error
	// Drop throws the build away; it does no harm when there is none any more.
	Drop(ctx context.Context) error
}

// ErrNoBuild says that there is no build of that name any more.
var ErrNoBuild = errors.New("search: no such build")

// Hits is one page of what was found.
type Hits struct {
	IDs   []id.ID
	Total int // of all pages; exact up to MaxResults
	// Headcount sums how many people all hits look for: posts and headcount are shown side by side, never mixed.
	Headcount int
	// Facets count the hits by value, each without its own filter, so that one sees what adding a choice would bring:
	//
	//	kind, degree, org_kind   by their values
	//	region                   the provinces; or what is chosen and its sisters, so that one can add a second district
	//	subregion                what lies directly below the one region that is chosen
	//	pay_min                  by the bounds of PayBands, all that promise at least so much, and by 0: all
	//
	// Values without a hit are left out.
	Facets map[string]map[string]int
}

// NoHits returns the Hits of a query that finds nothing.
func NoHits() Hits {
	facets := map[string]map[string]int{}
	for _, name := range FacetNames() {
		facets[name] = map[string]int{}
	}
	return Hits{IDs: []id.ID{}, Facets: facets}
}

// FacetNames lists the facets of Hits. All but subregion are named after the parameter that filters by them.
func FacetNames() []string {
	return []string{"kind", "region", "subregion", "degree", "org_kind", "pay_min"}
}

// RegionParents returns the regions whose children the facets region and, if it is there, subregion count; "" stands
// for the nation. While none is chosen, it is the home of the site.
func (q Query) RegionParents(tree *region.Tree) map[string]string {
	if len(q.Regions) == 0 {
		if path := RegionPath(tree, q.home); len(path) > 0 && len(tree.Children(q.home)) == 0 { // as low as it gets
			return map[string]string{"region": path[max(0, len(path)-2)]}
		}
		return map[string]string{"region": q.home}
	}
	common := above(RegionPath(tree, q.Regions[0])) // the narrowest path that leads to what is chosen and its sisters
	for _, code := range q.Regions[1:] {
		path := above(RegionPath(tree, code))
		n := 0
		for n < min(len(common), len(path)) && common[n] == path[n] {
			n++
		}
		common = common[:n]
	}
	parents := map[string]string{"region": ""}
	if len(common) > 0 {
		parents["region"] = common[len(common)-1]
	}
	if len(q.Regions) == 1 {
		parents["subregion"] = q.Regions[0]
	}
	return parents
}

// above returns the path without its last step.
func above(path []string) []string { return path[:max(0, len(path)-1)] }

// RegionPath is tree.Path for codes that may be none: they have no path.
func RegionPath(tree *region.Tree, code string) []string {
	if _, ok := tree.Get(code); !ok {
		return nil
	}
	return tree.Path(code)
}

// DayNumber writes a day as a number that sorts like it: 20261122. No day is 0.
func DayNumber(day calendar.Day) int {
	n, err := strconv.Atoi(strings.ReplaceAll(string(day), "-", ""))
	if err != nil {
		return 0
	}
	return n
}
