package outbox

import (
	"context"
	"slices"
	"time"

	"zhigang/internal/db"
	"zhigang/internal/id"
)

// presence is how long a worker that no longer answers the roll counts as being there.
const presence = 15 * time.Second

// RollEvery is how often each worker answers the roll.
const RollEvery = 5 * time.Second

// Roll is what a worker knows of who else works.
type Roll struct {
	Self      id.ID
	Place, Of int // the how-manieth it is, from 0, of how many
}

// Parts returns which parts of a division are the worker's own. All workers that know the same roll agree on them, and
// each part has one.
func (r Roll) Parts(of int) []Part {
	return slices.DeleteFunc(Parts(of), func(p Part) bool { return (p.Number-1)%r.Of != r.Place })
}

// RollCall writes down that the worker self is there (0 for one that was never called) and counts who else is. For some
// seconds two workers may disagree: then a part is served twice, or not yet. What is true stands in the rows, not here.
func (o *Outbox) RollCall(ctx context.Context, self id.ID) (r Roll, err error) {
	err = o.db.Write(ctx, func(tx *db.Tx) error {
		if r = (Roll{Self: self}); r.Self == 0 {
			r.Self = tx.NewID()
		}
		if _, err := tx.Exec(ctx, `
			INSERT INTO worker (id, seen_at) VALUES (?, `+tx.EngineClock()+`) ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at`,
			r.Self); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM worker WHERE seen_at < `+tx.EngineClock()+` - ?`, presence.Milliseconds()); err != nil {
			return err
		}
		var there []id.ID
		if err := tx.Select(ctx, &there, `SELECT id FROM worker ORDER BY id`); err != nil {
			return err
		}
		r.Place, r.Of = slices.Index(there, r.Self), len(there)
		return nil
	})
	return r, err
}

// Leave strikes a worker off the roll, so that others take its parts at once.
func (o *Outbox) Leave(ctx context.Context, self id.ID) error {
	return o.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM worker WHERE id = ?`, self)
		return err
	})
}
