package intake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/errs"
	"zhigang/internal/position"
)

// drafts lists the positions of the desk's organization by title and headcount.
func (d *desk) drafts() []position.Listed {
	d.t.Helper()
	all, err := d.Positions.List(d.t.Context(), d.owner, position.Filter{Org: d.org.ID, Limit: 200})
	if err != nil {
		d.t.Fatal(err)
	}
	slices.Reverse(all) // in the order of rows
	return all
}

func (d *desk) imports(content []byte, o Options) Counts {
	d.t.Helper()
	o.Printer = chinese(d.t)
	return must[Counts](d.t)(d.s.Import(d.t.Context(), d.owner, d.org.ID, content, o))
}

func (c Counts) brief() [6]int {
	return [6]int{c.Rows, c.Added, c.Changed, c.Same, c.Failed, c.Incomplete}
}

var foreign = []any{"职位名称", "职位地址", "薪资", "学历经验要求", "公司名称", "公司信息", "公司福利"}

func TestAForeignSheetBecomesDrafts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		k := newDesk(t, d, c)
		got := k.imports(xlsx(t, foreign,
			[]any{"社工", "广州·番禺区·大石", "6-8K·13薪", "1-3年本科", "甲养老服务有限公司", "养老100-499人", "五险一金，双休"},
			[]any{"实习生", "广州", "120-150元/天", "4天/周3个月大专", " 番禺区示例社会工作服务中心 ", "", ""},
		), Options{})
		if got.brief() != [6]int{2, 2, 0, 0, 0, 2} || got.Missing["duties"] != 2 || got.Missing["entrustment"] != 1 {
			t.Fatalf("%+v", got)
		}
		all := k.drafts()
		want := position.Content{
			Kind: position.Job, Title: "社工", Employer: "甲养老服务有限公司", EmployerProfile: "养老100-499人", Headcount: 1,
			Requirements: "经验要求：1-3年", Employment: "labor_contract", Conditions: "五险一金，双休", Region: "440113", Address: "大石",
			Pay: position.Pay{Min: 600000, Max: 800000, Unit: position.PerMonth, Months: 13}, Source: "entrusted",
			Degree: position.Bachelor, Majors: db.AsJSON([]string{}), Skills: db.AsJSON([]string{}), AnswerDays: 5,
		}
		if first := all[0]; first.State != position.Draft || !reflect.DeepEqual(first.Content, want) {
			t.Errorf("%+v", first)
		}
		if second := all[1]; second.Kind != position.Internship || second.InternshipMonths != 3 || second.Employer != "" ||
			second.Region != "440100" || second.Pay.Unit != position.PerDay {
			t.Errorf("%+v", second)
		}
	})
}

func TestTheSameSheetAgainChangesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		k := newDesk(t, d, c)
		rows := [][]any{{"岗位名称", "薪资", "工作地区", "任职要求"}}
		for n := range 7 { // seven rows that say the same of who, what and where
			rows = append(rows, []any{"社工", fmt.Sprintf("%d-9K", n+1), "广州市番禺区", fmt.Sprintf("第%d个", n+1)})
		}
		if got := k.imports(xlsx(t, rows...), Options{}); got.brief() != [6]int{7, 7, 0, 0, 0, 7} {
			t.Fatalf("%+v", got)
		}
		if got := k.imports(xlsx(t, rows...), Options{}); got.brief() != [6]int{7, 0, 0, 7, 0, 7} {
			t.Fatalf("again: %+v", got)
		}
		rows[4][1] = "4-10K"
		if got := k.imports(xlsx(t, rows...), Options{}); got.brief() != [6]int{7, 0, 1, 6, 0, 7} {
			t.Fatalf("a changed pay: %+v", got)
		}
		if all := k.drafts(); len(all) != 7 || all[3].Pay.Max != 1000000 || all[2].Pay.Max != 900000 {
			t.Fatalf("%d drafts", len(all))
		}
		again := [][]any{{"任职要求", "工作地区", "岗位名称", "薪资"}} // columns moved
		for _, row := range rows[1:] {
			again = append(again, []any{row[3], row[2], row[0], row[1]})
		}
		if got := k.imports(xlsx(t, again...), Options{}); got.brief() != [6]int{7, 0, 0, 7, 0, 7} {
			t.Fatalf("columns moved: %+v", got)
		}
	})
}

func TestASheetOfVolunteerRolesIsToldByItsHeaders(t *testing.T) {
	d, c := dbtest.SQLite(t)
	k := newDesk(t, d, c)
	k.imports(xlsx(t, []any{"志愿岗位", "招募人数", "服务地点"}, []any{"社区陪伴", 8, "广州市番禺区"}, []any{"活动策划实习生", 1, "广州市"}), Options{})
	if all := k.drafts(); all[0].Kind != position.Volunteer || all[0].Headcount != 8 || all[0].Region != "440113" || all[1].Kind != position.Internship {
		t.Errorf("%+v", all)
	}
}

func TestASheetInTraditionalCharactersIsRead(t *testing.T) {
	d, c := dbtest.SQLite(t)
	k := newDesk(t, d, c)
	k.imports(xlsx(t, []any{"職位名稱", "工作地點", "薪資", "學歷要求", "招聘人數"}, []any{"社會工作員", "廣東省中山市小欖鎮", "八千至一萬元/月", "學歷不限", "兩名"}), Options{})
	p := k.drafts()[0]
	if p.Title != "社會工作員" || p.Region != "442000118" || p.Pay.Min != 800000 || p.Pay.Max != 1000000 || p.Degree != position.NoDegree || p.Headcount != 2 {
		t.Errorf("%+v", p)
	}
}

func TestARowThatWasPastedTwiceIsOnePost(t *testing.T) {
	d, c := dbtest.SQLite(t)
	k := newDesk(t, d, c)
	content := xlsx(t, []any{"序号", "岗位名称", "薪资", "任职要求"},
		[]any{1, "社工", "5-6K", "持证"}, []any{2, "社工", "5-6K", "持证"}, []any{3, "社工", "5-7K", "持证"}, []any{4, "社工", "5-6K", "持证"})
	if got := k.imports(content, Options{}); got.brief() != [6]int{4, 2, 0, 2, 0, 2} {
		t.Fatalf("%+v", got)
	}
	if got := k.imports(content, Options{}); got.brief() != [6]int{4, 0, 0, 4, 0, 2} || len(k.drafts()) != 2 {
		t.Fatalf("again: %+v", got)
	}
}

func TestWhatWasAddedByHandOutlivesTheNextImport(t *testing.T) {
	d, c := dbtest.SQLite(t)
	k := newDesk(t, d, c)
	content := xlsx(t, []any{"岗位名称", "薪资"}, []any{"社工", "5-6K"})
	k.imports(content, Options{})
	p := k.drafts()[0]
	edited := p.Content
	edited.Duties, edited.ValidUntil = "手工补充的工作内容", "2026-12-31"
	if _, err := k.Positions.Edit(t.Context(), k.owner, p.ID, p.Version, edited); err != nil {
		t.Fatal(err)
	}
	if got := k.imports(content, Options{}); got.Same != 1 {
		t.Fatalf("%+v", got)
	}
	k.imports(xlsx(t, []any{"岗位名称", "薪资"}, []any{"社工", "5-7K"}), Options{})
	if p = k.drafts()[0]; p.Duties != "手工补充的工作内容" || p.ValidUntil != "2026-12-31" || p.Pay.Max != 700000 {
		t.Fatalf("%+v", p)
	}
}

func TestRowsThatCannotBeReadComeBackWithReasons(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		k := newDesk(t, d, c)
		header := []any{"序号", "招聘岗位", "工作地点", "月薪", "学历", "招聘人数", "截止日期", "联系电话"}
		content := xlsx(t, header,
			[]any{1, "社工", "广州市番禺区", "5-6K", "本科", 1, "2026-12-31", "020-1"},
			[]any{2, "社工", "广州市番禺区", "保密", "本科", 2, "2026-12-31", "020-1"},
			[]any{3, "社工", "番禹区", "5-6K", "本科", 3, "2026-12-31", "020-1"},
			[]any{4, "", "广州市番禺区", "12-18", "高级", "很多", "2月30日", "020-1"},
			[]any{5, "社工", "广州市番禺区", "5-6K", "本科", 5, "2026-12-31", "020-1"},
			[]any{6, strings.Repeat("长", 61), "广州市番禺区", "5-6K", "本科", 99999, "2026-12-31", "020-1"},
		)
		var refused bytes.Buffer
		got := k.imports(content, Options{Errors: &refused})
		if got.brief() != [6]int{6, 2, 0, 0, 4, 2} {
			t.Fatalf("%+v", got)
		}
		table := must[*table](t)(openTable(refused.Bytes(), Mapping{}))
		want := "序号 招聘岗位 工作地点 月薪 学历 招聘人数 截止日期 联系电话 原行号 行标识（请勿修改） 错误说明"
		if strings.Join(table.headers, " ") != want {
			t.Fatalf("headers %q", table.headers)
		}
		var back [][]string
		for row, err := range table.rows() {
			if err != nil {
				t.Fatal(err)
			}
			back = append(back, slices.Clone(row.Cells))
		}
		if len(back) != 4 || back[0][8] != "3" || back[0][9] != "2" || back[1][8] != "4" || back[1][9] != "r4" {
			t.Fatalf("%q", back)
		}
		wrong := back[2][10]
		for _, part := range []string{
			"岗位名称：请填写此项", "薪酬：看不出“12-18”的单位", "学历要求：看不懂学历要求“高级”", "招聘人数：“很多”不是数字",
			"截止日期：“2月30日”不是完整的日期",
		} {
			if !strings.Contains(wrong, part) {
				t.Errorf("%q does not say %q", wrong, part)
			}
		}
		if !strings.Contains(back[3][10], "岗位名称：最多 60 个字") || !strings.Contains(back[3][10], "招聘人数：应在 0 到 10000 之间") {
			t.Errorf("%q", back[3][10])
		}

		// Put right, the sheet adds what was missing and touches nothing else.
		back[0][3], back[1][2] = "4-5K", "广州市番禺区"
		back[2][1], back[2][3], back[2][4], back[2][5], back[2][6] = "社工", "面议", "大专", "4", ""
		back[3][1], back[3][5] = "社工", "6"
		mended := [][]any{}
		for _, row := range append([][]string{table.headers}, back...) {
			values := make([]any, len(row))
			for n, text := range row {
				values[n] = text
			}
			mended = append(mended, values)
		}
		for range 2 {
			k.imports(xlsx(t, mended...), Options{})
		}
		people := []int{}
		for _, p := range k.drafts() {
			people = append(people, p.Headcount)
		}
		if slices.Sort(people); !slices.Equal(people, []int{1, 2, 3, 4, 5, 6}) {
			t.Fatalf("headcounts %v", people)
		}
		// The first sheet, put right as well, finds the same rows where they still say the same.
		if got := k.imports(content, Options{}); got.brief() != [6]int{6, 0, 0, 2, 4, 2} {
			t.Fatalf("%+v", got)
		}
	})
}

func TestADryRunTellsEachRowAndWritesNothing(t *testing.T) {
	d, c := dbtest.SQLite(t)
	k := newDesk(t, d, c)
	content := xlsx(t, foreign,
		[]any{"Python 工程师", "北京·海淀区·中关村", "12-18K", "1-3年本科", "智慧示例", "互联网A轮", "全勤奖"},
		[]any{"社工", "火星", "2.55万/月", "经验不限学历不限", "", "", ""},
	)
	var lines []string
	counts, err := k.s.DryRun(t.Context(), k.owner, k.org.ID, content, Options{Printer: chinese(t)}, func(row Dry) error {
		b, err := json.Marshal(row)
		lines = append(lines, string(b))
		return err
	})
	if err != nil || counts.Rows != 2 || counts.Failed != 1 || len(k.drafts()) != 0 {
		t.Fatalf("%+v, %v", counts, err)
	}
	want := []string{
		`{"row":2,"title":"Python 工程师","employer":"智慧示例","region":{"code":"110108","name":"北京市海淀区"},` +
			`"degree":"bachelor","pay":{"min":12000,"max":18000,"unit":"month","months":0},` +
			`"headcount":1,"kind":"job","errors":[]}`,
		`{"row":3,"title":"社工","employer":"","region":{"code":"","name":""},` +
			`"degree":"any","pay":{"min":25500,"max":25500,"unit":"month","months":0},"headcount":1,"kind":"job",` +
			`"errors":[{"field":"region","text":"找不到“火星”这个地点。请从省或市写起，例如：广东省广州市番禺区"}]}`,
	}
	if !slices.Equal(lines, want) {
		t.Errorf("%s", strings.Join(lines, "\n"))
	}
}

func TestPublishingIsForTheProgramItself(t *testing.T) {
	d, c := dbtest.SQLite(t)
	k := newDesk(t, d, c)
	content := must[[]byte](t)(k.s.Template(chinese(t)))
	examples := Options{Mapping: Mapping{Sheet: "填写示例"}, Publish: true, Printer: chinese(t)}
	if _, err := k.s.Import(t.Context(), k.owner, k.org.ID, content, examples); !errs.Is(err, errs.KindForbidden) {
		t.Fatalf("an owner publishes past the bureau: %v", err)
	}
	got, err := k.s.Import(t.Context(), auth.System(), k.org.ID, content, examples)
	if err != nil || got.Added != 3 || got.Shown != 3 || got.Incomplete != 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	if shown, err := k.Positions.Newest(t.Context(), 10, 0); err != nil || len(shown) != 3 {
		t.Fatalf("%d on show, %v", len(shown), err)
	}
	got, err = k.s.Import(t.Context(), auth.System(), k.org.ID, content, examples)
	if err != nil || got.Same != 3 || got.Shown != 0 {
		t.Fatalf("again: %+v, %v", got, err)
	}
}

func TestDraftsArePublishedWhenTheSameSheetComesWithPublish(t *testing.T) {
	d, c := dbtest.SQLite(t)
	k := newDesk(t, d, c)
	content := must[[]byte](t)(k.s.Template(chinese(t)))
	o := Options{Mapping: Mapping{Sheet: "填写示例"}}
	if got := k.imports(content, o); got.Added != 3 || got.Shown != 0 {
		t.Fatalf("%+v", got)
	}
	o.Publish = true
	got, err := k.s.Import(t.Context(), auth.System(), k.org.ID, content, o)
	if err != nil || got.Same != 3 || got.Shown != 3 {
		t.Fatalf("%+v, %v", got, err)
	}
}

func TestStrangersImportNothing(t *testing.T) {
	d, c := dbtest.SQLite(t)
	k := newDesk(t, d, c)
	other, _ := k.Account("路人")
	_, ownerOfOther := k.World.Org("海珠区示例义工协会", "440105")
	viewer, _ := k.Account("只读")
	viewer.Orgs = []auth.OrgGrant{{Org: k.org.ID, Role: auth.Viewer}}
	content := xlsx(t, foreign, []any{"社工", "广州", "5K", "本科", "", "", ""})
	for _, who := range []auth.Actor{{}, other, ownerOfOther, viewer} {
		if _, err := k.s.Import(t.Context(), who, k.org.ID, content, Options{}); !errs.Is(err, errs.KindForbidden) {
			t.Error(err)
		}
		if _, err := k.s.DryRun(t.Context(), who, k.org.ID, content, Options{}, nil); !errs.Is(err, errs.KindForbidden) {
			t.Error(err)
		}
	}
}

func TestAnImportThatIsStoppedKeepsWholeBatches(t *testing.T) {
	d, c := dbtest.SQLite(t)
	k := newDesk(t, d, c)
	rows := [][]any{{"岗位名称", "工作地区"}}
	for n := range batchSize + 10 {
		rows = append(rows, []any{fmt.Sprintf("岗位%d", n), "广州"})
	}
	ctx, cancel := context.WithCancel(t.Context())
	seen := []int{}
	_, err := k.s.Import(ctx, k.owner, k.org.ID, xlsx(t, rows...), Options{Progress: func(done, total int) {
		if seen = append(seen, done); total != len(rows) {
			t.Errorf("%d of %d", done, total)
		}
		cancel()
	}})
	if !errors.Is(err, context.Canceled) || !slices.Equal(seen, []int{batchSize + 1}) {
		t.Fatalf("%v, %v", seen, err)
	}
	got := k.imports(xlsx(t, rows...), Options{})
	if got.Added != 10 || got.Same != batchSize {
		t.Fatalf("%+v", got)
	}
}

func TestMissingParticularsAreCountedByName(t *testing.T) {
	d, c := dbtest.SQLite(t)
	k := newDesk(t, d, c)
	got := k.imports(xlsx(t, []any{"岗位名称", "薪资"}, []any{"甲", "5K"}, []any{"乙", "面议"}), Options{})
	want := map[string]int{
		"duties": 2, "requirements": 2, "conditions": 2, "region": 2, "address": 2, "degree": 2, "valid_until": 2,
		"pay_min": 1, "pay_unit": 1,
	}
	if !maps.Equal(got.Missing, want) || got.Incomplete != 2 {
		t.Errorf("%+v", got)
	}
	for field := range got.Missing {
		if !chinese(t).Has("intake.field." + field) {
			t.Errorf("%s has no name", field)
		}
	}
}
