package searchtest

import (
	"context"
	"errors"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/position"
	"zhigang/internal/search"
	"zhigang/internal/search/searchbench"
)

func (s suite) writes() []testing.InternalTest {
	return []testing.InternalTest{
		{Name: "AnEmptyIndexFindsNothing", F: s.empty},
		{Name: "PutReplaces", F: s.replace},
		{Name: "DeleteTakesOut", F: s.remove},
		{Name: "ManyChangesLeaveNoTrace", F: s.churn},
		{Name: "EachTellsEveryDocumentOnce", F: s.each},
	}
}

func (s suite) builds() []testing.InternalTest {
	return []testing.InternalTest{
		{Name: "ABuildIsSeenWhenItIsSwapped", F: s.build},
		{Name: "AnIndexIsFreshUntilABuildIsSwapped", F: s.fresh},
		{Name: "WritesOfOthersReachTheBuild", F: s.join},
		{Name: "WhatHasBeenSwappedOrDroppedIsNoBuild", F: s.noBuild},
		{Name: "ANewBuildDropsTheOneBefore", F: s.secondBuild},
		{Name: "SearchIsNeverEmptyWhileAnIndexIsSwapped", F: s.swapUnderLoad},
	}
}

func (s suite) hostile() []testing.InternalTest {
	return []testing.InternalTest{
		{Name: "HostileTextsAreTexts", F: s.hostileTexts},
		{Name: "HostileValuesAreValues", F: s.hostileValues},
		{Name: "ADeadlineIsKept", F: s.deadline},
	}
}

func versions(t *testing.T, x search.Index) map[id.ID]int {
	t.Helper()
	all := map[id.ID]int{}
	if err := x.Each(t.Context(), func(doc id.ID, version int) error {
		if _, twice := all[doc]; twice {
			t.Errorf("%v comes twice", doc)
		}
		all[doc] = version
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func wantVersions(t *testing.T, x search.Index, want map[id.ID]int) {
	t.Helper()
	if got := versions(t, x); !maps.Equal(got, want) {
		t.Errorf("the index holds %v, want %v", got, want)
	}
}

func (s suite) empty(t *testing.T) {
	x := s.open(t)
	for _, q := range []search.Query{{}, {Text: "社工"}, {Kinds: []position.Kind{position.Job}, Regions: []string{"440000"}}} {
		hits := find(t, x, q)
		if hits.Total != 0 || hits.Headcount != 0 || hits.IDs == nil || len(hits.IDs) != 0 || len(hits.Facets) != len(search.FacetNames()) {
			t.Errorf("%+v", hits)
		}
	}
	wantVersions(t, x, map[id.ID]int{})
	if err := x.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	if err := x.Delete(t.Context(), 1, 2); err != nil {
		t.Error(err)
	}
	put(t, x)
}

func (s suite) replace(t *testing.T) {
	x := s.with(t, titled(1, "社工"), titled(2, "文员"))
	put(t, x, plain(1, func(d *search.Document) {
		d.Version, d.Title, d.Kind, d.Headcount, d.Regions = 2, "会计", position.Flexible, 5, []string{"110000", "110108"}
	}))
	wantText(t, x, "社工")
	wantText(t, x, "会计", 1)
	hits := find(t, x, search.Query{})
	if hits.Total != 2 || hits.Headcount != 6 || !maps.Equal(hits.Facets["kind"], map[string]int{"job": 1, "flexible": 1}) ||
		!maps.Equal(hits.Facets["region"], map[string]int{"440000": 1, "110000": 1}) {
		t.Errorf("%+v", hits)
	}
	wantVersions(t, x, map[id.ID]int{1: 2, 2: 1})
	put(t, x, titled(3, "司机"), titled(3, "厨师")) // the last of one call stands
	wantText(t, x, "司机")
	wantText(t, x, "厨师", 3)
}

func (s suite) remove(t *testing.T) {
	x := s.with(t, titled(1, "社工"), titled(2, "社工"), titled(3, "社工"))
	if err := x.Delete(t.Context(), 2, 77); err != nil {
		t.Fatal(err)
	}
	wantIDs(t, x, search.Query{Text: "社工"}, 3, 1)
	wantIDs(t, x, search.Query{}, 3, 1)
	wantVersions(t, x, map[id.ID]int{1: 1, 3: 1})
	put(t, x, titled(2, "社工"))
	wantIDs(t, x, search.Query{Text: "社工"}, 3, 2, 1)
	if err := x.Delete(t.Context(), 1, 2, 3); err != nil {
		t.Fatal(err)
	}
	wantIDs(t, x, search.Query{})
}

// churn changes documents so often that an engine has to tidy up behind it. Some stay all the time.
func (s suite) churn(t *testing.T) {
	const n, lasting = 600, 40
	var stay []search.Document
	for i := range lasting {
		stay = append(stay, titled(int64(i+1), "社工"))
	}
	x := s.with(t, stay...)
	var gone []id.ID
	for round := range 5 {
		docs := make([]search.Document, n)
		for i := range docs {
			docs[i] = titled(int64(1000+round*n+i), "社工")
		}
		put(t, x, docs...)
		if err := x.Delete(t.Context(), gone...); err != nil {
			t.Fatal(err)
		}
		hits := find(t, x, search.Query{Text: "社工"})
		if hits.Total != n+lasting || hits.IDs[0] != docs[n-1].ID || hits.Facets["kind"]["job"] != n+lasting {
			t.Fatalf("round %d: %d found, first %d", round, hits.Total, hits.IDs[0])
		}
		gone = nil
		for _, d := range docs {
			gone = append(gone, d.ID)
		}
	}
	if got := len(versions(t, x)); got != n+lasting {
		t.Errorf("%d documents are left", got)
	}
}

func (s suite) each(t *testing.T) {
	want := map[id.ID]int{}
	var docs []search.Document
	for n := range int64(120) {
		docs = append(docs, plain(n+1, func(d *search.Document) { d.Version = int(n * 3) }))
		want[id.ID(n+1)] = int(n * 3)
	}
	docs[5].ValidUntil = searchbench.Today.Add(-100) // what has run out is told as well
	x := s.with(t, docs...)
	wantVersions(t, x, want)
	stop := errors.New("stop")
	if err := x.Each(t.Context(), func(id.ID, int) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error of the callback: %v", err)
	}
}

func newBuild(t *testing.T, x search.Index) search.Build {
	t.Helper()
	b, err := x.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func swap(t *testing.T, b search.Build) {
	t.Helper()
	if err := b.Swap(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (s suite) build(t *testing.T) {
	x := s.with(t, titled(1, "旧"), titled(2, "旧"))
	b := newBuild(t, x)
	put(t, b, titled(2, "新"), titled(3, "新"), titled(4, "新"))
	if err := b.Delete(t.Context(), 4); err != nil {
		t.Fatal(err)
	}
	wantIDs(t, x, search.Query{}, 2, 1)
	put(t, x, titled(5, "旧"))
	wantText(t, x, "旧", 1, 2, 5)
	swap(t, b)
	wantIDs(t, x, search.Query{}, 3, 2)
	wantText(t, x, "新", 2, 3)
	put(t, x, titled(6, "新")) // the live index goes on being written to
	wantText(t, x, "新", 2, 3, 6)
	wantVersions(t, x, map[id.ID]int{2: 1, 3: 1, 6: 1})
}

func (s suite) fresh(t *testing.T) {
	x := s.open(t)
	want := func(fresh bool) {
		t.Helper()
		if got, err := x.Fresh(t.Context()); err != nil || got != fresh {
			t.Errorf("fresh: %v, %v", got, err)
		}
	}
	want(true)
	put(t, x, titled(1, "社工"))
	want(true)
	b := newBuild(t, x)
	want(true)
	swap(t, b)
	want(false)
	wantIDs(t, x, search.Query{})
	wantVersions(t, x, map[id.ID]int{})
	if err := newBuild(t, x).Drop(t.Context()); err != nil {
		t.Error(err)
	}
	want(false)
}

func (s suite) join(t *testing.T) {
	x := s.with(t, titled(1, "社工"))
	b := newBuild(t, x)
	put(t, b, titled(1, "社工"), titled(2, "社工"))
	other := x.Join(b.Name())
	put(t, other, titled(3, "社工"))
	if err := other.Delete(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	wantIDs(t, x, search.Query{}, 1)
	swap(t, b)
	wantIDs(t, x, search.Query{}, 3, 1)
}

func (s suite) noBuild(t *testing.T) {
	x := s.with(t, titled(1, "社工"))
	swapped := newBuild(t, x)
	swap(t, swapped)
	dropped := newBuild(t, x)
	if err := dropped.Drop(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, b := range []search.Build{swapped, dropped, x.Join(swapped.Name()), x.Join("posts-00000000-11111111")} {
		for verb, err := range map[string]error{
			"put": b.Put(t.Context(), titled(9, "社工")), "delete": b.Delete(t.Context(), 9), "swap": b.Swap(t.Context()),
		} {
			if !errors.Is(err, search.ErrNoBuild) {
				t.Errorf("%s of %s: %v", verb, b.Name(), err)
			}
		}
		if err := b.Drop(t.Context()); err != nil {
			t.Errorf("drop of %s: %v", b.Name(), err)
		}
	}
	wantIDs(t, x, search.Query{})
}

func (s suite) secondBuild(t *testing.T) {
	x := s.with(t, titled(1, "社工"))
	first := newBuild(t, x)
	put(t, first, titled(2, "社工"))
	second := newBuild(t, x)
	put(t, second, titled(3, "社工"))
	if err := first.Swap(t.Context()); !errors.Is(err, search.ErrNoBuild) {
		t.Errorf("the first build was swapped: %v", err)
	}
	swap(t, second)
	wantIDs(t, x, search.Query{}, 3)
}

func (s suite) swapUnderLoad(t *testing.T) {
	docs := func(from, n int64) []search.Document {
		var out []search.Document
		for i := range n {
			out = append(out, titled(from+i, "社工"))
		}
		return out
	}
	x := s.with(t, docs(1, 30)...)
	var searches, wrong atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			for ctx.Err() == nil {
				hits, err := x.Search(t.Context(), search.Query{Text: "社工"}, searchbench.Today)
				if err != nil || hits.Total != 30 && hits.Total != 50 {
					wrong.Add(1)
					t.Errorf("%d found, %v", hits.Total, err)
					return
				}
				searches.Add(1)
			}
		})
	}
	for range 3 {
		b := newBuild(t, x)
		put(t, b, docs(1, 50)...)
		swap(t, b)
	}
	stop()
	all.Wait()
	if searches.Load() == 0 || wrong.Load() > 0 {
		t.Errorf("%d searches, %d wrong", searches.Load(), wrong.Load())
	}
}

// attacks are texts that mean something to some query language.
func attacks() []string {
	return []string{
		`"`, `'`, `\`, `""`, `"社工`, `社工"`, `'; DROP TABLE position; --`, `社工 OR 1=1`, `-社工`, `+社工 -文员`, `title:社工`, `社工~2`, `社工*`, `*`, `?`, `[* TO *]`,
		`kind = "job"`, `" OR kind = "volunteer`, `] OR kind IN ["volunteer"`, `_geoRadius(1,1,1)`, `{"$ne":1}`, `../../etc/passwd`, `%00`, "a\x00b", "社\x07工",
		"\u202e社工", "👩‍💻社工🙂", "社\u200d工", "\ufeff", strings.Repeat("社", 200), strings.Repeat("🙂", 200), strings.Repeat("a", 200), strings.Repeat("a ", 100),
		strings.Repeat("社 工 ", 50), strings.Repeat(`"`, 200), strings.Repeat("(", 200), "<script>alert(1)</script>", "ﷺ", "𠮷野家", "ｱｲｳ", "ไทย", "العربية", "한국어", "\xff\xfe",
	}
}

func (s suite) hostileTexts(t *testing.T) {
	x := s.with(t, titled(1, "社工"), titled(2, "文员"))
	put(t, x, plain(3, func(d *search.Document) { d.Description = strings.Join(attacks(), "\n") }))
	for n, text := range attacks() {
		hits := find(t, x, search.Query{Text: text})
		if hits.Total > 2 {
			t.Errorf("%q finds %d", text, hits.Total)
		}
		put(t, x, titled(int64(100+n), text)) // such a title is kept as well
		if err := x.Delete(t.Context(), id.ID(100+n)); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	wantText(t, x, "title:文员", 3)
	wantText(t, x, "-社工", 1, 3)
}

func (s suite) hostileValues(t *testing.T) {
	x := s.with(t, titled(1, "社工"), plain(2, func(d *search.Document) { d.Kind = position.Volunteer }))
	for _, value := range attacks() {
		for _, q := range []search.Query{
			{Kinds: []position.Kind{position.Kind(value)}}, {Degrees: []position.Degree{position.Degree(value)}},
			{OrgKinds: []org.Kind{org.Kind(value)}}, {Regions: []string{value}},
		} {
			if hits := find(t, x, q); hits.Total != 0 {
				t.Errorf("%+v finds %d", q, hits.Total)
			}
		}
		if hits := find(t, x, search.Query{Sort: search.Sort(value)}); hits.Total != 2 {
			t.Errorf("order %q finds %d", value, hits.Total)
		}
	}
}

func (s suite) deadline(t *testing.T) {
	x := s.with(t, titled(1, "社工"))
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	if _, err := x.Search(ctx, search.Query{}, searchbench.Today); !errs.Is(err, errs.KindUnavailable) {
		t.Errorf("search: %v", err)
	}
	if err := x.Put(ctx, titled(2, "社工")); !errs.Is(err, errs.KindUnavailable) {
		t.Errorf("put: %v", err)
	}
	if err := x.Delete(ctx, 1); !errs.Is(err, errs.KindUnavailable) {
		t.Errorf("delete: %v", err)
	}
}
