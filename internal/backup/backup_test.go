package backup_test

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"zhigang/internal/backup"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/errs"
	"zhigang/internal/testserver"
)

// The way from one engine to the other and back loses nothing: each backup holds the same files, byte by byte.
func TestABackupMovesFromSQLiteToPostgreSQLAndBack(t *testing.T) {
	if testing.Short() { // needs PostgreSQL
		t.Skip("needs PostgreSQL")
	}
	keys := newKeys(t)
	o := options(keys)
	d := world(t, keys)
	file, first := save(t, d, o)
	if first.Engine != db.SQLite || first.Schema == 0 || first.Rows() < 500 || !first.CreatedAt.Equal(dbtest.Noon()) {
		t.Fatalf("%+v", first)
	}
	if want := "zhigang-20261122-120000.tar.gz"; filepath.Base(file) != want {
		t.Errorf("named %s", file)
	}
	pg := empty(t, testserver.Postgres(t))
	if _, err := backup.Restore(t.Context(), pg, file, o); err != nil {
		t.Fatal(err)
	}
	file, second := save(t, pg, o)
	if second.Engine != db.Postgres {
		t.Errorf("engine %s", second.Engine)
	}
	same(t, first, second)
	back := emptySQLite(t)
	if _, err := backup.Restore(t.Context(), back, file, o); err != nil {
		t.Fatal(err)
	}
	_, third := save(t, back, o)
	same(t, first, third)
}

func same(t *testing.T, a, b backup.Manifest) {
	t.Helper()
	if a.Schema != b.Schema || a.Key != b.Key || len(a.Tables) != len(b.Tables) {
		t.Fatalf("%+v\n%+v", a, b)
	}
	for n := range a.Tables {
		if x, y := a.Tables[n], b.Tables[n]; x.Name != y.Name || x.Rows != y.Rows || x.SHA256 != y.SHA256 || !slices.Equal(x.Columns, y.Columns) {
			t.Errorf("%+v\n%+v", x, y)
		}
	}
}

// odd is a schema with everything that is hard: 64-bit numbers, NULL, empty bytes, words of SQL as names, keys of several
// texts, rows that refer to later rows of their own table.
var odd = fstest.MapFS{
	"0001_odd.sql": {Data: []byte(`-- +goose Up
CREATE TABLE "order" (
    id      BIGINT PRIMARY KEY,
    "group" TEXT   NOT NULL,
    small   INT,
    parent  BIGINT REFERENCES "order" (id),
    content BYTEA
);
CREATE TABLE name (
    first TEXT NOT NULL,
    last  TEXT NOT NULL,
    of    BIGINT REFERENCES "order" (id),
    PRIMARY KEY (last, first)
);
INSERT INTO "order" (id, "group") VALUES (1, 'left by the migration');
`)},
}

func TestEveryValueComesBackAsItWas(t *testing.T) {
	o := options(newKeys(t))
	o.Migrations = odd
	for name, url := range engines(t) {
		t.Run(name, func(t *testing.T) {
			d := empty(t, url())
			if _, err := d.Migrate(t.Context(), odd); err != nil {
				t.Fatal(err)
			}
			rows := [][]any{
				{int64(math.MaxInt64), "汉字 \"quoted\" \\ </script> \u2028 \t\n", int64(math.MinInt32), nil, []byte{}},
				{int64(math.MinInt64), "", nil, int64(9007199254740993), []byte("\x00\xff\xfe")}, // refers to a row further down
				{int64(9007199254740993), "😀", int64(0), int64(math.MaxInt64), nil},
				{int64(2), "itself", int64(1), int64(2), []byte("x")},
			}
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				for _, r := range rows[:1] {
					if _, err := tx.Exec(t.Context(), `INSERT INTO "order" (id, "group", small, parent, content) VALUES (?, ?, ?, ?, ?)`, r...); err != nil {
						return err
					}
				}
				for _, n := range []int{2, 1, 3} {
					if _, err := tx.Exec(t.Context(), `INSERT INTO "order" (id, "group", small, parent, content) VALUES (?, ?, ?, ?, ?)`, rows[n]...); err != nil {
						return err
					}
				}
				for _, who := range [][2]string{{"b", "Ä"}, {"a", "z"}, {"a", "Z"}, {"B", "z"}, {"王", "z"}} {
					if _, err := tx.Exec(t.Context(), `INSERT INTO name (first, last, of) VALUES (?, ?, 2)`, who[0], who[1]); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			file, m := save(t, d, o)
			if got := files(t, file)["tables/name.jsonl"]; !inOrder(got, `"first":"a","last":"Z"`, `"first":"B","last":"z"`, `"first":"a","last":"z"`, `"first":"王"`, `"last":"Ä"`) {
				t.Errorf("not in the order of bytes:\n%s", got)
			}
			if got := files(t, file)["tables/order.jsonl"]; !inOrder(got,
				`{"id":-9223372036854775808,"group":"","small":null,"parent":9007199254740993,"content":"AP/+"}`,
				`{"id":1,"group":"left by the migration","small":null,"parent":null,"content":null}`,
				`"content":"eA=="}`, `{"id":9007199254740993,`, `{"id":9223372036854775807,`, `"content":""}`) {
				t.Errorf("wrong lines:\n%s", got)
			}
			for other, url := range engines(t) {
				into := empty(t, url())
				if _, err := backup.Restore(t.Context(), into, file, o); err != nil {
					t.Fatalf("into %s: %v", other, err)
				}
				_, again := save(t, into, o)
				same(t, m, again)
			}
		})
	}
}

// engines returns makers of new databases.
func engines(t *testing.T) map[string]func() string {
	t.Helper()
	all := map[string]func() string{"sqlite": func() string { return "sqlite://" + filepath.Join(t.TempDir(), "odd.db") }}
	if !testing.Short() { // the suite without servers
		all["postgres"] = func() string { return testserver.Postgres(t) }
	}
	return all
}

func inOrder(text string, parts ...string) bool {
	for _, part := range parts {
		_, rest, ok := strings.Cut(text, part)
		if !ok {
			return false
		}
		text = rest
	}
	return true
}

// files unpacks a backup.
func files(t *testing.T, file string) map[string]string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zip, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for in := tar.NewReader(zip); ; {
		head, err := in.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		out[head.Name] = string(b)
	}
}

// SQLite takes any bytes for text; they come back as they were.
func TestATextThatIsNotUTF8ComesBack(t *testing.T) {
	o := options(newKeys(t))
	d, _ := dbtest.SQLite(t)
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO schedule_slot (name, slot, created_at) VALUES (CAST(? AS TEXT), 1, 1)`, []byte("a\xff"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	file, m := save(t, d, o)
	into := emptySQLite(t)
	if _, err := backup.Restore(t.Context(), into, file, o); err != nil {
		t.Fatal(err)
	}
	_, again := save(t, into, o)
	same(t, m, again)
	var name string
	if err := into.Get(t.Context(), &name, `SELECT name FROM schedule_slot`); err != nil || name != "a\xff" {
		t.Fatalf("%q, %v", name, err)
	}
}

func TestABackupShowsOneInstantWhileOthersWrite(t *testing.T) {
	keys := newKeys(t)
	o := options(keys)
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
		insert := func(n int) {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), `INSERT INTO schedule_slot (name, slot, created_at) VALUES ('x', ?, 1)`, n)
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
		for n := range 50 {
			insert(n)
		}
		o.Progress = func(done, _ int64) { insert(1000 + int(done)) } // somebody writes between any two rows
		file, m := save(t, d, o)
		at := slices.IndexFunc(m.Tables, func(t backup.Table) bool { return t.Name == "schedule_slot" })
		if m.Tables[at].Rows != 50 {
			t.Fatalf("%d rows", m.Tables[at].Rows)
		}
		o.Progress = nil
		if _, err := backup.Verify(t.Context(), file, d.Clock(), o); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAGoodBackupIsFoundGood(t *testing.T) {
	keys := newKeys(t)
	d := world(t, keys)
	file, m := save(t, d, options(keys))
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info.Mode(), err)
	}
	v, err := backup.Verify(t.Context(), file, d.Clock(), options(keys))
	if err != nil || !v.OwnKey || v.AuditRows == 0 || v.Rows() != m.Rows() {
		t.Fatalf("%+v, %v", v, err)
	}
	if v, err := backup.Verify(t.Context(), file, d.Clock(), options(newKeys(t))); err != nil || v.OwnKey {
		t.Fatalf("with another key: %+v, %v", v.OwnKey, err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), ".zhigang-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if _, _, err := backup.CreateFile(t.Context(), d, filepath.Dir(file), options(keys)); errs.KeyOf(err) != "backup.exists" {
		t.Errorf("a backup was overwritten: %v", err)
	}
}

func TestAChainOfTheAuditThatIsBrokenIsFound(t *testing.T) {
	keys := newKeys(t)
	d := world(t, keys)
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		return tx.One(t.Context(), `UPDATE audit SET note = 'nothing to see' WHERE seq = 2`)
	})
	if err != nil {
		t.Fatal(err)
	}
	file, _ := save(t, d, options(keys))
	if _, err := backup.Verify(t.Context(), file, d.Clock(), options(keys)); err == nil || !strings.Contains(err.Error(), "audit entry 2") {
		t.Fatal(err)
	}
}
