package search_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/outbox"
	"zhigang/internal/position"
	"zhigang/internal/queue"
	"zhigang/internal/region"
	"zhigang/internal/search"
	"zhigang/internal/search/bleve"
	"zhigang/internal/search/meili"
	"zhigang/internal/search/searchtest"
	"zhigang/internal/testserver"
)

func TestMain(m *testing.M) { testserver.Main(m) }

// world is a small site: organizations, positions, the outbox and the index that follows it.
type world struct {
	db        *db.DB
	clock     *clock.Manual
	tree      *region.Tree
	outbox    *outbox.Outbox
	orgs      *org.Service
	positions *position.Service
	index     search.Index
	search    *search.Service
	account   id.ID
	rows      int
}

var (
	syncPositions = outbox.Task{Name: "index.positions", Queue: queue.Index, Timeout: time.Minute, MaxAttempts: 50, Public: true}
	syncOrg       = outbox.Task{Name: "index.org", Queue: queue.Index, Timeout: time.Minute, MaxAttempts: 50, Public: true}
)

func newWorld(t *testing.T, d *db.DB, c *clock.Manual, index search.Index) *world {
	t.Helper()
	w := &world{db: d, clock: c, tree: searchtest.Tree(t), index: index}
	w.outbox = outbox.New(d, map[outbox.Fact][]outbox.Task{
		position.PublishedFact: {syncPositions}, position.ChangedFact: {syncPositions}, position.GoneFact: {syncPositions},
		org.StandingChangedFact: {syncOrg},
	})
	w.orgs, w.positions = org.New(d, w.outbox, w.tree), position.New(d, w.outbox, w.tree)
	w.search = search.New(d, index, w.positions, search.Reader{Tree: w.tree}, slog.New(slog.DiscardHandler))
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		w.account = tx.NewID()
		_, err := tx.Exec(t.Context(), `INSERT INTO account (id, name, lang, password_hash, created_at, version) VALUES (?, '测试', 'zh-Hans', '', ?, 1)`,
			w.account, db.At(tx.Now))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func newBleve(t testing.TB) search.Index {
	t.Helper()
	x, err := bleve.Open(bleve.Options{Dir: t.TempDir(), Tree: searchtest.Tree(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.Close() })
	return x
}

func newMeili(t testing.TB, s *testserver.MeiliServer) search.Index {
	t.Helper()
	x := meili.New(meili.Options{URL: s.URL, Key: s.Key, Prefix: "test-" + rand.Text(), Tree: searchtest.Tree(t)})
	if err := x.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.Close() })
	return x
}

// each runs fn on both SQL engines with both search engines.
func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		t.Run("bleve", func(t *testing.T) { fn(t, newWorld(t, d, c, newBleve(t))) })
	})
	if testing.Short() { // the suite without servers
		return
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		t.Run("meili", func(t *testing.T) { fn(t, newWorld(t, d, c, newMeili(t, testserver.Meili(t)))) })
	})
}

// org makes an approved organization.
func (w *world) org(t *testing.T, name string) id.ID {
	t.Helper()
	var o org.Org
	err := w.db.Write(t.Context(), func(tx *db.Tx) error {
		code := org.Code(rand.Text()[:18])
		o = org.Org{
			ID: tx.NewID(), Name: name, Code: &code, Kind: org.ServiceOrg, Region: "440113", Flags: db.AsJSON([]org.Flag{}), State: org.Approved,
			SubmittedAt: db.At(tx.Now), CreatedBy: w.account, CreatedAt: db.At(tx.Now), Version: 1,
		}
		return tx.Insert(t.Context(), "org", o)
	})
	if err != nil {
		t.Fatal(err)
	}
	return o.ID
}

func (w *world) content(title string) position.Content {
	return position.Content{
		Kind: position.Job, Title: title, Headcount: 2, Duties: "面向社区长者开展服务", Requirements: "有爱心", Conditions: "五险一金", Region: "440113",
		Address: "市桥街道", Pay: position.Pay{Min: 500000, Max: 800000, Unit: position.PerMonth}, ValidUntil: w.today().Add(30), Degree: position.College,
	}
}

func (w *world) today() calendar.Day { return calendar.DayOf(w.clock.Now()) }

// publish puts posts on show, as an import does.
func (w *world) publish(t *testing.T, owner id.ID, titles ...string) []id.ID {
	t.Helper()
	var ids []id.ID
	for part := range slices.Chunk(titles, 50) {
		rows := make([]position.Imported, len(part))
		for n, title := range part {
			w.rows++
			rows[n] = position.Imported{Key: fmt.Sprint(w.rows), Content: w.content(title)}
		}
		results, err := w.positions.Import(t.Context(), auth.System(), owner, rows, true)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range results {
			if r.Err != nil {
				t.Fatal(r.Err)
			}
			ids = append(ids, r.ID)
		}
	}
	return ids
}

func (w *world) close(t *testing.T, position id.ID) {
	t.Helper()
	if err := w.positions.Close(t.Context(), auth.System(), position, "filled"); err != nil {
		t.Fatal(err)
	}
}

// drain runs what the outbox holds for the index.
func (w *world) drain(ctx context.Context, t *testing.T) {
	t.Helper()
	handlers := map[string]outbox.Handler{syncPositions.Name: w.search.SyncPositions, syncOrg.Name: w.search.SyncOrg}
	for {
		refs, err := w.outbox.Due(ctx, queue.Index, 100)
		if err != nil {
			t.Error(err)
			return
		}
		if len(refs) == 0 {
			return
		}
		for _, ref := range refs {
			if err := w.outbox.Run(ctx, ref.ID, handlers[ref.Task]); err != nil {
				t.Error(err)
				return
			}
		}
	}
}

func (w *world) find(t *testing.T, q search.Query) search.Results {
	t.Helper()
	r, err := w.search.Find(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// wantTitles fails unless a text finds exactly these posts, the newest first.
func (w *world) wantTitles(t *testing.T, text string, want ...string) {
	t.Helper()
	r := w.find(t, search.Query{Text: text, Sort: search.ByNewest})
	got := []string{}
	for _, item := range r.Items {
		got = append(got, item.Title)
	}
	if r.Down || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q finds %v (down %v), want %v", text, got, r.Down, want)
	}
}

// wantSame fails unless the index holds what SQL has on show.
func (w *world) wantSame(t *testing.T) {
	t.Helper()
	var rows []struct {
		ID      id.ID `db:"id"`
		Version int   `db:"version"`
	}
	if err := w.db.Select(t.Context(), &rows, `
		SELECT p.id, p.version + o.version AS version FROM position p JOIN org o ON o.id = p.org_id WHERE `+position.OnShow, w.today()); err != nil {
		t.Fatal(err)
	}
	want, got := map[id.ID]int{}, map[id.ID]int{}
	for _, row := range rows {
		want[row.ID] = row.Version
	}
	if err := w.index.Each(t.Context(), func(doc id.ID, version int) error { got[doc] = version; return nil }); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(got, want) {
		t.Errorf("the index holds %d posts, SQL %d on show", len(got), len(want))
		for doc, version := range want {
			if got[doc] != version {
				t.Errorf("%v: %d in SQL, %d in the index", doc, version, got[doc])
			}
		}
	}
}
