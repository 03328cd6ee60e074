package match

import (
	"math/rand/v2"
	"slices"
	"testing"
	"testing/fstest"

	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/position"
	"zhigang/internal/region"
	"zhigang/internal/search"
)

func load(t testing.TB) *region.Tree {
	t.Helper()
	tree, err := region.Load()
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func listed(n int) position.Listed {
	l := position.Listed{OrgName: "番禺区暖陽社會工作服務中心", OrgKind: org.Kinds()[n%4]}
	l.ID, l.OrgID = id.ID(1000+n), id.ID(1+n%3)
	l.Kind, l.Degree = position.Kinds()[n%5], position.Degrees()[n%7]
	l.Title, l.Duties = []string{"社区社工", "律师（兼职）", "ＩＴ支持", "長者飯堂義工"}[n%4], "面向社区长者开展服务\n档案管理"
	l.Region = []string{"440113007", "440115", "110108", "442000"}[n%4]
	l.PayMonthMin = int64(n%9) * 100000
	l.Majors.V, l.Skills.V = []string{"社会工作"}, []string{"SQL"}
	return l
}

// The prepared evaluation must find what search.Query.Matches finds, for the same reasons.
func TestEvaluationIsTheRuleOfSearch(t *testing.T) {
	tree := load(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	some := func(n int) bool { return rnd.IntN(n) == 0 }
	texts := []string{"社工", "社會工作", "律师 兼职", "it", "sql 档案", "长者饭堂", "义工", "没有这个词", "律师　兼职", "!!", "c++ 社工", "暖阳"}
	found := 0
	for range 20000 {
		var q search.Query
		if some(2) {
			q.Text = texts[rnd.IntN(len(texts))]
		}
		if some(2) {
			q.Regions = []string{[]string{"440000", "440100", "440113", "110000", "442000"}[rnd.IntN(5)]}
		}
		if some(3) {
			q.Kinds = position.Kinds()[:1+rnd.IntN(4)]
		}
		if some(4) {
			q.Degrees = position.Degrees()[:1+rnd.IntN(6)]
		}
		if some(4) {
			q.OrgKinds = org.Kinds()[:1+rnd.IntN(3)]
		}
		if some(3) {
			q.PayMin = rnd.IntN(8000)
		}
		if some(5) {
			q.Org = id.ID(1 + rnd.IntN(4))
		}
		text, err := canonical(q, search.Reader{Tree: tree})
		if err != nil {
			continue // nothing was limited
		}
		q, _ = parse(text, search.Reader{Tree: tree})
		l := listed(rnd.IntN(2520))
		met, ok := q.Matches(search.NewDocument(l, tree))
		c := newCandidate(l, tree)
		got, gotOK := prepare(text, search.Reader{Tree: tree}).finds(c)
		if ok != gotOK || ok && !slices.Equal(met, got) {
			t.Fatalf("%s on %s: %v %v, want %v %v", q.Criteria().Encode(), l.Title, got, gotOK, met, ok)
		}
		if ok {
			found++
		}
	}
	if found < 100 {
		t.Fatalf("only %d finds: the test compares too little", found)
	}
}

func TestAQueryThatCannotBeReadFindsNothing(t *testing.T) {
	tree := load(t)
	c := newCandidate(listed(1), tree)
	for _, text := range []string{"kind=%zz", "kind=astronaut", "region=999999"} {
		if met, ok := prepare(text, search.Reader{Tree: tree}).finds(c); ok {
			t.Errorf("%s finds %v", text, met)
		}
	}
}

func TestReasonsSpeakBothLanguages(t *testing.T) {
	catalog, err := i18n.Load(fstest.MapFS{
		"zh-Hans/a.json": {Data: []byte(`{
			"kind.job": "全职", "match.reason.pay": "月薪 ≥ {min}", "match.reason.org": "指定的社会组织", "match.or": "、"}`)},
		"en/a.json": {Data: []byte(`{
			"kind.job": "Job", "match.reason.pay": "at least {min} yuan a month", "match.reason.org": "one organization",
			"match.or": ", "}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	tree := load(t)
	met := []search.Criterion{
		{Name: "region", Value: "440113"}, {Name: "kind", Value: "job"}, {Name: "pay_min", Value: "5000"},
		{Name: "q", Value: "社会工作"},
	}
	if got := Reason(catalog.For(i18n.ZhHans), tree, met, ""); got != "广州市番禺区 · 社会工作 · 全职 · 月薪 ≥ 5000" {
		t.Error(got)
	}
	if got := Reason(catalog.For(i18n.En), tree, met[1:3], ""); got != "Job · at least 5000 yuan a month" {
		t.Error(got)
	}
	q := search.Query{Regions: []string{"440113", "440115"}, Org: 7, Text: "社工"}
	if got := Title(catalog.For(i18n.ZhHans), tree, q, ""); got != "广州市番禺区、广州市南沙区 · 指定的社会组织 · 社工" {
		t.Error(got)
	}
}
