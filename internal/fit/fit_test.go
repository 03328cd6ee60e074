package fit_test

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"zhigang/internal/db"
	"zhigang/internal/fit"
	"zhigang/internal/person"
	"zhigang/internal/position"
	"zhigang/internal/region"
)

// judged is what somebody thought of pairs of people and posts before any of them had a score: 3 suits, 2 suits but for
// one thing, 1 is worth a thought at best, 0 does not suit. All of them are made up.
//
//go:embed judged.json
var judged []byte

// baseline is the concordance that was measured; it must not fall by more than slack.
const (
	least    = 0.90
	baseline = 0.9307
	slack    = 0.01
)

type pair struct {
	Person, Post string
	Grade        int
	Marks        string
	points       int
}

type judgement struct {
	People map[string]struct {
		Degree, Major          string
		Skills, Kinds, Regions []string
		Pay                    int64 // yuan
	}
	Posts map[string]struct {
		Kind           position.Kind
		Region         string
		Degree         position.Degree
		Majors, Skills []string
		Min, Max       int64 // yuan
		Unit           position.Unit
	}
	Pairs []pair
}

func (j judgement) score(p pair) fit.Fit {
	who, post := j.People[p.Person], j.Posts[p.Post]
	return fit.Score(person.Profile{
		Degree: who.Degree, Major: who.Major, Skills: db.AsJSON(who.Skills), WantKinds: db.AsJSON(who.Kinds),
		WantRegions: db.AsJSON(who.Regions), WantPay: who.Pay * 100,
	}, position.Position{Content: position.Content{
		Kind: post.Kind, Region: post.Region, Degree: post.Degree, Majors: db.AsJSON(post.Majors), Skills: db.AsJSON(post.Skills),
		Pay: position.Pay{Min: post.Min * 100, Max: post.Max * 100, Unit: post.Unit},
	}})
}

func read(t *testing.T) judgement {
	t.Helper()
	var j judgement
	if err := json.Unmarshal(judged, &j); err != nil {
		t.Fatal(err)
	}
	return j
}

func TestTheScoreOrdersPairsAsPeopleDo(t *testing.T) {
	j := read(t)
	kinds := map[position.Kind]bool{}
	for n, p := range j.Pairs {
		if _, ok := j.People[p.Person]; !ok || j.Posts[p.Post].Kind == "" {
			t.Fatalf("%s and %s: not all of them are described", p.Person, p.Post)
		}
		kinds[j.Posts[p.Post].Kind] = true
		j.Pairs[n].points = j.score(p).Points
		t.Logf("grade %d, %3d points: %s — %s", p.Grade, j.Pairs[n].points, p.Person, p.Post)
	}
	if len(j.Pairs) < 60 || len(kinds) != len(position.Kinds()) {
		t.Errorf("%d pairs of %d kinds", len(j.Pairs), len(kinds))
	}
	// Of two pairs with different grades, the better one has more points; a tie counts half.
	var right, all float64
	for _, a := range j.Pairs {
		for _, b := range j.Pairs {
			if a.Grade <= b.Grade {
				continue
			}
			all++
			switch {
			case a.points > b.points:
				right++
			case a.points == b.points:
				right += 0.5
			}
		}
	}
	got := right / all
	t.Logf("concordance %.4f of %.0f comparisons", got, all)
	if got < least || got < baseline-slack {
		t.Errorf("concordance %.4f, was %.4f", got, baseline)
	}
	if got > baseline+slack {
		t.Errorf("concordance %.4f: write it down as the new baseline", got)
	}
}

// What suits is worth telling, and little else is: without what must be met, twenty pairs would be told that do not suit.
func TestEnoughTellsWhatSuitsFromWhatDoesNot(t *testing.T) {
	j := read(t)
	wrong := 0
	for _, p := range j.Pairs {
		switch enough := j.score(p).Points >= fit.Enough; {
		case !enough && p.Grade >= 2:
			t.Errorf("%s — %s suits, and is not told", p.Person, p.Post)
		case enough && p.Grade == 0:
			wrong++
		}
	}
	if wrong > 2 {
		t.Errorf("%d pairs that do not suit are told", wrong)
	}
}

func TestMarksAreWhatWasExpected(t *testing.T) {
	j := read(t)
	told := 0
	for _, p := range j.Pairs {
		if p.Marks == "" {
			continue
		}
		told++
		var got []string
		for _, c := range j.score(p).Criteria {
			got = append(got, fmt.Sprintf("%s:%s", c.Name, c.Mark))
		}
		if strings.Join(got, " ") != p.Marks {
			t.Errorf("%s — %s: %v, want %s", p.Person, p.Post, got, p.Marks)
		}
	}
	if told < 20 {
		t.Errorf("only %d pairs say their marks", told)
	}
}

func TestRegionsCountByHowNearTheyAre(t *testing.T) {
	for _, one := range []struct {
		want, at string
		mark     fit.Mark
		points   int
	}{
		{"440113", "440113007", fit.Met, 100},
		{"440113007", "440113008", fit.Partly, 90},
		{"440113", "440104", fit.Partly, 75},
		{"440113", "440100", fit.Partly, 75},
		{"440113", "440605", fit.Partly, 30},
		{"440113", "430104", fit.Missing, 0},
		{"110108", "110105", fit.Partly, 75}, // 北京 is a city
		{"500112", "500240", fit.Partly, 75},
		{"429004", "429005", fit.Partly, 30}, // no city holds both
		{"429004", "429004", fit.Met, 100},
		{"", "440113", fit.Unknown, 0},
	} {
		var who person.Profile
		if one.want != "" {
			who.WantRegions = db.AsJSON([]string{one.want})
		}
		f := fit.Score(who, position.Position{Content: position.Content{Kind: position.Volunteer, Region: one.at}})
		for _, c := range f.Criteria {
			if c.Name == fit.Region && (c.Mark != one.mark || f.Points != one.points) {
				t.Errorf("%s for %s: %s, %d points", one.at, one.want, c.Mark, f.Points)
			}
		}
	}
}

// What is unknown leaves the denominator: filling in what is met never takes points away, and nothing known is no point.
func TestWhatIsUnknownCountsNeitherWay(t *testing.T) {
	post := position.Position{Content: position.Content{
		Kind: position.Job, Region: "440113", Degree: position.Bachelor, Majors: db.AsJSON([]string{"社会工作"}),
		Skills: db.AsJSON([]string{"粤语"}), Pay: position.Pay{Min: 500000, Max: 700000, Unit: position.PerMonth},
	}}
	who := person.Profile{}
	if f := fit.Score(who, post); f.Points != 0 || f.Known != 0 || len(f.Criteria) != 6 {
		t.Errorf("nothing is known: %+v", f)
	}
	known := 0
	for name, say := range map[string]func(){
		"kind": func() { who.WantKinds = db.AsJSON([]string{"job"}) }, "degree": func() { who.Degree = "master" },
		"major": func() { who.Major = "社会工作" }, "region": func() { who.WantRegions = db.AsJSON([]string{"440100"}) },
		"pay": func() { who.WantPay = 500000 }, "skills": func() { who.Skills = db.AsJSON([]string{"粤语"}) },
	} {
		say()
		f := fit.Score(who, post)
		if f.Points != 100 || f.Known <= known {
			t.Errorf("with %s: %d points, %d known", name, f.Points, f.Known)
		}
		known = f.Known
	}
	if known != 100 {
		t.Errorf("%d known of a full profile", known)
	}
}

func TestEveryRegionCanBeCompared(t *testing.T) {
	tree, err := region.Load()
	if err != nil {
		t.Fatal(err)
	}
	who := person.Profile{WantRegions: db.AsJSON([]string{"440113007", "110000", "429004"})}
	for _, province := range tree.Children("") {
		for _, city := range tree.Children(province.Code) {
			fit.Score(who, position.Position{Content: position.Content{Region: city.Code}})
			who.WantRegions = db.AsJSON([]string{city.Code})
			if f := fit.Score(who, position.Position{Content: position.Content{Kind: position.Volunteer, Region: city.Code}}); f.Points != 100 {
				t.Fatalf("%s is not in itself", city.Code)
			}
		}
	}
}
