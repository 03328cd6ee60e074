package lexicon

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"zhigang/internal/errs"
	"zhigang/internal/script"
)

// Bounds of a line that a bureau enters.
const (
	MaxLine  = 300 // characters
	maxWord  = 20  // characters
	maxWords = 12  // of one line, or of one side of it
	// maxDigits is how many digits may stand together: more lead to a person.
	maxDigits = 5
)

// Check returns the line as the lexicon keeps it: folded, with single blanks. Invalid, on the field text, when it is not
// written as lines of its kind are; on the field kind when there is no such kind.
func (l Line) Check() (Line, error) {
	fields := errs.Fields{}
	l.Text = strings.Join(strings.Fields(script.Fold(l.Text)), " ")
	said, means, directed := strings.Cut(l.Text, ">")
	ok := l.Text != "" && utf8.RuneCountInString(l.Text) <= MaxLine
	switch l.Kind {
	case Words, Fillers:
		ok = ok && areWords(l.Text, 1) && (l.Kind == Fillers || areLong(strings.Fields(l.Text)))
	case Synonyms:
		if directed { // 文职 > 文员 行政
			ok = ok && areWords(said, 1) && areWords(means, 1) && len(strings.Fields(said)) == 1
		} else {
			ok = ok && areWords(l.Text, 2)
		}
		ok = ok && areLong(strings.Fields(strings.ReplaceAll(l.Text, ">", " ")))
	case Phrases:
		keys, found := l.phrase()
		ok = ok && directed && areWords(means, 1) && areLong(keys) && areLong(found) && len(keys) <= maxWords &&
			!slices.ContainsFunc(keys, func(key string) bool { return !isWord(key) })
	default:
		fields.Add("kind", "error.choice")
	}
	if !ok {
		fields.Add("text", "lexicon.line."+string(l.Kind), errs.Params{"max": MaxLine})
	}
	return l, fields.Err()
}

// areWords reports whether a text is so many words at least, and not too many.
func areWords(text string, least int) bool {
	words := strings.Fields(text)
	return len(words) >= least && len(words) <= maxWords && !slices.ContainsFunc(words, func(word string) bool { return !isWord(word) })
}

// areLong reports whether all words have two characters at least: one says too little to stand for another.
func areLong(words []string) bool {
	return !slices.ContainsFunc(words, func(word string) bool { return utf8.RuneCountInString(word) < 2 })
}

func isWord(word string) bool {
	digits := 0
	for _, r := range word {
		if digits++; !unicode.IsDigit(r) {
			digits = 0
		}
		if digits > maxDigits || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("+#.-&", r) {
			return false
		}
	}
	return word != "" && utf8.RuneCountInString(word) <= maxWord
}
