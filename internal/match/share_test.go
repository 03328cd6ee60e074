package match_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/id"
	"zhigang/internal/match"
	"zhigang/internal/match/matchtest"
	"zhigang/internal/position"
	"zhigang/internal/search"
)

func TestManyFindsOfADayBecomeADigest(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, c *clock.Manual) { // it is noon
		out := deliver(w)
		saved := w.Save(w.Person(), panyu, match.Instant, true)
		var ids []id.ID
		for n := range 12 {
			ids = append(ids, w.Publish(w.Draft(fmt.Sprintf("社区社工%d", n)))...)
			w.Work()
			c.Add(10 * time.Minute)
		}
		if got := out[saved.ID]; len(got) != match.MaxMessages || len(slices.Concat(got...)) != match.MaxMessages {
			t.Fatalf("told on one day: %v", got)
		}
		if n := w.Count("match", "notice_id IS NULL AND dropped_at IS NULL"); n != 12-match.MaxMessages {
			t.Errorf("%d are left to be told", n)
		}
		for hour := 15; hour < 24; hour++ {
			at(w, c, china(0, hour, 0))
			if h, err := w.Matches.Health(t.Context()); err != nil || h.Behind != 0 {
				t.Errorf("at %d: what is over the share is not behind: %+v, %v", hour, h, err)
			}
		}
		at(w, c, china(1, 8, 0))
		if got := out[saved.ID]; len(got) != match.MaxMessages+1 || !slices.Equal(sorted(slices.Concat(got...)), ids) {
			t.Errorf("told by the morning: %v of %v", got, ids)
		}
		w.Publish(w.Draft("新的一天的社工岗位"))
		w.Work()
		if got := out[saved.ID]; len(got) != match.MaxMessages+2 {
			t.Errorf("a new day brings no new share: %d messages", len(got))
		}
	})
}

func TestOnePersonIsNotToldOfEverythingAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, c *clock.Manual) {
		out := deliver(w)
		ann, ben := w.Person(), w.Person()
		must(t, w.Matches.SetTelling(t.Context(), auth.Actor{Account: ann}, match.Hours{Digest: 8}))
		const many = match.MaxSearches - 1
		var all []match.SavedSearch
		for n := range many {
			all = append(all, w.Save(ann, search.Query{PayMin: 1000 + n}, match.Instant, true))
		}
		theirs, digest := w.Save(ben, search.Query{PayMin: 1000}, match.Instant, true), w.Save(ann, panyu, match.Daily, true)
		w.Publish(w.Draft("社区社工"))
		w.Work()
		told := func() (n int) {
			for _, one := range all {
				n += len(out[one.ID])
			}
			return n
		}
		if told() != match.MaxInstant || len(out[theirs.ID]) != 1 {
			t.Fatalf("%d messages to one, %d to another", told(), len(out[theirs.ID]))
		}
		c.Set(china(1, 0, 30)) // who was told yesterday is told first today
		w.Publish(w.Draft("半夜的社工岗位"))
		w.Work()
		at(w, c, china(1, 8, 0))
		if told() != match.MaxInstant+many || len(out[digest.ID]) != 1 {
			t.Errorf("%d messages by the morning, and %d digests", told(), len(out[digest.ID]))
		}
		for n, one := range all {
			if got := slices.Concat(out[one.ID]...); len(got) != 2 {
				t.Errorf("search %d was told of %d positions", n, len(got))
			}
		}
	})
}

// A broad search finds more than its messages hold: the best is told, and what is left waits.
func TestWhatIsLeftOverWaitsForTheNextDigest(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, c *clock.Manual) {
		out := deliver(w)
		saved := w.Save(w.Person(), panyu, match.Daily, true)
		const many = match.MaxMessages*match.MaxTold + 20
		drafts := make([]position.Position, many)
		for n := range drafts {
			drafts[n] = w.Draft("社区社工")
		}
		w.Publish(drafts...)
		w.Work()
		at(w, c, china(1, 8, 0))
		if got := out[saved.ID]; len(got) != match.MaxMessages || len(slices.Concat(got...)) != match.MaxMessages*match.MaxTold {
			t.Fatalf("%d messages with %d positions", len(got), len(slices.Concat(got...)))
		}
		at(w, c, china(1, 9, 0))
		at(w, c, china(2, 8, 0))
		if got := slices.Compact(sorted(slices.Concat(out[saved.ID]...))); len(got) != many {
			t.Errorf("%d of %d were told", len(got), many)
		}
	})
}

func TestTheNewestComesFirst(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, c *clock.Manual) {
		out := deliver(w)
		saved := w.Save(w.Person(), panyu, match.Daily, true)
		var ids []id.ID
		for range 3 {
			ids = append(w.Publish(w.Draft("社区社工")), ids...)
			c.Add(time.Minute)
		}
		w.Work()
		at(w, c, china(1, 8, 0))
		if got := out[saved.ID]; len(got) != 1 || !slices.Equal(got[0], ids) {
			t.Errorf("told %v, want %v", got, ids)
		}
	})
}
