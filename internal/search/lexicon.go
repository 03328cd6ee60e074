package search

import (
	"embed"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"zhigang/internal/script"
)

//go:embed lexicon/*.txt
var lexiconFiles embed.FS

// lexicon is what the program knows of the words of the field: where a text without blanks is taken apart, what means
// the same, and what people say who do not know the word. Its files say how they are written.
type lexicon struct {
	words    map[string]bool
	longest  int                 // characters of the longest word
	same     map[string][]string // what else a word finds, the nearest first
	phrases  map[string][]string
	latin    map[string]bool
	sounds   map[string][]string // pinyin → words
	initials map[string][]string // first letters → words
}

// words returns the lexicon, which is read when it is first needed.
var words = sync.OnceValue(func() *lexicon {
	l := &lexicon{
		words: map[string]bool{}, same: map[string][]string{}, phrases: map[string][]string{}, latin: map[string]bool{},
		sounds: map[string][]string{}, initials: map[string][]string{},
	}
	for line := range lines("words.txt") {
		for word := range strings.FieldsSeq(line) {
			l.add(word)
		}
	}
	for _, word := range fillers() {
		if utf8.RuneCountInString(word) > 1 {
			l.add(word)
		}
	}
	for line := range lines("synonyms.txt") {
		one, others, directed := strings.Cut(line, ">")
		group := strings.Fields(one)
		if directed {
			group = append(group, strings.Fields(others)...)
		}
		for n, word := range group {
			l.add(word)
			if n > 0 && directed {
				continue
			}
			for _, other := range group {
				if other != word && !slices.Contains(l.same[word], other) {
					l.same[word] = append(l.same[word], other)
				}
			}
		}
	}
	for line := range lines("phrases.txt") {
		keys, found, _ := strings.Cut(line, ">")
		for key := range strings.SplitSeq(keys, "|") {
			l.phrases[strings.TrimSpace(key)] = strings.Fields(found)
		}
	}
	return l
})

// lines yields the lines of a file of the lexicon, without comments and empty ones.
func lines(name string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		text, _ := lexiconFiles.ReadFile("lexicon/" + name) // built in
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' && !yield(line) {
				return
			}
		}
	}
}

func (l *lexicon) add(word string) {
	if word[0] < utf8.RuneSelf {
		l.latin[word] = true
		return
	}
	if l.words[word] {
		return
	}
	l.words[word] = true
	l.longest = max(l.longest, utf8.RuneCountInString(word))
	for _, sound := range script.Pinyin(word) {
		if !slices.Contains(l.sounds[sound], word) {
			l.sounds[sound] = append(l.sounds[sound], word)
		}
	}
	for _, letters := range initialsOf([]rune(word)) {
		if !slices.Contains(l.initials[letters], word) {
			l.initials[letters] = append(l.initials[letters], word)
		}
	}
}

// initialsOf returns the first letters of the syllables of a text in every way it can be read (at most 8); none when a
// character has no sound.
func initialsOf(text []rune) []string {
	const most = 8
	out := []string{""}
	for _, r := range text {
		var next, letters []string
		for _, reading := range script.Readings(r) {
			if !slices.Contains(letters, reading[:1]) {
				letters = append(letters, reading[:1])
			}
		}
		for _, letter := range letters {
			for _, before := range out {
				if len(next) < most {
					next = append(next, before+letter)
				}
			}
		}
		out = next
	}
	return out
}

// known reports whether the whole text is made of words of the lexicon.
func (l *lexicon) known(text string) bool {
	for _, s := range l.segment(text, l.longest) {
		if !s.known {
			return false
		}
	}
	return text != ""
}

// segment is a part of a text: a word of the lexicon, or what stands between such words.
type segment struct {
	text  string
	known bool
}

// segment takes Chinese text apart so that the fewest characters stay unknown, then into the fewest words of at most so
// many characters.
func (l *lexicon) segment(text string, longest int) []segment {
	runes := []rune(text)
	type best struct{ unknown, words, from int }
	at := make([]best, len(runes)+1) // the best way to each place
	for end := 1; end <= len(runes); end++ {
		at[end] = best{at[end-1].unknown + 1, at[end-1].words, end - 1}
		for from := max(0, end-longest); from < end-1; from++ {
			try := best{at[from].unknown, at[from].words + 1, from}
			if (try.unknown < at[end].unknown || try.unknown == at[end].unknown && try.words < at[end].words) &&
				l.words[string(runes[from:end])] {
				at[end] = try
			}
		}
	}
	var out []segment
	for end := len(runes); end > 0; end = at[end].from {
		from := at[end].from
		part := segment{string(runes[from:end]), end-from > 1}
		if n := len(out) - 1; n >= 0 && !part.known && !out[n].known {
			out[n].text = part.text + out[n].text
			continue
		}
		out = append(out, part)
	}
	slices.Reverse(out)
	return out
}

// phrase returns the longest phrase that stands in the text, and where.
func (l *lexicon) phrase(text string) (key string, at int) {
	at = -1
	for one := range l.phrases {
		if n := strings.Index(text, one); n >= 0 && (len(one) > len(key) || len(one) == len(key) && one < key) {
			key, at = one, n
		}
	}
	return key, at
}

// near returns the words in letters, the longer of at least minSlip, that differ by one slip: a letter more, less or other, or two that changed places.
func near(word string, known func(yield func(string) bool)) []string {
	var out []string
	for other := range known {
		if max(len(word), len(other)) >= minSlip && slip(word, other) {
			out = append(out, other)
		}
	}
	slices.Sort(out)
	return out
}

func slip(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if a == b || len(b)-len(a) > 1 {
		return false
	}
	n := 0
	for n < len(a) && a[n] == b[n] {
		n++
	}
	if len(a) < len(b) {
		return a[n:] == b[n+1:]
	}
	return a[n+1:] == b[n+1:] || n+1 < len(a) && a[n] == b[n+1] && a[n+1] == b[n] && a[n+2:] == b[n+2:]
}
