package match

import (
	"slices"
	"strings"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"

	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/position"
	"zhigang/internal/search"
)

// Index holds saved searches the other way round: a position asks it who looks for such a one.
//
// Each saved search has a slot. For every value of a filter there is a bitmap of the slots that ask for it, and for every
// filter one of those that ask for nothing; a position unites the bitmaps of its values, filter by filter, and what is in
// all of these unions finds it. Words are kept apart: searches with the same words share them, and a position looks at
// those of which it has a term that they cannot do without. The rule is search.Query.Matches, to the letter; a test holds
// the two against each other.
//
// It may be used by several goroutines. It knows nothing of accounts, ends and days: whoever asks looks that up in SQL.
type Index struct {
	mu sync.RWMutex

	// By slot. What a search for a position reads stands close together.
	ids     []id.ID
	asks    []Asks
	pay     []int32
	text    []uint32 // its number and 1; 0 for none
	free    []uint32
	numbers map[id.ID]uint32

	filters [filterCount]filter
	without map[string]*roaring.Bitmap // by region that is not wanted
	paid    []*roaring.Bitmap          // who wants at least n steps of payStep
	most    []int32                    // the most that any of a step wants
	terms   map[string]uint32
	texts   []*text
	byWords map[string]uint32
	byTerm  map[uint32][]uint32 // a term that the texts cannot do without → their numbers
	bare    []uint32            // texts that only say what is not wanted
	noText  *roaring.Bitmap

	scratch sync.Pool
}

// payStep is how much pay, in yuan a month, one bitmap stands for; maxPaid bounds how many there are.
const (
	payStep = 500
	maxPaid = 200
)

func payPlace(yuan int) int { return min(yuan/payStep, maxPaid-1) }

// Asks says which criteria a saved search has. A position that it finds meets them all.
type Asks uint8

// The criteria, as bits of Asks.
const (
	AsksKind Asks = 1 << iota
	AsksRegion
	AsksDegree
	AsksOrgKind
	AsksOrg
	AsksPay
	AsksWords
)

const (
	byKind = iota
	byRegion
	byDegree
	byOrgKind
	byOrg
	filterCount
)

// filter is one filter: who asks for which value, and who does not mind. Where there are few values, who does not mind
// stands with each of them, so that nothing need be united.
type filter struct {
	open   *roaring.Bitmap
	values map[string]*roaring.Bitmap
	few    []string // all values there are
}

// text is what some saved searches say in words.
type text struct {
	words   string
	program []uint32 // see compile
	slots   *roaring.Bitmap
}

// Hit is a saved search that finds a position.
type Hit struct {
	ID   id.ID
	Asks Asks
}

// NewIndex returns an empty index.
func NewIndex() *Index {
	x := &Index{
		numbers: map[id.ID]uint32{}, terms: map[string]uint32{}, byWords: map[string]uint32{}, byTerm: map[uint32][]uint32{},
		noText: roaring.New(), without: map[string]*roaring.Bitmap{}, paid: make([]*roaring.Bitmap, maxPaid), most: make([]int32, maxPaid),
	}
	for n := range x.filters {
		x.filters[n] = filter{open: roaring.New(), values: map[string]*roaring.Bitmap{}}
	}
	x.filters[byKind].few, x.filters[byDegree].few, x.filters[byOrgKind].few = texts(position.Kinds()), texts(position.Degrees()), texts(org.Kinds())
	for n := range x.paid {
		x.paid[n] = roaring.New()
	}
	x.scratch.New = func() any { return &scratch{} }
	return x
}

// Len returns how many saved searches there are.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.numbers)
}

// Has reports whether a saved search is in the index.
func (x *Index) Has(saved id.ID) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	_, ok := x.numbers[saved]
	return ok
}

// Add puts a saved search in. What it asks for never changes: an id that is there already does no harm.
func (x *Index) Add(saved id.ID, q search.Query) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if _, ok := x.numbers[saved]; ok {
		return
	}
	wanted := q.Wanted()
	if wanted.Nothing(q) {
		return // it finds nothing, ever
	}
	n := uint32(len(x.ids))
	if last := len(x.free) - 1; last >= 0 {
		n, x.free = x.free[last], x.free[:last]
	} else {
		x.ids, x.asks, x.pay, x.text = append(x.ids, 0), append(x.asks, 0), append(x.pay, 0), append(x.text, 0)
	}
	x.numbers[saved] = n
	x.ids[n], x.asks[n], x.pay[n], x.text[n] = saved, asksOf(q), int32(q.PayMin), 0
	if q.PayMin > 0 {
		place := payPlace(q.PayMin)
		for _, b := range x.paid[:place+1] {
			b.Add(n)
		}
		x.most[place] = max(x.most[place], int32(q.PayMin))
	}
	for at, values := range valuesOf(q) {
		x.filters[at].add(values, n)
	}
	for _, code := range q.NotRegions {
		bitmapOf(x.without, code).Add(n)
	}
	if len(wanted.Groups) == 0 && len(wanted.Not) == 0 {
		x.noText.Add(n)
		return
	}
	text := x.textOf(q, wanted)
	x.text[n] = text + 1
	x.texts[text].slots.Add(n)
}

func texts[T ~string](values []T) []string {
	out := make([]string, len(values))
	for n, v := range values {
		out[n] = string(v)
	}
	return out
}

func asksOf(q search.Query) Asks {
	var all Asks
	for bit, asked := range map[Asks]bool{
		AsksKind: len(q.Kinds) > 0, AsksRegion: len(q.Regions) > 0, AsksDegree: len(q.Degrees) > 0 || q.DegreeMost != "", AsksOrgKind: len(q.OrgKinds) > 0,
		AsksOrg: q.Org != 0, AsksPay: q.PayMin > 0, AsksWords: q.Text != "",
	} {
		if asked {
			all |= bit
		}
	}
	return all
}

// valuesOf lists what a query asks for, by filter; none where it asks for nothing.
func valuesOf(q search.Query) [filterCount][]string {
	out := [filterCount][]string{
		byRegion: q.Regions, byKind: texts(q.KindChoices()), byDegree: texts(q.DegreeChoices()), byOrgKind: texts(q.OrgKinds),
	}
	if q.Org != 0 {
		out[byOrg] = []string{q.Org.String()}
	}
	return out
}

func (f *filter) add(values []string, n uint32) {
	if len(values) == 0 {
		f.open.Add(n)
		values = f.few
	}
	for _, v := range values {
		bitmapOf(f.values, v).Add(n)
	}
}

func bitmapOf(all map[string]*roaring.Bitmap, key string) *roaring.Bitmap {
	b := all[key]
	if b == nil {
		b = roaring.New()
		all[strings.Clone(key)] = b
	}
	return b
}

// Remove takes a saved search out. It costs a walk over all bitmaps, and is for what has ended: see Index.Find.
func (x *Index) Remove(ids ...id.ID) {
	x.mu.Lock()
	defer x.mu.Unlock()
	gone := roaring.New()
	for _, saved := range ids {
		if n, ok := x.numbers[saved]; ok {
			delete(x.numbers, saved)
			gone.Add(n)
			x.free = append(x.free, n)
			if t := x.text[n]; t > 0 {
				x.texts[t-1].slots.Remove(n)
			}
		}
	}
	if gone.IsEmpty() {
		return
	}
	x.noText.AndNot(gone)
	for _, b := range x.paid {
		b.AndNot(gone)
	}
	all := []map[string]*roaring.Bitmap{x.without}
	for _, f := range x.filters {
		f.open.AndNot(gone)
		all = append(all, f.values)
	}
	for _, values := range all {
		for _, b := range values {
			b.AndNot(gone)
		}
	}
}

// Compact packs the bitmaps after many have been added.
func (x *Index) Compact() {
	x.mu.Lock()
	defer x.mu.Unlock()
	pack := func(b *roaring.Bitmap) { b.RunOptimize() }
	pack(x.noText)
	for _, f := range x.filters {
		pack(f.open)
		for _, b := range f.values {
			pack(b)
		}
	}
	for _, t := range x.texts {
		pack(t.slots)
	}
	for _, b := range x.paid {
		pack(b)
	}
	x.ids, x.asks, x.pay, x.text = slices.Clip(x.ids), slices.Clip(x.asks), slices.Clip(x.pay), slices.Clip(x.text)
}

// scratch is what a search for a position needs, to be used again.
type scratch struct {
	stamps []uint32 // by term: the round in which a document had it
	round  uint32
	seen   []uint32 // by text: the round in which it was looked at
}

// Find returns the saved searches that find a document, in no order.
func (x *Index) Find(d search.Document) []Hit {
	x.mu.RLock()
	defer x.mu.RUnlock()
	found := x.byText(d)
	for at, values := range [filterCount][]string{
		byKind: {string(d.Kind)}, byRegion: d.Regions, byDegree: {string(d.Degree)}, byOrgKind: {string(d.OrgKind)}, byOrg: {d.OrgID.String()},
	} {
		if found.IsEmpty() {
			return nil
		}
		f := &x.filters[at]
		if f.few != nil {
			if b := f.values[values[0]]; b != nil {
				found.And(b)
				continue
			}
		}
		union := []*roaring.Bitmap{f.open}
		for _, v := range values {
			if b := f.values[v]; b != nil {
				union = append(union, b)
			}
		}
		if len(union) == 1 {
			found.And(f.open)
		} else {
			found.And(roaring.FastOr(union...))
		}
	}
	for _, code := range d.Regions {
		if b := x.without[code]; b != nil {
			found.AndNot(b)
		}
	}
	x.dropPaid(found, d.PayMin)
	hits := make([]Hit, 0, found.GetCardinality())
	var buf [512]uint32
	for it := found.ManyIterator(); ; {
		n := it.NextMany(buf[:])
		if n == 0 {
			return hits
		}
		for _, at := range buf[:n] {
			hits = append(hits, Hit{x.ids[at], x.asks[at]})
		}
	}
}

// dropPaid takes out what wants more pay than there is.
func (x *Index) dropPaid(found *roaring.Bitmap, yuan int) {
	place := payPlace(yuan)
	if place+1 < maxPaid {
		found.AndNot(x.paid[place+1])
	}
	if int(x.most[place]) <= yuan {
		return
	}
	more := roaring.New()
	for it := roaring.And(found, x.paid[place]).Iterator(); it.HasNext(); {
		if n := it.Next(); int(x.pay[n]) > yuan {
			more.Add(n)
		}
	}
	found.AndNot(more)
}

// byText returns the slots whose words a document holds, and of those without words.
func (x *Index) byText(d search.Document) *roaring.Bitmap {
	s, _ := x.scratch.Get().(*scratch)
	defer x.scratch.Put(s)
	s.begin(len(x.terms), len(x.texts))
	terms := d.Terms().All
	known := make([]uint32, 0, len(terms))
	for _, term := range terms {
		if n, ok := x.terms[term]; ok {
			s.stamps[n] = s.round
			known = append(known, n)
		}
	}
	found := []*roaring.Bitmap{x.noText}
	look := func(numbers []uint32) {
		for _, n := range numbers {
			if s.seen[n] != s.round {
				s.seen[n] = s.round
				if t := x.texts[n]; !t.slots.IsEmpty() && s.holds(t.program) {
					found = append(found, t.slots)
				}
			}
		}
	}
	look(x.bare)
	for _, n := range known {
		look(x.byTerm[n])
	}
	if len(found) == 1 {
		return x.noText.Clone()
	}
	return roaring.FastOr(found...)
}

func (s *scratch) begin(terms, texts int) {
	if len(s.stamps) < terms {
		s.stamps = make([]uint32, terms+terms/4)
		s.round = 0
	}
	if len(s.seen) < texts {
		s.seen = make([]uint32, texts+texts/4)
	}
	if s.round++; s.round == 0 {
		clear(s.stamps)
		clear(s.seen)
		s.round = 1
	}
}
