package match_test

import (
	"context"
	"testing"

	"zhigang/internal/calendar"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/match"
	"zhigang/internal/match/matchtest"
)

// silent reads how matching is, and whether it stands still.
func silent(w *matchtest.World) (match.Health, bool) {
	w.T.Helper()
	holidays, err := calendar.LoadHolidays()
	if err != nil {
		w.T.Fatal(err)
	}
	h, err := w.Matches.Health(w.T.Context())
	if err != nil {
		w.T.Fatal(err)
	}
	return h, h.Silent(w.Clock.Now(), holidays)
}

func TestItIsAnAlarmWhenNobodyIsToldForAWorkingDay(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, c *clock.Manual) {
		w.Save(w.Person(), panyu, match.Instant, true)
		c.Set(china(5, 15, 0)) // Friday afternoon
		w.Publish(w.Draft("社区社工"))
		w.Work()                                                                               // found, and nobody handles deliveries
		for day, want := range map[int]bool{5: false, 6: false, 7: false, 8: false, 9: true} { // until Tuesday
			c.Set(china(day, 18, 0))
			if h, is := silent(w); is != want {
				t.Errorf("on day %d: %v, %+v", day, is, h)
			}
		}
		c.Set(china(9, 10, 0))
		out := deliver(w)
		w.Slot("match.digest")
		w.Work()
		if h, is := silent(w); is || len(out) != 1 || h.LastTold.IsZero() {
			t.Errorf("told %v, and it is still an alarm: %+v", out, h)
		}
	})
}

// One who waits is no standstill while others are told.
func TestOneWhoWaitsIsNoStandstill(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, c *clock.Manual) {
		late := w.Save(w.Person(), panyu, match.Instant, true)
		c.Set(china(1, 9, 0))
		w.Publish(w.Draft("社区社工"))
		w.Work()
		c.Set(china(4, 9, 0))
		w.Write(func(ctx context.Context, tx *db.Tx) error { // another was told this morning
			return tx.One(ctx, `UPDATE saved_search SET told_at = ?, told_n = 1 WHERE id = ?`, db.At(tx.Now), late.ID)
		})
		if h, is := silent(w); is || h.Behind != 1 {
			t.Errorf("%v, %+v", is, h)
		}
	})
}

func TestADigestThatWasAskedForAndNotToldIsBehind(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, c *clock.Manual) {
		w.Save(w.Person(), panyu, match.Daily, true)
		w.Publish(w.Draft("社区社工"))
		w.Work()
		at(w, c, china(1, 8, 0)) // asked for: nobody handles it
		if h, _ := silent(w); h.Behind != 0 {
			t.Errorf("behind at once: %+v", h)
		}
		c.Set(china(1, 11, 0))
		if h, _ := silent(w); h.Behind != 1 || h.Oldest != 3*3600 {
			t.Errorf("after three hours: %+v", h)
		}
		out := deliver(w)
		w.Work()
		if h, _ := silent(w); h.Behind != 0 || len(out) != 1 {
			t.Errorf("told %v: %+v", out, h)
		}
	})
}
