package workers

import (
	"context"
	"log/slog"
	"time"

	"zhigang/internal/calendar"
	"zhigang/internal/clock"
	"zhigang/internal/outbox"
)

// catchUp says what happens with slots that passed while nothing ran.
type catchUp int

const (
	latest catchUp = iota // only the newest is made up for: earlier ones would do the same again
	all                   // each is made up for, in order, back to maxMissed: each stands for a time of its own
)

// maxMissed bounds how many missed slots are made up for.
const maxMissed = 8

// periodic is a line of the schedule.
type periodic struct {
	task   task
	slots  rhythm
	missed catchUp
}

// rhythm returns the newest slot at or before an instant.
type rhythm func(time.Time) time.Time

// every has a slot at each full hour, or at each full part of one. China's clocks differ from UTC by whole hours.
func every(part time.Duration) rhythm {
	return func(now time.Time) time.Time { return now.UTC().Truncate(part) }
}

// daily has a slot each day at hour:minute in China.
func daily(hour, minute int) rhythm {
	return func(now time.Time) time.Time {
		t := now.In(calendar.China())
		slot := time.Date(t.Year(), t.Month(), t.Day(), hour, minute, 0, 0, calendar.China())
		if slot.After(now) {
			slot = slot.AddDate(0, 0, -1)
		}
		return slot.UTC()
	}
}

// weekly has a slot each week on a day at an hour in China.
func weekly(day time.Weekday, hour int) rhythm {
	return func(now time.Time) time.Time {
		slot := daily(hour, 0)(now).In(calendar.China())
		return slot.AddDate(0, 0, -int((slot.Weekday()-day+7)%7)).UTC()
	}
}

// Tick asks for every slot that is due and was not asked for. Any number of processes may tick: a slot is taken once.
func Tick(ctx context.Context, o *outbox.Outbox, now time.Time) error {
	for _, p := range tables().schedule() {
		slots, err := due(ctx, o, p, now)
		if err != nil {
			return err
		}
		for _, slot := range slots {
			if _, err := o.AddSlot(ctx, p.task.Name, slot); err != nil {
				return err
			}
		}
	}
	return nil
}

// due lists the slots of p since the last one that was asked for, oldest first. A task that never ran begins with its
// newest slot.
func due(ctx context.Context, o *outbox.Outbox, p periodic, now time.Time) ([]time.Time, error) {
	newest := p.slots(now)
	last, err := o.LastSlot(ctx, p.task.Name)
	if err != nil || !newest.After(last) {
		return nil, err
	}
	slots := []time.Time{newest}
	if p.missed == all && !last.IsZero() {
		for len(slots) < maxMissed {
			before := p.slots(slots[0].Add(-time.Millisecond))
			if !before.After(last) {
				break
			}
			slots = append([]time.Time{before}, slots...)
		}
	}
	return slots, nil
}

// Watch ticks until ctx ends.
func Watch(ctx context.Context, o *outbox.Outbox, c clock.Clock, log *slog.Logger) {
	tick := time.NewTicker(15 * time.Second)
	defer tick.Stop()
	for {
		if err := Tick(ctx, o, c.Now()); err != nil && ctx.Err() == nil {
			log.Error("schedule cannot be kept", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
