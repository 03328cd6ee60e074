package match

import (
	"encoding/json"
	"slices"
	"sync"

	"zhigang/internal/position"
	"zhigang/internal/region"
	"zhigang/internal/search"
)

// query is a saved query made ready: its filters, and the terms of its words.
type query struct {
	filters search.Query // without the text
	text    string
	terms   []string
	err     error // why it cannot be read
}

// queries remembers saved queries made ready, by their text: most people look for what others look for too.
type queries struct {
	tree  *region.Tree
	mu    sync.Mutex
	known map[string]*query
}

// maxKnown bounds how many queries are remembered: some 40 MB.
const maxKnown = 100_000

func newQueries(tree *region.Tree) *queries {
	return &queries{tree: tree, known: map[string]*query{}}
}

func (q *queries) get(text string) *query {
	q.mu.Lock()
	known, ok := q.known[text]
	q.mu.Unlock()
	if ok {
		return known
	}
	ready := prepare(text, q.tree)
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.known) >= maxKnown {
		clear(q.known)
	}
	q.known[text] = ready
	return ready
}

func prepare(text string, tree *region.Tree) *query {
	parsed, err := parse(text, tree)
	q := &query{filters: parsed, text: parsed.Text, terms: slices.Concat(parsed.Words()...), err: err}
	q.filters.Text = ""
	return q
}

// candidate is a position as the searches see it. Its texts are taken apart once, because that costs a thousand times
// what looking for a term does.
type candidate struct {
	doc   search.Document
	terms map[string]struct{}
}

func newCandidate(l position.Listed, tree *region.Tree) candidate {
	c := candidate{doc: search.NewDocument(l, tree), terms: map[string]struct{}{}}
	for _, part := range c.doc.Parts() {
		for _, term := range search.Terms(part) {
			c.terms[term] = struct{}{}
		}
	}
	return c
}

// finds reports whether the query finds the position, and by which criteria: the rule is search.Query.Matches.
func (q *query) finds(c *candidate) (met []search.Criterion, ok bool) {
	if q.err != nil || q.text != "" && len(q.terms) == 0 {
		return nil, false
	}
	for _, term := range q.terms {
		if _, ok := c.terms[term]; !ok {
			return nil, false
		}
	}
	if met, ok = q.filters.Matches(c.doc); ok && q.text != "" {
		met = append(met, search.Criterion{Name: "q", Value: q.text})
	}
	return met, ok
}

// findsNow is finds for a single position.
func (q *query) findsNow(l position.Listed, tree *region.Tree) (met []search.Criterion, ok bool) {
	c := candidate{doc: search.NewDocument(l, tree)}
	if len(q.terms) > 0 {
		c = newCandidate(l, tree)
	}
	return q.finds(&c)
}

// hit says that a query finds the n-th candidate, and why, as JSON of []search.Criterion.
type hit struct {
	n      int
	reason string
}

// verdicts remembers what each query found among the candidates of one run.
type verdicts struct {
	candidates []candidate
	known      map[*query][]hit
}

func (v *verdicts) of(q *query) []hit {
	hits, ok := v.known[q]
	if ok {
		return hits
	}
	for n := range v.candidates {
		if met, ok := q.finds(&v.candidates[n]); ok {
			reason, _ := json.Marshal(met) // texts only: cannot fail
			hits = append(hits, hit{n, string(reason)})
		}
	}
	v.known[q] = hits
	return hits
}
