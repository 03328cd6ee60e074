package search

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"zhigang/internal/script"
)

// Fold brings text to the form in which it is compared: full-width to half-width, lower case, Traditional to
// Simplified. Both the documents and the queries go through it, for every engine.
func Fold(text string) string {
	table := script.Simplified()
	return strings.Map(func(r rune) rune {
		if simple, ok := table.Han(r); ok {
			return simple
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(text))
}
