package bleve

import (
	"zhigang/internal/id"
	"zhigang/internal/search"
)

// record is what is kept of a document beside its terms: all that filters, facets and orders look at.
type record struct {
	Version   int         `json:"v"`
	Kind      string      `json:"k"`
	OrgID     id.ID       `json:"o"`
	OrgKind   string      `json:"ok"`
	Regions   []string    `json:"r"`
	Degree    string      `json:"d"`
	PayMin    int         `json:"p"`
	Headcount int         `json:"h"`
	Published int64       `json:"t"`
	Valid     int         `json:"u"`
	Head      search.Head `json:"x"`
}

func recordOf(d search.Document) record {
	return record{
		Version: d.Version, Kind: string(d.Kind), OrgID: d.OrgID, OrgKind: string(d.OrgKind), Regions: d.Regions,
		Degree: string(d.Degree), PayMin: d.PayMin, Headcount: d.Headcount, Published: d.PublishedAt,
		Valid: search.DayNumber(d.ValidUntil), Head: d.Head(),
	}
}

// row is a record in memory, about 60 bytes and the head: its texts are numbers into the tables of rows.
type row struct {
	id        id.ID
	org       id.ID
	published int64
	version   int32
	payMin    int32
	headcount int32
	valid     int32
	place     uint16
	kind      uint8
	degree    uint8
	orgKind   uint8
	live      bool
	head      *search.Head
}

// rows are the documents of an index in memory, each under a number that stays until rows are renewed. With them a
// query filters, counts all facets and finds the order of its hits in one walk.
type rows struct {
	all     []row
	numbers map[id.ID]uint32
	dead    int
	kinds   names
	degrees names
	orgs    names
	places  places
}

func newRows() *rows {
	return &rows{numbers: map[id.ID]uint32{}, places: places{numbers: map[string]uint16{}}}
}

// number returns the number of a document; one that is new gets a number and a row that is not live yet.
func (r *rows) number(doc id.ID) uint32 {
	n, ok := r.numbers[doc]
	if !ok {
		n = uint32(len(r.all))
		r.numbers[doc] = n
		r.all = append(r.all, row{id: doc})
		r.dead++
	}
	return n
}

// numbersOf returns the numbers of documents; those without an id get 0, which is never looked up.
func (r *rows) numbersOf(docs []id.ID) []uint32 {
	numbers := make([]uint32, len(docs))
	for n, doc := range docs {
		if doc != 0 {
			numbers[n] = r.number(doc)
		}
	}
	return numbers
}

// set fills the row of a document.
func (r *rows) set(doc id.ID, rec record) {
	n := r.number(doc)
	if !r.all[n].live {
		r.dead--
	}
	rec.Head.ID = doc
	r.all[n] = row{
		id: doc, org: rec.OrgID, published: rec.Published, version: int32(rec.Version), payMin: int32(rec.PayMin),
		headcount: int32(rec.Headcount), valid: int32(rec.Valid), place: r.places.number(rec.Regions),
		kind: r.kinds.number(rec.Kind), degree: r.degrees.number(rec.Degree), orgKind: r.orgs.number(rec.OrgKind),
		live: true, head: &rec.Head,
	}
}

// remove takes a document out; its number stays taken.
func (r *rows) remove(doc id.ID) {
	if n, ok := r.numbers[doc]; ok && r.all[n].live {
		r.all[n].live = false
		r.dead++
	}
}

// wasteful reports whether most rows are of documents that are gone.
func (r *rows) wasteful() bool { return r.dead > 1000 && r.dead > len(r.all)/2 }

// renewed returns the live rows under new numbers.
func (r *rows) renewed() *rows {
	out := newRows()
	out.kinds, out.degrees, out.orgs, out.places = r.kinds, r.degrees, r.orgs, r.places
	for _, one := range r.all {
		if one.live {
			out.numbers[one.id] = uint32(len(out.all))
			out.all = append(out.all, one)
		}
	}
	return out
}

// names numbers the few values of a column.
type names struct {
	list []string
}

func (n *names) number(name string) uint8 {
	for i, known := range n.list {
		if known == name {
			return uint8(i)
		}
	}
	n.list = append(n.list, name)
	return uint8(len(n.list) - 1)
}

// places numbers the paths of regions.
type places struct {
	paths   [][]string
	numbers map[string]uint16
}

func (p *places) number(path []string) uint16 {
	last := ""
	if len(path) > 0 {
		last = path[len(path)-1]
	}
	n, ok := p.numbers[last]
	if !ok {
		n = uint16(len(p.paths))
		p.numbers[last] = n
		p.paths = append(p.paths, path)
	}
	return n
}
