package demo_test

import (
	"path/filepath"
	"testing"
	"time"

	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/demo"
	"zhigang/internal/errs"
	"zhigang/internal/region"
	"zhigang/internal/secret"
	"zhigang/migrations"
)

func TestTheSmallWorldLives(t *testing.T) {
	url := "sqlite://" + filepath.Join(t.TempDir(), "demo.db")
	d, err := db.Open(t.Context(), db.Options{URL: url, Clock: clock.At(dbtest.Noon())})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if _, err := d.Migrate(t.Context(), migrations.FS); err != nil {
		t.Fatal(err)
	}
	keys, err := secret.New(secret.Generate())
	if err != nil {
		t.Fatal(err)
	}
	tree, err := region.Load()
	if err != nil {
		t.Fatal(err)
	}
	size := demo.Sizes()["small"]
	started := time.Now()
	if err := demo.Fill(t.Context(), url, keys, tree, size, dbtest.Noon()); err != nil {
		t.Fatal(err)
	}
	t.Log("made in", time.Since(started))
	for what, least := range map[string]int{
		`SELECT COUNT(*) FROM org WHERE state = 'approved'`:          20,
		`SELECT COUNT(*) FROM org WHERE state = 'pending'`:           2,
		`SELECT COUNT(*) FROM position WHERE state = 'published'`:    200,
		`SELECT COUNT(*) FROM position WHERE state = 'submitted'`:    9,
		`SELECT COUNT(*) FROM application`:                           80,
		`SELECT COUNT(*) FROM placement WHERE state = 'confirmed'`:   10,
		`SELECT COUNT(DISTINCT kind) FROM position`:                  5,
		`SELECT COUNT(*) FROM application WHERE answered_at IS NULL`: 5,
	} {
		var n int
		if err := d.Get(t.Context(), &n, what); err != nil || n < least {
			t.Errorf("%s: %d, %v", what, n, err)
		}
	}
	if err := demo.Fill(t.Context(), url, keys, tree, size, dbtest.Noon()); !errs.Is(err, errs.KindConflict) {
		t.Fatalf("demo data was mixed into a database that is in use: %v", err)
	}
}
