package search

import (
	"zhigang/internal/lexicon"
	"zhigang/internal/script"
)

// The terms by which titles and names are found by ear: ~she'gong for two characters that stand side by side, =sg and
// =sgd for the first letters of two and three.
const (
	soundMark   = "~"
	initialMark = "="
	slipMark    = "^"
	nameMark    = "@" // a term of who offers: 社工 finds posts for social workers, and those of 社工站, not all of a 社会工作中心
	kindMark    = "#"
)

// addSounds adds the terms by ear of the Chinese in a text.
func (t *terms) addSounds(text string) {
	for part, chinese := range runs(withoutPrivate(Fold(text))) {
		if !chinese {
			continue
		}
		runes := []rune(part)
		for n := 1; n < len(runes); n++ {
			for _, a := range script.Readings(runes[n-1]) {
				for _, b := range script.Readings(runes[n]) {
					t.add(soundMark + a + "'" + b)
				}
			}
			for from := max(0, n-2); from < n; from++ {
				for _, letters := range script.Initials(runes[from : n+1]) {
					t.add(initialMark + letters)
				}
			}
		}
	}
}

// addSlips adds, for each word in letters, what is left of it when one letter is missing: two words that share such a
// rest, or one of which is such a rest, differ by a slip.
func (t *terms) addSlips(text string) {
	for part, chinese := range runs(withoutPrivate(Fold(text))) {
		if chinese || !isWord(part) {
			continue
		}
		for _, rest := range slipsOf(part) {
			t.add(slipMark + rest)
		}
	}
}

// isWord reports whether a run in letters is a word in which slips are forgiven: letters only, never a number.
func isWord(part string) bool {
	if len(part) < lexicon.MinSlip || len(part) > 16 {
		return false
	}
	for n := range len(part) {
		if !isLetter(part[n]) {
			return false
		}
	}
	return true
}

func slipsOf(word string) []string {
	out := []string{word}
	for n := range len(word) {
		if n == 0 || word[n] != word[n-1] {
			out = append(out, word[:n]+word[n+1:])
		}
	}
	return out
}

// soundTerms returns the terms of syllables that follow each other.
func soundTerms(syllables []string) []string {
	var t terms
	for n := 1; n < len(syllables); n++ {
		t.add(soundMark + syllables[n-1] + "'" + syllables[n])
	}
	return t.list
}

// initialTerms returns the terms of first letters that follow each other.
func initialTerms(letters string) []string {
	if len(letters) < 3 {
		return []string{initialMark + letters}
	}
	var t terms
	for n := 3; n <= len(letters); n++ {
		t.add(initialMark + letters[n-3:n])
	}
	return t.list
}

// pairs returns the terms of Chinese text as a query has them: every two characters side by side, or the one.
func pairs(text string) []string {
	runes := []rune(text)
	if len(runes) == 1 {
		return []string{text}
	}
	var t terms
	for n := 1; n < len(runes); n++ {
		t.add(string(runes[n-1 : n+1]))
	}
	return t.list
}
