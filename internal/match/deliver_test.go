package match_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/id"
	"zhigang/internal/match"
	"zhigang/internal/match/matchtest"
	"zhigang/internal/outbox"
	"zhigang/internal/position"
	"zhigang/internal/search"
)

// told collects what deliveries tell, by saved search.
type told map[id.ID][][]id.ID

// deliver makes w tell what is found, into the returned told.
func deliver(w *matchtest.World) told {
	out := told{}
	w.Handle(match.DeliverTask, func(ctx context.Context, job *outbox.Job) error {
		var message []id.ID
		err := job.Finish(ctx, func(tx *db.Tx) error {
			message = nil
			taken, err := w.Matches.Take(ctx, tx, []id.ID{job.Subject})
			if err != nil || len(taken) == 0 {
				return err
			}
			for _, item := range taken[0].Items {
				message = append(message, item.ID)
			}
			if taken[0].More {
				if err := w.Matches.Later(ctx, tx, job.Subject, tx.Now); err != nil {
					return err
				}
			}
			return w.Matches.Told(ctx, tx, taken, []id.ID{tx.NewID()})
		})
		if len(message) > 0 {
			out[job.Subject] = append(out[job.Subject], message)
		}
		return err
	})
	return out
}

func TestEachSearchIsToldOnce(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, _ *clock.Manual) {
		out := deliver(w)
		ann := w.Person()
		first, second := w.Save(ann, panyu, match.Instant, true), w.Save(ann, search.Query{Text: "社工"}, match.Instant, true)
		p := w.Publish(w.Draft("社区社工"))[0]
		w.Work()
		w.Fact(position.ChangedFact, p)
		w.Work()
		for _, saved := range []match.SavedSearch{first, second} {
			if got := out[saved.ID]; len(got) != 1 || !slices.Equal(got[0], []id.ID{p}) {
				t.Errorf("%s was told %v", saved.Query, got)
			}
		}
		if n := w.Count("outbox", "task = ?", match.DeliverTask); n != 2 {
			t.Errorf("%d deliveries asked for: what was told must not be asked for again", n)
		}
		another := w.Publish(w.Draft("另一个社工岗位"))[0]
		w.Work()
		if got := out[first.ID]; len(got) != 2 || !slices.Equal(got[1], []id.ID{another}) {
			t.Errorf("told %v", got)
		}
	})
}

func TestAClosedPositionIsDroppedAndFoundAgainWhenItIsBack(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, c *clock.Manual) {
		saved := w.Save(w.Person(), panyu, match.Instant, true)
		ids := w.Publish(w.Draft("先关闭"), w.Draft("一直开放"), w.Draft("已应聘"))
		w.Work() // found, not told: nobody handles deliveries yet
		w.SetState(ids[0], position.Submitted)
		apply(w, ids[2], saved.Account)
		out := deliver(w)
		w.Work()
		if got := out[saved.ID]; len(got) != 1 || !slices.Equal(got[0], ids[1:2]) {
			t.Fatalf("told %v", got)
		}
		if n := w.Count("match", "dropped_at IS NOT NULL AND notice_id IS NULL"); n != 2 {
			t.Errorf("%d rows dropped", n)
		}
		c.Add(time.Hour)
		w.SetState(ids[0], position.Published)
		for _, p := range ids {
			w.Fact(position.PublishedFact, p)
		}
		w.Work()
		if got := out[saved.ID]; len(got) != 2 || !slices.Equal(got[1], ids[:1]) {
			t.Errorf("told %v", got)
		}
	})
}

// Between the find and the morning's digest a post may be edited, approved anew, and be another one.
func TestWhatWasChangedIsToldOnlyIfItIsStillFound(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, c *clock.Manual) {
		out := deliver(w)
		reasons := map[id.ID]string{}
		take := func(saved id.ID) {
			w.Write(func(ctx context.Context, tx *db.Tx) error {
				taken, err := w.Matches.Take(ctx, tx, []id.ID{saved})
				for _, one := range taken {
					for _, item := range w.Matches.Fit(one.Search, one.Items) {
						reasons[item.ID] = fmt.Sprint(item.Reason.V)
					}
				}
				return err
			})
		}
		saved := w.Save(w.Person(), search.Query{Text: "社工", Regions: []string{"440113", "440106"}, PayMin: 5000}, match.Daily, true)
		ids := w.Publish(w.Draft("社区社工"), w.Draft("学校社工"), w.Draft("医务社工"), w.Draft("禁毒社工"))
		w.Work()
		w.Write(func(ctx context.Context, tx *db.Tx) error {
			for p, change := range map[id.ID]string{
				ids[0]: `pay_month_min = 300000`, ids[1]: `title = '文员', duties = '归档', requirements = '细心', skills = '[]', majors = '[]'`,
				ids[2]: `region_code = '440106'`,
			} {
				if err := tx.One(ctx, `UPDATE position SET version = version + 1, `+change+` WHERE id = ?`, p); err != nil {
					return err
				}
			}
			return nil
		})
		take(saved.ID)
		if len(reasons) != 2 || !strings.Contains(reasons[ids[2]], "440106") || !strings.Contains(reasons[ids[3]], "440113") {
			t.Errorf("to be told: %v of %v", reasons, ids)
		}
		// What is changed back is found anew, and told once.
		w.Write(func(ctx context.Context, tx *db.Tx) error {
			return tx.One(ctx, `UPDATE position SET pay_month_min = 600000 WHERE id = ?`, ids[0])
		})
		w.Fact(position.ChangedFact, ids[0])
		w.Work()
		c.Add(24 * time.Hour)
		w.Slot("match.digest")
		w.Work()
		if got := out[saved.ID]; len(got) != 1 || !slices.Equal(sorted(got[0]), sorted([]id.ID{ids[0], ids[2], ids[3]})) {
			t.Errorf("told %v of %v", got, ids)
		}
	})
}

func sorted(ids []id.ID) []id.ID { return slices.Sorted(slices.Values(ids)) }

// More posts were changed than one message holds: what lies behind them is told all the same.
func TestWhatIsDroppedMakesRoomForTheRest(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, c *clock.Manual) {
		out := deliver(w)
		saved := w.Save(w.Person(), search.Query{PayMin: 5000}, match.Daily, true)
		drafts := make([]position.Position, match.MaxTold+5)
		for n := range drafts {
			drafts[n] = w.Draft("社区社工")
		}
		ids := w.Publish(drafts...)
		w.Work()
		w.Write(func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE position SET pay_month_min = 100000 WHERE id IN (?)`, ids[:match.MaxTold+3])
			return err
		})
		c.Add(24 * time.Hour)
		w.Slot("match.digest")
		w.Work()
		if got := out[saved.ID]; len(got) != 1 || len(got[0]) != 2 {
			t.Errorf("told %v", got)
		}
	})
}

// The slot is taken by a process whose clock is ahead of the one that does the work.
func TestDigestsAreToldThoughTheClocksDiffer(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, c *clock.Manual) {
		out := deliver(w)
		saved := w.Save(w.Person(), panyu, match.Daily, true)
		w.Publish(w.Draft("社区社工"))
		w.Work()
		slot := saved.NextAt.Time
		c.Set(slot.Add(-5 * time.Second))
		if _, err := w.Outbox.AddSlot(t.Context(), "match.digest", slot); err != nil {
			t.Fatal(err)
		}
		w.Work()
		if len(out[saved.ID]) != 1 {
			t.Errorf("told %v", out)
		}
		again, err := w.Matches.Get(t.Context(), auth.Actor{Account: saved.Account}, saved.ID)
		if err != nil || !again.NextAt.Equal(slot.Add(24*time.Hour)) {
			t.Errorf("the next one is due at %v, %v", again.NextAt, err)
		}
	})
}

func TestNothingIsToldOfASearchThatEnded(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, _ *clock.Manual) {
		saved := w.Save(w.Person(), panyu, match.Instant, true)
		w.Publish(w.Draft("社区社工"))
		w.Work()
		if err := w.Matches.End(t.Context(), auth.Actor{Account: saved.Account}, saved.ID); err != nil {
			t.Fatal(err)
		}
		out := deliver(w)
		w.Work()
		if len(out) != 0 || w.Count("match", "dropped_at IS NULL") != 0 {
			t.Errorf("told %v", out)
		}
	})
}

func TestWhatIsTooMuchForOneMessageIsToldInTheNext(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, _ *clock.Manual) {
		out := deliver(w)
		saved := w.Save(w.Person(), panyu, match.Instant, true)
		drafts := make([]position.Position, 2*match.MaxTold+7)
		for n := range drafts {
			drafts[n] = w.Draft(fmt.Sprintf("社区社工%d", n))
		}
		ids := w.Publish(drafts...)
		w.Work()
		if got := slices.Concat(out[saved.ID]...); !slices.Equal(sorted(got), ids) {
			t.Errorf("told %d of %d", len(got), len(ids))
		}
		if n := len(out[saved.ID]); n != 3 {
			t.Errorf("%d messages", n)
		}
	})
}

func TestDigestsComeInTheMorningAndOnMonday(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, c *clock.Manual) { // it is Sunday noon
		out := deliver(w)
		ann := w.Person()
		daily, weekly := w.Save(ann, panyu, match.Daily, true), w.Save(ann, search.Query{Text: "社工"}, match.Weekly, true)
		morning := func() {
			day := calendar.DayOf(c.Now()).Add(1)
			c.Set(day.Start().Add(8 * time.Hour))
			w.Slot("match.digest")
			w.Work()
		}
		w.Publish(w.Draft("社区社工"))
		w.Work()
		if len(out) != 0 {
			t.Fatalf("told before the morning: %v", out)
		}
		morning() // Monday
		w.Publish(w.Draft("另一个社工岗位"))
		morning() // Tuesday
		morning() // Wednesday: nothing new
		if d, k := len(out[daily.ID]), len(out[weekly.ID]); d != 2 || k != 1 {
			t.Errorf("by Wednesday: %d daily, %d weekly", d, k)
		}
		c.Add(5 * 24 * time.Hour) // Monday, some minutes late
		c.Add(7 * time.Minute)
		w.Slot("match.digest")
		w.Work()
		if k := len(out[weekly.ID]); k != 2 {
			t.Errorf("by the second Monday: %d weekly", k)
		}
	})
}

func TestALostDeliveryIsAskedForAnew(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, c *clock.Manual) {
		saved := w.Save(w.Person(), panyu, match.Instant, true)
		w.Publish(w.Draft("社区社工"))
		w.Work()
		w.Write(func(ctx context.Context, tx *db.Tx) error { // the task died
			_, err := tx.Exec(ctx, `UPDATE outbox SET state = 'dead' WHERE task = ?`, match.DeliverTask)
			return err
		})
		if h, err := w.Matches.Health(t.Context()); err != nil || h != (match.Health{Live: 1}) {
			t.Errorf("health %+v, %v", h, err)
		}
		c.Add(3 * time.Hour)
		if h, err := w.Matches.Health(t.Context()); err != nil || h != (match.Health{Live: 1, Behind: 1, Oldest: 3 * 3600}) {
			t.Errorf("health %+v, %v", h, err)
		}
		out := deliver(w)
		w.Slot("match.digest")
		w.Work()
		if len(out[saved.ID]) != 1 {
			t.Errorf("told %v", out)
		}
		if h, err := w.Matches.Health(t.Context()); err != nil || h != (match.Health{Live: 1, LastTold: db.At(c.Now())}) {
			t.Errorf("health %+v, %v", h, err)
		}
	})
}

func TestWhatWasFoundForADigestIsToldWhenItBecomesInstant(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, _ *clock.Manual) {
		out := deliver(w)
		saved := w.Save(w.Person(), panyu, match.Weekly, true)
		w.Publish(w.Draft("社区社工"))
		w.Work()
		who := auth.Actor{Account: saved.Account}
		if err := w.Matches.Change(t.Context(), who, saved.ID, match.Instant, true); err != nil {
			t.Fatal(err)
		}
		w.Work()
		if len(out[saved.ID]) != 1 {
			t.Errorf("told %v", out)
		}
	})
}
