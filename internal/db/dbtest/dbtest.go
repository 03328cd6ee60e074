// Package dbtest runs a test on every SQL engine.
package dbtest

import (
	"path/filepath"
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
		fn(t, open(t, testserver.Postgres(t), c), c)
	})
}

// SQLite opens a new SQLite file: for tests above SQL, where the engine makes no difference.
func SQLite(t testing.TB) (*db.DB, *clock.Manual) {
	t.Helper()
	c := clock.At(Noon())
	return open(t, "sqlite://"+filepath.Join(t.TempDir(), "test.db"), c), c
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
	if _, err := d.Migrate(t.Context(), migrations.FS); err != nil {
		t.Fatal(err)
	}
	return d
}
