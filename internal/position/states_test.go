package position_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/errs"
	"zhigang/internal/outbox"
	"zhigang/internal/position"
	"zhigang/internal/worldtest"
)

// stage brings a new post into a state, the way its people would.
func stage(t *testing.T, w *worldtest.World, c *clock.Manual, owner, bureau auth.Actor, s position.State) position.Position {
	t.Helper()
	content := w.Content(position.Job, "社工")
	p, err := w.Positions.Create(t.Context(), owner, owner.Orgs[0].Org, content)
	steps := map[position.State][]string{
		position.Submitted: {"submit"}, position.Returned: {"submit", "return"}, position.Published: {"submit", "approve"},
		position.Closed: {"submit", "approve", "close"}, position.Withdrawn: {"withdraw"}, position.Expired: {"submit", "approve", "expire"},
	}
	for _, verb := range steps[s] {
		if err == nil {
			err = try(t, w, owner, bureau, p, verb)
		}
	}
	if err != nil {
		t.Fatal(s, err)
	}
	if p, err = w.Positions.Get(t.Context(), owner, p.ID); err != nil || p.State != s {
		t.Fatalf("%s instead of %s, %v", p.State, s, err)
	}
	return p
}

func try(t *testing.T, w *worldtest.World, owner, bureau auth.Actor, p position.Position, verb string) error {
	t.Helper()
	ctx := t.Context()
	switch verb {
	case "submit":
		return w.Positions.Submit(ctx, owner, p.ID)
	case "approve":
		return w.Positions.Approve(ctx, bureau, p.ID)
	case "return":
		return w.Positions.Return(ctx, bureau, p.ID, "请补充", nil)
	case "edit":
		c := p.Content
		c.Headcount++
		_, err := w.Positions.Edit(ctx, owner, p.ID, p.Version, c)
		return err
	case "close":
		return w.Positions.Close(ctx, owner, p.ID, "none")
	case "renew":
		return w.Positions.Renew(ctx, owner, p.ID, p.ValidUntil.Add(1))
	case "withdraw":
		return w.Positions.Withdraw(ctx, owner, p.ID, "不招了")
	case "copy":
		_, err := w.Positions.Copy(ctx, owner, p.ID)
		return err
	case "expire": // the nightly run of a day far off
		_, err := w.Positions.ExpireDue(ctx, p.ValidUntil.Add(1))
		return err
	}
	t.Fatal("no such verb:", verb)
	return nil
}

func TestEachVerbStartsFromItsStatesOnly(t *testing.T) {
	d, c := dbtest.SQLite(t)
	w := worldtest.New(t, d, c, nil)
	_, owner := w.Org("番禺区示例服务中心", worldtest.Panyu)
	bureau := w.Bureau(worldtest.Panyu, auth.Reviewer)
	may := map[position.State]string{
		position.Draft:     "submit edit withdraw copy",
		position.Submitted: "approve return edit withdraw copy",
		position.Returned:  "submit edit withdraw copy",
		position.Published: "edit close renew withdraw copy",
		position.Expired:   "close renew withdraw copy",
		position.Closed:    "copy",
		position.Withdrawn: "copy",
	}
	for _, s := range position.States() {
		for _, verb := range []string{"submit", "approve", "return", "edit", "close", "renew", "withdraw", "copy"} {
			p := stage(t, w, c, owner, bureau, s)
			err := try(t, w, owner, bureau, p, verb)
			switch allowed := strings.Contains(" "+may[s]+" ", " "+verb+" "); {
			case allowed && err != nil:
				t.Errorf("%s from %s: %v", verb, s, err)
			case !allowed && s == position.Draft && (verb == "approve" || verb == "return"):
				if !errs.Is(err, errs.KindNotFound) { // a bureau knows nothing of drafts
					t.Errorf("%s from %s: %v", verb, s, err)
				}
			case !allowed && !errs.Is(err, errs.KindConflict):
				t.Errorf("%s from %s: %v", verb, s, err)
			}
			if now, err := w.Positions.Get(t.Context(), owner, p.ID); err != nil || !strings.Contains(" "+may[s]+" ", " "+verb+" ") && (now.State != s || now.Version != p.Version) {
				t.Errorf("%s from %s was refused and left %s %d, %v", verb, s, now.State, now.Version, err)
			}
		}
	}
}

func TestAPostGoesOnShowAsItWasRead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		_, owner := w.Org("番禺区示例服务中心", worldtest.Panyu)
		bureau := w.Bureau(worldtest.Panyu, auth.Reviewer)
		p := stage(t, w, c, owner, bureau, position.Submitted)
		other := p.Content
		other.Duties = "交两千元培训费后上岗。"
		if _, err := w.Positions.Edit(t.Context(), owner, p.ID, p.Version, other); err != nil {
			t.Fatal(err)
		}
		if err := w.Positions.ApproveSeen(t.Context(), bureau, p.ID, p.Version); errs.KeyOf(err) != "position.changed_since" {
			t.Fatalf("what nobody has read is on show: %v", err)
		}
		if err := w.Positions.ApproveSeen(t.Context(), bureau, p.ID, p.Version+1); err != nil {
			t.Fatal(err)
		}
	})
}

func TestNobodyReviewsThePostsOfTheOrganizationTheyWorkFor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		o, owner := w.Org("番禺区示例服务中心", worldtest.Panyu)
		both := w.Bureau(worldtest.Panyu, auth.Administrator)
		if err := w.Orgs.SetMember(t.Context(), owner, o.ID, both.Account, auth.Viewer); err != nil {
			t.Fatal(err)
		}
		p := stage(t, w, c, owner, both, position.Submitted)
		if err := w.Positions.Approve(t.Context(), both, p.ID); errs.KeyOf(err) != "org.partial" {
			t.Fatalf("approved by its own staff: %v", err)
		}
		if err := w.Positions.Return(t.Context(), both, p.ID, "x", nil); errs.KeyOf(err) != "org.partial" {
			t.Fatalf("returned by its own staff: %v", err)
		}
	})
}

func TestTheSameWordsAreNoChange(t *testing.T) {
	d, c := dbtest.SQLite(t)
	w := worldtest.New(t, d, c, nil)
	_, owner := w.Org("番禺区示例服务中心", worldtest.Panyu)
	p := w.Published(owner, w.Content(position.Job, "社工"))
	typed := p.Content // as a browser sends it
	typed.Duties, typed.Requirements = strings.ReplaceAll(p.Duties, "\n", "\r\n"), p.Requirements+"\r\n"
	typed.Title, typed.Headcount = " 社工\u200b", 9
	back, err := w.Positions.Edit(t.Context(), owner, p.ID, p.Version, typed)
	if err != nil || back {
		t.Fatalf("back to review for line ends: %v, %v", back, err)
	}
}

func TestWhatWasPublishedKeepsItsKind(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		_, owner := w.Org("番禺区示例服务中心", worldtest.Panyu)
		p := w.Published(owner, w.Content(position.Volunteer, "助餐"))
		if _, err := w.Positions.Edit(t.Context(), owner, p.ID, p.Version, w.Content(position.Job, "助餐")); errs.FieldsOf(err)["kind"].Key != "position.kind.published" {
			t.Fatalf("volunteers who signed up are applicants for a job: %v", err)
		}
		draft := stage(t, w, c, owner, owner, position.Draft)
		if _, err := w.Positions.Edit(t.Context(), owner, draft.ID, draft.Version, w.Content(position.Volunteer, "助餐")); err != nil {
			t.Fatal(err)
		}
	})
}

// An editor who changes the headcount and people who sign up meet on the same row. On PostgreSQL the two really run at
// the same time.
func TestEditsAndSignUpsLoseNothingOfEachOther(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		_, owner := w.Org("番禺区示例服务中心", worldtest.Panyu)
		content := w.Content(position.Volunteer, "助餐")
		content.Headcount = 500
		p := w.Published(owner, content)
		const people, edits = 60, 15
		var all sync.WaitGroup
		for range people {
			all.Go(func() {
				if err := d.Write(t.Context(), func(tx *db.Tx) error { return position.TakePlace(t.Context(), tx, p.ID) }); err != nil {
					t.Error(err)
				}
			})
		}
		all.Go(func() {
			for n := range edits {
				now, err := w.Positions.Get(t.Context(), owner, p.ID)
				if err == nil {
					now.Headcount = 400 + n
					_, err = w.Positions.Edit(t.Context(), owner, p.ID, now.Version, now.Content)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
		all.Wait()
		now, err := w.Positions.Get(t.Context(), owner, p.ID)
		if err != nil || now.Filled != people || now.Headcount != 400+edits-1 {
			t.Fatalf("%d of %d places taken, headcount %d, %v", now.Filled, people, now.Headcount, err)
		}
		now.Headcount = people - 1
		if _, err := w.Positions.Edit(t.Context(), owner, p.ID, now.Version, now.Content); errs.FieldsOf(err)["headcount"].Key != "position.headcount.filled" {
			t.Fatalf("fewer places than people: %v", err)
		}
	})
}

func TestAnOrganizationIsRemindedAtSevenDaysAndAtOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		o := outbox.New(d, map[outbox.Fact][]outbox.Task{position.ExpiringFact: {{Name: "x", Queue: "fast", Timeout: time.Second, MaxAttempts: 1}}})
		w := worldtest.New(t, d, c, o)
		_, owner := w.Org("番禺区示例服务中心", worldtest.Panyu)
		content := w.Content(position.Job, "社工")
		content.ValidUntil = "2026-12-10"
		p := w.Published(owner, content)
		renewed := w.Published(owner, content)
		told := func(p position.Position) (n int) {
			if err := d.Get(t.Context(), &n, `SELECT COUNT(*) FROM outbox WHERE fact = ? AND subject = ?`, position.ExpiringFact, p.ID); err != nil {
				t.Fatal(err)
			}
			return n
		}
		want := 0
		for day := calendar.Day("2026-11-23"); day < "2026-12-15"; day = day.Add(1) {
			if day == "2026-12-05" { // after the first reminder
				if err := w.Positions.Renew(t.Context(), owner, renewed.ID, "2027-01-30"); err != nil {
					t.Fatal(err)
				}
			}
			if err := d.Write(t.Context(), func(tx *db.Tx) error { return w.Positions.RemindOn(t.Context(), tx, day) }); err != nil {
				t.Fatal(err)
			}
			if day == "2026-12-03" || day == "2026-12-09" {
				want++
			}
			if got := told(p); got != want {
				t.Fatalf("%s: told %d times, want %d", day, got, want)
			}
		}
		if got := told(renewed); got != 1 {
			t.Errorf("the post that was renewed: told %d times", got)
		}
	})
}
