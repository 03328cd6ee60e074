package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"zhigang/internal/config"
)

type doctorCmd struct{}

// state is how well something is.
type state string

// The states.
const (
	fine  state = "ok"
	worry state = "warn" // works, and should be looked at
	bad   state = "bad"  // does not work, or data may be lost
)

// finding is what one check found.
type finding struct {
	Check  string `json:"check"`
	State  state  `json:"state"`
	Detail string `json:"detail"`
	Advice string `json:"advice,omitempty"` // what to do about it
}

// doctor looks at an installation from outside, whether it runs or not. It changes nothing.
type doctor struct {
	*env
	cfg      config.Config
	findings []finding
}

// checkTimeout is how long one check may take; the chain of the audit may be long.
const checkTimeout = 15 * time.Second

// Run looks at everything that an operator should know. It exits with 1 when something is bad.
func (c *doctorCmd) Run(e *env) error {
	d := &doctor{env: e}
	d.examine()
	var text strings.Builder
	counts := map[state]int{}
	for _, f := range d.findings {
		counts[f.State]++
		fmt.Fprintf(&text, "%s %s  %s\n", map[state]string{fine: "✓", worry: "!", bad: "✗"}[f.State], e.words["check_"+f.Check], f.Detail)
		if f.Advice != "" {
			fmt.Fprintf(&text, "    → %s\n", f.Advice)
		}
	}
	if err := e.print(d.findings, strings.TrimSuffix(text.String(), "\n")); err != nil {
		return err
	}
	if counts[bad] > 0 {
		return fmt.Errorf(e.words["doctor_bad"], counts[bad])
	}
	return nil
}

// examine makes all checks that make sense, in the order of the list.
func (d *doctor) examine() {
	if !d.checkConfig() {
		return
	}
	d.checkBaseURL()
	d.checkKey()
	d.checkDisk()
	d.checkDatabase()
	d.within(d.checkRedis)
	d.within(d.checkMail)
	d.within(d.checkGateway)
	d.checkHolidays()
}

// within gives a check its time.
func (d *doctor) within(check func(context.Context)) {
	ctx, cancel := context.WithTimeout(d.ctx, checkTimeout)
	defer cancel()
	check(ctx)
}

// note adds a finding. advice is the last part of a key advice_…; "" gives none.
func (d *doctor) note(check string, s state, detail, advice string) {
	f := finding{Check: check, State: s, Detail: detail}
	if advice != "" {
		f.Advice = d.words["advice_"+advice]
	}
	d.findings = append(d.findings, f)
}

// failed adds a finding for a check that could not be made.
func (d *doctor) failed(check string, err error, advice string) {
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf(d.words["doctor_slow"], checkTimeout)
	}
	d.note(check, bad, d.say(err), advice)
}

// checkConfig reads the settings; nothing else can be checked without them.
func (d *doctor) checkConfig() bool {
	cfg, err := config.Load()
	if err != nil {
		d.note("config", bad, err.Error(), "config")
		return false
	}
	d.cfg = cfg
	embedded, cluster := cfg.CheckRole(config.Serve), cfg.CheckRole(config.Web)
	switch {
	case cluster == nil:
		d.note("config", fine, d.words["config_cluster"], "")
	case embedded == nil && cfg.SQLite() && cfg.RedisURL == "" && cfg.MeiliURL == "":
		d.note("config", fine, d.words["config_embedded"], "")
	default: // one process with some of a cluster's servers
		d.note("config", fine, d.words["config_mixed"], "")
	}
	return true
}

// checkBaseURL looks at the address of the site.
func (d *doctor) checkBaseURL() {
	switch {
	case strings.HasPrefix(d.cfg.BaseURL, "https:"):
		d.note("base_url", fine, d.cfg.BaseURL, "")
	case isLocal(d.cfg.BaseURL):
		d.note("base_url", worry, d.cfg.BaseURL, "base_url_local")
	default:
		d.note("base_url", bad, d.cfg.BaseURL, "base_url")
	}
	if len(d.cfg.TrustedProxies) == 0 && !isLocal(d.cfg.BaseURL) {
		d.note("proxies", worry, d.words["proxies_none"], "proxies")
	}
}

// isLocal reports whether only this machine can reach the address.
func isLocal(url string) bool {
	_, rest, _ := strings.Cut(url, "://")
	for _, host := range []string{"localhost", "127.0.0.1", "[::1]"} {
		if rest == host || strings.HasPrefix(rest, host+":") {
			return true
		}
	}
	return false
}
