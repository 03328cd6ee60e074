package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"

	"zhigang/internal/id"
	"zhigang/internal/testbrowser"
)

// The graduate whose saved search fits is told: in the inbox, with the reason, and by mail. The other is not.
func (j *journey) fittingGraduateIsTold() {
	j.graduate.Go("/positions?q=社工")
	j.graduate.Until("共 1 个岗位") // the index follows
	j.graduate.See("社区社工", orgName)
	j.graduate.Go("/me/inbox")
	j.graduate.Until("1 个新岗位符合您的订阅")
	j.graduate.Follow("1 个新岗位符合您的订阅")
	reason := []string{"为什么推荐", "番禺区", "社工", "月薪 ≥ 5000"}
	j.graduate.See(append(reason, "社区社工")...)

	m := j.letterTo(graduateMail, "新岗位符合您的订阅")
	for _, want := range []string{"社区社工", "月薪 ≥ 5000", "/positions/" + j.posts["社区社工"]} {
		if !strings.Contains(m.Text, want) || !strings.Contains(m.HTML, want) {
			j.Errorf("the mail does not say %q:\n%s\n%s", want, m.Text, m.HTML)
		}
	}
	unsubscribe := m.Header.Get("List-Unsubscribe")
	if m.Header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" || !strings.HasPrefix(unsubscribe, "<"+j.stack.base+"/unsubscribe/") {
		j.Errorf("nobody can unsubscribe with one click: %q, %q", unsubscribe, m.Header.Get("List-Unsubscribe-Post"))
	}
	// A look at the link, as a scanner of mail takes, ends nothing.
	look := j.person(testbrowser.Phone)
	look.Go(strings.Trim(unsubscribe, "<>"))
	j.graduate.Go("/me/searches")
	j.graduate.See("有新岗位即时通知")

	j.other.Go("/me/inbox")
	j.other.See("还没有消息")
	if all := j.lettersTo(otherMail); all != "" {
		j.Errorf("whose search does not fit was written to: %s", all)
	}
}

// From the post to the application it is one page; sent twice it is one application.
func (j *journey) graduateApplies() {
	j.graduate.Go("/positions/" + j.posts["社区社工"])
	j.graduate.Follow("投递简历")
	j.graduate.See("应聘", orgName)
	j.graduate.FillAll("message", "我实习过，希望加入。", "consent", "yes")
	if got := j.graduate.SendTwice(`form[action$="/apply"]`); !slices.Equal(got, []int{http.StatusOK, http.StatusOK}) {
		j.Errorf("sent twice at once, the form was answered with %v", got)
	}
	j.graduate.Press("提交应聘") // and a third time, by the button
	j.graduate.See("社区社工", "您提交了应聘。")
	j.graduate.Go("/me/applications")
	if n := j.graduate.Count("table tbody tr"); n != 1 {
		j.Errorf("there are %d applications", n)
	}
	d := j.stack.open(j.T)
	if n := count(j.T, d, `SELECT COUNT(*) FROM application`); n != 1 {
		j.Errorf("the database holds %d applications", n)
	}
	j.letterTo(orgMail, "收到新的应聘：社区社工")
}

// answer lets the organization answer somebody who applied for a post.
func (j *journey) answer(who, title, verb, reason, says string) {
	j.Helper()
	j.org.Go(j.console + "/applications?position=" + j.posts[title])
	j.org.Follow(who)
	if reason != "" {
		j.org.Fill("reason", reason)
	}
	j.org.Press(verb)
	j.org.See(says)
}

func (j *journey) orgHires() {
	j.answer("林小满", "社区社工", "标记已查看", "", "已标记为已查看")
	j.answer("林小满", "社区社工", "邀请面谈", "周三上午十点，请带身份证。", "已发出面谈邀请")
	m := j.letterTo(graduateMail, "面试邀请：社区社工")
	if !strings.Contains(m.Text, "周三上午十点") {
		j.Errorf("the invitation does not say when: %s", m.Text)
	}
	j.answer("林小满", "社区社工", "发出录用意向", "月薪 7000 元。", "已发出录用意向")
	j.answer("林小满", "社区社工", "录用", "欢迎加入。", "已录用，等待本人确认")
	j.org.See("待本人确认")
}

// What the organization says of a person is theirs to confirm: until they have, it is a claim.
func (j *journey) graduateConfirms() {
	m := j.letterTo(graduateMail, "请核实录用信息：社区社工")
	path := regexp.MustCompile(`/me/placements/\w+`).FindString(m.Text)
	if path == "" {
		j.Fatalf("the mail does not say where to confirm: %s", m.Text)
	}
	j.reviewer.Go("/bureau/placements?state=claimed")
	j.reviewer.See("社区社工")
	if status := j.graduate.Go(path); status != http.StatusOK {
		j.Fatal(status)
	}
	j.graduate.See("这类岗位经您确认后计为就业")
	d := j.stack.open(j.T)
	if n := count(j.T, d, `SELECT COUNT(*) FROM placement WHERE state = 'claimed'`); n != 1 {
		j.Errorf("a look at the page confirmed: %d claims are left", n)
	}
	j.claimedOnly()
	j.graduate.Press("我确认属实")
	j.graduate.See("谢谢，已记录您的确认")
	j.org.Go("/me/inbox")
	j.org.Until("本人已确认：社区社工")
}

// An internship and a volunteer role are filled too: neither may ever count as employment.
func (j *journey) othersAreTaken() {
	j.other.Go("/me/profile")
	j.other.FillAll("degree", "大专", "school", "示例职业学院", "major", "文秘", "graduated_on", "2026-06-30")
	j.other.Press("保存")
	j.other.See("已保存")
	j.other.Go("/positions/" + j.posts["项目助理"])
	j.other.Follow("投递简历")
	j.other.Fill("consent", "yes")
	j.other.Press("提交应聘")
	j.other.See("编号")
	j.isTaken(j.other, "陈远", otherMail, "项目助理", "录用")

	winner, name, address := j.lastPlace()
	j.isTaken(winner, name, address, "长者探访志愿者", "确认参加")
}

// isTaken lets the organization say that somebody came, and them confirm it.
func (j *journey) isTaken(tab *testbrowser.Tab, who, address, title, verb string) {
	j.Helper()
	j.answer(who, title, verb, "欢迎。", "已录用，等待本人确认")
	j.org.See("这类岗位不计入就业")
	m := j.letterTo(address, "："+title)
	tab.Go(regexp.MustCompile(`/me/placements/\w+`).FindString(m.Text))
	tab.See("这类岗位在任何情况下都不计为就业")
	tab.Press("我确认属实")
	tab.See("谢谢，已记录您的确认")
}

// lastPlace lets two people sign up for the one place of the volunteer role at the same moment, and returns who got it.
func (j *journey) lastPlace() (tab *testbrowser.Tab, name, address string) {
	j.Helper()
	both := []*testbrowser.Tab{j.graduate, j.other}
	for _, tab := range both {
		tab.Go("/positions/" + j.posts["长者探访志愿者"])
		tab.Follow("我要报名")
		tab.Fill("consent", "yes")
	}
	var done sync.WaitGroup
	for _, tab := range both {
		done.Go(func() { tab.Press("提交报名") })
	}
	done.Wait()
	won := []bool{strings.Contains(j.graduate.Text(), "编号"), strings.Contains(j.other.Text(), "编号")}
	if won[0] == won[1] {
		j.Fatalf("of two who wanted the last place, who got it is: %v\n%s\n%s", won, j.graduate.Text(), j.other.Text())
	}
	if won[0] {
		j.other.See("名额已满")
		return j.graduate, "林小满", graduateMail
	}
	j.graduate.See("名额已满")
	return j.other, "陈远", otherMail
}

// What is not theirs people neither see nor change, in a real browser too: another region's placements, another
// organization's applicants, a form on another site that is sent in their name.
func (j *journey) strangersAreRefused() {
	zhigangIn(j.T, j.stack.setting, password+"\n", "account", "create", "tianhe@example.org", "--name", "邻区", "--role", "supervisor", "--region", "440106").
		want(j.T, exitOK)
	d := j.stack.open(j.T)
	var placement, application id.ID
	if err := d.Get(j.Context(), &placement, `SELECT MIN(id) FROM placement`); err != nil {
		j.Fatal(err)
	}
	if err := d.Get(j.Context(), &application, `SELECT MIN(id) FROM application`); err != nil {
		j.Fatal(err)
	}
	neighbour := j.person(testbrowser.Desktop)
	j.signIn(neighbour, "tianhe@example.org")
	for _, path := range []string{"/bureau/placements/" + placement.String(), "/bureau/positions/" + j.posts["社区社工"], "/bureau/reports/" + thisWeek().String() + "?region=" + panyu} {
		if status := neighbour.Go(path); status != http.StatusNotFound {
			j.Errorf("the bureau of another district opens %s: %d", path, status)
		}
	}
	for _, path := range []string{j.console, j.console + "/applications/" + application.String()} {
		if status := j.other.Go(path); status != http.StatusForbidden && status != http.StatusNotFound {
			j.Errorf("somebody else opens %s: %d", path, status)
		}
	}
	if status := j.other.Go("/me/applications/" + application.String()); status != http.StatusNotFound {
		j.Errorf("somebody else opens the application of %s: %d", application, status)
	}

	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, `<!doctype html><title>奖</title><form method="post" action="%s/me/applications/%s/withdraw"><button>领奖</button></form>`, j.stack.base, application)
	}))
	defer evil.Close()
	j.graduate.Go(evil.URL)
	j.graduate.Press("领奖")
	j.graduate.See("这个请求来自别的网站，已被拒绝")
	if n := count(j.T, d, `SELECT COUNT(*) FROM application WHERE state = 'withdrawn'`); n != 0 {
		j.Error("another site withdrew an application")
	}
}
