package application_test

import (
	"bytes"
	"sync"
	"testing"
	"time"

	"zhigang/internal/application"
	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/outbox"
	"zhigang/internal/position"
	"zhigang/internal/testserver"
	"zhigang/internal/worldtest"
)

func TestMain(m *testing.M) { testserver.Main(m) }

func request(p id.ID) application.Request {
	return application.Request{Position: p, Message: "您好", Consent: true}
}

func TestTwoClicksMakeOneApplication(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		o := outbox.New(d, map[outbox.Fact][]outbox.Task{application.ReceivedFact: {{Name: "x", Queue: "fast"}}})
		w := worldtest.New(t, d, c, o)
		_, owner := w.Org("番禺区示例服务中心", worldtest.Panyu)
		p := w.Published(owner, w.Content(position.Job, "社工"))
		lin := w.Graduate("林同学")
		var ids sync.Map
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				a, _, err := w.Applications.Apply(t.Context(), lin, request(p.ID))
				if err != nil {
					t.Error(err)
				}
				ids.Store(a.ID, true)
			})
		}
		all.Wait()
		n := 0
		ids.Range(func(any, any) bool { n++; return true })
		mine, err := w.Applications.OfPerson(t.Context(), lin, application.Filter{})
		if err != nil || n != 1 || len(mine) != 1 {
			t.Fatalf("%d answers, %d applications, %v", n, len(mine), err)
		}
		if refs, _ := o.Due(t.Context(), "fast", 10); len(refs) != 1 {
			t.Fatalf("told %d times", len(refs))
		}
		if mine[0].AnswerBy != "2026-11-27" { // five working days after Sunday the 22nd
			t.Errorf("answer by %s", mine[0].AnswerBy)
		}
	})
}

func TestWhatIsSentIsWhatThePersonAgreedTo(t *testing.T) {
	d, c := dbtest.SQLite(t)
	w := worldtest.New(t, d, c, nil)
	o, owner := w.Org("番禺区示例服务中心", worldtest.Panyu)
	p := w.Published(owner, w.Content(position.Job, "社工"))
	lin := w.Graduate("林同学")
	in := request(p.ID)
	in.Consent = false
	if _, _, err := w.Applications.Apply(t.Context(), lin, in); errs.FieldsOf(err)["consent"].Key == "" {
		t.Fatalf("applied without consent: %v", err)
	}
	a := w.Apply(lin, p.ID)
	consents, err := w.People.Consents(t.Context(), lin)
	if err != nil || len(consents) != 1 || consents[0].Receiver != o.Name || consents[0].Org != o.ID || consents[0].Version != application.ConsentVersion {
		t.Fatalf("%+v, %v", consents, err)
	}
	if bytes.Contains(a.Sealed, []byte("林同学")) {
		t.Fatal("what was sent is readable in SQL")
	}
	sent, err := w.Applications.Open(a)
	if err != nil || sent.Name != "林同学" || sent.Email == "" || sent.School != "示例大学" {
		t.Fatalf("%+v, %v", sent, err)
	}
}

func TestPaidWorkNeedsAProfileAndVolunteeringDoesNot(t *testing.T) {
	d, c := dbtest.SQLite(t)
	w := worldtest.New(t, d, c, nil)
	_, owner := w.Org("番禺区示例服务中心", worldtest.Panyu)
	job := w.Published(owner, w.Content(position.Job, "社工"))
	role := w.Published(owner, w.Content(position.Volunteer, "助餐"))
	empty, _ := w.Account("新人")
	if _, _, err := w.Applications.Apply(t.Context(), empty, request(job.ID)); len(errs.FieldsOf(err)) != 4 {
		t.Fatalf("applied for a job without a profile: %v", err)
	}
	if _, _, err := w.Applications.Apply(t.Context(), empty, request(role.ID)); err != nil {
		t.Fatal(err)
	}
}

func TestAnApplicationGoesItsWayAndEachStepIsWrittenDown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		_, owner := w.Org("番禺区示例服务中心", worldtest.Panyu)
		_, stranger := w.Org("番禺区另一服务中心", worldtest.Panyu)
		p := w.Published(owner, w.Content(position.Job, "社工"))
		lin := w.Graduate("林同学")
		a := w.Apply(lin, p.ID)
		if err := w.Applications.Act(t.Context(), stranger, a.ID, application.View, "", ""); !errs.Is(err, errs.KindNotFound) {
			t.Fatalf("another organization acts: %v", err)
		}
		if err := w.Applications.Act(t.Context(), owner, a.ID, application.Decline, "", ""); !errs.Is(err, errs.KindInvalid) {
			t.Fatalf("declined without a reason: %v", err)
		}
		for _, verb := range []application.Verb{application.View, application.Invite, application.MakeOffer} {
			if err := w.Applications.Act(t.Context(), owner, a.ID, verb, "", ""); err != nil {
				t.Fatal(verb, err)
			}
		}
		if err := w.Applications.Act(t.Context(), owner, a.ID, application.View, "", ""); !errs.Is(err, errs.KindConflict) {
			t.Fatalf("viewed after the offer: %v", err)
		}
		if err := w.Applications.Act(t.Context(), owner, a.ID, application.Hire, "", "2026-12-01"); err != nil {
			t.Fatal(err)
		}
		if err := w.Applications.WithdrawOwn(t.Context(), lin, a.ID, ""); !errs.Is(err, errs.KindConflict) {
			t.Fatalf("withdrawn after the hire: %v", err)
		}
		history, err := w.Applications.History(t.Context(), lin, a.ID)
		if err != nil || len(history) != 5 {
			t.Fatalf("%d steps, %v", len(history), err)
		}
		if _, err := w.Applications.History(t.Context(), stranger, a.ID); !errs.Is(err, errs.KindNotFound) {
			t.Fatalf("another organization reads: %v", err)
		}
	})
}

func TestAClaimIsThePersonsToConfirmOrDispute(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		_, owner := w.Org("番禺区示例服务中心", worldtest.Panyu)
		p := w.Published(owner, w.Content(position.Job, "社工"))
		lin, wang := w.Graduate("林同学"), w.Graduate("王同学")
		a := w.Apply(lin, p.ID)
		if err := w.Applications.Act(t.Context(), owner, a.ID, application.Hire, "", "2026-12-01"); err != nil {
			t.Fatal(err)
		}
		pl, err := w.Applications.PlacementOf(t.Context(), lin, a.ID)
		if err != nil || pl.State != application.Claimed || !bool(pl.Employment) {
			t.Fatalf("%+v, %v", pl, err)
		}
		if err := w.Applications.Confirm(t.Context(), wang, pl.ID); !errs.Is(err, errs.KindNotFound) {
			t.Fatalf("somebody else confirms: %v", err)
		}
		if err := w.Applications.Confirm(t.Context(), owner, pl.ID); !errs.Is(err, errs.KindNotFound) {
			t.Fatalf("the organization confirms: %v", err)
		}
		if err := w.Applications.Dispute(t.Context(), lin, pl.ID, "我没有去过这家单位"); err != nil {
			t.Fatal(err)
		}
		if err := w.Applications.Settle(t.Context(), w.Bureau("440106", auth.Supervisor), pl.ID, "x"); !errs.Is(err, errs.KindNotFound) {
			t.Fatalf("another region settles: %v", err)
		}
		if err := w.Applications.Settle(t.Context(), w.Bureau(worldtest.Panyu, auth.Supervisor), pl.ID, "已约谈单位"); err != nil {
			t.Fatal(err)
		}
		if err := w.Applications.Confirm(t.Context(), lin, pl.ID); err != nil {
			t.Fatal(err)
		}
		if err := w.Applications.Confirm(t.Context(), lin, pl.ID); !errs.Is(err, errs.KindConflict) {
			t.Fatalf("confirmed twice: %v", err)
		}
		ledger, err := w.Applications.Ledger(t.Context(), lin, pl.ID)
		if err != nil || len(ledger) != 4 {
			t.Fatalf("%+v, %v", ledger, err)
		}
	})
}

func TestAnInternshipNeverCountsAsEmployment(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		_, owner := w.Org("番禺区示例服务中心", worldtest.Panyu)
		for _, kind := range []position.Kind{position.Internship, position.Volunteer, position.Talent} {
			p := w.Published(owner, w.Content(kind, "岗位"))
			lin := w.Graduate("林同学")
			a := w.Apply(lin, p.ID)
			if err := w.Applications.Act(t.Context(), owner, a.ID, application.Hire, "", "2026-12-01"); err != nil {
				t.Fatal(err)
			}
			pl, err := w.Applications.PlacementOf(t.Context(), lin, a.ID)
			if err != nil || bool(pl.Employment) {
				t.Fatalf("%s: %+v, %v", kind, pl, err)
			}
			err = d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), `UPDATE placement SET employment = 1 WHERE id = ?`, pl.ID)
				return err
			})
			if err == nil {
				t.Errorf("%s: the database lets it count as employment", kind)
			}
		}
	})
}

func TestPlacesAreTakenAndGivenBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		_, owner := w.Org("番禺区示例服务中心", worldtest.Panyu)
		content := w.Content(position.Volunteer, "助餐")
		content.Headcount = 1
		p := w.Published(owner, content)
		people := []auth.Actor{w.Graduate("甲"), w.Graduate("乙")}
		var all sync.WaitGroup
		errors := make([]error, 2)
		for n := range people {
			all.Go(func() { _, _, errors[n] = w.Applications.Apply(t.Context(), people[n], request(p.ID)) })
		}
		all.Wait()
		got, lost := 0, 1
		if errors[0] != nil {
			got, lost = 1, 0
		}
		if errors[got] != nil || errs.KeyOf(errors[lost]) != "position.full" {
			t.Fatalf("of two who want the last place: %v", errors)
		}
		a, err := w.Applications.Find(t.Context(), people[got], p.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Applications.WithdrawOwn(t.Context(), people[got], a.ID, "有事"); err != nil {
			t.Fatal(err)
		}
		w.Apply(people[lost], p.ID)

		job := w.Content(position.Job, "社工")
		job.Headcount = 1
		q := w.Published(owner, job)
		first, second := w.Apply(people[0], q.ID), w.Apply(people[1], q.ID)
		if err := w.Applications.Act(t.Context(), owner, first.ID, application.Hire, "", "2026-12-01"); err != nil {
			t.Fatal(err)
		}
		if err := w.Applications.Act(t.Context(), owner, second.ID, application.Hire, "", "2026-12-01"); errs.KeyOf(err) != "position.full" {
			t.Fatalf("hired beyond the headcount: %v", err)
		}
	})
}

func TestRepliesAreCountedByThePromisedDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		o, owner := w.Org("番禺区示例服务中心", worldtest.Panyu)
		content := w.Content(position.Job, "社工")
		content.Headcount = 20
		p := w.Published(owner, content)
		var made []application.Application
		for range 7 {
			made = append(made, w.Apply(w.Graduate("林同学"), p.ID))
		}
		for _, a := range made[:4] { // in time
			if err := w.Applications.Act(t.Context(), owner, a.ID, application.Invite, "", ""); err != nil {
				t.Fatal(err)
			}
		}
		c.Add(10 * 24 * time.Hour)
		if err := w.Applications.Act(t.Context(), owner, made[4].ID, application.Decline, "岗位已满", ""); err != nil { // late
			t.Fatal(err)
		}
		replies, err := w.Applications.RepliesOf(t.Context(), []id.ID{o.ID})
		if err != nil {
			t.Fatal(err)
		}
		if r := replies[o.ID]; r.Due != 7 || r.Answered != 4 {
			t.Fatalf("%+v", r)
		}
		if rate, ok := replies[o.ID].Rate(); !ok || rate != 57 {
			t.Fatal(rate, ok)
		}
		overdue, err := w.Applications.OfOrg(t.Context(), owner, o.ID, application.Filter{Overdue: true})
		if err != nil || len(overdue) != 2 {
			t.Fatalf("%d overdue, %v", len(overdue), err)
		}
	})
}
