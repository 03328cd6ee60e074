package search_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/outbox"
	"zhigang/internal/position"
	"zhigang/internal/search"
	"zhigang/internal/testserver"
)

func TestWhatIsPublishedIsFoundAndWhatIsClosedIsNot(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner := w.org(t, "番禺区阳光社会工作服务中心")
		ids := w.publish(t, owner, "社工", "社工助理", "文员")
		w.drain(t.Context(), t)
		w.wantTitles(t, "社會工作 陽光", "文员", "社工助理", "社工") // the organization's name has both words
		w.wantTitles(t, "文员", "文员")
		r := w.find(t, search.Query{Text: "社工助理"})
		if r.Total != 1 || r.Headcount != 2 || r.Facets["kind"]["job"] != 1 || r.Facets["pay_min"]["5000"] != 1 || r.Items[0].OrgName != "番禺区阳光社会工作服务中心" {
			t.Errorf("%+v", r)
		}
		w.close(t, ids[1])
		w.drain(t.Context(), t)
		if r, err := w.search.FindSome(t.Context(), search.Query{Text: "社工助理"}); err != nil || !r.Loose || r.Total != 1 || r.Items[0].Title != "社工" {
			t.Errorf("in its place what has some of the words is to be shown, and said so: %+v, %v", r, err)
		}
		if r := w.find(t, search.Query{Text: "社工助理"}); r.Loose || r.Total != 0 {
			t.Errorf("what has some of the words is counted: %+v", r)
		}
		if r := w.find(t, search.Query{Text: "社工助理", Plain: true}); r.Loose || r.Total != 0 {
			t.Errorf("a closed post is found: %+v", r)
		}
		w.wantSame(t)
	})
}

func TestAClosedPostIsNeverShownAlthoughTheIndexStillHasIt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner, other := w.org(t, "阳光中心"), w.org(t, "绿洲中心")
		ids := w.publish(t, owner, "社工甲", "社工乙")
		w.publish(t, other, "社工丙")
		w.drain(t.Context(), t)
		w.close(t, ids[0]) // and the outbox is not run
		w.wantTitles(t, "社工", "社工丙", "社工乙")
		if err := w.orgs.Suspend(t.Context(), auth.System(), other, "整改"); err != nil {
			t.Fatal(err)
		}
		w.wantTitles(t, "社工", "社工乙")
		w.clock.Add(31 * 24 * time.Hour) // nor is the nightly run that expires posts
		w.wantTitles(t, "社工")
	})
}

func TestAnOrganizationTakesItsPostsAlong(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner, other := w.org(t, "阳光中心"), w.org(t, "绿洲中心")
		w.publish(t, owner, "社工", "会计")
		w.publish(t, other, "文员")
		w.drain(t.Context(), t)
		if err := w.orgs.Suspend(t.Context(), auth.System(), owner, "整改"); err != nil {
			t.Fatal(err)
		}
		w.drain(t.Context(), t)
		w.wantSame(t)
		if r := w.find(t, search.Query{}); r.Total != 1 {
			t.Errorf("%d posts are found", r.Total)
		}
		if err := w.orgs.Approve(t.Context(), auth.System(), owner, "复核"); err != nil {
			t.Fatal(err)
		}
		w.drain(t.Context(), t)
		w.wantSame(t)
		if r := w.find(t, search.Query{Text: "阳光"}); r.Total != 2 {
			t.Errorf("%d posts are found", r.Total)
		}
	})
}

func TestNewestPostsAreShownWhenTheIndexIsDown(t *testing.T) {
	if testing.Short() { // the suite without servers
		return
	}
	d, c := dbtest.SQLite(t)
	server := testserver.NewMeili(t)
	w := newWorld(t, d, c, newMeili(t, server))
	w.publish(t, w.org(t, "阳光中心"), "社工", "文员", "会计")
	w.drain(t.Context(), t)
	w.wantTitles(t, "文员", "文员")
	server.Kill()
	r := w.find(t, search.Query{Text: "文员", Per: 2})
	if !r.Down || len(r.Items) != 2 || r.Items[0].Title != "会计" || r.Total != 0 || r.Facets["kind"] == nil {
		t.Errorf("%+v", r)
	}
	if r := w.find(t, search.Query{Text: "文员", Per: 2, Page: 2}); len(r.Items) != 1 || r.Items[0].Title != "社工" {
		t.Errorf("%+v", r)
	}
	if err := w.search.Ping(t.Context()); !errs.Is(err, errs.KindUnavailable) {
		t.Errorf("ping: %v", err)
	}
}

// hung is an index that never answers.
type hung struct{ search.Index }

func (hung) Search(ctx context.Context, _ search.Query, _ calendar.Day) (search.Hits, error) {
	<-ctx.Done()
	return search.Hits{}, errs.Unavailable("search.unavailable").Because(ctx.Err())
}

func (hung) Fresh(context.Context) (bool, error) { return false, nil }

func TestASearchThatTakesTooLongIsGivenUp(t *testing.T) {
	d, c := dbtest.SQLite(t)
	w := newWorld(t, d, c, hung{newBleve(t)})
	w.publish(t, w.org(t, "阳光中心"), "社工")
	began := time.Now()
	if r := w.find(t, search.Query{}); !r.Down || len(r.Items) != 1 {
		t.Errorf("%+v", r)
	}
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("it took %v", took)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.search.Find(ctx, search.Query{}); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits: %v", err)
	}
}

func TestAnIndexThatWasNeverFilledIsNotBelieved(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if r := w.find(t, search.Query{Text: "社工"}); r.Down {
			t.Error("an empty site with an empty index is not down")
		}
		w.publish(t, w.org(t, "阳光中心"), "社工", "文员")
		lost := search.New(w.db, newBleve(t), w.positions, search.Reader{Tree: w.tree}, discard())
		if r, err := lost.Find(t.Context(), search.Query{Text: "社工"}); err != nil || !r.Down || len(r.Items) != 2 {
			t.Errorf("%+v, %v", r, err)
		}
		if fresh, err := lost.NeedsRebuild(t.Context()); err != nil || !fresh {
			t.Errorf("needs a rebuild: %v, %v", fresh, err)
		}
		if err := lost.Rebuild(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if r, err := lost.Find(t.Context(), search.Query{Text: "社工"}); err != nil || r.Down || r.Total != 1 {
			t.Errorf("%+v, %v", r, err)
		}
		if fresh, err := lost.NeedsRebuild(t.Context()); err != nil || fresh {
			t.Errorf("needs a rebuild still: %v, %v", fresh, err)
		}
	})
}

func TestAnIndexThatWasLostIsNotBelieved(t *testing.T) {
	if testing.Short() { // the suite without servers
		return
	}
	d, c := dbtest.SQLite(t)
	first := testserver.NewMeili(t)
	index := &replaced{newMeili(t, first)}
	w := newWorld(t, d, c, index)
	w.publish(t, w.org(t, "阳光中心"), "社工", "文员")
	w.drain(t.Context(), t)
	w.wantTitles(t, "文员", "文员")
	first.Kill()
	if r := w.find(t, search.Query{Text: "文员"}); !r.Down {
		t.Errorf("%+v", r)
	}
	index.Index = newMeili(t, testserver.Meili(t)) // a new server, without data
	if r := w.find(t, search.Query{Text: "文员"}); !r.Down || len(r.Items) != 2 {
		t.Errorf("%+v", r)
	}
	if err := w.search.Rebuild(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	w.wantTitles(t, "文员", "文员")
}

// replaced is an index that becomes another one.
type replaced struct{ search.Index }

func TestLagIsTheAgeOfTheOldestChange(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := newWorld(t, d, c, newBleve(t))
		want := func(lag time.Duration) {
			t.Helper()
			if got, err := w.search.Lag(t.Context()); err != nil || got != lag {
				t.Errorf("lag %v, %v; want %v", got, err, lag)
			}
		}
		want(0)
		owner := w.org(t, "阳光中心")
		w.publish(t, owner, "社工")
		c.Add(90 * time.Second)
		w.publish(t, owner, "文员")
		want(90 * time.Second)
		w.drain(t.Context(), t)
		want(0)
	})
}

func TestManyChangesReachTheIndexInOneGo(t *testing.T) {
	d, c := dbtest.SQLite(t)
	w := newWorld(t, d, c, newBleve(t))
	titles := make([]string, 700)
	for n := range titles {
		titles[n] = "社工"
	}
	w.publish(t, w.org(t, "阳光中心"), titles...)
	refs, err := w.outbox.Due(t.Context(), syncPositions.Queue, 1)
	if err != nil || len(refs) != 1 {
		t.Fatal(refs, err)
	}
	if err := w.outbox.Run(t.Context(), refs[0].ID, w.search.SyncPositions); err != nil {
		t.Fatal(err)
	}
	if n := len(versions(t, w.index)); n != 500 {
		t.Errorf("one run brought %d posts", n)
	}
	w.drain(t.Context(), t)
	w.wantSame(t)
}

// racing is an index during whose first Put something else happens, as it may in another process.
type racing struct {
	search.Index
	meanwhile func()
}

func (r *racing) Put(ctx context.Context, docs ...search.Document) error {
	if meanwhile := r.meanwhile; meanwhile != nil {
		r.meanwhile = nil
		meanwhile()
	}
	return r.Index.Put(ctx, docs...)
}

func TestAWriterThatIsOvertakenWritesAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		index := &racing{Index: newBleve(t)}
		w := newWorld(t, d, c, index)
		owner := w.org(t, "阳光中心")
		ids := w.publish(t, owner, "社工", "文员")
		index.meanwhile = func() { // the older reading is written last
			w.close(t, ids[0])
			if _, err := w.positions.Edit(t.Context(), auth.System(), ids[1], 1, headcount(w.content("文员"), 9)); err != nil {
				t.Error(err)
			}
			w.drainWith(t, search.New(d, index.Index, w.positions, search.Reader{Tree: w.tree}, discard()))
		}
		w.drain(t.Context(), t)
		w.wantSame(t)
		if r := w.find(t, search.Query{}); r.Total != 1 || r.Headcount != 9 {
			t.Errorf("%+v", r)
		}
	})
}

func headcount(c position.Content, n int) position.Content {
	c.Headcount = n
	return c
}

// drainWith runs what the outbox holds by another service, as another process would.
func (w *world) drainWith(t *testing.T, s *search.Service) {
	t.Helper()
	refs, err := w.outbox.Due(t.Context(), syncPositions.Queue, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range refs {
		if err := w.outbox.Run(t.Context(), ref.ID, func(ctx context.Context, job *outbox.Job) error { return s.SyncPositions(ctx, job) }); err != nil {
			t.Fatal(err)
		}
	}
}

func versions(t *testing.T, x search.Index) map[id.ID]int {
	t.Helper()
	all := map[id.ID]int{}
	if err := x.Each(t.Context(), func(doc id.ID, version int) error { all[doc] = version; return nil }); err != nil {
		t.Fatal(err)
	}
	return all
}
