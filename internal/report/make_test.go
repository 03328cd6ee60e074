package report_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/position"
	"zhigang/internal/report"
)

// slot asks for the reports of a Monday and returns the row of the job.
func (w *world) slot(day calendar.Day) id.ID {
	w.t.Helper()
	added, err := w.Outbox.AddSlot(w.t.Context(), weekly.Name, day.Start().Add(8*time.Hour))
	w.must(err)
	if !added {
		w.t.Fatalf("the slot of %s was asked for before", day)
	}
	refs, err := w.Outbox.Due(w.t.Context(), weekly.Queue, 10)
	w.must(err)
	return refs[len(refs)-1].ID
}

// run lets the job run once and returns the state of its row.
func (w *world) run(row id.ID) string {
	w.t.Helper()
	w.must(w.Outbox.Run(w.t.Context(), row, w.reports.MakeAll))
	var state string
	w.must(w.DB.Get(w.t.Context(), &state, `SELECT state FROM outbox WHERE id = ?`, row))
	return state
}

// scopes lists whom the world was told of, once for each time.
func (w *world) scopes(kind report.Kind) []string {
	var all []string
	for _, r := range w.told {
		if r.Kind == kind {
			all = append(all, r.Week.String()+" "+r.Scope)
		}
	}
	slices.Sort(all)
	return all
}

func TestTheSlotMakesEveryReportOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := newWorld(t, d, c)
		w.at("2026-11-16 09:00")
		reviewers := []id.ID{w.Bureau("440113", auth.Supervisor).Account, w.Bureau("440113", auth.Supervisor).Account}
		slices.Sort(reviewers)
		w.Bureau("440114", auth.Supervisor)
		busy, quiet := w.approved(1, "440113"), w.approved(2, "440114")
		post := w.post(busy, w.content(position.Job, 5, "2026-12-31"))
		applicant := w.Graduate("李一")
		w.Graduate("无事")
		w.must(d.Write(t.Context(), func(tx *db.Tx) error { // who is told by mail only has no page to look at
			mailbox, err := w.Accounts.Mailbox(t.Context(), tx, "visitor@example.org", "zh-Hans")
			search := tx.NewID()
			if err == nil {
				_, err = tx.Exec(t.Context(), `
					INSERT INTO saved_search (id, account_id, query, every, by_mail, asks, expires_at, next_at, created_at, version)
					VALUES (?, ?, 'q=社工', 'weekly', 1, 0, ?, 0, 0, 1)`, search, mailbox, db.At(tx.Now.AddDate(1, 0, 0)))
			}
			if err == nil {
				_, err = tx.Exec(t.Context(), `INSERT INTO match (saved_search_id, position_id, reason, found_at) VALUES (?, ?, '', ?)`,
					search, post, db.At(tx.Now))
			}
			return err
		}))
		w.apply(applicant, post)
		w.at("2026-11-23 08:00")
		row := w.slot("2026-11-23")

		// The first run is stopped in the middle, as a kill would: after the bureaus of the province and the city.
		w.tellErr = func(r report.Ready) error {
			if len(w.told) == 2 {
				return errors.New("killed")
			}
			return nil
		}
		if state := w.run(row); state != "ready" {
			t.Fatalf("the job that failed is %s", state)
		}
		w.tellErr = nil
		c.Add(time.Minute)
		if state := w.run(row); state != "done" {
			t.Fatalf("the job is %s", state)
		}
		want := []string{"2026-W47 440000", "2026-W47 440100", "2026-W47 440113", "2026-W47 440114"}
		if got := w.scopes(report.ForBureau); !slices.Equal(got, want) {
			t.Errorf("bureaus %v", got)
		}
		if got := w.scopes(report.ForOrg); !slices.Equal(got, []string{"2026-W47 " + busy.ID.String()}) {
			t.Errorf("organizations %v; the quiet one is %s", got, quiet.ID)
		}
		if got := w.scopes(report.ForPerson); !slices.Equal(got, []string{"2026-W47 " + applicant.Account.String()}) {
			t.Errorf("persons %v", got)
		}
		for _, r := range w.told {
			switch {
			case r.Scope == "440113" && !slices.Equal(r.To, reviewers), r.Scope == "440100" && len(r.To) != 0,
				r.Kind == report.ForOrg && !slices.Equal(r.To, []id.ID{busy.who.Account}),
				r.Kind == report.ForPerson && !slices.Equal(r.To, []id.ID{applicant.Account}):
				t.Errorf("%s goes to %v", r.Scope, r.To)
			}
			want := map[report.Kind]string{
				report.ForBureau: "1 个岗位", report.ForOrg: "收到应聘 1 份，已答复 0 份", report.ForPerson: "本周有 1 份应聘",
			}[r.Kind]
			if r.Scope != "440114" && !strings.Contains(r.Text[i18n.ZhHans], want) || r.Text[i18n.En] == "" {
				t.Errorf("%s %s says %v", r.Kind, r.Scope, r.Text)
			}
		}
	})
}

func TestABatchThatIsKilledIsToldWhollyOrNotAtAll(t *testing.T) {
	d, c := dbtest.SQLite(t)
	w := newWorld(t, d, c)
	w.at("2026-11-16 09:00")
	const many = 120 // more than a batch
	for n := range many {
		w.post(w.approved(n+1, "440113"), w.content(position.Volunteer, 5, "2026-12-31"))
	}
	w.at("2026-11-23 08:00")
	row := w.slot("2026-11-23")
	w.tellErr = func(report.Ready) error {
		if len(w.told) == 110 { // in the second batch
			return errors.New("killed")
		}
		return nil
	}
	w.run(row)
	var told int
	w.must(d.Get(t.Context(), &told, `SELECT COUNT(*) FROM report WHERE told_at IS NOT NULL`))
	if told != 100 {
		t.Fatalf("%d reports are noted as told", told)
	}
	w.told, w.tellErr = w.told[:told], nil // what was told in the transaction that was rolled back was not told
	c.Add(time.Minute)
	if state := w.run(row); state != "done" {
		t.Fatal(state)
	}
	got := w.scopes(report.ForOrg)
	if len(got) != many || len(slices.Compact(got)) != many {
		t.Errorf("%d organizations were told, %d different ones", len(w.told), len(slices.Compact(got)))
	}
}

func TestMissedSlotsAreMadeForTheirOwnWeek(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := newWorld(t, d, c)
		w.at("2026-11-02 09:00")
		w.Bureau("440113", auth.Supervisor)
		w.post(w.approved(1, "440113"), w.content(position.Job, 5, "2026-11-12"))
		w.at("2026-11-25 15:00") // after three weeks without power
		for n, day := range []calendar.Day{"2026-11-09", "2026-11-16", "2026-11-23"} {
			if state := w.run(w.slot(day)); state != "done" {
				t.Fatal(state)
			}
			week := calendar.Week{Year: 2026, Number: 45 + n}
			if !slices.Contains(w.scopes(report.ForBureau), fmt.Sprint(week, " 440113")) {
				t.Errorf("nobody was told of %s", week)
			}
		}
		for week, posts := range map[string]int64{"2026-W45": 1, "2026-W46": 0, "2026-W47": 0} {
			if got := w.report("440113", week).Figures[report.Posts]; got != posts {
				t.Errorf("%s has %d posts", week, got)
			}
		}
	})
}

// 2026 has a week 53, which ends on 3 January: what happens then belongs to neither calendar year alone.
func TestTheWeekAtTheTurnOfTheYear(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := newWorld(t, d, c)
		w.at("2026-12-20 09:00")
		w.Bureau("440113", auth.Supervisor)
		o := w.approved(1, "440113")
		old := w.post(o, w.content(position.Job, 5, "2027-02-28"))
		w.at("2026-12-27 23:59")
		w.apply(w.Graduate("周末"), old)
		w.at("2026-12-31 23:59")
		w.apply(w.Graduate("年尾"), old)
		w.at("2027-01-03 23:59")
		w.apply(w.Graduate("年头"), old)
		w.at("2027-01-04 00:00")
		w.apply(w.Graduate("周一"), old)
		w.at("2027-01-04 08:00")
		if state := w.run(w.slot("2027-01-04")); state != "done" {
			t.Fatal(state)
		}
		if got := w.scopes(report.ForBureau); len(got) != 3 || got[2] != "2026-W53 440113" {
			t.Errorf("told of %v", got)
		}
		w.at("2027-01-11 08:00")
		for week, want := range map[string]int64{"2026-W52": 1, "2026-W53": 2, "2027-W01": 1} {
			if got := w.report("440113", week).Figures[report.Applications]; got != want {
				t.Errorf("%s counts %d applications, want %d", week, got, want)
			}
		}
		if _, err := calendar.ParseWeek("2027-W53"); err == nil {
			t.Error("2027 has no week 53")
		}
	})
}

func TestAReportThatWasLookedAtBeforeIsStillToldOfOnce(t *testing.T) {
	d, c := dbtest.SQLite(t)
	w := newWorld(t, d, c)
	w.at("2026-11-16 09:00")
	who := w.Bureau("440113", auth.Supervisor)
	o := w.approved(1, "440113")
	w.post(o, w.content(position.Job, 5, "2026-12-31"))
	w.at("2026-11-23 00:30")
	early, err := w.reports.Weekly(t.Context(), who, "440113", mustWeek(t, "2026-W47"))
	w.must(err)
	_, err = w.reports.OfOrg(t.Context(), o.who, o.ID, mustWeek(t, "2026-W47"))
	w.must(err)
	w.at("2026-11-23 08:00")
	w.run(w.slot("2026-11-23"))
	if got := len(w.scopes(report.ForBureau)) + len(w.scopes(report.ForOrg)); got != 4 {
		t.Errorf("told of %v", w.told)
	}
	if late := w.report("440113", "2026-W47"); late.Hash != early.Hash || !late.MadeAt.Equal(early.MadeAt) {
		t.Error("the report that was looked at early was made anew")
	}
}
