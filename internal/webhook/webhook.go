// Package webhook hands messages to a gateway of the operator's, for SMS or WeChat, as signed HTTP requests. The form is
// that of Standard Webhooks (standardwebhooks.com); docs/configuration.md describes it for those who build a gateway.
package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"zhigang/internal/clock"
	"zhigang/internal/mail"
)

// Options are the settings of a gateway.
type Options struct {
	// URL is where messages are POSTed; https, or http for an address that Allow names. Empty turns the channel off.
	URL string
	// Secret is the base64 of 24 to 64 random bytes, with or without whsec_ in front. While it is being changed it may be
	// two, separated by a space: requests are then signed with both.
	Secret string
	// Allow lists networks, such as 10.0.0.0/8 or 127.0.0.1/32, in which the gateway may stand although they are not public.
	Allow []string
	Clock clock.Clock
}

// Sender is the mail.Sender that speaks to a gateway. The address of a message is a mobile number.
type Sender struct {
	url    *url.URL
	keys   [][]byte
	client *http.Client
	guard  guard
	clock  clock.Clock
	// gone says that the gateway has answered 410: it wants no more, until somebody looks and starts the program anew.
	gone atomic.Bool
}

// How long a gateway may take, and how much of its answer is read.
const (
	timeout = 20 * time.Second
	maxBody = 4 << 10
)

// Open returns the Sender, and nil for an empty URL. No connection is made yet.
func Open(o Options) (mail.Sender, error) {
	if o.URL == "" {
		return nil, nil //nolint:nilnil // off is neither a Sender nor a mistake
	}
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" {
		return nil, errors.New("the webhook URL cannot be read") // url.Error repeats what may be secret
	}
	keys, err := Keys(o.Secret)
	if err != nil {
		return nil, err
	}
	g, err := newGuard(u.Scheme, o.Allow)
	if err != nil {
		return nil, err
	}
	return &Sender{url: u, keys: keys, guard: g, clock: o.Clock, client: &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: g.dialer().DialContext, TLSHandshakeTimeout: timeout / 2, ResponseHeaderTimeout: timeout,
			MaxIdleConnsPerHost: 4, IdleConnTimeout: 30 * time.Second, ForceAttemptHTTP2: true, DisableCompression: true,
		},
	}}, nil
}

// Keys reads a secret. Its error does not repeat it.
func Keys(secret string) ([][]byte, error) {
	var keys [][]byte
	for _, one := range strings.Fields(secret) {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(one, "whsec_"))
		if err != nil || len(key) < 24 || len(key) > 64 {
			return nil, errors.New("the webhook secret must be the base64 of 24 to 64 random bytes")
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errors.New("the webhook needs a secret")
	}
	return keys, nil
}

// payload is what a gateway gets.
type payload struct {
	Type      string `json:"type"`
	Timestamp string `json:"timestamp"`
	Data      data   `json:"data"`
}

type data struct {
	To       string   `json:"to"`       // E.164
	Lang     string   `json:"lang"`     // zh-Hans or en
	Template string   `json:"template"` // which of the approved texts
	Params   []string `json:"params"`   // what fills it, in its order
	Subject  string   `json:"subject"`
	Text     string   `json:"text"` // for gateways that send any text
}

// Send implements mail.Sender. The id of the request is the same at every attempt, so that a gateway knows a repeat.
func (s *Sender) Send(ctx context.Context, m mail.Message) error {
	if s.gone.Load() {
		return mail.Fail("webhook", "answer", http.StatusGone, nil)
	}
	// The text of a template is fixed: what fills it must be there, however little it says.
	body, err := json.Marshal(payload{"message", m.Date.UTC().Format(time.RFC3339), data{
		To: m.To.Address, Lang: m.Lang, Template: m.Template, Params: append([]string{}, m.Params...), Subject: m.Subject, Text: m.Text,
	}})
	if err != nil {
		return mail.Fail("webhook", "message", 0, err)
	}
	// Standard Webhooks signs id.time.body: the id must have no full stop.
	id, _, _ := strings.Cut(m.MessageID, "@")
	var written atomic.Bool
	trace := &httptrace.ClientTrace{WroteRequest: func(info httptrace.WroteRequestInfo) { written.Store(info.Err == nil) }}
	req, err := s.request(httptrace.WithClientTrace(ctx, trace), "msg_"+strings.ReplaceAll(id, ".", "_"), body)
	if err != nil {
		return mail.Fail("webhook", "address", 0, err)
	}
	res, err := s.client.Do(req)
	if err != nil {
		failed := mail.Fail("webhook", "connect", 0, plain(err))
		failed.Unknown = written.Load() // it may have been taken, and the answer lost
		return failed
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxBody)) // so that the connection can be used again
	return s.judge(res.StatusCode)
}

func (s *Sender) request(ctx context.Context, id string, body []byte) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url.String(), bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("the webhook URL cannot be asked")
	}
	at := strconv.FormatInt(s.clock.Now().Unix(), 10)
	signatures := make([]string, len(s.keys))
	for n, key := range s.keys {
		signatures[n] = "v1," + Sign(key, id, at, body)
	}
	for name, value := range map[string]string{
		"Content-Type": "application/json", "User-Agent": "zhigang", "Webhook-Id": id, "Webhook-Timestamp": at,
		"Webhook-Signature": strings.Join(signatures, " "),
	} {
		req.Header.Set(name, value)
	}
	return req, nil
}

// Sign returns the signature of a request: base64 of HMAC-SHA256 over id.timestamp.body.
func Sign(key []byte, id, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// judge says what an answer means. What the gateway says about the message is final; that it is busy, or broken, or has
// moved, is not.
func (s *Sender) judge(status int) error {
	if status >= 200 && status < 300 {
		return nil
	}
	e := mail.Fail("webhook", "answer", status, nil)
	switch {
	case status == http.StatusRequestTimeout, status == http.StatusTooManyRequests:
	case status == http.StatusGone:
		s.gone.Store(true)
		e.Permanent = true
	case status >= 400 && status < 500:
		e.Permanent = true
	}
	return e
}

// plain leaves the URL, which may hold a secret, out of an error.
func plain(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// Check implements mail.Sender: it connects, and sends nothing.
func (s *Sender) Check(ctx context.Context) error {
	if s.gone.Load() {
		return mail.Fail("webhook", "answer", http.StatusGone, nil)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	port := s.url.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[s.url.Scheme]
	}
	conn, err := s.guard.dialer().DialContext(ctx, "tcp", net.JoinHostPort(s.url.Hostname(), port))
	if err != nil {
		return mail.Fail("webhook", "connect", 0, err)
	}
	return conn.Close()
}

// Close implements mail.Sender.
func (s *Sender) Close() error {
	s.client.CloseIdleConnections()
	return nil
}

// Prefixes reads networks; a single address is one too.
func Prefixes(all []string) ([]netip.Prefix, error) {
	out := make([]netip.Prefix, 0, len(all))
	for _, text := range all {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			var a netip.Addr
			if a, err = netip.ParseAddr(text); err != nil {
				return nil, errors.New("not a network: " + text)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		out = append(out, p.Masked())
	}
	return out, nil
}
