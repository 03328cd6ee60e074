package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"zhigang/internal/testserver"
)

func chinese(s setting) setting { return s.with("LANG", "zh_CN.UTF-8") }

// decode reads what a command printed with --json.
func decode[T any](t *testing.T, r result) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(r.want(t, exitOK).out), &v); err != nil {
		t.Fatalf("%v: %s", err, r.out)
	}
	return v
}

func TestHelpSpeaksTheLanguageOfTheShell(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	zhigang(t, s).want(t, exitUsage, "Usage: zhigang <command> [flags]", "serve", "Run everything in one process.")
	zhigang(t, chinese(s)).want(t, exitUsage, "用法：zhigang <命令> [选项]", "在一个进程里运行全部功能")
	for _, args := range [][]string{
		{}, {"serve"}, {"demo"}, {"web"}, {"worker"}, {"migrate"}, {"account", "create"}, {"account", "list"}, {"account", "role"}, {"token", "create"},
		{"config", "print"}, {"config", "check"}, {"backup", "create"}, {"backup", "verify"}, {"restore"}, {"import", "positions"},
		{"export", "positions"}, {"report", "weekly"}, {"reindex"}, {"doctor"}, {"healthcheck"}, {"version"},
	} {
		r := zhigang(t, chinese(s), append(args, "--help")...).want(t, exitOK, "用法：", "选项：", "显示帮助")
		for _, english := range []string{"Usage", "Flags", "Show", "<command>", "[flags]", "${"} {
			if strings.Contains(r.out, english) {
				t.Errorf("%v --help says %q in Chinese:\n%s", args, english, r.out)
			}
		}
	}
}

func TestAMistypedCommandIsAWrongUse(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	for _, c := range []struct {
		args             []string
		english, chinese string
	}{
		{[]string{"bogus"}, "unexpected argument bogus", "多余的参数 bogus"},
		{[]string{"serve", "--nope"}, "unknown flag --nope", "没有这个选项 --nope"},
		{[]string{"account"}, `expected one of "create"`, `应写明以下之一："create"`},
		{[]string{"account", "create", "x"}, "missing flags: --name", "缺少选项 --name"},
		{[]string{"account", "role", "x"}, `expected "<role>"`, `缺少 "<role>"`},
		{[]string{"account", "role", "x", "king"}, "must be one of", "应为以下之一"},
		{[]string{"demo", "--size", "huge"}, "must be one of", "应为以下之一"},
	} {
		zhigang(t, s, c.args...).want(t, exitUsage, c.english, "--help")
		zhigang(t, chinese(s), c.args...).want(t, exitUsage, c.chinese, "用法见 zhigang")
	}
	zhigang(t, s, "account", "role", "x").want(t, exitUsage, "See zhigang account role --help.")
}

func TestAnOperatorLooksAfterAccounts(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	create := func(password string, args ...string) result {
		return zhigangIn(t, s, password, append([]string{"account", "create"}, args...)...)
	}
	create("", "lin@example.org", "--name", "林").want(t, exitUsage, "standard input")
	create("password\n", "lin@example.org", "--name", "林").want(t, exitUsage, "too common")
	create("correct horse battery\n", "lin", "--name", "林").want(t, exitUsage, "e-mail address")
	create("correct horse battery\n", "lin@example.org", "--name", "林", "--role", "reviewer").want(t, exitUsage, "region")
	create("correct horse battery\n", "lin@example.org", "--name", "林", "--role", "king", "--region", "440113").want(t, exitUsage, "king")
	// None of those has left half an account behind.
	if all := decode[[]any](t, zhigang(t, s, "account", "list", "--json")); len(all) != 0 {
		t.Fatalf("there are accounts: %v", all)
	}
	create("correct horse battery\n", "lin@example.org", "--name", "林", "--role", "reviewer", "--region", "440113").want(t, exitOK)
	create("correct horse battery\n", "lin@example.org", "--name", "林").want(t, exitUsage, "registered already")
	create("correct horse battery\n", "he@example.org", "--name", "何").want(t, exitOK)

	zhigang(t, s, "account", "disable", "he@example.org").want(t, exitOK, "Disabled")
	zhigang(t, s, "account", "disable", "he@example.org").want(t, exitFailed, "disabled already")
	zhigang(t, s, "account", "enable", "he@example.org").want(t, exitOK, "Enabled")
	zhigang(t, s, "account", "enable", "he@example.org").want(t, exitFailed, "not disabled")
	zhigang(t, s, "account", "role", "he@example.org", "supervisor").want(t, exitUsage, "No such region")
	zhigang(t, s, "account", "role", "he@example.org", "supervisor", "--region", "440100").want(t, exitOK)
	zhigang(t, s, "account", "role", "lin@example.org", "none").want(t, exitOK)
	zhigang(t, s, "account", "role", "lin@example.org", "none").want(t, exitOK)
	for _, args := range [][]string{{"account", "disable"}, {"account", "role", "--region", "440113"}, {"token", "create", "--account"}} {
		args := append(args, "nobody@example.org")
		if args[1] == "role" {
			args = append(args, "reviewer")
		}
		zhigang(t, s, args...).want(t, exitFailed, "no account", "nobody@example.org")
	}
	staff := decode[[]map[string]any](t, zhigang(t, s, "account", "list", "--staff", "--json"))
	if len(staff) != 1 || staff[0]["role"] != "supervisor" || staff[0]["region"] != "440100" || staff[0]["login"] != "he***@example.org" {
		t.Errorf("staff: %v", staff)
	}
	zhigang(t, s, "account", "list", "--limit", "1").want(t, exitOK, "he***@example.org", "only the newest 1")
	zhigang(t, chinese(s), "account", "list").want(t, exitOK, "li***@example.org", "姓名", "正常", "supervisor 440100")

	token := decode[map[string]string](t, zhigang(t, s, "token", "create", "--account", "lin@example.org", "--json"))["token"]
	serving(t, s)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url()+"/api/v1/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("the token is answered with %s", res.Status)
	}
	// Whatever an operator does to accounts is in the chain: grant, disable, enable, grant, end, token.
	zhigang(t, s, "doctor").want(t, exitOK, "6 entries, the chain holds; hash of the last ")
}

func TestConfigPrintShowsEverySettingEvenWhenSomeAreWrong(t *testing.T) {
	t.Parallel()
	s := embedded(t).with("ZHIGANG_LOG_LEVEL", "loud").with("ZHIGANG_OPERATOR_REGION", "440113")
	zhigang(t, s, "config", "print").want(t, exitUsage, "ZHIGANG_LOG_LEVEL=loud", "ZHIGANG_DATA_DIR="+s["ZHIGANG_DATA_DIR"], `not "loud"`)
	zhigang(t, s, "config", "check").want(t, exitUsage, "ZHIGANG_LOG_LEVEL must be debug")
	s = s.with("ZHIGANG_LOG_LEVEL", "debug")
	zhigang(t, s, "config", "check").want(t, exitOK, "ok")
	zhigang(t, chinese(s), "config", "print", "--explain").want(t, exitOK, "# 网页服务监听的地址\nZHIGANG_LISTEN="+s["ZHIGANG_LISTEN"])
	zhigang(t, s.with("ZHIGANG_OPERATOR_REGION", "999999"), "serve").want(t, exitUsage, "ZHIGANG_OPERATOR_REGION", "999999")
}

func TestAPortThatIsTakenIsSaidInWords(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	l, err := net.Listen("tcp", s["ZHIGANG_LISTEN"])
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	zhigang(t, s, "serve").want(t, exitFailed, s["ZHIGANG_LISTEN"]+" is taken by another program", "ZHIGANG_LISTEN=127.0.0.1:")
	zhigang(t, chinese(s), "demo").want(t, exitFailed, "已被其他程序占用")
	other := embedded(t).with("ZHIGANG_METRICS_LISTEN", s["ZHIGANG_LISTEN"])
	zhigang(t, other, "serve").want(t, exitFailed, "is taken", "ZHIGANG_METRICS_LISTEN=")
}

func TestTheDemoSaysWhereItIsAndWhoMaySignIn(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	p := serving(t, s, "demo")
	for _, text := range []string{"http://localhost:" + strings.Split(s["ZHIGANG_LISTEN"], ":")[1], "bureau@demo.example", "zhigang-demo", "Ctrl-C"} {
		if !strings.Contains(p.log.String(), text) {
			t.Errorf("nothing is said of %q:\n%s", text, p.log)
		}
	}
	if code, _ := p.stop(t); code != exitOK {
		t.Errorf("stopped with %d:\n%s", code, p.log)
	}
}

// A monitor reads figures, and whether the process is ready, where the public cannot.
func TestMetricsHaveAListenerOfTheirOwn(t *testing.T) {
	t.Parallel()
	s := embedded(t).with("ZHIGANG_METRICS_LISTEN", fmt.Sprintf("127.0.0.1:%d", testserver.Port()))
	serving(t, s)
	inside := "http://" + s["ZHIGANG_METRICS_LISTEN"]
	for url, want := range map[string]int{
		inside + "/metrics": http.StatusOK, inside + "/livez": http.StatusOK, inside + "/readyz": http.StatusOK,
		inside + "/": http.StatusNotFound, s.url() + "/metrics": http.StatusNotFound,
	} {
		if got := status(url); got != want {
			t.Errorf("%s answers %d, not %d", url, got, want)
		}
	}
}

func TestVersionsAreSaid(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	if v := decode[map[string]string](t, zhigang(t, s, "version", "--json")); v["version"] != "dev" || !strings.HasPrefix(v["go"], "go1.") {
		t.Error(v)
	}
	if all := decode[[]map[string]any](t, zhigang(t, s, "migrate", "--status", "--json")); len(all) < 8 || all[0]["applied"] != false {
		t.Error(all)
	}
}
