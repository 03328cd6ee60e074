package mail

import (
	"context"
	"errors"
	"fmt"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
)

// Dir is the Sender that writes each message to a file, for trials and tests.
type Dir struct {
	folder string
	from   *netmail.Address
}

func openDir(folder string, from *netmail.Address) (*Dir, error) {
	if folder == "" {
		return nil, errors.New("the mail URL must name a folder: file:///folder")
	}
	return &Dir{folder: folder, from: from}, nil
}

// Send implements Sender. The file is named after the Message-ID: sent again, a message replaces itself.
func (d *Dir) Send(_ context.Context, m Message) error {
	msg, err := compose(d.from, m)
	if err != nil {
		return err
	}
	if err := d.write(fileName(m.MessageID), msg.WriteToFile); err != nil {
		return &Error{Step: "message", cause: err}
	}
	return nil
}

// write lets fn make the file under another name first, so that nobody reads half a message.
func (d *Dir) write(name string, fn func(path string) error) error {
	if err := os.MkdirAll(d.folder, 0o700); err != nil {
		return err
	}
	part := filepath.Join(d.folder, "."+name+".part")
	if err := fn(part); err != nil {
		return errors.Join(err, os.Remove(part))
	}
	return os.Rename(part, filepath.Join(d.folder, name))
}

func fileName(messageID string) string {
	safe := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', r == '@', r == '.':
			return r
		}
		return '_'
	}, messageID)
	return strings.TrimLeft(safe, ".") + ".eml"
}

// Check implements Sender.
func (d *Dir) Check(context.Context) error {
	if err := os.MkdirAll(d.folder, 0o700); err != nil {
		return &Error{Step: "connect", cause: err}
	}
	probe, err := os.CreateTemp(d.folder, ".check-")
	if err != nil {
		return &Error{Step: "connect", cause: err}
	}
	if err := errors.Join(probe.Close(), os.Remove(probe.Name())); err != nil {
		return &Error{Step: "connect", cause: err}
	}
	return nil
}

// Close implements Sender.
func (d *Dir) Close() error { return nil }

// String says where messages go.
func (d *Dir) String() string { return fmt.Sprintf("folder %s", d.folder) }
