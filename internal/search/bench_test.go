package search_test

import (
	"net/url"
	"testing"

	"zhigang/internal/search"
	"zhigang/internal/search/searchtest"
)

func BenchmarkParse(b *testing.B) {
	tree := searchtest.Tree(b)
	for name, text := range map[string]string{"word": "社工", "facts": "广州番禺社工 本科 5000以上 不要销售", "letters": "panyu shegong"} {
		v := url.Values{"q": {text}, "kind": {"job"}, "pay_min": {"5000"}, "region": {"440113"}}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := search.Parse(v, tree); err != nil {
					b.Fatal(err)
				}
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
