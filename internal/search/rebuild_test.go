package search_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/errs"
	"zhigang/internal/search"
)

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestARebuildMakesTheIndexFromSQL(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner := w.org(t, "阳光中心")
		ids := w.publish(t, owner, "社工", "文员", "会计")
		w.close(t, ids[2])
		if err := w.index.Put(t.Context(), search.Document{ID: 77, Title: "没有的岗位", ValidUntil: w.today()}); err != nil {
			t.Fatal(err)
		}
		var steps []string
		if err := w.search.Rebuild(t.Context(), func(done, total int) { steps = append(steps, fmt.Sprint(done, "/", total)) }); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(steps) != "[2/2]" {
			t.Errorf("progress: %v", steps)
		}
		w.wantSame(t)
		w.wantTitles(t, "", "文员", "社工")
		var left int
		if err := w.db.Get(t.Context(), &left, `SELECT COUNT(*) FROM search_build`); err != nil || left != 0 {
			t.Errorf("%d rebuilds are written down, %v", left, err)
		}
	})
}

// busy is how many changes each writer of the test below makes at most. Where posts were edited faster than the index
// takes them, for ever, a rebuild would follow them for ever.
const busy = 400

// Publishers, closers, editors and the outbox go on during two rebuilds; then index and SQL must agree, without a
// reconcile.
func TestNoWriteIsLostDuringARebuild(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner := w.org(t, "阳光中心")
		titles := make([]string, 120)
		for n := range titles {
			titles[n] = fmt.Sprintf("社工%d号", n)
		}
		ids := w.publish(t, owner, titles...)
		w.drain(t.Context(), t)
		if err := w.search.Rebuild(t.Context(), nil); err != nil {
			t.Fatal(err)
		}

		ctx, stop := context.WithCancel(t.Context())
		var writers sync.WaitGroup
		var empty, searches, changes atomic.Int64
		writers.Go(func() { // closes and publishes
			for n := 0; n < busy && ctx.Err() == nil; n++ {
				if n < 60 {
					w.close(t, ids[n])
				}
				w.publish(t, owner, "新岗位")
				changes.Add(1)
			}
		})
		writers.Go(func() { // edits
			r := rand.New(rand.NewPCG(1, 1))
			for n := 0; n < busy && ctx.Err() == nil; n++ {
				at := ids[60+r.IntN(60)]
				p, err := w.positions.Get(ctx, auth.System(), at)
				if err == nil {
					_, err = w.positions.Edit(ctx, auth.System(), at, p.Version, headcount(p.Content, 1+r.IntN(100)))
				}
				if err != nil && ctx.Err() == nil {
					t.Error(err)
					return
				}
				changes.Add(1)
			}
		})
		for range 2 { // workers, perhaps in two processes
			worker := search.New(w.db, w.index, w.positions, search.Reader{Tree: w.tree}, discard())
			writers.Go(func() {
				for ctx.Err() == nil {
					refs, err := w.outbox.Claim(ctx, syncPositions.Queue, 5)
					for _, ref := range refs {
						err = errors.Join(err, w.outbox.Run(context.WithoutCancel(ctx), ref.ID, worker.SyncPositions))
					}
					if err != nil && ctx.Err() == nil {
						t.Error(err)
						return
					}
				}
			})
		}
		writers.Go(func() { // somebody searches all the time
			for ctx.Err() == nil {
				r, err := w.search.Find(context.WithoutCancel(ctx), search.Query{Text: "社工"})
				if err != nil || r.Down || len(r.Items) == 0 {
					empty.Add(1)
					t.Errorf("%d items, down %v, %v", len(r.Items), r.Down, err)
					return
				}
				searches.Add(1)
			}
		})
		for range 2 {
			if err := w.search.Rebuild(t.Context(), nil); err != nil {
				t.Error(err)
			}
		}
		stop()
		writers.Wait()
		w.drain(t.Context(), t)
		w.wantSame(t)
		if searches.Load() == 0 || changes.Load() < 5 {
			t.Errorf("%d searches, %d changes: the test proves little", searches.Load(), changes.Load())
		}
	})
}

func TestOneRebuildAtATime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := newWorld(t, d, c, newBleve(t))
		w.publish(t, w.org(t, "阳光中心"), "社工")
		second := search.New(d, w.index, w.positions, search.Reader{Tree: w.tree}, discard())
		err := w.search.Rebuild(t.Context(), func(int, int) {
			if err := second.Rebuild(t.Context(), nil); !errs.Is(err, errs.KindConflict) || errs.KeyOf(err) != "search.rebuild.running" {
				t.Errorf("a second rebuild began: %v", err)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := second.Rebuild(t.Context(), nil); err != nil {
			t.Errorf("after the first has ended: %v", err)
		}
		w.wantSame(t)
	})
}

func TestASilentRebuildIsTakenOver(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner := w.org(t, "阳光中心")
		w.publish(t, owner, "社工", "文员")
		second := search.New(w.db, w.index, w.positions, search.Reader{Tree: w.tree}, discard())
		err := w.search.Rebuild(t.Context(), func(int, int) {
			if err := w.db.Write(t.Context(), func(tx *db.Tx) error {
				return tx.One(t.Context(), `UPDATE search_build SET alive_at = alive_at - 61000 WHERE id = 1`)
			}); err != nil {
				t.Fatal(err)
			}
			if err := second.Rebuild(t.Context(), nil); err != nil {
				t.Errorf("a silent rebuild was not taken over: %v", err)
			}
		})
		if !errs.Is(err, errs.KindConflict) {
			t.Errorf("the first rebuild ended with %v", err)
		}
		w.wantSame(t)
		w.wantTitles(t, "", "文员", "社工")
	})
}

func TestARebuildThatFailsLeavesTheIndexAsItWas(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.publish(t, w.org(t, "阳光中心"), "社工")
		w.drain(t.Context(), t)
		ctx, cancel := context.WithCancel(t.Context())
		if err := w.search.Rebuild(ctx, func(int, int) { cancel() }); err == nil {
			t.Error("a rebuild that was stopped says that it was done")
		}
		w.wantSame(t)
		if err := w.search.Rebuild(t.Context(), nil); err != nil {
			t.Errorf("the next one: %v", err)
		}
	})
}

func TestReconcileRepairsWhatDiffers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ids := w.publish(t, w.org(t, "阳光中心"), "社工", "文员", "会计", "司机")
		w.drain(t.Context(), t)
		if d, err := w.search.Reconcile(t.Context()); err != nil || d.Any() || d.Checked != 4 {
			t.Errorf("nothing to repair: %+v, %v", d, err)
		}
		if err := w.index.Delete(t.Context(), ids[0]); err != nil {
			t.Fatal(err)
		}
		if err := w.index.Put(t.Context(), search.Document{ID: ids[1], Version: 1, Title: "旧", ValidUntil: w.today()}, search.Document{ID: 77, ValidUntil: w.today()}); err != nil {
			t.Fatal(err)
		}
		d, err := w.search.Reconcile(t.Context())
		if err != nil || d != (search.Differences{Checked: 4, Missing: 1, Stale: 1, Extra: 1}) {
			t.Errorf("%+v, %v", d, err)
		}
		w.wantSame(t)
		w.wantTitles(t, "文员", "文员")
		// What the outbox lost is found too: an organization's new name has raised its version.
		if err := w.db.Write(t.Context(), func(tx *db.Tx) error {
			return tx.One(t.Context(), `UPDATE org SET name = '绿洲中心', version = version + 1`)
		}); err != nil {
			t.Fatal(err)
		}
		if d, err := w.search.Reconcile(t.Context()); err != nil || d.Stale != 4 {
			t.Errorf("%+v, %v", d, err)
		}
		if r := w.find(t, search.Query{Text: "绿洲"}); r.Total != 4 {
			t.Errorf("%+v", r)
		}
	})
}

// hooked is an index whose builds let something happen before their first Put, and before and after they are swapped.
type hooked struct {
	search.Index
	beforePut, beforeSwap, afterSwap func()
}

func (h *hooked) Build(ctx context.Context) (search.Build, error) {
	b, err := h.Index.Build(ctx)
	return &hookedBuild{b, h}, err
}

type hookedBuild struct {
	search.Build
	hooks *hooked
}

func (b *hookedBuild) Put(ctx context.Context, docs ...search.Document) error {
	if fn := b.hooks.beforePut; fn != nil {
		b.hooks.beforePut = nil
		fn()
	}
	return b.Build.Put(ctx, docs...)
}

func (b *hookedBuild) Swap(ctx context.Context) error {
	if fn := b.hooks.beforeSwap; fn != nil {
		fn()
	}
	err := b.Build.Swap(ctx)
	if fn := b.hooks.afterSwap; fn != nil {
		fn()
	}
	return err
}

// The scan has read a post that is closed before the scan writes it.
func TestTheScanOfARebuildBringsNothingBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		index := &hooked{Index: newBleve(t)}
		w := newWorld(t, d, c, index)
		ids := w.publish(t, w.org(t, "阳光中心"), "社工", "文员")
		w.drain(t.Context(), t)
		index.beforePut = func() {
			w.close(t, ids[0])
			w.drain(t.Context(), t)
		}
		index.afterSwap = func() { w.wantSame(t) } // at once, not only in the end
		if err := w.search.Rebuild(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	})
}

// A writer that looked for a build before there was one writes to the live index only, just before it is swapped away.
func TestASwapTakesNoWriteAway(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		index := &hooked{Index: newBleve(t)}
		w := newWorld(t, d, c, index)
		owner := w.org(t, "阳光中心")
		ids := w.publish(t, owner, "社工", "文员")
		w.drain(t.Context(), t)
		index.beforeSwap = func() {
			w.close(t, ids[0])
			if err := index.Delete(t.Context(), ids[0]); err != nil {
				t.Error(err)
			}
			w.publish(t, owner, "会计")
			if err := d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), `UPDATE outbox SET state = 'done', done_at = 1`)
				return err
			}); err != nil {
				t.Error(err)
			}
		}
		if err := w.search.Rebuild(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		w.wantSame(t)
		w.wantTitles(t, "", "会计", "文员")
	})
}

// swapping is an index with a build that becomes the live index after the next Put, wherever that goes.
type swapping struct {
	search.Index
	build search.Build
}

func (s *swapping) done(ctx context.Context, err error) error {
	b := s.build
	if b == nil || err != nil {
		return err
	}
	s.build = nil
	return b.Swap(ctx)
}

func (s *swapping) Put(ctx context.Context, docs ...search.Document) error {
	return s.done(ctx, s.Index.Put(ctx, docs...))
}

func (s *swapping) Join(name string) search.Build { return &swappingBuild{s.Index.Join(name), s} }

type swappingBuild struct {
	search.Build
	of *swapping
}

func (b *swappingBuild) Put(ctx context.Context, docs ...search.Document) error {
	return b.of.done(ctx, b.Build.Put(ctx, docs...))
}

// A writer writes to the build before it writes to the live index: when the build becomes the live index in between,
// the second write reaches it.
func TestAWriterThatMeetsASwapReachesTheNewIndex(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		index := &swapping{Index: newBleve(t)}
		w := newWorld(t, d, c, index)
		owner := w.org(t, "阳光中心")
		w.publish(t, owner, "社工")
		w.drain(t.Context(), t)
		build, err := index.Build(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO search_build (id, name, token, started_at, alive_at) VALUES (1, ?, 1, 1, 1)`, build.Name())
			return err
		}); err != nil {
			t.Fatal(err)
		}
		ids := w.publish(t, owner, "文员")
		index.build = build
		w.drain(t.Context(), t)
		if got := versions(t, index); len(got) != 1 || got[ids[0]] == 0 {
			t.Errorf("the new index holds %v, want the post that was written meanwhile", got)
		}
	})
}
