package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/secret"
	"zhigang/internal/testserver"
)

func TestServeStartsOnAnEmptyFolder(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	p := serving(t, s.with("ZHIGANG_BASE_URL", s.url()))
	if status(s.url()+"/livez") != http.StatusOK {
		t.Error("not alive")
	}
	link := setupLink(s.url(), p.log.String)
	if link == "" || status(link) != http.StatusOK {
		t.Fatalf("no link for the first administrator:\n%s", p.log)
	}
	for _, name := range []string{"", "secret.key", "zhigang.db"} {
		info, err := os.Stat(filepath.Join(s["ZHIGANG_DATA_DIR"], name))
		if err != nil || name != "zhigang.db" && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%q: %v, %v", name, info.Mode(), err)
		}
	}
	if code, took := p.stop(t); code != exitOK || took > 5*time.Second {
		t.Errorf("stopped with %d after %s:\n%s", code, took, p.log)
	}
}

// dial opens a connection and sends the head of a request and half of its body.
func dial(t *testing.T, s setting) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", s["ZHIGANG_LISTEN"])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if _, err := fmt.Fprintf(c, "POST /login HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 13\r\n\r\nlogin=", s["ZHIGANG_LISTEN"]); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestASlowRequestIsAnsweredAfterSIGTERM(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	p := serving(t, s)
	c := dial(t, s)
	time.Sleep(200 * time.Millisecond) // the request must have reached its handler
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.until(t, "closed to others", func() bool {
		other, err := net.Dial("tcp", s["ZHIGANG_LISTEN"])
		if err == nil {
			_ = other.Close()
		}
		return err != nil
	})
	if _, err := c.Write([]byte("&lang=x")); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || res.StatusCode >= 500 {
		t.Fatalf("%v, %v", res, err)
	}
	_ = res.Body.Close()
	if code := p.ended(t); code != exitOK {
		t.Errorf("ended with %d:\n%s", code, p.log)
	}
}

// A client that never finishes its request does not keep the program from stopping in time.
func TestTheProgramStopsWithinTwentySeconds(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	p := serving(t, s)
	dial(t, s)
	time.Sleep(200 * time.Millisecond) // as above
	if code, took := p.stop(t); code != exitOK || took > 20*time.Second {
		t.Errorf("stopped with %d after %s:\n%s", code, took, p.log)
	}
}

func TestASecondServeOnTheSameFolderIsRefusedInWords(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	serving(t, s)
	other := s.with("ZHIGANG_LISTEN", fmt.Sprintf("127.0.0.1:%d", testserver.Port()))
	zhigang(t, other, "serve").want(t, exitFailed, "another zhigang process", s["ZHIGANG_DATA_DIR"])
	zhigang(t, other, "restore", "x").want(t, exitFailed, "another zhigang process")
	// Reads go on beside it.
	zhigang(t, other, "account", "list").want(t, exitOK)
	zhigang(t, other, "backup", "create").want(t, exitOK, "Backed up to")
	zhigang(t, other, "report", "weekly", "--region", "440113", "--format", "json").want(t, exitOK, `"region"`)
	zhigang(t, other, "export", "positions", "--format", "csv").want(t, exitOK)
	zhigang(t, other, "doctor").want(t, exitOK)
}

func TestProcessesThatCannotShareAreRefusedInWords(t *testing.T) {
	t.Parallel()
	for _, role := range []string{"web", "worker"} {
		zhigang(t, embedded(t), role).want(t, exitUsage, "SQLite", "Redis", "Meilisearch", "secret key", "zhigang serve")
		zhigang(t, embedded(t).with("LANG", "zh_CN.UTF-8"), "config", "check", "--for", role).want(t, exitUsage, "配置有误", "不能共用", "同一把密钥")
	}
	zhigang(t, embedded(t).with("ZHIGANG_LISTEN", "8080").with("ZHIGANG_NOTHING", "1"), "serve").want(t, exitUsage, "ZHIGANG_LISTEN", "ZHIGANG_NOTHING")
}

// change runs SQL on the database of an installation.
func change(t *testing.T, s setting, query string) {
	t.Helper()
	d, err := db.Open(t.Context(), db.Options{URL: "sqlite://" + filepath.Join(s["ZHIGANG_DATA_DIR"], "zhigang.db"), Clock: clock.System{}})
	if err != nil {
		t.Fatal(err)
	}
	err = d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), query)
		return err
	})
	if err := errors.Join(err, d.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestANewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	zhigang(t, s, "migrate").want(t, exitOK, "migrations applied")
	change(t, s, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`)
	for _, args := range [][]string{{"serve"}, {"migrate"}, {"account", "list"}} {
		zhigang(t, s, args...).want(t, exitFailed, "9999", "newer")
	}
	zhigang(t, s, "doctor").want(t, exitFailed, "9999")
}

// With another secret key nothing is started: it would write what nobody can read together.
func TestAWrongSecretKeyIsRefused(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	zhigangIn(t, s, "correct horse battery\n", "account", "create", "lin@example.org", "--name", "林").want(t, exitOK)
	wrong := s.with("ZHIGANG_SECRET_KEY", secret.Generate())
	for _, args := range [][]string{{"serve"}, {"account", "list"}, {"backup", "create"}} {
		zhigang(t, wrong, args...).want(t, exitFailed, "secret key is not the one of this database")
	}
	zhigang(t, wrong, "doctor").want(t, exitFailed, "✗ secret key and data")
	zhigang(t, s, "serve", "--no-such-flag").want(t, exitUsage)
	if err := os.Remove(filepath.Join(s["ZHIGANG_DATA_DIR"], "secret.key")); err != nil {
		t.Fatal(err)
	}
	zhigang(t, s, "backup", "create").want(t, exitFailed, "no secret key")
	zhigang(t, s, "doctor").want(t, exitFailed, "no key at")
	if _, err := os.Stat(filepath.Join(s["ZHIGANG_DATA_DIR"], "secret.key")); err == nil {
		t.Error("a look made a new key")
	}
}

func TestMigrateSaysToBackUpFirst(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	if r := zhigang(t, s, "migrate").want(t, exitOK); strings.Contains(r.err, "back") {
		t.Errorf("there was nothing to back up: %s", r.err)
	}
	if r := zhigang(t, s, "migrate").want(t, exitOK, "0 migrations applied"); r.err != "" {
		t.Error(r.err)
	}
	// As if the last migration had not been there yet.
	change(t, s, `DROP TABLE worker`)
	change(t, s, `DELETE FROM goose_db_version WHERE version_id = (SELECT MAX(version_id) FROM goose_db_version)`)
	zhigang(t, s, "migrate", "--status").want(t, exitOK, "backup create", "1 migrations wait")
	zhigang(t, s, "migrate").want(t, exitOK, "backup create", "1 migrations applied")
}

func TestHealthcheckExitsAsAContainerWants(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	zhigang(t, s, "healthcheck").want(t, exitFailed, "connection refused")
	p := serving(t, s)
	zhigang(t, s, "healthcheck").want(t, exitOK, "ok")
	zhigang(t, s.with("ZHIGANG_LISTEN", ":"+strings.Split(s["ZHIGANG_LISTEN"], ":")[1]), "healthcheck").want(t, exitOK, "ok")
	zhigang(t, embedded(t), "healthcheck", s.url()).want(t, exitOK)
	zhigang(t, s, "healthcheck", s.url()+"/no/such/page").want(t, exitFailed, "404")
	zhigang(t, s, "healthcheck", "nonsense").want(t, exitUsage)
	if code, _ := p.stop(t); code != exitOK {
		t.Error(code)
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	t.Parallel()
	key := secret.Generate()
	s := embedded(t).with("ZHIGANG_SECRET_KEY", key).with("ZHIGANG_REDIS_URL", "redis://:hidden-word@127.0.0.1:1/0").
		with("ZHIGANG_SMTP_URL", "smtp://user:hidden-mail@127.0.0.1:1").with("ZHIGANG_MEILI_KEY", "hidden-meili").
		with("ZHIGANG_DATABASE_URL", "postgres://user:hidden-db@127.0.0.1:1/x")
	for _, args := range [][]string{{"config", "print"}, {"config", "print", "--json"}, {"doctor"}, {"serve"}, {"web"}} {
		if r := zhigang(t, s, args...); strings.Contains(r.out+r.err, "hidden") || strings.Contains(r.out+r.err, key) {
			t.Errorf("%v tells a secret:\n%s%s", args, r.out, r.err)
		}
	}
	r := zhigang(t, s, "config", "print", "--json").want(t, exitOK)
	var lines []map[string]any
	if err := json.Unmarshal([]byte(r.out), &lines); err != nil || len(lines) < 20 {
		t.Fatal(err, r.out)
	}
}
