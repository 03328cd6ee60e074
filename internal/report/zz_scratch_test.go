package report_test

import (
	"fmt"
	"testing"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/i18n"
	"zhigang/internal/region"
	"zhigang/internal/report"
	"zhigang/internal/testserver"
	"zhigang/migrations"
)

type systemClock struct{}

func BenchmarkPG(b *testing.B) {
	d, err := db.Open(b.Context(), db.Options{URL: testserver.Postgres(b), Clock: clock.At(dbtest.Noon())})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := d.Migrate(b.Context(), migrations.FS); err != nil {
		b.Fatal(err)
	}
	tree, _ := region.Load()
	fill(b, d, tree)
	d.Write(b.Context(), func(tx *db.Tx) error { _, err := tx.Exec(b.Context(), "ANALYZE"); return err })
	holidays, _ := calendar.LoadHolidays()
	s := report.New(d, report.Options{Tree: tree, Holidays: holidays, Texts: &i18n.Catalog{}})
	now := calendar.WeekOf(d.Clock().Now())
	for range 2 {
		for _, code := range []string{"440000", "440100", "440113"} {
			for _, w := range []calendar.Week{now, now.Add(-3)} {
				start := time.Now()
				if _, err := s.Weekly(b.Context(), auth.System(), code, w); err != nil {
					b.Fatal(err)
				}
				fmt.Println(code, w, time.Since(start))
			}
		}
		start := time.Now()
		s.Trend(b.Context(), auth.System(), "440000", 8)
		fmt.Println("trend", time.Since(start))
		for _, code := range []string{"440000", "440113"} {
			start = time.Now()
			s.Rows(b.Context(), auth.System(), report.Cell{Region: code, Week: now, Figure: report.Employers}, 0, 50)
			fmt.Println("rows", code, time.Since(start))
		}
		start = time.Now()
		s.Queue(b.Context(), auth.System())
		fmt.Println("queue", time.Since(start))
	}
}
