package search

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"zhigang/internal/script"
)

// keys finds names by what stands in them: every place in a text at which somebody may begin to type, in the order of
// what follows.
type keys struct {
	texts  []string
	owners []uint32 // of each text: the name that it stands for
	places []place
}

// place is where a text may be begun.
type place struct {
	text uint32
	from uint16
}

// maxKey is how many bytes of a text are looked at.
const maxKey = 256

func (k *keys) add(owner uint32, text string, starts ...int) {
	k.texts = append(k.texts, text)
	k.owners = append(k.owners, owner)
	for _, from := range starts {
		if from < maxKey {
			k.places = append(k.places, place{uint32(len(k.texts) - 1), uint16(from)})
		}
	}
}

func (k *keys) from(p place) string { return k.texts[p.text][p.from:] }

func (k *keys) sort() {
	slices.SortFunc(k.places, func(a, b place) int { return cmp.Compare(k.from(a), k.from(b)) })
	k.places = slices.Clip(k.places)
}

// find calls fn for each place that goes on with what was typed, with the name, and whether the name begins so.
func (k *keys) find(typed string, fn func(owner uint32, begins bool)) {
	first := sort.Search(len(k.places), func(n int) bool { return k.from(k.places[n]) >= typed })
	behind := k.places[first:]
	many := sort.Search(len(behind), func(n int) bool { return !strings.HasPrefix(k.from(behind[n]), typed) })
	for _, p := range behind[:many] { // there may be very many: the texts are not looked at again
		fn(k.owners[p.text], p.from == 0)
	}
}

// addName adds a folded name as it is written: it may be begun at each Chinese character and each word in letters.
func (k *keys) addName(owner uint32, name string) {
	var starts []int
	at := 0
	for part, chinese := range runs(name) {
		at += strings.Index(name[at:], part)
		for n := range part {
			if chinese || n == 0 {
				starts = append(starts, at+n)
			}
		}
		at += len(part)
	}
	if len(starts) > 0 && starts[0] != 0 { // what stands before, such as a bracket, is not typed
		name = name[starts[0]:]
		for n, first := len(starts)-1, starts[0]; n >= 0; n-- {
			starts[n] -= first
		}
	}
	k.add(owner, name, starts...)
}

// maxWays bounds in how many ways a name is read.
const maxWays = 8

// addSounds adds the Chinese of a folded name in pinyin and in first letters: read the usual way, and with each other
// reading of one of its characters. It may be begun at each character.
func (k *keys) addSounds(owner uint32, name string) {
	var usual []string
	type other struct {
		at      int
		reading string
	}
	var others []other
	for _, r := range name {
		if r < utf8.RuneSelf { // C 语言: the letter is its own sound
			if isLetter(byte(r)) || isDigit(byte(r)) {
				usual = append(usual, string(r))
			}
			continue
		}
		for n, reading := range script.Readings(r) {
			if n == 0 {
				usual = append(usual, reading)
			} else if len(others) < maxWays {
				others = append(others, other{len(usual) - 1, reading})
			}
		}
	}
	k.addReading(owner, usual, len(usual))
	for _, o := range others {
		way := slices.Clone(usual)
		way[o.at] = o.reading
		k.addReading(owner, way, o.at+1) // what begins behind is as it was
	}
}

func (k *keys) addReading(owner uint32, syllables []string, starts int) {
	var full, initials strings.Builder
	fullAt, initialAt := make([]int, starts), make([]int, starts)
	for n, s := range syllables {
		if n < starts {
			fullAt[n], initialAt[n] = full.Len(), initials.Len()
		}
		full.WriteString(s)
		initials.WriteByte(s[0])
	}
	if starts > 0 {
		k.add(owner, full.String(), fullAt...)
		k.add(owner, initials.String(), initialAt...)
	}
}
