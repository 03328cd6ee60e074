package report_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"zhigang/internal/application"
	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/position"
	"zhigang/internal/report"
	"zhigang/internal/worldtest"
)

// places are the regions in which organizations of the random world are registered: streets, districts, a city, the
// province itself, a city without districts, and a district that was dissolved.
var places = []string{
	"440113012", "440113", "440114", "440106", "440100", "440000", "442000001", "442000", "441900003", "440183",
}

// random is a world in which everybody does something now and then.
type random struct {
	*world
	*rand.Rand
	offices     []office
	posts       []id.ID
	people      []auth.Actor
	apps        []id.ID
	placements  []id.ID
	entrustment id.ID
	cells       int
	met         map[report.Figure]int64
	truths      map[id.ID][]truth
	headcounts  map[string]map[id.ID]int // week → post → headcount when the week was closed
	hashes      map[string]string        // week → hash of the province's report
}

func newRandom(t *testing.T, d *db.DB, c *clock.Manual, seed uint64) *random {
	r := &random{
		world: newWorld(t, d, c), Rand: rand.New(rand.NewPCG(seed, 7)),
		truths: map[id.ID][]truth{}, headcounts: map[string]map[id.ID]int{}, hashes: map[string]string{},
		met: map[report.Figure]int64{},
	}
	r.must(d.Write(t.Context(), func(tx *db.Tx) error {
		r.entrustment = tx.NewID()
		_, err := tx.Exec(t.Context(), `
			INSERT INTO file (id, owner_kind, owner_id, purpose, name, media_type, size, sha256, content, created_at)
			VALUES (?, 'position', 1, 'entrustment', 'a.pdf', 'application/pdf', 1, '', ?, 1)`, r.entrustment, []byte{1})
		return err
	}))
	for n := range 12 {
		r.people = append(r.people, r.Graduate(fmt.Sprint("学生", n)))
	}
	return r
}

func pick[T any](r *random, from []T) (T, bool) {
	if len(from) == 0 {
		var none T
		return none, false
	}
	return from[r.IntN(len(from))], true
}

// tolerate passes over what the rules refuse: in a random world people try things that are not allowed.
func (r *random) tolerate(err error) bool {
	r.t.Helper()
	if err == nil {
		return true
	}
	if !slices.Contains([]errs.Kind{errs.KindConflict, errs.KindInvalid, errs.KindNotFound}, errs.KindOf(err)) {
		r.t.Fatal(err)
	}
	return false
}

// note writes down what a post says now.
func (r *random) note(post id.ID) {
	p, err := r.Positions.Get(r.t.Context(), auth.System(), post)
	r.must(err)
	r.truths[post] = append(r.truths[post], truth{r.Clock.Now(), p.Headcount, p.ValidUntil})
}

func (r *random) today() calendar.Day { return calendar.DayOf(r.Clock.Now()) }

// step lets one thing happen.
func (r *random) step() {
	ctx := r.t.Context()
	o, _ := pick(r, r.offices)
	post, havePost := pick(r, r.posts)
	app, haveApp := pick(r, r.apps)
	placement, havePlacement := pick(r, r.placements)
	someone, _ := pick(r, r.people)
	switch n := r.IntN(100); {
	case n < 2 || len(r.offices) < 3:
		place, _ := pick(r, places)
		r.offices = append(r.offices, r.settle(place))
	case n < 12:
		r.tolerate(r.Orgs.Approve(ctx, reviewer, o.ID, ""))
	case n < 13:
		r.tolerate(r.Orgs.Suspend(ctx, reviewer, o.ID, "抽查"))
	case n < 14:
		r.tolerate(r.Orgs.Return(ctx, reviewer, o.ID, "材料不全"))
	case n < 24:
		r.offer(o)
	case n < 36 && havePost:
		r.change(post)
	case n < 40 && havePost:
		r.must(r.Positions.AddViews(ctx, r.today(), map[id.ID]int64{post: int64(1 + r.IntN(50))}))
	case n < 66 && havePost:
		a, again, err := r.Applications.Apply(ctx, someone, application.Request{Position: post, Consent: true})
		if r.tolerate(err) && !again {
			r.apps = append(r.apps, a.ID)
		}
	case n < 70 && haveApp:
		a, err := r.Applications.Get(ctx, auth.System(), app)
		r.must(err)
		r.tolerate(r.Applications.WithdrawOwn(ctx, auth.Actor{Account: a.Person}, app, ""))
	case n < 90 && haveApp:
		verb, _ := pick(r, append(application.Verbs(), application.Hire))
		if r.tolerate(r.Applications.Act(ctx, auth.System(), app, verb, "理由", "2027-01-01")) && verb == application.Hire {
			p, err := r.Applications.PlacementOf(ctx, auth.System(), app)
			r.must(err)
			r.placements = append(r.placements, p.ID)
		}
	case havePlacement:
		p, err := r.Applications.PlacementByID(ctx, auth.System(), placement)
		r.must(err)
		if r.IntN(2) > 0 {
			r.tolerate(r.Applications.Confirm(ctx, auth.Actor{Account: p.Person}, placement))
		} else {
			r.tolerate(r.Applications.Dispute(ctx, auth.Actor{Account: p.Person}, placement, "不属实"))
		}
	}
}

// settle registers an organization at a place, also at one that is no longer offered, as old data has it.
func (r *random) settle(place string) office {
	known := place
	if region, _ := r.Tree.Get(place); region.Retired {
		known = "440100"
	}
	o := r.register(len(r.offices)+1, known)
	r.must(r.DB.Write(r.t.Context(), func(tx *db.Tx) error {
		return tx.One(r.t.Context(), `UPDATE org SET region_code = ? WHERE id = ?`, place, o.ID)
	}))
	if r.IntN(4) > 0 {
		r.must(r.Orgs.Approve(r.t.Context(), reviewer, o.ID, ""))
	}
	return o
}

// offer makes a post, sometimes for a member unit, and mostly brings it to the public.
func (r *random) offer(o office) {
	kind, _ := pick(r, append(position.Kinds(), position.Job))
	c := r.content(kind, 1+r.IntN(9), r.today().Add(3+r.IntN(40)))
	if r.IntN(3) == 0 {
		c.Employer, c.EmployerProfile, c.EntrustmentID = fmt.Sprintf("会员企业%d", r.IntN(4)), "养老服务", r.entrustment
		if r.IntN(2) == 0 {
			c.EmployerCode = worldtest.Code("51", "440113", 1) // the first organization itself, named by another one
		}
	}
	p, err := r.Positions.Create(r.t.Context(), o.who, o.ID, c)
	r.must(err)
	r.posts = append(r.posts, p.ID)
	r.note(p.ID)
	if r.IntN(5) > 0 && r.tolerate(r.Positions.Submit(r.t.Context(), o.who, p.ID)) && r.IntN(5) > 0 {
		r.tolerate(r.Positions.Approve(r.t.Context(), reviewer, p.ID))
	}
}

// change does one of the things that happen to a post later.
func (r *random) change(post id.ID) {
	ctx, posts := r.t.Context(), r.Positions
	p, err := posts.Get(ctx, auth.System(), post)
	r.must(err)
	switch r.IntN(8) {
	case 0:
		r.tolerate(posts.Close(ctx, auth.System(), post, "partly"))
	case 1:
		r.tolerate(posts.Withdraw(ctx, auth.System(), post, ""))
	case 2, 3:
		r.tolerate(posts.Renew(ctx, auth.System(), post, r.today().Add(1+r.IntN(30))))
	case 4:
		p.Content.Headcount += 1 + r.IntN(3) // leaves no trace in the history
		_, err := posts.Edit(ctx, auth.System(), post, p.Version, p.Content)
		r.tolerate(err)
	case 5:
		p.Content.Duties += "。" // goes back to review
		_, err := posts.Edit(ctx, auth.System(), post, p.Version, p.Content)
		r.tolerate(err)
	case 6:
		r.tolerate(posts.Return(ctx, reviewer, post, "请补充", nil))
	default:
		r.tolerate(posts.Submit(ctx, auth.System(), post))
		r.tolerate(posts.Approve(ctx, reviewer, post))
	}
	r.note(post)
}

// pass lets time go by: some hours, or to the very edge of the week. Night and Monday bring what the schedule brings.
func (r *random) pass() {
	before := r.Clock.Now()
	next := before.Add(time.Duration(1+r.IntN(12)) * time.Hour)
	end := calendar.WeekOf(before).End()
	if before.Before(end.Add(-time.Millisecond)) && !next.Before(end) {
		next = end.Add(-time.Millisecond)
	} else if before.Before(end) && !next.Before(end) {
		next = end
	}
	r.Clock.Set(next)
	if calendar.DayOf(before) != calendar.DayOf(next) {
		_, err := r.Positions.ExpireDue(r.t.Context(), r.today())
		r.must(err)
	}
	if eight := calendar.WeekOf(next).Start().Add(8 * time.Hour); before.Before(eight) && !next.Before(eight) {
		r.monday()
	}
}

// monday makes last week's report of the province and remembers what it will be checked against.
func (r *random) monday() {
	week := calendar.WeekOf(r.Clock.Now()).Add(-1)
	b := r.report("440000", week.String())
	r.hashes[week.String()] = b.Hash
	said := map[id.ID]int{}
	for _, post := range r.posts {
		p, err := r.Positions.Get(r.t.Context(), auth.System(), post)
		r.must(err)
		said[post] = p.Headcount
	}
	r.headcounts[week.String()] = said
}

func TestEveryFigureIsWhatPlainCountingGives(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		r := newRandom(t, d, c, 11)
		r.at("2026-12-07 09:00")
		for calendar.WeekOf(c.Now()) != mustWeek(t, "2027-W04") {
			for range 4 + r.IntN(10) {
				r.step()
			}
			r.pass()
		}
		if len(r.hashes) < 6 || r.hashes["2026-W53"] == "" || r.hashes["2027-W01"] == "" {
			t.Fatalf("weeks %v", sortedKeys(r.hashes))
		}
		n := newNaive(t, d)
		t.Logf("%d organizations, %d posts, %d applications, %d placements, %d lines of history",
			len(n.orgs), len(n.posts), len(n.apps), len(n.places), len(n.postEvents)+len(n.appEvents)+len(n.ledger))
		for _, week := range sortedKeys(r.hashes) {
			again, err := r.reports.Recount(t.Context(), auth.System(), "440000", mustWeek(t, week))
			r.must(err)
			text, err := json.Marshal(again)
			r.must(err)
			if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != r.hashes[week] {
				t.Errorf("the report of %s made again differs from the one that was made then", week)
			}
			things := n.count(mustWeek(t, week), r.headcounts[week], r.truths)
			for _, code := range []string{"440000", "440100", "440113", "442000", "440113012"} {
				r.compare(code, week, things)
			}
		}
		for _, def := range report.All() {
			if r.met[def.Figure] == 0 {
				t.Errorf("the random world never has a number for %s", def.Figure)
			}
		}
	})
}

// compare holds every number of a report, and the rows behind it, against the plain count.
func (r *random) compare(code, week string, things map[report.Figure][]thing) {
	r.t.Helper()
	b := r.report(code, week)
	split := parts(r.Tree, code)
	for _, def := range report.All() {
		f := def.Figure
		inside := func(one thing) bool { return split[code](one.region) || withinAny(split, one.region) }
		r.same(report.Cell{Figure: f}, b, b.Figures[f], sum(f, things[f], inside))
		if def.ByKind {
			for _, k := range position.Kinds() {
				ofKind := func(one thing) bool { return inside(one) && one.kind == k }
				r.same(report.Cell{Figure: f, Kind: k}, b, b.ByKind[k][f], sum(f, things[f], ofKind))
			}
		}
		for _, part := range b.ByRegion {
			child := part.Region.Code
			holds := split[child]
			if holds == nil { // dissolved, and so not offered as a child
				holds = func(c string) bool { return c == child }
			}
			if part.Own != (child == code) {
				r.t.Errorf("%s %s: part %s, own %v", code, week, child, part.Own)
			}
			r.same(report.Cell{Figure: f, Child: child}, b, part.Figures[f], sum(f, things[f], func(one thing) bool {
				return holds(one.region) && (!part.Own || one.region != "440183")
			}))
			for _, k := range position.Kinds() {
				if !def.ByKind {
					break
				}
				r.same(report.Cell{Figure: f, Child: child, Kind: k}, b, part.ByKind[k][f], sum(f, things[f], func(one thing) bool {
					return one.kind == k && holds(one.region) && (!part.Own || one.region != "440183")
				}))
			}
		}
	}
}

func withinAny(split map[string]func(string) bool, code string) bool {
	for _, holds := range split {
		if holds(code) {
			return true
		}
	}
	return false
}

// same checks one number and its rows.
func (r *random) same(c report.Cell, b report.Bureau, got, want int64) {
	r.t.Helper()
	c.Region, c.Week = b.Region.Code, mustWeek(r.t, b.Week)
	if got != want {
		r.t.Errorf("%+v: the report says %d, plain counting %d", c, got, want)
	}
	r.met[c.Figure] += want
	if b.Week != "2026-W53" { // the lists of one week will do
		return
	}
	if r.cells++; got == 0 && r.cells%50 > 0 { // most cells are empty: a sample of those will do
		return
	}
	limit := 0
	if c.Kind == "" && c.Child == "" {
		limit = 7 // several pages
	}
	var rows, amount int64
	seen := map[id.ID]bool{}
	for after := id.ID(0); ; {
		list, err := r.reports.Rows(r.t.Context(), auth.System(), c, after, limit)
		r.must(err)
		if list.Total != got || list.Reported != nil && *list.Reported != got {
			r.t.Errorf("%+v: the report says %d, its list %d, reported %v", c, got, list.Total, list.Reported)
		}
		for _, row := range list.Rows {
			rows++
			amount += row.Amount
			if seen[row.ID] {
				r.t.Errorf("%+v: row %s comes twice", c, row.ID)
			}
			seen[row.ID] = true
		}
		if after = list.Next; after == 0 {
			break
		}
	}
	switch c.Figure {
	case report.Headcount, report.HeadcountNew, report.Views:
		rows = amount
	}
	if rows != got {
		r.t.Errorf("%+v: the report says %d, behind it are %d rows", c, got, rows)
	}
}
