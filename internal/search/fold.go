package search

import (
	"strings"
	"sync"

	"github.com/longbridgeapp/opencc"
	"golang.org/x/text/unicode/norm"
)

// simplified maps each Traditional character to the Simplified one. It is read when it is first needed.
//
// Only single characters are mapped, never phrases, so that a part of a text folds as it does within the whole:
// otherwise a query could miss what it was copied from.
var simplified = sync.OnceValue(func() map[rune]rune {
	table := map[rune]rune{}
	for _, from := range []string{"t2s", "hk2s", "tw2s"} { // then what is written otherwise there
		cc, err := opencc.New(from)
		if err != nil {
			continue // the tables are built in: this cannot happen
		}
		for r := rune(0x3400); r <= 0x9fff; r++ {
			if _, known := table[r]; known {
				continue
			}
			if out, err := cc.Convert(string(r)); err == nil && out != string(r) {
				if one := []rune(out); len(one) == 1 {
					table[r] = one[0]
				}
			}
		}
	}
	return table
})

// Fold brings text to the form in which it is compared: full-width to half-width, lower case, Traditional to
// Simplified. Both the documents and the queries go through it, for every engine.
func Fold(text string) string {
	table := simplified()
	return strings.Map(func(r rune) rune {
		if to, ok := table[r]; ok {
			return to
		}
		return r
	}, strings.ToLower(norm.NFKC.String(text)))
}
