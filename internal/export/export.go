// Package export writes positions, applications and placements as a table, for people who count them elsewhere. What a
// person sent to an organization is never in it, and of a name the first character only.
package export

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/region"
	"zhigang/internal/sheet"
)

// Format is the form of the file.
type Format string

// The formats. JSON is an array of objects with codes in them; the others are in a reader's words.
const (
	XLSX Format = "xlsx"
	CSV  Format = "csv"
	JSON Format = "json"
)

// Filter says what is exported; a zero field does not limit it.
type Filter struct {
	// Region is where the organization is registered, with everything below it.
	Region string
	// From and To are the first and the last day on which a post was made, an application came in, a placement was claimed.
	From, To calendar.Day
}

// check returns Invalid for a region or a day that does not exist, and for a span that ends before it begins.
func (f Filter) check(tree *region.Tree) error {
	wrong := errs.Fields{}
	if _, ok := tree.Get(f.Region); f.Region != "" && !ok {
		wrong.Add("region", "error.region")
	}
	for name, day := range map[string]calendar.Day{"from": f.From, "to": f.To} {
		if _, err := calendar.ParseDay(string(day)); day != "" && err != nil {
			wrong.Add(name, "error.day")
		}
	}
	if f.To != "" && f.To < f.From {
		wrong.Add("to", "export.span")
	}
	return wrong.Err()
}

// where returns the SQL condition of the filter over organization o and the column at.
func (f Filter) where(at string) (where string, args []any) {
	where = "1 = 1"
	add := func(cond string, values ...any) {
		where += " AND " + cond
		args = append(args, values...)
	}
	if f.Region != "" {
		lo, hi := region.Scope(f.Region)
		add("o.region_code >= ? AND o.region_code < ?", lo, hi)
	}
	if f.From != "" {
		add(at+" >= ?", db.At(f.From.Start()))
	}
	if f.To != "" {
		add(at+" < ?", db.At(f.To.Add(1).Start()))
	}
	return where, args
}

// Exporter writes tables.
type Exporter struct {
	db   *db.DB
	tree *region.Tree
}

// New returns the Exporter.
func New(d *db.DB, tree *region.Tree) *Exporter { return &Exporter{db: d, tree: tree} }

// row is a line of a table.
type row interface{ key() id.ID }

// table is what is exported of rows R.
type table[R row] struct {
	title   string // key of the name of the sheet
	query   string // with the filter in place of %s, and a mark for the last id of the page before and the length of a page
	args    []any  // for the marks in front of the filter's
	at      string // the column that From and To limit
	columns []column[R]
}

// column is a column of a sheet.
type column[R row] struct {
	name   string // the title has the key export.column.NAME
	width  float64
	format sheet.Format
	value  func(R, i18n.Printer) any
}

// page is how many rows are read at a time.
const page = 1000

// maxRows bounds a sheet: Excel takes 1,048,576 rows.
const maxRows = 1_000_000

// write writes all rows of one instant, in the order in which they were made, and returns how many there are.
func write[R row](ctx context.Context, e *Exporter, t table[R], f Filter, to io.Writer, format Format, p i18n.Printer) (int, error) {
	if err := f.check(e.tree); err != nil {
		return 0, err
	}
	out, err := open(to, t, format, p)
	if err != nil {
		return 0, err
	}
	where, values := f.where(t.at)
	query, args, rows := fmt.Sprintf(t.query, where), append(t.args, values...), 0
	err = e.db.Snapshot(ctx, func(q db.Q) error {
		for last := id.ID(0); ; {
			var all []R
			if err := q.Select(ctx, &all, query, append(args[:len(args):len(args)], int64(last), page)...); err != nil {
				return err
			}
			for _, r := range all {
				if err := out.row(r); err != nil {
					return err
				}
			}
			if rows += len(all); len(all) < page {
				return nil
			}
			last = all[len(all)-1].key()
		}
	})
	return rows, errors.Join(err, out.end())
}

// writer is the file of one format.
type writer[R row] interface {
	row(r R) error
	end() error
}

// open begins a file. Invalid for a format that there is not.
func open[R row](out io.Writer, t table[R], format Format, p i18n.Printer) (writer[R], error) {
	columns := make([]sheet.Column, len(t.columns))
	for n, c := range t.columns {
		columns[n] = sheet.Column{Title: p.T("export.column."+c.name, nil), Width: c.width, Format: c.format}
	}
	switch format {
	case XLSX:
		book := sheet.NewXLSX()
		book.Sheet(p.T(t.title, nil), columns...)
		return &workbook[R]{rowsOf(t, p), book, out, 0}, nil
	case CSV:
		return &lines[R]{rowsOf(t, p), sheet.NewCSV(out, columns...)}, nil
	case JSON:
		return &array[R]{out: out}, nil
	}
	return nil, errs.Fields{"format": {Key: "error.choice"}}.Err()
}

// rowsOf returns what turns a row into the cells of a sheet.
func rowsOf[R row](t table[R], p i18n.Printer) func(R) []any {
	return func(r R) []any {
		cells := make([]any, len(t.columns))
		for n, c := range t.columns {
			cells[n] = c.value(r, p)
		}
		return cells
	}
}

type workbook[R row] struct {
	cells func(R) []any
	book  *sheet.XLSX
	out   io.Writer
	rows  int
}

func (w *workbook[R]) row(r R) error {
	if w.rows++; w.rows > maxRows {
		return errs.Invalid("export.many").With("max", maxRows)
	}
	w.book.Row(w.cells(r)...)
	return nil
}

func (w *workbook[R]) end() error {
	_, err := w.book.WriteTo(w.out)
	return err
}

type lines[R row] struct {
	cells func(R) []any
	csv   *sheet.CSV
}

func (w *lines[R]) row(r R) error {
	w.csv.Row(w.cells(r)...)
	return nil
}

func (w *lines[R]) end() error { return w.csv.Flush() }

// array is a JSON array with a line for each row.
type array[R row] struct {
	out   io.Writer
	begun bool
}

func (w *array[R]) row(r R) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	before := ",\n"
	if !w.begun {
		before, w.begun = "[\n", true
	}
	_, err = fmt.Fprintf(w.out, "%s%s", before, b)
	return err
}

func (w *array[R]) end() error {
	text := "\n]\n"
	if !w.begun {
		text = "[]\n"
	}
	_, err := io.WriteString(w.out, text)
	return err
}
