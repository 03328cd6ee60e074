// Package dbtest runs a test on every SQL engine.
package dbtest

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/testserver"
	"zhigang/migrations"
)

// Noon is the instant at which the clock of tests stands: Sunday 2026-11-22, 12:00 in China.
func Noon() time.Time { return time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC) }

// Each runs fn once on a new SQLite file and once on a new PostgreSQL database, both with the whole schema and a clock
// at Noon. `go test -short` leaves PostgreSQL out; without -short a missing server fails the test.
func Each(t *testing.T, fn func(t *testing.T, d *db.DB, c *clock.Manual)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		d, c := SQLite(t)
		fn(t, d, c)
	})
	if testing.Short() { // the suite without servers
		return
	}
	t.Run("postgres", func(t *testing.T) {
		c := clock.At(Noon())
		fn(t, open(t, postgres(t), c), c)
	})
}

// SQLite opens a new SQLite file: for tests above SQL, where the engine makes no difference.
func SQLite(t testing.TB) (*db.DB, *clock.Manual) {
	t.Helper()
	c := clock.At(Noon())
	return open(t, sqlite(t), c), c
}

func open(t testing.TB, url string, c clock.Clock) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), db.Options{URL: url, Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// The schema takes longer to make than most tests need for the rest. It is made once for each engine, and copied.
var (
	making  sync.Mutex
	made    []byte // the SQLite file
	madeURL string // of the PostgreSQL database
)

// sqlite returns the URL of a new SQLite file that has the schema.
func sqlite(t testing.TB) string {
	t.Helper()
	file := filepath.Join(testserver.Dir(t), "test.db")
	url := "sqlite://" + file
	making.Lock()
	defer making.Unlock()
	var err error
	if made == nil {
		migrate(t, url)
		made, err = os.ReadFile(file)
	} else {
		err = os.WriteFile(file, made, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// postgres returns the URL of a new PostgreSQL database that has the schema.
func postgres(t testing.TB) string {
	t.Helper()
	making.Lock()
	defer making.Unlock()
	if madeURL == "" {
		url := testserver.LastingPostgres(t)
		migrate(t, url)
		madeURL = url
	}
	return testserver.PostgresLike(t, madeURL)
}

func migrate(t testing.TB, url string) {
	t.Helper()
	d, err := db.Open(t.Context(), db.Options{URL: url, Clock: clock.At(Noon())})
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Migrate(t.Context(), migrations.FS)
	if err = errors.Join(err, d.Close()); err != nil {
		t.Fatal(err)
	}
}
