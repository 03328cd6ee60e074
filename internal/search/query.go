// Package search finds positions: one Query for pages, feeds, the API and saved searches, over whichever Index is
// wired in.
package search

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/lexicon"
	"zhigang/internal/org"
	"zhigang/internal/position"
	"zhigang/internal/region"
)

// Sort is the order of results.
type Sort string

// The orders. Without a text, relevance is the same as newest.
const (
	ByRelevance Sort = ""
	ByNewest    Sort = "newest"
	ByClosing   Sort = "closing" // the last day to apply, soonest first
	ByPay       Sort = "pay"     // the least monthly pay, highest first
)

// Sorts lists the orders.
func Sorts() []Sort { return []Sort{ByRelevance, ByNewest, ByClosing, ByPay} }

// Bounds of a query. What lies beyond is refused, not cut.
const (
	MaxText    = 200 // characters
	MaxChoices = 50  // of one filter
	MaxPer     = 100
	DefaultPer = 20
	MaxResults = 10000 // how deep pages go
)

// Query is what somebody looks for. Filters of one kind are alternatives, filters of different kinds must all hold.
type Query struct {
	Text     string
	Kinds    []position.Kind
	Regions  []string // each with everything below it
	Degrees  []position.Degree
	PayMin   int // yuan a month: the least that the post promises
	OrgKinds []org.Kind
	Org      id.ID
	// DegreeMost is the degree that somebody has: what asks for no more.
	DegreeMost position.Degree
	// What is not wanted.
	NotKinds   []position.Kind
	NotRegions []string // each with everything below it
	Not        []string // words
	// Plain takes Text as it stands: no words in it become filters, and nothing is found but these words.
	Plain bool
	Sort  Sort
	// Near is a region: among posts that fit as well, those close to it come first. It changes nothing of what is found.
	Near string
	Page int // from 1
	Per  int
	// Loose lets through what holds some of the words, for want of what holds all; it is no part of the query. See Ask.
	Loose bool
	// Facts are the words of the text that have become filters; they are no part of the query.
	Facts []Fact
	// exposure lifts organizations that few have seen; the Service knows it.
	exposure *Exposure
	// lexicon is how its words are understood; nil is as the program comes.
	lexicon *lexicon.Lexicon
	// home is the region whose parts are counted while no region is chosen; "" is the nation.
	home string
	// lean says that only the posts are wanted: see Lean.
	lean bool
}

// Lean returns the query for somebody who wants its posts and no counts: an engine may leave facets and headcount out, and count
// Total no further than MaxResults.
func (q Query) Lean() Query {
	q.lean = true
	return q
}

// IsLean reports whether only the posts are wanted.
func (q Query) IsLean() bool { return q.lean }

func (q Query) words() *lexicon.Lexicon {
	if q.lexicon == nil {
		return lexicon.Default()
	}
	return q.lexicon
}

// Parse reads a query from the parameters of a URL: q, kind, region, degree, degree_most, pay_min, org_kind, org,
// not_kind, not_region, not, plain, near, sort, page, per_page; lists are repeated keys. Words of q that are facts become the
// filters that they mean, unless plain is 1: see Fact. Unknown parameters are ignored; values that make no sense are Invalid, with the
// parameter as the field.
func Parse(v url.Values, tree *region.Tree) (Query, error) { return Reader{Tree: tree}.Parse(v) }

// Reader reads queries.
type Reader struct {
	Tree *region.Tree
	// Lexicon returns how words are understood now; nil as a function or a result is as the program comes.
	Lexicon func() *lexicon.Lexicon
	// Home is the region of the site, whose parts are counted while no region is chosen; "" is the nation.
	Home string
}

// Words returns how words are understood now; nil is as the program comes.
func (r Reader) Words() *lexicon.Lexicon {
	if r.Lexicon == nil {
		return nil
	}
	return r.Lexicon()
}

// Parse is Parse, with the words as they are understood now.
func (r Reader) Parse(v url.Values) (Query, error) {
	tree := r.Tree
	q := Query{lexicon: r.Words(), home: r.Home, Text: tidy(v.Get("q")), Page: 1, Per: DefaultPer, Sort: Sort(v.Get("sort"))}
	f := errs.Fields{}
	switch {
	case !utf8.ValidString(v.Get("q")):
		f.Add("q", "error.characters")
	case utf8.RuneCountInString(q.Text) > MaxText:
		f.Add("q", "error.long", errs.Params{"max": MaxText})
	}
	q.Kinds = choices(f, v, "kind", position.Kinds())
	q.Degrees = choices(f, v, "degree", position.Degrees())
	q.OrgKinds = choices(f, v, "org_kind", org.Kinds())
	q.Regions = regions(f, v, "region", tree)
	q.NotKinds = choices(f, v, "not_kind", position.Kinds())
	q.NotRegions = regions(f, v, "not_region", tree)
	if most := choices(f, v, "degree_most", position.Degrees()); len(most) > 0 {
		q.DegreeMost = most[len(most)-1]
	}
	for _, text := range list(f, v, "not") {
		if text = tidy(text); utf8.RuneCountInString(text) > MaxText || !utf8.ValidString(text) {
			f.Add("not", "error.long", errs.Params{"max": MaxText})
		} else if text != "" {
			q.Not = append(q.Not, text)
		}
	}
	q.Plain = v.Get("plain") == "1" && q.Text != ""
	q.PayMin = number(f, v, "pay_min", 0, 0, 10_000_000)
	if text := v.Get("org"); text != "" {
		var err error
		if q.Org, err = id.Parse(text); err != nil {
			f.Add("org", "error.id")
		}
	}
	if q.Sort == "relevance" { // as it is called where it is chosen by name
		q.Sort = ByRelevance
	}
	if !slices.Contains(Sorts(), q.Sort) {
		f.Add("sort", "error.choice")
	}
	if near := regions(f, v, "near", tree); len(near) > 0 {
		q.Near = near[len(near)-1]
	}
	q.Per = number(f, v, "per_page", DefaultPer, 1, MaxPer)
	q.Page = number(f, v, "page", 1, 1, MaxResults)
	if q.Page > 1 && q.Page*q.Per > MaxResults {
		f.Add("page", "search.deep", errs.Params{"max": MaxResults})
	}
	if len(f) == 0 && !q.Plain {
		q.takeFacts(tree)
	}
	q.arrange()
	return q, f.Err()
}

// arrange puts what is a set in order, so that queries that mean the same are the same.
func (q *Query) arrange() {
	byPlace := func(a, b position.Kind) int {
		return slices.Index(position.Kinds(), a) - slices.Index(position.Kinds(), b)
	}
	slices.SortFunc(q.Kinds, byPlace)
	slices.SortFunc(q.NotKinds, byPlace)
	slices.SortFunc(q.Degrees, func(a, b position.Degree) int { return a.Rank() - b.Rank() })
	q.Kinds, q.NotKinds, q.Degrees = slices.Compact(q.Kinds), slices.Compact(q.NotKinds), slices.Compact(q.Degrees)
	for _, list := range []*[]string{&q.Regions, &q.NotRegions, &q.Not} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
}

func regions(f errs.Fields, v url.Values, name string, tree *region.Tree) []string {
	var out []string
	for _, code := range list(f, v, name) {
		path := RegionPath(tree, code)
		if len(path) == 0 {
			f.Add(name, "error.region")
			continue
		}
		out = append(out, path[len(path)-1]) // a level on paper stands for the region around it
	}
	return out
}

// tidy folds white space, and drops characters that cannot be seen.
func tidy(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0xfeff || r >= 0x200b && r <= 0x200f {
			return ' '
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

func list(f errs.Fields, v url.Values, name string) []string {
	var out []string
	for _, s := range v[name] {
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
		if len(out) > MaxChoices {
			f.Add(name, "error.many", errs.Params{"max": MaxChoices})
			return nil
		}
	}
	return out
}

func choices[T ~string](f errs.Fields, v url.Values, name string, among []T) []T {
	var out []T
	for _, s := range list(f, v, name) {
		if !slices.Contains(among, T(s)) {
			f.Add(name, "error.choice")
			continue
		}
		out = append(out, T(s))
	}
	slices.SortFunc(out, func(a, b T) int { return slices.Index(among, a) - slices.Index(among, b) })
	return out
}

func number(f errs.Fields, v url.Values, name string, without, least, most int) int {
	text := v.Get(name)
	if text == "" {
		return without
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		f.Add(name, "error.between", errs.Params{"min": least, "max": most})
		return without
	}
	return n
}

// Values writes the query as parameters of a URL in canonical form: what has its default is left out, lists are in
// order.
func (q Query) Values() url.Values {
	v := q.Criteria()
	if q.Sort != ByRelevance {
		v.Set("sort", string(q.Sort))
	}
	if q.Near != "" {
		v.Set("near", q.Near)
	}
	if q.Per != DefaultPer && q.Per != 0 {
		v.Set("per_page", strconv.Itoa(q.Per))
	}
	if q.Page > 1 {
		v.Set("page", strconv.Itoa(q.Page))
	}
	return v
}

// Criteria are the parameters that decide what is found, without order and page: two queries with the same criteria are
// the same saved search.
func (q Query) Criteria() url.Values {
	v := url.Values{}
	if q.Text != "" {
		v.Set("q", q.Text)
	}
	for _, k := range q.Kinds {
		v.Add("kind", string(k))
	}
	for _, r := range q.Regions {
		v.Add("region", r)
	}
	for _, d := range q.Degrees {
		v.Add("degree", string(d))
	}
	for _, k := range q.OrgKinds {
		v.Add("org_kind", string(k))
	}
	if q.PayMin > 0 {
		v.Set("pay_min", strconv.Itoa(q.PayMin))
	}
	if q.Org != 0 {
		v.Set("org", q.Org.String())
	}
	if q.DegreeMost != position.DegreeUnset {
		v.Set("degree_most", string(q.DegreeMost))
	}
	for _, k := range q.NotKinds {
		v.Add("not_kind", string(k))
	}
	for _, r := range q.NotRegions {
		v.Add("not_region", r)
	}
	for _, text := range q.Not {
		v.Add("not", text)
	}
	if q.Plain {
		v.Set("plain", "1")
	}
	return v
}

// OnlyWords returns the words of a query that asks for nothing else, folded and without numbers that lead to a person; ""
// for others.
func (q Query) OnlyWords() string {
	if q.Plain || len(q.Facts) > 0 || len(q.Criteria()) != 1 {
		return ""
	}
	return strings.Join(strings.Fields(withoutPrivate(Fold(q.Text))), " ")
}

// Paged returns the query with a page and a size that an index serves, for queries that were not parsed: the first page
// when none is named, of DefaultPer.
func (q Query) Paged() Query {
	if q.Per < 1 {
		q.Per = DefaultPer
	}
	q.Per = min(q.Per, MaxPer)
	q.Page = min(max(q.Page, 1), MaxResults/q.Per)
	return q
}

// Asks reports whether the query asks for something: what is not wanted leaves all the rest, which nobody can be told of.
func (q Query) Asks() bool {
	q.NotKinds, q.NotRegions, q.Not, q.Plain = nil, nil, nil, false
	return !q.Empty()
}

// Empty reports whether the query limits nothing: it would find everything.
func (q Query) Empty() bool { return len(q.Criteria()) == 0 }
