// Package fit says how well a person and a position suit each other. One pure function serves both sides: the order of
// what is recommended to a person, and of whom an organization may ask. It knows nothing but what the two have written;
// whoever calls it decides who may see what.
package fit

import (
	"cmp"
	"slices"
	"strings"

	"zhigang/internal/person"
	"zhigang/internal/position"
	"zhigang/internal/region"
)

// Mark says how one criterion turned out.
type Mark string

// The marks. Unknown is what the person has not said, or the post leaves open: it counts neither for nor against.
const (
	Met     Mark = "met"
	Partly  Mark = "partly"
	Missing Mark = "missing"
	Unknown Mark = "unknown"
)

// Name names a criterion.
type Name string

// The criteria.
const (
	Kind   Name = "kind"
	Degree Name = "degree"
	Major  Name = "major"
	Region Name = "region"
	Pay    Name = "pay"
	Skills Name = "skills"
)

// Criterion is one thing that is compared.
type Criterion struct {
	Name Name `json:"name"`
	Mark Mark `json:"mark"`
	// Place is, for Region, the wanted region that comes nearest, and Near the level of the smallest region that holds both.
	Place string       `json:"place,omitempty"`
	Near  region.Level `json:"-"`
	// Has and Lacks are, for Skills, those of the post that the person has written down, and those that not.
	Has   []string `json:"has,omitempty"`
	Lacks []string `json:"lacks,omitempty"`
	share float64  // of the weight that it earns, 0 to 1
}

// Fit is how a person and a position suit each other.
type Fit struct {
	// Criteria are those that apply, in a fixed order: what a post does not ask for is not among them.
	Criteria []Criterion `json:"criteria"`
	// Points go from 0 to 100; 0 also when nothing is known.
	Points int `json:"points"`
	// Known is the share of the weights that could be compared, in percent.
	Known int `json:"known"`
	// Behind is the weight that speaks for the two, of 100: it tells a post that asks for much and finds it from one that
	// asks for nothing, where the points are the same.
	Behind int `json:"-"`
}

// Enough is how many points are worth telling somebody of: less is what lacks something that must be met.
const Enough = 50

// weights say how much each criterion counts; their sum is 100. What must be met halves the points when it is missing,
// once for each: a degree too low or another trade is not outweighed by the right pay. A person can learn a skill and can
// agree on pay, but not on these.
var weights = []struct {
	name   Name
	weight int
	must   bool
}{
	{Kind, 15, true},
	{Degree, 20, true},
	{Major, 20, true},
	{Region, 20, true},
	{Pay, 10, false},
	{Skills, 15, false},
}

// Score compares what a person said of themselves with a position. For volunteers neither degree nor major nor pay counts.
// The same input always gives the same result.
func Score(who person.Profile, post position.Position) Fit {
	found := map[Name]Criterion{Kind: kindOf(who, post), Region: regionOf(who, post)}
	if post.Kind != position.Volunteer {
		if post.Degree.Rank() > position.NoDegree.Rank() {
			found[Degree] = degreeOf(who, post)
		}
		if asked := majorsOf(post); len(asked) > 0 {
			found[Major] = majorOf(who, asked)
		}
		found[Pay] = payOf(who, post)
	}
	if len(post.Skills.V) > 0 {
		found[Skills] = skillsOf(who, post)
	}
	var f Fit
	var all, known int
	var earned float64
	halved := 1.0
	for _, w := range weights {
		c, applies := found[w.name]
		if !applies {
			continue
		}
		c.Name = w.name
		f.Criteria = append(f.Criteria, c)
		all += w.weight
		if c.Mark == Unknown {
			continue
		}
		known += w.weight
		earned += float64(w.weight) * c.share
		if w.must && c.Mark == Missing {
			halved /= 2
		}
	}
	if known > 0 {
		f.Points = int(100*earned*halved/float64(known) + 0.5)
	}
	f.Known, f.Behind = 100*known/all, int(earned+0.5)
	return f
}

// Compare orders the better first: more points, then more that speaks for it.
func Compare(a, b Fit) int {
	return cmp.Or(cmp.Compare(b.Points, a.Points), cmp.Compare(b.Behind, a.Behind))
}

// marked is a criterion that earns a share of its weight: all, some or none.
func marked(share float64) Criterion {
	switch {
	case share >= 1:
		return Criterion{Mark: Met, share: 1}
	case share > 0:
		return Criterion{Mark: Partly, share: share}
	}
	return Criterion{Mark: Missing}
}

func kindOf(who person.Profile, post position.Position) Criterion {
	switch {
	case len(who.WantKinds.V) == 0:
		return Criterion{Mark: Unknown}
	case slices.Contains(who.WantKinds.V, string(post.Kind)):
		return marked(1)
	}
	return marked(0)
}

// degreeOf is met by any degree that is not lower.
func degreeOf(who person.Profile, post position.Position) Criterion {
	has := position.Degree(who.Degree)
	switch {
	case has == position.DegreeUnset:
		return Criterion{Mark: Unknown}
	case has.Rank() >= post.Degree.Rank():
		return marked(1)
	}
	return marked(0)
}

// nearby is what a region earns that is not the wanted one, by the smallest region that holds both.
var nearby = map[region.Level]float64{region.District: 0.9, region.City: 0.75, region.Province: 0.3}

func regionOf(who person.Profile, post position.Position) Criterion {
	best := Criterion{Mark: Unknown}
	for n, want := range who.WantRegions.V {
		near := common(want, post.Region)
		share := nearby[near]
		if region.Within(post.Region, want) {
			share = 1
		}
		if n == 0 || share > best.share {
			best = marked(share)
			best.Place, best.Near = want, near
		}
	}
	return best
}

// common is the level of the smallest region that holds both; 0 when they share not even a province. The four
// municipalities are cities; counties directly below a province share no city, though their codes look like it.
func common(a, b string) region.Level {
	switch {
	case a == "" || b == "" || a[:2] != b[:2]:
		return 0
	case slices.Contains([]string{"11", "12", "31", "50"}, a[:2]):
		if len(a) >= 6 && a[2:6] != "0000" && a[:6] == b[:min(6, len(b))] {
			return region.District
		}
		return region.City
	case a[:4] != b[:4], a[2:4] == "00", a[2:4] == "90":
		return region.Province
	case a[:6] != b[:6], a[4:6] == "00":
		return region.City
	}
	return region.District
}

// payOf compares by the month. Pay by the turn says nothing about a month.
func payOf(who person.Profile, post position.Position) Criterion {
	least, most := post.Monthly()
	switch {
	case who.WantPay == 0 || most == 0:
		return Criterion{Mark: Unknown}
	case least >= who.WantPay:
		return marked(1)
	case most >= who.WantPay:
		return marked(0.6)
	}
	return marked(0)
}

// skillsOf is met by share of what is asked. Who has written down no skill at all may have any.
func skillsOf(who person.Profile, post position.Position) Criterion {
	var has, lacks []string
	for _, want := range post.Skills.V {
		if slices.ContainsFunc(who.Skills.V, func(s string) bool { return sameSkill(s, want) }) {
			has = append(has, want)
		} else {
			lacks = append(lacks, want)
		}
	}
	c := Criterion{Mark: Unknown}
	if len(who.Skills.V) > 0 {
		c = marked(float64(len(has)) / float64(len(post.Skills.V)))
	}
	c.Has, c.Lacks = has, lacks
	return c
}

// sameSkill reports whether two words mean the same skill: one holds the other, as 养老护理员证 and 养老护理员, or they are
// listed as names of one thing.
func sameSkill(a, b string) bool {
	a, b = strings.ToLower(a), strings.ToLower(b)
	return strings.Contains(a, b) || strings.Contains(b, a) || known().sameSkill(a, b)
}
