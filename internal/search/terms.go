package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Version is the version of what an index holds: Terms, Parts and the fields of Document. Raise it when one of them
// changes, and every index of an older version is built anew.
const Version = 2

// maxWord is how many characters of a Latin word or a number count.
const maxWord = 40

// Terms returns the terms by which texts are found, each once: every Chinese character, every two that stand side by
// side, and every word or number in other scripts. Numbers of telephones and documents, and addresses of mail, are no
// terms: nobody is found by them, whoever wrote them into a post.
//
// Terms and Query.Words are the whole analysis of text. The engines get terms, never text, so that both find the same,
// and Query.Matches too.
func Terms(texts ...string) []string {
	var t terms
	for _, text := range texts {
		folded := withoutPrivate(Fold(text))
		t.grow(len(folded) / 2) // a Chinese character of three bytes makes two terms, many of them again and again
		for part, chinese := range runs(folded) {
			if !chinese {
				t.add(part)
				continue
			}
			before := 0
			for at, r := range part {
				end := at + utf8.RuneLen(r)
				t.add(part[at:end])
				if at > 0 {
					t.add(part[before:end])
				}
				before = at
			}
		}
	}
	return t.list
}

// Words returns the terms of the query's text, grouped by its words, which are separated by blanks. A document is found
// when it has all terms of all words. A text that holds no word at all, such as "!!", finds nothing.
func (q Query) Words() [][]string {
	var words [][]string
	for _, word := range strings.Fields(withoutPrivate(Fold(q.Text))) {
		var t terms
		for part, chinese := range runs(word) {
			first := []rune(part)
			if !chinese || len(first) == 1 {
				t.add(part)
				continue
			}
			for n := range len(first) - 1 {
				t.add(string(first[n : n+2]))
			}
		}
		if len(t.list) > 0 {
			words = append(words, t.list)
		}
	}
	return words
}

// terms is a list without repetition.
type terms struct {
	list []string
	seen map[string]struct{}
}

// grow makes room before the first term.
func (t *terms) grow(room int) {
	if t.seen == nil {
		t.seen, t.list = make(map[string]struct{}, room), make([]string, 0, room)
	}
}

func (t *terms) add(term string) {
	t.grow(0)
	known := len(t.seen)
	if t.seen[term] = struct{}{}; len(t.seen) > known {
		t.list = append(t.list, term)
	}
}

// runs splits folded text into runs of Chinese characters and words of other scripts; what stands between is dropped.
// C++ and C# keep their signs.
func runs(text string) func(yield func(part string, chinese bool) bool) {
	return func(yield func(string, bool) bool) {
		start, kind := 0, between
		give := func(end int) bool {
			part := text[start:end]
			if kind == letters {
				part = cutWord(part)
			}
			return kind == between || yield(part, kind == han)
		}
		for at, r := range text {
			next := kindOf(r)
			if next == kind || kind == letters && isSign(r) {
				continue
			}
			if !give(at) {
				return
			}
			start, kind = at, next
		}
		give(len(text))
	}
}

// cutWord returns the first maxWord characters.
func cutWord(word string) string {
	if len(word) <= maxWord {
		return word
	}
	n := 0
	for at := range word {
		if n == maxWord {
			return word[:at]
		}
		n++
	}
	return word
}

func isSign(r rune) bool { return r == '+' || r == '#' }

type runeKind int

const (
	between runeKind = iota
	han
	letters
)

func kindOf(r rune) runeKind {
	switch {
	case r >= 0x4e00 && r <= 0x9fff: // nearly all there is
		return han
	case r < utf8.RuneSelf:
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			return letters
		}
		return between
	case unicode.Is(unicode.Han, r):
		return han
	case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r):
		return letters
	default:
		return between
	}
}

// Parts are the texts of a document, those where a word counts most first: the title; who offers; what is asked for;
// the description.
func (d Document) Parts() [4]string {
	return [4]string{
		d.Title, d.Org + "\n" + d.Employer, strings.Join(slices.Concat(d.Majors, d.Skills), "\n"), d.Description,
	}
}

// hasWords reports whether the document has all terms of the words.
func (d Document) hasWords(words [][]string) bool {
	parts := d.Parts()
	has := map[string]struct{}{}
	for _, term := range Terms(parts[:]...) {
		has[term] = struct{}{}
	}
	for _, word := range words {
		for _, term := range word {
			if _, ok := has[term]; !ok {
				return false
			}
		}
	}
	return len(words) > 0
}
