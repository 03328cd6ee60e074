package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/id"
	"zhigang/internal/match"
	"zhigang/internal/org"
	"zhigang/internal/outbox"
	"zhigang/internal/position"
	"zhigang/internal/region"
	"zhigang/internal/search"
	"zhigang/internal/search/searchbench"
)

// benchMatchCmd measures how fast a post finds the saved searches that find it, beside PostgreSQL doing the same.
type benchMatchCmd struct {
	Saved    int    `default:"1000000" help:"${bench_saved}"`
	Posts    int    `default:"1000" help:"${bench_posts}"`
	Parts    int    `default:"1" help:"${bench_parts}"`
	Postgres string `placeholder:"URL" help:"${bench_postgres}"`
}

// Run fills an index with saved searches and asks it for each post.
func (c *benchMatchCmd) Run(e *env) error {
	return e.measure(func(ctx context.Context, b *bench) error {
		tree, err := region.Load()
		if err != nil {
			return err
		}
		crowd := newCrowd(tree)
		b.step("bench_saving", c.Saved)
		before := heap()
		took := clock.Stopwatch()
		index := match.NewIndex()
		for n := range c.Saved {
			if c.has(n) {
				index.Add(id.ID(n+1), crowd.query(n))
			}
		}
		index.Compact()
		loaded := took().Seconds()
		held := heap() - before
		b.show(
			figure{Name: "match.load", Value: loaded, Unit: "s", N: index.Len()},
			figure{Name: "match.memory", Value: float64(held) / (1 << 20), Unit: "MB", N: index.Len()},
			figure{Name: "match.bytes", Value: float64(held) / float64(index.Len()), Unit: "bytes/search", N: index.Len()},
		)
		docs := make([]search.Document, min(c.Posts, 10_000))
		for n := range docs {
			docs[n] = crowd.posts.Document(7 * n)
		}
		b.step("bench_meeting", c.Posts)
		one, hits := c.each(index, docs)
		b.show(
			figure{Name: "match.hits", Value: float64(hits) / float64(c.Posts), Unit: "searches/post", N: c.Posts},
			figure{Name: "match.p50", Value: one.Quantile(0.5), Unit: "ms", N: c.Posts},
			figure{Name: "match.p99", Value: one.Quantile(0.99), Unit: "ms", N: c.Posts},
		)
		seconds := c.together(index, docs)
		b.show(
			figure{Name: "match.all", Value: seconds, Unit: "s", N: c.Posts},
			figure{Name: "match.rate", Value: float64(c.Posts) / seconds, Unit: "posts/s", N: c.Posts},
		)
		if c.Postgres == "" {
			return nil
		}
		return c.postgres(ctx, b, crowd, index, docs, one.Quantile(0.5))
	})
}

// has reports whether the n-th saved search is in the part that this worker holds.
func (c *benchMatchCmd) has(n int) bool {
	return outbox.Part{Number: 1, Of: max(1, c.Parts)}.Has(id.ID(n + 1))
}

// each asks for one post after the other.
func (c *benchMatchCmd) each(index *match.Index, docs []search.Document) (times searchbench.Times, hits int) {
	for n := range c.Posts {
		took := clock.Stopwatch()
		found := index.Find(docs[n%len(docs)])
		times = append(times, took())
		hits += len(found)
	}
	return times, hits
}

// together asks for all posts on all cores.
func (c *benchMatchCmd) together(index *match.Index, docs []search.Document) (seconds float64) {
	took := clock.Stopwatch()
	var next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.NumCPU() {
		workers.Go(func() {
			for {
				n := int(next.Add(1)) - 1
				if n >= c.Posts {
					return
				}
				index.Find(docs[n%len(docs)])
			}
		})
	}
	workers.Wait()
	return took().Seconds()
}

// heap returns the bytes that are in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// crowd makes saved searches as people have them: most look for a trade in a place, some for a kind or for pay, few for
// all of it. A thousand people share the words of a trade; one in ten has words that nobody else has.
type crowd struct {
	posts  *searchbench.Generator
	cities []string
	areas  []string
}

func newCrowd(tree *region.Tree) *crowd {
	c := &crowd{posts: searchbench.NewGenerator(tree)}
	for _, province := range tree.Children("") {
		for _, city := range tree.Children(province.Code) {
			c.cities = append(c.cities, city.Code)
			for _, area := range tree.Children(city.Code) {
				c.areas = append(c.areas, area.Code)
			}
		}
	}
	return c
}

func (c *crowd) query(n int) search.Query {
	r := rand.New(rand.NewPCG(9, uint64(n)))
	some := func(part int) bool { return r.IntN(part) == 0 }
	d := c.posts.Document(r.IntN(5000))
	q := search.Query{}
	switch r.IntN(10) {
	case 0, 1, 2, 3, 4, 5:
		title := []rune(d.Title)
		q.Text = string(title[:min(len(title), 4)])
	case 6:
		q.Text = fmt.Sprintf("%s 词%d", string([]rune(d.Title)[:2]), n)
	}
	switch r.IntN(4) {
	case 0:
		q.Regions = []string{c.areas[r.IntN(len(c.areas))]}
	case 1:
		q.Regions = d.Regions[min(1, len(d.Regions)-1):min(2, len(d.Regions))]
	case 2:
		q.Regions = []string{c.cities[r.IntN(len(c.cities))]}
	}
	if some(3) {
		q.Kinds = []position.Kind{d.Kind}
	}
	if some(4) {
		q.DegreeMost = position.Degrees()[3+r.IntN(3)]
	}
	if some(3) {
		q.PayMin = 1000 * (2 + r.IntN(10))
	}
	if some(10) {
		q.OrgKinds = []org.Kind{d.OrgKind}
	}
	if q.Text == "" && len(q.Regions) == 0 {
		q.Regions, q.Kinds = d.Regions[:1], []position.Kind{d.Kind}
	}
	return q
}

// compared is how many posts PostgreSQL is asked for.
const compared = 30

// postgres lets PostgreSQL do the same: arrays of what is asked for, "*" for what is not, and an index (GIN) over them.
// What a text means is worked out for it: it is told which texts the post holds.
func (c *benchMatchCmd) postgres(
	ctx context.Context, b *bench, crowd *crowd, index *match.Index, docs []search.Document, own float64,
) error {
	b.step("bench_comparing", c.Saved)
	d, err := db.Open(ctx, db.Options{URL: c.Postgres, Clock: clock.System{}})
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	if d.Engine() != db.Postgres {
		return b.e.wrong("bench_no_postgres")
	}
	const table = "zhigang_bench_match"
	exec := func(statements ...string) error {
		return d.Write(ctx, func(tx *db.Tx) error {
			for _, s := range statements {
				if _, err := tx.Exec(ctx, s); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := exec(`DROP TABLE IF EXISTS `+table, `CREATE UNLOGGED TABLE `+table+` (
		id BIGINT, texts TEXT[], kinds TEXT[], regions TEXT[], degrees TEXT[], org_kinds TEXT[], pay INT)`); err != nil {
		return err
	}
	defer func() { _ = exec(`DROP TABLE ` + table) }()
	texts := map[string]search.Query{}
	const chunk = 2000
	for from := 0; from < c.Saved; from += chunk {
		var rows []string
		for n := from; n < min(from+chunk, c.Saved); n++ {
			if !c.has(n) {
				continue
			}
			q := crowd.query(n)
			if q.Text != "" {
				texts[q.Text] = search.Query{Text: q.Text}
			}
			rows = append(rows, fmt.Sprintf("(%d, %s, %s, %s, %s, %s, %d)", n+1, array([]string{q.Text}), array(q.Kinds), array(q.Regions),
				array(q.DegreeChoices()), array(q.OrgKinds), q.PayMin))
		}
		if err := exec(`INSERT INTO ` + table + ` VALUES ` + strings.Join(rows, ", ")); err != nil {
			return err
		}
	}
	if err := exec(`CREATE INDEX ON `+table+` USING GIN (texts, kinds, regions, degrees, org_kinds)`, `ANALYZE `+table); err != nil {
		return err
	}
	var times searchbench.Times
	for round := range 2 { // the first warms up
		times = nil
		for _, doc := range docs[:min(compared, len(docs))] {
			held := []string{"*"}
			set := doc.Terms().Set()
			for text, q := range texts {
				if q.Wanted().Has(set) {
					held = append(held, text)
				}
			}
			query := fmt.Sprintf(`SELECT id FROM %s WHERE texts && %s AND kinds && %s AND regions && %s AND degrees && %s AND org_kinds && %s AND pay <= %d`,
				table, array(held), array([]string{"*", string(doc.Kind)}), array(append([]string{"*"}, doc.Regions...)),
				array([]string{"*", string(doc.Degree)}), array([]string{"*", string(doc.OrgKind)}), doc.PayMin)
			var ids []int64
			took := clock.Stopwatch()
			if err := d.Select(ctx, &ids, query); err != nil {
				return err
			}
			times = append(times, took())
			if own := len(index.Find(doc)); round == 0 && own != len(ids) {
				return fmt.Errorf("%s: PostgreSQL finds %d, the index %d", doc.Title, len(ids), own)
			}
		}
	}
	theirs := times.Quantile(0.5)
	b.show(figure{Name: "match.postgres.p50", Value: theirs, Unit: "ms", N: len(times)}.against("match.p50", own))
	return nil
}

// array writes texts as an array of PostgreSQL; none and "" stand for whatever there is.
func array[T ~string](values []T) string {
	if len(values) == 0 || len(values) == 1 && values[0] == "" {
		values = []T{"*"}
	}
	quoted := make([]string, len(values))
	for n, v := range values {
		quoted[n] = "'" + strings.ReplaceAll(string(v), "'", "''") + "'"
	}
	return "ARRAY[" + strings.Join(quoted, ", ") + "]::text[]"
}
