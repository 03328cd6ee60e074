package auth_test

import (
	"testing"

	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/errs"
)

func TestAnotherSecretKeyIsNoticed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
		s, other := newService(t, d), newService(t, d)
		if err := other.CheckKey(t.Context()); err != nil {
			t.Fatalf("an empty database fits any key: %v", err)
		}
		register(t, s, "lin@example.org")
		register(t, s, "wang@example.org")
		if err := s.CheckKey(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := other.CheckKey(t.Context()); !errs.Is(err, errs.KindConflict) || errs.KeyOf(err) != "secret.wrong" {
			t.Fatal(err)
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			return tx.One(t.Context(), `UPDATE login SET sealed = ? WHERE account_id = (SELECT MIN(account_id) FROM login)`, []byte("damaged"))
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.CheckKey(t.Context()); err != nil {
			t.Fatalf("one damaged row: %v", err)
		}
	})
}

func TestADisabledAccountIsLetInAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
		s := newService(t, d)
		a := register(t, s, "lin@example.org")
		enable := func() error {
			return d.Write(t.Context(), func(tx *db.Tx) error { return s.Enable(t.Context(), tx, a.ID) })
		}
		if err := enable(); !errs.Is(err, errs.KindConflict) {
			t.Errorf("an account that was never disabled: %v", err)
		}
		if err := disable(t, d, s, a.ID); err != nil {
			t.Fatal(err)
		}
		if err := disable(t, d, s, a.ID); !errs.Is(err, errs.KindConflict) {
			t.Errorf("disabled twice: %v", err)
		}
		if err := enable(); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.SignIn(t.Context(), "lin@example.org", good, auth.Client{}); err != nil {
			t.Fatal(err)
		}
	})
}
