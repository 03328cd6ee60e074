package application_test

import (
	"strings"
	"testing"
	"time"

	"zhigang/internal/application"
	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/position"
	"zhigang/internal/worldtest"
)

// placed lets somebody be hired for a post and returns them with the placement.
func placed(t *testing.T, w *worldtest.World, name string, post id.ID) (auth.Actor, application.Placement) {
	t.Helper()
	who := w.Graduate(name)
	a := w.Apply(who, post)
	if err := w.Applications.Act(t.Context(), auth.System(), a.ID, application.Hire, "", "2026-12-01"); err != nil {
		t.Fatal(err)
	}
	p, err := w.Applications.PlacementOf(t.Context(), who, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	return who, p
}

func TestABureauSeesThePlacementsOfItsRegionWithoutNames(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		o, owner := w.Org("番禺区示例服务中心", worldtest.Panyu)
		post := w.Published(owner, w.Content(position.Job, "社工"))
		here := w.Bureau(worldtest.Panyu, auth.Supervisor)
		first, disputed := placed(t, w, "欧阳晓明", post.ID)
		second, confirmed := placed(t, w, "林同学", post.ID)
		_, claimed := placed(t, w, "𫖯同学", post.ID)
		if err := w.Applications.Dispute(t.Context(), first, disputed.ID, "我没有到岗。"); err != nil {
			t.Fatal(err)
		}
		if err := w.Applications.Confirm(t.Context(), second, confirmed.ID); err != nil {
			t.Fatal(err)
		}
		list := func(who auth.Actor, f application.PlacementFilter) string {
			all, err := w.Applications.PlacementsOfBureau(t.Context(), who, f)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, p := range all {
				names = append(names, p.Name)
			}
			return strings.Join(names, " ")
		}
		for want, f := range map[string]application.PlacementFilter{
			"𫖯** 林** 欧**": {Org: o.ID}, "欧**": {Unsettled: true}, "林**": {State: application.Confirmed},
			"𫖯**": {Placement: claimed.ID}, "𫖯** 林**": {Limit: 2}, "林** 欧**": {After: claimed.ID},
		} {
			if got := list(here, f); got != want {
				t.Errorf("%+v: %q, want %q", f, got, want)
			}
		}
		n, err := w.Applications.CountPlacements(t.Context(), here, o.ID)
		if err != nil || n != (application.PlacementCounts{Claimed: 1, Confirmed: 1, Disputed: 1, Unsettled: 1}) {
			t.Fatalf("%+v, %v", n, err)
		}
		if err := w.Applications.Settle(t.Context(), here, disputed.ID, "已核实"); err != nil {
			t.Fatal(err)
		}
		if got := list(here, application.PlacementFilter{Unsettled: true}); got != "" {
			t.Error("what is settled still waits:", got)
		}
		ledgers, err := w.Applications.LedgersOf(t.Context(), here, []id.ID{disputed.ID, claimed.ID})
		if err != nil || len(ledgers[disputed.ID]) != 3 || len(ledgers[claimed.ID]) != 1 ||
			ledgers[disputed.ID][2].Verb != "settle" {
			t.Fatalf("%+v, %v", ledgers, err)
		}
		c.Add(time.Hour)
		if err := w.Applications.Confirm(t.Context(), first, disputed.ID); err != nil {
			t.Fatal(err)
		}
		if err := w.Applications.Dispute(t.Context(), first, disputed.ID, "还是没有到岗。"); err != nil {
			t.Fatal(err)
		}
		if got := list(here, application.PlacementFilter{Unsettled: true}); got != "欧**" {
			t.Errorf("a dispute after the settlement does not wait: %q", got)
		}
	})
}

func TestNobodyElseSeesThePlacementsOfARegion(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		_, owner := w.Org("番禺区示例服务中心", worldtest.Panyu)
		post := w.Published(owner, w.Content(position.Job, "社工"))
		_, p := placed(t, w, "林同学", post.ID)
		elsewhere := w.Bureau("440106", auth.Administrator)
		elsewhere.Orgs = owner.Orgs // a member of the organization, which is nothing at the desk
		all, err := w.Applications.PlacementsOfBureau(t.Context(), elsewhere, application.PlacementFilter{})
		if err != nil || len(all) != 0 {
			t.Fatal(len(all), err)
		}
		ledgers, err := w.Applications.LedgersOf(t.Context(), elsewhere, []id.ID{p.ID})
		if err != nil || len(ledgers) != 0 {
			t.Fatal(len(ledgers), err)
		}
		if n, err := w.Applications.CountPlacements(t.Context(), elsewhere, 0); err != nil || n.Claimed != 0 {
			t.Fatal(n, err)
		}
		_, err = w.Applications.PlacementsOfBureau(t.Context(), owner, application.PlacementFilter{})
		if !errs.Is(err, errs.KindForbidden) {
			t.Fatal(err)
		}
		if _, err := w.Applications.OverdueOfBureau(t.Context(), owner, 10); !errs.Is(err, errs.KindForbidden) {
			t.Fatal(err)
		}
	})
}

func TestABureauSeesWhichAnswersAreOverdue(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		_, owner := w.Org("番禺区示例服务中心", worldtest.Panyu)
		slow := w.Published(owner, w.Content(position.Job, "社工"))
		quick := w.Published(owner, w.Content(position.Job, "会计"))
		one, two := w.Graduate("林同学"), w.Graduate("王同学")
		w.Apply(one, slow.ID)
		w.Apply(two, slow.ID)
		answered := w.Apply(one, quick.ID)
		here := w.Bureau(worldtest.Panyu, auth.Reviewer)
		overdue := func() []application.Overdue {
			all, err := w.Applications.OverdueOfBureau(t.Context(), here, 10)
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		if err := w.Applications.Act(t.Context(), auth.System(), answered.ID, application.Invite, "", ""); err != nil {
			t.Fatal(err)
		}
		if all := overdue(); len(all) != 0 {
			t.Fatalf("on the first day: %+v", all)
		}
		c.Add(14 * 24 * time.Hour)
		all := overdue()
		if len(all) != 1 || all[0].Position != slow.ID || all[0].Count != 2 || all[0].Promised != "2026-11-27" ||
			all[0].OrgRegion != worldtest.Panyu {
			t.Fatalf("%+v", all)
		}
	})
}
