package workers

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"zhigang/internal/calendar"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/outbox"
	"zhigang/internal/testserver"
)

func TestMain(m *testing.M) { testserver.Main(m) }

// china reads an instant of China's clocks.
func china(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04:05", text, calendar.China())
	if err != nil {
		t.Fatal(err)
	}
	return at
}

const clockFace = "2006-01-02 15:04:05"

func TestSlotsStandStillWhereverTheProgramRuns(t *testing.T) {
	monday8, daily3 := weekly(time.Monday, 8), daily(3, 0)
	for now, want := range map[string][2]string{
		"2026-11-23 07:59:59": {"2026-11-16 08:00:00", "2026-11-23 03:00:00"},
		"2026-11-23 08:00:00": {"2026-11-23 08:00:00", "2026-11-23 03:00:00"},
		"2026-11-29 23:59:59": {"2026-11-23 08:00:00", "2026-11-29 03:00:00"},
		"2026-11-30 02:00:00": {"2026-11-23 08:00:00", "2026-11-29 03:00:00"}, // still Sunday in London
		"2027-01-01 00:00:00": {"2026-12-28 08:00:00", "2026-12-31 03:00:00"},
		"2027-01-04 08:00:00": {"2027-01-04 08:00:00", "2027-01-04 03:00:00"},
		"2028-02-29 09:00:00": {"2028-02-28 08:00:00", "2028-02-29 03:00:00"},
		"1988-06-15 12:00:00": {"1988-06-13 08:00:00", "1988-06-15 03:00:00"}, // China had summer time then; a week has 168 hours
	} {
		for _, zone := range []*time.Location{time.UTC, calendar.China(), time.FixedZone("", -11*3600), time.FixedZone("", 14*3600)} {
			at := china(t, now).In(zone)
			got := [2]string{monday8(at).In(calendar.China()).Format(clockFace), daily3(at).In(calendar.China()).Format(clockFace)}
			if got != want {
				t.Errorf("at %s (%s): %v, want %v", now, zone, got, want)
			}
		}
	}
}

// Every Monday of eighty years stands for the week before it, and no week is left out: also those with a week 53.
func TestEveryWeekHasOneReport(t *testing.T) {
	slots := weekly(time.Monday, 8)
	week, fiftyThree := calendar.WeekOf(china(t, "2019-12-30 12:00:00")), 0
	for now := slots(china(t, "2020-01-06 12:00:00")); now.Year() < 2100; now = slots(now.Add(7*24*time.Hour + time.Hour)) {
		if of := calendar.WeekOf(now).Add(-1); of != week {
			t.Fatalf("the slot of %s stands for %s, want %s", now.In(calendar.China()).Format(clockFace), of, week)
		}
		if again, err := calendar.ParseWeek(week.String()); err != nil || again != week {
			t.Fatalf("%s is read as %s, %v", week, again, err)
		}
		if week.Number == 53 {
			fiftyThree++
		}
		week = week.Add(1)
	}
	if fiftyThree != 14 { // 2020, 2026, 2032 …
		t.Errorf("%d years with a week 53", fiftyThree)
	}
}

func newOutbox(d *db.DB) *outbox.Outbox { return outbox.New(d, Reactions(), Scheduled()...) }

// asked lists the slots of a task that wait, oldest first.
func asked(t *testing.T, d *db.DB, task string) []string {
	t.Helper()
	var slots []int64
	if err := d.Select(t.Context(), &slots, `SELECT subject FROM outbox WHERE task = ? ORDER BY available_at, id`, task); err != nil {
		t.Fatal(err)
	}
	out := make([]string, len(slots))
	for n, ms := range slots {
		out[n] = time.UnixMilli(ms).In(calendar.China()).Format("2006-01-02 15:04")
	}
	return out
}

func tick(t *testing.T, o *outbox.Outbox, now time.Time) {
	t.Helper()
	if err := Tick(t.Context(), o, now); err != nil {
		t.Fatal(err)
	}
}

func TestADowntimeOfThreeWeeksIsMadeUpFor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		o := newOutbox(d)
		at := func(text string) {
			c.Set(china(t, text))
			tick(t, o, c.Now())
		}
		at("2026-12-14 08:00:10")
		at("2026-12-14 08:00:20")
		at("2027-01-06 15:00:00") // three Mondays were missed, with the turn of the year and week 53 among them
		at("2027-01-06 15:00:15")
		want := []string{"2026-12-14 08:00", "2026-12-21 08:00", "2026-12-28 08:00", "2027-01-04 08:00"}
		if got := asked(t, d, "report.weekly"); !slices.Equal(got, want) {
			t.Errorf("reports %v, want %v", got, want)
		}
		for _, task := range []string{"position.expire", "match.digest", "search.reconcile", "house.prune"} {
			if got := asked(t, d, task); len(got) != 2 || got[1][:10] != "2027-01-06" {
				t.Errorf("%s: %v, want one of then and one of today", task, got)
			}
		}
	})
}

func TestAHalfYearOfDowntimeIsMadeUpForInPart(t *testing.T) {
	d, c := dbtest.SQLite(t)
	o := newOutbox(d)
	for _, now := range []string{"2026-06-01 09:00:00", "2026-12-01 09:00:00"} {
		c.Set(china(t, now))
		tick(t, o, c.Now())
	}
	got := asked(t, d, "report.weekly")
	if len(got) != 1+maxMissed || got[1] != "2026-10-12 08:00" || got[maxMissed] != "2026-11-30 08:00" {
		t.Errorf("reports %v", got)
	}
}

// Clocks differ, jump and are put back: a slot is taken once all the same.
func TestASlotIsTakenOnceWhoeverTicks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		c.Set(china(t, "2026-11-30 08:00:00"))
		var all sync.WaitGroup
		for n := range 8 { // processes, whose clocks are up to an hour apart
			o := newOutbox(d)
			all.Go(func() {
				for k := range 20 {
					now := c.Now().Add(time.Duration(n-4)*15*time.Minute + time.Duration(k)*15*time.Second)
					if err := Tick(context.WithoutCancel(t.Context()), o, now); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		for task, want := range map[string][]string{
			"report.weekly":    {"2026-11-23 08:00", "2026-11-30 08:00"}, // the first who ticked was too early for today's
			"match.digest":     {"2026-11-30 07:00", "2026-11-30 08:00"},
			"position.remind":  {"2026-11-29 09:00", "2026-11-30 09:00"}, // the fastest clock has reached nine
			"search.reconcile": {"2026-11-30 03:00"},
		} {
			got := asked(t, d, task)
			slices.Sort(got)
			if len(got) > len(want) || len(got) == 0 || got[len(got)-1] > want[len(want)-1] || len(slices.Compact(slices.Clone(got))) != len(got) {
				t.Errorf("%s: %v, want of %v each once", task, got, want)
			}
		}
	})
}

func TestEveryTaskHasAHandlerAndItsOwnName(t *testing.T) {
	seen := map[string]bool{}
	w := tables()
	var all []task
	for _, r := range w.reactions() {
		all = append(all, r.task)
	}
	for _, p := range w.schedule() {
		all = append(all, p.task)
	}
	all = append(all, w.onRequest()...)
	for _, one := range all {
		if seen[one.Name] {
			t.Errorf("two tasks are named %s", one.Name)
		}
		seen[one.Name] = true
		if one.do == nil || one.Timeout <= 0 || one.MaxAttempts < 2 || one.Queue == "" {
			t.Errorf("task %s is not whole: %s", one.Name, fmt.Sprint(one.Task))
		}
	}
}

// A database that does not answer is told, not passed over.
func TestATickThatFailsSaysSo(t *testing.T) {
	d, c := dbtest.SQLite(t)
	o := newOutbox(d)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Tick(ctx, o, c.Now()); err == nil {
		t.Error("nothing is said")
	}
}
