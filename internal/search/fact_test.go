package search_test

import (
	"net/url"
	"testing"

	"zhigang/internal/search"
	"zhigang/internal/search/searchtest"
)

func TestWordsThatAreFactsBecomeFilters(t *testing.T) {
	tree := searchtest.Tree(t)
	for text, want := range map[string]string{
		// places
		"社工 番禺": "q=社工&region=440113", "番禺社工": "q=社工&region=440113", "社工番禺": "q=社工&region=440113", "广州市番禺区 社工": "q=社工&region=440113",
		"廣州番禺社工": "q=社工&region=440113", "番禺附近": "region=440113", "panyu shegong": "q=shegong&region=440113", "gz shg": "q=shg&region=440100",
		"panyushegong": "q=shegong&region=440113", "中山": "region=442000", "大石街道 护理员": "q=护理员&region=361103005&region=440113012&region=500117007",
		"xining 支教": "q=支教&region=630100", "广东": "region=440000", "深圳市会计": "q=会计&region=440300",
		// names of organizations are no places
		"番禺区晴禾社会工作服务中心": "q=番禺区晴禾社会工作服务中心", "广州慈善会": "q=广州慈善会", "和平": "q=和平", "中山大学": "q=中山大学",
		// kinds
		"实习": "kind=internship", "兼职会计": "kind=flexible&q=会计", "会计兼职": "kind=flexible&q=会计", "见习 文员": "kind=internship&q=文员", "志愿服务": "kind=volunteer",
		"志愿者管理": "q=志愿者管理", "全职社工": "kind=job&q=社工",
		// degrees
		"本科 社工": "degree_most=bachelor&q=社工", "大专以上": "degree=college&degree=bachelor&degree=master&degree=doctor", "学历不限": "degree=any",
		"研究生院": "q=研究生院", "硕士": "degree_most=master", "社工本科": "degree_most=bachelor&q=社工",
		// pay
		"5000以上": "pay_min=5000", "8k 会计": "pay_min=8000&q=会计", "8k会计": "pay_min=8000&q=会计", "月薪6000护理": "pay_min=6000&q=护理", "月薪 6000": "pay_min=6000",
		"5000": "pay_min=5000", "6-8k": "pay_min=6000", "1.2万": "pay_min=12000", "５０００元以上": "pay_min=5000", "5000以上 志愿者管理": "pay_min=5000&q=志愿者管理",
		"不低于5000": "pay_min=5000", "2026": "q=2026", "2026届": "q=2026届", "3年以上": "q=3年以上", "18岁以上": "q=18岁以上", "200元/天": "q=200元/天", "12355热线": "q=12355热线",
		"excel2016": "q=excel2016", "985高校": "q=985高校",
		"月薪五千以上 社工": "pay_min=5000&q=社工", "一万以上": "pay_min=10000", "一万五": "pay_min=15000", "千人": "q=千人", "foshan": "region=440600",
		"只看兼职 律师": "kind=flexible&q=律师", "she gong": "q=she gong", "pan yu she gong": "q=shegong&region=440113",
		"番禺的工作": "region=440113", "我想找番禺的工作": "region=440113", "大学生实习": "kind=internship", "社会工作": "q=社会工作", "去西宁支教": "q=支教&region=630100",
		// what is not wanted
		"不要兼职的社工": "not_kind=flexible&q=社工", "不要销售的工作": "not=销售",
		"不要销售": "not=销售", "文员 不要销售": "not=销售&q=文员", "不看实习": "not_kind=internship", "文员 -保险": "not=保险&q=文员", "文员不要销售和保险": "not=保险&not=销售&q=文员",
		"社工 不去深圳": "not_region=440300&q=社工", "非遗": "q=非遗",
	} {
		q, err := search.Parse(url.Values{"q": {text}}, tree)
		if got, _ := url.QueryUnescape(q.Values().Encode()); err != nil || got != want {
			t.Errorf("%s: %s, want %s; %v", text, got, want, err)
		}
		if changed := q.Text != text; changed && len(q.Facts) == 0 {
			t.Errorf("%s: nothing says what has become of it", text)
		}
		plain, err := search.Parse(url.Values{"q": {text}, "plain": {"1"}}, tree)
		if err != nil || plain.Text != text || len(plain.Criteria()) != 2 {
			t.Errorf("%s, plain: %v, %v", text, plain.Criteria(), err)
		}
	}
}
