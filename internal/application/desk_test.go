package application_test

import (
	"slices"
	"testing"
	"time"

	"zhigang/internal/application"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/position"
	"zhigang/internal/worldtest"
)

func TestTheDeskOfAnOrganizationShowsWhatIsOwed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		o, owner := w.Org("番禺区示例服务中心", worldtest.Panyu)
		_, stranger := w.Org("番禺区另一服务中心", worldtest.Panyu)
		first, second := w.Published(owner, w.Content(position.Job, "社工")), w.Published(owner, w.Content(position.Internship, "见习"))
		a := w.Apply(w.Graduate("甲"), first.ID)
		c.Add(24 * time.Hour)
		b := w.Apply(w.Graduate("乙"), second.ID)
		c.Add(24 * time.Hour)
		answered := w.Apply(w.Graduate("丙"), first.ID)
		if err := w.Applications.Act(t.Context(), owner, answered.ID, application.Hire, "", "2026-12-01"); err != nil {
			t.Fatal(err)
		}
		ids := func(f application.Desk) (out []id.ID) {
			t.Helper()
			all, err := w.Applications.OnDesk(t.Context(), owner, o.ID, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, one := range all {
				out = append(out, one.ID)
			}
			return out
		}
		for _, want := range []struct {
			desk application.Desk
			ids  []id.ID
		}{
			{application.Desk{}, []id.ID{answered.ID, b.ID, a.ID}},
			{application.Desk{ByAnswer: true}, []id.ID{a.ID, b.ID, answered.ID}},
			{application.Desk{Waiting: true}, []id.ID{b.ID, a.ID}},
			{application.Desk{Overdue: true}, nil},
			{application.Desk{State: application.Hired}, []id.ID{answered.ID}},
			{application.Desk{Position: first.ID}, []id.ID{answered.ID, a.ID}},
			{application.Desk{Limit: 1, Offset: 1}, []id.ID{b.ID}},
		} {
			if got := ids(want.desk); !slices.Equal(got, want.ids) {
				t.Errorf("%+v: %v, want %v", want.desk, got, want.ids)
			}
		}
		c.Set(a.AnswerBy.Start().Add(time.Hour))
		n, err := w.Applications.CountOnDesk(t.Context(), owner, o.ID, 0)
		if err != nil || n.All != 3 || n.Waiting != 2 || n.DueToday < 1 || n.Overdue != 0 || n.ByState[application.Hired] != 1 {
			t.Errorf("%+v, %v", n, err)
		}
		c.Set(b.AnswerBy.Add(1).Start())
		if n, err = w.Applications.CountOnDesk(t.Context(), owner, o.ID, second.ID); err != nil || n.All != 1 || n.Overdue != 1 {
			t.Errorf("%+v, %v", n, err)
		}
		posts, err := w.Applications.CountByPosition(t.Context(), owner, o.ID)
		if err != nil || len(posts) != 2 || posts[1].All != 2 || posts[1].Waiting != 1 || posts[1].Title != "社工" {
			t.Errorf("%+v, %v", posts, err)
		}
		if one, err := w.Applications.CountByPosition(t.Context(), owner, o.ID, second.ID); err != nil || len(one) != 1 {
			t.Errorf("%+v, %v", one, err)
		}
		placements, err := w.Applications.PlacementsOfOrg(t.Context(), owner, o.ID)
		if err != nil || placements[application.Claimed] != 1 || len(placements) != 1 {
			t.Errorf("%+v, %v", placements, err)
		}
		for what, err := range map[string]error{
			"list":    errOf(w.Applications.OnDesk(t.Context(), stranger, o.ID, application.Desk{})),
			"count":   errOf(w.Applications.CountOnDesk(t.Context(), stranger, o.ID, 0)),
			"posts":   errOf(w.Applications.CountByPosition(t.Context(), stranger, o.ID)),
			"placing": errOf(w.Applications.PlacementsOfOrg(t.Context(), stranger, o.ID)),
		} {
			if !errs.Is(err, errs.KindForbidden) {
				t.Errorf("%s for another organization: %v", what, err)
			}
		}
	})
}

// errOf keeps the error of a call with one result.
func errOf[T any](_ T, err error) error { return err }
