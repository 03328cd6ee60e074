// Package memo remembers for a while what takes long to count: the longer it took, the longer.
package memo

import (
	"sync"
	"time"

	"zhigang/internal/clock"
)

// What is counted on every look is remembered for factor times as long as it took to count, and no longer than most: a
// district, where that is some milliseconds, always sees the present; a province is not counted anew for each visitor.
const (
	factor = 20
	most   = 2 * time.Minute
	size   = 200 // entries, after which all are forgotten
)

// Memo remembers what was counted lately, by key. Two who ask for the same at once wait for one count.
type Memo struct {
	clock clock.Clock
	mu    sync.Mutex
	kept  map[string]*memory
}

type memory struct {
	mu    sync.Mutex
	value any
	until time.Time
}

// New returns a Memo that knows nothing yet.
func New(c clock.Clock) *Memo { return &Memo{clock: c, kept: map[string]*memory{}} }

func (m *Memo) at(key string) *memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.kept) >= size {
		clear(m.kept)
	}
	if m.kept[key] == nil {
		m.kept[key] = &memory{}
	}
	return m.kept[key]
}

// Remember returns what is remembered under key, or what count returns. The value is shared: nobody changes it.
func Remember[T any](m *Memo, key string, count func() (T, error)) (T, error) {
	one := m.at(key)
	one.mu.Lock()
	defer one.mu.Unlock()
	began := m.clock.Now()
	if began.Before(one.until) {
		return one.value.(T), nil
	}
	value, err := count()
	if err == nil {
		now := m.clock.Now()
		one.value, one.until = value, now.Add(min(factor*now.Sub(began), most))
	}
	return value, err
}
