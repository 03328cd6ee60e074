package config

import (
	"encoding/base64"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"zhigang/internal/errs"
	"zhigang/internal/secret"
)

type problem = errs.Error

// Problems is everything that is wrong with the settings. Each is Invalid, its parameter "name" the variable.
type Problems []*errs.Error

// Error lists the problems, one to a line, for logs; people read the texts of their keys.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for n, one := range p {
		lines[n] = one.Error()
		if name, ok := one.Params["name"].(string); ok {
			lines[n] += " " + name
		}
	}
	return strings.Join(lines, "\n")
}

func (p Problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

// about is a problem with the variable name; its text has the key config.what.
func about(what, name string) *problem { return errs.Invalid("config."+what).With("name", name) }

func (p *Problems) say(what, name string) { *p = append(*p, about(what, name)) }

// check finds what cannot work whatever the process does.
func (c Config) check() Problems {
	var wrong Problems
	wrong.url("ZHIGANG_DATABASE_URL", c.DatabaseURL, "sqlite", "postgres", "postgresql")
	wrong.url("ZHIGANG_REDIS_URL", c.RedisURL, "redis", "rediss")
	wrong.url("ZHIGANG_MEILI_URL", c.MeiliURL, "http", "https")
	// A hyphen ends the prefix: what stands behind it is the index's own.
	if !regexp.MustCompile(`^[a-z0-9_]{1,40}$`).MatchString(c.MeiliPrefix) {
		wrong = append(wrong, about("prefix", "ZHIGANG_MEILI_PREFIX").With("value", c.MeiliPrefix))
	}
	wrong.url("ZHIGANG_SMTP_URL", c.SMTPURL, "smtp", "smtps", "file")
	wrong.url("ZHIGANG_BASE_URL", c.BaseURL, "http", "https")
	if u, err := url.Parse(c.BaseURL); err == nil && (u.Path != "" || u.RawQuery != "") {
		wrong.say("base_path", "ZHIGANG_BASE_URL")
	}
	wrong.address("ZHIGANG_LISTEN", c.Listen)
	if c.MetricsListen != "" {
		wrong.address("ZHIGANG_METRICS_LISTEN", c.MetricsListen)
		if c.MetricsListen == c.Listen {
			wrong.say("same_listen", "ZHIGANG_METRICS_LISTEN")
		}
	}
	wrong.networks("ZHIGANG_TRUSTED_PROXIES", c.TrustedProxies)
	wrong.webhook(c)
	for _, one := range strings.FieldsFunc(c.rates, func(r rune) bool { return r == ',' || r == ' ' }) {
		if _, _, ok := rateOf(one); !ok {
			wrong = append(wrong, about("rate", "ZHIGANG_SEND_RATES").With("value", one))
		}
	}
	if c.MatchParts < 1 || c.MatchParts > maxParts {
		wrong = append(wrong, about("parts", "ZHIGANG_MATCH_PARTS").With("value", c.parts).With("most", maxParts))
	} else if c.MatchParts > 1 && c.RedisURL == "" {
		wrong.say("parts_alone", "ZHIGANG_MATCH_PARTS")
	}
	if _, err := mail.ParseAddress(c.MailFrom); err != nil {
		wrong = append(wrong, about("address", "ZHIGANG_MAIL_FROM").With("value", c.MailFrom))
	}
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, c.LogLevel) {
		wrong = append(wrong, about("log_level", "ZHIGANG_LOG_LEVEL").With("value", c.LogLevel))
	}
	if c.SecretKey != "" {
		if _, err := secret.New(c.SecretKey); err != nil {
			wrong.say("key", "ZHIGANG_SECRET_KEY")
		}
	}
	return wrong
}

// maxParts bounds the parts of matching: each is a queue of its own.
const maxParts = 64

// url makes sure that a value, when there is one, is a URL of one of the schemes that names a host or a path. The value
// may hold a password and is not repeated.
func (p *Problems) url(name, value string, schemes ...string) {
	if value == "" {
		return
	}
	u, err := url.Parse(value)
	switch {
	case err != nil:
		p.say("url", name)
	case !slices.Contains(schemes, u.Scheme):
		*p = append(*p, about("scheme", name).With("schemes", strings.Join(schemes, ":, ")+":"))
	case u.Host == "" && (u.Path == "" && u.Opaque == "" || !slices.Contains([]string{"sqlite", "file", "postgres", "postgresql"}, u.Scheme)):
		p.say("host", name)
	}
}

// networks makes sure that each value is an address or a network.
func (p *Problems) networks(name string, values []string) {
	for _, value := range values {
		_, network := netip.ParsePrefix(value)
		if _, single := netip.ParseAddr(value); network != nil && single != nil {
			*p = append(*p, about("proxy", name).With("value", value))
		}
	}
}

// webhook makes sure that a gateway can be asked, and that nobody else is: who is told must not be read on the way.
func (p *Problems) webhook(c Config) {
	p.networks("ZHIGANG_WEBHOOK_ALLOW", c.WebhookAllow)
	if c.WebhookURL == "" {
		return
	}
	p.url("ZHIGANG_WEBHOOK_URL", c.WebhookURL, "https", "http")
	if strings.HasPrefix(c.WebhookURL, "http:") && len(c.WebhookAllow) == 0 {
		p.say("webhook_clear", "ZHIGANG_WEBHOOK_URL")
	}
	keys := strings.Fields(c.WebhookSecret)
	for _, key := range keys {
		b, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(key, "whsec_"))
		if err != nil || len(b) < 24 || len(b) > 64 {
			keys = nil
			break
		}
	}
	if len(keys) == 0 {
		p.say("webhook_secret", "ZHIGANG_WEBHOOK_SECRET")
	}
}

// address makes sure that a value is HOST:PORT; the host may be left out for all addresses.
func (p *Problems) address(name, value string) {
	_, port, err := net.SplitHostPort(value)
	if n, notNumber := strconv.Atoi(port); err != nil || notNumber != nil || n < 0 || n > 65535 {
		*p = append(*p, about("listen", name).With("value", value))
	}
}

// Role is what a process does.
type Role string

// The roles.
const (
	Serve  Role = "serve"  // everything in one process
	Web    Role = "web"    // pages and API
	Worker Role = "worker" // tasks and schedule
)

// CheckRole says what is missing for a process of that role. Several processes cannot share a SQLite file as writers, nor
// a Bleve index, nor counters in memory. The error is Problems.
func (c Config) CheckRole(r Role) error {
	if r == Serve {
		return nil
	}
	var wrong Problems
	need := func(what string, missing bool) {
		if missing {
			wrong = append(wrong, errs.Invalid("config.role."+what).With("role", string(r)))
		}
	}
	need("sqlite", c.SQLite())
	need("redis", c.RedisURL == "")
	need("meili", c.MeiliURL == "")
	need("key", c.SecretKey == "")
	return wrong.err()
}
