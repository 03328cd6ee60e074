// Package config reads the program's settings from the environment: all of them at once, with every mistake named.
package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// Config is all settings. Each is set by the environment variable that Options lists.
type Config struct {
	DatabaseURL    string
	RedisURL       string
	MeiliURL       string
	MeiliKey       string
	SMTPURL        string
	MailFrom       string
	BaseURL        string
	Listen         string
	MetricsListen  string
	SecretKey      string
	DataDir        string
	TrustedProxies []string
	LogLevel       string
	Operator       Operator
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

// Option describes one setting.
type Option struct {
	Name    string // of the environment variable
	Default string
	Secret  bool // never printed; may also come from the file that NAME_FILE names
	Help    string
	set     func(*Config) *string
}

// Options lists every setting in the order of the documentation.
func Options() []Option {
	return []Option{
		{"ZHIGANG_DATABASE_URL", "", true, "sqlite:///path/to/file or postgres://user:password@host/name; default: zhigang.db in the data folder", func(c *Config) *string { return &c.DatabaseURL }},
		{"ZHIGANG_REDIS_URL", "", true, "redis://host:6379/0; needed by web and worker", func(c *Config) *string { return &c.RedisURL }},
		{"ZHIGANG_MEILI_URL", "", false, "http://host:7700; needed by web and worker; without it the program keeps its own index", func(c *Config) *string { return &c.MeiliURL }},
		{"ZHIGANG_MEILI_KEY", "", true, "API key of Meilisearch", func(c *Config) *string { return &c.MeiliKey }},
		{"ZHIGANG_SMTP_URL", "", true, "smtp://user:password@host:587, smtps://host:465, or file:///folder to write mail as files; without it no mail is sent", func(c *Config) *string { return &c.SMTPURL }},
		{"ZHIGANG_MAIL_FROM", "", false, "sender of mail, such as 志岗 <noreply@example.org>; default: noreply at the host of the base URL", func(c *Config) *string { return &c.MailFrom }},
		{"ZHIGANG_BASE_URL", "http://localhost:8080", false, "address under which people reach the site, without a slash at the end", func(c *Config) *string { return &c.BaseURL }},
		{"ZHIGANG_LISTEN", "127.0.0.1:8080", false, "address that the web server listens on", func(c *Config) *string { return &c.Listen }},
		{"ZHIGANG_METRICS_LISTEN", "", false, "address for /metrics, such as 127.0.0.1:9090; empty for none", func(c *Config) *string { return &c.MetricsListen }},
		{"ZHIGANG_SECRET_KEY", "", true, "base64 of 32 random bytes; default: secret.key in the data folder, made at first start", func(c *Config) *string { return &c.SecretKey }},
		{"ZHIGANG_DATA_DIR", "data", false, "folder for the database, the index and the secret key", func(c *Config) *string { return &c.DataDir }},
		{"ZHIGANG_TRUSTED_PROXIES", "", false, "networks of reverse proxies whose X-Forwarded-For is believed, such as 10.0.0.0/8,127.0.0.1", nil},
		{"ZHIGANG_LOG_LEVEL", "info", false, "debug, info, warn or error", func(c *Config) *string { return &c.LogLevel }},
		{"ZHIGANG_OPERATOR_NAME", "", false, "who runs the site (主办单位)", func(c *Config) *string { return &c.Operator.Name }},
		{"ZHIGANG_OPERATOR_REGION", "", false, "region code of the bureau, such as 440113: what the home page shows first", func(c *Config) *string { return &c.Operator.Region }},
		{"ZHIGANG_OPERATOR_LICENSE", "", false, "licence or filing for human-resources services", func(c *Config) *string { return &c.Operator.License }},
		{"ZHIGANG_OPERATOR_ICP", "", false, "ICP备案号", func(c *Config) *string { return &c.Operator.ICP }},
		{"ZHIGANG_OPERATOR_POLICE", "", false, "公安备案号", func(c *Config) *string { return &c.Operator.Police }},
		{"ZHIGANG_OPERATOR_SITE_ID", "", false, "网站标识码", func(c *Config) *string { return &c.Operator.SiteID }},
		{"ZHIGANG_OPERATOR_PHONE", "", false, "telephone for complaints", func(c *Config) *string { return &c.Operator.Phone }},
		{"ZHIGANG_OPERATOR_EMAIL", "", false, "e-mail for complaints", func(c *Config) *string { return &c.Operator.Email }},
	}
}

// Load reads the environment. The error holds every mistake, one to a line.
func Load() (Config, error) { return load(os.LookupEnv, os.Environ()) }

func load(lookup func(string) (string, bool), environ []string) (Config, error) {
	var c Config
	var wrong []error
	known := map[string]bool{}
	for _, o := range Options() {
		known[o.Name] = true
		value, err := read(lookup, o)
		if err != nil {
			wrong = append(wrong, err)
		}
		if o.Secret {
			known[o.Name+"_FILE"] = true
		}
		if o.set != nil {
			*o.set(&c) = value
		} else if value != "" {
			c.TrustedProxies = strings.Split(value, ",")
		}
	}
	for _, pair := range environ {
		name, _, _ := strings.Cut(pair, "=")
		if strings.HasPrefix(name, "ZHIGANG_") && !strings.HasPrefix(name, "ZHIGANG_TEST_") && !known[name] {
			wrong = append(wrong, fmt.Errorf("%s is no setting of this program", name))
		}
	}
	c.fill()
	return c, errors.Join(append(wrong, c.check()...)...)
}

// read returns the value of one setting: NAME, or the content of the file that NAME_FILE names, or the default.
func read(lookup func(string) (string, bool), o Option) (string, error) {
	value, set := lookup(o.Name)
	file, fromFile := lookup(o.Name + "_FILE")
	switch {
	case set && fromFile && o.Secret:
		return "", fmt.Errorf("%s and %s_FILE are both set: leave one out", o.Name, o.Name)
	case set:
		return strings.TrimSpace(value), nil
	case fromFile && o.Secret:
		b, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("%s_FILE: %w", o.Name, err)
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
	if u, err := url.Parse(c.BaseURL); err == nil && c.MailFrom == "" {
		c.MailFrom = "noreply@" + u.Hostname()
	}
}

func (c Config) check() []error {
	var wrong []error
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	checkURL := func(name, value string, schemes ...string) {
		if value == "" {
			return
		}
		u, err := url.Parse(value)
		if err != nil {
			say("%s is not a URL", name)
			return
		}
		for _, s := range schemes {
			if u.Scheme == s {
				return
			}
		}
		say("%s must begin with %s", name, strings.Join(schemes, ": or ")+":")
	}
	checkURL("ZHIGANG_DATABASE_URL", c.DatabaseURL, "sqlite", "postgres", "postgresql")
	checkURL("ZHIGANG_REDIS_URL", c.RedisURL, "redis", "rediss")
	checkURL("ZHIGANG_MEILI_URL", c.MeiliURL, "http", "https")
	checkURL("ZHIGANG_SMTP_URL", c.SMTPURL, "smtp", "smtps", "file")
	checkURL("ZHIGANG_BASE_URL", c.BaseURL, "http", "https")
	for name, addr := range map[string]string{"ZHIGANG_LISTEN": c.Listen, "ZHIGANG_METRICS_LISTEN": c.MetricsListen} {
		if _, _, err := net.SplitHostPort(addr); addr != "" && err != nil {
			say("%s must be HOST:PORT, not %q", name, addr)
		}
	}
	for _, proxy := range c.TrustedProxies {
		if _, err := netip.ParsePrefix(proxy); err != nil {
			if _, err := netip.ParseAddr(proxy); err != nil {
				say("ZHIGANG_TRUSTED_PROXIES: %q is neither an address nor a network", proxy)
			}
		}
	}
	if c.DataDir == "" {
		say("ZHIGANG_DATA_DIR must name a folder")
	}
	switch c.LogLevel {
	case "debug", "info", "warn", "error":
	default:
		say("ZHIGANG_LOG_LEVEL must be debug, info, warn or error, not %q", c.LogLevel)
	}
	return wrong
}

// SQLite reports whether the database is a SQLite file.
func (c Config) SQLite() bool { return strings.HasPrefix(c.DatabaseURL, "sqlite:") }

// Role is what a process does.
type Role string

// The roles.
const (
	Serve  Role = "serve"  // everything in one process
	Web    Role = "web"    // pages and API
	Worker Role = "worker" // tasks and schedule
)

// CheckRole says what is missing for a process of that role. Several processes cannot share a SQLite file as writers, nor
// a Bleve index, nor counters in memory.
func (c Config) CheckRole(r Role) error {
	if r == Serve {
		return nil
	}
	var wrong []error
	if c.SQLite() {
		wrong = append(wrong, fmt.Errorf("`zhigang %s` runs beside other processes, which cannot share a SQLite file: set ZHIGANG_DATABASE_URL to postgres://…, or run `zhigang serve`, which does everything in one process", r))
	}
	if c.RedisURL == "" {
		wrong = append(wrong, fmt.Errorf("`zhigang %s` needs Redis to pass tasks between processes: set ZHIGANG_REDIS_URL, or run `zhigang serve`", r))
	}
	if c.MeiliURL == "" {
		wrong = append(wrong, fmt.Errorf("`zhigang %s` needs Meilisearch, because the built-in index can be opened by one process only: set ZHIGANG_MEILI_URL, or run `zhigang serve`", r))
	}
	if c.SecretKey == "" {
		wrong = append(wrong, fmt.Errorf("`zhigang %s` needs the same secret key as all other processes: set ZHIGANG_SECRET_KEY or ZHIGANG_SECRET_KEY_FILE", r))
	}
	return errors.Join(wrong...)
}

// Line is one setting as `config print` shows it.
type Line struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Set   bool   `json:"set"`
}

// Print lists all settings; secrets are shown as set or not.
func (c Config) Print() []Line {
	var lines []Line
	for _, o := range Options() {
		value := strings.Join(c.TrustedProxies, ",")
		if o.set != nil {
			value = *o.set(&c)
		}
		_, set := os.LookupEnv(o.Name)
		if o.Secret && value != "" {
			value = "******"
			if o.Name == "ZHIGANG_DATABASE_URL" && c.SQLite() {
				value = c.DatabaseURL
			}
		}
		lines = append(lines, Line{o.Name, value, set})
	}
	return lines
}
