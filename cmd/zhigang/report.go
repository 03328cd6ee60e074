package main

import (
	"context"
	"encoding/json"
	"io"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/i18n"
	"zhigang/internal/report"
	"zhigang/web"
)

// reportCmd groups the reports.
type reportCmd struct {
	Weekly reportWeeklyCmd `cmd:"" help:"${report_weekly}"`
}

type reportWeeklyCmd struct {
	Region string `required:"" placeholder:"CODE" help:"${region}"`
	Week   string `placeholder:"2026-W47" help:"${report_week}"`
	Format string `enum:"xlsx,json" default:"xlsx" help:"${report_format}"`
	Out    string `default:"-" placeholder:"FILE" help:"${out}"`
}

// Run writes the weekly report of a bureau. That of a week that is over is stored with the first asking, as on the page.
func (c *reportWeeklyCmd) Run(e *env) error {
	week, err := c.week(e)
	if err != nil {
		return err
	}
	return e.withStore(func(s *store) error {
		reports, p, err := s.reports(e)
		if err != nil {
			return err
		}
		b, err := reports.Weekly(e.ctx, auth.System(), c.Region, week)
		if err != nil {
			return err
		}
		if c.Format == "json" || e.json {
			return e.writeOut(c.Out, false, func(out io.Writer) error {
				enc := json.NewEncoder(out)
				enc.SetEscapeHTML(false)
				enc.SetIndent("", "  ")
				return enc.Encode(b)
			})
		}
		return e.writeOut(c.Out, true, func(out io.Writer) error { return b.XLSX(out, p) })
	})
}

// week reads the week that was asked for; without one it is the last that is over.
func (c *reportWeeklyCmd) week(e *env) (calendar.Week, error) {
	if c.Week == "" {
		return calendar.WeekOf(e.clock.Now()).Add(-1), nil
	}
	week, err := calendar.ParseWeek(c.Week)
	if err != nil {
		return week, errs.Fields{"week": {Key: "operator.week"}}.Err()
	}
	return week, nil
}

// reports returns the reports of a store without the rest of the program, and who puts them into words. Nobody is told of
// a report that a command makes.
func (s *store) reports(e *env) (*report.Service, i18n.Printer, error) {
	holidays, err := calendar.LoadHolidays()
	if err != nil {
		return nil, i18n.Printer{}, err
	}
	catalog, err := i18n.Load(web.Locales())
	if err != nil {
		return nil, i18n.Printer{}, err
	}
	silent := func(context.Context, *db.Tx, report.Ready) error { return nil }
	return report.New(s.db, report.Options{Tree: s.tree, Holidays: holidays, Texts: catalog, Tell: silent}),
		catalog.For(i18n.Lang(e.words["lang"])), nil
}
