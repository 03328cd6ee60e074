package intake

import (
	"io"
	"strings"

	"zhigang/internal/i18n"
	"zhigang/internal/sheet"
)

// maxRefused bounds the sheet of rows that were not taken: who finds more wrong than that mends the whole.
const maxRefused = 20_000

// refused is the sheet of rows that were not taken: as they were, with what is wrong, ready to be put right and
// imported.
type refused struct {
	book    *sheet.XLSX
	columns []int // of the file
	rows    int
	printer i18n.Printer
}

// newRefused begins the sheet with the headers of the file. All cells are text, so that Excel makes no day of 3-5.
func newRefused(t *table, printer i18n.Printer) *refused {
	r := &refused{book: sheet.NewXLSX(), printer: printer}
	var columns []sheet.Column
	for n, header := range t.headers {
		if f := t.mapping.Columns[n]; f != Tag && f != Note { // those of an earlier sheet of this kind are said anew
			columns = append(columns, sheet.Column{Title: header, Format: sheet.Code, Width: 18})
			r.columns = append(r.columns, n)
		}
	}
	columns = append(columns,
		sheet.Column{Title: printer.T("intake.refused.row", nil), Width: 10},
		sheet.Column{Title: printer.T("intake.refused.tag", nil), Format: sheet.Code, Width: 14},
		sheet.Column{Title: printer.T("intake.refused.wrong", nil), Width: 60})
	r.book.Sheet(printer.T("intake.refused.sheet", nil), columns...)
	return r
}

// add writes a row. A nil sheet forgets it.
func (r *refused) add(p parsed, cells []string) {
	if r == nil {
		return
	}
	if r.rows++; r.rows > maxRefused {
		return
	}
	values := make([]any, len(r.columns))
	for n, at := range r.columns {
		if at < len(cells) {
			values[n] = cells[at]
		}
	}
	r.book.Row(append(values, p.Row, p.Tag, explain(r.printer, p.Problems))...)
}

// save writes the sheet, if there is anything in it.
func (r *refused) save(out io.Writer) error {
	if r == nil || r.rows == 0 {
		return nil
	}
	_, err := r.WriteTo(out)
	return err
}

// WriteTo writes the sheet.
func (r *refused) WriteTo(out io.Writer) (int64, error) { return r.book.WriteTo(out) }

// explain says in one line what is wrong with a row.
func explain(p i18n.Printer, problems []Problem) string {
	var all []string
	for _, one := range problems {
		all = append(all, p.T("intake.refused.field", map[string]any{
			"field": p.T("intake.field."+string(one.Field), nil), "text": p.T(one.Key, one.Params),
		}))
	}
	return strings.Join(all, p.T("intake.refused.and", nil))
}
