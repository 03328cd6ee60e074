package config

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"zhigang/internal/secret"
)

func from(t *testing.T, env map[string]string) (Config, error) {
	t.Helper()
	var environ []string
	for name, value := range env {
		environ = append(environ, name+"="+value)
	}
	return load(func(name string) (string, bool) { v, ok := env[name]; return v, ok }, environ)
}

// keys lists the texts of the problems, each with the variable it is about.
func keys(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	problems, ok := errors.AsType[Problems](err)
	if !ok {
		t.Fatal(err)
	}
	var all []string
	for _, p := range problems {
		name, _ := p.Params["name"].(string)
		all = append(all, strings.TrimSpace(strings.TrimPrefix(p.Key, "config.")+" "+name))
	}
	return all
}

func TestNothingNeedsToBeSet(t *testing.T) {
	c, err := from(t, nil)
	if err != nil || !c.SQLite() || c.CheckRole(Serve) != nil || c.MailFrom != "noreply@localhost" || c.BaseURL != "http://localhost:8080" {
		t.Fatalf("%+v, %v", c, err)
	}
}

func TestANameWithoutAValueCountsAsNotSet(t *testing.T) {
	env := map[string]string{}
	for _, o := range Options() {
		env[o.Name] = " "
		if o.Secret {
			env[o.Name+"_FILE"] = ""
		}
	}
	empty, err := from(t, env)
	if err != nil {
		t.Fatal(err)
	}
	none, _ := from(t, nil)
	for n, line := range empty.print(func(name string) string { return strings.TrimSpace(env[name]) }) {
		if want := none.print(func(string) string { return "" })[n]; line != want {
			t.Errorf("%+v, want %+v", line, want)
		}
	}
}

func TestTheAddressOfTheSiteFollowsThePort(t *testing.T) {
	c, err := from(t, map[string]string{"ZHIGANG_LISTEN": ":9999"})
	if err != nil || c.BaseURL != "http://localhost:9999" {
		t.Error(c.BaseURL, err)
	}
	c, err = from(t, map[string]string{"ZHIGANG_LISTEN": ":9999", "ZHIGANG_BASE_URL": "https://jobs.example.org/"})
	if err != nil || c.BaseURL != "https://jobs.example.org" || c.MailFrom != "noreply@jobs.example.org" {
		t.Error(c.BaseURL, c.MailFrom, err)
	}
}

func TestAllMistakesAreNamedAtOnce(t *testing.T) {
	_, err := from(t, map[string]string{
		"ZHIGANG_DATABASE_URL": "mysql://x", "ZHIGANG_REDIS_URL": "redis://", "ZHIGANG_SMTP_URL": "http://x", "ZHIGANG_MEILI_URL": "http://[x",
		"ZHIGANG_BASE_URL": "https://x.example/site", "ZHIGANG_LISTEN": "8080", "ZHIGANG_METRICS_LISTEN": "localhost:http",
		"ZHIGANG_TRUSTED_PROXIES": "everybody", "ZHIGANG_LOG_LEVEL": "loud", "ZHIGANG_SECRET_KEY": "c2hvcnQ=", "ZHIGANG_MAIL_FROM": "nobody",
		"ZHIGANG_MEILI_PREFIX": "my-posts", "ZHIGANG_LISTN": "x", "ZHIGANG_LISTEN_FILE": "x", "ZHIGANG_TEST_X": "x", "OTHER": "x",
	})
	want := []string{
		"unknown ZHIGANG_LISTEN_FILE", "unknown ZHIGANG_LISTN", "scheme ZHIGANG_DATABASE_URL", "host ZHIGANG_REDIS_URL", "url ZHIGANG_MEILI_URL",
		"prefix ZHIGANG_MEILI_PREFIX", "scheme ZHIGANG_SMTP_URL", "base_path ZHIGANG_BASE_URL", "listen ZHIGANG_LISTEN", "listen ZHIGANG_METRICS_LISTEN",
		"proxy ZHIGANG_TRUSTED_PROXIES", "address ZHIGANG_MAIL_FROM", "log_level ZHIGANG_LOG_LEVEL", "key ZHIGANG_SECRET_KEY",
	}
	if got := keys(t, err); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestFiguresOfOperationDoNotGoOnThePublicAddress(t *testing.T) {
	_, err := from(t, map[string]string{"ZHIGANG_METRICS_LISTEN": "127.0.0.1:8080"})
	if got := keys(t, err); !slices.Equal(got, []string{"same_listen ZHIGANG_METRICS_LISTEN"}) {
		t.Error(got)
	}
}

func TestProxiesAreAddressesAndNetworks(t *testing.T) {
	c, err := from(t, map[string]string{"ZHIGANG_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8,::1"})
	if err != nil || !slices.Equal(c.TrustedProxies, []string{"127.0.0.1", "10.0.0.0/8", "::1"}) {
		t.Error(c.TrustedProxies, err)
	}
}

func TestAGatewayNeedsASecretAndAWayThatNobodyReads(t *testing.T) {
	good := "whsec_" + strings.TrimSpace(secret.Generate())
	for n, one := range []struct{ url, secret, allow, want string }{
		{"https://gateway.example/hook", good, "", ""},
		{"https://gateway.example/hook", good + " " + good, "10.0.0.0/8", ""},
		{"http://127.0.0.1:9000/hook", good, "127.0.0.1", ""},
		{"http://gateway.example/hook", good, "", "webhook_clear ZHIGANG_WEBHOOK_URL"},
		{"ftp://gateway.example", good, "", "scheme ZHIGANG_WEBHOOK_URL"},
		{"https://gateway.example/hook", "", "", "webhook_secret ZHIGANG_WEBHOOK_SECRET"},
		{"https://gateway.example/hook", "c2hvcnQ=", "", "webhook_secret ZHIGANG_WEBHOOK_SECRET"},
		{"https://gateway.example/hook", good, "inside", "proxy ZHIGANG_WEBHOOK_ALLOW"},
	} {
		_, err := from(t, map[string]string{"ZHIGANG_WEBHOOK_URL": one.url, "ZHIGANG_WEBHOOK_SECRET": one.secret, "ZHIGANG_WEBHOOK_ALLOW": one.allow})
		if got := strings.Join(keys(t, err), ", "); got != one.want {
			t.Errorf("%d: %q, want %q", n, got, one.want)
		}
	}
}

func TestRatesAreOfChannelsAndProviders(t *testing.T) {
	c, err := from(t, map[string]string{"ZHIGANG_SEND_RATES": "mail=600/h, mail:QQ.com=2/m webhook=10/s"})
	want := map[string]time.Duration{"mail": 6 * time.Second, "mail:qq.com": 30 * time.Second, "webhook": 100 * time.Millisecond}
	if err != nil || !maps.Equal(c.SendRates, want) {
		t.Error(c.SendRates, err)
	}
	for _, wrong := range []string{"mail", "mail=0/h", "mail=5", "mail=5/y", "fax=5/h", "mail:=5/h", "webhook:qq.com=5/h", "=5/h"} {
		if _, err := from(t, map[string]string{"ZHIGANG_SEND_RATES": wrong}); !slices.Equal(keys(t, err), []string{"rate ZHIGANG_SEND_RATES"}) {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}

func TestAPostgresSocketNeedsNoHost(t *testing.T) {
	if _, err := from(t, map[string]string{"ZHIGANG_DATABASE_URL": "postgres:///zhigang?host=/run/postgresql"}); err != nil {
		t.Error(err)
	}
}

func TestSecretsComeFromFilesAndAreNeverPrinted(t *testing.T) {
	file := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(file, []byte("postgres://zhigang:hidden@db/zhigang\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"ZHIGANG_DATABASE_URL_FILE": file}
	c, err := from(t, env)
	if err != nil || c.DatabaseURL != "postgres://zhigang:hidden@db/zhigang" {
		t.Fatal(c.DatabaseURL, err)
	}
	for _, l := range c.print(func(name string) string { return env[name] }) {
		if strings.Contains(l.Value, "hidden") {
			t.Errorf("%s prints a secret", l.Name)
		}
		if l.Set != (l.Name == "ZHIGANG_DATABASE_URL") {
			t.Errorf("%s: set is %v", l.Name, l.Set)
		}
	}
	_, err = from(t, map[string]string{"ZHIGANG_DATABASE_URL_FILE": file, "ZHIGANG_DATABASE_URL": "sqlite:x"})
	if got := keys(t, err); !slices.Equal(got, []string{"both ZHIGANG_DATABASE_URL"}) {
		t.Error(got)
	}
	_, err = from(t, map[string]string{"ZHIGANG_DATABASE_URL_FILE": file + "x"})
	if got := keys(t, err); !slices.Equal(got, []string{"file ZHIGANG_DATABASE_URL"}) {
		t.Error(got)
	}
}

func TestMixturesThatCannotWorkAreRefused(t *testing.T) {
	c, err := from(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	cluster := map[string]string{
		"ZHIGANG_DATABASE_URL": "postgres://h/d", "ZHIGANG_REDIS_URL": "redis://h", "ZHIGANG_MEILI_URL": "http://h:7700", "ZHIGANG_SECRET_KEY": secret.Generate(),
	}
	whole, err := from(t, cluster)
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range []Role{Web, Worker} {
		if got := keys(t, c.CheckRole(role)); !slices.Equal(got, []string{"role.sqlite", "role.redis", "role.meili", "role.key"}) {
			t.Errorf("%s: %q", role, got)
		}
		if err := whole.CheckRole(role); err != nil {
			t.Errorf("%s: %v", role, err)
		}
		for name, want := range map[string]string{
			"ZHIGANG_DATABASE_URL": "role.sqlite", "ZHIGANG_REDIS_URL": "role.redis", "ZHIGANG_MEILI_URL": "role.meili", "ZHIGANG_SECRET_KEY": "role.key",
		} {
			value := cluster[name]
			delete(cluster, name)
			part, _ := from(t, cluster)
			cluster[name] = value
			if got := keys(t, part.CheckRole(role)); !slices.Equal(got, []string{want}) {
				t.Errorf("%s without %s: %q", role, name, got)
			}
		}
	}
}

func TestMatchingIsDividedWhereWorkersCanShare(t *testing.T) {
	c, err := from(t, map[string]string{})
	if err != nil || c.MatchParts != 1 {
		t.Errorf("%d parts unless somebody says so %v", c.MatchParts, err)
	}
	c, err = from(t, map[string]string{"ZHIGANG_MATCH_PARTS": "4", "ZHIGANG_REDIS_URL": "redis://localhost"})
	if err != nil || c.MatchParts != 4 {
		t.Errorf("%d parts %v", c.MatchParts, err)
	}
	if _, err := from(t, map[string]string{"ZHIGANG_MATCH_PARTS": "4"}); !slices.Equal(keys(t, err), []string{"parts_alone ZHIGANG_MATCH_PARTS"}) {
		t.Errorf("nobody to share with: %v", err)
	}
	for _, wrong := range []string{"0", "-1", "65", "four", "2.5"} {
		_, err := from(t, map[string]string{"ZHIGANG_MATCH_PARTS": wrong, "ZHIGANG_REDIS_URL": "redis://localhost"})
		if !slices.Equal(keys(t, err), []string{"parts ZHIGANG_MATCH_PARTS"}) {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}
