package web

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"zhigang/internal/worldtest"
)

func TestAFormThatIsTooLargeIsRefused(t *testing.T) {
	s := newSite(t)
	_, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	large := strings.Repeat("x", defaultBody)
	s.anonymous().send("/login", url.Values{"login": {large}}).want(t, http.StatusRequestEntityTooLarge)
	s.as(owner).post("/account", "name", large).want(t, http.StatusRequestEntityTooLarge)
	s.anonymous().send("/login", url.Values{"login": {large[:defaultBody/2]}}).want(t, http.StatusUnprocessableEntity)
}

// serving starts the server of the program with its limits, and returns a connection to it.
func serving(t *testing.T, h http.HandlerFunc) net.Conn {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := Server(l.Addr().String(), h)
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close() })
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestAHeadThatIsTooLargeIsRefused(t *testing.T) {
	t.Parallel()
	c := serving(t, func(http.ResponseWriter, *http.Request) { t.Error("it got through") })
	go func() {
		_, _ = fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n", strings.Repeat("x", 64<<10))
	}()
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || res.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Fatal(res, err)
	}
	_ = res.Body.Close()
}

// Whoever sends a request one letter at a time, or none at all, does not hold a connection for ever.
func TestAClientThatNeverEndsItsHeadIsCutOff(t *testing.T) {
	t.Parallel()
	c := serving(t, func(http.ResponseWriter, *http.Request) { t.Error("it got through") })
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n"); err != nil {
		t.Fatal(err)
	}
	_ = c.SetReadDeadline(time.Now().Add(time.Minute)) // it takes five seconds; the limit of the test is for a busy machine
	if _, err := io.ReadAll(c); err != nil {
		t.Fatalf("still connected: %v", err)
	}
}

func TestTheServerHasAllItsTimeLimits(t *testing.T) {
	s := Server("x", nil)
	for name, limit := range map[string]time.Duration{"head": s.ReadHeaderTimeout, "body": s.ReadTimeout, "answer": s.WriteTimeout, "idle": s.IdleTimeout} {
		if limit <= 0 || limit > 2*time.Minute {
			t.Errorf("%s: %s", name, limit)
		}
	}
}
