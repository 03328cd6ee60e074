// Package limit slows down who asks too often: in this process, or over Redis for all processes together.
package limit

import (
	"context"
	"sync"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"

	"zhigang/internal/clock"
	"zhigang/internal/errs"
)

// Rate allows Burst at once and refills it evenly over Per.
type Rate struct {
	Burst int
	Per   time.Duration
}

// Limiter decides whether something may happen now.
type Limiter interface {
	// Take uses one of key's allowance. TooMany, with the parameter "seconds" to wait, when there is none left.
	Take(ctx context.Context, key string, r Rate) error
}

// Local is a Limiter for one process (generic cell rate algorithm: one instant for each key).
type Local struct {
	clock clock.Clock
	mu    sync.Mutex
	full  map[string]time.Time // when the allowance of the key is whole again
	swept time.Time
}

// NewLocal returns a Local limiter.
func NewLocal(c clock.Clock) *Local { return &Local{clock: c, full: map[string]time.Time{}} }

// Take implements Limiter.
func (l *Local) Take(_ context.Context, key string, r Rate) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	l.sweep(now)
	step := r.Per / time.Duration(r.Burst)
	full := l.full[key]
	if full.Before(now) {
		full = now
	}
	if wait := full.Add(step).Sub(now) - r.Per; wait > 0 {
		return tooMany(wait)
	}
	l.full[key] = full.Add(step)
	return nil
}

// sweep forgets keys whose allowance is whole, so that the map does not grow with every address that ever came by.
func (l *Local) sweep(now time.Time) {
	if now.Sub(l.swept) < time.Minute {
		return
	}
	l.swept = now
	for key, full := range l.full {
		if full.Before(now) {
			delete(l.full, key)
		}
	}
}

func tooMany(wait time.Duration) error {
	return errs.TooMany("error.too_many").With("seconds", int(wait/time.Second)+1)
}

// Shared is a Limiter that all processes on one Redis share. When Redis does not answer it falls back to a Local one:
// stricter than nothing, and nobody is locked out.
type Shared struct {
	redis *redis_rate.Limiter
	local *Local
}

// NewShared returns a Shared limiter on client.
func NewShared(client *redis.Client, c clock.Clock) *Shared {
	return &Shared{redis: redis_rate.NewLimiter(client), local: NewLocal(c)}
}

// Take implements Limiter.
func (s *Shared) Take(ctx context.Context, key string, r Rate) error {
	res, err := s.redis.Allow(ctx, "zhigang:limit:"+key, redis_rate.Limit{Rate: r.Burst, Burst: r.Burst, Period: r.Per})
	if err != nil {
		return s.local.Take(ctx, key, r)
	}
	if res.Allowed == 0 {
		return tooMany(res.RetryAfter)
	}
	return nil
}
