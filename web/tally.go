package web

import (
	"context"
	"log/slog"
	"sync"

	"zhigang/internal/calendar"
	"zhigang/internal/id"
	"zhigang/internal/position"
)

// tally counts in memory how often positions are looked at and adds the sums to SQL now and then: a page view never
// waits for a write. What is counted since the last time is lost when the process is killed.
type tally struct {
	mu    sync.Mutex
	views map[id.ID]int64
}

func newTally() *tally { return &tally{views: map[id.ID]int64{}} }

func (t *tally) add(position id.ID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.views[position]++
}

// take returns what was counted and starts anew.
func (t *tally) take() map[id.ID]int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := t.views
	t.views = map[id.ID]int64{}
	return out
}

// flush adds the sums to SQL; when that fails they are counted on.
func (t *tally) flush(ctx context.Context, positions *position.Service, day calendar.Day, log *slog.Logger) {
	views := t.take()
	if len(views) == 0 {
		return
	}
	if err := positions.AddViews(ctx, day, views); err != nil {
		log.Warn("views cannot be saved", "error", err)
		t.mu.Lock()
		defer t.mu.Unlock()
		for p, n := range views {
			t.views[p] += n
		}
	}
}
