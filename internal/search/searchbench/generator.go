package searchbench

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"

	"zhigang/internal/calendar"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/position"
	"zhigang/internal/region"
	"zhigang/internal/search"
)

// Today is the day on which generated documents are looked for.
const Today calendar.Day = "2026-11-22"

// noon is 2026-11-22 12:00 in China, in Unix milliseconds.
const noon = 1795320000000

// Generator makes positions that read like real ones, of invented organizations: the same number gives the same
// document.
type Generator struct {
	tree      *region.Tree
	districts []string
	guangdong []string
}

// NewGenerator returns a Generator of posts all over the country, most of them in Guangdong.
func NewGenerator(tree *region.Tree) *Generator {
	g := &Generator{tree: tree}
	for _, province := range tree.Children("") {
		for _, city := range tree.Children(province.Code) {
			places := []region.Region{city}
			if city.Level() == region.City {
				places = append(places, tree.Children(city.Code)...)
			}
			for _, place := range places {
				g.districts = append(g.districts, place.Code)
				if province.Code == "440000" {
					g.guangdong = append(g.guangdong, place.Code)
				}
			}
		}
	}
	return g
}

// All yields the documents 0 to n-1.
func (g *Generator) All(n int) iter.Seq[search.Document] {
	return func(yield func(search.Document) bool) {
		for i := range n {
			if !yield(g.Document(i)) {
				return
			}
		}
	}
}

// Document returns document n. Of a hundred, about two have run out on Today.
func (g *Generator) Document(n int) search.Document {
	r := rand.New(rand.NewPCG(20261122, uint64(n)))
	owner := g.owner(zipf(r, 6000))
	kind := pick(r, kinds...)
	if owner.kind == org.Filed {
		kind = position.Volunteer
	}
	trade := &trades[zipf(r, len(trades))]
	d := search.Document{
		ID: id.ID(n+1) << 22, Version: 1 + r.IntN(4), Kind: kind, Title: title(r, trade, kind), Org: owner.name,
		OrgID: owner.id, OrgKind: owner.kind, Description: description(r, trade, owner.place),
		Majors: some(r, trade.majors), Skills: some(r, trade.skills),
		Regions: g.tree.Path(owner.region), Degree: pick(r, degrees...), Headcount: 1 + zipf(r, 30),
		PublishedAt: noon - int64(r.IntN(60*24*3600))*1000, ValidUntil: Today.Add(r.IntN(60) - 1),
	}
	if r.IntN(10) < 3 { // an association posts for a member
		d.Employer = owner.place + pick(r, brands...) + pick(r, brands...) + pick(r, companies...)
	}
	if r.IntN(4) == 0 {
		d.Regions = g.tree.Path(pick(r, g.districts...))
	}
	if kind != position.Volunteer {
		d.PayMin = (20 + zipf(r, 160)) * 100
		d.PayMax = d.PayMin + 500*r.IntN(12)
	}
	return d
}

type owner struct {
	id     id.ID
	name   string
	place  string
	region string
	kind   org.Kind
}

func (g *Generator) owner(n int) owner {
	r := rand.New(rand.NewPCG(7, uint64(n)))
	places := g.guangdong
	if r.IntN(10) < 3 {
		places = g.districts
	}
	o := owner{id: id.ID(n+1)<<22 | 1<<12, kind: pick(r, orgKinds...), region: pick(r, places...)}
	o.place = region.Short(g.tree.Name(o.region))
	o.name = g.tree.LocalName(o.region) + pick(r, brands...) + pick(r, brands...) + pick(r, tails(o.kind)...)
	return o
}

func title(r *rand.Rand, t *trade, kind position.Kind) string {
	name := pick(r, t.titles...)
	if kind == position.Volunteer {
		name = pick(r, t.service...)
	}
	switch r.IntN(6) {
	case 0:
		name = pick(r, "高级", "初级", "助理", "资深", "储备") + name
	case 1:
		name += "（" + pick(r, "双休", "包食宿", "应届生", "可兼职", "周末班", "急聘", "提供五险一金") + "）"
	}
	return name
}

func description(r *rand.Rand, t *trade, place string) string {
	var b strings.Builder
	n := 1
	for _, line := range shuffled(r, slices.Concat(t.duties, commonDuties))[:3+r.IntN(3)] {
		fmt.Fprintf(&b, "%d. %s；", n, fill(r, line, place))
		n++
	}
	b.WriteString("\n")
	for _, line := range shuffled(r, commonWants)[:3+r.IntN(3)] {
		fmt.Fprintf(&b, "%d. %s；", n, fill(r, line, place))
		n++
	}
	return b.String()
}

// fill puts places, names and numbers into a sentence, so that texts differ as real ones do.
func fill(r *rand.Rand, line, place string) string {
	for strings.Contains(line, "@") {
		line = strings.Replace(line, "@", pick(r, brands...)+pick(r, brands...), 1)
	}
	for strings.Contains(line, "%") {
		line = strings.Replace(line, "%", fmt.Sprint(1+r.IntN(60)), 1)
	}
	return strings.ReplaceAll(line, "#", place)
}

func pick[T any](r *rand.Rand, among ...T) T { return among[r.IntN(len(among))] }

func some(r *rand.Rand, among []string) []string {
	return shuffled(r, among)[:1+r.IntN(len(among)-1)]
}

func shuffled(r *rand.Rand, in []string) []string {
	out := slices.Clone(in)
	r.Shuffle(len(out), func(a, b int) { out[a], out[b] = out[b], out[a] })
	return out
}

// zipf returns a number below n, small ones more often: a few are common, most are rare.
func zipf(r *rand.Rand, n int) int {
	x := r.Float64()
	return int(x * x * x * float64(n))
}
