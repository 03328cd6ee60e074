package db_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
)

// Of many who write at once, some fail, some panic and some are called off half-way. What those wrote who heard of success
// is there, and nothing else.
func TestWhoeverWritesAtOnceIsWholeOrUndone(t *testing.T) {
	boom := errors.New("boom")
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		var mu sync.Mutex
		var want []string
		woken := 0
		write := func(name string, n int) (err error) {
			defer func() {
				if recover() != nil {
					err = boom
				}
			}()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			return d.Write(ctx, func(tx *db.Tx) error {
				tx.OnCommit(func() { mu.Lock(); woken++; mu.Unlock() })
				for _, half := range []string{"a", "b"} {
					if err := tx.Insert(ctx, "schedule_slot", slot{name + half, db.At(c.Now()), db.At(tx.Now)}); err != nil {
						return err
					}
					switch n % 5 {
					case 1:
						return boom
					case 2:
						panic("boom")
					case 3:
						cancel()
					}
				}
				return nil
			})
		}
		var all sync.WaitGroup
		for writer := range 8 {
			all.Go(func() {
				for n := range 40 {
					name := fmt.Sprintf("%d-%02d", writer, n)
					err := write(name, n+writer)
					if (n+writer)%5 == 0 && err != nil {
						t.Error(name, err)
					}
					if err == nil {
						mu.Lock()
						want = append(want, name+"a", name+"b")
						mu.Unlock()
					}
				}
			})
		}
		all.Wait()
		var got []string
		if err := d.Select(t.Context(), &got, `SELECT name FROM schedule_slot ORDER BY name`); err != nil {
			t.Fatal(err)
		}
		slices.Sort(want)
		if !slices.Equal(got, want) || woken != len(want)/2 || len(want) < 100 {
			t.Errorf("%d rows, %d were told of, %d writers were woken", len(got), len(want), woken)
		}
	})
}

// A writer that panics alone leaves no transaction behind that others would wait for.
func TestAPanicLeavesNoTransaction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		func() {
			defer func() { _ = recover() }()
			_ = d.Write(t.Context(), func(tx *db.Tx) error {
				if err := tx.Insert(t.Context(), "schedule_slot", slot{"a", db.At(c.Now()), db.At(tx.Now)}); err != nil {
					return err
				}
				panic("boom")
			})
		}()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := d.Ping(ctx); err != nil { // SQLite has one connection that writes
			t.Error(err)
		}
		if err := insert(t, d, "a", c.Now()); err != nil {
			t.Error(err)
		}
	})
}

// SQLite gives a whole transaction up when a disk is full or a statement is interrupted, whoever shares it: the others
// write again, and whoever did not hear of it is told.
func TestWritersOutlastATransactionThatSQLiteGaveUp(t *testing.T) {
	boom := errors.New("boom")
	d, c := dbtest.SQLite(t)
	var mu sync.Mutex
	var want []string
	var all sync.WaitGroup
	for writer := range 8 {
		all.Go(func() {
			for n := range 40 {
				name, run := fmt.Sprintf("%d-%02d", writer, n), 0
				err := d.Write(t.Context(), func(tx *db.Tx) error {
					if err := tx.Insert(t.Context(), "schedule_slot", slot{name, db.At(c.Now()), db.At(tx.Now)}); err != nil {
						return err
					}
					if run++; n != 5*writer || run > 1 {
						return nil
					}
					if _, err := tx.Exec(t.Context(), `ROLLBACK`); err != nil {
						return err
					}
					if writer%2 == 0 {
						return boom
					}
					return nil // as if it had not noticed
				})
				if failed := n == 5*writer && writer%2 == 0; failed != errors.Is(err, boom) || !failed && err != nil {
					t.Error(name, err)
				}
				if err == nil {
					mu.Lock()
					want = append(want, name)
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	var got []string
	if err := d.Select(t.Context(), &got, `SELECT name FROM schedule_slot ORDER BY name`); err != nil {
		t.Fatal(err)
	}
	slices.Sort(want)
	if !slices.Equal(got, want) || len(want) != 8*40-4 {
		t.Errorf("%d rows, %d were told of", len(got), len(want))
	}
}

// A transaction that has grown old is committed before the next writer has the turn.
func TestNobodyWaitsLongForThoseWhoComeLater(t *testing.T) {
	d, c := dbtest.SQLite(t)
	var all sync.WaitGroup
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		all.Go(func() {
			err := d.Write(t.Context(), func(*db.Tx) error {
				var n int
				if err := d.Get(t.Context(), &n, `SELECT COUNT(*) FROM schedule_slot`); err != nil || n != 1 {
					t.Errorf("%d rows of those before are there, %v", n, err)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
		time.Sleep(100 * time.Millisecond) // longer than others may join, and until the other one waits
		return tx.Insert(t.Context(), "schedule_slot", slot{"a", db.At(c.Now()), db.At(tx.Now)})
	})
	all.Wait()
	if err != nil {
		t.Error(err)
	}
}
