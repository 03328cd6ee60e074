package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/emersion/go-smtp"

	"zhigang/internal/clock"
	"zhigang/internal/mail"
)

// sink is a mail server that takes everything, as slowly as a real one, and keeps nothing.
type sink struct {
	*smtp.Server
	listener net.Listener
	delay    time.Duration
	accepted atomic.Int64
}

// newSink starts a sink that needs so long for each mail.
func newSink(ctx context.Context, delay time.Duration) (*sink, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &sink{listener: l, delay: delay}
	s.Server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return s, nil }))
	s.Domain = "bench.example"
	go func() { _ = s.Serve(l) }() // until it is closed
	return s, nil
}

func (s *sink) url() string { return fmt.Sprintf("smtp://%s?tls=none", s.listener.Addr()) }

func (s *sink) count() int { return int(s.accepted.Load()) }

// Mail, Rcpt, Data, Reset and Logout are smtp.Session.

// Mail takes any sender.
func (s *sink) Mail(string, *smtp.MailOptions) error { return nil }

// Rcpt takes any recipient.
func (s *sink) Rcpt(string, *smtp.RcptOptions) error { return nil }

// Data takes any mail.
func (s *sink) Data(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	time.Sleep(s.delay) // a server writes mails to its disk, and looks at them
	s.accepted.Add(1)
	return err
}

// Reset forgets nothing.
func (s *sink) Reset() {}

// Logout ends nothing.
func (s *sink) Logout() error { return nil }

// Close stops the server.
func (s *sink) Close() error {
	if err := s.Server.Close(); !errors.Is(err, smtp.ErrServerClosed) {
		return err
	}
	return nil
}

// sample is a mail such as tells of a post.
func sample(n int) mail.Message {
	const text = "您好：\n\n新岗位符合您的订阅：社区社工，番禺区，6000–8500 元/月。\n\n查看岗位：https://jobs.example/positions/0SA60J6007M0F\n"
	return mail.Message{
		To: mail.Address{Name: "毕业生", Address: fmt.Sprintf("raw%d@bench.example", n)}, Subject: "新岗位符合您的订阅", Text: text,
		HTML: "<p>" + text + "</p>", MessageID: fmt.Sprintf("raw%d@bench.example", n), Date: clock.System{}.Now(), Unsubscribe: "https://jobs.example/unsubscribe/x",
	}
}
