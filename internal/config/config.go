// Package config reads the program's settings from the environment: all of them at once, with every mistake named.
package config

import (
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Config is all settings. Each is set by the environment variable that Options lists.
type Config struct {
	DatabaseURL   string
	RedisURL      string
	MeiliURL      string
	MeiliKey      string
	MeiliPrefix   string
	SMTPURL       string
	MailFrom      string
	WebhookURL    string
	WebhookSecret string
	WebhookAllow  []string
	// SendRates say how far apart messages go out, by channel ("mail", "webhook") or provider ("mail:qq.com").
	SendRates map[string]time.Duration
	// MatchParts is into how many parts saved searches are divided among workers.
	MatchParts     int
	BaseURL        string
	Listen         string
	MetricsListen  string
	SecretKey      string
	DataDir        string
	TrustedProxies []string
	LogLevel       string
	Operator       Operator

	proxies string // TrustedProxies as written
	allow   string // WebhookAllow as written
	rates   string // SendRates as written
	parts   string // MatchParts as written
}

// Operator is who runs the site: shown at the foot of every page, as the rules on network recruitment ask.
type Operator struct {
	Name    string // 主办单位
	Region  string // GB/T 2260 code of the bureau
	License string // 人力资源服务许可证, or the filing
	ICP     string // ICP备案号
	Police  string // 公安备案号
	SiteID  string // 网站标识码
	Phone   string // complaints
	Email   string
}

// Load reads the environment. The error is Problems: every mistake, not the first. What could be read is returned with it.
func Load() (Config, error) { return load(os.LookupEnv, os.Environ()) }

func load(lookup func(string) (string, bool), environ []string) (Config, error) {
	var c Config
	var wrong Problems
	known := map[string]bool{}
	for _, o := range Options() {
		known[o.Name], known[o.Name+"_FILE"] = true, o.Secret
		value, problem := read(lookup, o)
		if problem != nil {
			wrong = append(wrong, problem)
		}
		*o.set(&c) = value
	}
	var strange []string
	for _, pair := range environ {
		name, _, _ := strings.Cut(pair, "=")
		if strings.HasPrefix(name, "ZHIGANG_") && !strings.HasPrefix(name, "ZHIGANG_TEST_") && !known[name] {
			strange = append(strange, name)
		}
	}
	slices.Sort(strange)
	for _, name := range strange {
		wrong.say("unknown", name)
	}
	c.fill()
	return c, append(wrong, c.check()...).err()
}

// read returns the value of one setting: NAME, or the content of the file that NAME_FILE names, or the default. A name
// without a value counts as not set, as in an environment file whose lines wait to be filled in.
func read(lookup func(string) (string, bool), o Option) (string, *problem) {
	value, _ := lookup(o.Name)
	value = strings.TrimSpace(value)
	file, _ := lookup(o.Name + "_FILE")
	if !o.Secret {
		file = ""
	}
	switch {
	case value != "" && file != "":
		return "", about("both", o.Name)
	case value != "":
		return value, nil
	case file != "":
		b, err := os.ReadFile(file) // the operator names the file
		if err != nil {
			return "", about("file", o.Name).With("file", file).Because(err)
		}
		return strings.TrimSpace(string(b)), nil
	}
	return o.Default, nil
}

// fill derives what was left open.
func (c *Config) fill() {
	if c.DatabaseURL == "" {
		path := filepath.Join(c.DataDir, "zhigang.db")
		if filepath.IsAbs(path) {
			c.DatabaseURL = "sqlite://" + path
		} else {
			c.DatabaseURL = "sqlite:" + path
		}
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	if _, port, err := net.SplitHostPort(c.Listen); c.BaseURL == "" && err == nil {
		c.BaseURL = "http://localhost:" + port
	}
	if u, err := url.Parse(c.BaseURL); err == nil && c.MailFrom == "" {
		c.MailFrom = "noreply@" + u.Hostname()
	}
	between := func(r rune) bool { return r == ',' || r == ' ' }
	c.TrustedProxies = append(c.TrustedProxies, strings.FieldsFunc(c.proxies, between)...)
	c.WebhookAllow = append(c.WebhookAllow, strings.FieldsFunc(c.allow, between)...)
	c.SendRates = map[string]time.Duration{}
	for _, one := range strings.FieldsFunc(c.rates, between) {
		name, gap, _ := rateOf(one) // what makes no sense is told by Check
		c.SendRates[name] = gap
	}
	c.MatchParts, _ = strconv.Atoi(c.parts) // as above
}

// rateOf reads one rate: "mail=600/h", "mail:qq.com=2/m", "webhook=10/s".
func rateOf(text string) (name string, gap time.Duration, ok bool) {
	name, rate, _ := strings.Cut(text, "=")
	number, unit, _ := strings.Cut(rate, "/")
	per := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[unit]
	n, err := strconv.Atoi(number)
	channel, _, _ := strings.Cut(name, ":")
	if err != nil || n < 1 || n > 1_000_000 || per == 0 || channel != "mail" && name != "webhook" || strings.HasSuffix(name, ":") {
		return name, 0, false
	}
	return strings.ToLower(name), max(per/time.Duration(n), time.Millisecond), true
}

// SQLite reports whether the database is a SQLite file.
func (c Config) SQLite() bool { return strings.HasPrefix(c.DatabaseURL, "sqlite:") }

// Line is one setting as `config print` shows it.
type Line struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Set   bool   `json:"set"`  // in the environment, or by a file that it names
	Help  string `json:"help"` // the key of what it is for
}

// Print lists all settings; secrets are shown as set or not.
func (c Config) Print() []Line { return c.print(os.Getenv) }

func (c Config) print(getenv func(string) string) []Line {
	var lines []Line
	for _, o := range Options() {
		value := *o.set(&c)
		if o.Secret && value != "" && (o.Name != "ZHIGANG_DATABASE_URL" || !c.SQLite()) {
			value = "******"
		}
		set := getenv(o.Name) != "" || o.Secret && getenv(o.Name+"_FILE") != ""
		lines = append(lines, Line{o.Name, value, set, o.Help()})
	}
	return lines
}
