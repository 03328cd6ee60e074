package search

import (
	"slices"
	"strings"
	"unicode/utf8"

	"zhigang/internal/lexicon"
	"zhigang/internal/position"
	"zhigang/internal/script"
)

// Wanted is what the words of a query ask for: a document is found when every group holds and none of Not does. It is
// the whole meaning of the text: the engines and Query.Matches get terms, never text, so that all find the same.
type Wanted struct {
	Groups []Group
	Not    []Group
	// scored are the groups that decide the order; nil means Groups.
	scored []Group
	// whole are the words as they were typed, without blanks: what holds them as they stand fits best.
	whole []string
	// near and exposure decide the order too: see Rank.
	near     string
	exposure *Exposure
}

// Nothing reports whether there were words, but none that can be found, such as "!!": that finds nothing.
func (w Wanted) Nothing(q Query) bool { return q.Text != "" && len(w.Groups) == 0 }

// Group holds when one of its alternatives does.
type Group []Alternative

// Alternative holds in a document that has all its terms.
type Alternative struct {
	Terms []string
	// text is what to look for in the parts of a document; "" when it is found by terms alone.
	text string
	// name says that it is about who offers.
	name bool
	// weight says how near it is to what was typed: 1 is the word itself.
	weight float64
}

// The weights of alternatives, see Alternative.
const (
	asTyped    = 1.0
	asSound    = 0.9
	asSynonym  = 0.85
	asRelated  = 0.7
	asInitials = 0.75
	asSlip     = 0.7
)

// nearest is how many synonyms weigh as synonyms; those behind them are only related.
const nearest = 4

// maxGroups and maxAlternatives bound how much of a text counts.
const (
	maxGroups       = 24
	maxAlternatives = 16
)

// looseWord is how many characters a word has at most where some of the words are enough.
const looseWord = 3

// Wanted returns what the words of the query ask for.
func (q Query) Wanted() Wanted {
	w := Wanted{near: q.Near, exposure: q.exposure}
	words := wording{q.words(), q.Plain, q.Loose}
	tokens := strings.Fields(withoutPrivate(Fold(q.Text)))
	if !q.Plain {
		tokens = joinSyllables(words.Lexicon, tokens)
	}
	for _, token := range tokens {
		w.Groups = append(w.Groups, words.groups(token)...)
		w.whole = append(w.whole, token)
	}
	if kept := slices.DeleteFunc(slices.Clone(w.Groups), words.weak); len(kept) > 0 && !q.Plain {
		w.Groups = kept
	}
	w.Groups = w.Groups[:min(len(w.Groups), maxGroups)]
	if q.Loose && len(w.Groups) > 1 {
		w.scored = w.Groups
		w.Groups = []Group{slices.Concat(w.scored...)}
	}
	for _, text := range q.Not {
		for token := range strings.FieldsSeq(withoutPrivate(Fold(text))) {
			w.Not = append(w.Not, words.refused(token)...)
		}
	}
	return w
}

// joinSyllables writes pinyin with blanks, she gong or huli yuan, as one word.
func joinSyllables(l *lexicon.Lexicon, tokens []string) []string {
	var out []string
	before := 0 // how many syllables the word before has; 0 when it is no pinyin
	for _, token := range tokens {
		syllables := 0
		if ways := script.Syllables(Fold(token)); len(ways) > 0 && !l.Latin(Fold(token)) {
			syllables = len(ways[0])
		}
		if before > 0 && syllables > 0 && min(before, syllables) == 1 {
			out[len(out)-1] += token
			before += syllables
			continue
		}
		out = append(out, token)
		before = syllables
	}
	return out
}

// wording turns words into groups.
type wording struct {
	*lexicon.Lexicon
	plain, loose bool
}

// weak reports whether a group asks for too little to count beside others: a filler, or a single Chinese character.
func (w wording) weak(g Group) bool {
	text := g[0].text
	return utf8.RuneCountInString(text) == 1 && text[0] >= utf8.RuneSelf || w.Filler(text)
}

// groups takes a word between blanks apart. A plain one is looked for as it stands.
func (w wording) groups(token string) []Group {
	if w.plain {
		if all := typed(token); len(all.Terms) > 0 {
			return []Group{Group{all}.inNames(1)}
		}
		return nil
	}
	var groups []Group
	for part, chinese := range runs(token) {
		if chinese {
			groups = append(groups, w.chinese(part)...)
		} else {
			groups = append(groups, w.letters(part))
		}
	}
	return groups
}

// typed is a word as it stands. A single character beside others says nothing.
func typed(word string) Alternative {
	a := Alternative{text: word, weight: asTyped}
	single := ""
	for part, chinese := range runs(word) {
		switch {
		case !chinese:
			a.Terms = append(a.Terms, part)
		case utf8.RuneCountInString(part) == 1:
			single = part
		default:
			a.Terms = append(a.Terms, pairs(part)...)
		}
	}
	if len(a.Terms) == 0 && single != "" {
		a.Terms = []string{single}
	}
	return a
}

// inNames adds the first n alternatives of the group as they are found in the names of organizations, or all.
func (g Group) inNames(n int) Group {
	for _, a := range g[:min(n, len(g))] {
		switch first := a.Terms[0]; {
		case strings.HasPrefix(first, kindMark), strings.HasPrefix(first, slipMark), strings.HasPrefix(first, initialMark) && len(a.Terms) < 2:
			continue // the first letters of two or three characters stand in every name
		}
		named := Alternative{Terms: make([]string, len(a.Terms)), text: a.text, weight: a.weight, name: true}
		for k, term := range a.Terms {
			named.Terms[k] = nameMark + term
		}
		g = append(g, named)
	}
	return g
}

// refused is a word that is not wanted, nor what means nearly the same. A plain query refuses the word alone.
func (w wording) refused(token string) []Group {
	groups := wording{w.Lexicon, true, false}.groups(token)
	if w.plain || len(groups) != 1 {
		return groups
	}
	same := w.Same(token)
	for _, word := range same[:min(nearest, len(same))] {
		groups[0] = groups[0].add(word, asSynonym)
	}
	return groups
}

// chinese takes Chinese text apart: what people say for a thing, then the words of the lexicon. What is left of a
// word that the lexicon knows nothing of stays whole.
func (w wording) chinese(text string) []Group {
	if key, at := w.Phrase(text); key != "" {
		g := Group{typed(key)}
		for n, word := range w.Means(key) {
			g = g.add(word, weightAt(n))
		}
		groups := []Group{g}
		for _, rest := range []string{text[:at], text[at+len(key):]} {
			if w.Known(rest) { // else the phrase says it all
				groups = append(groups, w.chinese(rest)...)
			}
		}
		return groups
	}
	longest := utf8.RuneCountInString(text)
	if w.loose { // what long words are made of
		longest = looseWord
	}
	parts := w.Segments(text, longest)
	named := 1 // in names, words count as they were typed; but a name may be said otherwise: 晴禾社工中心
	if isOrgName(text) || slices.ContainsFunc(parts, func(s lexicon.Segment) bool { return !s.Known && utf8.RuneCountInString(s.Text) > 1 }) {
		named = maxAlternatives
	}
	var groups []Group
	for _, part := range parts {
		g := Group{typed(part.Text)}
		for n, word := range w.Same(part.Text) {
			g = g.add(word, weightAt(n))
		}
		if slices.Contains([]string{"志愿", "志愿者", "志愿服务", "义工"}, part.Text) {
			g = append(g, Alternative{Terms: []string{kindMark + string(position.Volunteer)}, weight: asRelated})
		}
		if runes := []rune(part.Text); !part.Known && len(runes) > 3 { // a place before a name, or a name and what it is
			for _, cut := range []int{2, len(runes) - 2} {
				g = append(g, Alternative{
					Terms: slices.Concat(pairs(string(runes[:cut])), pairs(string(runes[cut:]))), weight: asRelated,
				})
			}
		}
		groups = append(groups, g.inNames(named))
	}
	return groups
}

// weightAt returns the weight of the n-th of the words that mean the same.
func weightAt(n int) float64 {
	if n < nearest {
		return asSynonym
	}
	return asRelated
}

// add adds a word of the lexicon as an alternative.
func (g Group) add(word string, weight float64) Group {
	if len(g) >= maxAlternatives {
		return g
	}
	a := typed(word)
	a.weight = weight
	return append(g, a)
}

// letters is a word in letters: as it stands; or by ear, as pinyin or its first letters; or with a slip.
func (w wording) letters(word string) Group {
	g := Group{typed(word)}
	for n, other := range w.Same(word) {
		g = g.add(other, weightAt(n))
	}
	if w.Latin(word) || strings.ContainsFunc(word, func(r rune) bool { return r < 'a' || r > 'z' }) {
		return g.inNames(1)
	}
	heard := map[string]bool{}
	hear := func(all []string, weight float64) {
		for _, other := range all {
			if !heard[other] {
				heard[other] = true
				g = g.add(other, weight)
				for _, same := range w.Same(other) {
					if !heard[same] {
						heard[same] = true
						g = g.add(same, weight*asRelated)
					}
				}
			}
		}
	}
	hear(w.Sounding(word), asSound)
	ways := script.Syllables(word)
	for _, syllables := range ways {
		if terms := soundTerms(syllables); len(terms) > 0 {
			g = append(g, Alternative{Terms: terms, weight: asSound})
		}
	}
	if len(word) > 4*vowels(word) { // first letters are hardly ever vowels
		more := w.initials(word, hear)
		g = append(g, more...)
	}
	if len(heard) == 0 && len(word) >= 4 {
		hear(w.NearLatin(word), asSlip)
		if len(word) >= lexicon.MinSlip {
			hear(w.NearSounds(word), asSlip)
		}
	}
	if isWord(word) && len(ways) == 0 {
		for _, rest := range slipsOf(word) {
			g = append(g, Alternative{Terms: []string{slipMark + rest}, weight: asSlip * asRelated})
		}
	}
	return g.inNames(maxAlternatives)
}

func vowels(word string) int {
	return strings.Count(word, "a") + strings.Count(word, "e") + strings.Count(word, "i") + strings.Count(word, "o") + strings.Count(word, "u")
}

// initials reads letters as the first ones of syllables: of words of the lexicon, and of what stands side by side in
// titles and names. sh, zh and ch are one letter or two.
func (w wording) initials(word string, hear func(all []string, weight float64)) Group {
	const longest, minSounded = 8, 3 // shorter ones stand for too much, where the lexicon knows a word for them
	if len(word) < 2 || len(word) > longest {
		return nil
	}
	spellings := []string{word}
	if short := strings.NewReplacer("zh", "z", "ch", "c", "sh", "s").Replace(word); short != word && len(short) > 1 {
		spellings = append(spellings, short)
	}
	var g Group
	known := false
	for _, letters := range spellings {
		known = known || len(w.Beginning(letters)) > 0
		hear(w.Beginning(letters), asInitials)
	}
	for _, letters := range spellings {
		if !known || len(letters) > minSounded {
			g = append(g, Alternative{Terms: initialTerms(letters), weight: asInitials * asRelated})
		}
	}
	return g
}

// Has reports whether the terms of a document hold what is wanted.
func (w Wanted) Has(terms map[string]struct{}) bool {
	for _, g := range w.Groups {
		if !g.has(terms) {
			return false
		}
	}
	return !slices.ContainsFunc(w.Not, func(g Group) bool { return g.has(terms) })
}

func (g Group) has(terms map[string]struct{}) bool {
	return slices.ContainsFunc(g, func(a Alternative) bool {
		return !slices.ContainsFunc(a.Terms, func(term string) bool {
			_, ok := terms[term]
			return !ok
		})
	})
}
