package mail_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"zhigang/internal/mail"
	"zhigang/internal/testserver"
)

const from = "志岗 <noreply@zhigang.example>"

func message() mail.Message {
	return mail.Message{
		To: mail.Address{Name: "张三", Address: "zhang.san@example.org"}, Subject: "有 3 个新岗位符合您的订阅",
		Text: "您好：\n社工岗位\n.\n.行首的点", HTML: "<p>您好：</p>", MessageID: "0ABC@zhigang.example",
		Date:        time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC),
		Unsubscribe: "https://zhigang.example/unsubscribe/0ABC.sig",
	}
}

func open(t *testing.T, url string) mail.Sender {
	t.Helper()
	s, err := mail.Open(url, from)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestAMessageArrivesAsItWasWritten(t *testing.T) {
	srv := testserver.SMTP(t)
	if err := open(t, srv.URL()).Send(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
	got := srv.Wait(1, 5*time.Second)[0]
	if got.From != "noreply@zhigang.example" || len(got.To) != 1 || got.To[0] != "zhang.san@example.org" {
		t.Errorf("envelope %q → %q", got.From, got.To)
	}
	for field, want := range map[string]string{
		"From": `志岗 <noreply@zhigang.example>`, "To": `张三 <zhang.san@example.org>`,
		"Subject": "有 3 个新岗位符合您的订阅", "Message-Id": "<0ABC@zhigang.example>",
		"Auto-Submitted": "auto-generated", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		"List-Unsubscribe": "<https://zhigang.example/unsubscribe/0ABC.sig>", "User-Agent": "", "X-Mailer": "",
	} {
		if v := got.Header.Get(field); v != want {
			t.Errorf("%s: %q, want %q", field, v, want)
		}
	}
	if date, err := got.Header.Date(); err != nil || !date.Equal(message().Date) {
		t.Errorf("date %v, %v", date, err)
	}
	if strings.TrimSpace(got.Text) != message().Text || strings.TrimSpace(got.HTML) != message().HTML {
		t.Errorf("text %q, HTML %q", got.Text, got.HTML)
	}
}

func TestNamesAndSubjectsCannotMakeHeaders(t *testing.T) {
	srv := testserver.SMTP(t)
	s := open(t, srv.URL())
	m := message()
	m.To.Name = "李\r\nBcc: all@example.org\r\n\r\n<script>"
	m.Subject = "面试\r\nBcc: all@example.org\nX-Evil: 1\u2028X-Evil: 2"
	m.MessageID = "0ABC@zhigang.example\r\nX-Evil: 3"
	if err := s.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got := srv.Wait(1, 5*time.Second)[0]
	injected := got.Header.Get("Bcc") + got.Header.Get("X-Evil")
	if injected != "" || len(got.To) != 1 || strings.ContainsAny(got.Subject, "\r\n") {
		t.Errorf("injected: %v %v", got.Header, got.To)
	}
	if got.MessageID != "<0ABC@zhigang.example X-Evil: 3>" {
		t.Errorf("Message-ID %q", got.MessageID)
	}
	for _, bad := range []string{
		"", "nobody", "a@b.example\r\nRCPT TO:<c@d.example>", "a@b.example, c@d.example", "A <a@b.example>", "<a@b.example>",
	} {
		m := message()
		m.To.Address = bad
		if err := s.Send(t.Context(), m); !mail.IsPermanent(err) {
			t.Errorf("address %q: %v", bad, err)
		}
	}
	if n := len(srv.Messages()); n != 1 {
		t.Errorf("%d messages", n)
	}
}

func TestRefusalsAreSorted(t *testing.T) {
	for _, c := range []struct {
		step      string
		code      int
		permanent bool
	}{
		{testserver.SMTPRecipient, 550, true}, {testserver.SMTPRecipient, 451, false},
		{testserver.SMTPMessageIn, 554, true}, {testserver.SMTPMessageIn, 452, false},
		{testserver.SMTPSender, 550, false}, {testserver.SMTPGreeting, 554, false}, {testserver.SMTPGreeting, 421, false},
	} {
		srv := testserver.SMTP(t)
		srv.RefuseAt(c.step, c.code)
		s := open(t, srv.URL())
		err := s.Send(t.Context(), message())
		e, ok := errors.AsType[*mail.Error](err)
		if !ok || e.Permanent != c.permanent || e.Unknown {
			t.Errorf("%s %d: %#v", c.step, c.code, err)
			continue
		}
		if c.step != testserver.SMTPGreeting && e.Code != c.code {
			t.Errorf("%s %d: code %d", c.step, c.code, e.Code)
		}
		if strings.Contains(err.Error(), "zhang.san") {
			t.Errorf("the error tells the address: %v", err)
		}
		srv.Behave()
		if err := s.Send(t.Context(), message()); err != nil {
			t.Errorf("after %s %d: %v", c.step, c.code, err)
		}
	}
}

func TestALostAnswerIsUnknown(t *testing.T) {
	srv := testserver.SMTP(t)
	s := open(t, srv.URL())
	srv.LoseAnswers()
	if err := s.Send(t.Context(), message()); !mail.IsUnknown(err) || mail.IsPermanent(err) {
		t.Fatalf("lost answer: %v", err)
	}
	srv.HangUpAfter()
	if err := s.Send(t.Context(), message()); err != nil {
		t.Fatalf("hung up after the answer: %v", err)
	}
	srv.Behave()
	if err := s.Send(t.Context(), message()); err != nil {
		t.Fatalf("on a connection that the server had closed: %v", err)
	}
	if n := len(srv.Messages()); n != 3 {
		t.Fatalf("%d messages", n)
	}
}

func TestAConnectionServesManyMessages(t *testing.T) {
	srv := testserver.SMTP(t)
	s := open(t, srv.URL())
	for range 20 {
		if err := s.Send(t.Context(), message()); err != nil {
			t.Fatal(err)
		}
	}
	if n := srv.Connections(); n != 1 {
		t.Errorf("%d connections for 20 messages", n)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 5 {
				if err := s.Send(t.Context(), message()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if n := len(srv.Messages()); n != 60 {
		t.Errorf("%d messages", n)
	}
}

func TestAServerThatIsDownOrSlowIsTemporary(t *testing.T) {
	srv := testserver.SMTP(t)
	s := open(t, srv.URL())
	if err := s.Send(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
	srv.Down()
	if err := s.Send(t.Context(), message()); err == nil || mail.IsPermanent(err) || mail.IsUnknown(err) {
		t.Fatalf("down: %v", err)
	}
	if err := s.Check(t.Context()); err == nil {
		t.Fatal("a server that is down passes the check")
	}
	srv.Up()
	srv.Delay(10 * time.Second)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := s.Send(ctx, message()); err == nil || mail.IsPermanent(err) {
		t.Fatalf("slow: %v", err)
	}
	srv.Behave()
	if err := s.Send(t.Context(), message()); err != nil {
		t.Fatalf("up again: %v", err)
	}
}

func TestThePasswordIsGivenAndChecked(t *testing.T) {
	srv := testserver.NewSMTP(t, testserver.SMTPOptions{User: "zhigang", Password: "s3cret"})
	s := open(t, srv.URL())
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
	wrong := open(t, strings.Replace(srv.URL(), "s3cret", "wrong", 1))
	err := wrong.Send(t.Context(), message())
	if err == nil || mail.IsPermanent(err) || strings.Contains(err.Error(), "wrong@") {
		t.Fatalf("wrong password: %v", err)
	}
}

func TestMailIsEncryptedAndTheServerVerified(t *testing.T) {
	for _, how := range []string{"starttls", "implicit"} {
		srv := testserver.NewSMTP(t, testserver.SMTPOptions{TLS: how, User: "zhigang", Password: "s3cret"})
		err := open(t, srv.URL()).Send(t.Context(), message())
		if err == nil || !strings.Contains(err.Error(), "certificate") {
			t.Errorf("%s: an unknown certificate: %v", how, err)
		}
		if err := open(t, srv.URL()+"?ca="+srv.CA).Send(t.Context(), message()); err != nil {
			t.Errorf("%s: %v", how, err)
			continue
		}
		if got := srv.Messages(); len(got) != 1 || !got[0].Secure {
			t.Errorf("%s: %d messages in clear or missing", how, len(got))
		}
	}
	plain := testserver.SMTP(t)
	if err := open(t, plain.URL()+"?tls=required").Send(t.Context(), message()); err == nil {
		t.Error("a server without STARTTLS was given a message in clear")
	}
	if n := len(plain.Messages()); n != 0 {
		t.Errorf("%d messages in clear", n)
	}
}

func TestURLsThatCannotWorkAreRefused(t *testing.T) {
	for _, url := range []string{
		"http://example.org", "smtp://", "smtp://host:0", "smtp://host:99999", "smtp://host?tls=maybe",
		"smtps://host?tls=none",
		"smtp://user:password@mail.example.org?tls=none", "smtp://host?ca=/no/such/file", "file://", "smtp://user:pa%zz@host",
	} {
		if s, err := mail.Open(url, from); err == nil {
			t.Errorf("%s: %v", url, s)
		} else if strings.Contains(err.Error(), "pa%zz") {
			t.Errorf("the error tells the password: %v", err)
		}
	}
	if _, err := mail.Open("smtp://localhost", "nobody"); err == nil {
		t.Error("a sender without address")
	}
	if s, err := mail.Open("", from); s != nil || err != nil {
		t.Errorf("off: %v, %v", s, err)
	}
}

func TestMessagesAreWrittenToAFolder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "out")
	s := open(t, "file://"+folder)
	m := message()
	m.MessageID = "../../0ABC@zhigang.example"
	for range 2 {
		if err := s.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 1 || !strings.HasSuffix(files[0].Name(), "0ABC@zhigang.example.eml") {
		t.Fatalf("files %v, %v", files, err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
}
