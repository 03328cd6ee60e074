package report

import (
	"testing"
	"time"
	"fmt"

	"zhigang/internal/calendar"
	"zhigang/internal/clock"
	"zhigang/internal/db"
)

func TestScratch(t *testing.T) {
	now := time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)
	d, err := db.Open(t.Context(), db.Options{URL: "sqlite:///tmp/zg-bench.db", Clock: clock.At(now)})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for _, week := range []calendar.Week{calendar.WeekOf(now), calendar.WeekOf(now).Add(-3)} {
	for _, code := range []string{"440000", "440113"} {
		w := windowOf(week, now)
		total := time.Duration(0)
		for name, r := range map[string]rowset{"onShow": onShow, "published": published, "viewed": viewed, "handled": handled, "answered": answered, "promised": promised, "claimed": claimed, "decided": decided, "active": active, "approved": approved, "joined": joined} {
			start := time.Now()
			by := byRegion
			c, err := counts(t.Context(), d, w, inRegion(code), r, by)
			if err != nil {
				t.Fatal(err)
			}
			var n int64
			for _, x := range c {
				n += x.Rows
			}
			e := time.Since(start)
			total += e
			fmt.Printf("%s %s %-10s %8d rows %4d groups %v\n", week, code, name, n, len(c), e)
			if code == "440000" && false {
				inner, args := w.bind(r, inRegion(code))
				var plan []struct {
					ID     int    `db:"id"`
					Parent int    `db:"parent"`
					X      int    `db:"notused"`
					Detail string `db:"detail"`
				}
				if err := d.Select(t.Context(), &plan, "EXPLAIN QUERY PLAN SELECT "+by+", COUNT(*) FROM ("+inner+") r GROUP BY "+by, args...); err != nil {
					t.Fatal(err)
				}
				for _, p := range plan {
					fmt.Println("      ", p.Parent, p.ID, p.Detail)
				}
			}
		}
		fmt.Println("total", total)
	}
	}
}
