package report_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"zhigang/internal/application"
	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/outbox"
	"zhigang/internal/position"
	"zhigang/internal/region"
	"zhigang/internal/report"
	"zhigang/internal/worldtest"
)

// province fills a database with a province of twelve weeks: rows as the nouns write them, but written directly.
type province struct {
	*rand.Rand
	now    time.Time
	next   int64
	codes  []string
	orgs   []org.Org
	posts  []position.Position
	events []position.Event
	apps   []application.Application
	steps  []application.Event
	places []application.Placement
	ledger []application.PlacementEvent
}

func (p *province) id() id.ID { p.next++; return id.ID(p.next) }

// ago returns an instant in the last weeks.
func (p *province) ago(weeks int) time.Time {
	return p.now.Add(-time.Duration(p.Int64N(int64(weeks) * 7 * 24 * int64(time.Hour)))).Truncate(time.Millisecond)
}

func (p *province) addOrgs(n int, by id.ID) []org.Event {
	var events []org.Event
	for range n {
		at := db.At(p.now.Add(-100 * 24 * time.Hour))
		c := org.Code(worldtest.Code("51", "440113", len(p.orgs)))
		o := org.Org{
			ID: p.id(), Name: fmt.Sprint("协会", len(p.orgs)), Code: &c, Kind: org.Association,
			Region: p.codes[p.IntN(len(p.codes))],
			Flags:  db.AsJSON([]org.Flag{}), State: org.Approved, SubmittedAt: at, CreatedBy: by, CreatedAt: at, Version: 1,
		}
		p.orgs = append(p.orgs, o)
		events = append(events,
			org.Event{ID: p.id(), Org: o.ID, At: at, Verb: "register", To: org.Pending},
			org.Event{ID: p.id(), Org: o.ID, At: at, Verb: "approve", From: org.Pending, To: org.Approved})
	}
	return events
}

func (p *province) addPosts(n int) {
	for range n {
		at := db.At(p.ago(12))
		kinds := append(position.Kinds(), position.Job, position.Job, position.Job)
		post := position.Position{
			ID: p.id(), OrgID: p.orgs[p.IntN(len(p.orgs))].ID, State: position.Published,
			SubmittedAt: at, PublishedAt: at, CreatedAt: at, UpdatedAt: at, Version: 1,
			ReviewFields: db.AsJSON(map[string]string{}),
			Content: position.Content{
				Kind: kinds[p.IntN(len(kinds))], Title: "社区社会工作者", Headcount: 1 + p.IntN(9), Duties: longText,
				Requirements: longText, Region: "440113", ValidUntil: calendar.DayOf(at.Time).Add(90),
				Majors: db.AsJSON([]string{}), Skills: db.AsJSON([]string{}),
			},
		}
		p.happen(post.ID, at, "create", "", position.Draft)
		p.happen(post.ID, at, "submit", position.Draft, position.Submitted)
		p.happen(post.ID, at, "approve", position.Submitted, position.Published)
		if p.IntN(10) == 0 { // a tenth is closed again, within the time that has passed since
			later := time.Duration(p.Int64N(int64(p.now.Sub(at.Time))))
			post.State, post.ClosedAt = position.Closed, db.At(at.Add(later).Truncate(time.Millisecond))
			p.happen(post.ID, post.ClosedAt, "close", position.Published, position.Closed)
		}
		p.posts = append(p.posts, post)
	}
}

func (p *province) happen(post id.ID, at db.Time, verb string, from, to position.State) {
	p.events = append(p.events, position.Event{ID: p.id(), Position: post, At: at, Verb: verb, From: from, To: to})
}

func (p *province) addApplications(n, hired int, persons []id.ID, consent id.ID) {
	taken := map[[2]id.ID]bool{}
	for len(p.apps) < n {
		post, person := p.posts[p.IntN(len(p.posts))], persons[p.IntN(len(persons))]
		if taken[[2]id.ID{post.ID, person}] {
			continue
		}
		taken[[2]id.ID{post.ID, person}] = true
		at := db.At(p.ago(12))
		a := application.Application{
			ID: p.id(), Position: post.ID, Org: post.OrgID, Person: person, Consent: consent, State: application.Viewed,
			Sealed: make([]byte, 400), AnswerBy: calendar.DayOf(at.Time).Add(7), CreatedAt: at, UpdatedAt: at, Version: 1,
		}
		p.step(a.ID, at, "apply", "", application.Received)
		p.step(a.ID, at, "view", application.Received, application.Viewed)
		if len(p.apps)%3 > 0 {
			p.answer(&a, post, hired)
		}
		p.apps = append(p.apps, a)
	}
}

// answer lets the organization answer an application: hire until enough are hired, else decline.
func (p *province) answer(a *application.Application, post position.Position, hired int) {
	inTime, at := 1, db.At(a.CreatedAt.Add(time.Duration(p.IntN(7*24))*time.Hour))
	a.AnsweredAt, a.InTime, a.State = at, &inTime, application.Declined
	verb := "decline"
	if len(p.places) < hired {
		verb, a.State = "hire", application.Hired
		pl := application.Placement{
			ID: p.id(), Application: a.ID, Position: a.Position, Org: a.Org, Person: a.Person, Kind: post.Kind,
			Employment: db.Bool(post.Kind.Employment()), State: application.Confirmed, ClaimedAt: at, Version: 1,
		}
		p.places = append(p.places, pl)
		p.ledger = append(p.ledger,
			application.PlacementEvent{ID: p.id(), Placement: pl.ID, At: at, Verb: "claim"},
			application.PlacementEvent{ID: p.id(), Placement: pl.ID, At: db.At(at.Add(30 * time.Hour)), Verb: "confirm"})
	}
	p.step(a.ID, at, verb, application.Viewed, a.State)
}

func (p *province) step(app id.ID, at db.Time, verb string, from, to application.State) {
	p.steps = append(p.steps, application.Event{ID: p.id(), Application: app, At: at, Verb: verb, From: from, To: to})
}

const longText = "面向社区长者与困境家庭开展个案、小组与社区服务，建立服务档案，链接资源；与街道、社区和志愿者团队合作，" +
	"策划并组织活动，撰写总结与评估报告，完成机构交办的其他工作。"

// viewRow is a day of views of a post.
type viewRow struct {
	Position id.ID        `db:"position_id"`
	Day      calendar.Day `db:"day"`
	Views    int64        `db:"views"`
}

func fill(b *testing.B, d *db.DB, tree *region.Tree) {
	b.Helper()
	p := &province{Rand: rand.New(rand.NewPCG(1, 2)), now: d.Clock().Now(), next: 1 << 40}
	for _, city := range tree.Children("440000") {
		for _, district := range tree.Children(city.Code) {
			p.codes = append(p.codes, district.Code)
		}
	}
	err := d.Write(b.Context(), func(tx *db.Tx) error {
		persons := make([]auth.Account, 50_000)
		ids := make([]id.ID, len(persons))
		for n := range persons {
			ids[n] = p.id()
			persons[n] = auth.Account{ID: ids[n], Name: "学生", Lang: "zh-Hans", CreatedAt: db.At(p.now), Version: 1}
		}
		if err := db.InsertAll(b.Context(), tx, "account", persons); err != nil {
			return err
		}
		consent := p.id()
		if _, err := tx.Exec(b.Context(), `
			INSERT INTO consent (id, account_id, purpose, receiver, fields, version, at) VALUES (?, ?, '', '', '[]', '', 0)`,
			consent, ids[0]); err != nil {
			return err
		}
		orgEvents := p.addOrgs(10_000, ids[0])
		p.addPosts(100_000)
		p.addApplications(300_000, 20_000, ids, consent)
		var views []viewRow
		for _, post := range p.posts[:20_000] {
			for n := range 7 {
				views = append(views, viewRow{post.ID, calendar.DayOf(p.now).Add(-6 - n), 3})
			}
		}
		for n, code := range p.codes { // somebody works for every district
			if _, err := tx.Exec(b.Context(), `
				INSERT INTO staff (account_id, region_code, role, created_at) VALUES (?, ?, 'reviewer', 0)`, ids[n], code); err != nil {
				return err
			}
		}
		return insertAll(b, tx, p, orgEvents, views)
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("%d organizations, %d posts, %d applications, %d placements, %d lines of history",
		len(p.orgs), len(p.posts), len(p.apps), len(p.places), len(p.events)+len(p.steps)+len(p.ledger))
}

func insertAll(b *testing.B, tx *db.Tx, p *province, orgEvents []org.Event, views []viewRow) error {
	ctx := b.Context()
	for _, add := range []func() error{
		func() error { return db.InsertAll(ctx, tx, "org", p.orgs) },
		func() error { return db.InsertAll(ctx, tx, "org_event", orgEvents) },
		func() error { return db.InsertAll(ctx, tx, "position", p.posts) },
		func() error { return db.InsertAll(ctx, tx, "position_event", p.events) },
		func() error { return db.InsertAll(ctx, tx, "position_view", views) },
		func() error { return db.InsertAll(ctx, tx, "application", p.apps) },
		func() error { return db.InsertAll(ctx, tx, "application_event", p.steps) },
		func() error { return db.InsertAll(ctx, tx, "placement", p.places) },
		func() error { return db.InsertAll(ctx, tx, "placement_event", p.ledger) },
	} {
		if err := add(); err != nil {
			return err
		}
	}
	return nil
}

// BenchmarkProvince counts a province of 100,000 posts, 300,000 applications and 20,000 placements on SQLite.
func BenchmarkProvince(b *testing.B) {
	d, _ := dbtest.SQLite(b)
	tree, err := region.Load()
	if err != nil {
		b.Fatal(err)
	}
	fill(b, d, tree)
	holidays, err := calendar.LoadHolidays()
	if err != nil {
		b.Fatal(err)
	}
	told := 0
	tell := func(context.Context, *db.Tx, report.Ready) error {
		told++
		return nil
	}
	s := report.New(d, report.Options{Tree: tree, Holidays: holidays, Texts: &i18n.Catalog{}, Tell: tell})
	now := calendar.WeekOf(d.Clock().Now())
	weekly := func(b *testing.B, code string, week calendar.Week) {
		b.Helper()
		if _, err := s.Weekly(b.Context(), auth.System(), code, week); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("first week closed and reported", func(b *testing.B) {
		for range b.N {
			weekly(b, "440000", now.Add(-1))
			b.StopTimer()
			forget(b, d)
			b.StartTimer()
		}
	})
	b.Run("running week of the province", func(b *testing.B) {
		for range b.N {
			weekly(b, "440000", now)
		}
	})
	b.Run("running week of a district", func(b *testing.B) {
		for range b.N {
			weekly(b, "440113", now)
		}
	})
	b.Run("trend of eight weeks", func(b *testing.B) {
		for range b.N {
			if _, err := s.Trend(b.Context(), auth.System(), "440000", 8); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Monday: all bureaus, organizations and persons", func(b *testing.B) {
		for range b.N {
			b.StopTimer()
			forget(b, d)
			told = 0
			b.StartTimer()
			monday(b, d, s)
		}
		b.ReportMetric(float64(told), "reports")
	})
	b.Run("rows behind the posts on show", func(b *testing.B) {
		for range b.N {
			cell := report.Cell{Region: "440000", Week: now, Figure: report.Posts}
			if _, err := s.Rows(b.Context(), auth.System(), cell, 0, 50); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// monday lets the weekly job run once.
func monday(b *testing.B, d *db.DB, s *report.Service) {
	b.Helper()
	o := outbox.New(d, nil, weekly)
	if _, err := o.AddSlot(b.Context(), weekly.Name, calendar.WeekOf(d.Clock().Now()).Start().Add(8*time.Hour)); err != nil {
		b.Fatal(err)
	}
	refs, err := o.Due(b.Context(), weekly.Queue, 1)
	if err != nil || len(refs) != 1 {
		b.Fatal(refs, err)
	}
	if err := o.Run(b.Context(), refs[0].ID, s.MakeAll); err != nil {
		b.Fatal(err)
	}
	var left string
	if err := d.Get(b.Context(), &left, `SELECT state || last_error FROM outbox`); err != nil || left != "done" {
		b.Fatal(left, err)
	}
}

// forget takes all reports, closed weeks and jobs away.
func forget(b *testing.B, d *db.DB) {
	b.Helper()
	err := d.Write(b.Context(), func(tx *db.Tx) error {
		for _, table := range []string{"report", "report_week", "report_post", "outbox", "schedule_slot"} {
			if _, err := tx.Exec(b.Context(), `DELETE FROM `+table); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
