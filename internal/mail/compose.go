package mail

import (
	"fmt"
	netmail "net/mail"
	"strings"

	gomail "github.com/wneessen/go-mail"
)

// compose writes the message with its header. A bad address is permanent.
func compose(from *netmail.Address, m Message) (*gomail.Msg, error) {
	to, err := parseAddress(m.To)
	if err != nil {
		return nil, err
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithEncoding(gomail.EncodingB64))
	msg.FromMailAddress(from)
	msg.ToMailAddress(to)
	msg.Subject(oneLine(m.Subject))
	msg.SetMessageIDWithValue(oneLine(m.MessageID))
	msg.SetDateWithValue(m.Date)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no holiday replies
	if m.Unsubscribe != "" {
		msg.SetGenHeader(gomail.HeaderListUnsubscribe, fmt.Sprintf("<%s>", oneLine(m.Unsubscribe)))
		msg.SetGenHeader(gomail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
	}
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	return msg, nil
}

// parseAddress takes an address only if it is nothing but an address: what a person typed must not become two
// recipients, or a header.
func parseAddress(a Address) (*netmail.Address, error) {
	to, err := netmail.ParseAddress(a.Address)
	if err != nil || to.Address != a.Address || to.Name != "" || strings.ContainsAny(a.Address, "\r\n") {
		return nil, &Error{Step: "address", Permanent: true}
	}
	to.Name = oneLine(a.Name)
	return to, nil
}

// oneLine drops line breaks and other control characters: in a header they would begin the next field.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	return strings.Join(strings.Fields(text), " ")
}
