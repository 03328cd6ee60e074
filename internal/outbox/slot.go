package outbox

import (
	"context"
	"time"

	"zhigang/internal/db"
	"zhigang/internal/id"
)

type slotRow struct {
	Name string  `db:"name"`
	Slot db.Time `db:"slot"`
	At   db.Time `db:"created_at"`
}

// AddSlot asks for the periodic task name once for slot, whoever asks and however often. The handler's subject is the
// slot in Unix milliseconds; see SlotOf.
func (o *Outbox) AddSlot(ctx context.Context, name string, slot time.Time) (added bool, err error) {
	err = o.db.Write(ctx, func(tx *db.Tx) error {
		added, err = tx.InsertNew(ctx, "schedule_slot", slotRow{Name: name, Slot: db.At(slot), At: db.At(tx.Now)})
		if err != nil || !added {
			return err
		}
		_, err = o.AddTask(ctx, tx, name, id.ID(slot.UnixMilli()), tx.Now)
		return err
	})
	return added, err
}

// SlotOf returns the slot that a periodic job stands for.
func SlotOf(job *Job) time.Time { return time.UnixMilli(int64(job.Subject)).UTC() }

// LastSlot returns the newest slot of the periodic task name that was asked for; the zero time if there is none.
func (o *Outbox) LastSlot(ctx context.Context, name string) (time.Time, error) {
	var last db.Time
	err := o.db.Get(ctx, &last, `SELECT MAX(slot) FROM schedule_slot WHERE name = ?`, name)
	return last.Time, err
}
