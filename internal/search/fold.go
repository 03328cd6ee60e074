package search

import (
	"strings"
	"sync"

	"github.com/longbridgeapp/opencc"
	"golang.org/x/text/unicode/norm"
)

// traditional turns Traditional into Simplified characters; the tables are read when they are first needed.
var traditional = sync.OnceValues(func() (*opencc.OpenCC, error) { return opencc.New("t2s") })

// Fold brings text to the form in which it is compared: full-width to half-width, lower case, Traditional to Simplified.
// Both the documents and the queries go through it, for every engine.
func Fold(text string) string {
	text = strings.ToLower(norm.NFKC.String(text))
	cc, err := traditional()
	if err != nil {
		return text // the tables are built in: this cannot happen
	}
	out, err := cc.Convert(text)
	if err != nil {
		return text
	}
	return out
}
