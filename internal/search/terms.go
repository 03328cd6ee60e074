package search

import (
	"slices"
	"strings"
	"unicode"
)

// Version is the version of what an index holds: Terms, Parts and the fields of Document. Raise it when one of them
// changes, and every index of an older version is built anew.
const Version = 2

// maxWord is how many characters of a Latin word or a number count.
const maxWord = 40

// Terms returns the terms by which a text is found, each once: every Chinese character, every two that stand side by
// side, and every word or number in other scripts. Numbers of telephones and documents, and addresses of mail, are no
// terms: nobody is found by them, whoever wrote them into a post.
//
// Terms and Query.Words are the whole analysis of text. The engines get terms, never text, so that both find the same,
// and Query.Matches too.
func Terms(text string) []string {
	var t terms
	for part, chinese := range runs(withoutPrivate(Fold(text))) {
		if !chinese {
			t.add(string(part))
			continue
		}
		for n := range part {
			t.add(string(part[n : n+1]))
			if n > 0 {
				t.add(string(part[n-1 : n+1]))
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
			if !chinese || len(part) == 1 {
				t.add(string(part))
				continue
			}
			for n := range len(part) - 1 {
				t.add(string(part[n : n+2]))
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

func (t *terms) add(term string) {
	if t.seen == nil {
		t.seen = map[string]struct{}{}
	}
	if _, twice := t.seen[term]; !twice {
		t.seen[term] = struct{}{}
		t.list = append(t.list, term)
	}
}

// runs splits folded text into runs of Chinese characters and words of other scripts; what stands between is dropped.
// C++ and C# keep their signs.
func runs(text string) func(yield func(part []rune, chinese bool) bool) {
	return func(yield func([]rune, bool) bool) {
		all := []rune(text)
		for n := 0; n < len(all); {
			start, kind := n, kindOf(all[n])
			for n++; n < len(all) && (kindOf(all[n]) == kind || kind == letters && isSign(all[n])); n++ {
			}
			part := all[start:n]
			if kind == letters {
				part = part[:min(len(part), maxWord)]
			}
			if kind != between && !yield(part, kind == han) {
				return
			}
		}
	}
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
	has := map[string]struct{}{}
	for _, part := range d.Parts() {
		for _, term := range Terms(part) {
			has[term] = struct{}{}
		}
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
