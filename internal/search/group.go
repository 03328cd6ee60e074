package search

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

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

// fillers are words that ask for nothing: they count only where nothing else stands.
func fillers() []string {
	return []string{
		"的", "了", "找", "做", "想", "我", "我想", "想找", "想做", "要", "在", "和", "与", "及", "或", "等", "个", "去", "能", "可以", "工作", "岗位", "职位", "招聘", "招募",
		"招", "有没有", "附近", "相关", "方面", "类", "一份", "适合", "希望", "活", "事", "急聘", "急招", "诚聘", "岗", "人员", "给", "会", "有", "帮", "帮忙", "当", "帮人", "别人", "帮别人", "给人", "替人", "人", "我要", "我会", "哪里", "哪些", "大学生", "专业", "相关专业", "地方",
	}
}

// Wanted returns what the words of the query ask for.
func (q Query) Wanted() Wanted {
	var w Wanted
	tokens := strings.Fields(withoutPrivate(Fold(q.Text)))
	if !q.Plain {
		tokens = joinSyllables(tokens)
	}
	for _, token := range tokens {
		w.Groups = append(w.Groups, groupsOf(token, q.Plain, q.Loose)...)
		w.whole = append(w.whole, token)
	}
	if kept := slices.DeleteFunc(slices.Clone(w.Groups), Group.weak); len(kept) > 0 && !q.Plain {
		w.Groups = kept
	}
	w.Groups = w.Groups[:min(len(w.Groups), maxGroups)]
	if q.Loose && len(w.Groups) > 1 {
		w.scored = w.Groups
		w.Groups = []Group{slices.Concat(w.scored...)}
	}
	for _, text := range q.Not {
		for token := range strings.FieldsSeq(withoutPrivate(Fold(text))) {
			if groups := groupsOf(token, true, false); len(groups) == 1 {
				w.Not = append(w.Not, groups...)
			}
		}
	}
	return w
}

// joinSyllables writes pinyin with blanks, she gong or huli yuan, as one word.
func joinSyllables(tokens []string) []string {
	var out []string
	before := 0 // how many syllables the word before has; 0 when it is no pinyin
	for _, token := range tokens {
		syllables := 0
		if ways := script.Syllables(Fold(token)); len(ways) > 0 && !words().latin[Fold(token)] {
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

// weak reports whether a group asks for too little to count beside others: a filler, or a single Chinese character.
func (g Group) weak() bool {
	text := g[0].text
	return utf8.RuneCountInString(text) == 1 && text[0] >= utf8.RuneSelf || slices.Contains(fillers(), text)
}

// groupsOf takes a word between blanks apart. A plain one is looked for as it stands.
func groupsOf(token string, plain, loose bool) []Group {
	if plain {
		if all := typed(token); len(all.Terms) > 0 {
			return []Group{Group{all}.inNames(1)}
		}
		return nil
	}
	var groups []Group
	for part, chinese := range runs(token) {
		if chinese {
			groups = append(groups, chineseGroups(part, loose)...)
		} else {
			groups = append(groups, lettersGroup(part))
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

// chineseGroups takes Chinese text apart: what people say for a thing, then the words of the lexicon. What is left of a
// word that the lexicon knows nothing of stays whole.
func chineseGroups(text string, loose bool) []Group {
	l := words()
	if key, at := l.phrase(text); key != "" {
		g := Group{typed(key)}
		for n, word := range l.phrases[key] {
			g = g.add(word, weightAt(n))
		}
		groups := []Group{g}
		for _, rest := range []string{text[:at], text[at+len(key):]} {
			if l.known(rest) { // else the phrase says it all
				groups = append(groups, chineseGroups(rest, loose)...)
			}
		}
		return groups
	}
	longest := l.longest
	if loose { // what long words are made of
		longest = min(longest, looseWord)
	}
	parts := l.segment(text, longest)
	named := 1 // in names, words count as they were typed; but a name may be said otherwise: 晴禾社工中心
	if isOrgName(text) || slices.ContainsFunc(parts, func(s segment) bool { return !s.known && utf8.RuneCountInString(s.text) > 1 }) {
		named = maxAlternatives
	}
	var groups []Group
	for _, part := range parts {
		g := Group{typed(part.text)}
		for n, word := range l.same[part.text] {
			g = g.add(word, weightAt(n))
		}
		if slices.Contains([]string{"志愿", "志愿者", "志愿服务", "义工"}, part.text) {
			g = append(g, Alternative{Terms: []string{kindMark + string(position.Volunteer)}, weight: asRelated})
		}
		if runes := []rune(part.text); !part.known && len(runes) > 3 { // a place before a name, or a name and what it is
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

// lettersGroup is a word in letters: as it stands; or by ear, as pinyin or its first letters; or with a slip.
func lettersGroup(word string) Group {
	l := words()
	g := Group{typed(word)}
	for n, other := range l.same[word] {
		g = g.add(other, weightAt(n))
	}
	if l.latin[word] || strings.ContainsFunc(word, func(r rune) bool { return r < 'a' || r > 'z' }) {
		return g.inNames(1)
	}
	heard := map[string]bool{}
	hear := func(all []string, weight float64) {
		for _, other := range all {
			if !heard[other] {
				heard[other] = true
				g = g.add(other, weight)
				for _, same := range l.same[other] {
					if !heard[same] {
						heard[same] = true
						g = g.add(same, weight*asRelated)
					}
				}
			}
		}
	}
	hear(l.sounds[word], asSound)
	ways := script.Syllables(word)
	for _, syllables := range ways {
		if terms := soundTerms(syllables); len(terms) > 0 {
			g = append(g, Alternative{Terms: terms, weight: asSound})
		}
	}
	if len(word) > 4*vowels(word) { // first letters are hardly ever vowels
		more := initialGroup(word, hear)
		g = append(g, more...)
	}
	if len(heard) == 0 && len(word) >= 4 {
		hear(near(word, maps.Keys(l.latin)), asSlip)
		if len(word) >= minSlip {
			for _, sound := range near(word, maps.Keys(l.sounds)) {
				hear(l.sounds[sound], asSlip)
			}
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

// initialGroup reads letters as the first ones of syllables: of words of the lexicon, and of what stands side by side in
// titles and names. sh, zh and ch are one letter or two.
func initialGroup(word string, hear func(all []string, weight float64)) Group {
	const longest, minSounded = 8, 3 // shorter ones stand for too much, where the lexicon knows a word for them
	if len(word) < 2 || len(word) > longest {
		return nil
	}
	spellings := []string{word}
	if short := strings.NewReplacer("zh", "z", "ch", "c", "sh", "s").Replace(word); short != word && len(short) > 1 {
		spellings = append(spellings, short)
	}
	var g Group
	l := words()
	known := false
	for _, letters := range spellings {
		known = known || len(l.initials[letters]) > 0
		hear(l.initials[letters], asInitials)
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
