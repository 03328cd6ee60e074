package searchtest

import (
	"strings"
	"testing"

	"zhigang/internal/id"
	"zhigang/internal/search"
)

func (s suite) text() []testing.InternalTest {
	return []testing.InternalTest{
		{Name: "AWordIsFoundInEveryPart", F: s.everyPart},
		{Name: "EveryWordMustBeFound", F: s.everyWord},
		{Name: "SimplifiedAndTraditionalFindTheSame", F: s.scripts},
		{Name: "WidthAndCaseDoNotMatter", F: s.forms},
		{Name: "NumbersAreExact", F: s.numbers},
		{Name: "NobodyIsFoundByANumber", F: s.nobody},
		{Name: "ChineseHasNoNoise", F: s.noise},
		{Name: "TitleAndSkillsWeighMore", F: s.weights},
		{Name: "LongTextsAreFoundWhole", F: s.long},
		{Name: "ATextWithoutWordsFindsNothing", F: s.wordless},
	}
}

func (s suite) everyPart(t *testing.T) {
	x := s.with(t,
		titled(1, "幼儿园绘本老师"),
		plain(2, func(d *search.Document) { d.Org = "番禺区阳光社会工作服务中心" }),
		plain(3, func(d *search.Document) { d.Employer = "广州绿洲养老服务有限公司" }),
		plain(4, func(d *search.Document) { d.Description = "负责长者饭堂的配餐；\n入户探访。" }),
		plain(5, func(d *search.Document) { d.Majors = []string{"护理学", "临床医学"} }),
		plain(6, func(d *search.Document) { d.Skills = []string{"C++", "Node.js", "普通话二级甲等"} }),
	)
	for text, want := range map[string]id.ID{
		"绘本": 1, "老师": 1, "幼儿园": 1, "师": 1, "阳光社会工作": 2, "番禺": 2, "养老服务": 3, "绿洲": 3, "长者饭堂": 4, "探访": 4, "临床医学": 5, "护理学": 5,
		"c++": 6, "node.js": 6, "普通话": 6,
	} {
		wantText(t, x, text, want)
	}
	wantText(t, x, "服务", 2, 3)
	wantText(t, x, "堂入") // a line ends between them
	wantText(t, x, "学临") // two majors
}

func (s suite) everyWord(t *testing.T) {
	x := s.with(t,
		plain(1, func(d *search.Document) { d.Title, d.Org = "社工", "番禺区同心社区服务中心" }),
		plain(2, func(d *search.Document) { d.Title, d.Org = "社工", "天河区同心社区服务中心" }),
		plain(3, func(d *search.Document) { d.Title, d.Description = "文员", "服务企业的中心" }),
	)
	wantText(t, x, "社工 番禺", 1)
	wantText(t, x, "番禺　社工", 1)
	wantText(t, x, "社工 番禺 天河")
	wantText(t, x, "社工 同心", 1, 2)
	wantText(t, x, "服务中心", 1, 2) // as it stands, not its parts
	wantText(t, x, "服务 中心", 1, 2, 3)
}

func (s suite) scripts(t *testing.T) {
	x := s.with(t,
		titled(1, "志愿者管理"), titled(2, "志願者管理"), titled(3, "图书馆馆员"), titled(4, "圖書館館員"), titled(5, "社會工作者"), titled(6, "社会工作者"),
		titled(7, "綫上補習導師"), titled(8, "线上补习导师"), titled(9, "衞生服務助理"), titled(10, "卫生服务助理"),
	)
	for text, want := range map[string][]id.ID{
		"志愿": {1, 2}, "志願": {1, 2}, "志願者管理": {1, 2}, "图书馆": {3, 4}, "圖書館": {3, 4}, "社会工作": {5, 6}, "社會工作者": {5, 6}, "线上": {7, 8},
		"線上": {7, 8}, "綫上補習": {7, 8}, "衛生": {9, 10}, "衞生": {9, 10}, "卫生": {9, 10},
	} {
		wantText(t, x, text, want...)
	}
	simple, traditional := find(t, x, search.Query{Text: "志愿者"}), find(t, x, search.Query{Text: "志願者"})
	if simple.IDs[0] != traditional.IDs[0] {
		t.Error("the order depends on the script of the query")
	}
}

func (s suite) forms(t *testing.T) {
	x := s.with(t, titled(1, "Excel 文员"), titled(2, "ＥＸＣＥＬ　培训"), titled(3, "ＡＩ工程师"), titled(4, "Café 店员"))
	wantText(t, x, "excel", 1, 2)
	wantText(t, x, "ＥxＣＥＬ", 1, 2)
	wantText(t, x, "ai", 3)
	wantText(t, x, "AI工程师", 3)
	wantText(t, x, "CAFÉ", 4)
}

func (s suite) numbers(t *testing.T) {
	x := s.with(t, titled(1, "2024届毕业生"), titled(2, "2025届毕业生"), titled(3, "热线123456接听"), titled(4, "热线123457接听"), titled(5, "3A级社会组织"))
	wantText(t, x, "2024", 1)
	wantText(t, x, "2024届", 1)
	wantText(t, x, "202")
	wantText(t, x, "123456", 3)
	wantText(t, x, "12345")
	wantText(t, x, "3a", 5)
}

// nobody is found by a number that somebody wrote into a post, nor by a part of it, nor by one that differs by a digit.
func (s suite) nobody(t *testing.T) {
	var docs []search.Document
	for n, secret := range Secrets() {
		docs = append(docs,
			plain(int64(10*n+1), func(d *search.Document) {
				d.Description = "有意者请联系李老师" + secret + "（微信同号）。"
			}),
			plain(int64(10*n+2), func(d *search.Document) { d.Title = "护理员，致电" + secret }),
			plain(int64(10*n+3), func(d *search.Document) { d.Org, d.Skills = "协会 "+secret, []string{secret} }),
		)
	}
	x := s.with(t, docs...)
	for _, secret := range Secrets() {
		digits := strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' || r == 'x' {
				return r
			}
			return -1
		}, search.Fold(secret))
		end := len(digits)
		for _, text := range []string{
			secret, digits, digits[:end-1], digits[1:], digits[end-4:], digits[:3] + " " + digits[3:7], digits[:3] + " " + digits[3:7] + " " + digits[7:],
		} {
			wantText(t, x, text)
		}
		if hits := find(t, x, search.Query{Text: "李老师" + secret}); hits.Total != len(Secrets()) { // the rest of what was copied
			t.Errorf("%q finds %d", "李老师"+secret, hits.Total)
		}
	}
	if hits := find(t, x, search.Query{Text: "护理员"}); hits.Total != len(Secrets()) {
		t.Errorf("%d found", hits.Total)
	}
}

// Secrets are numbers that lead to a person, as people write them. None is real.
func Secrets() []string {
	return []string{
		"13800001234", "138-0000-1234", "138 0000 1234", "１３８００００１２３４", "+86 138 0000 1234", "1380 000 1234", "(020)8000-0123", "020-80000123",
		"0760 8000 0123", "400-800-0123", "+852 6000 0123", "6000 0123", "440113199001010015", "44011319900101001X", "440113 19900101 001x",
		"440113-1990-0101-0015", "440113900101001", "A123456(7)", "H60000123",
	}
}

func (s suite) noise(t *testing.T) {
	x := s.with(t, titled(1, "景点讲解员"), titled(2, "经典诵读老师"), titled(3, "布艺老师"), titled(4, "部门助理"), titled(5, "不限专业"))
	wantText(t, x, "景点", 1)
	wantText(t, x, "经典", 2)
	wantText(t, x, "布", 3)
	wantText(t, x, "部", 4)
	wantText(t, x, "不", 5)
	wantText(t, x, "景典")
	wantText(t, x, "jingdian", 1, 2) // by ear they are the same
}

func (s suite) weights(t *testing.T) {
	x := s.with(t,
		plain(9, func(d *search.Document) { d.Description = "护理" }),
		plain(7, func(d *search.Document) { d.Skills = []string{"护理"} }),
		plain(5, func(d *search.Document) { d.Org = "护理协会" }),
		plain(3, func(d *search.Document) { d.Title = "护理员" }),
	)
	wantIDs(t, x, search.Query{Text: "护理"}, 3, 7, 5, 9) // although 9 is the newest
	wantIDs(t, x, search.Query{Text: "护理", Sort: search.ByNewest}, 9, 7, 5, 3)
	put(t, x, titled(1, "护理员"), titled(2, "护理员"))
	wantIDs(t, x, search.Query{Text: "护理"}, 3, 2, 1, 7, 5, 9) // what fits alike: the newest first
}

func (s suite) long(t *testing.T) {
	const name = "广州市番禺区阳光社会工作服务中心"
	words := "一线 社工 督导 文员 会计 出纳 护理 老师 司机 厨师 保安 保洁"
	x := s.with(t,
		plain(1, func(d *search.Document) { d.Org = name }),
		plain(2, func(d *search.Document) { d.Org = "广州市番禺区阳光社会服务工作中心" }),
		plain(3, func(d *search.Document) { d.Description = words }),
		plain(4, func(d *search.Document) { d.Description = strings.TrimSuffix(words, " 保洁") }),
		plain(5, func(d *search.Document) { d.Description = strings.Repeat("甲乙丙丁", 1200) + "末尾" }),
	)
	wantText(t, x, name, 1)
	wantText(t, x, "岗位 "+name, 1)
	wantText(t, x, name+" 会计")
	wantText(t, x, words, 3)
	wantText(t, x, "末尾", 5)
	wantText(t, x, strings.Repeat("甲乙丙丁", 50), 5)
}

func (s suite) wordless(t *testing.T) {
	x := s.with(t, titled(1, "！！！社工"))
	for _, text := range []string{"!!!", "！！！", "🙂", "- * ? ~", `"`} {
		hits := find(t, x, search.Query{Text: text})
		if hits.Total != 0 || len(hits.IDs) != 0 || len(hits.Facets["kind"]) != 0 {
			t.Errorf("%q finds %+v", text, hits)
		}
	}
}
