package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"zhigang/internal/testserver"
)

// page reads an address; "" when it cannot be read.
func page(url string) string {
	res, err := http.Get(url)
	if err != nil {
		return ""
	}
	defer func() { _ = res.Body.Close() }()
	b, _ := io.ReadAll(res.Body)
	return string(b)
}

func TestMailThatIsStuckIsSeenByMetricsLogAndDoctor(t *testing.T) {
	t.Parallel()
	metrics := fmt.Sprintf("127.0.0.1:%d", testserver.Port())
	s := embedded(t).with("ZHIGANG_METRICS_LISTEN", metrics)
	s = s.with("ZHIGANG_SMTP_URL", fmt.Sprintf("smtp://127.0.0.1:%d", testserver.Port())) // nobody listens there
	s = s.with("ZHIGANG_BASE_URL", s.url())
	p := serving(t, s)
	zhigangIn(t, s, "a long passphrase nobody guesses\n", "account", "create", "li@example.org", "--name", "李四").want(t, exitOK)
	res, err := http.PostForm(s.url()+"/password", url.Values{"login": {"li@example.org"}})
	if err != nil || res.StatusCode >= 400 {
		t.Fatal(res, err)
	}
	_ = res.Body.Close()
	p.until(t, "tried", func() bool { return strings.Contains(p.log.String(), `"task":"mail.reset"`) })
	got := page("http://" + metrics + "/metrics")
	for _, line := range []string{
		`zhigang_mail_deliveries{state="queued"} 1`, `zhigang_mail_deliveries{state="sent"} 0`, `zhigang_outbox_failing{queue="mail"} 1`,
		`zhigang_outbox_dead{queue="mail"} 0`, "zhigang_search_up 1", "zhigang_search_lag_seconds 0", "zhigang_saved_searches_behind 0",
		"zhigang_saved_searches_silent 0",
		"zhigang_mail_oldest_seconds ",
	} {
		if !strings.Contains(got, "\n"+line) {
			t.Errorf("the metrics do not say %q", line)
		}
	}
	zhigang(t, s, "doctor").want(t, exitFailed, "mail waiting  1, the oldest for", "mail: connect", "match notices  0 of 0")
	if strings.Contains(p.log.String(), "li@example.org") {
		t.Error("the log names the recipient")
	}
}
