package search

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// numbers matches, in folded text, the numbers of telephones and documents, written together or in groups. It takes a
// little too much rather than too little: a number of seven digits is not what anybody looks for.
//
//nolint:gochecknoglobals // a pattern that never changes
var numbers = regexp.MustCompile(strings.NewReplacer("~", `[`+separators+`]{0,3}`).Replace(strings.Join([]string{
	`\d{6}~(?:18|19|20)\d{2}~\d{2}~\d{2}~\d{3}[\dx]`, // resident identity, in groups
	`(?:\+?86~)?1[3-9]\d~\d{4}~\d{4}`,                // mobile: 138 1234 5678
	`1[3-9]\d\d~\d{3}~\d{4}`,
	`1[3-9]\d~\d{3}~\d{5}`,
	`\(?0\d{2,3}~\d{3,4}~\d{4}`, // fixed: (020) 8123 4567
	`[48]00~\d{3,4}~\d{3,4}`,    // hot lines
	`\+?85[23]~\d{4}~\d{4}`,     // Hong Kong and Macau
	`[2-9]\d{3} \d{4}`,
	`[a-z]\d{6}\(\w\)`,   // identity card of Hong Kong: a123456(7)
	`[a-z]{0,2}\d{7,}x?`, // anything else that is long
}, "|")))

// separators stand between the groups of a number, as in a class of a pattern.
const separators = ` \t./()·‐‑–—\-`

// withoutPrivate replaces what leads to a person, numbers and addresses of mail, by blanks. Neither the index nor a
// query holds it. The pattern is slow, so it looks only where there are six digits at least.
func withoutPrivate(folded string) string {
	var out strings.Builder
	kept := 0 // up to where out holds the text
	replace := func(from, to int, by string) {
		out.WriteString(folded[kept:from])
		out.WriteString(by)
		kept = to
	}
	for n := 0; n < len(folded); {
		switch c := folded[n]; {
		case isDigit(c):
			end, digits := groups(folded, n)
			if digits >= 6 {
				from, to := n, end
				for from > max(kept, n-4) && (isLetter(folded[from-1]) || strings.IndexByte("+(", folded[from-1]) >= 0) {
					from--
				}
				for to < min(len(folded), end+3) && (isLetter(folded[to]) || strings.IndexByte("()", folded[to]) >= 0) {
					to++
				}
				replace(from, to, numbers.ReplaceAllString(folded[from:to], " "))
			}
			n = max(end, kept)
		case c == '@':
			from, to := n, n+1
			for from > kept && isOfMail(folded[from-1]) {
				from--
			}
			for to < len(folded) && isOfMail(folded[to]) {
				to++
			}
			if from < n && to > n+1 {
				replace(from, to, " ")
			}
			n = to
		default:
			n++
		}
	}
	if kept == 0 {
		return folded
	}
	out.WriteString(folded[kept:])
	return out.String()
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c >= 'a' && c <= 'z' }
func isOfMail(c byte) bool { return isDigit(c) || isLetter(c) || strings.IndexByte("._+-", c) >= 0 }

// groups returns where the groups of digits end that begin at n, and how many digits they have.
func groups(text string, n int) (end, digits int) {
	for n < len(text) && isDigit(text[n]) {
		for n < len(text) && isDigit(text[n]) {
			n, digits = n+1, digits+1
		}
		end = n
		for range 3 {
			r, size := utf8.DecodeRuneInString(text[n:])
			if size == 0 || isDigit(text[n]) || !strings.ContainsRune(separators, r) || r == '\\' {
				break
			}
			n += size
		}
	}
	return end, digits
}
