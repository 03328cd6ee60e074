package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/secret"
	"zhigang/internal/testserver"
)

// Panyu is the district in which the end-to-end tests take place.
const panyu = "440113"

// stack is the whole program as it runs for people, in one of its two ways, with a real mail server.
type stack struct {
	setting
	mail   *testserver.SMTPServer
	base   string                  // where people reach it
	redis  *testserver.RedisServer // of a cluster
	listen []string                // where the web processes of a cluster listen
	web    []*process              // who answers
	work   []*process              // who works; in the embedded program the same
}

// newStack returns the settings of a stack without starting anything.
func newStack(t *testing.T) *stack {
	t.Helper()
	if testing.Short() {
		t.Skip("the suite without servers")
	}
	s := &stack{setting: embedded(t), mail: testserver.SMTP(t)}
	s.setting = s.with("ZHIGANG_SMTP_URL", s.mail.URL()).with("ZHIGANG_SECRET_KEY", secret.Generate()).
		with("ZHIGANG_OPERATOR_NAME", "番禺区民政局").with("ZHIGANG_OPERATOR_REGION", panyu).
		with("ZHIGANG_MAIL_FROM", "志岗 <noreply@zhigang.example>").with("LANG", "zh_CN.UTF-8")
	s.base = s.url()
	s.setting = s.with("ZHIGANG_BASE_URL", s.base)
	return s
}

// embeddedStack is the program in one process, on SQLite and Bleve.
func embeddedStack(t *testing.T) *stack {
	t.Helper()
	s := newStack(t)
	s.setting = s.with("ZHIGANG_DATABASE_URL", "sqlite:"+filepath.Join(s.setting["ZHIGANG_DATA_DIR"], "zhigang.db"))
	zhigang(t, s.setting, "migrate").want(t, exitOK)
	return s
}

// clusterStack is the program in several processes, on PostgreSQL, Redis and Meilisearch.
func clusterStack(t *testing.T) *stack {
	t.Helper()
	s := newStack(t)
	meili := testserver.NewMeili(t)
	s.redis = testserver.Redis(t)
	s.setting = s.with("ZHIGANG_DATABASE_URL", testserver.Postgres(t)).with("ZHIGANG_REDIS_URL", s.redis.URL).
		with("ZHIGANG_MEILI_URL", meili.URL).with("ZHIGANG_MEILI_KEY", meili.Key).with("ZHIGANG_TRUSTED_PROXIES", "127.0.0.1")
	for range 2 {
		s.listen = append(s.listen, fmt.Sprintf("127.0.0.1:%d", testserver.Port()))
	}
	s.base = front(t, s.listen)
	s.setting = s.with("ZHIGANG_BASE_URL", s.base)
	zhigang(t, s.setting, "migrate").want(t, exitOK)
	return s
}

// inParts lets the workers share saved searches.
func (s *stack) inParts(of int) *stack {
	s.setting = s.with("ZHIGANG_MATCH_PARTS", strconv.Itoa(of))
	return s
}

// start starts all processes of the stack: one, or two of each role of the Procfile.
func (s *stack) start(t *testing.T) {
	t.Helper()
	if s.redis == nil {
		p := serving(t, s.setting)
		s.web, s.work = []*process{p}, []*process{p}
		return
	}
	s.web, s.work = nil, []*process{start(t, s.setting, "worker"), start(t, s.setting, "worker")}
	for _, address := range s.listen {
		s.web = append(s.web, serving(t, s.with("ZHIGANG_LISTEN", address), "web"))
	}
}

// stop stops all processes, as somebody who upgrades does.
func (s *stack) stop(t *testing.T) {
	t.Helper()
	for _, p := range append(append([]*process{}, s.web...), s.work...) {
		select {
		case <-p.done:
		default:
			if code, _ := p.stop(t); code != exitOK {
				t.Errorf("ended with %d:\n%s", code, p.log)
			}
		}
	}
}

// front is a proxy that sends request after request to another web process: nothing may depend on who answers.
func front(t *testing.T, behind []string) string {
	t.Helper()
	var n atomic.Int64
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: behind[int(n.Add(1))%len(behind)]})
		r.Out.Host = r.In.Host
		r.SetXForwarded()
	}, ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }})
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// open opens the database of the stack beside the program.
func (s *stack) open(t *testing.T) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), db.Options{URL: s.setting["ZHIGANG_DATABASE_URL"], Clock: clock.System{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// said returns what all processes printed.
func (s *stack) said() string {
	var all strings.Builder
	for _, p := range append(append([]*process{}, s.web...), s.work...) {
		all.WriteString(p.log.String())
	}
	return all.String()
}

// count asks the database for a number.
func count(t *testing.T, d *db.DB, query string, args ...any) int {
	t.Helper()
	var n int
	if err := d.Get(t.Context(), &n, query, args...); err != nil {
		t.Fatal(err)
	}
	return n
}
