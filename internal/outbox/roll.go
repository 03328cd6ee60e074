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

// Roll is what a worker knows of who else divides as it does.
type Roll struct {
	Self      id.ID
	Place, Of int // the how-manieth it is, from 0, of how many
	Parts     int // into how many parts they divide
	Strangers int // how many workers there are that divide into another number
}

// Mine returns which parts are the worker's own. All workers that know the same roll agree on them, and each part has one.
func (r Roll) Mine() []Part {
	return slices.DeleteFunc(Parts(r.Parts), func(p Part) bool { return (p.Number-1)%r.Of != r.Place })
}

// RollCall writes down that the worker self is there (0 for one that was never called), who divides into so many parts, and
// counts who else is. For some seconds two workers may disagree: then a part is served twice, or not yet. What is true
// stands in the rows, not here.
func (o *Outbox) RollCall(ctx context.Context, self id.ID, parts int) (r Roll, err error) {
	err = o.db.Write(ctx, func(tx *db.Tx) error {
		if r = (Roll{Self: self, Parts: parts}); r.Self == 0 {
			r.Self = tx.NewID()
		}
		if _, err := tx.Exec(ctx, `
			INSERT INTO worker (id, parts, seen_at) VALUES (?, ?, `+o.db.EngineClock()+`)
			ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at`, r.Self, parts); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM worker WHERE seen_at < `+o.db.EngineClock()+` - ?`, presence.Milliseconds()); err != nil {
			return err
		}
		var there []id.ID
		if err := tx.Select(ctx, &there, `SELECT id FROM worker WHERE parts = ? ORDER BY id`, parts); err != nil {
			return err
		}
		r.Place, r.Of = slices.Index(there, r.Self), len(there)
		return tx.Get(ctx, &r.Strangers, `SELECT COUNT(*) FROM worker WHERE parts <> ?`, parts)
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
