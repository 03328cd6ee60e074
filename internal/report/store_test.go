package report_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"sync"
	"testing"

	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/position"
	"zhigang/internal/report"
)

func TestOfSeveralWhoMakeAReportOneWins(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := newWorld(t, d, c)
		w.at("2026-11-16 09:00")
		w.post(w.approved(1, "440113"), w.content(position.Job, 5, "2026-12-31"))
		w.at("2026-11-23 08:00")
		made := make([]report.Bureau, 8)
		var all sync.WaitGroup
		for n := range made {
			all.Go(func() {
				var err error
				if made[n], err = w.reports.Weekly(t.Context(), auth.System(), "440113", mustWeek(t, "2026-W47")); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for _, b := range made {
			if b.Hash == "" || b.Hash != made[0].Hash || !b.MadeAt.Equal(made[0].MadeAt) {
				t.Errorf("%s, %s", b.Hash, b.MadeAt)
			}
		}
		var rows int
		w.must(d.Get(t.Context(), &rows, `SELECT COUNT(*) FROM report`))
		if rows != 1 {
			t.Errorf("%d reports are stored", rows)
		}
	})
}

func TestTheHashProvesWhatTheReportSaid(t *testing.T) {
	d, c := dbtest.SQLite(t)
	w := newWorld(t, d, c)
	w.at("2026-11-16 09:00")
	w.post(w.approved(1, "440113"), w.content(position.Job, 5, "2026-12-31"))
	w.at("2026-11-23 08:00")
	b := w.report("440113", "2026-W47")

	text, err := json.Marshal(b)
	w.must(err)
	var read report.Bureau
	w.must(json.Unmarshal(text, &read))
	body, err := json.Marshal(read.BureauBody)
	w.must(err)
	if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != b.Hash {
		t.Errorf("the JSON form without its stamp has another hash than it says:\n%s", body)
	}
	for _, field := range []string{
		"report", "definitions", "region", "week", "from", "to", "figures", "by_kind", "by_region",
		"sentence", "made_at", "hash",
	} {
		var fields map[string]json.RawMessage
		w.must(json.Unmarshal(text, &fields))
		if len(fields[field]) == 0 {
			t.Errorf("the JSON form has no %s", field)
		}
	}

	w.must(d.Write(t.Context(), func(tx *db.Tx) error {
		return tx.One(t.Context(), `UPDATE report SET body = REPLACE(body, '"posts":1', '"posts":9')`)
	}))
	if _, err := w.reports.Weekly(t.Context(), auth.System(), "440113", mustWeek(t, "2026-W47")); err == nil {
		t.Error("a report that was changed after it was made is shown")
	}
}

func TestLaterEditsChangeNoWeekThatIsClosed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := newWorld(t, d, c)
		w.at("2026-11-02 09:00")
		o := w.approved(1, "440113")
		post := w.post(o, w.content(position.Job, 3, "2026-12-31"))
		edit := func(headcount int) {
			p, err := w.Positions.Get(t.Context(), o.who, post)
			w.must(err)
			content := p.Content
			content.Headcount = headcount
			_, err = w.Positions.Edit(t.Context(), o.who, post, p.Version, content)
			w.must(err)
		}
		headcounts := func(want map[string]int64) {
			t.Helper()
			w.must(d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), `DELETE FROM report`)
				return err
			}))
			for week, n := range want {
				if got := w.report("440113", week).Figures[report.Headcount]; got != n {
					t.Errorf("headcount of %s is %d, not %d", week, got, n)
				}
			}
		}
		w.at("2026-11-09 08:00")
		w.report("440113", "2026-W45")
		edit(5)
		w.at("2026-11-16 09:00") // nobody asks for W46
		edit(7)
		w.at("2026-11-23 08:00")
		w.report("440113", "2026-W47")
		edit(9)
		headcounts(map[string]int64{"2026-W45": 3, "2026-W46": 7, "2026-W47": 7, "2026-W48": 9})
		w.must(w.Positions.Close(t.Context(), o.who, post, "filled"))
		headcounts(map[string]int64{"2026-W45": 3, "2026-W46": 7, "2026-W47": 7, "2026-W48": 0})
		if n := w.report("440113", "2026-W47").Figures[report.Posts]; n != 1 {
			t.Errorf("a post that was closed later is gone from the week before: %d", n)
		}
	})
}
