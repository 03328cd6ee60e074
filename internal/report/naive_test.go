package report_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"zhigang/internal/application"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/position"
	"zhigang/internal/region"
	"zhigang/internal/report"
)

// naive counts a week in plain Go loops over whole tables, without a line of the SQL that it checks.
type naive struct {
	orgs       []org.Org
	orgEvents  []org.Event
	posts      map[id.ID]position.Position
	postEvents []position.Event
	views      []view
	apps       map[id.ID]application.Application
	appEvents  []application.Event
	places     map[id.ID]application.Placement
	ledger     []application.PlacementEvent
	byOrg      map[id.ID]org.Org
}

type view struct {
	Position id.ID        `db:"position_id"`
	Day      calendar.Day `db:"day"`
	Views    int64        `db:"views"`
}

// thing is something that counts for a figure.
type thing struct {
	region string
	kind   position.Kind
	unit   string
	amount int64
}

func load[T any](t *testing.T, d *db.DB, table, order string) []T {
	t.Helper()
	var all []T
	if err := d.Select(t.Context(), &all, `SELECT `+db.Columns[T]("x")+` FROM `+table+` x ORDER BY `+order); err != nil {
		t.Fatal(err)
	}
	return all
}

func newNaive(t *testing.T, d *db.DB) *naive {
	n := &naive{
		posts: map[id.ID]position.Position{}, apps: map[id.ID]application.Application{},
		places: map[id.ID]application.Placement{}, byOrg: map[id.ID]org.Org{},
	}
	n.orgs = load[org.Org](t, d, "org", "id")
	n.orgEvents = load[org.Event](t, d, "org_event", "at, id")
	n.postEvents = load[position.Event](t, d, "position_event", "at, id")
	n.views = load[view](t, d, "position_view", "day")
	n.appEvents = load[application.Event](t, d, "application_event", "at, id")
	n.ledger = load[application.PlacementEvent](t, d, "placement_event", "at, id")
	for _, o := range n.orgs {
		n.byOrg[o.ID] = o
	}
	for _, p := range load[position.Position](t, d, "position", "id") {
		n.posts[p.ID] = p
	}
	for _, a := range load[application.Application](t, d, "application", "id") {
		n.apps[a.ID] = a
	}
	for _, p := range load[application.Placement](t, d, "placement", "id") {
		n.places[p.ID] = p
	}
	return n
}

// truth is what the test knows of a post that the database forgets.
type truth struct {
	at        time.Time
	headcount int
	until     calendar.Day
}

// count returns what counts for each figure in a week. headcounts are what posts said when the week was closed, truths
// what they said at any time.
func (n *naive) count(
	week calendar.Week, headcounts map[id.ID]int, truths map[id.ID][]truth,
) map[report.Figure][]thing {
	out := map[report.Figure][]thing{}
	add := func(f report.Figure, o id.ID, kind position.Kind, unit string, amount int64) {
		out[f] = append(out[f], thing{n.byOrg[o].Region, kind, unit, amount})
	}
	in := func(at db.Time) bool { return !at.Before(week.Start()) && at.Before(week.End()) }
	standing, state, active := map[id.ID]org.State{}, map[id.ID]position.State{}, map[id.ID]bool{}
	seen := map[string]bool{}
	once := func(key ...any) bool { // whether this is the first time, of all times
		k := fmt.Sprint(key...)
		if seen[k] {
			return false
		}
		seen[k] = true
		return true
	}
	for _, e := range n.orgEvents {
		if e.At.Before(week.End()) {
			standing[e.Org] = e.To
		}
		if (e.Verb == "register" || e.Verb == "approve") && once("org", e.Org, e.Verb) && in(e.At) {
			add(map[string]report.Figure{"register": report.OrgsRegistered, "approve": report.OrgsNew}[e.Verb], e.Org, "", "", 1)
		}
	}
	for _, e := range n.postEvents {
		p := n.posts[e.Position]
		if e.At.Before(week.End()) {
			state[e.Position] = e.To
		}
		if e.Verb == "approve" && once("post", e.Position) && in(e.At) {
			add(report.PostsNew, p.OrgID, p.Kind, "", 1)
			add(report.HeadcountNew, p.OrgID, p.Kind, "", int64(headcounts[p.ID]))
		}
		if in(e.At) && !slices.Contains([]string{"approve", "return", "expire"}, e.Verb) {
			active[p.OrgID] = true
		}
	}
	for _, p := range n.posts {
		var said truth
		for _, s := range truths[p.ID] {
			if s.at.Before(week.End()) {
				said = s
			}
		}
		if state[p.ID] != position.Published || standing[p.OrgID] != org.Approved || said.until < week.Last() {
			continue
		}
		unit := p.EmployerCode
		if p.Employer == "" {
			unit = string(n.byOrg[p.OrgID].CreditCode())
		} else if unit == "" {
			unit = p.Employer
		}
		add(report.Posts, p.OrgID, p.Kind, "", 1)
		add(report.Headcount, p.OrgID, p.Kind, "", int64(headcounts[p.ID]))
		add(report.Employers, p.OrgID, p.Kind, unit, 1)
		active[p.OrgID] = true
	}
	for _, v := range n.views {
		if v.Day >= week.First() && v.Day <= week.Last() {
			add(report.Views, n.posts[v.Position].OrgID, n.posts[v.Position].Kind, "", v.Views)
		}
	}
	n.countApplications(week, in, once, active, add)
	n.countPlacements(week, in, add)
	for o, s := range standing {
		if s == org.Approved {
			add(report.OrgsApproved, o, "", "", 1)
		}
	}
	for o := range active {
		add(report.OrgsActive, o, "", "", 1)
	}
	return out
}

func (n *naive) countApplications(
	week calendar.Week, in func(db.Time) bool, once func(...any) bool, active map[id.ID]bool,
	add func(report.Figure, id.ID, position.Kind, string, int64),
) {
	steps := map[string]report.Figure{"apply": report.Applications, "interview": report.Interviews, "offer": report.Offers}
	stands := map[id.ID]application.State{}
	for _, e := range n.appEvents {
		a := n.apps[e.Application]
		kind := n.posts[a.Position].Kind
		if e.At.Before(week.End()) {
			stands[a.ID] = e.To
		}
		if in(e.At) && e.Verb != "apply" && e.Verb != "withdraw" {
			active[a.Org] = true
		}
		if f, ok := steps[e.Verb]; ok && in(e.At) {
			add(f, a.Org, kind, "", 1)
		}
		if slices.Contains([]string{"interview", "offer", "hire", "decline"}, e.Verb) && once("answer", a.ID) && in(e.At) {
			add(report.Answered, a.Org, kind, "", 1)
			if calendar.DayOf(e.At.Time) <= a.AnswerBy {
				add(report.AnsweredInTime, a.Org, kind, "", 1)
			}
		}
	}
	for application, s := range stands {
		a := n.apps[application]
		kind := n.posts[a.Position].Kind
		switch {
		case s != "received" && s != "viewed":
		case a.AnswerBy < week.Last():
			add(report.AnswersOverdue, a.Org, kind, "", 1)
		case a.AnswerBy <= week.Last().Add(7):
			add(report.AnswersDue, a.Org, kind, "", 1)
		}
	}
}

func (n *naive) countPlacements(
	week calendar.Week, in func(db.Time) bool, add func(report.Figure, id.ID, position.Kind, string, int64),
) {
	groups := map[position.Kind]string{
		"job": "hires", "flexible": "hires", "internship": "internships", "talent": "talents", "volunteer": "volunteers",
	}
	words := map[string]report.Figure{
		"": report.HiresClaimedOpen, "confirm": report.HiresClaimedConfirmed, "dispute": report.HiresClaimedDisputed,
	}
	word, inWeek, ofWeek := map[id.ID]string{}, map[id.ID]string{}, map[id.ID]bool{}
	for _, e := range n.ledger {
		if !e.At.Before(week.End()) {
			continue
		}
		switch e.Verb {
		case "claim":
			ofWeek[e.Placement] = in(e.At)
		case "confirm", "dispute":
			word[e.Placement] = e.Verb
			if in(e.At) {
				inWeek[e.Placement] = map[string]string{"confirm": "confirmed", "dispute": "disputed"}[e.Verb]
			}
		}
	}
	for placement, claimed := range ofWeek {
		p := n.places[placement]
		g := groups[p.Kind]
		if claimed {
			add(report.Figure(g+"_claimed"), p.Org, p.Kind, "", 1)
		}
		if claimed && g == "hires" {
			add(words[word[placement]], p.Org, p.Kind, "", 1)
		}
		if v := inWeek[placement]; v != "" {
			add(report.Figure(g+"_"+v), p.Org, p.Kind, "", 1)
		}
	}
}

// sum adds up the things of a figure in a cell.
func sum(f report.Figure, things []thing, takes func(thing) bool) int64 {
	var total int64
	units := map[string]bool{}
	for _, one := range things {
		if !takes(one) {
			continue
		}
		if f == report.Employers {
			units[one.unit] = true
			continue
		}
		total += one.amount
	}
	return total + int64(len(units))
}

// parts splits a region the slow way: by asking for every code which child holds it.
func parts(tree *region.Tree, code string) map[string]func(string) bool {
	children := tree.Children(code)
	out := map[string]func(string) bool{code: func(c string) bool {
		inChild := slices.ContainsFunc(children, func(r region.Region) bool { return region.Within(c, r.Code) })
		return region.Within(c, code) && !inChild
	}}
	for _, child := range children {
		out[child.Code] = func(c string) bool { return region.Within(c, child.Code) }
	}
	return out
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
