package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestWhatIsLateIsSaidAndKeepsNobodyAway(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	serving(t, s)
	if got := page(s.url() + "/readyz"); got != "ready\n" {
		t.Fatalf("a new installation says %q", got)
	}
	due, lease := time.Now().Add(-20*time.Minute).UnixMilli(), time.Now().Add(time.Hour).UnixMilli()
	for n, queue := range []string{"fast", "index"} { // somebody holds them and does not get on
		change(t, s, fmt.Sprintf(`INSERT INTO outbox
			(id, fact, task, queue, state, attempts, available_at, lease_token, lease_until, last_error, created_at)
			VALUES (%d, 'x', 'x', '%s', 'running', 1, %d, 1, %d, '', %d)`, n+1, queue, due, lease, due))
	}
	got := page(s.url() + "/readyz")
	for _, late := range []string{"late: queue fast: ", "late: search index: "} {
		if !strings.HasPrefix(got, "ready\n") || !strings.Contains(got, late) {
			t.Errorf("nothing is said of %q: %q", late, got)
		}
	}
	for path, want := range map[string]int{"/readyz": http.StatusOK, "/readyz?strict": http.StatusServiceUnavailable, "/livez": http.StatusOK, "/positions": http.StatusOK} {
		if got := status(s.url() + path); got != want {
			t.Errorf("%s answers %d, not %d", path, got, want)
		}
	}
	zhigang(t, s, "healthcheck").want(t, exitOK)
	zhigang(t, s, "healthcheck", s.url()+"/readyz?strict").want(t, exitFailed, "503")
}

// Another program has brought the schema further: this one must not work on it.
func TestAProcessThatDoesNotKnowTheSchemaIsNotReady(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	p := serving(t, s)
	change(t, s, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`)
	if got := status(s.url() + "/readyz"); got != http.StatusServiceUnavailable {
		t.Errorf("ready: %d", got)
	}
	if got := status(s.url() + "/livez"); got != http.StatusOK {
		t.Errorf("not alive: %d", got)
	}
	if !strings.Contains(p.log.String(), `"not ready"`) || !strings.Contains(p.log.String(), "9999") {
		t.Errorf("the log does not say why:\n%s", p.log)
	}
}
