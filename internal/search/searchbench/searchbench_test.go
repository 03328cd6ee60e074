package searchbench_test

import (
	"crypto/rand"
	"encoding/json"
	"testing"

	"zhigang/internal/search"
	"zhigang/internal/search/bleve"
	"zhigang/internal/search/meili"
	"zhigang/internal/search/searchbench"
	"zhigang/internal/search/searchtest"
	"zhigang/internal/testserver"
)

func TestMain(m *testing.M) { testserver.Main(m) }

func newBleve(t testing.TB) search.Index {
	t.Helper()
	x, err := bleve.Open(bleve.Options{Dir: t.TempDir(), Tree: searchtest.Tree(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.Close() })
	return x
}

func newMeili(t testing.TB) search.Index {
	t.Helper()
	s := testserver.Meili(t)
	return meili.New(meili.Options{URL: s.URL, Key: s.Key, Prefix: "bench-" + rand.Text(), Tree: searchtest.Tree(t)})
}

func TestEveryKindOfSearchIsMeasured(t *testing.T) {
	r, err := searchbench.Run(t.Context(), "bleve", newBleve(t), searchtest.Tree(t), 500, 300)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.P95ByKind) != 9 || r.P50 <= 0 || r.P50 > r.P95 || r.P95 > r.P99 || r.IndexSeconds <= 0 || r.PutOneMillis <= 0 {
		t.Errorf("%+v", r)
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}

func TestTheMixIsTheSameEveryTimeAndFindsSomething(t *testing.T) {
	tree := searchtest.Tree(t)
	x := newBleve(t)
	if _, err := searchbench.Fill(t.Context(), x, tree, 500); err != nil {
		t.Fatal(err)
	}
	mix, empty := searchbench.NewMix(tree, 500), 0
	for i := range 300 {
		kind, q := mix.Query(i)
		if again, same := mix.Query(i); again != kind || q.Values().Encode() != same.Values().Encode() {
			t.Fatalf("search %d differs", i)
		}
		hits, err := x.Search(t.Context(), q, searchbench.Today)
		if err != nil {
			t.Fatal(err)
		}
		if hits.Total == 0 {
			empty++
		}
	}
	if empty > 60 {
		t.Errorf("%d of 300 searches find nothing", empty)
	}
}

// benchmark fills an index with 100,000 documents once, and then runs searches of the mix. ReportMetric tells the rest.
func benchmark(b *testing.B, engine string, open func(testing.TB) search.Index) {
	tree := searchtest.Tree(b)
	x := open(b)
	const documents = 100_000
	r, err := searchbench.Run(b.Context(), engine, x, tree, documents, 2000)
	if err != nil {
		b.Fatal(err)
	}
	text, err := json.Marshal(r)
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("%s", text)
	mix, n := searchbench.NewMix(tree, documents), 0
	for b.Loop() {
		_, q := mix.Query(n)
		if _, err := x.Search(b.Context(), q, searchbench.Today); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(r.IndexSeconds, "s/index")
	b.ReportMetric(r.P50, "ms/p50")
	b.ReportMetric(r.P95, "ms/p95")
	b.ReportMetric(r.P99, "ms/p99")
}

func BenchmarkBleve(b *testing.B) { benchmark(b, "bleve", newBleve) }

func BenchmarkMeilisearch(b *testing.B) { benchmark(b, "meilisearch", newMeili) }
