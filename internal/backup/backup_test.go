package backup_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
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
	"zhigang/migrations"
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

// Whatever happens to a file on its way, it is noticed.
func TestADamagedBackupIsRefused(t *testing.T) {
	keys := newKeys(t)
	o := options(keys)
	d := world(t, keys)
	file, _ := save(t, d, o)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	plain := files(t, file)
	change := func(name, from, to string) []byte {
		parts := map[string]string{}
		for n, text := range plain {
			parts[n] = text
		}
		parts[name] = strings.Replace(parts[name], from, to, 1)
		if parts[name] == plain[name] {
			t.Fatalf("nothing to change in %s", name)
		}
		return pack(t, parts, whole)
	}
	flipped := bytes.Clone(whole)
	flipped[len(flipped)*2/3] ^= 1
	cases := map[string][]byte{
		"cut":            whole[:len(whole)/2],
		"cut at the end": whole[:len(whole)-5],
		"a bit":          flipped,
		"a value":        change("tables/org.jsonl", `"state":"approved"`, `"state":"returned"`),
	}
	first, _, _ := strings.Cut(plain["tables/notice.jsonl"]+plain["tables/position_event.jsonl"], "\n")
	cases["a row"] = change("tables/position_event.jsonl", first+"\n", "")
	cases["a table"] = pack(t, without(plain, "tables/session.jsonl"), whole)
	for name, content := range cases {
		bad := filepath.Join(t.TempDir(), "bad.tar.gz")
		if err := os.WriteFile(bad, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := backup.Verify(t.Context(), bad, d.Clock(), o); errs.KeyOf(err) != "backup.damaged" {
			t.Errorf("%s: verify: %v", name, err)
		}
		into := emptySQLite(t)
		if _, err := backup.Restore(t.Context(), into, bad, o); errs.KeyOf(err) != "backup.damaged" {
			t.Errorf("%s: restore: %v", name, err)
		}
		var n int
		if err := into.Get(t.Context(), &n, `SELECT COUNT(*) FROM account`); err != nil || n != 0 {
			t.Errorf("%s: %d accounts stand in the database, %v", name, n, err)
		}
	}
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Verify(t.Context(), text, d.Clock(), o); errs.KeyOf(err) != "backup.none" {
		t.Errorf("a text: %v", err)
	}
	if _, err := backup.Verify(t.Context(), text+"x", d.Clock(), o); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func without(parts map[string]string, name string) map[string]string {
	out := map[string]string{}
	for n, text := range parts {
		if n != name {
			out[n] = text
		}
	}
	return out
}

// pack writes a backup from its parts, in the order of the original.
func pack(t *testing.T, parts map[string]string, original []byte) []byte {
	t.Helper()
	zip, err := gzip.NewReader(bytes.NewReader(original))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	packed := gzip.NewWriter(&out)
	to := tar.NewWriter(packed)
	for in := tar.NewReader(zip); ; {
		head, err := in.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, ok := parts[head.Name]
		if !ok {
			continue
		}
		head.Size = int64(len(text))
		if err := to.WriteHeader(head); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(to, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(to.Close(), packed.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestWhatCannotBeRestoredIsRefusedInWords(t *testing.T) {
	keys := newKeys(t)
	o := options(keys)
	d := world(t, keys)
	file, m := save(t, d, o)
	refused := func(into *db.DB, o backup.Options, key string) {
		t.Helper()
		if _, err := backup.Restore(t.Context(), into, file, o); errs.KeyOf(err) != key || !errs.Is(err, errs.KindConflict) {
			t.Errorf("%v, not %s", err, key)
		}
	}
	refused(emptySQLite(t), options(newKeys(t)), "backup.key")
	refused(d, o, "backup.not_empty")
	full, _ := dbtest.SQLite(t)
	err := full.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO schedule_slot (name, slot, created_at) VALUES ('x', 1, 1)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	refused(full, o, "backup.not_empty")
	older := o
	older.Migrations = some(t, m.Schema-1)
	refused(emptySQLite(t), older, "backup.newer")
	ahead := o
	ahead.Migrations = more(t, m.Schema+1)
	beyond := emptySQLite(t)
	if _, err := beyond.Migrate(t.Context(), ahead.Migrations); err != nil {
		t.Fatal(err)
	}
	refused(beyond, ahead, "backup.target")
	nothing := emptySQLite(t)
	if _, _, err := backup.CreateFile(t.Context(), nothing, t.TempDir(), o); errs.KeyOf(err) != "backup.nothing" {
		t.Errorf("a backup of nothing: %v", err)
	}
}

// some returns the migrations up to a number.
func some(t *testing.T, last int64) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	entries, err := migrations.FS.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		var n int64
		if _, err := fmt.Sscanf(e.Name(), "%d_", &n); err != nil || n > last {
			continue
		}
		b, err := migrations.FS.ReadFile(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = &fstest.MapFile{Data: b}
	}
	return out
}

// more returns all migrations and one more.
func more(t *testing.T, number int64) fstest.MapFS {
	t.Helper()
	out := some(t, number)
	out[fmt.Sprintf("%04d_later.sql", number)] = &fstest.MapFile{Data: []byte("-- +goose Up\nALTER TABLE org ADD COLUMN motto TEXT NOT NULL DEFAULT 'none';\n")}
	return out
}

// A backup of an older program comes into a newer one: the schema is brought to the backup's, then up to date.
func TestABackupOfAnOlderSchemaIsRestoredAndBroughtUp(t *testing.T) {
	keys := newKeys(t)
	d := world(t, keys)
	file, m := save(t, d, options(keys))
	newer := options(keys)
	newer.Migrations = more(t, m.Schema+1)
	for name, url := range engines(t) {
		into := empty(t, url())
		if _, err := backup.Restore(t.Context(), into, file, newer); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var n int
		if err := into.Get(t.Context(), &n, `SELECT COUNT(*) FROM org WHERE motto = 'none'`); err != nil || n == 0 {
			t.Errorf("%s: %d, %v", name, n, err)
		}
	}
	if _, err := backup.Verify(t.Context(), file, d.Clock(), newer); err != nil {
		t.Error(err)
	}
}

// A database that was prepared with `zhigang migrate`, and has what the migrations leave there, is empty.
func TestAPreparedDatabaseIsFilled(t *testing.T) {
	keys := newKeys(t)
	o := options(keys)
	file, m := save(t, world(t, keys), o)
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
		if _, err := backup.Restore(t.Context(), d, file, o); err != nil {
			t.Fatal(err)
		}
		_, again := save(t, d, o)
		same(t, m, again)
	})
}
