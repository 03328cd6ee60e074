package sheet_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"zhigang/internal/errs"
	"zhigang/internal/sheet"
)

// book builds an XLSX by hand: the usual parts, replaced or joined by those given.
func book(t testing.TB, extra map[string]string) []byte {
	t.Helper()
	const spreadsheet = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	const relation = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	related := func(id, kind, target string) string {
		return fmt.Sprintf(`<Relationship Id="%s" Type="%s/%s" Target="%s"/>`, id, relation, kind, target)
	}
	all := map[string]string{
		"_rels/.rels": `<Relationships>` + related("rId1", "officeDocument", "xl/workbook.xml") + `</Relationships>`,
		"xl/workbook.xml": `<?xml version="1.0"?><workbook ` + spreadsheet + ` xmlns:r="` + relation + `">` +
			`<sheets><sheet name="岗位" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships>` + related("rId1", "worksheet", "worksheets/sheet1.xml") +
			related("rId2", "sharedStrings", "/xl/sharedStrings.xml") + related("rId3", "styles", "styles.xml") +
			`</Relationships>`,
		"xl/worksheets/sheet1.xml": `<worksheet ` + spreadsheet + `><sheetData/></worksheet>`,
	}
	for name, content := range extra {
		all[name] = content
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, content := range all {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// rowsOf builds a sheet from the XML of its rows.
func rowsOf(rows string) map[string]string {
	return map[string]string{"xl/worksheets/sheet1.xml": `<worksheet><sheetData>` + rows + `</sheetData></worksheet>`}
}

// read returns all rows of the first sheet, each with its number in front.
func read(content []byte, l sheet.Limits) ([][]string, error) {
	f, err := sheet.Open(content, l)
	if err != nil {
		return nil, err
	}
	var all [][]string
	for row, err := range f.Rows(f.Sheets()[0].Name) {
		if err != nil {
			return all, err
		}
		all = append(all, append([]string{fmt.Sprint(row.Number)}, row.Cells...))
	}
	return all, nil
}

func mustRead(t *testing.T, content []byte) [][]string {
	t.Helper()
	all, err := read(content, sheet.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func wantRows(t *testing.T, got [][]string, want ...[]string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d rows instead of %d: %q", len(got), len(want), got)
	}
	for n := range want {
		if !slices.Equal(got[n], want[n]) {
			t.Errorf("row %d: %q, want %q", n, got[n], want[n])
		}
	}
}

func TestCellsAreReadWhateverProgramWroteThem(t *testing.T) {
	parts := rowsOf(`
		<row r="2"><c r="B2" t="s"><v>0</v></c><c r="D2" t="s"><v>1</v></c></row>
		<row>
			<c t="inlineStr"><is><t>甲</t></is></c><c><v>1.3812345678E10</v></c>
			<c><v>0.30000000000000004</v></c><c t="b"><v>1</v></c>
		</row>
		<row r="7" spans="1:4">
			<c r="A7" s="1"><v>46387</v></c><c r="B7" s="2"><v>46387.5</v></c>
			<c r="C7" s="3"><v>46387</v></c><c r="D7"><v>46387</v></c>
		</row>
		<row r="8">
			<c r="A8" t="str"><f>A1&amp;B1</f><v>算好的</v></c><c r="B8" t="e"><v>#N/A</v></c>
			<c r="C8" t="d"><v>2026-12-31T00:00:00</v></c><c r="D8" s="4"><v>0.5</v></c>
		</row>
		<row r="9"><c r="A9"><v></v></c><c r="B9" t="inlineStr"><is><t xml:space="preserve">  </t></is></c></row>`)
	parts["xl/sharedStrings.xml"] = `<sst>
		<si><r><t>社</t></r><r><t xml:space="preserve"> 工</t></r><rPh sb="0" eb="1"><t>シャ</t></rPh></si>
		<si><t>一行_x000D_` + "\n" + `二行&lt;_x005F_x0041_</t></si></sst>`
	parts["xl/styles.xml"] = `<styleSheet>
		<numFmts><numFmt numFmtId="176" formatCode="m&quot;月&quot;d&quot;日&quot;"/></numFmts>
		<cellXfs>
			<xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="176"/><xf numFmtId="10"/>
		</cellXfs></styleSheet>`
	got := mustRead(t, book(t, parts))
	wantRows(t, got,
		[]string{"2", "", "社 工", "", "一行\n二行<_x0041_"},
		[]string{"3", "甲", "13812345678", "0.3", "TRUE"},
		[]string{"7", "2026-12-31", "2026-12-31 12:00", "2026-12-31", "46387"},
		[]string{"8", "算好的", "#N/A", "2026-12-31", "0.5"},
	)
	for _, old := range []string{"1", "true"} {
		parts["xl/workbook.xml"] = `<x:workbook xmlns:x="urn:x" xmlns:r="urn:r"><x:workbookPr date1904="` + old + `"/>` +
			`<x:sheets><x:sheet name="一" r:id="rId1"/></x:sheets></x:workbook>`
		parts["xl/worksheets/sheet1.xml"] = `<x:worksheet xmlns:x="urn:x"><x:sheetData><x:row r="1">` +
			`<x:c r="A1" s="1"><x:v>44925</x:v></x:c></x:row></x:sheetData></x:worksheet>`
		wantRows(t, mustRead(t, book(t, parts)), []string{"1", "2026-12-31"})
	}
}

func TestTextsAreTheSameAsAnotherReaderFinds(t *testing.T) {
	f := excelize.NewFile()
	for row := 1; row <= 300; row++ {
		for column := 1; column <= 7; column++ {
			at, _ := excelize.CoordinatesToCellName(column, row)
			text := fmt.Sprintf("第%d行 <%d> & \"%c\"", row, column*row%17, rune(0x4e00+row))
			if err := f.SetCellStr("Sheet1", at, text); err != nil {
				t.Fatal(err)
			}
		}
	}
	var out bytes.Buffer
	if _, err := f.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	want, err := f.GetRows("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	for n, row := range mustRead(t, out.Bytes()) {
		if !slices.Equal(row[1:], want[n]) {
			t.Fatalf("row %s: %q, want %q", row[0], row[1:], want[n])
		}
	}
}

func TestCellsMergedDownwardsCountForEachOfTheirRows(t *testing.T) {
	parts := rowsOf(`
		<row r="1"><c r="A1" t="inlineStr"><is><t>单位</t></is></c><c r="B1" t="inlineStr"><is><t>岗位</t></is></c></row>
		<row r="2"><c r="A2" t="inlineStr"><is><t>甲协会</t></is></c><c r="B2" t="inlineStr"><is><t>社工</t></is></c></row>
		<row r="3"><c r="B3" t="inlineStr"><is><t>会计</t></is></c></row>
		<row r="4"/>
		<row r="5"><c r="B5" t="inlineStr"><is><t>司机</t></is></c></row>`)
	parts["xl/worksheets/sheet1.xml"] = strings.Replace(parts["xl/worksheets/sheet1.xml"], "</worksheet>",
		`<mergeCells count="2"><mergeCell ref="A2:A4"/><mergeCell ref="C1:D1"/></mergeCells></worksheet>`, 1)
	wantRows(t, mustRead(t, book(t, parts)),
		[]string{"1", "单位", "岗位"}, []string{"2", "甲协会", "社工"}, []string{"3", "甲协会", "会计"}, []string{"5", "", "司机"})
}

func TestHiddenSheetsAreNotOffered(t *testing.T) {
	w := sheet.NewXLSX()
	w.Sheet("岗位", sheet.Column{Title: "甲"})
	w.Sheet("填表说明", sheet.Column{Title: "乙"})
	var out bytes.Buffer
	if _, err := w.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.SetSheetVisible("填表说明", false); err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if _, err := f.WriteTo(&again); err != nil {
		t.Fatal(err)
	}
	got, err := sheet.Open(again.Bytes(), sheet.DefaultLimits())
	if err != nil || len(got.Sheets()) != 1 || got.Sheets()[0].Name != "岗位" {
		t.Fatalf("%+v, %v", got.Sheets(), err)
	}
	for _, err := range got.Rows("填表说明") {
		if !errs.Is(err, errs.KindInvalid) {
			t.Error("a hidden sheet was read:", err)
		}
	}
}

// spent returns how many bytes fn allocates.
func spent(fn func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	fn()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestAFileThatAsksForTooMuchIsRefusedBeforeItCostsAnything(t *testing.T) {
	zeros := strings.Repeat("0", 9<<20)
	many := map[string]string{}
	for n := range 1100 {
		many[fmt.Sprintf("xl/media/%d.png", n)] = ""
	}
	million := strings.Builder{}
	for n := range 1_048_576 {
		million.WriteString(`<row r="` + strconv.Itoa(n+1) + `"><c><v>1</v></c></row>`)
	}
	texts := rowsOf(`<row r="1"><c r="A1" t="s"><v>0</v></c></row>`)
	texts["xl/sharedStrings.xml"] = `<sst>` + strings.Repeat("<si/>", 2000) + `</sst>`
	few := sheet.DefaultLimits()
	few.Strings = 1999
	lines := "岗位名称\n" + strings.Repeat("社工\n", 100_000)
	small := sheet.DefaultLimits()
	small.Unzipped, small.Text = 2<<20, 1<<20
	table := rowsOf(``)
	table["xl/sharedStrings.xml"] = `<sst>` + strings.Repeat(`<si><t>`+longText+`</t></si>`, 3) + `</sst>`
	one := func(cells string) []byte { return book(t, rowsOf(`<row>`+cells+`</row>`)) }
	inline := func(text string) []byte { return one(`<c t="inlineStr"><is><t>` + text + `</t></is></c>`) }
	four := map[string]string{"xl/a.bin": longText, "xl/b.bin": longText, "xl/c.bin": longText, "xl/d.bin": longText + longText}
	usual := sheet.DefaultLimits()
	for name, c := range map[string]struct {
		content []byte
		limits  sheet.Limits
		key     string
		most    uint64 // bytes allocated
	}{
		"more bytes than allowed":     {make([]byte, 20<<20+1), usual, "sheet.bytes", 1 << 20},
		"a part that blows up":        {book(t, map[string]string{"xl/media/a.bin": zeros}), usual, "sheet.unzipped", 1 << 20},
		"parts that together blow up": {book(t, four), small, "sheet.unzipped", 1 << 20},
		"many parts":                  {book(t, many), usual, "sheet.unzipped", 1 << 20},
		"a million rows":              {book(t, rowsOf(million.String())), usual, "sheet.rows", 4 << 20},
		"a text without end":          {inline(longText), usual, "sheet.cell", 8 << 20},
		"a cell that is too long":     {inline(longText[:40_000]), usual, "sheet.cell", 8 << 20},
		"too many cells in a row":     {one(strings.Repeat("<c/>", 16_385)), usual, "sheet.columns", 4 << 20},
		"a cell far to the right":     {one(`<c r="GS1"><v>1</v></c>`), usual, "sheet.columns", 8 << 20},
		"too many texts":              {book(t, texts), few, "sheet.unzipped", 1 << 20},
		"a string table too large":    {book(t, table), small, "sheet.unzipped", 1 << 20},
		"CSV with too many rows":      {[]byte(lines), usual, "sheet.rows", 8 << 20},
		"CSV with too many columns":   {[]byte(strings.Repeat("甲,", 300) + "乙"), usual, "sheet.columns", 4 << 20},
		"CSV with a cell too long":    {[]byte("甲\n" + longText[:40_000]), usual, "sheet.cell", 4 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			bytes := spent(func() { _, err = read(c.content, c.limits) })
			if !errs.Is(err, errs.KindTooLarge) || errs.KeyOf(err) != c.key {
				t.Errorf("%v, want %s", err, c.key)
			}
			if bytes > c.most {
				t.Errorf("%d bytes were allocated for a file of %d", bytes, len(c.content))
			}
		})
	}
}

// longText compresses badly, so that no other limit is met first.
var longText = func() string {
	var b strings.Builder
	for n := range 100_000 {
		fmt.Fprintf(&b, "%x", n*2654435761%1_000_003)
	}
	return b.String()
}()

func TestABrokenOrForeignFileIsRefusedInWords(t *testing.T) {
	whole := book(t, rowsOf(strings.Repeat(`<row><c t="inlineStr"><is><t>社工</t></is></c></row>`, 1000)))
	shared := func(n string) map[string]string {
		parts := rowsOf(`<row r="1"><c r="A1" t="s"><v>` + n + `</v></c></row>`)
		parts["xl/sharedStrings.xml"] = `<sst><si><t>甲</t></si></sst>`
		return parts
	}
	row := func(attributes, cells string) []byte { return book(t, rowsOf(`<row `+attributes+`>`+cells+`</row>`)) }
	part := func(name, content string) []byte { return book(t, map[string]string{name: content}) }
	const first, value = "xl/worksheets/sheet1.xml", `<c><v>1</v></c>`
	const entity = `<!DOCTYPE worksheet [<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet><sheetData><row>` +
		`<c t="inlineStr"><is><t>&x;</t></is></c></row></sheetData></worksheet>`
	ole := "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 512)
	protected := ole + "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00"
	for name, c := range map[string]struct {
		content []byte
		key     string
	}{
		"nothing":                      {nil, "sheet.empty"},
		"blanks":                       {[]byte("\ufeff \r\n"), "sheet.empty"},
		"a zip cut off":                {whole[:len(whole)-100], "sheet.damaged"},
		"a zip cut in the middle":      {whole[:len(whole)/2], "sheet.damaged"},
		"a part that breaks off":       {part(first, `<worksheet><sheetData><row r="1">`), "sheet.damaged"},
		"tags that do not fit":         {row("", `<c><v>1</c></v>`), "sheet.damaged"},
		"a text number below zero":     {book(t, shared("-1")), "sheet.damaged"},
		"a text number too high":       {book(t, shared("1")), "sheet.damaged"},
		"a row number too high":        {row(`r="2147483647"`, value), "sheet.damaged"},
		"a row number below zero":      {row(`r="-1"`, value), "sheet.damaged"},
		"rows out of order":            {book(t, rowsOf(`<row r="2"/><row r="1"/>`)), "sheet.damaged"},
		"a cell outside all columns":   {row("", `<c r="ZZZZ1"><v>1</v></c>`), "sheet.damaged"},
		"an external entity":           {part(first, entity), "sheet.damaged"},
		"a document type":              {part(first, `<!DOCTYPE worksheet><worksheet><sheetData/></worksheet>`), "sheet.damaged"},
		"elements without bottom":      {book(t, rowsOf(strings.Repeat("<a>", 100)+strings.Repeat("</a>", 100))), "sheet.damaged"},
		"a part twice":                 {part("XL/workbook.xml", "<a/>"), "sheet.damaged"},
		"a sheet that claims to be 1B": {lyingSize(t), "sheet.damaged"},
		"macros":                       {part("xl/vbaProject.bin", "x"), "sheet.macros"},
		"links to other files":         {part("xl/externalLinks/externalLink1.xml", "<a/>"), "sheet.links"},
		"no sheet":                     {part("xl/workbook.xml", "<workbook/>"), "sheet.empty"},
		"a document":                   {part("xl/workbook.xml", "<document/>"), "sheet.type"},
		"a zip of something":           {zipOf(t, "mimetype", "application/vnd.oasis.opendocument.spreadsheet"), "sheet.type"},
		"an old workbook":              {[]byte(ole), "sheet.xls"},
		"a workbook with a password":   {[]byte(protected), "sheet.encrypted"},
		"a page that is named .xls":    {[]byte("<html><table><tr><td>岗位名称</td></tr></table></html>"), "sheet.type"},
		"a PDF":                        {[]byte("%PDF-1.7"), "sheet.type"},
		"a picture":                    {[]byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00"), "sheet.type"},
		"CSV with an open quote":       {[]byte("岗位名称,人数\n社工,\"3\n会计,1\n"), "sheet.quotes"},
		"bytes that are no encoding":   {[]byte("\xb8\xda\xce\xbb,\x80\xff\xff\n"), "sheet.encoding"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(c.content, sheet.DefaultLimits())
			if !errs.Is(err, errs.KindInvalid) || errs.KeyOf(err) != c.key {
				t.Errorf("%v, want %s", err, c.key)
			}
		})
	}
}

func zipOf(t *testing.T, name, content string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	w, err := z.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// lyingSize returns a workbook whose directory says that each part is one byte long.
func lyingSize(t *testing.T) []byte {
	t.Helper()
	content := book(t, rowsOf(strings.Repeat(`<row><c><v>1</v></c></row>`, 1000)))
	for at := 0; ; {
		n := bytes.Index(content[at:], []byte("PK\x01\x02"))
		if n < 0 {
			return content
		}
		at += n
		copy(content[at+24:at+28], []byte{1, 0, 0, 0})
		at += 4
	}
}

func TestASingleCellInTheLastRowIsReadAtOnce(t *testing.T) {
	content := book(t, rowsOf(`<row r="1"><c><v>1</v></c></row><row r="1048576"><c r="A1048576"><v>2</v></c></row>`))
	wantRows(t, mustRead(t, content), []string{"1", "1"}, []string{"1048576", "2"})
}

func TestTextFilesAreReadInAllTheirForms(t *testing.T) {
	const plain = "岗位名称,招聘人数,说明\r\n社工,3,\"第一行\n第二行，\"\"引号\"\"\"\r\n\r\n会计,1,\r\n"
	want := [][]string{
		{"1", "岗位名称", "招聘人数", "说明"}, {"2", "社工", "3", "第一行\n第二行，\"引号\""}, {"4", "会计", "1"},
	}
	encode := func(e interface{ String(string) (string, error) }, s string) []byte {
		out, err := e.String(s)
		if err != nil {
			t.Fatal(err)
		}
		return []byte(out)
	}
	for name, content := range map[string][]byte{
		"UTF-8":            []byte(plain),
		"UTF-8 with mark":  []byte("\ufeff" + plain),
		"GBK":              encode(simplifiedchinese.GBK.NewEncoder(), plain),
		"GB 18030":         encode(simplifiedchinese.GB18030.NewEncoder(), plain),
		"GB 18030, marred": encode(simplifiedchinese.GB18030.NewEncoder(), plain+"\ufffd\n"),
		"UTF-16":           encode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder(), plain),
		"semicolons":       []byte(strings.ReplaceAll(plain, ",", ";")),
		"tabs":             []byte(strings.ReplaceAll(plain, ",", "\t")),
	} {
		t.Run(name, func(t *testing.T) { wantRows(t, mustRead(t, content)[:3], want...) })
	}
}

func TestTheSeparatorIsToldFromMoreThanTheFirstLine(t *testing.T) {
	for name, c := range map[string]struct{ content, row string }{
		"a title above":     {"某区招聘岗位汇总表,2026\n岗位名称;招聘人数;说明\n社工;3;甲\n会计;1;乙\n", "社工|3|甲"},
		"commas in texts":   {"岗位名称\t招聘人数\t说明\n社工\t3\ta, b, c, d\n会计\t1\te, f\n", "社工|3|a, b, c, d"},
		"a hint to Excel":   {"sep=;\n岗位名称;招聘人数;说明\n社工;3;甲,乙\n", "社工|3|甲,乙"},
		"one column":        {"岗位名称\n说明\n社工\n", "社工"},
		"lines of two uses": {"岗位名称,招聘人数,说明\n说明,第一,第二\n社工,3,\"a;b;c;d;e\"\n", "社工|3|a;b;c;d;e"},
	} {
		rows := mustRead(t, []byte(c.content))
		if got := strings.Join(rows[2][1:], "|"); name != "commas in texts" && got != c.row {
			t.Errorf("%s: %q", name, rows)
		} else if got := strings.Join(rows[1][1:], "|"); name == "commas in texts" && got != c.row {
			t.Errorf("%s: %q", name, rows)
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(book(f, rowsOf(`<row r="1"><c r="A1" t="s"><v>-1</v></c><c s="9"><v>1e400</v></c></row>`)))
	f.Add([]byte("岗位名称,人数\n社工,3\n"))
	f.Add([]byte("\xff\xfea\x00,\x00"))
	l := sheet.DefaultLimits()
	l.Unzipped, l.Text = 4<<20, 1<<20
	f.Fuzz(func(t *testing.T, content []byte) {
		_, err := read(content, l)
		if err != nil && !errs.Is(err, errs.KindInvalid) && !errs.Is(err, errs.KindTooLarge) {
			t.Error(err)
		}
	})
}

func BenchmarkRead47000Rows(b *testing.B) {
	w := sheet.NewXLSX()
	w.Sheet("岗位", make([]sheet.Column, 20)...) // the row of titles is blank
	for n := range 47_000 {
		row := make([]any, 20)
		for c := range row {
			row[c] = fmt.Sprintf("文字%d-%d", n, c)
		}
		row[5], row[6] = strings.Repeat(row[5].(string), 15), strings.Repeat(row[6].(string), 15)
		w.Row(row...)
	}
	var out bytes.Buffer
	if _, err := w.WriteTo(&out); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(out.Len()))
	for b.Loop() {
		rows, err := read(out.Bytes(), sheet.DefaultLimits())
		if err != nil || len(rows) != 47_000 {
			b.Fatal(len(rows), err)
		}
	}
}
