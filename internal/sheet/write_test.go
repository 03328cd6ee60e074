package sheet_test

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/id"
	"zhigang/internal/sheet"
)

// count and kind are types as nouns have them.
type (
	count int
	kind  string
)

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	columns := []sheet.Column{
		{Title: "名称"}, {Title: "代码", Format: sheet.Code}, {Title: "人数", Format: sheet.Whole}, {Title: "金额"},
		{Title: "日期"}, {Title: "时间"}, {Title: "编号"},
	}
	at := time.Date(2026, 11, 22, 1, 30, 0, 0, time.UTC)
	values := []any{
		"社工 <甲>\n乙\x00\x1f", 44011300123456789, count(1200), sheet.Fen(123450), calendar.Day("2026-12-31"), db.At(at),
		id.ID(7),
	}
	blank := []any{kind("乙"), "007", 0.5, sheet.Fen(-5), calendar.Day(""), time.Time{}, nil}
	want := [][]string{
		{"1", "名称", "代码", "人数", "金额", "日期", "时间", "编号"},
		{"2", "社工 <甲>\n乙", "44011300123456789", "1200", "1234.5", "2026-12-31", "2026-11-22 09:30", "0000000000007"},
		{"3", "乙", "007", "0.5", "-0.05"},
	}
	var out bytes.Buffer
	w := sheet.NewXLSX()
	w.Sheet("甲/乙", columns...)
	w.Row(values...)
	w.Row(blank...)
	if _, err := w.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	wantRows(t, mustRead(t, out.Bytes()), want...)

	out.Reset()
	c := sheet.NewCSV(&out, columns...)
	c.Row(values...)
	c.Row(blank...)
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(out.Bytes(), []byte("\ufeff")) {
		t.Error("Excel needs the mark to read Chinese")
	}
	want[1][4] = "1234.50"
	wantRows(t, mustRead(t, out.Bytes()), want...)
}

func TestAFormulaStaysAText(t *testing.T) {
	attacks := []string{
		`=HYPERLINK("http://x.example","点")`, "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r=1", "\n=1",
		" =1+1", "\u00a0=1+1", "\u3000=1+1", "＝1+1", "＋1", "－1", "＠SUM", "\ufeff=1",
	}
	var book, text bytes.Buffer
	w, c := sheet.NewXLSX(), sheet.NewCSV(&text, sheet.Column{Title: "=1+1"})
	w.Sheet("一", sheet.Column{Title: "=1+1"})
	for _, a := range attacks {
		w.Row(a)
		c.Row(a)
	}
	if _, err := w.WriteTo(&book); err != nil {
		t.Fatal(err)
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(book.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(attacks) + 1 {
		at := fmt.Sprintf("A%d", n+1)
		is, err := f.GetCellType("一", at)
		if err != nil || is != excelize.CellTypeInlineString {
			t.Errorf("%s is a %v, %v", at, is, err)
		}
		if formula, _ := f.GetCellFormula("一", at); formula != "" {
			t.Errorf("%s became a formula: %s", at, formula)
		}
		id, _ := f.GetCellStyle("一", at)
		if style, err := f.GetStyle(id); err != nil || style.NumFmt != 49 {
			t.Errorf("%s would become a formula when it is edited: %+v, %v", at, style, err)
		}
	}
	lines := strings.Split(strings.TrimPrefix(text.String(), "\ufeff"), "\r\n")
	if lines[0] != "'=1+1" {
		t.Errorf("header: %q", lines[0])
	}
	for n, row := range mustRead(t, text.Bytes())[1:] {
		if want := strings.NewReplacer("\r", "").Replace(attacks[n]); strings.ReplaceAll(row[1], "\r", "") != want {
			t.Errorf("%q came back as %q", want, row[1])
		}
	}
	for _, line := range strings.Split(strings.ReplaceAll(text.String()[3:], "\r\n", "\n"), "\n") {
		if line != "" && !strings.HasPrefix(line, "'") && !strings.HasPrefix(line, `"'`) && !strings.HasPrefix(line, "=1") {
			t.Errorf("a line of the CSV begins with %q", line)
		}
	}
}

func TestAWrittenSheetIsMadeForExcelAndForPaper(t *testing.T) {
	var out bytes.Buffer
	w := sheet.NewXLSX()
	w.Sheet("岗位",
		sheet.Column{Title: "类型", Choices: []string{"全职", "就业见习"}},
		sheet.Column{Title: "电话", Format: sheet.Code, Width: 18})
	for n := range 5 {
		w.Row("全职", n)
	}
	w.Sheet("说明", sheet.Column{Title: "项目"})
	if _, err := w.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	if panes, err := f.GetPanes("岗位"); err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("panes %+v, %v", panes, err)
	}
	if width, _ := f.GetColWidth("岗位", "B"); width != 18 {
		t.Errorf("width %v", width)
	}
	if id, _ := f.GetColStyle("岗位", "B"); id == 0 {
		t.Error("a telephone number that is typed would lose its zero")
	}
	lists, err := f.GetDataValidations("岗位")
	if err != nil || len(lists) != 1 || lists[0].Formula1 != `"全职,就业见习"` || lists[0].Sqref != "A2:A1048576" {
		t.Errorf("lists %+v, %v", lists, err)
	}
	layout, err := f.GetPageLayout("岗位")
	if err != nil || *layout.Orientation != "landscape" || *layout.Size != 9 || *layout.FitToWidth != 1 {
		t.Errorf("layout %+v, %v", layout, err)
	}
	names := map[string]string{}
	for _, n := range f.GetDefinedName() {
		names[n.Name+" "+n.Scope] = n.RefersTo
	}
	for name, want := range map[string]string{
		"_xlnm.Print_Titles 岗位": "'岗位'!$1:$1", "_xlnm.Print_Titles 说明": "'说明'!$1:$1", "_xlnm._FilterDatabase 岗位": "'岗位'!$A$1:$B$6",
	} {
		if names[name] != want {
			t.Errorf("%s is %q", name, names[name])
		}
	}
	if got := f.GetSheetList(); !slices.Equal(got, []string{"岗位", "说明"}) {
		t.Errorf("sheets %v", got)
	}
}

func TestAnErrorOfAWriterIsToldAtTheEnd(t *testing.T) {
	w := sheet.NewXLSX()
	w.Row("before any sheet")
	if _, err := w.WriteTo(io.Discard); err == nil {
		t.Error("a row without a sheet")
	}
	w = sheet.NewXLSX()
	w.Sheet("甲", sheet.Column{Title: "选", Choices: []string{strings.Repeat("长", 300)}})
	if _, err := w.WriteTo(io.Discard); err == nil {
		t.Error("a list that Excel does not take")
	}
}
