package meili_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/meilisearch/meilisearch-go"

	"zhigang/internal/errs"
	"zhigang/internal/search"
	"zhigang/internal/search/meili"
	"zhigang/internal/search/searchbench"
	"zhigang/internal/search/searchtest"
	"zhigang/internal/testserver"
)

func TestMain(m *testing.M) { testserver.Main(m) }

func options(t testing.TB, s *testserver.MeiliServer) meili.Options {
	t.Helper()
	return meili.Options{URL: s.URL, Key: s.Key, Prefix: "test-" + rand.Text(), Tree: searchtest.Tree(t)}
}

func open(t testing.TB, o meili.Options) *meili.Index {
	t.Helper()
	x := meili.New(o)
	if err := x.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.Close() })
	return x
}

func TestMeilisearchKeepsTheContract(t *testing.T) {
	if testing.Short() { // the suite without servers
		return
	}
	searchtest.Run(t, func(t *testing.T) search.Index { return open(t, options(t, testserver.Meili(t))) })
}

// names lists the indexes of the server that begin with prefix.
func names(t *testing.T, o meili.Options, prefix string) []string {
	t.Helper()
	all, err := meilisearch.New(o.URL, meilisearch.WithAPIKey(o.Key)).ListIndexesWithContext(t.Context(), &meilisearch.IndexesQuery{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, one := range all.Results {
		if strings.HasPrefix(one.UID, prefix) {
			out = append(out, one.UID)
		}
	}
	return out
}

func TestManyProcessesPrepareOneIndex(t *testing.T) {
	if testing.Short() { // the suite without servers
		return
	}
	o := options(t, testserver.Meili(t))
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			x := meili.New(o)
			if err := x.Put(t.Context(), searchbench.NewGenerator(o.Tree).Document(1)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := names(t, o, o.Prefix); len(got) != 1 {
		t.Errorf("indexes: %v", got)
	}
}

func TestSettingsThatWereChangedAreMended(t *testing.T) {
	if testing.Short() { // the suite without servers
		return
	}
	o := options(t, testserver.Meili(t))
	x := open(t, o)
	if err := x.Put(t.Context(), searchbench.NewGenerator(o.Tree).Document(3)); err != nil {
		t.Fatal(err)
	}
	server := meilisearch.New(o.URL, meilisearch.WithAPIKey(o.Key))
	name := names(t, o, o.Prefix)[0]
	task, err := server.Index(name).ResetFilterableAttributesWithContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server.WaitForTaskWithContext(t.Context(), task.TaskUID, 10*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Search(t.Context(), search.Query{}, searchbench.Today); err == nil {
		t.Fatal("the filters still work")
	}
	hits, err := open(t, o).Search(t.Context(), search.Query{}, searchbench.Today)
	if err != nil || hits.Total != 1 {
		t.Errorf("%+v, %v", hits, err)
	}
}

func TestAServerThatWasSetUpAnewIsFresh(t *testing.T) {
	if testing.Short() { // the suite without servers
		return
	}
	o := options(t, testserver.Meili(t))
	x := open(t, o)
	rebuild := func() {
		t.Helper()
		b, err := x.Build(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(b.Put(t.Context(), searchbench.NewGenerator(o.Tree).Document(3)), b.Swap(t.Context())); err != nil {
			t.Fatal(err)
		}
		if hits, err := x.Search(t.Context(), search.Query{}, searchbench.Today); err != nil || hits.Total != 1 {
			t.Fatalf("%+v, %v", hits, err)
		}
	}
	wipe := func() {
		t.Helper()
		server := meilisearch.New(o.URL, meilisearch.WithAPIKey(o.Key))
		task, err := server.DeleteIndexWithContext(t.Context(), names(t, o, o.Prefix)[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := server.WaitForTaskWithContext(t.Context(), task.TaskUID, 10*time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	rebuild()
	wipe()
	if _, err := x.Search(t.Context(), search.Query{}, searchbench.Today); !errs.Is(err, errs.KindUnavailable) {
		t.Errorf("search: %v", err)
	}
	if fresh, err := x.Fresh(t.Context()); err != nil || !fresh {
		t.Errorf("fresh: %v, %v", fresh, err)
	}
	if hits, err := x.Search(t.Context(), search.Query{}, searchbench.Today); err != nil || hits.Total != 0 {
		t.Errorf("%+v, %v", hits, err)
	}
	wipe()
	rebuild()
}

func TestASwapDropsOldVersionsAndNothingElse(t *testing.T) {
	if testing.Short() { // the suite without servers
		return
	}
	o := options(t, testserver.Meili(t))
	x := open(t, o)
	server := meilisearch.New(o.URL, meilisearch.WithAPIKey(o.Key))
	for _, name := range []string{o.Prefix + "-0a1b2c3d", o.Prefix + "-0a1b2c3d-99887766", o.Prefix + "-other-0a1b2c3d", o.Prefix + "x-0a1b2c3d"} {
		task, err := server.CreateIndexWithContext(t.Context(), &meilisearch.IndexConfig{Uid: name})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := server.WaitForTaskWithContext(t.Context(), task.TaskUID, 10*time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	b, err := x.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Swap(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(names(t, o, o.Prefix), " ")
	if strings.Contains(got, "-99887766") || strings.Contains(got, o.Prefix+"-0a1b2c3d") || !strings.Contains(got, "-other-") || !strings.Contains(got, "x-0a") {
		t.Errorf("left: %s", got)
	}
}

func TestAServerThatIsGoneIsUnavailable(t *testing.T) {
	if testing.Short() { // the suite without servers
		return
	}
	s := testserver.NewMeili(t)
	o := options(t, s)
	x := open(t, o)
	s.Kill()
	_, err := x.Search(t.Context(), search.Query{}, searchbench.Today)
	_, build := x.Build(t.Context())
	_, fresh := x.Fresh(t.Context())
	for verb, err := range map[string]error{
		"search": err, "put": x.Put(t.Context(), searchbench.NewGenerator(o.Tree).Document(1)), "delete": x.Delete(t.Context(), 1),
		"ping": x.Ping(t.Context()), "build": build, "fresh": fresh, "prepare": meili.New(o).Prepare(t.Context()),
		"join": x.Join("x").Put(t.Context()),
	} {
		if !errs.Is(err, errs.KindUnavailable) {
			t.Errorf("%s: %v", verb, err)
		}
	}
}

func TestAWrongKeyIsUnavailable(t *testing.T) {
	if testing.Short() { // the suite without servers
		return
	}
	o := options(t, testserver.Meili(t))
	o.Key = "wrong"
	if _, err := meili.New(o).Search(t.Context(), search.Query{}, searchbench.Today); !errs.Is(err, errs.KindUnavailable) {
		t.Errorf("%v", err)
	}
}

func TestAServerThatNeverAnswersDoesNotHoldUs(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	x := meili.New(meili.Options{URL: "http://" + l.Addr().String(), Tree: searchtest.Tree(t)})
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := x.Search(ctx, search.Query{}, searchbench.Today); !errs.Is(err, errs.KindUnavailable) {
		t.Errorf("%v", err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
}

// A fake stands in for answers that a real server does not give on demand.
func TestATaskThatFailsIsAnError(t *testing.T) {
	fake := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.HasPrefix(r.URL.Path, "/tasks/"):
			_, _ = io.WriteString(w, `{"uid":1,"status":"failed","error":{"message":"no room","code":"no_space_left_on_device","type":"system"}}`)
		case strings.HasSuffix(r.URL.Path, "/documents"):
			w.WriteHeader(http.StatusAccepted)
			_, _ = io.WriteString(w, `{"taskUid":1,"status":"enqueued"}`)
		default:
			_, _ = io.WriteString(w, `{"uid":"x"}`)
		}
	}))
	t.Cleanup(fake.Close)
	x := meili.New(meili.Options{URL: fake.URL, Tree: searchtest.Tree(t)})
	err := x.Join("x").Put(t.Context(), searchbench.NewGenerator(searchtest.Tree(t)).Document(1))
	if err == nil || !strings.Contains(err.Error(), "no_space_left_on_device") {
		t.Errorf("%v", err)
	}
}

func TestASearchIsOneCallWithoutCompression(t *testing.T) {
	var calls []string
	fake := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls = append(calls, r.URL.Path+" "+r.Header.Get("Accept-Encoding"))
		var body struct{ Queries []json.RawMessage }
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"results":[`+strings.Repeat(`{"hits":[]},`, len(body.Queries)-1)+`{"hits":[]}]}`)
	}))
	t.Cleanup(fake.Close)
	x := meili.New(meili.Options{URL: fake.URL, Tree: searchtest.Tree(t)})
	if _, err := x.Search(t.Context(), search.Query{Text: "社工", Regions: []string{"440113"}, PayMin: 5000}, searchbench.Today); err != nil {
		t.Fatal(err)
	}
	if len(calls) != 1 || calls[0] != "/multi-search " {
		t.Errorf("calls: %q", calls)
	}
}
