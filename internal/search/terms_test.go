package search_test

import (
	"fmt"
	"hash/fnv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"zhigang/internal/position"
	"zhigang/internal/search"
	"zhigang/internal/search/searchbench"
	"zhigang/internal/search/searchtest"
)

func TestTextIsTakenApartIntoTerms(t *testing.T) {
	for text, want := range map[string]string{
		"志願者": "志 愿 志愿 者 愿者",
		"致电13800001234找李老师，li@example.org":   "致 电 致电 找 李 找李 老 李老 师 老师",
		"2027届，月薪5000-8000元，18:00—22:30":     "2027 届 月 薪 月薪 5000 8000 元 18 00 22 30",
		"统一代码91440113MA5CXXXX0X，2026年11月22日": "统 一 统一 代 一代 码 代码 ma5cxxxx0x 2026 年 11 月 22 日",
		"AI工程师":        "ai 工 程 工程 师 程师",
		"C++、C#开发":     "c++ c# 开 发 开发",
		"Node.js 18":   "node js 18",
		"（双休）/五险一金":    "双 休 双休 五 险 五险 一 险一 金 一金",
		"电话：12345":     "电 话 电话 12345",
		"":             "",
		" \n—！🙂":       "",
		"社工社工":         "社 工 社工 工社",
		"カタカナ 한국어 ไทย": "カタカナ 한국어 ไทย",
		"e\u0301tude":  "étude",
		"１２３４５，ＡＢＣ　ｄｅｆ": "12345 abc def",
	} {
		if got := strings.Join(search.Terms(text), " "); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	if got := search.Terms(strings.Repeat("x", 1000)); len(got) != 1 || len(got[0]) != 40 {
		t.Errorf("a word without end: %q", got)
	}
}

// Whatever is copied from a document finds it again.
func TestEveryPartOfATextFindsIt(t *testing.T) {
	g := searchbench.NewGenerator(searchtest.Tree(t))
	for d := range g.All(200) {
		terms := d.Terms().Set()
		for _, part := range []string{d.Title, d.Org, d.Employer, d.Description} {
			runes := []rune(part)
			for from := 0; from < len(runes); from += 7 {
				piece := strings.TrimSpace(string(runes[from:min(from+6, len(runes))]))
				if isCut(runes, from) || isCut(runes, from+6) {
					continue // through the middle of a Latin word or a number
				}
				for _, q := range []search.Query{{Text: piece}, {Text: piece, Plain: true}} {
					if q.Plain && strings.ContainsFunc(piece, unicode.IsSpace) {
						continue // a single character beside a blank must be found too, and is no term of a description
					}
					wanted := q.Wanted()
					if wanted.Groups == nil || utf8.RuneCountInString(wanted.Groups[0][0].Terms[0]) == 1 {
						continue // the same
					}
					if !wanted.Has(terms) {
						t.Fatalf("%q of %q is not found: %+v", piece, part, wanted)
					}
				}
			}
		}
	}
}

func isCut(text []rune, at int) bool {
	latin := func(r rune) bool { return r < 0x80 && (r >= '0' && r <= '9' || r >= 'A' && r <= 'z' || r == '+') }
	return at > 0 && at < len(text) && latin(text[at-1]) && latin(text[at])
}

// An index that was made by another analysis finds too little: whoever changes it must raise search.Version.
func TestAnotherAnalysisIsAnotherVersion(t *testing.T) {
	sum := fnv.New64a()
	for r := rune(' '); r < 0xa000; r++ {
		fmt.Fprintln(sum, search.Terms(string(r)))
	}
	for _, text := range []string{"社会工作者、志願者2026屆（C++／Node.js）", "13800001234 138-0000-1234 a@b.cn 3A級 ﬁ ㍿ ｶﾅ 🙂 e\u0301", strings.Repeat("長", 50) + strings.Repeat("x", 50)} {
		fmt.Fprintln(sum, search.Terms(text))
	}
	fmt.Fprintln(sum, search.Document{Title: "a", Org: "b", Employer: "c", Majors: []string{"d"}, Skills: []string{"excel"}, Description: "f", Place: "番禺会"}.Terms())
	if got := fmt.Sprintf("%d/%016x", search.Version, sum.Sum64()); got != "3/5f7daa93f72bb63b" {
		t.Errorf("terms have changed: raise search.Version, and write %q here", got)
	}
}

func BenchmarkTerms(b *testing.B) {
	d := searchbench.NewGenerator(searchtest.Tree(b)).Document(1)
	for b.Loop() {
		search.Terms(d.Description)
	}
}

func TestWhatIsRefusedIsRefusedUnderItsOtherNamesToo(t *testing.T) {
	refuses := func(q search.Query, title string) bool {
		return !q.Wanted().Has(search.Document{Title: title, Kind: position.Job}.Terms().Set())
	}
	for _, one := range []struct {
		q     search.Query
		title string
		want  bool
	}{
		{search.Query{Text: "司机", Not: []string{"货车"}}, "货运司机", true},
		{search.Query{Text: "司机", Not: []string{"货车"}}, "小车司机", false},
		{search.Query{Text: "司机", Not: []string{"货车"}, Plain: true}, "货运司机", false},
		{search.Query{Text: "文员", Not: []string{"销售"}}, "文员兼业务员", true},
	} {
		if got := refuses(one.q, one.title); got != one.want {
			t.Errorf("%v, %s: %v", one.q.Not, one.title, got)
		}
	}
}
