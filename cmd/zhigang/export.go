package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"zhigang/internal/audit"
	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/export"
	"zhigang/internal/i18n"
	"zhigang/web"
)

// exportCmd groups the tables that can be taken away.
type exportCmd struct {
	Positions    exportPositionsCmd    `cmd:"" help:"${export_positions}"`
	Applications exportApplicationsCmd `cmd:"" help:"${export_applications}"`
	Placements   exportPlacementsCmd   `cmd:"" help:"${export_placements}"`
}

// exportFlags are the flags that all exports have.
type exportFlags struct {
	Region string `placeholder:"CODE" help:"${export_region}"`
	From   string `placeholder:"2026-11-01" help:"${export_from}"`
	To     string `placeholder:"2026-11-30" help:"${export_to}"`
	Format string `enum:"xlsx,csv,json" default:"xlsx" help:"${export_format}"`
	Out    string `default:"-" placeholder:"FILE" help:"${out}"`
}

type exportPositionsCmd struct{ exportFlags }

// Run exports posts.
func (c *exportPositionsCmd) Run(e *env) error {
	return e.withStore(func(s *store) error {
		_, err := c.write(e, s, (*export.Exporter).Positions)
		return err
	})
}

type exportApplicationsCmd struct{ exportFlags }

// Run exports applications. That they were taken out is written into the audit.
func (c *exportApplicationsCmd) Run(e *env) error {
	return e.withStore(func(s *store) error {
		rows, err := c.write(e, s, (*export.Exporter).Applications)
		if err != nil {
			return err
		}
		return c.audit(e, s, "application", rows)
	})
}

type exportPlacementsCmd struct{ exportFlags }

// Run exports placements. That they were taken out is written into the audit.
func (c *exportPlacementsCmd) Run(e *env) error {
	return e.withStore(func(s *store) error {
		rows, err := c.write(e, s, (*export.Exporter).Placements)
		if err != nil {
			return err
		}
		return c.audit(e, s, "placement", rows)
	})
}

// exporting is a method of the Exporter.
type exporting func(*export.Exporter, context.Context, io.Writer, export.Format, export.Filter, i18n.Printer) (int, error)

// write writes the file and returns how many rows it has.
func (f *exportFlags) write(e *env, s *store, do exporting) (rows int, err error) {
	catalog, err := i18n.Load(web.Locales())
	if err != nil {
		return 0, err
	}
	format := export.Format(f.Format)
	if e.json {
		format = export.JSON
	}
	filter := export.Filter{Region: f.Region, From: calendar.Day(f.From), To: calendar.Day(f.To)}
	err = e.writeOut(f.Out, format == export.XLSX, func(out io.Writer) error {
		rows, err = do(export.New(s.db, s.tree), e.ctx, out, format, filter, catalog.For(i18n.Lang(e.words["lang"])))
		return err
	})
	if err == nil && f.Out != "-" {
		_, err = fmt.Fprintf(e.err, e.words["export_done"]+"\n", rows, f.Out)
	}
	return rows, err
}

// audit notes what was exported.
func (f *exportFlags) audit(e *env, s *store, noun string, rows int) error {
	note := strings.Join(strings.Fields(fmt.Sprintf("%d %s %s %s", rows, f.Format, f.From, f.To)), " ")
	return s.db.Write(e.ctx, func(tx *db.Tx) error {
		return audit.Add(e.ctx, tx, auth.System(), audit.Entry{Verb: noun + ".export", SubjectKind: "region", Region: f.Region, Note: note})
	})
}
