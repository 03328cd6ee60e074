package intake

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/file"
	"zhigang/internal/outbox"
	"zhigang/internal/position"
	"zhigang/internal/sheet"
	"zhigang/internal/worldtest"
)

// filled makes the template's sheet with n rows that state everything, no two the same.
func filled(tb testing.TB, n int) []byte {
	tb.Helper()
	var columns []sheet.Column
	for _, c := range templateColumns() {
		columns = append(columns, sheet.Column{Title: chinese(tb).T("intake.field."+string(c.field), nil), Format: c.format})
	}
	w := sheet.NewXLSX()
	w.Sheet("岗位", columns...)
	places := []string{"广东省广州市番禺区", "广州市天河区", "广东省佛山市顺德区", "青海省西宁市城东区"}
	for row := range n {
		example := map[Field]any{
			Title: fmt.Sprintf("社区社会工作者%d", row), Kind: "全职", Headcount: row%9 + 1, Region: places[row%len(places)],
			Address: fmt.Sprintf("示例路%d号", row%997+1), PayMin: 4000 + row%40*100, PayMax: 8000, PayUnit: "元/月", Degree: "大专",
			Experience: "1-3年", Majors: "社会工作、心理学", Skills: "社工证",
			Duties:       fmt.Sprintf("第%d号岗位：", row) + strings.Repeat("面向社区长者开展探访和个案服务，建立服务档案。", 6),
			Requirements: fmt.Sprintf("编号%d：", row*7) + strings.Repeat("持有助理社会工作师证书；善于沟通，有责任心。", 5),
			Conditions:   "五险一金，双休，带薪年假", Employment: "劳动合同", ValidUntil: calendar.Day("2026-12-31"), AnswerDays: 5,
		}
		var values []any
		for _, c := range templateColumns() {
			values = append(values, example[c.field])
		}
		w.Row(values...)
	}
	var out bytes.Buffer
	if _, err := w.WriteTo(&out); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// BenchmarkImport47000Rows measures the promise of the project: 47,000 positions from XLSX into SQLite within 60 s.
func BenchmarkImport47000Rows(b *testing.B) {
	const n = 47_000
	content := filled(b, n)
	for _, publish := range []bool{false, true} {
		b.Run(fmt.Sprintf("publish=%v", publish), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				d, c := dbtest.SQLite(b)
				tasks := []outbox.Task{{Name: "index.position", Queue: "index"}, {Name: "match.position", Queue: "fast"}}
				w := worldtest.New(b, d, c, outbox.New(d, map[outbox.Fact][]outbox.Task{position.PublishedFact: tasks}))
				o, _ := w.Org("番禺区示例社会工作服务中心", worldtest.Panyu)
				s := New(d, w.Outbox, w.Tree, catalog(b), file.New(d, w.Keys), w.Orgs, w.Positions)
				b.StartTimer()
				got, err := s.Import(b.Context(), auth.System(), o.ID, content, Options{Publish: publish, Printer: chinese(b)})
				if err != nil || got.Added != n || got.Failed > 0 || publish && got.Shown != n {
					b.Fatalf("%+v, %v", got, err)
				}
			}
			b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
