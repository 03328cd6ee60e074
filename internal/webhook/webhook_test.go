package webhook

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"zhigang/internal/clock"
	"zhigang/internal/mail"
)

// Keys as an operator makes them with openssl rand -base64 32.
var (
	first  = base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))
	second = base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{9}, 32))
)

// gateway is a server that notes what it gets.
type gateway struct {
	*httptest.Server
	mu     sync.Mutex
	got    []*http.Request
	bodies [][]byte
}

// newGateway starts a gateway that answers as answer says.
func newGateway(t *testing.T, answer http.HandlerFunc) *gateway {
	t.Helper()
	g := &gateway{}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		g.mu.Lock()
		g.got, g.bodies = append(g.got, r), append(g.bodies, body)
		g.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(g.Close)
	return g
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func (g *gateway) sender(t *testing.T, secret string) mail.Sender {
	t.Helper()
	s, err := Open(Options{URL: g.URL + "/hook?token=hidden", Secret: secret, Allow: []string{"127.0.0.0/8"}, Clock: clock.At(time.Unix(1_800_000_000, 0))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func message() mail.Message {
	return mail.Message{
		To: mail.Address{Name: "林同学", Address: "+8613800000000"}, Subject: "【志岗】1 个新岗位", Text: "您好", HTML: "<p>您好</p>",
		MessageID: "0SA60J6010007@zhigang.example", Date: time.Unix(1_799_999_990, 0), Lang: "zh-Hans", Template: "match", Params: []string{"1", "番禺区"},
	}
}

func TestAMessageIsSignedAndSaysItAll(t *testing.T) {
	g := newGateway(t, status(http.StatusNoContent))
	if err := g.sender(t, "whsec_"+first).Send(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
	r, body := g.got[0], g.bodies[0]
	key, _ := base64.StdEncoding.DecodeString(first)
	id, at := r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp")
	if r.Method != http.MethodPost || r.URL.Path != "/hook" || r.Header.Get("Content-Type") != "application/json" || id != "msg_0SA60J6010007" || at != "1800000000" {
		t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
	}
	if r.Header.Get("webhook-signature") != "v1,"+Sign(key, id, at, body) {
		t.Error(r.Header.Get("webhook-signature"))
	}
	var got payload
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	if got.Type != "message" || got.Data.To != "+8613800000000" || got.Data.Template != "match" || !slices.Equal(got.Data.Params, []string{"1", "番禺区"}) ||
		got.Data.Text != "您好" || got.Data.Lang != "zh-Hans" || strings.Contains(string(body), "林同学") {
		t.Errorf("%s", body)
	}
}

// The example of the specification: https://github.com/standard-webhooks/standard-webhooks.
func TestTheSignatureIsThatOfStandardWebhooks(t *testing.T) {
	keys, err := Keys("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := Sign(keys[0], "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
	if got != "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Error(got)
	}
}

func TestTwoSecretsSignWhileOneIsChanged(t *testing.T) {
	g := newGateway(t, status(http.StatusOK))
	if err := g.sender(t, first+" whsec_"+second).Send(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
	all := strings.Fields(g.got[0].Header.Get("webhook-signature"))
	for n, secret := range []string{first, second} {
		key, _ := base64.StdEncoding.DecodeString(secret)
		if len(all) != 2 || all[n] != "v1,"+Sign(key, g.got[0].Header.Get("webhook-id"), g.got[0].Header.Get("webhook-timestamp"), g.bodies[0]) {
			t.Errorf("signature %d: %q", n, all)
		}
	}
}

func TestWhatAnAnswerMeans(t *testing.T) {
	for code, permanent := range map[int]bool{
		301: false, 302: false, 400: true, 401: true, 404: true, 408: false, 410: true, 413: true, 422: true, 429: false, 500: false, 502: false, 503: false,
	} {
		g := newGateway(t, status(code))
		err := g.sender(t, first).Send(t.Context(), message())
		if err == nil || mail.IsPermanent(err) != permanent || mail.IsUnknown(err) || !strings.Contains(err.Error(), strconv.Itoa(code)) {
			t.Errorf("%d: %v, permanent: %v", code, err, mail.IsPermanent(err))
		}
		if strings.Contains(err.Error(), "hidden") || strings.Contains(err.Error(), "138") {
			t.Errorf("%d: the error tells secrets: %v", code, err)
		}
	}
}

func TestAGatewayThatIsGoneIsAskedNoMore(t *testing.T) {
	g := newGateway(t, status(http.StatusGone))
	s := g.sender(t, first)
	for range 3 {
		if err := s.Send(t.Context(), message()); err == nil {
			t.Fatal("it was taken")
		}
	}
	if len(g.got) != 1 || s.Check(t.Context()) == nil {
		t.Errorf("asked %d times", len(g.got))
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	other := newGateway(t, status(http.StatusOK))
	g := newGateway(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	})
	if err := g.sender(t, first).Send(t.Context(), message()); err == nil || mail.IsPermanent(err) || len(other.got) != 0 {
		t.Errorf("%v; the other got %d", err, len(other.got))
	}
}

func TestAnAnswerThatIsLostLeavesItOpen(t *testing.T) {
	g := newGateway(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, _ := w.(http.Hijacker).Hijack()
		_ = conn.Close()
	})
	if err := g.sender(t, first).Send(t.Context(), message()); err == nil || !mail.IsUnknown(err) || mail.IsPermanent(err) {
		t.Errorf("%v", err)
	}
	g = newGateway(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := g.sender(t, first).Send(ctx, message()); err == nil || !mail.IsUnknown(err) {
		t.Errorf("%v", err)
	}
}

func TestAGatewayThatIsNotThereIsTriedAgain(t *testing.T) {
	g := newGateway(t, status(http.StatusOK))
	s := g.sender(t, first)
	if err := s.Check(t.Context()); err != nil || len(g.got) != 0 {
		t.Errorf("%v; a look has sent %d messages", err, len(g.got))
	}
	g.Close()
	if err := s.Send(t.Context(), message()); err == nil || mail.IsUnknown(err) || mail.IsPermanent(err) || s.Check(t.Context()) == nil {
		t.Errorf("%v", err)
	}
}

func TestNothingGoesToAddressesThatAreNotPublic(t *testing.T) {
	open, err := newGuard("https", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, addr := range []string{
		"127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.100.100.200", "0.0.0.0", "224.0.0.1", "255.255.255.255",
		"198.18.0.1", "192.0.0.8", "::1", "::", "fe80::1", "fd00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
	} {
		if open.check(netip.MustParseAddr(addr)) == nil {
			t.Errorf("%s may be asked", addr)
		}
	}
	for _, addr := range []string{"93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8"} {
		if err := open.check(netip.MustParseAddr(addr)); err != nil {
			t.Error(err)
		}
	}
	inside, err := newGuard("http", []string{"10.0.0.0/8", "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	for addr, may := range map[string]bool{"10.200.0.1": true, "127.0.0.1": true, "127.0.0.2": false, "192.168.0.1": false, "8.8.8.8": false} {
		if (inside.check(netip.MustParseAddr(addr)) == nil) != may {
			t.Errorf("in clear to %s: %v", addr, !may)
		}
	}
}

// A name that means an address inside is refused where it is dialled, whatever it meant before.
func TestANameThatMeansAnAddressInsideIsRefused(t *testing.T) {
	g := newGateway(t, status(http.StatusOK))
	_, port, _ := net.SplitHostPort(g.Listener.Addr().String())
	s, err := Open(Options{URL: "https://localhost:" + port, Secret: first, Clock: clock.System{}})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Send(t.Context(), message())
	if err == nil || mail.IsPermanent(err) || !strings.Contains(err.Error(), "not a public address") || len(g.got) != 0 {
		t.Errorf("%v", err)
	}
	if err := s.Check(t.Context()); err == nil {
		t.Error("a look finds nothing wrong")
	}
}

func TestBadSettingsAreRefused(t *testing.T) {
	for _, o := range []Options{
		{URL: "http://gateway.example", Secret: first}, {URL: "ftp://gateway.example", Secret: first}, {URL: "https://", Secret: first},
		{URL: "https://gateway.example"}, {URL: "https://gateway.example", Secret: "c2hvcnQ="}, {URL: "https://gateway.example", Secret: "%%"},
		{URL: "https://gateway.example", Secret: first, Allow: []string{"inside"}},
	} {
		if s, err := Open(o); err == nil || s != nil {
			t.Errorf("%+v is taken", o)
		} else if o.Secret != "" && strings.Contains(err.Error(), o.Secret) {
			t.Errorf("it tells the secret: %v", err)
		}
	}
	if s, err := Open(Options{}); s != nil || err != nil {
		t.Errorf("off: %v, %v", s, err)
	}
}
