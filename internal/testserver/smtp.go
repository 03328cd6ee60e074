package testserver

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"
)

// SMTPServer is a real SMTP server of one test. It keeps what it accepted, and can be told to behave badly.
type SMTPServer struct {
	t    testing.TB
	o    SMTPOptions
	addr string
	tls  *tls.Config
	// CA is the file of the certificate that the server's own is signed with; "" without TLS.
	CA string

	mu       sync.Mutex
	listener net.Listener
	conns    map[net.Conn]bool
	opened   int
	kept     []SMTPMessage
	arrived  chan struct{} // closed and made anew with each message
	manners  manners
}

// SMTPOptions say what the server offers.
type SMTPOptions struct {
	// TLS is "" for none, "starttls" to offer it, "implicit" to ask for it from the first byte.
	TLS string
	// User and Password, when set, must be given before mail is taken.
	User, Password string
}

// manners are how the server behaves at the moment.
type manners struct {
	refuse map[string]int // step → code
	delay  time.Duration
	data   string // what becomes of a message: "", "drop", "lose" or "hang up"
}

// The steps at which RefuseAt refuses.
const (
	SMTPGreeting  = "greeting"
	SMTPSender    = "MAIL"
	SMTPRecipient = "RCPT"
	SMTPMessageIn = "DATA"
	SMTPLogin     = "AUTH"
)

// SMTP starts a server without TLS.
func SMTP(t testing.TB) *SMTPServer { return NewSMTP(t, SMTPOptions{}) }

// NewSMTP starts a server on this machine that stops when the test ends.
func NewSMTP(t testing.TB, o SMTPOptions) *SMTPServer {
	t.Helper()
	s := &SMTPServer{t: t, o: o, addr: "127.0.0.1:0", conns: map[net.Conn]bool{}, arrived: make(chan struct{})}
	if o.TLS != "" {
		s.tls, s.CA = selfSigned(t)
	}
	s.Up()
	t.Cleanup(s.Down)
	return s
}

// URL returns the address for the program's settings.
func (s *SMTPServer) URL() string {
	scheme, user := "smtp", ""
	if s.o.TLS == "implicit" {
		scheme = "smtps"
	}
	if s.o.User != "" {
		user = s.o.User + ":" + s.o.Password + "@"
	}
	return scheme + "://" + user + s.addr
}

// Up lets the server listen (again, on the same port).
func (s *SMTPServer) Up() {
	s.t.Helper()
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	s.listener, s.addr = l, l.Addr().String()
	s.mu.Unlock()
	go s.accept(l)
}

// Down closes the port and all connections, as a server that crashes.
func (s *SMTPServer) Down() {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.listener.Close()
	for c := range s.conns {
		_ = c.Close()
	}
	clear(s.conns)
}

// RefuseAt answers code at one of the steps, until Behave.
func (s *SMTPServer) RefuseAt(step string, code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	refuse := map[string]int{step: code}
	for k, v := range s.manners.refuse {
		if k != step {
			refuse[k] = v
		}
	}
	s.manners.refuse = refuse
}

// Delay waits before each answer, until Behave.
func (s *SMTPServer) Delay(d time.Duration) { s.with(func(m *manners) { m.delay = d }) }

// DropMessages hangs up when a message is complete, without taking it, until Behave.
func (s *SMTPServer) DropMessages() { s.with(func(m *manners) { m.data = "drop" }) }

// LoseAnswers takes messages but hangs up before the 250, until Behave: the sender cannot know.
func (s *SMTPServer) LoseAnswers() { s.with(func(m *manners) { m.data = "lose" }) }

// HangUpAfter takes messages, says 250 and hangs up, until Behave.
func (s *SMTPServer) HangUpAfter() { s.with(func(m *manners) { m.data = "hang up" }) }

// Behave ends all bad manners.
func (s *SMTPServer) Behave() { s.with(func(m *manners) { *m = manners{} }) }

func (s *SMTPServer) with(fn func(*manners)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fn(&s.manners)
}

func (s *SMTPServer) how() manners {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.manners
}

// Connections returns how many connections were opened so far.
func (s *SMTPServer) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opened
}

// Messages returns what was taken, in order.
func (s *SMTPServer) Messages() []SMTPMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]SMTPMessage(nil), s.kept...)
}

// Forget empties the list of messages.
func (s *SMTPServer) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = nil
}

// Wait returns the messages when there are at least n, and fails the test when that takes longer than d.
func (s *SMTPServer) Wait(n int, d time.Duration) []SMTPMessage {
	s.t.Helper()
	deadline := time.NewTimer(d)
	defer deadline.Stop()
	for {
		s.mu.Lock()
		arrived := s.arrived
		s.mu.Unlock()
		if all := s.Messages(); len(all) >= n {
			return all
		}
		select {
		case <-arrived:
		case <-deadline.C:
			s.t.Fatalf("%d messages after %v, want %d", len(s.Messages()), d, n)
		}
	}
}

func (s *SMTPServer) keep(m SMTPMessage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = append(s.kept, m)
	close(s.arrived)
	s.arrived = make(chan struct{})
}

func (s *SMTPServer) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns[c] = true
		s.opened++
		s.mu.Unlock()
		go func() {
			defer func() {
				_ = c.Close()
				s.mu.Lock()
				delete(s.conns, c)
				s.mu.Unlock()
			}()
			(&smtpTalk{server: s, conn: c}).serve()
		}()
	}
}

// smtpTalk is one connection.
type smtpTalk struct {
	server *SMTPServer
	conn   net.Conn
	in     *textproto.Reader
	secure bool
	known  bool
	from   string
	to     []string
}

func (k *smtpTalk) serve() {
	if k.server.o.TLS == "implicit" {
		k.conn, k.secure = tls.Server(k.conn, k.server.tls), true
	}
	k.in = textproto.NewReader(bufio.NewReader(k.conn))
	if !k.say(k.code(SMTPGreeting, 220), "test server") {
		return
	}
	for {
		line, err := k.in.ReadLine()
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(line, " ")
		if !k.answer(strings.ToUpper(verb), rest) {
			return
		}
	}
}

// code returns the code that is to be said at step: good, or the one of RefuseAt.
func (k *smtpTalk) code(step string, good int) int {
	if code := k.server.how().refuse[step]; code != 0 {
		return code
	}
	return good
}

// say writes a reply of one or more lines and reports whether the talk goes on.
func (k *smtpTalk) say(code int, lines ...string) bool {
	if d := k.server.how().delay; d > 0 {
		time.Sleep(d) // being slow is what was asked for
	}
	var reply strings.Builder
	for n, line := range lines {
		dash := "-"
		if n == len(lines)-1 {
			dash = " "
		}
		fmt.Fprintf(&reply, "%d%s%s\r\n", code, dash, line)
	}
	_, err := io.WriteString(k.conn, reply.String())
	return err == nil && code != 421
}

func (k *smtpTalk) answer(verb, rest string) bool {
	switch verb {
	case "EHLO", "HELO":
		return k.say(250, k.extensions()...)
	case "STARTTLS":
		return k.startTLS()
	case "AUTH":
		return k.login(rest)
	case "MAIL":
		if k.server.o.User != "" && !k.known {
			return k.say(530, "5.7.0 Authentication required")
		}
		k.from, k.to = path(rest), nil
		return k.say(k.code(SMTPSender, 250), "sender of "+k.from)
	case "RCPT":
		code := k.code(SMTPRecipient, 250)
		if code == 250 {
			k.to = append(k.to, path(rest))
		}
		return k.say(code, "recipient "+path(rest))
	case "DATA":
		return k.data()
	case "RSET":
		k.from, k.to = "", nil
		return k.say(250, "reset")
	case "NOOP":
		return k.say(250, "yes")
	case "QUIT":
		k.say(221, "bye")
		return false
	}
	return k.say(502, "5.5.1 unknown command")
}

func (k *smtpTalk) extensions() []string {
	lines := []string{"test server", "8BITMIME", "ENHANCEDSTATUSCODES"}
	if k.server.o.TLS == "starttls" && !k.secure {
		lines = append(lines, "STARTTLS")
	}
	if k.server.o.User != "" {
		lines = append(lines, "AUTH PLAIN")
	}
	return lines
}

func (k *smtpTalk) startTLS() bool {
	if k.server.o.TLS != "starttls" || k.secure {
		return k.say(502, "5.5.1 no TLS here")
	}
	if !k.say(220, "go ahead") {
		return false
	}
	k.conn, k.secure = tls.Server(k.conn, k.server.tls), true
	k.in = textproto.NewReader(bufio.NewReader(k.conn))
	return true
}

func (k *smtpTalk) login(rest string) bool {
	plain, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(rest, "PLAIN "))
	if code := k.code(SMTPLogin, 235); code != 235 {
		return k.say(code, "5.7.8 refused")
	}
	if err != nil || string(plain) != "\x00"+k.server.o.User+"\x00"+k.server.o.Password {
		return k.say(535, "5.7.8 wrong password")
	}
	k.known = true
	return k.say(235, "2.7.0 welcome")
}

func (k *smtpTalk) data() bool {
	if len(k.to) == 0 {
		return k.say(503, "5.5.1 no recipient")
	}
	if !k.say(354, "go ahead") {
		return false
	}
	raw, err := k.in.ReadDotBytes()
	if err != nil {
		return false
	}
	m := SMTPMessage{From: k.from, To: k.to, Secure: k.secure, Raw: string(raw)}
	k.from, k.to = "", nil
	if code := k.code(SMTPMessageIn, 250); code != 250 {
		return k.say(code, "5.0.0 message refused")
	}
	if err := m.parse(); err != nil {
		k.server.t.Errorf("the message cannot be read: %v\n%s", err, raw)
	}
	switch k.server.how().data {
	case "drop":
		return false
	case "lose":
		k.server.keep(m)
		return false
	case "hang up":
		k.server.keep(m)
		k.say(250, "kept")
		return false
	}
	k.server.keep(m)
	return k.say(250, "kept")
}

// path takes the address out of "FROM:<address> PARAMETERS".
func path(rest string) string {
	_, rest, _ = strings.Cut(rest, "<")
	address, _, _ := strings.Cut(rest, ">")
	return address
}
