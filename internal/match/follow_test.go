package match_test

import (
	"testing"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/match"
	"zhigang/internal/match/matchtest"
	"zhigang/internal/outbox"
	"zhigang/internal/search"
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
		for begun := time.Now(); w.Matches.Followed(outbox.Whole()) != 2; time.Sleep(time.Millisecond) {
			if time.Since(begun) > 10*time.Second {
				t.Fatalf("%d saved searches are followed, not 2: one has ended", w.Matches.Followed(outbox.Whole()))
			}
		}
		w.Publish(w.Draft("医务社工"))
		w.Work()
		if n := w.Count("match", "1 = 1"); n != 2+2+2 {
			t.Errorf("%d matches", n)
		}
	})
}

func TestPartsTogetherFindWhatTheWholeFinds(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, _ *clock.Manual) {
		const people, of = 60, 3
		w.Divide(of)
		w.SaveAll(w.People(people), panyu, match.Instant, false)
		w.SaveAll(w.People(people), search.Query{Text: "社工"}, match.Daily, false)
		w.Publish(w.Draft("社区社工"), w.Draft("医务社工"))
		w.Work()
		if n := w.Count("match", "1 = 1"); n != 4*people {
			t.Errorf("%d matches, not %d", n, 4*people)
		}
		if n := w.Count("outbox", "task = 'match.part' AND state = 'done'"); n != 2*of {
			t.Errorf("%d parts of two posts were matched, not %d", n, 2*of)
		}
		sum := 0
		for _, p := range outbox.Parts(of) {
			n := w.Matches.Followed(p)
			if n < people/3 || n > people {
				t.Errorf("part %d holds %d of %d", p.Number, n, 2*people)
			}
			sum += n
		}
		if sum != 2*people || w.Matches.Followed(outbox.Whole()) != 0 {
			t.Errorf("parts hold %d of %d, and the whole %d", sum, 2*people, w.Matches.Followed(outbox.Whole()))
		}

		// The second part falls to somebody else; the first is new here.
		second := outbox.Parts(of)[1]
		w.Matches.Hold(t.Context(), outbox.Parts(of)[:1])
		if n := w.Matches.Followed(second); n != 0 {
			t.Errorf("%d searches of a part that others work for are kept", n)
		}
		w.Publish(w.Draft("养老社工")) // its rows may still come here
		w.Work()
		if n := w.Count("match", "1 = 1"); n != 6*people {
			t.Errorf("%d matches, not %d", n, 6*people)
		}
	})
}
