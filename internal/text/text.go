// Package text tidies what people type and paste, and tells which characters cannot be kept.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line tidies what stands on one line: a name, a title, an address. Runs of blanks, among them line ends and the blanks
// of Chinese keyboards, become one space.
func Line(s string) string {
	return strings.Join(strings.Fields(strings.Map(seen, s)), " ")
}

// Block tidies what may have several lines. Line ends become "\n", whichever way a browser or a sheet wrote them, so that
// the same words are the same text.
func Block(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n").Replace(s)
	return strings.TrimSpace(strings.Map(seen, s))
}

// List tidies the lines of a list and leaves out those that are empty or stand there already.
func List(in []string) []string {
	out := []string{}
	known := map[string]bool{}
	for _, s := range in {
		if s = Line(s); s != "" && !known[s] {
			out, known[s] = append(out, s), true
		}
	}
	return out
}

// seen drops characters that nobody sees and that come along when text is pasted: marks of direction, which can make a
// text read other than it is, zero-width spaces, soft hyphens. The joiners of emoji and of some scripts stay.
func seen(r rune) rune {
	if unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d' {
		return -1
	}
	return r
}

// Blank reports whether there is nothing in s that anybody could see.
func Blank(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsGraphic(r) && !unicode.IsSpace(r) && r != '\u3164' && r != '\u2800'
	})
}

// Clean reports whether every character of s can be kept and shown: valid UTF-8 and no sign that it once was not, no
// control characters but line ends and tabs, none that Unicode has set aside as no characters.
func Clean(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' || unicode.Is(unicode.Noncharacter_Code_Point, r) || r == utf8.RuneError
	})
}

// HalfWidth turns full-width ASCII, as Chinese keyboards type it, into plain ASCII.
func HalfWidth(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\u3000':
			return ' '
		case r >= '！' && r <= '～':
			return r - 0xfee0
		}
		return r
	}, s)
}

// Cut keeps the first most characters of s, and nothing that is not UTF-8.
func Cut(s string, most int) string {
	r := []rune(strings.ToValidUTF8(s, ""))
	return string(r[:min(len(r), most)])
}
