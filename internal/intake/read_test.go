package intake

import (
	"testing"

	"zhigang/internal/calendar"
	"zhigang/internal/position"
)

func TestTheDegreeIsToldFromTheExperience(t *testing.T) {
	for text, want := range map[string]struct {
		degree     position.Degree
		experience string
		problem    string
	}{
		"1-3年本科":       {position.Bachelor, "1-3年", ""},
		"经验不限学历不限":     {position.NoDegree, "经验不限", ""},
		"经验不限大专":       {position.College, "经验不限", ""},
		"5天/周3个月本科":    {position.Bachelor, "5天/周3个月", ""},
		"在校/应届硕士":      {position.Master, "在校/应届", ""},
		"1年以内大专":       {position.College, "1年以内", ""},
		"10年以上博士":      {position.Doctor, "10年以上", ""},
		"1-3年初中及以下":    {position.Junior, "1-3年", ""},
		"3-5年高中":       {position.Senior, "3-5年", ""},
		"本科":           {position.Bachelor, "", ""},
		"本科及以上":        {position.Bachelor, "", ""},
		"本科（含）以上学历":    {position.Bachelor, "", ""},
		"大专/本科":        {position.College, "", ""},
		"本科或大专":        {position.College, "", ""},
		"统招本科":         {position.Bachelor, "", ""},
		"全日制大学本科及以上学历": {position.Bachelor, "", ""},
		"大学专科以上":       {position.College, "", ""},
		"硕士研究生":        {position.Master, "", ""},
		"研究生及以上":       {position.Master, "", ""},
		"博士研究生":        {position.Doctor, "", ""},
		"中专/中技":        {position.Senior, "", ""},
		"初中及以下":        {position.Junior, "", ""},
		"高中及以下":        {position.NoDegree, "", ""},
		"不限":           {position.NoDegree, "", ""},
		"学历不限":         {position.NoDegree, "", ""},
		"无要求":          {position.NoDegree, "", ""},
		"大专以上，本科优先":    {position.College, "本科优先", ""},
		"本科及以上学历，3年以上工作经验": {position.Bachelor, "3年以上工作经验", ""},
		"3年以上经验":            {position.DegreeUnset, "3年以上经验", ""},
		"Bachelor's degree": {position.Bachelor, "", ""},
		"master":            {position.Master, "", ""},
		"any":               {position.NoDegree, "", ""},
		"":                  {position.DegreeUnset, "", ""},
		"高级":                {position.DegreeUnset, "", "intake.problem.degree"},
		"2026-01-03":        {position.DegreeUnset, "", "intake.problem.day_cell"},
		"１－３年本科":            {position.Bachelor, "1-3年", ""},
		"本 科":               {position.Bachelor, "", ""},
		"学历要求不限":            {position.NoDegree, "", ""},
		"二本以上":              {position.Bachelor, "", ""},
		"碩士及以上學歷":           {position.Master, "", ""},
		"1-3年大專":            {position.College, "1-3年", ""},
		"高等职业教育":            {position.College, "", ""},
		"本科及以上，5年以上工作经验，硕士可放宽至3年": {position.Bachelor, "本科及以上，5年以上工作经验，硕士可放宽至3年", ""},
		"硕士研究生及以上学历学位":            {position.Master, "", ""},
		"本科及以上学历，有社工证者优先":         {position.Bachelor, "有社工证者优先", ""},
		"职高、技校、中专均可":              {position.Senior, "", ""},
		"国家承认大专及以上学历，35岁以下":       {position.College, "", ""},
	} {
		got, problem := readDegree(text)
		if got.degree != want.degree || got.experience != want.experience || problem != want.problem {
			t.Errorf("%q: %+v, %q; want %+v", text, got, problem, want)
		}
	}
}

func TestWhatStandsBesideADegreeIsNotLost(t *testing.T) {
	for text, want := range map[string]string{
		"大专及以上学历，社会工作等相关专业": "大专及以上学历，社会工作等相关专业", "本科（法学类）": "本科（法学类）", "985/211本科": "985/211本科",
		"具有大专以上学历": "", "本科及以上均可": "", "最低学历：大专": "", "Bachelor's degree or above": "", "大专/本科": "",
	} {
		if got, problem := readDegree(text); got.more != want || problem != "" || got.degree == position.DegreeUnset {
			t.Errorf("%q: %+v, %q; want %q", text, got, problem, want)
		}
	}
}

func TestHowManyAreWanted(t *testing.T) {
	for text, want := range map[string]struct {
		n       int
		note    string
		problem string
	}{
		"": {}, "3": {3, "", ""}, "3人": {3, "", ""}, "招2名": {2, "", ""}, "3.0": {3, "", ""}, "１０人": {10, "", ""},
		"两名": {2, "", ""}, "十五人": {15, "", ""}, "二十": {20, "", ""}, "二十三": {23, "", ""},
		"招若干人": {1, "招若干人", ""}, "若干": {1, "若干", ""}, "5-8人": {8, "5-8人", ""}, "5人至8人": {8, "5人至8人", ""},
		"10人以上": {10, "10人以上", ""}, "10+": {10, "10+", ""}, "几十人": {10, "几十人", ""}, "10余人": {10, "10余人", ""},
		"若 干": {1, "若 干", ""}, "2人（男1女1）": {2, "", ""}, "三至五人": {5, "三至五人", ""}, "1,000人": {1000, "", ""},
		"一百二十名": {120, "", ""}, "壹名": {1, "", ""}, "-1": {0, "", "intake.problem.number"},
		"8-5": {0, "", "intake.problem.number"}, "3.5": {0, "", "intake.problem.number"},
		"男2女3": {0, "", "intake.problem.number"}, "很多": {0, "", "intake.problem.number"},
		"2026-05-08":           {0, "", "intake.problem.day_cell"},
		"99999999999999999999": {0, "", "intake.problem.number"},
	} {
		n, note, problem := readCount(text)
		if n != want.n || note != want.note || problem != want.problem {
			t.Errorf("%q: %d, %q, %q; want %+v", text, n, note, problem, want)
		}
	}
}

func TestDaysAreReadInTheirUsualForms(t *testing.T) {
	for text, want := range map[string]calendar.Day{
		"2026-12-31": "2026-12-31", "2026/12/31": "2026-12-31", "2026.1.5": "2026-01-05", "2026年12月31日": "2026-12-31",
		"2026年1月5日前": "2026-01-05", "20261231": "2026-12-31", "46387": "2026-12-31", "2026-12-31 23:59": "2026-12-31",
		"2026-12-31T00:00:00": "2026-12-31",
		"即日起至2026年12月31日":     "2026-12-31", "2026.11.1-2026.12.31": "2026-12-31", "长期有效": "", "招满为止": "", "": "",
		"31 December 2026": "2026-12-31", "Dec 31, 2026": "2026-12-31", "December 31 2026": "2026-12-31",
		"2026年11月": "2026-11-30", "2028年2月底": "2028-02-29",
	} {
		if got, problem := readDay(text); got != want || problem != "" {
			t.Errorf("%q: %q, %q; want %q", text, got, problem, want)
		}
	}
	for _, text := range []string{"2026-02-30", "12月31日", "26/12/31", "2026-13-01", "明天", "2026", "2026-12"} {
		if got, problem := readDay(text); got != "" || problem == "" {
			t.Errorf("%q is read as %q", text, got)
		}
	}
}

func TestMonthsAndChoicesAreRead(t *testing.T) {
	for text, want := range map[string]int{"3个月": 3, "3": 3, "半年": 6, "一年": 12, "1年": 12, "6-12个月": 6, "十二个月": 12, "": 0, "一年半": 18, "1年3个月": 15, "两年": 24} {
		if got, problem := readMonths(text); got != want || problem != "" {
			t.Errorf("%q: %d, %q", text, got, problem)
		}
	}
	for _, text := range []string{"90天", "8周", "很久", "99999999999999999999"} {
		if got, problem := readMonths(text); problem == "" {
			t.Errorf("%q is read as %d months", text, got)
		}
	}
	for text, want := range map[string]string{
		"劳动合同": "labor_contract", "劳务派遣": "dispatch", "非全日制用工": "part_time", "劳务协议": "service_contract",
		"Labour dispatch": "dispatch", "别的": "",
	} {
		if got, _ := readEmployment(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]position.Unit{
		"元/月": position.PerMonth, "元/小时": position.PerHour, "天": position.PerDay, "元/年": position.PerYear,
		"元/次": position.PerTime, "yuan per day": position.PerDay,
	} {
		if got, problem := readUnit(text); got != want || problem != "" {
			t.Errorf("%q: %q, %q", text, got, problem)
		}
	}
	for text, want := range map[string]bool{"是": true, "否": false, "": false, "Yes": true} {
		if got, problem := readYes(text); got != want || problem != "" {
			t.Errorf("%q: %v, %q", text, got, problem)
		}
	}
	if _, problem := readYes("也许"); problem == "" {
		t.Error("也许 is neither yes nor no")
	}
}

func TestTheKindIsReadOrToldFromTheTitle(t *testing.T) {
	for text, want := range map[string]position.Kind{
		"全职": position.Job, "就业见习": position.Internship, "实习": position.Internship, "兼职": position.Flexible,
		"灵活就业": position.Flexible, "非全日制": position.Flexible, "志愿者": position.Volunteer, "志愿服务岗位": position.Volunteer,
		"柔性引才": position.Talent, "顾问指导": position.Talent, "Full-time": position.Job, "internship": position.Internship,
		"Volunteering": position.Volunteer, "Expertise": position.Talent, "job": position.Job,
	} {
		if got, ok := readKind(text); got != want || !ok {
			t.Errorf("%q: %s, %v; want %s", text, got, ok, want)
		}
	}
	if got, ok := readKind("技术类"); got != position.Job || ok {
		t.Errorf("技术类: %s, %v", got, ok)
	}
	for _, c := range []struct {
		title, experience string
		want              position.Kind
		months            int
	}{
		{"Python实习生", "", position.Internship, 0}, {"社工（见习）", "", position.Internship, 0},
		{"数据分析", "5天/周3个月", position.Internship, 3}, {"实习生管理专员", "", position.Job, 0},
		{"见习基地主管", "", position.Job, 0}, {"社区探访志愿者", "", position.Volunteer, 0}, {"志愿者管理", "", position.Job, 0},
		{"兼职会计", "", position.Flexible, 0}, {"实习教师", "", position.Internship, 0}, {"实习生导师", "", position.Job, 0},
		{"公益家庭法律顾问（志愿）", "", position.Volunteer, 0}, {"义工", "", position.Volunteer, 0}, {"志愿服务队专干", "", position.Job, 0},
		{"Summer intern", "", position.Internship, 0}, {"Internal auditor", "", position.Job, 0},
		{"Volunteer coordinator", "", position.Job, 0}, {"钟点工", "", position.Flexible, 0}, {"编程老师（兼职、全职）", "", position.Job, 0}, {"社工", "1-3年", position.Job, 0},
	} {
		if got, months := guessKind(c.title, c.experience); got != c.want || months != c.months {
			t.Errorf("%s: %s %d, want %s %d", c.title, got, months, c.want, c.months)
		}
	}
}
