package report

import (
	"fmt"
	"io"
	"slices"
	"strconv"

	"zhigang/internal/calendar"
	"zhigang/internal/i18n"
	"zhigang/internal/position"
	"zhigang/internal/sheet"
)

// XLSX writes a bureau's report as a workbook in the language of p, numbers as numbers: a summary with the sentence,
// every figure with its definition, and the hash; the figures by region; by kind of position; and by both.
func (b Bureau) XLSX(out io.Writer, p i18n.Printer) error {
	w := sheet.NewXLSX()
	b.summarySheet(w, p)
	b.regionSheet(w, p)
	b.kindSheet(w, p)
	b.crossSheet(w, p)
	if _, err := w.WriteTo(out); err != nil {
		return fmt.Errorf("write the report of %s %s as XLSX: %w", b.Region.Code, b.Week, err)
	}
	return nil
}

// FileName is what the workbook is called when it is saved, without its ending.
func (b Bureau) FileName(p i18n.Printer) string {
	return p.T("report.file", map[string]any{"region": b.Region.Name, "week": b.Week})
}

// WeekText names the week with its first and last day.
func (s Span) WeekText(p i18n.Printer) string {
	week, err := calendar.ParseWeek(s.Week)
	if err != nil {
		return s.Week
	}
	return p.T("report.week", map[string]any{
		"year": week.Year, "week": week.Number, "first": week.First(), "last": week.Last(),
	})
}

func (b Bureau) summarySheet(w *sheet.XLSX, p i18n.Printer) {
	w.Sheet(p.T("report.sheet.summary", nil),
		sheet.Column{Title: p.T("report.column.figure", nil), Width: 24},
		sheet.Column{Title: p.T("report.column.value", nil), Width: 12, Format: sheet.Whole},
		sheet.Column{Title: p.T("report.column.unit", nil), Width: 10},
		sheet.Column{Title: p.T("report.column.definition", nil), Width: 90})
	text := func(key, value string) { w.Row(p.T(key, nil), nil, nil, value) }
	text("report.field.region", b.Region.Name+" "+b.Region.Code)
	text("report.field.week", b.WeekText(p))
	sentence := b.Sentence.Zh
	if p.Lang == i18n.En {
		sentence = b.Sentence.En
	}
	text("report.field.sentence", sentence)
	for _, d := range All() {
		w.Row(p.T(d.NameKey(), nil), b.Figures[d.Figure], p.T(d.UnitKey(), nil), p.T(d.TextKey(), nil))
	}
	text("report.total", p.T("report.parts", nil))
	text("report.field.made_at", b.MadeAt.In(calendar.China()).Format("2006-01-02 15:04"))
	text("report.field.definitions", strconv.Itoa(b.Definitions))
	if b.Running {
		text("report.field.hash", p.T("report.running", nil))
		return
	}
	text("report.field.hash", b.Hash)
}

func (b Bureau) regionSheet(w *sheet.XLSX, p i18n.Printer) {
	all := All()
	w.Sheet(p.T("report.sheet.regions", nil), append([]sheet.Column{
		{Title: p.T("report.column.code", nil), Width: 12, Format: sheet.Code},
		{Title: p.T("report.column.region", nil), Width: 18},
	}, figureColumns(all, p)...)...)
	w.Row(append([]any{b.Region.Code, p.T("report.total", nil)}, b.Figures.of(all)...)...)
	for _, part := range b.ByRegion {
		w.Row(append([]any{part.Region.Code, part.name(p)}, part.Figures.of(all)...)...)
	}
}

func (b Bureau) kindSheet(w *sheet.XLSX, p i18n.Printer) {
	all := slices.DeleteFunc(All(), func(d Definition) bool { return !d.ByKind })
	kind := sheet.Column{Title: p.T("report.column.kind", nil), Width: 18}
	w.Sheet(p.T("report.sheet.kinds", nil), append([]sheet.Column{kind}, figureColumns(all, p)...)...)
	w.Row(append([]any{p.T("report.total", nil)}, b.Figures.of(all)...)...)
	for _, k := range position.Kinds() {
		w.Row(append([]any{p.T("report.kind."+string(k), nil)}, b.ByKind[k].of(all)...)...)
	}
}

// crossSheet has a line for each region and kind of which there is something.
func (b Bureau) crossSheet(w *sheet.XLSX, p i18n.Printer) {
	all := slices.DeleteFunc(All(), func(d Definition) bool { return !d.ByKind })
	w.Sheet(p.T("report.sheet.cross", nil), append([]sheet.Column{
		{Title: p.T("report.column.code", nil), Width: 12, Format: sheet.Code},
		{Title: p.T("report.column.region", nil), Width: 18},
		{Title: p.T("report.column.kind", nil), Width: 18},
	}, figureColumns(all, p)...)...)
	for _, part := range b.ByRegion {
		for _, k := range position.Kinds() {
			if figures, some := part.ByKind[k]; some {
				w.Row(append([]any{part.Region.Code, part.name(p), p.T("report.kind."+string(k), nil)}, figures.of(all)...)...)
			}
		}
	}
}

// name names the part; the organizations of the region itself as such.
func (part Part) name(p i18n.Printer) string {
	if part.Own {
		return p.T("report.region.own", map[string]any{"region": part.Region.Name})
	}
	return part.Region.Name
}

func figureColumns(all []Definition, p i18n.Printer) []sheet.Column {
	columns := make([]sheet.Column, len(all))
	for n, d := range all {
		columns[n] = sheet.Column{Title: p.T(d.NameKey(), nil), Width: 11, Format: sheet.Whole}
	}
	return columns
}

// of lists numbers in the order of definitions.
func (f Figures) of(all []Definition) []any {
	out := make([]any, len(all))
	for n, d := range all {
		out[n] = f[d.Figure]
	}
	return out
}
