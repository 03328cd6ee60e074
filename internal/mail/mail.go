// Package mail hands messages to a mail server, or writes them to a folder. It alone speaks SMTP.
package mail

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	netmail "net/mail"
	"net/url"
	"strings"
	"time"
)

// Sender hands over messages. SMTP and Dir stand behind it, and the gateway of package webhook.
type Sender interface {
	// Send returns when the message is in somebody else's hands. Its error is an *Error.
	Send(ctx context.Context, m Message) error
	// Check reports whether a message could be sent now, without sending one. Its error is an *Error.
	Check(ctx context.Context) error
	Close() error
}

// Address is a person and where they are written to.
type Address struct {
	Name    string
	Address string
}

// Message is one message to one person.
type Message struct {
	To      Address
	Subject string
	// Text and HTML say the same; mail programs choose.
	Text string
	HTML string
	// MessageID is fixed by the caller, without angle brackets, so that a message that is sent again is recognised.
	MessageID string
	// Date is when the message was written, which may be well before it is sent.
	Date time.Time
	// Unsubscribe is a URL that ends messages of this sort when it is POSTed to (RFC 8058); "" for none.
	Unsubscribe string
	// Lang, Template and Params are for gateways that send approved texts only: which one, and what fills it, in its order.
	Lang     string
	Template string
	Params   []string
}

// Error says why a message was not sent. Its text holds no address of a person: servers like to repeat them.
type Error struct {
	// Channel is the way it was to go; "" is mail.
	Channel string
	// Permanent says that the same message will be refused again.
	Permanent bool
	// Unknown says that the server may have taken the message all the same: the connection broke after its last byte.
	Unknown bool
	// Step is where it failed: address, connect, sender, recipient, message, answer.
	Step string
	// Code is what the server answered; 0 when it did not.
	Code int
	// Status is the enhanced status code of RFC 3463, such as 5.1.1; "" when the server gave none.
	Status string
	cause  error
	unsaid bool // the server had hung up before anything of the message was said
}

// Error implements error.
func (e *Error) Error() string {
	text := cmp.Or(e.Channel, "mail") + ": " + e.Step
	switch {
	case e.Code != 0:
		text = strings.TrimSpace(fmt.Sprintf("%s refused with %d %s", text, e.Code, e.Status))
	case e.cause != nil:
		text += ": " + e.cause.Error()
	}
	return text
}

// Unwrap returns the cause, when it holds no address.
func (e *Error) Unwrap() error { return e.cause }

// Fail returns why another channel than mail did not send a message: code is what was answered, 0 when nothing was. The
// cause must hold no address of a person.
func Fail(channel, step string, code int, cause error) *Error {
	return &Error{Channel: channel, Step: step, Code: code, cause: cause}
}

// IsPermanent reports whether err says that the message will never be taken.
func IsPermanent(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Permanent
}

// IsUnknown reports whether err leaves open that the message was taken.
func IsUnknown(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Unknown
}

// Open returns the Sender for a URL, and nil for the empty one: mail is off then.
//
//   - smtp://user:password@host:587 asks for STARTTLS, and refuses to go on without it unless the host is this machine.
//     The port is 587 when there is a user, else 25.
//   - smtps://user:password@host:465 speaks TLS from the first byte.
//   - file:///folder writes each message to a file.
//
// ?tls=none never encrypts, ?tls=required insists on it even on this machine; ?ca=FILE names the authority (PEM) that
// signed the server's certificate, where it is not a public one. from is who the messages come from, such as
// 志岗 <noreply@example.org>. No connection is made yet.
func Open(rawURL, from string) (Sender, error) {
	if rawURL == "" {
		return nil, nil //nolint:nilnil // off is neither a Sender nor a mistake
	}
	sender, err := netmail.ParseAddress(from)
	if err != nil {
		return nil, fmt.Errorf("sender of mail %q: %w", from, err)
	}
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, errors.New("the mail URL cannot be read") // url.Error repeats the password
	}
	switch u.Scheme {
	case "file":
		return openDir(u.Path, sender)
	case "smtp", "smtps":
		return openSMTP(u, sender)
	}
	return nil, fmt.Errorf("the mail URL must begin with smtp:, smtps: or file:, not %q", u.Scheme)
}
