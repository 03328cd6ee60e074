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

func TestTheSiteMapHoldsWhatIsOnShow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		_, owner := w.Org("番禺区示例社会工作服务中心", worldtest.Panyu)
		first := w.Published(owner, w.Content(position.Job, "社区社工"))
		c.Add(time.Hour)
		second := w.Published(owner, w.Content(position.Job, "项目社工"))
		gone := w.Published(owner, w.Content(position.Job, "财务专员"))
		if err := w.Positions.Close(t.Context(), owner, gone.ID, "filled"); err != nil {
			t.Fatal(err)
		}
		all, err := w.Positions.Dates(t.Context(), 10, 0)
		if err != nil || len(all) != 2 || all[0].ID != first.ID || all[1].ID != second.ID || !all[1].UpdatedAt.Equal(c.Now()) {
			t.Errorf("%+v, %v", all, err)
		}
		if next, err := w.Positions.Dates(t.Context(), 1, 1); err != nil || len(next) != 1 || next[0].ID != second.ID {
			t.Errorf("the second page: %+v, %v", next, err)
		}
		orgs, err := w.Orgs.Dates(t.Context(), 10, 0)
		if err != nil || len(orgs) != 1 || orgs[0].ID != first.OrgID || orgs[0].UpdatedAt.IsZero() {
			t.Errorf("%+v, %v", orgs, err)
		}
		if n, err := w.Orgs.CountApproved(t.Context()); err != nil || n != 1 {
			t.Errorf("%d organizations, %v", n, err)
		}
		if err := w.Orgs.Suspend(t.Context(), auth.System(), first.OrgID, "核查"); err != nil {
			t.Fatal(err)
		}
		if all, err := w.Positions.Dates(t.Context(), 10, 0); err != nil || len(all) != 0 {
			t.Errorf("posts of a suspended organization: %+v, %v", all, err)
		}
		if orgs, err := w.Orgs.Dates(t.Context(), 10, 0); err != nil || len(orgs) != 0 {
			t.Errorf("%+v, %v", orgs, err)
		}
	})
}

func TestAPostIsKnownToWhoAppliedForGood(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		o, owner := w.Org("番禺区示例社会工作服务中心", worldtest.Panyu)
		p := w.Published(owner, w.Content(position.Job, "社区社工"))
		if err := w.Positions.Withdraw(t.Context(), owner, p.ID, "不招了"); err != nil {
			t.Fatal(err)
		}
		c.Add(400 * 24 * time.Hour)
		if _, _, err := w.Positions.Public(t.Context(), p.ID); !errs.Is(err, errs.KindNotFound) {
			t.Fatal("everybody still sees it:", err)
		}
		known, of, err := w.Positions.Known(t.Context(), p.ID)
		if err != nil || known.Title != p.Title || known.State != position.Withdrawn || of.ID != o.ID {
			t.Errorf("%+v, %+v, %v", known, of, err)
		}
	})
}
