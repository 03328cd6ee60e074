package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"zhigang/internal/calendar"
	"zhigang/internal/clock"
	"zhigang/internal/sheet"
	"zhigang/internal/testbrowser"
	"zhigang/internal/testserver"
	"zhigang/internal/worldtest"
)

// The whole job, from a sheet of posts to a hire in Monday's report, as people do it in their browsers: in one process
// with scripts, and in a cluster with JavaScript off.
func TestJourneyFromASheetOfPostsToAHireInMondaysReport(t *testing.T) {
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		travel(t, embeddedStack(t), false)
	})
	t.Run("cluster", func(t *testing.T) {
		t.Parallel()
		travel(t, clusterStack(t), true)
	})
}

// journey is one way through the program, and who goes it.
type journey struct {
	*testing.T
	stack    *stack
	browser  *testbrowser.Browser
	noScript bool

	admin, reviewer, org, graduate, other *testbrowser.Tab

	console string // the path of the organization's console
	posts   map[string]string
}

// What everybody is called.
const (
	orgName      = "番禺区暖心服务中心"
	graduateMail = "xiaoman@graduates.example"
	otherMail    = "chenyuan@graduates.example"
	orgMail      = "office@nuanxin.example"
	reviewerMail = "reviewer@panyu.example"
	password     = "correct horse battery"
)

func travel(t *testing.T, s *stack, noScript bool) {
	waitForAWholeWeek()
	j := &journey{T: t, stack: s, browser: testbrowser.Start(t), noScript: noScript, posts: map[string]string{}}
	s.start(t)
	j.bureauMovesIn()
	j.orgRegisters()
	j.orgIsApproved()
	j.sheetComesIn()
	j.postsAreSubmitted()
	j.graduatesSaveSearches()
	j.bureauReviews()
	j.fittingGraduateIsTold()
	j.graduateApplies()
	j.orgHires()
	j.graduateConfirms()
	j.othersAreTaken()
	j.strangersAreRefused()
	j.reportCounts()
	j.mondayComes()
	for name, tab := range map[string]*testbrowser.Tab{"admin": j.admin, "reviewer": j.reviewer, "org": j.org, "graduate": j.graduate, "other": j.other} {
		refused := func(trouble string) bool { return regexp.MustCompile(`status of (403|404|409)`).MatchString(trouble) }
		if all := slices.DeleteFunc(tab.Troubles(), refused); len(all) > 0 { // what was refused, was to be
			t.Errorf("the browser of the %s complains: %q", name, all)
		}
	}
}

// waitForAWholeWeek waits for Monday where a week would end in the middle of the journey: two reports would share it.
func waitForAWholeWeek() {
	now := clock.System{}.Now()
	if end := calendar.WeekOf(now).Add(1).Start(); end.Sub(now) < 5*time.Minute {
		time.Sleep(end.Sub(now))
	}
}

// person opens a browser for somebody: at a desk, or with a phone in the hand.
func (j *journey) person(width int) *testbrowser.Tab {
	return j.browser.Open(j, testbrowser.Options{Base: j.stack.base, Width: width, NoScript: j.noScript})
}

// register makes an account on the way to a page.
func (j *journey) register(tab *testbrowser.Tab, name, login string) {
	j.Helper()
	tab.FillAll("name", name, "login", login, "password", password)
	tab.Press("注册账号")
	tab.See("欢迎，账号已建好")
}

func (j *journey) signIn(tab *testbrowser.Tab, login string) {
	j.Helper()
	tab.Go("/login")
	tab.FillAll("login", login, "password", password)
	tab.Press("登录")
}

// The first administrator comes by the link that the program prints; a reviewer of the district by the command line.
func (j *journey) bureauMovesIn() {
	link := setupLink(j.stack.base, j.stack.said)
	if link == "" {
		j.Fatalf("no link for the first administrator:\n%s", j.stack.said())
	}
	j.admin = j.person(testbrowser.Desktop)
	j.admin.Go(link)
	j.admin.FillAll("name", "何主任", "login", "admin@guangzhou.example", "password", password, "region", "440100")
	j.admin.Press("设置首位管理员")
	j.admin.See("欢迎，账号已建好", "何主任")
	if again := j.person(testbrowser.Phone); again.Go(link) != http.StatusNotFound {
		again.See("这个链接已失效或已使用")
		j.Error("the link for the first administrator works twice")
	}
	zhigangIn(j.T, j.stack.setting, password+"\n", "account", "create", reviewerMail, "--name", "黄审核", "--role", "reviewer", "--region", panyu).
		want(j.T, exitOK)
	j.reviewer = j.person(testbrowser.Desktop)
	j.signIn(j.reviewer, reviewerMail)
	j.reviewer.See("番禺区")
}

func (j *journey) orgRegisters() {
	certificate := filepath.Join(j.TempDir(), "登记证书.pdf")
	if err := os.WriteFile(certificate, []byte("%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"), 0o600); err != nil {
		j.Fatal(err)
	}
	j.org = j.person(testbrowser.Desktop)
	j.org.Go("/join")
	j.org.Follow("开始入驻")
	j.register(j.org, "赵会长", orgMail)
	j.org.Follow("登记的社会组织")
	j.org.FillAll("name", orgName, "code", worldtest.Code("52", panyu, 2026), "kind", "service", "region", "番禺区",
		"address", "大石街道示例路1号", "contact_name", "赵会长", "contact_phone", "020-00000000", "intro", "为社区长者服务。")
	j.org.Upload("certificate", certificate)
	j.org.Press("提交登记")
	j.org.See("登记已提交，正在等待核验", "入驻正在审核")
	j.console = regexp.MustCompile(`/console/\w+`).FindString(j.org.Path())
	if j.console == "" {
		j.Fatalf("after registration: %s", j.org.Path())
	}
}

func (j *journey) orgIsApproved() {
	j.reviewer.Go("/bureau/orgs")
	j.reviewer.Follow(orgName)
	j.reviewer.See("登记证书.pdf", "待核验")
	j.reviewer.Press("核验通过")
	j.reviewer.See("核验已通过")
	j.org.Go(j.console)
	j.org.SeeNot("入驻正在审核")
	j.letterTo(orgMail, "单位资料已通过审核")
}

// deadline is the last day of the posts.
func deadline() calendar.Day { return calendar.DayOf(clock.System{}.Now()).Add(30) }

// postSheet writes the sheet that the organization has: its own headers, one of which nobody can guess, and a row
// without a name.
func postSheet(t *testing.T) string {
	t.Helper()
	w := sheet.NewXLSX()
	var columns []sheet.Column
	for _, title := range []string{
		"职位名称", "栏目", "需求人数", "工作地点", "工作地址", "薪资待遇", "学历", "专业", "工作内容", "任职条件", "福利待遇", "截止日期",
		"见习期", "服务时间", "风险提示",
	} {
		columns = append(columns, sheet.Column{Title: title})
	}
	w.Sheet("岗位表", columns...)
	place, road, until := "广州市番禺区大石街道", "大石街道示例路1号", string(deadline())
	for _, row := range [][]any{
		{"社区社工", "全职", "3", place, road, "6000-8500元/月", "本科", "社会工作", "面向社区长者开展服务", "能与长者沟通", "五险一金，双休", until, "", "", ""},
		{"项目助理", "就业见习", "2", place, road, "2760元/月", "大专", "不限", "协助组织活动", "做事细致", "购买意外保险", until, "6", "", ""},
		{"长者探访志愿者", "志愿服务", "1", place, road, "", "不限", "不限", "探访独居长者", "有耐心", "提供午餐", until, "", "周六 10:00–12:00", "上下楼梯注意安全"},
		{"办公室文员", "全职", "1", place, road, "4000-5000元/月", "大专", "不限", "处理文件", "会用办公软件", "五险一金", until, "", "", ""},
		{"", "全职", "1", place, road, "4000元/月", "大专", "不限", "没有名称的岗位", "不限", "双休", until, "", "", ""},
	} {
		w.Row(row...)
	}
	path := filepath.Join(t.TempDir(), "本单位岗位表.xlsx")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = w.WriteTo(f); err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func (j *journey) sheetComesIn() {
	j.org.Go(j.console + "/import")
	j.org.Upload("sheet", postSheet(j.T))
	j.org.Press("上传并核对")
	j.org.See("列的含义", "社区社工", "职位名称")
	j.org.Fill("column-1", "岗位类型") // what "栏目" means, the person says
	j.org.Press("按选择重新预览")
	j.org.See("就业见习", "志愿服务", "不能导入")
	j.org.Press("开始导入")
	j.org.Until("新增草稿")
	j.org.See("1 行没有导入", "下载需更正的行")
	if numbers := j.org.TextOf(".numbers"); !strings.HasPrefix(strings.Join(strings.Fields(numbers), " "), "新增草稿 4") {
		j.Errorf("of five rows came in: %s", numbers)
	}
}

func (j *journey) postsAreSubmitted() {
	for _, title := range []string{"社区社工", "项目助理", "长者探访志愿者", "办公室文员"} {
		j.org.Go(j.console + "/positions?state=draft")
		j.org.Follow(title)
		j.org.See("内容齐全，可以提交审核")
		j.org.Press("提交审核")
		j.org.See("已提交审核", "待审核")
		j.posts[title] = regexp.MustCompile(`/positions/(\w+)`).FindStringSubmatch(j.org.Path())[1]
	}
}

// A graduate who looks for what is about to come, and one who looks for something else.
func (j *journey) graduatesSaveSearches() {
	j.graduate = j.person(testbrowser.Phone)
	j.graduate.Go("/register?next=/me/profile")
	j.register(j.graduate, "林小满", graduateMail)
	j.graduate.FillAll("degree", "本科", "school", "示例大学", "major", "社会工作", "graduated_on", "2026年6月", "skills", "社工证、粤语",
		"about", "喜欢与人打交道。", "want_kinds", "job", "want_regions", "番禺区", "want_pay", "5000")
	j.graduate.Press("保存")
	j.graduate.See("已保存")
	j.saveSearch(j.graduate, "/positions?q=社工&kind=job&region="+panyu+"&pay_min=5000")
	j.graduate.Go("/me/telling") // the journey may be made at night
	j.graduate.FillAll("quiet_from", "08:00", "quiet_to", "08:00")
	j.graduate.Press("保存")
	j.graduate.See("已保存")

	j.other = j.person(testbrowser.Desktop)
	j.other.Go("/register")
	j.register(j.other, "陈远", otherMail)
	j.saveSearch(j.other, "/positions?q=会计&region="+panyu)
}

func (j *journey) saveSearch(tab *testbrowser.Tab, search string) {
	j.Helper()
	tab.Go(search)
	tab.See("没有找到符合条件的岗位")
	tab.Follow("有新岗位时告诉我")
	tab.Press("订阅")
	tab.See("订阅成功，有新岗位会通知您")
}

// The bureau approves three posts in one go, and returns one and says why.
func (j *journey) bureauReviews() {
	j.reviewer.Go("/bureau/positions")
	for _, title := range []string{"社区社工", "项目助理", "长者探访志愿者"} {
		j.reviewer.Click("选择“" + title + "”")
	}
	j.reviewer.Press("通过选中的岗位")
	j.reviewer.See("已通过 3 个岗位")
	j.reviewer.Go("/bureau/positions/" + j.posts["办公室文员"])
	j.reviewer.Click("逐项写明原因（选填）")
	j.reviewer.FillAll("return_note", "请写清用工形式。", "reason_conditions", "没有写工作时间")
	j.reviewer.Press("退回岗位")
	j.reviewer.See("已退回")
	j.org.Go(j.console + "/positions/" + j.posts["办公室文员"])
	j.org.See("已退回", "请写清用工形式。", "没有写工作时间")
	j.letterTo(orgMail, "岗位被退回：办公室文员")
}

// letterTo waits for a mail, and returns it.
func (j *journey) letterTo(address, subject string) testserver.SMTPMessage {
	j.Helper()
	begun := time.Now()
	for time.Since(begun) < 2*time.Minute {
		for _, m := range j.stack.mail.Messages() {
			if m.To[0] == address && strings.Contains(m.Subject, subject) {
				return m
			}
		}
		time.Sleep(100 * time.Millisecond) // polling the mail server
	}
	j.Fatalf("no mail %q to %s came; those that came:\n%s\n%s", subject, address, j.lettersTo(""), j.stack.said())
	return testserver.SMTPMessage{}
}

// lettersTo lists the subjects of the mails to an address; "" means everybody.
func (j *journey) lettersTo(address string) string {
	var all []string
	for _, m := range j.stack.mail.Messages() {
		if address == "" || m.To[0] == address {
			all = append(all, fmt.Sprintf("%s: %s", m.To[0], m.Subject))
		}
	}
	return strings.Join(all, "\n")
}
