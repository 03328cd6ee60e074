package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"zhigang/internal/testserver"
)

// measured runs a benchmark and returns its figures by name, with the engine in front where there is one.
func measured(t *testing.T, s setting, args ...string) map[string]figure {
	t.Helper()
	r := zhigang(t, s, append([]string{"bench"}, args...)...).want(t, exitOK)
	out := map[string]figure{}
	for line := range strings.Lines(r.out) {
		var f figure
		lines := json.NewDecoder(strings.NewReader(line))
		lines.DisallowUnknownFields()
		if err := lines.Decode(&f); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if f.Value <= 0 || f.Unit == "" || f.N < 1 || f.Cores < 1 || (f.Baseline == "") != (f.Ratio == 0) {
			t.Errorf("%+v", f)
		}
		name := strings.TrimPrefix(f.Engine+" "+f.Name, " ")
		if _, twice := out[name]; twice {
			t.Errorf("%s is printed twice", name)
		}
		out[name] = f
	}
	return out
}

func wantFigures(t *testing.T, got map[string]figure, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, ok := got[name]; !ok {
			t.Errorf("no figure %q", name)
		}
	}
	for name := range got {
		if !slices.Contains(names, name) {
			t.Errorf("figure %q is new: does docs/benchmarks.md tell of it?", name)
		}
	}
}

func TestTheStartOfTheDemoIsMeasured(t *testing.T) {
	t.Parallel()
	wantFigures(t, measured(t, setting{}, "start", "--times", "1"), "start.first_page", "start.resident", "start.peak", "start.binary")
}

func TestTheImportOfASheetIsMeasured(t *testing.T) {
	t.Parallel()
	got := measured(t, setting{}, "import", "--rows", "500")
	wantFigures(t, got, "import.reading", "import.inserting",
		"import.drafts", "import.drafts.rate", "import.drafts.cpu", "import.drafts.peak",
		"import.published", "import.published.rate", "import.published.cpu", "import.published.peak")
	if got["import.drafts"].N != 500 {
		t.Errorf("%+v", got)
	}
}

func TestBothEnginesAreMeasuredAndNothingStaysOnTheServer(t *testing.T) {
	if testing.Short() {
		t.Skip("the suite without servers")
	}
	t.Parallel()
	m := testserver.Meili(t)
	s := setting{"ZHIGANG_MEILI_URL": m.URL, "ZHIGANG_MEILI_KEY": m.Key}
	var names []string
	for _, engine := range []string{"bleve", "meilisearch"} {
		for _, name := range []string{"build", "rate", "cpu", "search.p50", "search.p95", "search.p99", "put_one.p50"} {
			names = append(names, engine+" index."+name)
		}
	}
	wantFigures(t, measured(t, s, "index", "--documents", "500", "--searches", "100"), names...)
	names = nil
	for _, engine := range []string{"bleve", "meilisearch"} {
		names = append(names, engine+" site.reindex")
		for _, page := range []string{"search", "api", "position", "home"} {
			names = append(names, engine+" pages."+page+".cpu")
			for _, p := range []int{50, 95, 99} {
				names = append(names, fmt.Sprintf("%s pages.%s.p%d", engine, page, p))
			}
		}
	}
	wantFigures(t, measured(t, s, "pages", "--positions", "500", "--requests", "100"), names...)
	names = nil
	for _, engine := range []string{"bleve", "meilisearch"} {
		names = append(names, engine+" site.reindex", engine+" search.hot.rate")
		for _, one := range []string{"page", "api"} {
			for _, f := range []string{"rate", "p50", "p95", "p99"} {
				names = append(names, engine+" search."+one+"."+f)
			}
		}
	}
	wantFigures(t, measured(t, s, "search", "--posts", "500", "--requests", "100"), names...)
	for _, name := range indexes(t, m) {
		if strings.HasPrefix(name, "bench") {
			t.Errorf("%s stays on the server", name)
		}
	}
}

func TestTheWayFromAPostToPeopleIsMeasured(t *testing.T) {
	if testing.Short() {
		t.Skip("the suite without servers")
	}
	t.Parallel()
	m := testserver.Meili(t)
	s := setting{"ZHIGANG_MEILI_URL": m.URL, "ZHIGANG_MEILI_KEY": m.Key}
	small := []string{"notify", "--saved", "300", "--matches", "200", "--mails", "60", "--posts", "2", "--positions", "100"}
	var names []string
	for _, engine := range []string{"bleve", "meilisearch"} {
		names = append(names, engine+" site.reindex", engine+" notify.first")
		for _, name := range []string{"searchable", "inbox", "unsearchable"} {
			names = append(names, engine+" notify."+name+".p50", engine+" notify."+name+".p95")
		}
	}
	names = append(names, "notify.matches", "notify.mail.rate", "notify.inbox.rate")
	got := measured(t, s, append(small, "--postgres", testserver.Postgres(t), "--redis", testserver.Redis(t).URL)...)
	wantFigures(t, got, names...)
	if got["notify.inbox.rate"].Baseline != "asynq.rate" || got["notify.mail.rate"].Baseline != "notify.smtp.rate" {
		t.Errorf("what carries is not measured: %+v", got)
	}
	if len(measured(t, s, append(small, "--engine", "bleve")...)) != len(names)-8 {
		t.Error("on one machine")
	}
}

func TestWithoutAnAddressMeilisearchIsNotMeasured(t *testing.T) {
	t.Parallel()
	zhigang(t, setting{"LANG": "C.UTF-8"}, "bench", "index", "--engine", "meili").want(t, exitUsage, "--meili-url")
	for name := range measured(t, setting{}, "index", "--documents", "50", "--searches", "10") {
		if !strings.HasPrefix(name, "bleve ") {
			t.Error(name)
		}
	}
}

// indexes lists the names of the indexes on a Meilisearch.
func indexes(t *testing.T, m *testserver.MeiliServer) []string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, m.URL+"/indexes?limit=1000", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+m.Key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var all struct {
		Results []struct {
			UID string `json:"uid"`
		} `json:"results"`
	}
	if err := json.NewDecoder(res.Body).Decode(&all); err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(res.Status, err)
	}
	var names []string
	for _, one := range all.Results {
		names = append(names, one.UID)
	}
	return names
}

func TestSearchesThatMeetPostsAreMeasuredBesidePostgreSQL(t *testing.T) {
	if testing.Short() {
		t.Skip("the suite without servers")
	}
	t.Parallel()
	got := measured(t, setting{}, "match", "--saved", "6000", "--parts", "2", "--posts", "60", "--postgres", testserver.Postgres(t))
	wantFigures(t, got, "match.load", "match.memory", "match.bytes", "match.hits", "match.p50", "match.p99", "match.all", "match.rate", "match.postgres.p50")
	if got["match.hits"].Value < 1 {
		t.Errorf("%+v: the posts meet nobody", got["match.hits"])
	}
	if n := got["match.bytes"].N; n < 2500 || n > 3500 {
		t.Errorf("one of two parts holds %d of 6000", n)
	}
}
