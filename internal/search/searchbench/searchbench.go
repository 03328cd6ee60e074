// Package searchbench measures a search index: how fast it is filled, and how long searches take that look like those
// of people.
package searchbench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"zhigang/internal/clock"
	"zhigang/internal/org"
	"zhigang/internal/position"
	"zhigang/internal/region"
	"zhigang/internal/search"
)

// Result is what was measured. Times of searches are in milliseconds, each with all facets.
type Result struct {
	Engine        string             `json:"engine"`
	Documents     int                `json:"documents"`
	IndexSeconds  float64            `json:"index_seconds"` // from nothing until the last document is found
	DocsPerSecond float64            `json:"documents_per_second"`
	Searches      int                `json:"searches"`
	P50           float64            `json:"p50_ms"`
	P95           float64            `json:"p95_ms"`
	P99           float64            `json:"p99_ms"`
	Max           float64            `json:"max_ms"`
	P95ByKind     map[string]float64 `json:"p95_ms_by_kind"`
	PutOneMillis  float64            `json:"put_one_ms"` // median of putting one document into the full index
}

// Run fills the index anew with n generated documents and measures searches of the mix. engine names the index in the
// result.
func Run(ctx context.Context, engine string, index search.Index, tree *region.Tree, n, searches int) (Result, error) {
	r := Result{Engine: engine, Documents: n, Searches: searches, P95ByKind: map[string]float64{}}
	seconds, err := Fill(ctx, index, tree, n)
	if err != nil {
		return r, err
	}
	r.IndexSeconds, r.DocsPerSecond = seconds, float64(n)/seconds
	if err := measure(ctx, index, tree, n, &r); err != nil {
		return r, err
	}
	r.PutOneMillis, err = putOne(ctx, index, tree, n)
	return r, err
}

// Fill builds the index anew with n generated documents and returns how many seconds it took.
func Fill(ctx context.Context, index search.Index, tree *region.Tree, n int) (float64, error) {
	const batch = 1000
	took := clock.Stopwatch()
	b, err := index.Build(ctx)
	if err != nil {
		return 0, err
	}
	docs := make([]search.Document, 0, batch)
	for d := range NewGenerator(tree).All(n) {
		if docs = append(docs, d); len(docs) == batch {
			if err := b.Put(ctx, docs...); err != nil {
				return 0, err
			}
			docs = docs[:0]
		}
	}
	if err := b.Put(ctx, docs...); err != nil {
		return 0, err
	}
	if err := b.Swap(ctx); err != nil {
		return 0, err
	}
	seconds := took().Seconds()
	hits, err := index.Search(ctx, search.Query{}, Today.Add(-1000))
	if err == nil && hits.Total != n {
		err = fmt.Errorf("%d of %d documents are found", hits.Total, n)
	}
	return seconds, err
}

// measure runs the searches of r one after the other and writes down how long they took.
func measure(ctx context.Context, index search.Index, tree *region.Tree, n int, r *Result) error {
	mix := NewMix(tree, n)
	var all Times
	byKind := map[string]Times{}
	for i := range r.Searches + r.Searches/10 {
		kind, q := mix.Query(i)
		took := clock.Stopwatch()
		if _, err := index.Search(ctx, q, Today); err != nil {
			return fmt.Errorf("%+v: %w", q, err)
		}
		if one := took(); i >= r.Searches/10 { // those before warm up
			all = append(all, one)
			byKind[kind] = append(byKind[kind], one)
		}
	}
	r.P50, r.P95, r.P99, r.Max = all.Quantile(0.5), all.Quantile(0.95), all.Quantile(0.99), all.Quantile(1)
	for kind, times := range byKind {
		r.P95ByKind[kind] = times.Quantile(0.95)
	}
	return nil
}

func putOne(ctx context.Context, index search.Index, tree *region.Tree, n int) (float64, error) {
	g := NewGenerator(tree)
	var times Times
	for i := range 20 {
		d := g.Document(i * n / 20)
		d.Version++
		took := clock.Stopwatch()
		if err := index.Put(ctx, d); err != nil {
			return 0, err
		}
		times = append(times, took())
	}
	return times.Quantile(0.5), nil
}

// Times are measured times.
type Times []time.Duration

// Quantile returns, in milliseconds, below which time the share q of all lies; 0 when nothing was measured.
func (t Times) Quantile(q float64) float64 {
	if len(t) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(t))
	at := min(int(q*float64(len(t))), len(t)-1)
	return float64(sorted[at].Microseconds()) / 1000
}

// Mix makes searches as people do them: most look at a first page, some filter, a few leaf far.
type Mix struct {
	document  func(n int) search.Document
	documents int
}

// NewMix returns searches that find something among n generated documents.
func NewMix(tree *region.Tree, n int) Mix { return Mix{NewGenerator(tree).Document, n} }

// MixOf returns searches that find something among documents of which those given are a sample.
func MixOf(sample []search.Document) Mix {
	return Mix{func(n int) search.Document { return sample[n] }, len(sample)}
}

// Query returns search number i and what kind it is; the same number gives the same search.
func (m Mix) Query(i int) (kind string, q search.Query) {
	r := rand.New(rand.NewPCG(3, uint64(i)))
	q = search.Query{Page: 1, Per: search.DefaultPer}
	d := m.document(r.IntN(m.documents))
	title := []rune(d.Title)
	word := string(title[:min(len(title), 2+r.IntN(3))])
	switch at := r.IntN(100); {
	case at < 20:
		kind = "all"
	case at < 40:
		kind, q.Text = "one word", word
	case at < 55:
		kind, q.Text = "two words", word+" "+strings.Join(d.Skills[:min(1, len(d.Skills))], "")
	case at < 60:
		kind, q.Text = "organization", d.Org
	case at < 65:
		kind, q.Text = "common word", "服务"
	case at < 75:
		kind, q.Regions = "region", d.Regions[len(d.Regions)-1:]
	case at < 85:
		kind, q.Kinds, q.Regions, q.PayMin = "three filters", []position.Kind{d.Kind}, d.Regions[:1], 3000
	case at < 93:
		kind, q.Text, q.OrgKinds = "word and filters", word, []org.Kind{d.OrgKind}
		q.Degrees = []position.Degree{d.Degree, position.NoDegree}
		q.Regions, q.Kinds, q.PayMin = d.Regions[:min(2, len(d.Regions))], []position.Kind{d.Kind}, min(d.PayMin, 3000)
	default:
		kind, q.Page = "deep page", 50+r.IntN(450)
		if r.IntN(2) == 0 {
			q.Text = "社工"
		}
	}
	if r.IntN(3) == 0 {
		q.Sort = search.Sorts()[r.IntN(len(search.Sorts()))]
	}
	return kind, q
}
