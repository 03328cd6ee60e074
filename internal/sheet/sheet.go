// Package sheet reads spreadsheets that strangers made and writes those that people take away: XLSX and CSV. What it
// reads is checked before it is decoded and is decoded row by row; what it writes can start no formula.
//
// Writing is left to excelize. Reading is not: its row reader ends in silence where the XML breaks off, so that a
// damaged file reads as a shorter one, it panics on a string number below zero, and it shows a day as the cell's
// format has it, often without the year. The decoder here knows less and reports more.
package sheet

import (
	"bytes"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"zhigang/internal/errs"
)

// Limits bound what a file may ask of the machine.
type Limits struct {
	Bytes    int64 // of the file
	Unzipped int64 // of all parts of an XLSX
	Ratio    int64 // unzipped to zipped, of a part of more than a megabyte
	Parts    int   // of an XLSX
	Strings  int   // entries in the string table of an XLSX
	Text     int64 // bytes of that table, which is kept in memory
	Rows     int   // of a sheet, its header and blank rows included
	Columns  int   // that hold something
	Cell     int   // characters in a cell
}

// DefaultLimits are those of an import: 100,000 rows, and in a cell what Excel itself allows.
func DefaultLimits() Limits {
	return Limits{
		Bytes: 20 << 20, Unzipped: 256 << 20, Ratio: 300, Parts: 1000, Strings: 2_000_000, Text: 96 << 20,
		Rows: 100_000, Columns: 200, Cell: 32_767,
	}
}

// Sheet is one sheet of a file.
type Sheet struct {
	Name string // "" for CSV, which has one sheet without a name
	Rows int    // the number of the last row
}

// Row is one row that holds something.
type Row struct {
	Number int // as the spreadsheet program counts: the first row is 1
	// Cells are texts, without what is blank at the end of the row. A cell with a day reads 2026-11-22, one with a day and
	// time 2026-11-22 09:30, whatever its format; numbers have no separators. Of cells that are merged downwards each
	// row has the text. The slice belongs to the reader: it is overwritten by the next row.
	Cells []string
}

// File is a spreadsheet that has been checked and can be read, any number of times.
type File struct {
	sheets []Sheet
	rows   func(sheet string) iter.Seq2[Row, error]
}

// Open checks a file and makes it ready to be read. What it is, is told by its first bytes, not by its name. TooLarge
// (413) for what goes beyond the limits; Invalid (422) for what is no spreadsheet, is damaged, is protected by a
// password, or carries macros or links to other files.
func Open(content []byte, l Limits) (f *File, err error) {
	defer func() {
		if p := recover(); p != nil {
			f, err = nil, broken("panic: %v", p)
		}
	}()
	text := bytes.TrimLeft(content, "\xef\xbb\xbf \r\n\t")
	switch {
	case int64(len(content)) > l.Bytes:
		return nil, errs.TooLarge("sheet.bytes").With("max", l.Bytes>>20)
	case len(text) == 0:
		return nil, errs.Invalid("sheet.empty")
	case bytes.HasPrefix(content, []byte("PK\x03\x04")):
		return openXLSX(content, l)
	case bytes.HasPrefix(content, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return nil, refuseOLE(content)
	case bytes.HasPrefix(text, []byte("%PDF")), bytes.HasPrefix(text, []byte("<")):
		return nil, errs.Invalid("sheet.type")
	}
	return openCSV(content, l)
}

// refuseOLE says what an old compound file is: a protected XLSX is wrapped in one, otherwise it is an .xls.
func refuseOLE(content []byte) error {
	var wide []byte
	for _, c := range []byte("EncryptedPackage") {
		wide = append(wide, c, 0)
	}
	if bytes.Contains(content, wide) {
		return errs.Invalid("sheet.encrypted")
	}
	return errs.Invalid("sheet.xls")
}

// Sheets lists the sheets that are not hidden, in order; there is at least one.
func (f *File) Sheets() []Sheet { return f.sheets }

// Rows yields the rows of a sheet that hold something, one at a time. After an error, which is TooLarge or Invalid,
// nothing more comes.
func (f *File) Rows(sheet string) iter.Seq2[Row, error] { return f.rows(sheet) }

// check drops blank cells at the end of a row and holds it against the limits.
func (l Limits) check(row Row) (Row, error) {
	for n := len(row.Cells); n > 0 && isBlank(row.Cells[n-1:]); n-- {
		row.Cells = row.Cells[:n-1]
	}
	if len(row.Cells) > l.Columns {
		return row, errs.TooLarge("sheet.columns").With("max", l.Columns)
	}
	for _, cell := range row.Cells {
		if len(cell) > l.Cell && utf8.RuneCountInString(cell) > l.Cell {
			return row, errs.TooLarge("sheet.cell").With("row", row.Number).With("max", l.Cell)
		}
	}
	return row, nil
}

// isBlank reports whether there is nothing to see in any of the cells.
func isBlank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(cell string) bool { return strings.TrimSpace(cell) != "" })
}
