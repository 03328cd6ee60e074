package position_test

import (
	"testing"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/errs"
	"zhigang/internal/position"
	"zhigang/internal/worldtest"
)

func TestAnOrganizationSeesItsPostsAsTheyStandToday(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		o, owner := w.Org("番禺区示例服务中心", worldtest.Panyu)
		_, stranger := w.Org("番禺区另一服务中心", worldtest.Panyu)
		w.Published(stranger, w.Content(position.Job, "别家的岗位"))
		open := w.Published(owner, w.Content(position.Job, "社工 100%"))
		c.Add(time.Hour)
		if _, err := w.Positions.Create(t.Context(), owner, o.ID, w.Content(position.Job, "助理")); err != nil {
			t.Fatal(err)
		}
		titles := func(f position.Desk) (out []string) {
			t.Helper()
			all, err := w.Positions.OnDesk(t.Context(), owner, o.ID, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range all {
				out = append(out, p.Title)
			}
			return out
		}
		if got := titles(position.Desk{}); len(got) != 2 || got[0] != "助理" {
			t.Errorf("%v", got)
		}
		if got := titles(position.Desk{Title: "0%"}); len(got) != 1 {
			t.Errorf("%v", got)
		}
		if got := titles(position.Desk{Limit: 1, Offset: 1}); len(got) != 1 || got[0] != "社工 100%" {
			t.Errorf("%v", got)
		}
		if got := titles(position.Desk{State: position.Published, EndsBy: open.ValidUntil.Add(-1)}); len(got) != 0 {
			t.Errorf("%v", got)
		}
		c.Set(open.ValidUntil.Add(1).Start())
		if got := titles(position.Desk{State: position.Expired}); len(got) != 1 {
			t.Errorf("a post whose time is over is not among the expired: %v", got)
		}
		counts, err := w.Positions.CountOnDesk(t.Context(), owner, o.ID, position.Desk{})
		if err != nil || counts[position.Expired] != 1 || counts[position.Draft] != 1 || counts[position.Published] != 0 {
			t.Errorf("%v, %v", counts, err)
		}
		if _, err := w.Positions.OnDesk(t.Context(), stranger, o.ID, position.Desk{}); !errs.Is(err, errs.KindForbidden) {
			t.Errorf("another organization reads: %v", err)
		}
		if _, err := w.Positions.CountOnDesk(t.Context(), w.Bureau(worldtest.Panyu, auth.Reviewer), o.ID, position.Desk{}); !errs.Is(err, errs.KindForbidden) {
			t.Errorf("the bureau counts drafts: %v", err)
		}
	})
}

func TestTheSameFormSentTwiceIsRecognised(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		o, owner := w.Org("番禺区示例服务中心", worldtest.Panyu)
		content := w.Content(position.Job, " 社工 ")
		if _, err := w.Positions.Twin(t.Context(), owner, o.ID, content); !errs.Is(err, errs.KindNotFound) {
			t.Fatal(err)
		}
		made, err := w.Positions.Create(t.Context(), owner, o.ID, content)
		if err != nil {
			t.Fatal(err)
		}
		if twin, err := w.Positions.Twin(t.Context(), owner, o.ID, content); err != nil || twin.ID != made.ID {
			t.Fatal(twin.ID, err)
		}
		other := content
		other.Headcount++
		if _, err := w.Positions.Twin(t.Context(), owner, o.ID, other); !errs.Is(err, errs.KindNotFound) {
			t.Error("another post is taken for the same:", err)
		}
		colleague, _ := w.Account("同事")
		if err := w.Orgs.SetMember(t.Context(), owner, o.ID, colleague.Account, auth.Editor); err != nil {
			t.Fatal(err)
		}
		colleague.Orgs = []auth.OrgGrant{{Org: o.ID, Role: auth.Editor}}
		if _, err := w.Positions.Twin(t.Context(), colleague, o.ID, content); !errs.Is(err, errs.KindNotFound) {
			t.Error("somebody else's post is taken for the same:", err)
		}
		c.Add(11 * time.Minute)
		if _, err := w.Positions.Twin(t.Context(), owner, o.ID, content); !errs.Is(err, errs.KindNotFound) {
			t.Error("an old post is taken for the same:", err)
		}
	})
}
