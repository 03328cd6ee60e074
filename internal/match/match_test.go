package match_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/lexicon"
	"zhigang/internal/match"
	"zhigang/internal/match/matchtest"
	"zhigang/internal/position"
	"zhigang/internal/search"
	"zhigang/internal/testserver"
	"zhigang/internal/worldtest"
)

func TestMain(m *testing.M) { testserver.Main(m) }

// each runs fn on a World in every engine.
func each(t *testing.T, fn func(t *testing.T, w *matchtest.World, c *clock.Manual)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		fn(t, matchtest.New(t, d, c, matchtest.Reactions()), c)
	})
}

var panyu = search.Query{Regions: []string{"440113"}, Text: "社会工作", PayMin: 5000}

func TestAWordThatTheBureauTeachesCountsForSavedSearches(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, _ *clock.Manual) {
		w.Save(w.Person(), search.Query{Text: "护河队"}, match.Instant, true)
		w.Publish(w.Draft("河道巡查员"))
		w.Work()
		if n := w.Count("match", "1 = 1"); n != 0 {
			t.Fatalf("%d rows before it was taught", n)
		}
		line := lexicon.Line{Kind: lexicon.Synonyms, Text: "护河队 > 巡查员"}
		if err := w.Lexicon.Add(t.Context(), w.Bureau(worldtest.Panyu, auth.Administrator), line, false); err != nil {
			t.Fatal(err)
		}
		w.Publish(w.Draft("湖泊巡查员"))
		w.Work()
		if n := w.Count("match", "1 = 1"); n != 1 {
			t.Fatalf("%d rows", n)
		}
	})
}

func TestAPositionFindsThoseWhoLookForIt(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, _ *clock.Manual) {
		ann, ben := w.Person(), w.Person()
		hers := w.Save(ann, panyu, match.Instant, true)
		w.Save(ben, search.Query{Regions: []string{"440115"}}, match.Instant, true) // another district
		w.Save(ben, search.Query{Text: "社會工作 律师"}, match.Instant, true)             // one word is missing
		his := w.Save(ben, search.Query{Text: "社會工作"}, match.Daily, false)          // Traditional finds Simplified
		w.Save(ben, search.Query{PayMin: 6001}, match.Instant, true)
		p := w.Publish(w.Draft("社区社工"))[0]
		w.Work()
		for _, saved := range []match.SavedSearch{hers, his} {
			if n := w.Count("match", "saved_search_id = ? AND position_id = ?", saved.ID, p); n != 1 {
				t.Errorf("%s: %d rows", saved.Query, n)
			}
		}
		if n := w.Count("match", "1 = 1"); n != 2 {
			t.Errorf("%d rows in all", n)
		}
		if rows := w.Rows(match.DeliverTask); len(rows) != 1 || rows[0].Subject != hers.ID {
			t.Errorf("deliveries asked for: %v", rows)
		}
		var reason db.JSON[[]search.Criterion]
		if err := w.DB.Get(t.Context(), &reason, `SELECT reason FROM match WHERE saved_search_id = ?`, hers.ID); err != nil {
			t.Fatal(err)
		}
		if len(reason.V) != 3 || reason.V[0] != (search.Criterion{Name: "region", Value: "440113"}) {
			t.Errorf("reason %v", reason.V)
		}
	})
}

func TestAMatchIsFoundOnceHoweverOftenItIsLookedFor(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, _ *clock.Manual) {
		w.Save(w.Person(), panyu, match.Instant, true)
		p := w.Publish(w.Draft("社区社工"))[0]
		w.Work()
		w.Fact(position.PublishedFact, p)
		w.Fact(position.ChangedFact, p)
		w.Work()
		if rows, asked := w.Count("match", "1 = 1"), len(w.Rows(match.DeliverTask)); rows != 1 || asked != 1 {
			t.Errorf("%d rows, %d deliveries asked for", rows, asked)
		}
	})
}

func TestSomeAreNotTold(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, c *clock.Manual) {
		applied, disabled, expired, ended := w.Person(), w.Person(), w.Person(), w.Person()
		w.Save(expired, panyu, match.Instant, true)
		c.Add(366 * 24 * time.Hour)
		for _, account := range []id.ID{applied, disabled, w.Owner.Account} {
			w.Save(account, panyu, match.Instant, true)
		}
		over := w.Save(ended, panyu, match.Instant, true)
		if err := w.Matches.End(t.Context(), auth.Actor{Account: ended}, over.ID); err != nil {
			t.Fatal(err)
		}
		if err := w.DB.Write(t.Context(), func(tx *db.Tx) error { return w.Accounts.Disable(t.Context(), tx, disabled) }); err != nil {
			t.Fatal(err)
		}
		p := w.Publish(w.Draft("社区社工"))[0]
		apply(w, p, applied)
		closed := w.Draft("已关闭的岗位")
		closed.State = position.Closed
		w.Publish(closed)
		w.Work()
		if n := w.Count("match", "1 = 1"); n != 0 {
			t.Errorf("%d rows for who applied, is disabled, works there, or has no live search, or for what is closed", n)
		}
	})
}

// apply writes an application down, as the person's own would be.
func apply(w *matchtest.World, p, person id.ID) { w.Applied(p, person) }

// A thousand people look for the same; the handler dies after a transaction, once told to stop and once at once.
func TestAThousandSearchesAreFoundOnceThoughTheHandlerDies(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, c *clock.Manual) {
		var die func()
		w.Outbox.OnAdd(func([]string) { // after each commit that asked for deliveries
			if die != nil {
				die()
			}
		})
		const people = 1000
		w.SaveAll(w.People(people), panyu, match.Instant, true)
		drafts := make([]position.Position, 3)
		for n := range drafts {
			drafts[n] = w.Draft(fmt.Sprintf("社区社工%d", n))
		}
		w.Publish(drafts...)
		refs, err := w.Outbox.Due(t.Context(), "fast", 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, killed := range []func(cancel func()){func(cancel func()) { cancel() }, func(func()) { panic("killed") }} {
			ctx, cancel := context.WithCancel(t.Context())
			die = func() { killed(cancel) }
			before := w.Count("match", "1 = 1")
			if err := w.Outbox.Run(ctx, refs[0].ID, w.Matches.MatchPosition); err != nil {
				t.Fatal(err)
			}
			cancel()
			if n := w.Count("match", "1 = 1"); n == before || n == 3*people {
				t.Fatalf("the handler was to die half-way, but %d rows stand", n)
			}
			c.Add(time.Hour)
		}
		die = nil
		w.Work()
		if rows, asked := w.Count("match", "1 = 1"), len(w.Rows(match.DeliverTask)); rows != 3*people || asked != people {
			t.Errorf("%d rows, %d deliveries asked for", rows, asked)
		}
	})
}

func TestTwoRunsAtOnceFindEachMatchOnce(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, _ *clock.Manual) {
		w.SaveAll(w.People(200), panyu, match.Instant, true)
		p := w.Publish(w.Draft("社区社工"))[0]
		w.Fact(position.ChangedFact, p)
		refs, err := w.Outbox.Due(t.Context(), "fast", 10)
		if err != nil || len(refs) != 2 {
			t.Fatalf("%v, %v", refs, err)
		}
		var both sync.WaitGroup
		for _, ref := range refs {
			both.Go(func() {
				if err := w.Outbox.Run(t.Context(), ref.ID, w.Matches.MatchPosition); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		w.Work()
		if rows, asked := w.Count("match", "1 = 1"), len(w.Rows(match.DeliverTask)); rows != 200 || asked != 200 {
			t.Errorf("%d rows, %d deliveries asked for", rows, asked)
		}
	})
}

func TestSearchesAreSavedOnceAndBounded(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, c *clock.Manual) {
		ctx, ann := t.Context(), auth.Actor{Account: w.Person()}
		long := search.Query{Text: strings.Repeat("长", search.MaxText)}
		for _, city := range w.Tree.Children("440000") {
			long.Regions = append(long.Regions, city.Code)
		}
		for _, bad := range []struct {
			what  string
			who   auth.Actor
			query search.Query
			every match.Every
			kind  errs.Kind
		}{
			{"no criteria", ann, search.Query{Sort: search.ByPay, Page: 3}, match.Instant, errs.KindInvalid},
			{"no word", ann, search.Query{Text: "！！ 13800001234"}, match.Daily, errs.KindInvalid},
			{"no such rhythm", ann, panyu, "hourly", errs.KindInvalid},
			{"no such region", ann, search.Query{Regions: []string{"999999"}}, match.Daily, errs.KindInvalid},
			{"too long for an index", ann, long, match.Daily, errs.KindInvalid},
			{"nobody", auth.Actor{}, panyu, match.Daily, errs.KindUnauthenticated},
		} {
			if _, _, err := w.Matches.Save(ctx, bad.who, bad.query, bad.every, true); !errs.Is(err, bad.kind) {
				t.Errorf("%s: %v", bad.what, err)
			}
		}
		first := w.Save(ann.Account, panyu, match.Daily, true)
		c.Add(time.Hour)
		same := panyu
		same.Sort, same.Page = search.ByNewest, 2
		second, again, err := w.Matches.Save(ctx, ann, same, match.Weekly, false)
		if err != nil || !again || second.ID != first.ID || second.Every != match.Weekly || bool(second.ByMail) ||
			!second.ExpiresAt.After(first.ExpiresAt.Time) {
			t.Errorf("saved again: %v, %v, %+v", err, again, second)
		}
		for n := range match.MaxSearches - 1 {
			w.Save(ann.Account, search.Query{PayMin: 1000 + n}, match.Instant, true)
		}
		_, _, err = w.Matches.Save(ctx, ann, search.Query{PayMin: 1}, match.Instant, true)
		if !errs.Is(err, errs.KindConflict) {
			t.Errorf("one too many: %v", err)
		}
		if all, err := w.Matches.Of(ctx, ann); err != nil || len(all) != match.MaxSearches {
			t.Errorf("%d searches, %v", len(all), err)
		}
	})
}

func TestTwoClicksSaveOneSearch(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, _ *clock.Manual) {
		ann := w.Person()
		var both sync.WaitGroup
		for range 8 {
			both.Go(func() {
				_, _, err := w.Matches.Save(t.Context(), auth.Actor{Account: ann}, panyu, match.Instant, true)
				if err != nil && !errs.Is(err, errs.KindConflict) {
					t.Error(err)
				}
			})
		}
		both.Wait()
		if n := w.Count("saved_search", "1 = 1"); n != 1 {
			t.Errorf("%d searches", n)
		}
	})
}

func TestASavedSearchBelongsToOnePerson(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, c *clock.Manual) {
		ctx, ann, ben := t.Context(), auth.Actor{Account: w.Person()}, auth.Actor{Account: w.Person()}
		saved := w.Save(ann.Account, panyu, match.Instant, true)
		for verb, err := range map[string]error{
			"change": w.Matches.Change(ctx, ben, saved.ID, match.Daily, false), "end": w.Matches.End(ctx, ben, saved.ID),
			"renew": w.Matches.Renew(ctx, ben, saved.ID),
		} {
			if !errs.Is(err, errs.KindNotFound) {
				t.Errorf("%s by another: %v", verb, err)
			}
		}
		c.Add(400 * 24 * time.Hour)
		if got, err := w.Matches.Get(ctx, ann, saved.ID); err != nil || got.LiveOn(c.Now()) {
			t.Errorf("after 400 days: %v, %+v", err, got)
		}
		if err := w.Matches.Renew(ctx, ann, saved.ID); err != nil {
			t.Fatal(err)
		}
		if err := w.Matches.Change(ctx, ann, saved.ID, match.Weekly, false); err != nil {
			t.Fatal(err)
		}
		got, err := w.Matches.Get(ctx, ann, saved.ID)
		if err != nil || !got.LiveOn(c.Now()) || got.Every != match.Weekly || bool(got.ByMail) {
			t.Errorf("renewed: %v, %+v", err, got)
		}
		if q, err := got.Criteria(w.Tree); err != nil || q.Criteria().Encode() != panyu.Criteria().Encode() {
			t.Errorf("read back: %v, %v", err, q)
		}
		if err := w.Matches.End(ctx, ann, saved.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Matches.Get(ctx, ann, saved.ID); !errs.Is(err, errs.KindNotFound) {
			t.Errorf("after the end: %v", err)
		}
		if fresh := w.Save(ann.Account, panyu, match.Instant, true); fresh.ID == saved.ID {
			t.Error("an ended search came back to life")
		}
	})
}
