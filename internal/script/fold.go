package script

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold brings text to the form in which it is compared: full-width to half-width, lower case, Traditional to
// Simplified.
func Fold(text string) string {
	table := Simplified()
	return strings.Map(func(r rune) rune {
		if simple, ok := table.Han(r); ok {
			return simple
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(text))
}
