package fit

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"zhigang/internal/person"
	"zhigang/internal/position"
)

//go:embed groups.txt
var groupsText string

// groups are what is known of majors and skills beside their words.
type groups struct {
	classes map[string][]string // a class of majors, as the catalogs of the Ministry of Education name it → its majors
	skills  [][]string          // names of one and the same, in lower case
}

// known reads the groups, once.
var known = sync.OnceValue(func() groups {
	g := groups{classes: map[string][]string{}}
	for line := range strings.Lines(groupsText) {
		name, list, ok := strings.Cut(strings.TrimSpace(line), "：")
		switch {
		case !ok || strings.HasPrefix(name, "#"):
		case name == "技能":
			g.skills = append(g.skills, strings.Fields(strings.ToLower(list)))
		default:
			g.classes[name] = strings.Fields(list)
		}
	}
	return g
})

func (g groups) sameSkill(a, b string) bool {
	return slices.ContainsFunc(g.skills, func(names []string) bool { return slices.Contains(names, a) && slices.Contains(names, b) })
}

// classesOf lists the classes in which a major stands: by its own name, by a longer one that holds it, or as the class
// itself.
func (g groups) classesOf(major string) []string {
	var all []string
	for class, majors := range g.classes {
		if alike(class, major) || slices.ContainsFunc(majors, func(m string) bool { return alike(m, major) }) {
			all = append(all, class)
		}
	}
	return all
}

// alike reports whether two names of majors mean the same: one holds the other, as 社会工作 and 社会工作（老年方向）.
func alike(a, b string) bool {
	a, b = strings.TrimSuffix(a, "专业"), strings.TrimSuffix(b, "专业")
	return a != "" && b != "" && (strings.Contains(a, b) || strings.Contains(b, a))
}

// majorsOf lists the majors that a post asks for: 不限 asks for none.
func majorsOf(post position.Position) []string {
	return slices.DeleteFunc(slices.Clone(post.Majors.V), func(m string) bool { return strings.Contains(m, "不限") })
}

// related is what a major earns that is not among those that are asked for, but stands in a class with one.
const related = 0.6

// majorOf is met by a major that is asked for by name or by its class, and partly by another of the same class.
func majorOf(who person.Profile, asked []string) Criterion {
	if who.Major == "" {
		return Criterion{Mark: Unknown}
	}
	if slices.ContainsFunc(asked, func(m string) bool { return alike(m, who.Major) }) {
		return marked(1)
	}
	own := known().classesOf(who.Major)
	for _, m := range asked {
		if slices.Contains(own, strings.TrimSuffix(m, "专业")) {
			return marked(1)
		}
	}
	for _, m := range asked {
		if slices.ContainsFunc(known().classesOf(m), func(class string) bool { return slices.Contains(own, class) }) {
			return marked(related)
		}
	}
	return marked(0)
}
