package audit_test

import (
	"strings"
	"sync"
	"testing"

	"zhigang/internal/audit"
	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/testserver"
)

func TestMain(m *testing.M) { testserver.Main(m) }

func fill(t *testing.T, d *db.DB, n int) {
	t.Helper()
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				return audit.Add(t.Context(), tx, auth.Actor{Account: 5}, audit.Entry{Verb: "position.approve", SubjectKind: "position", Subject: 9, Region: "440113", Note: "好"})
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestTheChainHolds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
		fill(t, d, 12)
		if n, err := audit.Verify(t.Context(), d); err != nil || n != 12 {
			t.Fatal(n, err)
		}
		if rows, err := audit.Of(t.Context(), d, "position", 9); err != nil || len(rows) != 12 {
			t.Fatal(len(rows), err)
		}
	})
}

func TestTheChainNamesTheFirstRowThatWasTouched(t *testing.T) {
	for name, harm := range map[string]string{
		"changed":   `UPDATE audit SET note = 'x' WHERE seq = 4`,
		"taken out": `DELETE FROM audit WHERE seq = 4`,
		"cut off":   `DELETE FROM audit WHERE seq > 4`,
		"moved":     `UPDATE audit SET at = at + 1 WHERE seq = 4`,
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
				fill(t, d, 6)
				err := d.Write(t.Context(), func(tx *db.Tx) error {
					_, err := tx.Exec(t.Context(), harm)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				n, err := audit.Verify(t.Context(), d)
				if err == nil || n < 3 || n > 4 || !strings.Contains(err.Error(), "audit entr") {
					t.Fatal(n, err)
				}
			})
		})
	}
}
