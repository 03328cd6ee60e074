package intake

import (
	"slices"
	"testing"
	"unicode/utf8"

	"zhigang/internal/calendar"
	"zhigang/internal/org"
	"zhigang/internal/position"
	"zhigang/internal/region"
)

// FuzzRow puts one text into every column of a row: whatever it is, the row is read, and what is read makes sense.
func FuzzRow(f *testing.F) {
	for _, text := range []string{
		"12-18K·13薪", "0.8-1.3万/月", "三到五千", "十", "万千百十一", "1-3年本科及以下", "5天/周3个月硕士", "广州·番禺区·大石街", "440113012000",
		"海南州", "2026-02-30", "2026年13月", "46387", "招若干人", "-1", "()[]【", "（", "１，０００", "\x00\ufeff\u202e", "99999999999999999999万-1",
		"1e400K", "·13薪", "*13", "0-0", "一一", "/", "不限", "；：", "任职要求：", "岗位职责：任职要求：", "\xff\xfe",
	} {
		f.Add(text, "薪资（万元）")
	}
	tree, err := region.Load()
	if err != nil {
		f.Fatal(err)
	}
	columns := map[int]Field{}
	for n, one := range Fields() {
		columns[n] = one
	}
	f.Fuzz(func(t *testing.T, text, header string) {
		headers, cells := make([]string, len(columns)), make([]string, len(columns))
		for n := range columns {
			headers[n], cells[n] = header, text
		}
		r := newReading(tree, org.Org{Name: "某中心", Region: "440113"}, Mapping{Columns: columns}, headers)
		p := r.read(1, cells)
		guess(headers[:3], [][]string{{text}, {text}, {text}})
		c := p.Content
		if c.Pay.Min > c.Pay.Max || c.Pay.Min < 0 || c.Pay.Max > 0 && !slices.Contains(position.Units(), c.Pay.Unit) {
			t.Errorf("%q: pay %+v", text, c.Pay)
		}
		if _, known := tree.Get(c.Region); c.Region != "" && !known {
			t.Errorf("%q: region %s", text, c.Region)
		}
		if _, err := calendar.ParseDay(string(c.ValidUntil)); c.ValidUntil != "" && err != nil {
			t.Errorf("%q: day %s", text, c.ValidUntil)
		}
		if c.Headcount < 0 || c.Months < 0 || c.InternshipMonths < 0 || c.AnswerDays < 0 || c.Allowance < 0 {
			t.Errorf("%q: a number below zero: %+v", text, c)
		}
		if !utf8.ValidString(c.Title + c.Duties + c.Address + c.Requirements + c.Conditions) {
			t.Errorf("%q: texts that are no UTF-8: %+v", text, c)
		}
	})
}
