package sheet

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// XLSX writes a workbook: one sheet after the other, row by row. What goes wrong is kept and returned by WriteTo.
//
//	w := sheet.NewXLSX()
//	w.Sheet("岗位", sheet.Column{Title: "岗位名称", Width: 24}, sheet.Column{Title: "电话", Format: sheet.Code})
//	w.Row("社工", "020-12345678")
//	_, err := w.WriteTo(out)
//
// Every sheet has a header in bold that stays in view and is repeated on each printed page (A4, landscape, as wide as
// the page), with filters. Texts are kept as texts: one that looks like a formula is none, and stays none when it is
// edited.
type XLSX struct {
	file    *excelize.File
	stream  *excelize.StreamWriter
	name    string
	columns []Column
	styles  map[Format]int
	header  int
	rows    int
	err     error
}

// NewXLSX returns an empty workbook.
func NewXLSX() *XLSX {
	w := &XLSX{file: excelize.NewFile(), styles: map[Format]int{}}
	w.keep(w.file.SetDocProps(&excelize.DocProperties{Creator: "zhigang"}))
	border := []excelize.Border{{Type: "bottom", Color: "7F7F7F", Style: 1}}
	w.header = w.style(&excelize.Style{
		Font: &excelize.Font{Bold: true}, Border: border, NumFmt: 49,
		Fill:      excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"EDEDED"}},
		Alignment: &excelize.Alignment{Vertical: "center", WrapText: true},
	})
	custom := func(code string) *excelize.Style { return &excelize.Style{CustomNumFmt: &code, Alignment: top()} }
	w.styles = map[Format]int{
		Text:    w.style(&excelize.Style{Alignment: top()}),
		Code:    w.style(&excelize.Style{NumFmt: 49, Alignment: top()}),
		Whole:   w.style(&excelize.Style{NumFmt: 3, Alignment: top()}),
		Decimal: w.style(&excelize.Style{NumFmt: 4, Alignment: top()}),
		Day:     w.style(custom("yyyy-mm-dd")),
		Instant: w.style(custom("yyyy-mm-dd hh:mm")),
	}
	return w
}

func top() *excelize.Alignment { return &excelize.Alignment{Vertical: "top", WrapText: true} }

func (w *XLSX) style(s *excelize.Style) int {
	n, err := w.file.NewStyle(s)
	w.keep(err)
	return n
}

func (w *XLSX) keep(err error) {
	if w.err == nil {
		w.err = err
	}
}

// Sheet begins a sheet. Characters that Excel does not allow in names become spaces; a name has 31 at most.
func (w *XLSX) Sheet(name string, columns ...Column) {
	first := w.stream == nil
	w.end()
	if w.err != nil {
		return
	}
	w.name, w.columns, w.rows = sheetName(name), columns, 1
	if first {
		w.keep(w.file.SetSheetName(w.file.GetSheetName(0), w.name))
	} else {
		_, err := w.file.NewSheet(w.name)
		w.keep(err)
	}
	w.layout()
	stream, err := w.file.NewStreamWriter(w.name)
	if w.keep(err); w.err != nil {
		return
	}
	w.stream = stream
	w.keep(stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}))
	titles := make([]any, len(columns))
	for n, c := range columns {
		titles[n] = excelize.Cell{StyleID: w.header, Value: c.Title}
		width := c.Width
		if width == 0 {
			width = min(40, max(10, 2*float64(utf8.RuneCountInString(c.Title))+2))
		}
		w.keep(stream.SetColWidth(n+1, n+1, width))
		w.keep(stream.SetColStyle(n+1, n+1, w.styles[c.Format]))
	}
	w.keep(stream.SetRow("A1", titles))
}

// layout makes the sheet print well. It must be done before rows are written.
func (w *XLSX) layout() {
	landscape, a4, one, many, fit := "landscape", 9, 1, 0, true
	w.keep(w.file.SetSheetProps(w.name, &excelize.SheetPropsOptions{FitToPage: &fit}))
	w.keep(w.file.SetPageLayout(w.name, &excelize.PageLayoutOptions{
		Orientation: &landscape, Size: &a4, FitToWidth: &one, FitToHeight: &many,
	}))
	w.keep(w.file.SetHeaderFooter(w.name, &excelize.HeaderFooterOptions{OddFooter: "&C&P / &N"}))
	w.keep(w.file.SetDefinedName(&excelize.DefinedName{
		Name: "_xlnm.Print_Titles", RefersTo: "'" + w.name + "'!$1:$1", Scope: w.name,
	}))
}

// Row writes a row: texts, numbers, Fen, calendar.Day, instants; nil and zero days are blank. A text that is longer
// than 32,767 characters is cut there, because Excel takes no more.
func (w *XLSX) Row(values ...any) {
	if w.err == nil && w.stream == nil {
		w.keep(fmt.Errorf("sheet: a row was written before a sheet was begun"))
	}
	if w.err != nil {
		return
	}
	cells := make([]any, len(values))
	for n, v := range values {
		format := Text
		if n < len(w.columns) {
			format = w.columns[n].Format
		}
		if c := cellOf(v, format); c.value != nil {
			cells[n] = excelize.Cell{StyleID: w.styles[c.format], Value: c.value}
		}
	}
	w.rows++
	at, err := excelize.CoordinatesToCellName(1, w.rows)
	w.keep(err)
	w.keep(w.stream.SetRow(at, cells))
}

// end finishes the sheet that was begun last.
func (w *XLSX) end() {
	if w.stream == nil || w.err != nil {
		return
	}
	last, err := excelize.CoordinatesToCellName(max(1, len(w.columns)), w.rows)
	w.keep(err)
	w.keep(w.file.AutoFilter(w.name, "A1:"+last, nil))
	for n, c := range w.columns {
		if len(c.Choices) == 0 {
			continue
		}
		column, err := excelize.ColumnNumberToName(n + 1)
		w.keep(err)
		list := excelize.NewDataValidation(true)
		list.SetSqref(fmt.Sprintf("%s2:%s%d", column, column, excelize.TotalRows))
		w.keep(list.SetDropList(c.Choices))
		w.keep(w.file.AddDataValidation(w.name, list))
	}
	w.keep(w.stream.Flush())
}

// WriteTo writes the workbook and closes it. The error is the first that any call met.
func (w *XLSX) WriteTo(out io.Writer) (int64, error) {
	w.end()
	var n int64
	if w.err == nil {
		var err error
		n, err = w.file.WriteTo(out)
		w.keep(err)
	}
	w.Close()
	return n, w.err
}

// Close gives up a workbook that is not to be written: a large one keeps its rows in temporary files.
func (w *XLSX) Close() { w.keep(w.file.Close()) }

func sheetName(name string) string {
	runes := []rune(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\'`, r) {
			return ' '
		}
		return r
	}, name))
	return strings.TrimSpace(string(runes[:min(len(runes), 31)]))
}

// CSV writes a text file that Excel opens in the right encoding: UTF-8 with a mark. Texts that look like formulas
// have an apostrophe in front, which Open takes away again.
type CSV struct {
	out     *csv.Writer
	columns []Column
	err     error
}

// NewCSV begins a CSV file with a header.
func NewCSV(out io.Writer, columns ...Column) *CSV {
	w := &CSV{out: csv.NewWriter(out), columns: columns}
	w.out.UseCRLF = true
	_, w.err = io.WriteString(out, "\ufeff")
	titles := make([]any, len(columns))
	for n, c := range columns {
		titles[n] = c.Title
	}
	w.Row(titles...)
	return w
}

// Row writes a row of values as XLSX.Row takes them.
func (w *CSV) Row(values ...any) {
	record := make([]string, len(values))
	for n, v := range values {
		c := cellOf(v, Text)
		record[n] = c.text
		if _, isText := c.value.(string); isText {
			record[n] = disarm(c.text)
		}
	}
	if err := w.out.Write(record); w.err == nil {
		w.err = err
	}
}

// Flush writes what is left and returns the first error that any call met.
func (w *CSV) Flush() error {
	w.out.Flush()
	if w.err == nil {
		w.err = w.out.Error()
	}
	return w.err
}
