package db_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/errs"
	"zhigang/internal/testserver"
	"zhigang/migrations"
)

func TestMain(m *testing.M) { testserver.Main(m) }

type slot struct {
	Name string  `db:"name"`
	Slot db.Time `db:"slot"`
	At   db.Time `db:"created_at"`
}

func insert(t *testing.T, d *db.DB, name string, at time.Time) error {
	t.Helper()
	return d.Write(t.Context(), func(tx *db.Tx) error {
		return tx.Insert(t.Context(), "schedule_slot", slot{name, db.At(at), db.At(tx.Now)})
	})
}

func TestErrorsOfBothEnginesAreTheSame(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		now := c.Now()
		if err := insert(t, d, "a", now); err != nil {
			t.Fatal(err)
		}
		if err := insert(t, d, "a", now); !errs.Is(err, errs.KindConflict) || errs.KeyOf(err) != "error.exists" {
			t.Errorf("twice: %v", err)
		}
		var one slot
		if err := d.Get(t.Context(), &one, `SELECT name, slot, created_at FROM schedule_slot WHERE name = ?`, "b"); !errs.Is(err, errs.KindNotFound) {
			t.Errorf("none: %v", err)
		}
		if err := d.Get(t.Context(), &one, `SELECT name, slot, created_at FROM schedule_slot WHERE name = ?`, "a"); err != nil || !one.Slot.Equal(now) {
			t.Errorf("time: %v, %v", one.Slot, err)
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			return tx.One(t.Context(), `UPDATE schedule_slot SET name = ? WHERE name = ?`, "c", "b")
		})
		if !errs.Is(err, errs.KindConflict) {
			t.Errorf("no row instead of one: %v", err)
		}
	})
}

func TestListsExpandAndAnEmptyListMatchesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		for _, name := range []string{"a", "b", "c"} {
			if err := insert(t, d, name, c.Now()); err != nil {
				t.Fatal(err)
			}
		}
		count := func(names []string) int {
			var n int
			if err := d.Get(t.Context(), &n, `SELECT COUNT(*) FROM schedule_slot WHERE name IN (?) AND created_at = ?`, names, db.At(c.Now())); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if count([]string{"a", "c", "x"}) != 2 || count(nil) != 0 || count([]string{}) != 0 {
			t.Error("lists")
		}
	})
}

func TestAFailedTransactionLeavesNothingAndWakesNobody(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		woken := 0
		boom := errors.New("boom")
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			tx.OnCommit(func() { woken++ })
			if err := tx.Insert(t.Context(), "schedule_slot", slot{"a", db.At(tx.Now), db.At(tx.Now)}); err != nil {
				return err
			}
			return boom
		})
		var n int
		if e := d.Get(t.Context(), &n, `SELECT COUNT(*) FROM schedule_slot`); e != nil || n != 0 || woken != 0 || !errors.Is(err, boom) {
			t.Fatal(n, woken, err, e)
		}
	})
}

// Many writers at once queue up; none is told that the database is locked.
func TestWritersWaitForEachOther(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		if err := insert(t, d, "counter", time.UnixMilli(1)); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for range 60 {
			all.Go(func() {
				err := d.Write(t.Context(), func(tx *db.Tx) error {
					var ms int64
					if err := tx.Get(t.Context(), &ms, `SELECT slot FROM schedule_slot WHERE name = 'counter'`); err != nil {
						return err
					}
					return tx.One(t.Context(), `UPDATE schedule_slot SET slot = slot + 1 WHERE name = 'counter'`)
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		var ms int64
		if err := d.Get(t.Context(), &ms, `SELECT slot FROM schedule_slot WHERE name = 'counter'`); err != nil || ms != 61 {
			t.Fatal(ms, err)
		}
	})
}

func TestACancelledReadLeavesTheConnectionFit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
		for range 20 {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			var n int
			_ = d.Get(ctx, &n, `SELECT COUNT(*) FROM outbox`)
			if err := d.Get(t.Context(), &n, `SELECT COUNT(*) FROM outbox`); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestASnapshotDoesNotMove(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		err := d.Snapshot(t.Context(), func(q db.Q) error {
			count := func() int {
				var n int
				if err := q.Get(t.Context(), &n, `SELECT COUNT(*) FROM schedule_slot`); err != nil {
					t.Fatal(err)
				}
				return n
			}
			before := count()
			if err := insert(t, d, "a", c.Now()); err != nil {
				t.Fatal(err)
			}
			if after := count(); after != before {
				t.Errorf("%d, then %d", before, after)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestReadersCannotWrite(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	var n []int
	if err := d.Select(t.Context(), &n, `INSERT INTO schedule_slot (name, slot, created_at) VALUES ('x', 1, 1) RETURNING 1`); err == nil {
		t.Fatal("a read wrote")
	}
}

func TestANewerSchemaIsRefused(t *testing.T) {
	url := "sqlite://" + filepath.Join(t.TempDir(), "x.db")
	d, err := db.Open(t.Context(), db.Options{URL: url, Clock: clock.System{}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if err := d.CheckSchema(t.Context(), migrations.FS); err == nil {
		t.Error("an empty database is ready")
	}
	future := fstest.MapFS{"0001_a.sql": {Data: []byte("-- +goose Up\nCREATE TABLE a (id INT);")}, "0099_b.sql": {Data: []byte("-- +goose Up\nCREATE TABLE b (id INT);")}}
	if _, err := d.Migrate(t.Context(), future); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Migrate(t.Context(), migrations.FS); err == nil {
		t.Error("migrated a schema from the future")
	}
	if err := d.CheckSchema(t.Context(), migrations.FS); err == nil {
		t.Error("took a schema from the future")
	}
}

func TestTwoProcessesMigrateOnce(t *testing.T) {
	if testing.Short() { // needs PostgreSQL
		return
	}
	url := testserver.Postgres(t)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			d, err := db.Open(t.Context(), db.Options{URL: url, Clock: clock.System{}})
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = d.Close() }()
			if _, err := d.Migrate(t.Context(), migrations.FS); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// More texts than are kept, asked by many at once while others push them out.
func TestReadsOfManyTexts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
		var all sync.WaitGroup
		for reader := range 4 {
			all.Go(func() {
				for n := range 600 {
					want := (n*7 + reader) % 300
					var one int
					var list []int
					query := fmt.Sprintf(`SELECT %d + CAST(? AS INTEGER)`, want)
					if err := errors.Join(d.Get(t.Context(), &one, query, n), d.Select(t.Context(), &list, query+` ORDER BY 1`, n)); err != nil {
						t.Error(err)
					}
					if one != want+n || !slices.Equal(list, []int{want + n}) {
						t.Errorf("%d, %v, want %d", one, list, want+n)
					}
					if n%200 == 0 {
						runtime.GC() // closes what was pushed out
					}
				}
			})
		}
		all.Wait()
	})
}
