package match_test

import (
	"testing"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/match"
	"zhigang/internal/match/matchtest"
)

func TestAnOldIndexIsLoadedAnewWhileItIsInUse(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, c *clock.Manual) {
		leaving, staying := w.Person(), w.Person()
		over := w.Save(leaving, panyu, match.Instant, true)
		w.Save(staying, panyu, match.Instant, true)
		w.Publish(w.Draft("社区社工"))
		w.Work()
		if err := w.Matches.End(t.Context(), auth.Actor{Account: leaving}, over.ID); err != nil {
			t.Fatal(err)
		}
		c.Add(25 * time.Hour)
		third := w.Save(w.Person(), panyu, match.Instant, true)
		w.Publish(w.Draft("养老社工")) // it meets the old index, which has learned of the third one
		w.Work()
		if n := w.Count("match", "saved_search_id = ?", third.ID); n != 1 {
			t.Fatalf("%d matches of a search that was saved a moment ago", n)
		}
		for begun := time.Now(); w.Matches.Followed() != 2; time.Sleep(time.Millisecond) {
			if time.Since(begun) > 10*time.Second {
				t.Fatalf("%d saved searches are followed, not 2: one has ended", w.Matches.Followed())
			}
		}
		w.Publish(w.Draft("医务社工"))
		w.Work()
		if n := w.Count("match", "1 = 1"); n != 2+2+2 {
			t.Errorf("%d matches", n)
		}
	})
}
