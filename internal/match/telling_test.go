package match_test

import (
	"slices"
	"testing"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/clock"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/match"
	"zhigang/internal/match/matchtest"
	"zhigang/internal/search"
	"zhigang/internal/worldtest"
)

// china returns an instant of the week of tests by China's clocks: day 0 is the Sunday on which they begin.
func china(day, hour, minute int) time.Time {
	return calendar.Day("2026-11-22").Add(day).Start().Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
}

// at sets the clock, lets the full hour do its work, and everything that follows.
func at(w *matchtest.World, c *clock.Manual, when time.Time) {
	w.T.Helper()
	c.Set(when)
	if when.Truncate(time.Hour).Equal(when) {
		w.Slot("match.digest")
	}
	w.Work()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsFoundAtNightIsToldInTheMorning(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, c *clock.Manual) {
		out := deliver(w)
		saved := w.Save(w.Person(), panyu, match.Instant, true)
		c.Set(china(0, 21, 59))
		ids := w.Publish(w.Draft("天黑前的社工岗位"))
		w.Work()
		c.Set(china(0, 22, 0))
		ids = append(ids, w.Publish(w.Draft("夜里的社工岗位"))...)
		w.Work()
		c.Set(china(1, 3, 0))
		ids = append(ids, w.Publish(w.Draft("凌晨的社工岗位"))...)
		for hour := 3; hour < 8; hour++ {
			at(w, c, china(1, hour, 0))
			if h, err := w.Matches.Health(t.Context()); err != nil || h.Behind != 0 {
				t.Errorf("at %d: who sleeps is not behind: %+v, %v", hour, h, err)
			}
		}
		if got := out[saved.ID]; len(got) != 1 || !slices.Equal(got[0], ids[:1]) {
			t.Fatalf("told by night: %v of %v", got, ids)
		}
		at(w, c, china(1, 8, 0))
		if got := out[saved.ID]; len(got) != 2 || !slices.Equal(sorted(got[1]), sorted(ids[1:])) {
			t.Errorf("told in the morning: %v of %v", got, ids)
		}
		if n := w.Count("outbox", "task = ? AND state <> 'done'", match.DeliverTask); n != 0 {
			t.Errorf("%d deliveries are left over", n)
		}
	})
}

func TestEverybodyHasTheirOwnHours(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, c *clock.Manual) {
		out := deliver(w)
		ann, ben := auth.Actor{Account: w.Person()}, auth.Actor{Account: w.Person()}
		daily, weekly := w.Save(ann.Account, panyu, match.Daily, true), w.Save(ann.Account, search.Query{Text: "社工"}, match.Weekly, true)
		night := w.Save(ben.Account, panyu, match.Instant, true)
		must(t, w.Matches.SetTelling(t.Context(), ann, match.Hours{Digest: 19, QuietFrom: 22, QuietTo: 8}))
		must(t, w.Matches.SetTelling(t.Context(), ben, match.Hours{Digest: 8, QuietFrom: 9, QuietTo: 9})) // never quiet
		at(w, c, china(0, 19, 0))                                                                         // nothing yet
		c.Set(china(0, 23, 0))
		w.Publish(w.Draft("社区社工"))
		w.Work()
		if len(out[night.ID]) != 1 {
			t.Error("who has no quiet hours waits")
		}
		at(w, c, china(1, 8, 0))
		at(w, c, china(1, 18, 0))
		if len(out[daily.ID])+len(out[weekly.ID]) != 0 {
			t.Fatalf("told before the hour: %v", out)
		}
		at(w, c, china(1, 19, 0))
		if len(out[daily.ID]) != 1 || len(out[weekly.ID]) != 1 {
			t.Errorf("told at the hour: %v", out)
		}
		for _, wrong := range []match.Hours{{Digest: 24}, {QuietFrom: -1}, {QuietTo: 24}} {
			if err := w.Matches.SetTelling(t.Context(), ann, wrong); !errs.Is(err, errs.KindInvalid) {
				t.Errorf("%+v: %v", wrong, err)
			}
		}
		must(t, w.Matches.SetTelling(t.Context(), ann, match.Hours{Digest: 21, QuietFrom: 22, QuietTo: 8}))
		w.Publish(w.Draft("傍晚的社工岗位"))
		at(w, c, china(1, 21, 0))
		if len(out[daily.ID]) != 2 {
			t.Errorf("the new hour does not hold on the same day: %v", out)
		}
	})
}

// Quiet hours that were to wait for are over as soon as there are none.
func TestQuietHoursThatAreTakenBackAreOver(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, c *clock.Manual) {
		out := deliver(w)
		saved := w.Save(w.Person(), panyu, match.Instant, true)
		c.Set(china(0, 23, 0))
		w.Publish(w.Draft("社区社工"))
		w.Work()
		must(t, w.Matches.SetTelling(t.Context(), auth.Actor{Account: saved.Account}, match.Hours{Digest: 8}))
		w.Work()
		if len(out[saved.ID]) != 1 {
			t.Errorf("told %v", out)
		}
		at(w, c, china(1, 8, 0))
		if len(out[saved.ID]) != 1 {
			t.Errorf("told again: %v", out)
		}
	})
}

func TestNothingIsToldInAPauseAndNothingIsLostInIt(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, c *clock.Manual) {
		out := deliver(w)
		who := auth.Actor{Account: w.Person()}
		one := w.Save(who.Account, panyu, match.Instant, true)
		other := w.Save(who.Account, search.Query{Text: "社工"}, match.Daily, true)
		free := w.Save(who.Account, search.Query{Regions: []string{"440113"}}, match.Instant, true)
		must(t, w.Matches.Pause(t.Context(), who, one.ID, "2026-11-25"))
		must(t, w.Matches.Pause(t.Context(), who, other.ID, ""))
		w.Publish(w.Draft("社区社工"))
		w.Work()
		for day := 1; day < 3; day++ {
			for _, hour := range []int{7, 8, 12} {
				at(w, c, china(day, hour, 0))
			}
		}
		if len(out) != 1 || len(out[free.ID]) != 1 {
			t.Fatalf("told in the pause: %v", out)
		}
		if h, err := w.Matches.Health(t.Context()); err != nil || h.Behind != 0 {
			t.Errorf("who pauses is not behind: %+v, %v", h, err)
		}
		at(w, c, china(3, 0, 0)) // the day has come, and it is night
		if len(out[one.ID]) != 0 {
			t.Error("the pause ends in the quiet hours")
		}
		at(w, c, china(3, 8, 0))
		if len(out[one.ID]) != 1 || len(out[other.ID]) != 0 {
			t.Errorf("told after the pause: %v", out)
		}
		must(t, w.Matches.Resume(t.Context(), who, other.ID))
		at(w, c, china(4, 8, 0))
		if len(out[other.ID]) != 1 {
			t.Errorf("what was found in the pause is lost: %v", out)
		}
	})
}

func TestAllSearchesArePausedTogether(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, c *clock.Manual) {
		out := deliver(w)
		who := auth.Actor{Account: w.Person()}
		saved := w.Save(who.Account, panyu, match.Instant, true)
		must(t, w.Matches.PauseAll(t.Context(), who, ""))
		w.Publish(w.Draft("社区社工"))
		w.Work()
		at(w, c, china(2, 12, 0))
		if now, err := w.Matches.Telling(t.Context(), who); err != nil || !now.Paused(c.Now()) || len(out) != 0 {
			t.Errorf("%+v, %v, told %v", now, err, out)
		}
		if h, err := w.Matches.Health(t.Context()); err != nil || h.Behind != 0 {
			t.Errorf("who pauses is not behind: %+v, %v", h, err)
		}
		must(t, w.Matches.ResumeAll(t.Context(), who))
		w.Work()
		if len(out[saved.ID]) != 1 {
			t.Errorf("told %v", out)
		}
		for _, wrong := range []calendar.Day{"2026-11-22", "2026-11-24", "soon", "2029-01-01"} {
			if err := w.Matches.PauseAll(t.Context(), who, wrong); !errs.Is(err, errs.KindInvalid) {
				t.Errorf("until %s: %v", wrong, err)
			}
		}
		if err := w.Matches.Pause(t.Context(), auth.Actor{Account: w.Person()}, saved.ID, ""); !errs.Is(err, errs.KindNotFound) {
			t.Errorf("paused by another: %v", err)
		}
		if err := w.Matches.PauseAll(t.Context(), auth.Actor{}, ""); !errs.Is(err, errs.KindUnauthenticated) {
			t.Errorf("paused by nobody: %v", err)
		}
	})
}

func TestABlockedOrganizationIsNotToldOf(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, _ *clock.Manual) {
		who := auth.Actor{Account: w.Person()}
		saved, theirs := w.Save(who.Account, panyu, match.Instant, true), w.Save(w.Person(), panyu, match.Instant, true)
		other, _ := w.Org("番禺区晴禾社会工作服务中心", worldtest.Panyu)
		elsewhere := w.Draft("另一家的社工岗位")
		elsewhere.OrgID = other.ID
		ids := w.Publish(w.Draft("社区社工"), elsewhere)
		w.Work()
		for range 2 {
			must(t, w.Matches.Block(t.Context(), who, w.Home.ID))
		}
		out := deliver(w)
		w.Work()
		if got := out[saved.ID]; len(got) != 1 || !slices.Equal(got[0], ids[1:]) {
			t.Errorf("told %v of %v", got, ids)
		}
		if got := out[theirs.ID]; len(got) != 1 || len(got[0]) != 2 {
			t.Errorf("others are told %v", got)
		}
		all, err := w.Matches.Blocks(t.Context(), who)
		if err != nil || len(all) != 1 || all[0].Org != w.Home.ID || all[0].Name != w.Home.Name {
			t.Errorf("blocked: %+v, %v", all, err)
		}
		must(t, w.Matches.Unblock(t.Context(), who, w.Home.ID))
		later := w.Publish(w.Draft("再来一个社工岗位"))
		w.Work()
		if got := out[saved.ID]; len(got) != 2 || !slices.Equal(got[1], later) {
			t.Errorf("told %v, want %v", got, later)
		}
		if err := w.Matches.Block(t.Context(), who, id.ID(1)); !errs.Is(err, errs.KindNotFound) {
			t.Errorf("no such organization: %v", err)
		}
	})
}
