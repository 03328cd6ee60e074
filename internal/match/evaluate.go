package match

import (
	"encoding/json"
	"sync"

	"zhigang/internal/lexicon"
	"zhigang/internal/position"
	"zhigang/internal/region"
	"zhigang/internal/search"
)

// query is a saved query made ready: its filters, and what its words ask for.
type query struct {
	filters search.Query
	wanted  search.Wanted
	err     error // why it cannot be read
}

// queries remembers saved queries made ready, by their text: most people look for what others look for too.
type queries struct {
	reader search.Reader
	mu     sync.Mutex
	words  *lexicon.Lexicon
	known  map[string]*query
}

// maxKnown bounds how many queries are remembered: some 40 MB.
const maxKnown = 100_000

func newQueries(r search.Reader) *queries {
	return &queries{reader: r, known: map[string]*query{}}
}

func (q *queries) get(text string) *query {
	words := q.reader.Words()
	q.mu.Lock()
	if len(q.known) >= maxKnown || words != q.words {
		clear(q.known)
		q.words = words
	}
	known, ok := q.known[text]
	q.mu.Unlock()
	if ok {
		return known
	}
	ready := prepare(text, q.reader)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.known[text] = ready
	return ready
}

func prepare(text string, r search.Reader) *query {
	parsed, err := parse(text, r)
	return &query{parsed, parsed.Wanted(), err}
}

// candidate is a position as the searches see it. Its texts are taken apart once, when the first search looks at words,
// because that costs a thousand times what looking for a term does.
type candidate struct {
	doc   search.Document
	terms map[string]struct{}
}

func newCandidate(l position.Listed, tree *region.Tree) *candidate {
	return &candidate{doc: search.NewDocument(l, tree)}
}

func (c *candidate) words() map[string]struct{} {
	if c.terms == nil {
		c.terms = c.doc.Terms().Set()
	}
	return c.terms
}

// finds reports whether the query finds the position, and by which criteria: the rule is search.Query.Matches.
func (q *query) finds(c *candidate) (met []search.Criterion, ok bool) {
	if q.err != nil || q.wanted.Nothing(q.filters) || q.worded() && !q.wanted.Has(c.words()) {
		return nil, false
	}
	if met, ok = q.filters.Filters(c.doc); ok && q.filters.Text != "" {
		met = append(met, search.Criterion{Name: "q", Value: q.filters.Text})
	}
	return met, ok
}

// worded reports whether the query looks at words at all.
func (q *query) worded() bool { return len(q.wanted.Groups) > 0 || len(q.wanted.Not) > 0 }

// hit says that a query finds the n-th candidate, and why, as JSON of []search.Criterion.
type hit struct {
	n      int
	reason string
}

// verdicts remembers what each query found among the candidates of one run.
type verdicts struct {
	candidates []*candidate
	known      map[*query][]hit
}

func (v *verdicts) of(q *query) []hit {
	hits, ok := v.known[q]
	if ok {
		return hits
	}
	for n := range v.candidates {
		if met, ok := q.finds(v.candidates[n]); ok {
			reason, _ := json.Marshal(met) // texts only: cannot fail
			hits = append(hits, hit{n, string(reason)})
		}
	}
	v.known[q] = hits
	return hits
}
