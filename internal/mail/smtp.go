package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// SMTP is the Sender that talks to a mail server. It keeps a few connections open for a moment, so that many messages
// in a row do not each pay for a handshake.
type SMTP struct {
	from     *netmail.Address
	host     string
	port     int
	implicit bool // TLS from the first byte
	policy   gomail.TLSPolicy
	tls      *tls.Config
	user     *url.Userinfo

	// lines bounds how many messages are under way at once: servers refuse those who come with too many connections.
	lines chan struct{}

	mu     sync.Mutex
	idle   []*session
	closed bool
}

const (
	dialTime = 10 * time.Second // to connect, with the handshake of TLS
	talkTime = time.Minute      // for the greeting, and again for each message
	idleTime = 15 * time.Second // how long a connection is kept for the next message
	maxLines = 4
	maxUses  = 100 // servers hang up on those who never end
)

func openSMTP(u *url.URL, from *netmail.Address) (*SMTP, error) {
	s := &SMTP{from: from, host: u.Hostname(), implicit: u.Scheme == "smtps", user: u.User, lines: make(chan struct{}, maxLines)}
	if s.host == "" {
		return nil, errors.New("the mail URL must name a host: smtp://host:587")
	}
	var err error
	if s.port, err = portOf(u); err != nil {
		return nil, err
	}
	if s.policy, err = policyOf(u); err != nil {
		return nil, err
	}
	if u.User != nil && s.policy == gomail.NoTLS && !s.implicit && !loopback(s.host) {
		return nil, errors.New("the mail URL would send the password in clear: leave out tls=none, or the password")
	}
	s.tls = &tls.Config{ServerName: s.host, MinVersion: tls.VersionTLS12}
	if file := u.Query().Get("ca"); file != "" {
		pem, err := os.ReadFile(file) // the operator names the file
		if err != nil {
			return nil, fmt.Errorf("authority of the mail server: %w", err)
		}
		s.tls.RootCAs = x509.NewCertPool()
		if !s.tls.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("authority of the mail server: no certificate in %s", file)
		}
	}
	return s, nil
}

func portOf(u *url.URL) (int, error) {
	if text := u.Port(); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 65535 {
			return 0, fmt.Errorf("the mail URL has no such port: %q", text)
		}
		return n, nil
	}
	switch {
	case u.Scheme == "smtps":
		return 465, nil
	case u.User != nil:
		return 587, nil
	}
	return 25, nil
}

// policyOf says whether STARTTLS is asked for. Only on the way to this machine may a server not offer it.
func policyOf(u *url.URL) (gomail.TLSPolicy, error) {
	switch want := u.Query().Get("tls"); {
	case u.Scheme == "smtps": // encrypted before the first word
		if want == "none" {
			return 0, errors.New("the mail URL says both smtps: and tls=none")
		}
		return gomail.NoTLS, nil
	case want == "none":
		return gomail.NoTLS, nil
	case want == "required", want == "" && !loopback(u.Hostname()):
		return gomail.TLSMandatory, nil
	case want == "":
		return gomail.TLSOpportunistic, nil
	default:
		return 0, fmt.Errorf("the mail URL says tls=%s: only none and required are known", want)
	}
}

func loopback(host string) bool {
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || net.ParseIP(host).IsLoopback()
}

// String says where messages go, without the password.
func (s *SMTP) String() string {
	scheme := "smtp"
	if s.implicit {
		scheme = "smtps"
	}
	return fmt.Sprintf("%s://%s", scheme, net.JoinHostPort(s.host, strconv.Itoa(s.port)))
}

// Send implements Sender. It takes at most about two minutes. A code of 5xx to the recipient or the message is
// permanent; to the greeting, the password or the sender it is not, because then it is the settings that are wrong and
// not the message.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	msg, err := compose(s.from, m)
	if err != nil {
		return err
	}
	select {
	case s.lines <- struct{}{}:
	case <-ctx.Done():
		return Fail("", "connect", 0, ctx.Err())
	}
	defer func() { <-s.lines }()
	for {
		one, fresh, err := s.take(ctx)
		if err != nil {
			return err
		}
		err = one.send(ctx, msg)
		if err == nil {
			s.keep(one)
			return nil
		}
		one.close()
		if e, ok := errors.AsType[*Error](err); !ok || !e.unsaid || fresh {
			return err
		}
		// The server had hung up while the connection was idle; nothing was said, so another one may say it.
	}
}

// Check implements Sender: it connects and signs in.
func (s *SMTP) Check(ctx context.Context) error {
	one, err := s.dial(ctx)
	if err != nil {
		return err
	}
	one.quit()
	return nil
}

// Close implements Sender.
func (s *SMTP) Close() error {
	s.mu.Lock()
	idle := s.idle
	s.idle, s.closed = nil, true
	s.mu.Unlock()
	for _, one := range idle {
		one.quit()
	}
	return nil
}

// take returns a connection that was kept, or a fresh one.
func (s *SMTP) take(ctx context.Context) (one *session, fresh bool, err error) {
	s.mu.Lock()
	if n := len(s.idle); n > 0 {
		one, s.idle = s.idle[n-1], s.idle[:n-1]
		one.expire.Stop()
	}
	s.mu.Unlock()
	if one != nil {
		return one, false, nil
	}
	one, err = s.dial(ctx)
	return one, true, err
}

// keep puts a connection aside for the next message, or ends it.
func (s *SMTP) keep(one *session) {
	one.uses++
	s.mu.Lock()
	if s.closed || len(s.idle) >= maxLines || one.uses >= maxUses {
		s.mu.Unlock()
		one.quit()
		return
	}
	one.expire = time.AfterFunc(idleTime, func() { s.drop(one) })
	s.idle = append(s.idle, one)
	s.mu.Unlock()
}

// drop ends a connection that nobody has taken in time.
func (s *SMTP) drop(one *session) {
	s.mu.Lock()
	n := slices.Index(s.idle, one)
	if n >= 0 {
		s.idle = slices.Delete(s.idle, n, n+1)
	}
	s.mu.Unlock()
	if n >= 0 {
		one.quit()
	}
}
