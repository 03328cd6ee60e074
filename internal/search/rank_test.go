package search_test

import (
	"fmt"
	"slices"
	"testing"

	"zhigang/internal/calendar"
	"zhigang/internal/id"
	"zhigang/internal/position"
	"zhigang/internal/search"
)

// Each term of the order, with all else alike.
func TestEachTermOfTheOrderCounts(t *testing.T) {
	const today calendar.Day = "2026-11-26"
	day := func(n int) int64 { return today.Add(-n).Start().UnixMilli() }
	for name, one := range map[string]struct {
		text string
		docs []search.Document // the best first; ids are given against the order, so that nothing else decides
	}{
		"the title before what is asked for, that before names, and these before the description": {"护理", []search.Document{
			{Title: "护理"}, {Title: "助理", Skills: []string{"护理"}}, {Title: "助理", Org: "护理协会"}, {Title: "助理", Description: "护理"},
		}},
		"the word before what means the same, that before what is near": {"文员", []search.Document{{Title: "文员"}, {Title: "行政助理"}, {Title: "办公室助理"}}},
		"the words as they stand before the words apart":                {"社工督导", []search.Document{{Title: "社工督导"}, {Title: "督导与社工"}}},
		"a title that is about nothing else":                            {"会计", []search.Document{{Title: "会计"}, {Title: "基金会项目会计"}}},
		"the newer":                                                     {"会计", []search.Document{{Title: "会计", PublishedAt: day(1)}, {Title: "会计", PublishedAt: day(40)}}},
		"volunteers' roles for 志愿者": {"志愿者", []search.Document{
			{Title: "助老义工", Kind: position.Volunteer}, {Title: "志愿者管理专员", Kind: position.Job},
		}},
		"pinyin as the word itself": {"shegong", []search.Document{{Title: "社工"}, {Title: "社会工作者"}}},
	} {
		var heads []search.Head
		for n, d := range one.docs {
			if d.Kind == "" {
				d.Kind = position.Job
			}
			if d.PublishedAt == 0 {
				d.PublishedAt = day(3)
			}
			d.ID = id.ID(n + 1)
			heads = append(heads, d.Head())
		}
		search.Rank(search.Query{Text: one.text}.Wanted(), heads, today)
		var got []id.ID
		for _, h := range heads {
			got = append(got, h.ID)
		}
		if !slices.IsSorted(got) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// What is known of the organizations counts little, and only where all else is alike.
func TestWhoIsSeldomSeenAndAnswersWellRises(t *testing.T) {
	const today calendar.Day = "2026-11-26"
	standings := map[id.ID]search.Standing{
		1: {Openings: 5, Applications: 0, Due: 20, Answered: 20},   // nobody sees it, and it answers everybody
		2: {Openings: 5, Applications: 5, Due: 20, Answered: 20},   // some do
		3: {Openings: 5, Applications: 0, Due: 20, Answered: 8},    // it leaves people waiting
		4: {Openings: 5, Applications: 200, Due: 20, Answered: 20}, // everybody knows it
	}
	all := []search.Standing{}
	var heads []search.Head
	for org, s := range standings {
		s.Org = org
		all = append(all, s)
	}
	const newcomer = 9 // nothing is known of it
	order := []id.ID{1, 2, newcomer, 3, 4}
	for n, org := range order {
		heads = append(heads, search.Document{ID: id.ID(n + 1), OrgID: org, Title: "会计", Kind: position.Job}.Head())
	}
	rank := func(e *search.Exposure, heads []search.Head) (orgs []id.ID) {
		search.Rank(search.Query{Text: "会计"}.With(e).Wanted(), heads, today)
		for _, h := range heads {
			orgs = append(orgs, h.Org)
		}
		return orgs
	}
	if got := rank(search.NewExposure(today, all...), heads); !slices.Equal(got, order) {
		t.Errorf("%v, want %v", got, order)
	}
	if got := rank(nil, heads); !slices.Equal(got, []id.ID{4, 3, newcomer, 2, 1}) { // the greater id
		t.Errorf("nothing is known of anybody: %v", got)
	}
	better := search.Document{ID: 1, OrgID: 4, Title: "会计", Kind: position.Job}.Head()
	worse := search.Document{ID: 2, OrgID: 1, Title: "助理", Skills: []string{"会计"}, Kind: position.Job}.Head()
	if got := rank(search.NewExposure(today, all...), []search.Head{worse, better}); got[0] != 4 {
		t.Error("what fits less came first")
	}
}

func TestWhatIsCloserComesFirstWhereThatIsAskedFor(t *testing.T) {
	const today calendar.Day = "2026-11-26"
	paths := [][]string{
		{"440000", "440100", "440113", "440113012"}, {"440000", "440100", "440106"}, {"440000", "440100"}, {"440000", "442000"}, {"110000", "110101"},
	}
	for near, want := range map[string][]id.ID{
		"440113":    {1, 3, 2, 4, 5}, // the district, then the city: the greater id first, then the province
		"440113012": {1, 3, 2, 4, 5},
		"442000":    {4, 3, 2, 1, 5},
		"":          {5, 4, 3, 2, 1},
	} {
		var heads []search.Head
		for n, path := range paths {
			heads = append(heads, search.Document{ID: id.ID(n + 1), Title: "会计", Kind: position.Job, Regions: path}.Head())
		}
		search.Rank(search.Query{Text: "会计", Near: near}.Wanted(), heads, today)
		var got []id.ID
		for _, h := range heads {
			got = append(got, h.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", near, got, want)
		}
	}
}

func TestATextAsksForGroupsOfAlternatives(t *testing.T) {
	terms := func(text string) (out []string) {
		for _, g := range (search.Query{Text: text}).Wanted().Groups {
			out = append(out, fmt.Sprint(g[0].Terms))
		}
		return out
	}
	for text, want := range map[string][]string{
		"社会工作者 番禺": {"[社会 会工 工作 作者]", "[番禺]"}, "师": {"[师]"}, "3a级": {"[3a]"}, "c++": {"[c++]"}, "找社工的工作": {"[社工]"}, "工作": {"[工作]"},
		"新媒体运营": {"[新媒 媒体 体运 运营]"}, "社区律师": {"[社区]", "[律师]"}, "!!": nil, "社工 -": {"[社工]"}, "照顾老人的工作": {"[照顾 顾老 老人]"},
	} {
		if got := terms(text); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
	holds := func(text, title string) bool {
		return search.Query{Text: text}.Wanted().Has(search.Document{Title: title, Kind: position.Job}.Terms().Set())
	}
	for text, titles := range map[string][]string{
		"社工": {"社会工作者"}, "shegong": {"社工", "社會工作"}, "shg": {"社工"}, "she gong": {"社工"}, "hu li yuan": {"护理员"}, "sg": {"社工"}, "kuaiji": {"会计"}, "zyzgl": {"志愿者管理"}, "exel": {"会用 Excel"},
		"pyhton": {"Python 开发"}, "shegogn": {"社工"}, "义工": {"志愿者"}, "教小朋友": {"幼儿教师"}, "panyuyangguang": {"番禺阳光"},
	} {
		for _, title := range titles {
			if !holds(text, title) {
				t.Errorf("%s does not find %s", text, title)
			}
		}
	}
	for text, title := range map[string]string{
		"景点": "经典", "2024": "2025", "12345": "12346", "社工": "社区", "work": "word", "tom": "tim", "电": "店", "会计": "快递",
	} {
		if holds(text, title) {
			t.Errorf("%s finds %s", text, title)
		}
	}
}
