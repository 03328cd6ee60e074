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
