package search_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/errs"
	"zhigang/internal/outbox"
	"zhigang/internal/position"
	"zhigang/internal/queue"
	"zhigang/internal/search"
	"zhigang/internal/worldtest"
)

func TestEveryNightItIsCountedWhoIsSeldomSeen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		task := outbox.Task{Name: "search.exposure", Queue: queue.Report, Timeout: time.Minute, MaxAttempts: 3}
		w := worldtest.New(t, d, c, outbox.New(d, nil, task))
		s := search.New(d, newBleve(t), w.Positions, search.Reader{Tree: w.Tree}, slog.New(slog.DiscardHandler))
		_, quiet := w.Org("番禺区清风社会工作服务中心", worldtest.Panyu)
		_, known := w.Org("番禺区星河社会工作服务中心", worldtest.Panyu)
		w.Published(quiet, w.Content(position.Job, "社区社工"))
		post := w.Published(known, w.Content(position.Job, "社区社工"))
		for n := range 6 {
			w.Apply(w.Graduate(fmt.Sprint("毕业生", n)), post.ID)
		}
		if err := s.Rebuild(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		first := func() (org string) {
			t.Helper()
			found, err := s.Find(t.Context(), search.Query{Text: "社区社工"})
			if err != nil || len(found.Items) != 2 {
				t.Fatal(found, err)
			}
			return found.Items[0].OrgName
		}
		if got := first(); got != "番禺区星河社会工作服务中心" { // the newer
			t.Fatal(got)
		}
		if _, err := s.StandingOf(t.Context(), known.Orgs[0].Org); !errs.Is(err, errs.KindNotFound) {
			t.Fatal(err)
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := w.Outbox.AddTask(t.Context(), tx, task.Name, 0, tx.Now)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		due, err := w.Outbox.Due(t.Context(), queue.Report, 1)
		if err != nil || len(due) != 1 {
			t.Fatal(due, err)
		}
		if err := w.Outbox.Run(t.Context(), due[0].ID, s.CountExposure); err != nil {
			t.Fatal(err)
		}
		one, err := s.StandingOf(t.Context(), known.Orgs[0].Org)
		if err != nil || one.Openings != 3 || one.Applications != 6 || one.Due != 0 || one.PerOpening() != 2 {
			t.Fatalf("%+v, %v", one, err)
		}
		c.Add(2 * time.Minute) // this process has not looked before
		if got := first(); got != "番禺区清风社会工作服务中心" {
			t.Error(got)
		}
	})
}
