// Package edition counts the editions of what everybody sees (版次): a page that was made in one edition may be shown again
// as long as it lasts, by whatever process, and no longer.
package edition

import (
	"context"

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
	// Each by itself: SQLite then reads the ends of the index, and counts without looking at rows.
	err = d.Get(ctx, &e, `
		SELECT (SELECT COUNT(*) FROM edition) AS changes, (SELECT COALESCE(MIN(id), 0) FROM edition) AS oldest,
			(SELECT COALESCE(MAX(id), 0) FROM edition) AS newest`)
	return e, err
}

// many is how many changes are counted before those that are over are forgotten.
const many = 100

// Prune forgets changes once there are many: every page counts those that are left. It begins a new edition, so that no
// older one comes back because as many changes were forgotten as were added. Nor does one where clocks differ: the oldest
// change that is left is then another.
func Prune(ctx context.Context, tx *db.Tx) error {
	var n int
	if err := tx.Get(ctx, &n, `SELECT COUNT(*) FROM edition`); err != nil || n < many {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM edition WHERE id < ?`, tx.NewID()); err != nil {
		return err
	}
	return Next(ctx, tx)
}
