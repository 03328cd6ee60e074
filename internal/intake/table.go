package intake

import (
	"iter"
	"slices"

	"zhigang/internal/errs"
	"zhigang/internal/sheet"
)

// table is the sheet of a file that holds the positions, and what its columns mean.
type table struct {
	file    *sheet.File
	mapping Mapping
	headers []string
	total   int // the number of the last row
}

const (
	headerDepth = 20 // rows in which the headers are looked for: titles and notes may stand above them
	sampleRows  = 20 // rows that are looked at to tell what a column holds
)

// openTable opens a file and finds its positions. With a mapping, sheet and headers are where it says; otherwise they
// are where most headers are recognised, within the sheet that the mapping may name all the same, and mapped by
// guess; sheets that are called as one of skip are left out unless the mapping names them. Invalid and TooLarge as for
// sheet.Open, and for a mapping that does not fit.
func openTable(content []byte, m Mapping, skip ...string) (*table, error) {
	f, err := sheet.Open(content, sheet.DefaultLimits())
	if err != nil {
		return nil, err
	}
	if !m.IsZero() {
		return mapped(f, m)
	}
	best, most := (*table)(nil), -1
	for _, s := range f.Sheets() {
		if m.Sheet != "" && m.Sheet != s.Name || m.Sheet == "" && slices.Contains(skip, s.Name) {
			continue
		}
		t, known, err := find(f, s, m)
		if err != nil {
			return nil, err
		}
		if t != nil && known > most {
			best, most = t, known
		}
	}
	if best == nil {
		return nil, errs.Invalid("sheet.empty")
	}
	return best, nil
}

// find looks for the headers of one sheet: the row of which most is recognised, the first among equals; where nothing
// is, the row with most cells. A mapping may name the row. known is how many fields were found; nil is a sheet
// without rows.
func find(f *sheet.File, s sheet.Sheet, m Mapping) (t *table, known int, err error) {
	head, err := first(f, s.Name, headerDepth+sampleRows)
	if err != nil {
		return nil, 0, err
	}
	for n, row := range head[:min(headerDepth, len(head))] {
		if m.Header != 0 && m.Header != row.Number {
			continue
		}
		columns := guess(row.Cells, samples(head[n+1:], len(row.Cells)))
		if t == nil || len(columns) > known || known == 0 && len(row.Cells) > len(t.headers) {
			known = len(columns)
			t = &table{f, Mapping{s.Name, row.Number, columns}, row.Cells, s.Rows}
		}
	}
	return t, known, nil
}

// mapped returns the table that a mapping names.
func mapped(f *sheet.File, m Mapping) (*table, error) {
	n := slices.IndexFunc(f.Sheets(), func(s sheet.Sheet) bool { return s.Name == m.Sheet })
	if n < 0 {
		return nil, errs.Invalid("sheet.none")
	}
	t := &table{file: f, mapping: m, total: f.Sheets()[n].Rows}
	for row, err := range f.Rows(m.Sheet) {
		if err != nil {
			return nil, err
		}
		if row.Number == m.Header {
			t.headers = slices.Clone(row.Cells)
			return t, nil
		}
	}
	return nil, errs.Invalid("intake.header")
}

// first returns the first rows of a sheet.
func first(f *sheet.File, name string, n int) ([]sheet.Row, error) {
	var out []sheet.Row
	for row, err := range f.Rows(name) {
		if err != nil {
			return nil, err
		}
		row.Cells = slices.Clone(row.Cells)
		if out = append(out, row); len(out) == n {
			break
		}
	}
	return out, nil
}

// samples returns the texts of each column in the given rows.
func samples(rows []sheet.Row, columns int) [][]string {
	out := make([][]string, columns)
	for _, row := range rows {
		for n, text := range row.Cells {
			if text = clean(text); n < columns && text != "" {
				out[n] = append(out[n], text)
			}
		}
	}
	return out
}

// rows yields the rows below the headers in which a mapped column holds something. Headers that are repeated, as on
// each page of a printed list, are left out.
func (t *table) rows() iter.Seq2[sheet.Row, error] {
	return func(yield func(sheet.Row, error) bool) {
		for row, err := range t.file.Rows(t.mapping.Sheet) {
			if err != nil {
				yield(row, err)
				return
			}
			if row.Number <= t.mapping.Header || slices.Equal(row.Cells, t.headers) || !t.says(row) {
				continue
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// says reports whether the row says anything of a position.
func (t *table) says(row sheet.Row) bool {
	for n, text := range row.Cells {
		if t.mapping.Columns[n].says() && clean(text) != "" {
			return true
		}
	}
	return false
}

// unmapped lists the headers that mean nothing to this program.
func (t *table) unmapped() []string {
	out := []string{}
	for n, header := range t.headers {
		if _, ok := t.mapping.Columns[n]; !ok && clean(header) != "" {
			out = append(out, clean(header))
		}
	}
	return out
}
