package demo_test

import (
	"path/filepath"
	"testing"
	"time"

	"zhigang/internal/auth"
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
	if err := demo.Fill(t.Context(), url, keys, tree, size, dbtest.Noon(), nil); err != nil {
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
		`SELECT COUNT(*) FROM org WHERE kind = 'filed'`:              1,
		`SELECT COUNT(*) FROM position WHERE employer <> ''`:         1,
		`SELECT COUNT(*) FROM position WHERE state = 'returned'`:     1,
		`SELECT COUNT(*) FROM position_before`:                       1,
		`SELECT COUNT(*) FROM saved_search`:                          1,
	} {
		var n int
		if err := d.Get(t.Context(), &n, what); err != nil || n < least {
			t.Errorf("%s: %d, %v", what, n, err)
		}
	}
	accounts := auth.New(d, keys)
	student, err := accounts.Find(t.Context(), demo.Logins()[2].Address)
	if err != nil {
		t.Fatal(err)
	}
	for state, least := range map[string]int{"received": 1, "interview": 1, "hired": 1, "declined": 1} {
		var n int
		if err := d.Get(t.Context(), &n, `SELECT COUNT(*) FROM application WHERE person_id = ? AND state = ?`, student.ID, state); err != nil || n < least {
			t.Errorf("%d applications of the visitor are %s, %v", n, state, err)
		}
	}
	var asks int
	if err := d.Get(t.Context(), &asks, `SELECT COUNT(*) FROM ask WHERE person_id = ? AND state = 'asked'`, student.ID); err != nil || asks != 1 {
		t.Errorf("the visitor was asked for their contact %d times, %v", asks, err)
	}
	var claims int
	if err := d.Get(t.Context(), &claims, `SELECT COUNT(*) FROM placement WHERE person_id = ? AND state = 'claimed'`, student.ID); err != nil || claims == 0 {
		t.Errorf("the visitor has %d hires to confirm, %v", claims, err)
	}
	if err := demo.Fill(t.Context(), url, keys, tree, size, dbtest.Noon(), nil); !errs.Is(err, errs.KindConflict) {
		t.Fatalf("demo data was mixed into a database that is in use: %v", err)
	}
}
