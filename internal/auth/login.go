package auth

import (
	"net/mail"
	"regexp"
	"strings"

	"zhigang/internal/errs"
	"zhigang/internal/text"
)

// Login is what an account signs in with and is written to at: an e-mail address or a mobile number.
type Login struct {
	Kind  string // "email" or "mobile"
	Value string // lower-case address, or E.164 number
}

// The kinds of login.
const (
	Email  = "email"
	Mobile = "mobile"
)

var (
	mainland = regexp.MustCompile(`^(?:\+?86)?(1[3-9]\d{9})$`)
	hongKong = regexp.MustCompile(`^\+?852([2-9]\d{7})$`)
	macau    = regexp.MustCompile(`^\+?853(6\d{7})$`)
	noise    = strings.NewReplacer(" ", "", "-", "", "　", "", "(", "", ")", "")
)

// ParseLogin reads an e-mail address, or a mobile number of the mainland (+86 may be left out), Hong Kong or Macau.
// Full-width characters, spaces and hyphens are forgiven. Invalid, on field "login", for anything else.
func ParseLogin(typed string) (Login, error) {
	typed = text.Line(text.HalfWidth(typed))
	if strings.Contains(typed, "@") {
		addr, err := mail.ParseAddress(typed)
		if err != nil || addr.Address != typed || len(typed) > 254 || !text.Clean(typed) || !strings.Contains(typed[strings.LastIndex(typed, "@"):], ".") {
			return Login{}, errs.Fields{"login": {Key: "auth.login.email"}}.Err()
		}
		return Login{Email, strings.ToLower(typed)}, nil
	}
	number := noise.Replace(typed)
	for prefix, form := range map[string]*regexp.Regexp{"+86": mainland, "+852": hongKong, "+853": macau} {
		if m := form.FindStringSubmatch(number); m != nil {
			return Login{Mobile, prefix + m[1]}, nil
		}
	}
	return Login{}, errs.Fields{"login": {Key: "auth.login.form"}}.Err()
}

// Mask shows enough of the value to recognise it: "li***@example.org", "+86138****5678".
func (l Login) Mask() string {
	if l.Kind == Email {
		name, host, _ := strings.Cut(l.Value, "@")
		return name[:min(2, len(name))] + "***@" + host
	}
	if len(l.Value) < 8 {
		return "****"
	}
	return l.Value[:len(l.Value)-8] + "****" + l.Value[len(l.Value)-4:]
}
