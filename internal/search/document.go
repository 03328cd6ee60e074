package search

import (
	"slices"

	"zhigang/internal/calendar"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/position"
	"zhigang/internal/region"
)

// Document is what an index holds of a position that is on show. No person is in it: engines keep Terms of its texts,
// which hold no numbers of telephones or documents, and never the texts.
type Document struct {
	ID          id.ID
	Version     int
	Kind        position.Kind
	Title       string
	Org         string
	OrgID       id.ID
	OrgKind     org.Kind
	Employer    string // the member unit, "" when the organization itself hires
	Description string
	Majors      []string
	Skills      []string
	Regions     []string // the codes from the province down, see region.Tree.Path
	Place       string   // their names
	Degree      position.Degree
	PayMin      int // yuan a month, 0 when there is no pay by time
	PayMax      int
	Headcount   int
	PublishedAt int64 // Unix milliseconds
	ValidUntil  calendar.Day
}

// NewDocument returns the document of a position.
func NewDocument(l position.Listed, tree *region.Tree) Document {
	return Document{
		ID: l.ID, Version: l.Version, Kind: l.Kind, Title: l.Title, Org: l.OrgName, OrgID: l.OrgID, OrgKind: l.OrgKind,
		Employer: l.Employer, Description: l.Duties + "\n" + l.Requirements, Majors: l.Majors.V, Skills: l.Skills.V,
		Regions: tree.Path(l.Region), Place: tree.FullName(l.Region), Degree: l.Degree,
		PayMin: int(l.PayMonthMin / 100), PayMax: int(l.PayMonthMax / 100), Headcount: l.Headcount,
		PublishedAt: l.PublishedAt.UnixMilli(), ValidUntil: l.ValidUntil,
	}
}

// PayBands are the lower bounds, in yuan a month, of the pay facet: a band holds what promises at least its bound.
func PayBands() []int { return []int{3000, 5000, 8000, 12000} }

// Criterion is one part of a query that a position meets; it is shown as the reason for a match.
type Criterion struct {
	Name  string `json:"name"`  // the URL parameter: kind, region, degree, degree_most, pay_min, org_kind, org, q
	Value string `json:"value"` // as in the URL
}

// Matches reports whether the query finds the document, and which criteria it met, one for each filter that asks for
// something. It is the same rule as the index's filters and its text; it does not look at the day.
func (q Query) Matches(d Document) (met []Criterion, ok bool) {
	met, ok = q.Filters(d)
	if !ok || q.Text == "" && len(q.Not) == 0 {
		return met, ok
	}
	wanted := q.Wanted()
	if wanted.Nothing(q) || !wanted.Has(d.Terms().Set()) {
		return nil, false
	}
	if q.Text != "" {
		met = append(met, Criterion{"q", q.Text})
	}
	return met, true
}

// Filters is Matches without the words.
func (q Query) Filters(d Document) (met []Criterion, ok bool) {
	in := func(r string) bool { return slices.Contains(d.Regions, r) }
	if slices.ContainsFunc(q.NotRegions, in) || slices.Contains(q.NotKinds, d.Kind) {
		return nil, false
	}
	if len(q.Regions) > 0 {
		n := slices.IndexFunc(q.Regions, in)
		if n < 0 {
			return nil, false
		}
		met = append(met, Criterion{"region", q.Regions[n]})
	}
	for _, one := range []struct {
		name, value string
		wanted      bool
		holds       bool
	}{
		{"kind", string(d.Kind), len(q.Kinds) > 0, slices.Contains(q.Kinds, d.Kind)},
		{"degree", string(d.Degree), len(q.Degrees) > 0, slices.Contains(q.Degrees, d.Degree)},
		{"degree_most", string(q.DegreeMost), q.DegreeMost != "", d.Degree.Rank() <= q.DegreeMost.Rank()},
		{"org_kind", string(d.OrgKind), len(q.OrgKinds) > 0, slices.Contains(q.OrgKinds, d.OrgKind)},
		{"pay_min", q.Criteria().Get("pay_min"), q.PayMin > 0, d.PayMin >= q.PayMin},
		{"org", d.OrgID.String(), q.Org != 0, d.OrgID == q.Org},
	} {
		if one.wanted && !one.holds {
			return nil, false
		}
		if one.wanted {
			met = append(met, Criterion{one.name, one.value})
		}
	}
	return met, true
}

// KindChoices are the kinds that the query lets through; nil means all.
func (q Query) KindChoices() []position.Kind {
	return without(q.Kinds, position.Kinds(), q.NotKinds)
}

// DegreeChoices are the degrees that the query lets through; nil means all.
func (q Query) DegreeChoices() []position.Degree {
	if q.DegreeMost == position.DegreeUnset {
		return without(q.Degrees, position.Degrees(), nil)
	}
	return without(q.Degrees, position.Degrees(), position.Degrees()[q.DegreeMost.Rank()+1:])
}

// without returns what is chosen, or all when nothing is, without what is not wanted; nil means all. Nothing at all is a
// choice that nothing meets.
func without[T ~string](chosen, all, unwanted []T) []T {
	if len(unwanted) == 0 {
		return chosen
	}
	if len(chosen) == 0 {
		chosen = all
	}
	left := slices.DeleteFunc(slices.Clone(chosen), func(one T) bool { return slices.Contains(unwanted, one) })
	if len(left) == 0 {
		return []T{"-"}
	}
	return left
}
