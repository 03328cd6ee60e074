package backup_test

import (
	"path/filepath"
	"testing"

	"zhigang/internal/backup"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/demo"
	"zhigang/internal/region"
	"zhigang/internal/secret"
	"zhigang/internal/testserver"
	"zhigang/migrations"
)

func TestMain(m *testing.M) { testserver.Main(m) }

func newKeys(t *testing.T) *secret.Keys {
	t.Helper()
	keys, err := secret.New(secret.Generate())
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func options(keys *secret.Keys) backup.Options {
	return backup.Options{Program: "test", Migrations: migrations.FS, Keys: keys}
}

// world returns a SQLite database with demo data.
func world(t *testing.T, keys *secret.Keys) *db.DB {
	t.Helper()
	tree, err := region.Load()
	if err != nil {
		t.Fatal(err)
	}
	d, _ := dbtest.SQLite(t)
	size := demo.Sizes()["small"]
	size.Positions, size.Applications = 60, 40
	if err := demo.Fill(t.Context(), "sqlite://"+d.Path(), keys, tree, size, dbtest.Noon(), nil); err != nil {
		t.Fatal(err)
	}
	return d
}

// empty opens a database without tables.
func empty(t *testing.T, url string) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), db.Options{URL: url, Clock: clock.At(dbtest.Noon())})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func emptySQLite(t *testing.T) *db.DB {
	t.Helper()
	return empty(t, "sqlite://"+filepath.Join(t.TempDir(), "restored.db"))
}

// save writes a backup and returns its file.
func save(t *testing.T, d *db.DB, o backup.Options) (string, backup.Manifest) {
	t.Helper()
	file, m, err := backup.CreateFile(t.Context(), d, t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	return file, m
}
