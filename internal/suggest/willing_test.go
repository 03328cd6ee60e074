package suggest_test

import (
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/fit"
	"zhigang/internal/id"
	"zhigang/internal/person"
	"zhigang/internal/position"
	"zhigang/internal/search"
	"zhigang/internal/suggest"
	"zhigang/internal/testserver"
	"zhigang/internal/worldtest"
)

func TestMain(m *testing.M) { testserver.Main(m) }

func service(w *worldtest.World) *suggest.Service {
	return suggest.New(suggest.Options{
		DB: w.DB, Tree: w.Tree, Positions: w.Positions, Outbox: w.Outbox, Keys: w.Keys, Accounts: w.Accounts,
		Log:    slog.New(slog.DiscardHandler),
		Search: search.New(w.DB, nil, w.Positions, search.Reader{Tree: w.Tree}, slog.New(slog.DiscardHandler)),
	})
}

func pick[T any](r *rand.Rand, all ...T) T { return all[r.IntN(len(all))] }

// someProfile is a profile that says more or less, of all sorts.
func someProfile(r *rand.Rand) person.Profile {
	list := func(all ...string) []string { return all[:r.IntN(len(all)+1)] }
	return person.Profile{
		Degree: pick(r, "", "senior", "college", "bachelor", "master"), Major: pick(r, "", "社会工作", "会计学", "社会学"),
		Skills: db.AsJSON(list("社工证", "粤语")), WantKinds: db.AsJSON(list(pick(r, "job", "volunteer"), "internship")),
		WantRegions: db.AsJSON(list(pick(r, worldtest.Panyu, "440100", "440104", "110000"))), WantPay: int64(r.IntN(4)) * 300000,
	}
}

// Whom the index leads to is whom a look at everybody would find, whatever is changed, withdrawn and agreed to in between.
func TestTheIndexOfTheWillingFindsWhomALookAtEverybodyWould(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		t.Helper()
		w := worldtest.New(t, d, c, nil)
		s, ctx, r := service(w), t.Context(), rand.New(rand.NewPCG(7, 8))
		o, owner := w.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
		var posts []position.Listed
		for _, kind := range []position.Kind{position.Job, position.Internship, position.Volunteer} {
			for _, place := range []string{worldtest.Panyu + "012", "440104"} {
				content := w.Content(kind, "社工")
				content.Region = place
				content.Degree = pick(r, position.NoDegree, position.College, position.Bachelor)
				p := w.Published(owner, content)
				l, err := w.Positions.OnShowByID(ctx, []id.ID{p.ID})
				if err != nil {
					t.Fatal(err)
				}
				posts = append(posts, l...)
			}
		}
		type one struct {
			who   auth.Actor
			found bool
		}
		var people []one
		for range 60 {
			who, _ := w.Account("某人")
			people = append(people, one{who: who})
		}
		total := 0
		for range 6 {
			for n := range people {
				p := &people[n]
				if r.IntN(3) == 0 {
					changed := someProfile(r)
					was, err := w.People.Get(ctx, p.who)
					if err != nil {
						t.Fatal(err)
					}
					changed.Version = was.Version
					if err := w.People.Save(ctx, p.who, changed); err != nil {
						t.Fatal(err)
					}
				}
				if r.IntN(3) == 0 {
					p.found = r.IntN(3) > 0
					if err := s.Choose(ctx, p.who, true, p.found); err != nil {
						t.Fatal(err)
					}
				}
			}
			c.Add(pick(r, suggest.Overlap/2, 3*suggest.Overlap, 25*time.Hour)) // after the last it is loaded anew
			for _, post := range posts {
				want := []int{}
				for _, p := range people {
					profile, err := w.People.Get(ctx, p.who)
					if err != nil {
						t.Fatal(err)
					}
					_, wanted := suggest.Wants(profile).Filters(search.NewDocument(post, w.Tree))
					if f := fit.Score(profile, post.Position); p.found && wanted && !profile.Blank() && f.Points >= fit.Enough {
						want = append(want, f.Points)
					}
				}
				slices.Sort(want)
				slices.Reverse(want)
				all, err := suggest.Pool(ctx, s, post)
				if err != nil {
					t.Fatal(err)
				}
				got := []int{}
				for _, one := range all {
					got = append(got, one.Fit.Points)
				}
				if !slices.Equal(got, want) {
					t.Fatalf("%s in %s: %v, want %v", post.Kind, post.Region, got, want)
				}
				total += len(got)
				shown, err := s.Candidates(ctx, owner, o.ID, post.ID)
				if err != nil || len(shown) != min(len(all), suggest.MaxCandidates) {
					t.Fatal(len(shown), err)
				}
			}
		}
		c.Add(25 * time.Hour)
		if _, err := suggest.Pool(ctx, s, posts[0]); err != nil { // meets the old index and has it loaded anew
			t.Fatal(err)
		}
		// It happens beside the question, in a goroutine of its own that tells nobody when it is done.
		for begun := time.Now(); !suggest.LoadedAt(s).Equal(c.Now()); time.Sleep(time.Millisecond) {
			if time.Since(begun) > 10*time.Second {
				t.Fatalf("loaded at %s, not anew at %s", suggest.LoadedAt(s), c.Now())
			}
		}
		if total < 100 {
			t.Errorf("only %d finds: the test compares too little", total)
		}
	})
}
