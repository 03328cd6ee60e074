// Package script knows that Chinese is written in two ways, and brings both to one.
package script

import (
	"strings"
	"sync"

	"github.com/longbridgeapp/opencc"
)

// The characters among which there are Traditional ones.
const (
	firstHan = 0x3400
	lastHan  = 0x9fff
)

// Table holds for each character from firstHan on the Simplified one, or the character itself.
type Table []rune

// Simplified returns the table. It is made when it is first needed.
//
// Only single characters are mapped, never phrases, so that a part of a text becomes what it becomes within the whole:
// otherwise a query could miss what it was copied from.
var Simplified = sync.OnceValue(func() Table {
	table := make(Table, lastHan-firstHan+1)
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

// Han returns the Simplified form of a character; false for what is none of the table.
func (t Table) Han(r rune) (simplified rune, ok bool) {
	if r < firstHan || r > lastHan {
		return r, false
	}
	return t[r-firstHan], true
}

// Simplify writes a text in Simplified characters, one for each that it has.
func Simplify(text string) string {
	table := Simplified()
	return strings.Map(func(r rune) rune {
		simple, _ := table.Han(r)
		return simple
	}, text)
}
