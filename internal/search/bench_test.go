package search_test

import (
	"net/url"
	"strings"
	"testing"

	"zhigang/internal/search"
	"zhigang/internal/search/searchtest"
)

func BenchmarkParse(b *testing.B) {
	tree := searchtest.Tree(b)
	for name, text := range map[string]string{
		"word": "社工", "facts": "广州番禺社工 本科 5000以上 不要销售", "letters": "panyu shegong",
		"longest": strings.Repeat("番禺社工5000不要", 20), "longest words": strings.Repeat("社工 ", 66), "longest letters": strings.Repeat("shegong", 28),
		"longest blank": strings.Repeat("番 ", 100), "longest unknown": strings.Repeat("龘靐齉", 66),
	} {
		v := url.Values{"q": {text}, "kind": {"job"}, "pay_min": {"5000"}, "region": {"440113"}}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				q, err := search.Parse(v, tree)
				if err != nil {
					b.Fatal(err)
				}
				q.Wanted()
			}
		})
	}
}

func BenchmarkWanted(b *testing.B) {
	for name, text := range map[string]string{"word": "社工", "phrase": "照顾老人的工作", "pinyin": "shegong", "initials": "shg", "slip": "shegogn", "name": "番禺区晴禾社会工作服务中心"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				search.Query{Text: text}.Wanted()
			}
		})
	}
}
