package search

import (
	"strings"
	"sync"
	"unicode"

	"github.com/longbridgeapp/opencc"
	"golang.org/x/text/unicode/norm"
)

// The characters among which there are Traditional ones.
const (
	firstHan = 0x3400
	lastHan  = 0x9fff
)

// simplified holds for each character from firstHan on the Simplified one, or the character itself. It is made when it is
// first needed.
//
// Only single characters are mapped, never phrases, so that a part of a text folds as it does within the whole:
// otherwise a query could miss what it was copied from.
var simplified = sync.OnceValue(func() []rune {
	table := make([]rune, lastHan-firstHan+1)
	for _, from := range []string{"t2s", "hk2s", "tw2s"} { // then what is written otherwise there
		cc, err := opencc.New(from)
		if err != nil {
			continue // the tables are built in: this cannot happen
		}
		for n, known := range table {
			if known != 0 {
				continue
			}
			r := rune(firstHan + n)
			if out, err := cc.Convert(string(r)); err == nil && out != string(r) {
				if one := []rune(out); len(one) == 1 {
					table[n] = one[0]
				}
			}
		}
	}
	for n, known := range table {
		if known == 0 {
			table[n] = rune(firstHan + n)
		}
	}
	return table
})

// Fold brings text to the form in which it is compared: full-width to half-width, lower case, Traditional to
// Simplified. Both the documents and the queries go through it, for every engine.
func Fold(text string) string {
	table := simplified()
	return strings.Map(func(r rune) rune {
		if r >= firstHan && r <= lastHan {
			return table[r-firstHan]
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(text))
}
