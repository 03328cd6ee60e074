package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Version is the version of what an index holds: Terms, Parts and the fields of Document. Raise it when one of them
// changes, and every index of an older version is built anew.
const Version = 3

// maxWord is how many characters of a Latin word or a number count.
const maxWord = 40

// Terms returns the terms by which titles and names are found, each once: every Chinese character, every two that stand
// side by side, and every word or number in other scripts. Numbers of telephones and documents, and addresses of mail, are no
// terms: nobody is found by them, whoever wrote them into a post.
func Terms(texts ...string) []string {
	var t terms
	for _, text := range texts {
		t.addText(text, true)
	}
	return t.list
}

// addText adds the terms of a text. Single characters are worth their place in titles and names only: nobody looks for
// one in a description.
func (t *terms) addText(text string, single bool) {
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
			if single {
				t.add(part[at:end])
			}
			if at > 0 {
				t.add(part[before:end])
			}
			before = at
		}
	}
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

// DocumentTerms are the terms of a document by how much a word counts there. Each list holds the one before it.
type DocumentTerms struct {
	Title  []string // of the title
	Strong []string // and of who offers and what is asked for, and the kind
	All    []string // and of the description and the place
}

// Terms returns the terms of the document. Titles and names are found by ear as well, words in letters with a slip.
func (d Document) Terms() DocumentTerms {
	var t terms
	title, who, asked := d.Title, d.who(), d.asked()
	t.addText(title, true)
	t.addSounds(title)
	inTitle := len(t.list)
	t.addText(asked, true)
	t.add(kindMark + string(d.Kind))
	var names terms
	names.addText(who, true)
	names.addSounds(who)
	for _, term := range names.list {
		t.add(nameMark + term)
	}
	strong := len(t.list)
	t.addText(d.Description, false)
	t.addText(d.Place, false)
	for _, text := range []string{title, asked, d.Description} {
		t.addSlips(text)
	}
	return DocumentTerms{t.list[:inTitle:inTitle], t.list[:strong:strong], t.list}
}

func (d Document) who() string { return d.Org + "\n" + d.Employer }

func (d Document) asked() string { return strings.Join(slices.Concat(d.Majors, d.Skills), "\n") }

// Set returns all terms, to look them up.
func (t DocumentTerms) Set() map[string]struct{} {
	set := make(map[string]struct{}, len(t.All))
	for _, term := range t.All {
		set[term] = struct{}{}
	}
	return set
}
