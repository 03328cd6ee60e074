package db_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/migrations"
)

// Both engines describe the schema alike, so that rows can be carried from one to the other.
func TestBothEnginesDescribeTheSameTables(t *testing.T) {
	var first []db.Table
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
		tables, err := db.Tables(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		place := map[string]int{}
		for n, table := range tables {
			place[table.Name] = n
			for _, r := range table.Refs {
				if at, ok := place[r.Table]; !ok || at > n {
					t.Errorf("%s stands before %s, to which it refers", table.Name, r.Table)
				}
			}
		}
		org := tables[place["org"]]
		if !slices.Equal(org.Key, []string{"id"}) || !slices.Contains(org.Refs, db.Ref{Column: "host_id", Table: "org", To: "id"}) {
			t.Errorf("%+v", org)
		}
		if m := tables[place["match"]]; !slices.Equal(m.Key, []string{"saved_search_id", "position_id"}) {
			t.Errorf("%+v", m)
		}
		if first == nil {
			first = tables
		}
		for n, table := range tables {
			if a, b := first[n], table; a.Name != b.Name || !slices.Equal(a.Columns, b.Columns) || !slices.Equal(a.Key, b.Key) || !slices.Equal(a.Refs, b.Refs) {
				t.Errorf("%+v\n%+v", a, b)
			}
		}
	})
}

func TestTheVersionOfTheSchemaIsTheLastMigration(t *testing.T) {
	files, err := migrations.FS.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	want := int64(0)
	for _, f := range files {
		if strings.HasSuffix(f.Name(), ".sql") {
			want++
		}
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
		if n, err := db.SchemaVersion(t.Context(), d); err != nil || n != want {
			t.Fatalf("%d, %v", n, err)
		}
	})
	d := openFile(t, "none.db")
	if n, err := db.SchemaVersion(t.Context(), d); err != nil || n != 0 {
		t.Fatalf("%d, %v", n, err)
	}
}

func openFile(t *testing.T, name string) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), db.Options{URL: "sqlite://" + t.TempDir() + "/" + name, Clock: clock.At(dbtest.Noon())})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// A table that could not be carried to the other engine is noticed when it is made, not when a backup is needed.
func TestASchemaThatCannotBeCarriedIsRefused(t *testing.T) {
	for sql, want := range map[string]string{
		`CREATE TABLE a (id BIGINT PRIMARY KEY, v REAL);`: `"real"`,
		`CREATE TABLE a (id BIGINT);`:                     "no primary key",
		`CREATE TABLE a (id BIGINT PRIMARY KEY, b BIGINT REFERENCES b (id));
		 CREATE TABLE b (id BIGINT PRIMARY KEY, a BIGINT REFERENCES a (id));`: "circle",
	} {
		d := openFile(t, "a.db")
		if _, err := d.Migrate(t.Context(), fstest.MapFS{"0001_a.sql": {Data: []byte("-- +goose Up\n" + sql)}}); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Tables(t.Context(), d); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

func TestTheEngineSaysHowSafeItIs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		in, err := d.Inspect(t.Context())
		if err != nil || in.Version == "" || in.Engine != d.Engine() || in.Clock.IsZero() {
			t.Fatalf("%+v, %v", in, err)
		}
		for _, s := range in.Settings {
			if want := s.Name != "fsync"; s.OK != want { // the server of the tests does not wait for its disk
				t.Errorf("%+v", s)
			}
		}
	})
}
