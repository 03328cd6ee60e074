// Package clock is the one place that reads the wall clock, so that tests can move time.
package clock

import (
	"sync"
	"time"
)

// Clock tells the present instant.
type Clock interface {
	Now() time.Time
}

// System is the machine's clock, in UTC and to the millisecond: what SQL keeps, no finer.
type System struct{}

// Now returns the present instant in UTC, truncated to milliseconds.
func (System) Now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) } //nolint:forbidigo // the one place

// Stopwatch starts a stopwatch and returns what reads it: finer than a Clock, and it goes on evenly when the machine's
// clock is set.
func Stopwatch() (read func() time.Duration) {
	began := time.Now() //nolint:forbidigo // the one place
	return func() time.Duration { return time.Since(began) }
}

// Manual is a clock that stands still until it is moved. Tests and demo data use it.
type Manual struct {
	mu  sync.Mutex
	now time.Time
}

// At returns a Manual clock that shows t.
func At(t time.Time) *Manual { return &Manual{now: t.UTC().Truncate(time.Millisecond)} }

// Now returns the instant the clock was last set to.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Set moves the clock to t.
func (m *Manual) Set(t time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = t.UTC().Truncate(time.Millisecond)
}

// Add moves the clock by d.
func (m *Manual) Add(d time.Duration) { m.Set(m.Now().Add(d)) }
