// Package edition counts the editions of what everybody sees (版次): a page that was made in one edition may be shown again
// as long as it lasts, by whatever process, and no longer.
package edition

import (
	"context"
	"time"

	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/id"
)

// Edition tells one state of what everybody sees from another. At midnight another one begins without a change: what
// runs until a day is over then.
type Edition struct {
	Changes int          `db:"changes"`
	Oldest  id.ID        `db:"oldest"`
	Newest  id.ID        `db:"newest"`
	Day     calendar.Day `db:"-"`
}

// Next begins a new edition with the transaction: whoever sees what it wrote sees the new edition. A transaction begins
// one, however much it changes.
func Next(ctx context.Context, tx *db.Tx) error {
	if !tx.Once("edition") {
		return nil
	}
	_, err := tx.Exec(ctx, `INSERT INTO edition (id) VALUES (?)`, tx.NewID())
	return err
}

// Current returns the edition of what has been committed. Read it before what a page is made of: then the page is at
// least as new as its edition.
func Current(ctx context.Context, d *db.DB) (e Edition, err error) {
	e.Day = calendar.DayOf(d.Clock().Now())
	err = d.Get(ctx, &e, `SELECT COUNT(*) AS changes, COALESCE(MIN(id), 0) AS oldest, COALESCE(MAX(id), 0) AS newest FROM edition`)
	return e, err
}

// keep is for how long a change is counted.
const keep = 5 * time.Minute

// Prune forgets old changes: every page counts those that are left. If there were any it begins a new edition, so that no
// older one comes back because as many changes were forgotten as were added. Nor does one where clocks differ: the oldest
// change that is left is then another.
func Prune(ctx context.Context, tx *db.Tx) error {
	n, err := tx.Exec(ctx, `DELETE FROM edition WHERE id < ?`, tx.NewID().Earlier(keep))
	if err != nil || n == 0 {
		return err
	}
	return Next(ctx, tx)
}
