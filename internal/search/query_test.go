package search_test

import (
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/position"
	"zhigang/internal/search"
	"zhigang/internal/search/searchtest"
)

func TestAQueryComesBackFromItsURL(t *testing.T) {
	tree := searchtest.Tree(t)
	for _, q := range []search.Query{
		{Page: 1, Per: 20},
		{Text: "社工 会计", Page: 3, Per: 50, Sort: search.ByPay},
		{Text: "社工", Regions: []string{"440100"}, Near: "440113", Page: 1, Per: 20},
		{Text: "番禺 5000以上", Plain: true, Page: 1, Per: 20},
		{
			DegreeMost: position.Bachelor, NotKinds: []position.Kind{position.Internship}, NotRegions: []string{"440100"}, Not: []string{"保险", "销售"},
			Page: 1, Per: 20,
		},
		{
			Text: "c++", Kinds: []position.Kind{position.Job, position.Volunteer}, Regions: []string{"440113", "442000"},
			Degrees: []position.Degree{position.College, position.Master}, PayMin: 5000, OrgKinds: []org.Kind{org.Foundation}, Org: 77,
			Sort: search.ByClosing, Page: 2, Per: 100,
		},
	} {
		back, err := search.Parse(q.Values(), tree)
		if err != nil || !reflect.DeepEqual(back, q) {
			t.Errorf("%+v came back as %+v, %v", q, back, err)
		}
	}
}

func TestWhatIsNotWantedAsksForNothing(t *testing.T) {
	if (search.Query{Not: []string{"销售"}, NotKinds: []position.Kind{position.Job}}).Asks() || !(search.Query{Text: "社工", Not: []string{"销售"}}).Asks() {
		t.Error("a query asks for what it names, not for all the rest")
	}
}

func TestTheOrderOfParametersMakesNoOtherQuery(t *testing.T) {
	tree := searchtest.Tree(t)
	a, err1 := search.Parse(url.Values{"kind": {"volunteer", "job", "job"}, "region": {"442000", "440113"}, "q": {"  社工　番禺 "}}, tree)
	b, err2 := search.Parse(url.Values{"kind": {"job", "volunteer"}, "region": {"440113", "442000", "442000"}, "q": {"社工 番禺"}}, tree)
	if err1 != nil || err2 != nil || a.Criteria().Encode() != b.Criteria().Encode() {
		t.Errorf("%v %v: %s, %s", err1, err2, a.Criteria().Encode(), b.Criteria().Encode())
	}
}

func TestALevelOnPaperStandsForTheRegionAroundIt(t *testing.T) {
	q, err := search.Parse(url.Values{"region": {"110100", "110000"}}, searchtest.Tree(t))
	if err != nil || !slices.Equal(q.Regions, []string{"110000"}) {
		t.Errorf("%v, %v", q.Regions, err)
	}
}

func TestValuesWithoutSenseAreRefusedByName(t *testing.T) {
	tree := searchtest.Tree(t)
	many := make([]string, search.MaxChoices+1)
	for n := range many {
		many[n] = fmt.Sprint(440000 + n)
	}
	for field, v := range map[string]url.Values{
		"q": {"q": {strings.Repeat("社", search.MaxText+1)}}, "kind": {"kind": {"work"}}, "degree": {"degree": {""}, "kind": {}},
		"region": {"region": {"4"}}, "org_kind": {"org_kind": {"x"}}, "pay_min": {"pay_min": {"-1"}}, "org": {"org": {"x"}}, "sort": {"sort": {"id; DROP"}},
		"per_page": {"per_page": {"101"}}, "page": {"page": {"501"}, "per_page": {"20"}},
	} {
		if field == "degree" { // an empty value is none
			if _, err := search.Parse(v, tree); err != nil {
				t.Error(err)
			}
			continue
		}
		_, err := search.Parse(v, tree)
		if _, ok := errs.FieldsOf(err)[field]; !errs.Is(err, errs.KindInvalid) || !ok || len(errs.FieldsOf(err)) != 1 {
			t.Errorf("%v: %v", v, err)
		}
	}
	if _, err := search.Parse(url.Values{"region": many}, tree); errs.FieldsOf(err)["region"].Key != "error.many" {
		t.Errorf("too many regions: %v", err)
	}
	if _, err := search.Parse(url.Values{"q": {"\xff"}}, tree); !errs.Is(err, errs.KindInvalid) {
		t.Errorf("broken UTF-8: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"q=%E7%A4%BE%E5%B7%A5&kind=job&region=440113&page=2", "region=1&region=&org=0", "q=pan+5000+yu+she+gong+%E4%B8%8D%E8%A6%81%E5%AE%9E%E4%B9%A0", "q=%E7%95%AA%E7%A6%BA%E7%A4%BE%E5%B7%A5%E6%9C%AC%E7%A7%91%E4%BB%A5%E4%B8%8A8k", "q=%ff%00&sort=newest&pay_min=99999999999999999999"} {
		f.Add(seed)
	}
	tree := searchtest.Tree(f)
	f.Fuzz(func(t *testing.T, raw string) {
		v, err := url.ParseQuery(raw)
		if err != nil {
			return
		}
		q, err := search.Parse(v, tree)
		if err != nil {
			if !errs.Is(err, errs.KindInvalid) {
				t.Errorf("%q: %v", raw, err)
			}
			return
		}
		q.Facts = nil // they are words of the text, and the text is without them now
		back, err := search.Parse(q.Values(), tree)
		if err != nil || !reflect.DeepEqual(back, q) {
			t.Errorf("%q: %+v came back as %+v, %v", raw, q, back, err)
		}
		q.Wanted()
		q.RegionParents(tree)
		q.Matches(search.Document{})
	})
}

func TestAQueryThatWasNotParsedIsBroughtWithinBounds(t *testing.T) {
	for _, one := range [][4]int{{0, 0, 1, 20}, {-3, 5, 1, 5}, {7, 1000, 7, 100}, {99999, 100, 100, 100}} {
		if q := (search.Query{Page: one[0], Per: one[1]}).Paged(); q.Page != one[2] || q.Per != one[3] {
			t.Errorf("%v: page %d of %d", one, q.Page, q.Per)
		}
	}
}

func TestMatchesTellsWhichCriteriaWereMet(t *testing.T) {
	d := search.Document{
		ID: 1, Kind: position.Job, Title: "社會工作者", Org: "番禺区阳光社会工作服务中心", OrgID: 7, OrgKind: org.ServiceOrg,
		Regions: []string{"440000", "440100", "440113"}, Degree: position.College, PayMin: 6000,
	}
	q := search.Query{
		Text: "社会工作 阳光", Kinds: []position.Kind{position.Job, position.Talent}, Regions: []string{"442000", "440100"}, Degrees: []position.Degree{position.College},
		PayMin: 5000, OrgKinds: []org.Kind{org.ServiceOrg}, Org: 7,
	}
	met, ok := q.Matches(d)
	want := []search.Criterion{
		{Name: "region", Value: "440100"}, {Name: "kind", Value: "job"}, {Name: "degree", Value: "college"}, {Name: "org_kind", Value: "service"},
		{Name: "pay_min", Value: "5000"}, {Name: "org", Value: id.ID(7).String()}, {Name: "q", Value: "社会工作 阳光"},
	}
	if !ok || !slices.Equal(met, want) {
		t.Errorf("%v, %v", met, ok)
	}
	for _, miss := range []search.Query{
		{Text: "社区"}, {Text: "阳光 会计"}, {NotKinds: []position.Kind{position.Job}}, {NotRegions: []string{"440100"}}, {Not: []string{"阳光"}}, {DegreeMost: position.Senior}, {Kinds: []position.Kind{position.Talent}}, {Regions: []string{"440106"}}, {PayMin: 6001}, {Org: 8}, {Text: "!!"},
	} {
		if met, ok := miss.Matches(d); ok || met != nil {
			t.Errorf("%+v matches: %v", miss, met)
		}
	}
}
