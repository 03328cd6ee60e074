package relevance_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"

	"zhigang/internal/search"
	"zhigang/internal/search/bleve"
	"zhigang/internal/search/meili"
	"zhigang/internal/search/relevance"
	"zhigang/internal/search/searchtest"
	"zhigang/internal/testserver"
)

func TestMain(m *testing.M) { testserver.Main(m) }

// allowed is by how much a score may fall below the baseline.
const allowed = 0.01

// The set must score on each engine what it scored when baseline.json was written (ZHIGANG_TEST_BASELINE=write does that),
// must find no more of what must never be found, and must find the same in Simplified and in Traditional.
func TestTheJudgedSetIsAnsweredAsWellAsBefore(t *testing.T) {
	index, err := bleve.Open(bleve.Options{Dir: t.TempDir(), Tree: searchtest.Tree(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = index.Close() })
	answers := map[string]map[string][]string{"bleve": judge(t, index)}
	if !testing.Short() { // the suite without servers has the built-in engine only
		server := testserver.Meili(t)
		remote := meili.New(meili.Options{URL: server.URL, Key: server.Key, Prefix: "judged", Tree: searchtest.Tree(t)})
		t.Cleanup(func() { _ = remote.Close() })
		answers["meilisearch"] = judge(t, remote)
	}
	_, queries, err := relevance.Judged()
	if err != nil {
		t.Fatal(err)
	}
	scores := relevance.Scores(queries, answers["bleve"])
	if os.Getenv("ZHIGANG_TEST_BASELINE") == "write" {
		b, _ := json.MarshalIndent(scores, "", "  ") // plain data: cannot fail
		if err := os.WriteFile("baseline.json", append(b, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for engine, found := range answers {
		compare(t, engine, relevance.Scores(queries, found))
		for _, q := range queries {
			if q.SameAs != "" && !slices.Equal(found[q.ID], found[q.SameAs]) {
				t.Errorf("%s: %s finds something else than in Simplified", engine, q.Text)
			}
			if !slices.Equal(found[q.ID], answers["bleve"][q.ID]) {
				t.Errorf("%s differs in %s: %v and %v", engine, q.Text, found[q.ID], answers["bleve"][q.ID])
			}
		}
	}
}

func judge(t *testing.T, index search.Index) map[string][]string {
	t.Helper()
	posts, queries, err := relevance.Judged()
	if err != nil {
		t.Fatal(err)
	}
	found, err := relevance.Run(t.Context(), index, searchtest.Tree(t), posts, queries)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func compare(t *testing.T, engine string, scores []relevance.Score) {
	t.Helper()
	b, err := os.ReadFile("baseline.json")
	if err != nil {
		t.Fatal(err)
	}
	var before []relevance.Score
	if err := json.Unmarshal(b, &before); err != nil {
		t.Fatal(err)
	}
	wanted, never := map[string]float64{}, map[string]int{}
	for _, s := range before {
		wanted[s.Class], never[s.Class] = s.NDCG10, s.Never
	}
	for _, s := range scores {
		if s.NDCG10 < wanted[s.Class]-allowed {
			t.Errorf("%s, %s: nDCG@10 %.3f, was %.3f", engine, s.Class, s.NDCG10, wanted[s.Class])
		}
		if s.Never > never[s.Class] {
			t.Errorf("%s, %s: %d results that must never be found, there were %d", engine, s.Class, s.Never, never[s.Class])
		}
		delete(wanted, s.Class)
	}
	if len(wanted) > 0 {
		t.Errorf("%s: not asked any more: %v", engine, slices.Collect(maps.Keys(wanted)))
	}
}
