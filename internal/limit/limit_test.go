package limit_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"zhigang/internal/clock"
	"zhigang/internal/errs"
	"zhigang/internal/limit"
	"zhigang/internal/testserver"
)

func TestMain(m *testing.M) { testserver.Main(m) }

func rate() limit.Rate { return limit.Rate{Burst: 5, Per: time.Minute} }

// suite is what every Limiter must do.
func suite(t *testing.T, l limit.Limiter) {
	t.Helper()
	for n := range 5 {
		if err := l.Take(t.Context(), "a", rate()); err != nil {
			t.Fatalf("take %d: %v", n, err)
		}
	}
	if err := l.Take(t.Context(), "a", rate()); !errs.Is(err, errs.KindTooMany) {
		t.Fatalf("the sixth: %v", err)
	}
	if err := l.Take(t.Context(), "b", rate()); err != nil {
		t.Fatalf("another key: %v", err)
	}
}

func TestALocalLimiterRefillsEvenly(t *testing.T) {
	c := clock.At(time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC))
	l := limit.NewLocal(c)
	suite(t, l)
	c.Add(13 * time.Second)
	if err := l.Take(t.Context(), "a", rate()); err != nil {
		t.Fatalf("after a fifth of the minute: %v", err)
	}
	if err := l.Take(t.Context(), "a", rate()); !errs.Is(err, errs.KindTooMany) {
		t.Fatalf("only one was refilled: %v", err)
	}
	c.Add(time.Hour)
	suite(t, l)
}

func TestASharedLimiterOutlivesItsRedis(t *testing.T) {
	if testing.Short() { // needs Redis
		return
	}
	server := testserver.Redis(t)
	opt, err := redis.ParseURL(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	opt.MaxRetries = -1
	client := redis.NewClient(opt)
	defer func() { _ = client.Close() }()
	l := limit.NewShared(client, clock.System{})
	suite(t, l)
	server.Kill()
	suite(t, l) // counted in this process until Redis is back
}
