package report_test

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	"zhigang/internal/db/dbtest"
	"zhigang/internal/i18n"
	"zhigang/internal/position"
	"zhigang/internal/sheet"
)

func TestTheWorkbookSaysWhatTheReportSays(t *testing.T) {
	d, c := dbtest.SQLite(t)
	w := newWorld(t, d, c)
	w.at("2026-11-16 09:00")
	w.post(w.approved(1, "440113012"), w.content(position.Job, 1204, "2026-12-31"))
	w.post(w.approved(2, "440113"), w.content(position.Internship, 3, "2026-12-31"))
	w.at("2026-11-23 08:00")
	b := w.report("440113", "2026-W47")
	for _, lang := range i18n.Langs() {
		p := texts(t).For(lang)
		var out bytes.Buffer
		w.must(b.XLSX(&out, p))
		f, err := sheet.Open(out.Bytes(), sheet.DefaultLimits())
		w.must(err)
		var all []string
		for _, one := range f.Sheets() {
			for row, err := range f.Rows(one.Name) {
				w.must(err)
				all = append(all, one.Name+"|"+strings.Join(row.Cells, "|"))
			}
		}
		text := strings.Join(all, "\n")
		sentence := b.Sentence.Zh
		if lang == i18n.En {
			sentence = b.Sentence.En
		}
		own := p.T("report.region.own", map[string]any{"region": "番禺区"})
		for _, want := range []string{
			sentence, b.Hash, "2026-11-22", "大石街道", "440113012",
			p.T("report.figure.headcount", nil) + "|1207|" + p.T("report.unit.person", nil) + "|",
			p.T("report.sheet.regions", nil) + "|440113012|大石街道|1|1204|1|",
			p.T("report.sheet.kinds", nil) + "|" + p.T("report.kind.internship", nil) + "|1|3|1|",
			p.T("report.sheet.regions", nil) + "|440113|" + own + "|1|3|1|",
			p.T("report.sheet.cross", nil) + "|440113012|大石街道|" + p.T("report.kind.job", nil) + "|1|1204|1|",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the workbook lacks %q\n%s", lang, want, text)
			}
		}
		if strings.Contains(text, "report.") {
			t.Errorf("%s: a text is missing\n%s", lang, text)
		}
		raw := part(t, out.Bytes(), "xl/worksheets/sheet1.xml")
		if !strings.Contains(raw, "<v>1207</v>") || strings.Contains(raw, `t="str"><v>1207`) {
			t.Error("the headcount is not a number")
		}
	}
}

// part reads one file out of a workbook.
func part(t *testing.T, book []byte, name string) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
