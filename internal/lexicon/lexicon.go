// Package lexicon knows the words of the field (词库): where a text without blanks is taken apart, what means the same,
// what people say who do not know the word, and what asks for nothing.
//
// It is made of files that come with the program and of entries by the bureau that runs it. Entries have versions; any
// earlier version is brought back by one action. What people looked for in vain is noted, without anybody's name, and
// shows which words are missing.
package lexicon

import (
	"embed"
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"zhigang/internal/script"
)

//go:embed *.txt
var files embed.FS

// Kind says what an entry is; each has a file of its own, which says how its lines are written.
type Kind string

// The kinds of entries.
const (
	Words    Kind = "words"    // where texts are taken apart
	Synonyms Kind = "synonyms" // what means the same, or nearly
	Phrases  Kind = "phrases"  // what people say who do not know the word
	Fillers  Kind = "fillers"  // what asks for nothing
)

// Kinds lists the kinds in the order of menus.
func Kinds() []Kind { return []Kind{Synonyms, Phrases, Words, Fillers} }

// Line is one line of the lexicon.
type Line struct {
	Kind Kind   `db:"kind" json:"kind"`
	Text string `db:"text" json:"text"`
}

// BuiltIn lists the lines that come with the program, in the order of its files.
var BuiltIn = sync.OnceValue(func() []Line {
	var all []Line
	for _, kind := range []Kind{Words, Fillers, Synonyms, Phrases} {
		text, _ := files.ReadFile(string(kind) + ".txt") // built in
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
				all = append(all, Line{kind, line})
			}
		}
	}
	return all
})

// Lexicon is a version of the lexicon made ready. It never changes, and may be used by several goroutines.
type Lexicon struct {
	words    map[string]bool
	longest  int                 // characters of the longest word
	same     map[string][]string // what else a word finds, the nearest first
	phrases  map[string][]string
	latin    map[string]bool
	sounds   map[string][]string // pinyin → words
	initials map[string][]string // first letters → words
	fillers  map[string]bool
}

// Default returns the lexicon that comes with the program.
var Default = sync.OnceValue(func() *Lexicon { return Of(BuiltIn()) })

// Of makes a lexicon of lines that have been checked: see Line.Check.
func Of(lines []Line) *Lexicon {
	l := &Lexicon{
		words: map[string]bool{}, same: map[string][]string{}, phrases: map[string][]string{}, latin: map[string]bool{},
		sounds: map[string][]string{}, initials: map[string][]string{}, fillers: map[string]bool{},
	}
	for _, line := range lines {
		switch line.Kind {
		case Words:
			for word := range strings.FieldsSeq(line.Text) {
				l.add(word)
			}
		case Fillers:
			for word := range strings.FieldsSeq(line.Text) {
				l.fillers[word] = true
				if utf8.RuneCountInString(word) > 1 {
					l.add(word)
				}
			}
		case Synonyms:
			l.addSynonyms(line.Text)
		case Phrases:
			keys, found := line.phrase()
			for _, key := range keys {
				l.phrases[key] = found
			}
		}
	}
	return l
}

func (l *Lexicon) addSynonyms(text string) {
	one, others, directed := strings.Cut(text, ">")
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

// phrase takes a line of Phrases apart.
func (l Line) phrase() (keys, found []string) {
	said, means, _ := strings.Cut(l.Text, ">")
	for key := range strings.SplitSeq(said, "|") {
		keys = append(keys, strings.TrimSpace(key))
	}
	return keys, strings.Fields(means)
}

// Words lists what a line is made of.
func (l Line) Words() []string {
	return strings.FieldsFunc(l.Text, func(r rune) bool { return r == ' ' || r == '>' || r == '|' })
}

func (l *Lexicon) add(word string) {
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
	for _, letters := range script.Initials([]rune(word)) {
		if !slices.Contains(l.initials[letters], word) {
			l.initials[letters] = append(l.initials[letters], word)
		}
	}
}

// Has reports whether a Chinese word is one of the lexicon.
func (l *Lexicon) Has(word string) bool { return l.words[word] }

// Latin reports whether a word in letters is one of the lexicon.
func (l *Lexicon) Latin(word string) bool { return l.latin[word] }

// Filler reports whether a word asks for nothing: it counts only where nothing else stands.
func (l *Lexicon) Filler(word string) bool { return l.fillers[word] }

// Same returns what else a word finds, the nearest first.
func (l *Lexicon) Same(word string) []string { return l.same[word] }

// Sounding returns the words that are written so in pinyin, without blanks.
func (l *Lexicon) Sounding(pinyin string) []string { return l.sounds[pinyin] }

// Beginning returns the words whose syllables begin with these letters.
func (l *Lexicon) Beginning(letters string) []string { return l.initials[letters] }

// Known reports whether the whole text is made of words of the lexicon.
func (l *Lexicon) Known(text string) bool {
	for _, s := range l.Segments(text, l.longest) {
		if !s.Known {
			return false
		}
	}
	return text != ""
}

// Segment is a part of a text: a word of the lexicon, or what stands between such words.
type Segment struct {
	Text  string
	Known bool
}

// Segments takes Chinese text apart so that the fewest characters stay unknown, then into the fewest words of at most so
// many characters.
func (l *Lexicon) Segments(text string, longest int) []Segment {
	longest = min(longest, l.longest)
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
	var out []Segment
	for end := len(runes); end > 0; end = at[end].from {
		from := at[end].from
		part := Segment{string(runes[from:end]), end-from > 1}
		if n := len(out) - 1; n >= 0 && !part.Known && !out[n].Known {
			out[n].Text = part.Text + out[n].Text
			continue
		}
		out = append(out, part)
	}
	slices.Reverse(out)
	return out
}

// Phrase returns the longest phrase that stands in the text, and where; "" when none does.
func (l *Lexicon) Phrase(text string) (key string, at int) {
	at = -1
	for one := range l.phrases {
		if n := strings.Index(text, one); n >= 0 && (len(one) > len(key) || len(one) == len(key) && one < key) {
			key, at = one, n
		}
	}
	return key, at
}

// Means returns the words that are looked for when a phrase is said, the nearest first.
func (l *Lexicon) Means(phrase string) []string { return l.phrases[phrase] }

// MinSlip is how many letters a word must have so that a slip in it is forgiven.
const MinSlip = 5

// NearLatin returns the words in letters that differ from a word by one slip: a letter more, less or other, or two that
// changed places. The longer of both has at least MinSlip letters.
func (l *Lexicon) NearLatin(word string) []string { return near(word, maps.Keys(l.latin)) }

// NearSounds returns the words whose pinyin differs from a word by one slip.
func (l *Lexicon) NearSounds(word string) []string {
	var out []string
	for _, sound := range near(word, maps.Keys(l.sounds)) {
		out = append(out, l.sounds[sound]...)
	}
	return out
}

func near(word string, known func(yield func(string) bool)) []string {
	var out []string
	for other := range known {
		if max(len(word), len(other)) >= MinSlip && slip(word, other) {
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
