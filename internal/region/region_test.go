package region_test

import (
	"slices"
	"testing"

	"zhigang/internal/region"
)

func load(t *testing.T) *region.Tree {
	t.Helper()
	tree, err := region.Load()
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func TestScopeHoldsTheRegionAndWhatLiesBelow(t *testing.T) {
	for _, c := range []struct {
		scope, code string
		want        bool
	}{
		{"440000", "440000", true}, {"440000", "440113", true}, {"440000", "442000001", true}, {"440000", "450000", false}, {"440000", "430000", false},
		{"440100", "440100", true}, {"440100", "440113007", true}, {"440100", "440200", false}, {"440100", "440000", false},
		{"440113", "440113", true}, {"440113", "440113007", true}, {"440113", "440114", false}, {"440113", "440100", false},
		{"440113007", "440113007", true}, {"440113007", "440113008", false},
		{"442000", "442000001", true}, {"441900", "441900003", true}, {"650000", "659001", true}, {"440190", "440200", false},
	} {
		if got := region.Within(c.code, c.scope); got != c.want {
			lo, hi := region.Scope(c.scope)
			t.Errorf("%s within %s [%s, %s): %v", c.code, c.scope, lo, hi, got)
		}
	}
}

func TestTheTreeKnowsProvincesToStreets(t *testing.T) {
	tree := load(t)
	if got := tree.FullName("440113012"); got != "广东省广州市番禺区大石街道" {
		t.Error(got)
	}
	if got := tree.LocalName("440113"); got != "广州市番禺区" {
		t.Error(got)
	}
	if got := tree.FullName("110108"); got != "北京市海淀区" {
		t.Error(got)
	}
	if got := tree.LocalName("110108"); got != "北京市海淀区" {
		t.Error(got)
	}
	if got := tree.Path("442000001"); !slices.Equal(got, []string{"440000", "442000", "442000001"}) {
		t.Error("中山 has no districts:", got)
	}
	if got := len(tree.Children("")); got != 34 {
		t.Errorf("%d provinces", got)
	}
	if got := len(tree.Children("440100")); got != 11 {
		t.Errorf("%d districts of 广州", got)
	}
	if children := tree.Children("110000"); len(children) != 16 || children[0].Name != "东城区" {
		t.Errorf("districts of 北京: %v", children)
	}
	if children := tree.Children("442000"); len(children) == 0 || children[0].Level() != region.Street {
		t.Errorf("streets of 中山: %v", children)
	}
	if old, ok := tree.Get("440183"); !ok || !old.Retired || slices.ContainsFunc(tree.Children("440100"), func(r region.Region) bool { return r.Retired }) {
		t.Error("a dissolved code must be read and not offered")
	}
}

func TestPlacesAreReadAsPeopleWriteThem(t *testing.T) {
	tree := load(t)
	for text, want := range map[string]string{
		"北京·海淀区·中关村":        "110108",
		"北京市海淀区苏家坨镇三星庄路":    "110108",
		"广东省广州市番禺区大石街道某路1号": "440113012",
		"广州番禺":        "440113",
		"番禺":          "440113",
		"广州天河体育中心":    "440106",
		"上海浦东张江":      "310115",
		"天津滨海":        "120116",
		"中山小榄":        "442000118",
		"中山·石岐区":      "442000001",
		"东莞·南城":       "441900004",
		"青海省海西州格尔木市":  "632801",
		"青海海南州":       "632500",
		"海南州":         "632500",
		"延边":          "222400",
		"黔东南":         "522600",
		"恩施":          "422800",
		"恩施市":         "422801",
		"广东连南县":       "441826",
		"番禺区市桥街":      "440113007",
		"番禺区市桥街大北路":   "440113",
		"番禺区大石街，植村":   "440113012",
		"番禺区":         "440113",
		"深圳·南山区":      "440305",
		"中山":          "442000",
		"中山市石岐街道":     "442000001",
		"东莞 长安镇":      "441900119",
		"上海-浦东新区":     "310115",
		"广东 番禺区":      "440113",
		"湖北仙桃":        "429004",
		"新疆 石河子":      "659001",
		"内蒙古自治区呼和浩特市": "150100",
		"香港":          "810000",
		"吉林":          "220000",
		"重庆·渝北区":      "500112",
	} {
		got, _, ok := tree.Find(text)
		if !ok || got != want {
			t.Errorf("%s: %s %s, want %s %s", text, got, tree.FullName(got), want, tree.FullName(want))
		}
	}
	for _, text := range []string{"", "远程", "鼓楼区", "中山路1号", "海南大学", "朝阳门外大街", "朝阳区东三环", "三角", "南头古城", "小榄"} {
		if got, _, ok := tree.Find(text); ok {
			t.Errorf("%q: %s %s", text, got, tree.FullName(got))
		}
	}
	if _, rest, _ := tree.Find("北京·海淀区·中关村"); rest != "中关村" {
		t.Error("rest:", rest)
	}
}

func FuzzFind(f *testing.F) {
	tree, err := region.Load()
	if err != nil {
		f.Fatal(err)
	}
	f.Add("北京·海淀区·中关村")
	f.Fuzz(func(t *testing.T, text string) {
		code, _, ok := tree.Find(text)
		if _, known := tree.Get(code); ok && !known {
			t.Errorf("%q: unknown code %q", text, code)
		}
	})
}
