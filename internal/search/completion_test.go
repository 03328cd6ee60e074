package search_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"zhigang/internal/id"
	"zhigang/internal/region"
	"zhigang/internal/search"
	"zhigang/internal/search/searchbench"
	"zhigang/internal/search/searchtest"
)

func texts(all []search.Completion) (out []string) {
	for _, one := range all {
		out = append(out, fmt.Sprint(one.Text, " ", one.Posts))
	}
	return out
}

func TestNamesAreSuggestedByHanziPinyinAndFirstLetters(t *testing.T) {
	s := search.NewCompletions([]search.Completion{
		{Kind: search.CompleteTitle, Text: "社区社工", Posts: 3}, {Kind: search.CompleteTitle, Text: "社工督导", Posts: 1}, {Kind: search.CompleteTitle, Text: "長者護理員", Posts: 2},
		{Kind: search.CompleteTitle, Text: "（急聘）PS 设计", Posts: 1}, {Kind: search.CompleteTitle, Text: "财务出纳", Posts: 9},
		{Kind: search.CompleteOrg, Text: "番禺区暖阳社会工作服务中心", Posts: 4, Org: 7},
		{Kind: search.CompleteRegion, Region: "440113", Posts: 4}, {Kind: search.CompleteRegion, Region: "440100", Posts: 6},
	}, searchtest.Tree(t))
	for typed, want := range map[string][]string{
		"社工":        {"社工督导 1", "社区社工 3"}, // what begins so comes first
		"shegong":   {"社工督导 1", "社区社工 3"},
		"she gong":  {"社工督导 1", "社区社工 3"},
		"she'g":     {"社工督导 1", "社区社工 3"},
		"sg":        {"社工督导 1", "社区社工 3"},
		"護理":        {"長者護理員 2"},
		"长者护":       {"長者護理員 2"},
		"zhangzhe":  {"長者護理員 2"}, // 长 is read in two ways
		"ps":        {"（急聘）PS 设计 1"},
		"急聘":        {"（急聘）PS 设计 1"},
		"panyu":     {"广州市番禺区 4", "番禺区暖阳社会工作服务中心 4"},
		"番禺":        {"广州市番禺区 4", "番禺区暖阳社会工作服务中心 4"},
		"gz":        {"广州市 6", "番禺区暖阳社会工作服务中心 4"}, // 工作 too
		"nuanyangs": {"番禺区暖阳社会工作服务中心 4"},
		"w":         nil, // a single letter says nothing inside a name
		"c":         {"财务出纳 9", "長者護理員 2"},
		"":          nil, "  ": nil, "!!": nil, "骑手": nil, "\xff": nil,
	} {
		if got := texts(s.For(typed)); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}

func TestAtMostEightAreSuggestedAndNoKindCrowdsOutTheOthers(t *testing.T) {
	var all []search.Completion
	for n := range 20 {
		all = append(all, search.Completion{Kind: search.CompleteTitle, Text: fmt.Sprint("社工", n), Posts: n + 1},
			search.Completion{Kind: search.CompleteOrg, Text: fmt.Sprint("社工站", n), Posts: n + 1, Org: id.ID(n + 1)})
	}
	tree := searchtest.Tree(t)
	got := texts(search.NewCompletions(all, tree).For("社工"))
	if len(got) != search.MaxCompletions || got[0] != "社工19 20" || got[6] != "社工站19 20" || got[7] != "社工站18 19" {
		t.Errorf("%q", got)
	}
	if got := texts(search.NewCompletions(all[:3], tree).For("社工")); len(got) != 3 {
		t.Errorf("%q", got)
	}
	orgs := slices.DeleteFunc(slices.Clone(all), func(s search.Completion) bool { return s.Kind == search.CompleteTitle })
	if got := search.NewCompletions(orgs, tree).For("社工"); len(got) < search.MaxCompletions/2 {
		t.Errorf("the room that titles leave is not used: %q", texts(got))
	}
}

func TestOnlyWhatIsOnShowIsSuggestedAMinuteLaterAtTheLatest(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		suggest := func(text string) string {
			all, err := w.search.Complete(t.Context(), text)
			if err != nil {
				t.Fatal(err)
			}
			return strings.Join(texts(all), ", ")
		}
		if got := suggest("社工"); got != "" {
			t.Errorf("there is nothing: %s", got)
		}
		owner := w.org(t, "阳光社工站")
		ids := w.publish(t, owner, "社区社工", "社区社工", "社工督导")
		w.clock.Add(time.Minute)
		if got := suggest("社工"); got != "社工督导 1, 社区社工 2, 阳光社工站 3" {
			t.Error(got)
		}
		if got := suggest("panyu"); got != "广州市番禺区 3" {
			t.Error(got)
		}
		w.close(t, ids[0])
		w.close(t, ids[2])
		w.clock.Add(time.Minute)
		if got := suggest("社工"); got != "社区社工 1, 阳光社工站 1" {
			t.Error(got)
		}
		w.clock.Add(31 * 24 * time.Hour) // its last day is over, and nothing has been written
		if got := suggest("社工"); got != "" {
			t.Errorf("past its last day: %s", got)
		}
	})
}

// Nobody waits longer than a millisecond: as many names as are kept, each of its own, of the posts of a province.
func BenchmarkComplete(b *testing.B) {
	tree := searchtest.Tree(b)
	all := manyNames(tree)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began := time.Now()
	s := search.NewCompletions(all, tree)
	built := time.Since(began)
	runtime.GC()
	runtime.ReadMemStats(&after)
	texts := []string{"社", "社工", "社区", "s", "sg", "she", "shegong", "番禺", "服务中心", "zhong", "zx", "专", "养老护理", "gongzuo"}
	var took []time.Duration
	for n := 0; b.Loop(); n++ {
		from := time.Now()
		s.For(texts[n%len(texts)])
		took = append(took, time.Since(from))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
	b.ReportMetric(float64(built.Milliseconds()), "build-ms")
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MiB")
	runtime.KeepAlive(s)
}

// manyNames are the names of 100,000 posts: MaxNames different titles and organizations at most, and all their regions.
func manyNames(tree *region.Tree) []search.Completion {
	count := map[search.Completion]int{}
	kept := map[search.CompletionKind]int{}
	add := func(s search.Completion) {
		if count[s] == 0 && kept[s.Kind] == search.MaxNames {
			return
		} else if count[s] == 0 {
			kept[s.Kind]++
		}
		count[s]++
	}
	for d := range searchbench.NewGenerator(tree).All(100_000) {
		add(search.Completion{Kind: search.CompleteTitle, Text: tree.Name(d.Regions[len(d.Regions)-1]) + d.Title})
		add(search.Completion{Kind: search.CompleteOrg, Text: d.Org, Org: d.OrgID})
		for _, code := range d.Regions {
			add(search.Completion{Kind: search.CompleteRegion, Region: code})
		}
	}
	var all []search.Completion
	for s, n := range count {
		s.Posts = n
		all = append(all, s)
	}
	return all
}
