package match

import (
	"math/rand/v2"
	"net/url"
	"slices"
	"testing"

	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/position"
	"zhigang/internal/search"
	"zhigang/internal/search/searchbench"
)

// randomQuery is a query as people save them, of all kinds of criteria.
func randomQuery(r *rand.Rand) search.Query {
	some := func(n int) bool { return r.IntN(n) == 0 }
	pick := func(all ...string) string { return all[r.IntN(len(all))] }
	q := search.Query{Page: 1, Per: 20}
	if some(2) {
		q.Text = pick("社工", "社會工作", "护理员", "会计 出纳", "shegong", "sg", "excel", "exel", "照顾老人", "教小朋友", "志愿者", "服务中心", "长者饭堂", "没有这个词", "文员", "新媒体运营", "c++", "康复 社区", "2026")
		q.Plain = some(6)
	}
	if some(3) {
		q.Regions = []string{pick("440000", "440100", "440113", "110000", "442000", "630000")}
	}
	if some(3) {
		q.Kinds = position.Kinds()[r.IntN(3) : 3+r.IntN(2)]
	}
	if some(5) {
		q.Degrees = position.Degrees()[:1+r.IntN(6)]
	}
	if some(5) {
		q.DegreeMost = position.Degrees()[r.IntN(7)]
	}
	if some(5) {
		q.OrgKinds = org.Kinds()[:1+r.IntN(3)]
	}
	if some(3) {
		q.PayMin = 500 * r.IntN(20)
	}
	if some(6) {
		q.NotKinds = []position.Kind{position.Kinds()[r.IntN(5)]}
	}
	if some(6) {
		q.NotRegions = []string{pick("440000", "440100", "110000")}
	}
	if some(6) {
		q.Not = []string{pick("社工", "护理", "销售", "!!")}
	}
	return q
}

// The index must find what search.Query.Matches finds, which is what the engines find (see searchtest).
func TestAnIndexOfSearchesFindsWhatTheSearchPageWould(t *testing.T) {
	tree := load(t)
	r := rand.New(rand.NewPCG(5, 6))
	x := NewIndex()
	queries := map[id.ID]search.Query{}
	for n := range 3000 {
		v := randomQuery(r).Criteria()
		q, err := search.Parse(v, tree) // facts in the text become filters
		if err != nil {
			t.Fatal(err)
		}
		queries[id.ID(n+1)] = q
		x.Add(id.ID(n+1), q)
		x.Add(id.ID(n+1), q)
	}
	g := searchbench.NewGenerator(tree)
	check := func(from, to int) (found int) {
		for n := from; n < to; n++ {
			d := g.Document(n)
			var want, got []id.ID
			for saved, q := range queries {
				if _, ok := q.Matches(d); ok {
					want = append(want, saved)
				}
			}
			for _, hit := range x.Find(d) {
				got = append(got, hit.ID)
				met, _ := queries[hit.ID].Filters(d)
				var asks Asks
				if queries[hit.ID].Text != "" {
					asks = AsksWords
				}
				for _, c := range met {
					asks |= map[string]Asks{"kind": AsksKind, "region": AsksRegion, "degree": AsksDegree, "degree_most": AsksDegree, "org_kind": AsksOrgKind, "pay_min": AsksPay}[c.Name]
				}
				if hit.Asks != asks {
					t.Errorf("%s asks %b, and meets %b", queries[hit.ID].Criteria().Encode(), hit.Asks, asks)
				}
			}
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(want, got) {
				for saved, q := range queries {
					if a, b := slices.Contains(want, saved), slices.Contains(got, saved); a != b {
						text, _ := url.QueryUnescape(q.Criteria().Encode())
						t.Fatalf("%s (%+v): the rule says %v, the index %v", text, d, a, b)
					}
				}
			}
			found += len(got)
		}
		return found
	}
	if n := check(0, 150); n < 5000 {
		t.Errorf("only %d finds: the test compares too little", n)
	}
	var gone []id.ID
	for saved := range queries {
		if saved%3 == 0 {
			gone = append(gone, saved)
			delete(queries, saved)
		}
	}
	x.Remove(gone...)
	x.Compact()
	check(150, 180)
	for n := range 500 { // in the slots that became free, and new ones
		q := randomQuery(r)
		queries[id.ID(10_000+n)] = q
		x.Add(id.ID(10_000+n), q)
	}
	check(180, 230)
	if x.Len() > len(queries) || x.Len() < len(queries)-100 { // some find nothing, ever
		t.Errorf("%d of %d", x.Len(), len(queries))
	}
}
