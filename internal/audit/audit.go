// Package audit writes down who did what, in a chain of hashes that shows when a row was changed or taken away.
package audit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/id"
)

// Entry is one thing that somebody did.
type Entry struct {
	// Verb is noun.verb: "position.approve".
	Verb        string
	SubjectKind string
	Subject     id.ID
	// Region is where the subject belongs, so that the bureau of that region can read the entry.
	Region string
	// Note is the reason that was given. It must hold no personal data.
	Note string
}

// Row is an entry as it stands in the chain.
type Row struct {
	ID          id.ID   `db:"id"`
	At          db.Time `db:"at"`
	Account     id.ID   `db:"account_id"`
	ActedAs     string  `db:"acted_as"`
	Verb        string  `db:"verb"`
	SubjectKind string  `db:"subject_kind"`
	Subject     id.ID   `db:"subject_id"`
	Region      string  `db:"region_code"`
	Note        string  `db:"note"`
	Seq         int64   `db:"seq"`
	Hash        string  `db:"hash"`
}

type head struct {
	Seq  int64  `db:"seq"`
	Hash string `db:"hash"`
}

// Add appends e in the transaction of what was done. Taking the head row makes concurrent writers wait for each other,
// so only acts of staff are audited, not the traffic of the public.
func Add(ctx context.Context, tx *db.Tx, who auth.Actor, e Entry) error {
	if err := tx.One(ctx, `UPDATE audit_head SET seq = seq + 1 WHERE id = 1`); err != nil {
		return err
	}
	var h head
	if err := tx.Get(ctx, &h, `SELECT seq, hash FROM audit_head WHERE id = 1`); err != nil {
		return err
	}
	row := Row{
		ID: tx.NewID(), At: db.At(tx.Now), Account: who.Account, ActedAs: who.As(), Verb: e.Verb,
		SubjectKind: e.SubjectKind, Subject: e.Subject, Region: e.Region, Note: e.Note, Seq: h.Seq,
	}
	row.Hash = row.chain(h.Hash)
	if err := tx.Insert(ctx, "audit", row); err != nil {
		return err
	}
	return tx.One(ctx, `UPDATE audit_head SET hash = ? WHERE id = 1`, row.Hash)
}

// chain returns SHA-256 over the hash before and every field of the row, as hex.
func (r Row) chain(before string) string {
	b, _ := json.Marshal([]any{before, r.ID, r.At.UnixMilli(), r.Account, r.ActedAs, r.Verb, r.SubjectKind, r.Subject, r.Region, r.Note, r.Seq})
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Verify walks the whole chain and returns how many rows it has. The error names the first row that does not fit.
func Verify(ctx context.Context, q db.Q) (rows int64, err error) {
	before := ""
	for {
		var page []Row
		if err := q.Select(ctx, &page, `SELECT `+db.Columns[Row]("a")+` FROM audit a WHERE seq > ? ORDER BY seq LIMIT 1000`, rows); err != nil {
			return rows, err
		}
		for _, r := range page {
			if r.Seq != rows+1 || r.Hash != r.chain(before) {
				return rows, fmt.Errorf("audit entry %d does not follow from entry %d: it was changed, or one is missing", r.Seq, rows)
			}
			rows, before = r.Seq, r.Hash
		}
		if len(page) == 0 {
			break
		}
	}
	var h head
	if err := q.Get(ctx, &h, `SELECT seq, hash FROM audit_head WHERE id = 1`); err != nil {
		return rows, err
	}
	if h.Seq != rows || h.Hash != before {
		return rows, fmt.Errorf("audit entries after %d are missing: the chain ends at %d", rows, h.Seq)
	}
	return rows, nil
}

// Last returns the number and the hash of the newest entry. Kept elsewhere, they show whether the whole chain was written
// anew by somebody who owns the database.
func Last(ctx context.Context, q db.Q) (seq int64, hash string, err error) {
	var h head
	err = q.Get(ctx, &h, `SELECT seq, hash FROM audit_head WHERE id = 1`)
	return h.Seq, h.Hash, err
}

// Of lists the entries about one subject, oldest first.
func Of(ctx context.Context, q db.Q, kind string, subject id.ID) ([]Row, error) {
	rows := []Row{}
	err := q.Select(ctx, &rows, `SELECT `+db.Columns[Row]("a")+` FROM audit a WHERE subject_kind = ? AND subject_id = ? ORDER BY seq`, kind, subject)
	return rows, err
}
