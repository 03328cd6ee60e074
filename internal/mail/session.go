package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// session is one connection that has been greeted and signed in. One message at a time goes over it.
type session struct {
	client *gomail.Client
	talk   *smtp.Client
	conn   net.Conn
	uses   int
	expire *time.Timer
}

// dial connects, encrypts and signs in. Its error is temporary: whatever is wrong, it is not the message.
func (s *SMTP) dial(ctx context.Context) (*session, error) {
	one := &session{}
	stop := func() bool { return true }
	opts := []gomail.Option{
		gomail.WithPort(s.port), gomail.WithTimeout(talkTime), gomail.WithTLSPolicy(s.policy), gomail.WithTLSConfig(s.tls),
		gomail.WithoutRset(), // a server that hangs up after its yes must not turn it into a no; MAIL begins anew by itself
		gomail.WithHELO(s.from.Address[strings.LastIndex(s.from.Address, "@")+1:]),
		gomail.WithDialContextFunc(func(dialCtx context.Context, network, addr string) (conn net.Conn, err error) {
			if conn, err = s.connect(dialCtx, network, addr); err == nil {
				one.conn = conn
				stop = context.AfterFunc(ctx, func() { _ = conn.Close() }) // dialCtx ends with the dialling
			}
			return conn, err
		}),
	}
	if s.user != nil {
		password, _ := s.user.Password()
		opts = append(opts, gomail.WithUsername(s.user.Username()), gomail.WithPassword(password),
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin))
	}
	var err error
	if one.client, err = gomail.NewClient(s.host, opts...); err != nil {
		return nil, &Error{Step: "connect", cause: err}
	}
	one.talk, err = one.client.DialToSMTPClientWithContext(ctx)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		one.close()
		return nil, &Error{Step: "connect", cause: err}
	}
	return one, nil
}

// connect opens the connection, and encrypts it where that comes first.
func (s *SMTP) connect(ctx context.Context, network, addr string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	if s.implicit {
		return (&tls.Dialer{Config: s.tls}).DialContext(ctx, network, addr)
	}
	return (&net.Dialer{}).DialContext(ctx, network, addr)
}

// send hands over one message. The connection cannot be used again after an error.
func (o *session) send(ctx context.Context, msg *gomail.Msg) error {
	stop := context.AfterFunc(ctx, func() { _ = o.conn.Close() })
	defer stop()
	if err := o.client.SendWithSMTPClient(o.talk, msg); err != nil {
		return sortError(err)
	}
	return nil
}

// steps names where the library failed, as the operator is told.
var steps = map[gomail.SendErrReason]string{
	gomail.ErrConnCheck: "connect", gomail.ErrSMTPMailFrom: "sender", gomail.ErrSMTPRcptTo: "recipient",
}

// sortError turns the library's error into ours. What the server said is left out but for its codes, because it
// usually repeats the recipient's address.
func sortError(err error) error {
	sent, ok := errors.AsType[*gomail.SendError](err)
	if !ok {
		return &Error{Step: "message", cause: err}
	}
	e := &Error{Step: steps[sent.Reason], Code: sent.ErrorCode(), Status: sent.EnhancedStatusCode()}
	if e.Step == "" {
		e.Step = "message"
	}
	switch {
	case sent.Reason == gomail.ErrConnCheck:
		e.cause, e.unsaid = errHungUp, true
	case e.Code == 0:
		e.cause = errBroke
		e.Unknown = sent.Reason == gomail.ErrSMTPDataClose
	case e.Code >= 500:
		e.Permanent = sent.Reason != gomail.ErrSMTPMailFrom
	}
	return e
}

var (
	errHungUp = errors.New("the server hung up")
	errBroke  = errors.New("the connection broke, or the server was too slow")
)

// quit ends the connection politely, and at once when the server does not answer in time.
func (o *session) quit() {
	_ = o.talk.UpdateDeadline(2 * time.Second)
	_ = o.talk.Quit()
	o.close()
}

func (o *session) close() {
	if o.conn != nil {
		_ = o.conn.Close()
	}
}
