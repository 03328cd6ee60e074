package search

import (
	"context"
	"errors"

	"zhigang/internal/calendar"
	"zhigang/internal/id"
)

// Index finds documents. Two stand behind it: Bleve, in this process, and Meilisearch. searchtest runs the same suite
// against both.
//
// An Index decides nothing about who may see what beyond the last day of a post: every hit is read again from SQL before
// it is shown.
type Index interface {
	// Put adds documents or replaces those with the same ids. When it returns, Search sees them.
	Put(ctx context.Context, docs ...Document) error
	// Delete takes documents out; ids that are not there do no harm. When it returns, Search no longer sees them.
	Delete(ctx context.Context, ids ...id.ID) error
	// Search returns the page of hits for q among the documents that are valid on today. Unavailable when the engine does
	// not answer in time.
	Search(ctx context.Context, q Query, today calendar.Day) (Hits, error)
	// Each calls fn for every document with its id and version, in any order.
	Each(ctx context.Context, fn func(id.ID, int) error) error
	// Build opens a second, empty index beside the live one, dropping a left-over of an earlier try.
	Build(ctx context.Context) (Build, error)
	// Ping reports whether the engine answers. Unavailable when not.
	Ping(ctx context.Context) error
	Close() error
}

// Build is an index that is filled while the live one goes on serving. Other processes write to it by its name.
type Build interface {
	Name() string
	Put(ctx context.Context, docs ...Document) error
	Delete(ctx context.Context, ids ...id.ID) error
	// Swap makes the build the live index, in one step, and drops the old one.
	Swap(ctx context.Context) error
	// Drop throws the build away.
	Drop(ctx context.Context) error
}

// Joiner is an Index whose builds can be joined by other processes.
type Joiner interface {
	Join(name string) Build
}

// ErrNoBuild says that there is no build of that name any more.
var ErrNoBuild = errors.New("search: no such build")

// Hits is one page of what was found.
type Hits struct {
	IDs   []id.ID
	Total int // of all pages; exact up to MaxResults
	// Headcount sums how many people all hits look for: posts and headcount are shown side by side, never mixed.
	Headcount int
	// Facets count the hits by value: kind, region (of the level below the narrowest region of the query), degree,
	// org_kind, and pay_min by the bounds of PayBands (each counting all that promise at least so much). Each facet is
	// counted without its own filter, so that one sees what adding a choice would bring.
	Facets map[string]map[string]int
}
