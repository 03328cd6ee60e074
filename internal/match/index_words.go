package match

import (
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"zhigang/internal/search"
)

// textOf returns the number of the text of a query, which is compiled when it is new.
func (x *Index) textOf(q search.Query, wanted search.Wanted) uint32 {
	words := strings.Join(append([]string{q.Text}, q.Not...), "\x00")
	if q.Plain {
		words = "\x01" + words
	}
	if n, ok := x.byWords[words]; ok {
		return n
	}
	n := uint32(len(x.texts))
	t := &text{words: strings.Clone(words), slots: roaring.New()}
	t.program = x.compile(nil, wanted.Groups)
	t.program = x.compile(t.program, wanted.Not)
	x.texts = append(x.texts, t)
	x.byWords[t.words] = n
	if len(wanted.Groups) == 0 {
		x.bare = append(x.bare, n)
		return n
	}
	// Every document that holds the text holds one alternative of this group: it is found by a term of each. The group is
	// the one whose terms bring the fewest other texts.
	keys := func(g search.Group) (terms []uint32, others int) {
		for _, a := range g {
			key := x.term(a.Terms[len(a.Terms)-1])
			terms = append(terms, key)
			others += 1 + len(x.byTerm[key])
		}
		return terms, others
	}
	least, fewest := keys(wanted.Groups[0])
	for _, g := range wanted.Groups[1:] {
		if terms, others := keys(g); others < fewest {
			least, fewest = terms, others
		}
	}
	for _, key := range least {
		if list := x.byTerm[key]; len(list) == 0 || list[len(list)-1] != n {
			x.byTerm[key] = append(list, n)
		}
	}
	return n
}

func (x *Index) term(term string) uint32 {
	n, ok := x.terms[term]
	if !ok {
		n = uint32(len(x.terms))
		x.terms[strings.Clone(term)] = n
	}
	return n
}

// compile appends groups to a program: how many there are; for each how many alternatives; for each of these how many
// terms, and the terms.
func (x *Index) compile(program []uint32, groups []search.Group) []uint32 {
	program = append(program, uint32(len(groups)))
	for _, g := range groups {
		program = append(program, uint32(len(g)))
		for _, a := range g {
			program = append(program, uint32(len(a.Terms)))
			for _, term := range a.Terms {
				program = append(program, x.term(term))
			}
		}
	}
	return program
}

// holds reports whether the document of this round holds all groups of a program, and none of those that are not wanted.
func (s *scratch) holds(program []uint32) bool {
	at := 1
	for range program[0] {
		var ok bool
		if ok, at = s.group(program, at); !ok {
			return false
		}
	}
	unwanted := program[at]
	at++
	for range unwanted {
		var ok bool
		if ok, at = s.group(program, at); ok {
			return false
		}
	}
	return true
}

// group reports whether the group that begins at a place holds, and where the next one begins.
func (s *scratch) group(program []uint32, at int) (ok bool, next int) {
	alternatives := program[at]
	at++
	for range alternatives {
		count := int(program[at])
		at++
		if !ok {
			ok = true
			for _, term := range program[at : at+count] {
				if s.stamps[term] != s.round {
					ok = false
					break
				}
			}
		}
		at += count
	}
	return ok, at
}
