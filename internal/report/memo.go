package report

import (
	"sync"
	"time"

	"zhigang/internal/clock"
)

// What is counted on every look at a bureau's desk is remembered for memoFactor times as long as it took to count, and
// no longer than memoMost: a district, where that is some milliseconds, always sees the present; a province is not
// counted anew for each of its staff.
const (
	memoFactor = 20
	memoMost   = 2 * time.Minute
	memoSize   = 200 // entries, after which all are forgotten
)

// memo remembers what was counted lately, by key. Two who ask for the same at once wait for one count.
type memo struct {
	clock clock.Clock
	mu    sync.Mutex
	kept  map[string]*memory
}

type memory struct {
	mu    sync.Mutex
	value any
	until time.Time
}

func newMemo(c clock.Clock) *memo { return &memo{clock: c, kept: map[string]*memory{}} }

func (m *memo) at(key string) *memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.kept) >= memoSize {
		clear(m.kept)
	}
	if m.kept[key] == nil {
		m.kept[key] = &memory{}
	}
	return m.kept[key]
}

// remember returns what is remembered under key, or what count returns. The value is shared: nobody changes it.
func remember[T any](m *memo, key string, count func() (T, error)) (T, error) {
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
		one.value, one.until = value, now.Add(min(memoFactor*now.Sub(began), memoMost))
	}
	return value, err
}
