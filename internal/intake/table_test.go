package intake

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"zhigang/internal/org"
	"zhigang/internal/position"
	"zhigang/internal/region"
)

func TestHeadersAreRecognisedHoweverTheyAreWritten(t *testing.T) {
	for header, want := range map[string]Field{
		"岗位名称": Title, "职位名称": Title, "招聘岗位": Title, "jobname": Title, "Job Title": Title, "【必填】岗位名称*：": Title,
		"岗位 名称（不超过60字）": Title, "拟招聘岗位名称": Title, "招聘人数": Headcount, "人数": Headcount, "plan": Headcount,
		"招聘\n人数（人）": Headcount, "本次招聘人数": Headcount, "薪资": Pay, "薪酬": Pay, "月薪": Pay, "工资": Pay, "salary": Pay,
		"月薪（元）": Pay, "薪资待遇/元": Pay, "最低月薪": PayMin, "薪资上限（元）": PayMax, "工作地点": Region, "职位地址": Region,
		"地区": Region, "jobarea": Region, "工作地址": Address, "job_address": Address, "详细地址": Address, "学历": Degree,
		"学历要求": Degree, "学历经验要求": Degree, "eduLevel": Degree, "最低学历要求": Degree, "workingExp": Experience,
		"工作年限": Experience, "公司名称": Employer, "用人单位": Employer, "单位名称": Employer, "招聘单位名称": Employer,
		"招聘单位性质": EmployerProfile, "公司信息": EmployerProfile, "size": EmployerProfile, "岗位职责": Duties,
		"工作内容": Duties, "job_detail": Duties, "职位描述": Duties, "任职要求": Requirements, "招聘岗位要求": Requirements,
		"专业": Majors, "专业要求": Majors, "截止日期": ValidUntil, "有效期": ValidUntil, "有效期至": ValidUntil,
		"报名截止时间": ValidUntil, "公司福利": Conditions, "welfare": Conditions, "工作条件": Conditions,
		"job_highlights": Conditions, "序号": Nothing, "错误说明": Note, "行标识（请勿修改）": Tag,
		"联系人": "", "联系电话": "", "招聘单位联系人": "", "备注": "", "年龄要求": "", "性别": "", "HR邮箱": "", "单位电话": "",
		"abc": "", "": "",
	} {
		got := Field("")
		if found := meanings(header); len(found) > 0 {
			got = found[0]
		}
		if got != want {
			t.Errorf("%q is taken for %q, want %q", header, got, want)
		}
	}
}

func TestOneHeaderMayMeanTwoThings(t *testing.T) {
	for _, c := range []struct {
		headers []string
		samples [][]string
		want    map[int]Field
	}{
		{
			[]string{"name", "jobname", "type", "size"}, [][]string{nil, nil, {"国企", "民营"}, nil},
			map[int]Field{0: Employer, 1: Title, 2: EmployerProfile, 3: EmployerProfile},
		},
		{
			[]string{"name", "type", "salary", "plan"}, [][]string{nil, {"", "full-time"}, nil, nil},
			map[int]Field{0: Title, 1: Kind, 2: Pay, 3: Headcount},
		},
		{
			[]string{"岗位名称", "职位", "岗位职责", "工作内容"}, make([][]string, 4),
			map[int]Field{0: Title, 2: Duties, 3: Duties},
		},
	} {
		if got := guess(c.headers, c.samples); !maps.Equal(got, c.want) {
			t.Errorf("%q: %v, want %v", c.headers, got, c.want)
		}
	}
}

func TestTheHeaderMayStandBelowATitle(t *testing.T) {
	content := xlsx(t, []any{"2026年民办养老机构招聘岗位汇总表"}, []any{"填报单位：某协会", nil, "联系人：某某"},
		[]any{"序号", "用人单位", "岗位", "人数", "地点", "待遇", "联系电话"},
		[]any{1, "甲养老院", "护理员", "若干", "广州市番禺区", "4000-5000", "020-0"},
		[]any{"序号", "用人单位", "岗位", "人数", "地点", "待遇", "联系电话"}, // the second page
		[]any{2, "乙养老院", "社工", 2, "广州市天河区", "5000以上", "020-0"},
		[]any{3, nil, nil, nil, nil, nil, nil})
	table := must[*table](t)(openTable(content, Mapping{}))
	if table.mapping.Header != 3 || !slices.Equal(table.unmapped(), []string{"联系电话"}) {
		t.Fatalf("%+v, not mapped %q", table.mapping, table.unmapped())
	}
	var titles []string
	for row, err := range table.rows() {
		if err != nil {
			t.Fatal(err)
		}
		titles = append(titles, row.Cells[2])
	}
	if !slices.Equal(titles, []string{"护理员", "社工"}) {
		t.Errorf("%q", titles)
	}
}

// readRow reads one row under headers.
func readRow(t *testing.T, headers []string, cells ...string) parsed {
	t.Helper()
	tree, err := region.Load()
	if err != nil {
		t.Fatal(err)
	}
	m := Mapping{Columns: guess(headers, make([][]string, len(headers)))}
	return newReading(tree, org.Org{Name: "番禺区示例协会", Region: "440113", Kind: org.Association}, m, headers).read(2, cells)
}

func TestNothingThatARowSaysIsLost(t *testing.T) {
	headers := []string{"岗位名称", "岗位职责", "经验要求", "专业要求", "技能要求", "福利", "工作时间", "公司规模", "公司性质", "薪资", "招聘人数", "用人单位"}
	p := readRow(t, headers, " 社\u200b工\n（驻点） ", "开展个案服务。", "3年以上", "社会工作等相关专业、心理学", "社工证；驾驶证",
		"五险一金", "9:00-18:00", "100-499人", "民办非企业", "底薪4000+绩效", "5-8人", "番禺区 示例协会")
	c := p.Content
	if len(p.Problems) > 0 || c.Title != "社工 （驻点）" || c.Employer != "" || c.Headcount != 8 {
		t.Errorf("%+v", p)
	}
	if got := strings.Join(append(c.Majors.V, c.Skills.V...), " "); got != "社会工作 心理学 社工证 驾驶证" || c.Requirements != "经验要求：3年以上" {
		t.Errorf("%s; %q", got, c.Requirements)
	}
	if c.Conditions != "福利：五险一金\n工作时间：9:00-18:00\n薪酬说明：底薪4000+绩效\n招聘人数：5-8人" {
		t.Errorf("%q", c.Conditions)
	}
	if c.EmployerProfile != "公司规模：100-499人\n公司性质：民办非企业" {
		t.Errorf("%q", c.EmployerProfile)
	}
	const majors, skills = "社会工作、社会学、社会保障等人文社会科学类各个专业均可报名参加本次招聘", "熟练掌握并且每天都会使用各种常见的办公软件"
	p = readRow(t, []string{"岗位名称", "专业", "技能"}, "社工", majors, skills)
	if c := p.Content; len(c.Majors.V)+len(c.Skills.V) != 0 || c.Requirements != "专业要求："+majors+"\n技能要求："+skills {
		t.Errorf("%+v", c)
	}
	p = readRow(t, []string{"岗位名称", "用人单位", "统一社会信用代码"}, "社工", "番禺区示例协会（分会）", "51440113MJ0000001X")
	if p.Content.Employer != "番禺区示例协会（分会）" || p.Content.EmployerCode == "" {
		t.Errorf("%+v", p.Content)
	}
}

func TestADescriptionIsDividedWhereItsHeadingsAre(t *testing.T) {
	for _, c := range []struct{ text, duties, requirements string }{
		{"岗位职责：\n1、写代码。\n任职要求：\n1、会写代码。", "岗位职责：\n1、写代码。", "1、会写代码。"},
		{"写代码。\n【任职资格】\n会写代码。", "写代码。", "会写代码。"},
		{"写代码。\n二、岗位要求 1. 会写。", "写代码。", "1. 会写。"},
		{"写代码。\n任职要求1、会写。", "写代码。", "1、会写。"},
		{"任职要求：\n会写代码。\n岗位职责：\n写代码。", "写代码。", "会写代码。"},
		{"Write code.\nRequirements:\nCan write.", "Write code.", "Can write."},
		{"按任职要求完成工作。", "按任职要求完成工作。", ""},
		{"任职要求：\n会写代码。", "任职要求：\n会写代码。", ""},
		{"写代码。\n任职要求：", "写代码。\n任职要求：", ""},
		{"", "", ""},
	} {
		if duties, requirements := divide(c.text); duties != c.duties || requirements != c.requirements {
			t.Errorf("%q: %q and %q", c.text, duties, requirements)
		}
	}
	p := readRow(t, []string{"岗位名称", "工作内容", "任职要求"}, "社工", "做。\n任职要求：\n会做。", "另有要求")
	if p.Content.Duties != "做。\n任职要求：\n会做。" || p.Content.Requirements != "另有要求" {
		t.Errorf("%+v", p.Content)
	}
}

func TestPayInThreeColumns(t *testing.T) {
	const month = position.PerMonth
	headers := []string{"岗位名称", "最低薪酬", "最高薪酬", "薪酬单位", "年发薪月数"}
	for _, c := range []struct {
		cells   []string
		want    position.Pay
		problem string
	}{
		{[]string{"5000", "8000", "元/月", "13"}, position.Pay{Min: 500000, Max: 800000, Unit: month, Months: 13}, ""},
		{[]string{"25", "30", "元/小时", ""}, position.Pay{Min: 2500, Max: 3000, Unit: position.PerHour}, ""},
		{[]string{"5000", "", "", ""}, position.Pay{Min: 500000, Max: 500000, Unit: month, Negotiable: true}, ""},
		{[]string{"", "8000", "元/月", ""}, position.Pay{Max: 800000, Unit: month}, ""},
		{[]string{"5K", "8K", "", ""}, position.Pay{Min: 500000, Max: 800000, Unit: month}, ""},
		{[]string{"", "", "元/月", ""}, position.Pay{}, ""},
		{[]string{"8000", "5000", "元/月", ""}, position.Pay{}, "position.pay.order"},
		{[]string{"5000", "8000", "元/周", ""}, position.Pay{Min: 500000, Max: 800000, Unit: month}, "intake.problem.choice"},
		{[]string{"5000", "8000", "元/月", "很多"}, position.Pay{Min: 500000, Max: 800000, Unit: month}, "intake.problem.number"},
	} {
		p := readRow(t, headers, append([]string{"社工"}, c.cells...)...)
		problem := ""
		if len(p.Problems) > 0 {
			problem = p.Problems[0].Key
		}
		if p.Content.Pay != c.want || problem != c.problem {
			t.Errorf("%q: %+v, %q", c.cells, p.Content.Pay, problem)
		}
	}
}

func TestKindAndFormOfEmploymentMustFit(t *testing.T) {
	headers := []string{"岗位名称", "岗位类型", "用工形式"}
	for _, c := range []struct {
		cells   []string
		kind    position.Kind
		form    string
		problem string
	}{
		{[]string{"社工", "全职", "劳动合同"}, position.Job, "labor_contract", ""},
		{[]string{"社工", "", "非全日制用工"}, position.Flexible, "part_time", ""},
		{[]string{"社工", "", "劳务派遣"}, position.Job, "dispatch", ""},
		{[]string{"社工", "技术类", ""}, position.Job, "", ""},
		{[]string{"实习生", "", ""}, position.Internship, "", ""},
		{[]string{"社工", "志愿服务", "劳动合同"}, position.Volunteer, "labor_contract", "intake.problem.employment"},
		{[]string{"社工", "全职", "随便"}, position.Job, "", "intake.problem.choice"},
	} {
		p := readRow(t, headers, c.cells...)
		problem := ""
		if len(p.Problems) > 0 {
			problem = p.Problems[0].Key
		}
		if p.Content.Kind != c.kind || p.Content.Employment != c.form || problem != c.problem {
			t.Errorf("%q: %s %s %s", c.cells, p.Content.Kind, p.Content.Employment, problem)
		}
	}
	p := readRow(t, []string{"岗位名称", "岗位类型"}, "法律顾问", "柔性引才（顾问指导）")
	if p.Content.TalentForm != "advisor" {
		t.Errorf("%+v", p.Content)
	}
}

func TestKeysTellRowsApart(t *testing.T) {
	tree := must[*region.Tree](t)(region.Load())
	headers := []string{"岗位名称", "工作地点", "薪资", "行标识"}
	r := newReading(tree, org.Org{Region: "440113"}, Mapping{Columns: guess(headers, make([][]string, 4))}, headers)
	first, second := r.read(2, []string{"社工", "广州", "5K", ""}), r.read(3, []string{"社工", "广州市", "6K", ""})
	elsewhere, copied := r.read(4, []string{"社工", "深圳", "5K", ""}), r.read(5, []string{"社工", "广州", "7K", "2"})
	keys := []string{first.Key, second.Key, elsewhere.Key, copied.Key}
	if slices.Sort(keys); len(slices.Compact(keys)) != 4 {
		t.Errorf("rows share a key: %q", keys)
	}
	again := newReading(tree, org.Org{Region: "440113"}, Mapping{Columns: guess(headers, make([][]string, 4))}, headers)
	if p := again.read(9, []string{"社工", "广州", "面议", "2"}); p.Key != second.Key {
		t.Error("a row that brings its tag along is another post")
	}
	if p := again.read(10, []string{"社工", "广州", "9K", ""}); p.Key != first.Key {
		t.Error("the same row with another pay is another post")
	}
}

func FuzzReadRow(f *testing.F) {
	tree, err := region.Load()
	if err != nil {
		f.Fatal(err)
	}
	headers := []string{"岗位名称", "工作地点", "薪资", "学历", "招聘人数", "截止日期", "岗位职责"}
	f.Add("社工", "广州市番禺区", "5-8K·13薪", "1-3年本科", "招2人", "2026-12-31", "做。\n任职要求：会。")
	f.Fuzz(func(t *testing.T, title, place, pay, degree, count, day, duties string) {
		r := newReading(tree, org.Org{Region: "440113"}, Mapping{Columns: guess(headers, make([][]string, 7))}, headers)
		p := r.read(2, []string{title, place, pay, degree, count, day, duties})
		if c := p.Content; c.Pay.Max < c.Pay.Min || c.Pay.Min < 0 || c.Headcount < 0 || c.Degree != "" && c.Degree.Rank() < 0 {
			t.Errorf("%+v", c)
		}
	})
}
