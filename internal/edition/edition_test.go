package edition_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/edition"
	"zhigang/internal/testserver"
)

func TestMain(m *testing.M) { testserver.Main(m) }

func TestAnEditionLastsUntilTheNextChangeIsCommitted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		seen := map[edition.Edition]bool{}
		look := func(isNew bool) {
			t.Helper()
			e := now(t, d)
			if seen[e] == isNew {
				t.Fatalf("%+v was seen before: %v", e, seen[e])
			}
			seen[e] = true
		}
		write := func(do func(context.Context, *db.Tx) error) error {
			return d.Write(t.Context(), func(tx *db.Tx) error { return do(t.Context(), tx) })
		}
		look(true)
		look(false)
		for range 3 {
			if err := write(edition.Next); err != nil {
				t.Fatal(err)
			}
			look(true)
		}
		before := now(t, d)
		if err := write(func(ctx context.Context, tx *db.Tx) error {
			return errors.Join(edition.Next(ctx, tx), edition.Next(ctx, tx))
		}); err != nil {
			t.Fatal(err)
		}
		if after := now(t, d); after.Changes != before.Changes+1 {
			t.Errorf("a transaction of two changes began %d editions", after.Changes-before.Changes)
		}
		look(true)
		boom := errors.New("boom")
		if err := write(func(ctx context.Context, tx *db.Tx) error { return errors.Join(edition.Next(ctx, tx), boom) }); !errors.Is(err, boom) {
			t.Fatal(err)
		}
		look(false)
		for range 5 { // as many are forgotten as are added, and still no edition comes back
			for now(t, d).Changes < 100 {
				if err := write(edition.Next); err != nil {
					t.Fatal(err)
				}
				look(true)
			}
			if err := write(edition.Prune); err != nil {
				t.Fatal(err)
			}
			look(true)
			if n := now(t, d).Changes; n != 1 {
				t.Errorf("%d changes are kept", n)
			}
			if err := write(edition.Prune); err != nil {
				t.Fatal(err)
			}
			look(false) // nothing was forgotten
		}
		if err := write(edition.Next); err != nil {
			t.Fatal(err)
		}
		c.Add(24 * time.Hour)
		look(true) // another day
	})
}

func now(t *testing.T, d *db.DB) edition.Edition {
	t.Helper()
	e, err := edition.Current(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return e
}
