package backup_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"zhigang/internal/backup"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/errs"
	"zhigang/migrations"
)

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
