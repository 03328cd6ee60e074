package application_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"zhigang/internal/application"
	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/errs"
	"zhigang/internal/position"
	"zhigang/internal/worldtest"
)

// act does a verb as its own people do.
func act(t *testing.T, w *worldtest.World, owner, person auth.Actor, a application.Application, verb application.Verb) error {
	t.Helper()
	if verb == application.Withdraw {
		return w.Applications.WithdrawOwn(t.Context(), person, a.ID, "")
	}
	return w.Applications.Act(t.Context(), owner, a.ID, verb, "理由", "2026-12-01")
}

func TestEachAnswerStartsFromItsStatesOnly(t *testing.T) {
	d, c := dbtest.SQLite(t)
	w := worldtest.New(t, d, c, nil)
	_, owner := w.Org("番禺区示例服务中心", worldtest.Panyu)
	content := w.Content(position.Job, "社工")
	content.Headcount = 100
	p := w.Published(owner, content)
	steps := map[application.State]application.Verb{
		application.Viewed: application.View, application.Interview: application.Invite, application.Offer: application.MakeOffer,
		application.Hired: application.Hire, application.Declined: application.Decline, application.Withdrawn: application.Withdraw,
	}
	may := map[application.State]string{
		application.Received:  "view interview offer hire decline withdraw",
		application.Viewed:    "interview offer hire decline withdraw",
		application.Interview: "offer hire decline withdraw",
		application.Offer:     "hire decline withdraw",
	}
	for _, s := range application.States() {
		for _, verb := range append(application.Verbs(), application.Withdraw) {
			person := w.Graduate("林同学")
			a := w.Apply(person, p.ID)
			if first, staged := steps[s]; staged {
				if err := act(t, w, owner, person, a, first); err != nil {
					t.Fatal(s, err)
				}
			}
			err := act(t, w, owner, person, a, verb)
			if allowed := strings.Contains(" "+may[s]+" ", " "+string(verb)+" "); allowed != (err == nil) || err != nil && !errs.Is(err, errs.KindConflict) {
				t.Errorf("%s from %s: %v", verb, s, err)
			}
		}
	}
}

func TestNobodyMakesAPlacementAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		o, owner := w.Org("番禺区示例服务中心", worldtest.Panyu)
		p := w.Published(owner, w.Content(position.Job, "社工"))
		lin := w.Graduate("林同学")
		if err := w.Orgs.SetMember(t.Context(), owner, o.ID, lin.Account, auth.Editor); err != nil {
			t.Fatal(err)
		}
		lin.Orgs = []auth.OrgGrant{{Org: o.ID, Role: auth.Editor}}
		a := w.Apply(lin, p.ID) // staff may apply…
		for _, verb := range application.Verbs() {
			if err := w.Applications.Act(t.Context(), lin, a.ID, verb, "理由", "2026-12-01"); errs.KeyOf(err) != "application.own" {
				t.Errorf("…and %s themselves: %v", verb, err)
			}
		}
		if err := w.Applications.Act(t.Context(), owner, a.ID, application.Hire, "", "2026-12-01"); err != nil {
			t.Fatal(err)
		}
		pl, err := w.Applications.PlacementOf(t.Context(), lin, a.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Applications.Dispute(t.Context(), lin, pl.ID, "没有去"); err != nil {
			t.Fatal(err)
		}
		supervisor := w.Bureau(worldtest.Panyu, auth.Supervisor)
		if err := w.Orgs.SetMember(t.Context(), owner, o.ID, supervisor.Account, auth.Viewer); err != nil {
			t.Fatal(err)
		}
		if err := w.Applications.Settle(t.Context(), supervisor, pl.ID, "没有问题"); errs.KeyOf(err) != "org.partial" {
			t.Errorf("the organization's own staff settles its dispute: %v", err)
		}
	})
}

func TestAHireStartsOnADayThatCanBe(t *testing.T) {
	d, c := dbtest.SQLite(t)
	w := worldtest.New(t, d, c, nil)
	_, owner := w.Org("番禺区示例服务中心", worldtest.Panyu)
	a := w.Apply(w.Graduate("林同学"), w.Published(owner, w.Content(position.Job, "社工")).ID)
	c.Add(3 * 24 * time.Hour)
	for _, day := range []calendar.Day{"", "明天", "2026-02-30", "1970-01-01", "2026-11-21", "9999-12-31", "2029-01-01", "２０２６-12-01", "2026-12-01\x00"} {
		if err := w.Applications.Act(t.Context(), owner, a.ID, application.Hire, "", day); errs.FieldsOf(err)["start_on"].Key == "" {
			t.Errorf("%q: %v", day, err)
		}
	}
	if err := w.Applications.Act(t.Context(), owner, a.ID, application.Hire, "", "2026-11-22"); err != nil { // written down late
		t.Error(err)
	}
}

func TestAConsentIsGivenToWhoWasNamed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		o, owner := w.Org("番禺区示例服务中心", worldtest.Panyu)
		p := w.Published(owner, w.Content(position.Job, "社工"))
		lin := w.Graduate("林同学")
		in := request(p.ID)
		in.Receiver = "番禺区别的服务中心"
		if _, _, err := w.Applications.Apply(t.Context(), lin, in); errs.FieldsOf(err)["consent"].Key != "application.consent.other" {
			t.Fatalf("the page named another receiver: %v", err)
		}
		if given, err := w.People.Consents(t.Context(), lin); err != nil || len(given) != 0 {
			t.Fatal("a consent that nobody gave:", given, err)
		}
		in.Receiver = o.Name
		if _, _, err := w.Applications.Apply(t.Context(), lin, in); err != nil {
			t.Fatal(err)
		}
	})
}

func TestWordsThatCannotBeKeptAreRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		_, owner := w.Org("番禺区示例服务中心", worldtest.Panyu)
		p := w.Published(owner, w.Content(position.Job, "社工"))
		lin := w.Graduate("买买提·𠮷")
		for _, bad := range []string{"您好\x00", "\x1b]0;x\a", "半\xe5个字", strings.Repeat("长", 2001)} {
			in := request(p.ID)
			in.Message = bad
			if _, _, err := w.Applications.Apply(t.Context(), lin, in); errs.FieldsOf(err)["message"].Key == "" {
				t.Errorf("%.20q: %v", bad, err)
			}
		}
		in := request(p.ID)
		in.Message = "𠮷·" + strings.Repeat("长", 1998) + "\r\n"
		a, _, err := w.Applications.Apply(t.Context(), lin, in)
		if err != nil || a.Message != "𠮷·"+strings.Repeat("长", 1998) {
			t.Fatal(err)
		}
		for _, bad := range []string{"\x00", "", " \u200b", strings.Repeat("长", 2001)} {
			if err := w.Applications.Act(t.Context(), owner, a.ID, application.Decline, bad, ""); errs.FieldsOf(err)["reason"].Key == "" {
				t.Errorf("declined because of %.20q: %v", bad, err)
			}
			if err := w.Applications.AddNote(t.Context(), owner, a.ID, bad); errs.FieldsOf(err)["text"].Key == "" {
				t.Errorf("noted %.20q: %v", bad, err)
			}
		}
		if err := w.Applications.Act(t.Context(), owner, a.ID, "promote", "", ""); errs.FieldsOf(err)["verb"].Key == "" {
			t.Errorf("a verb that does not exist: %v", err)
		}
		if sent, err := w.Applications.Open(a); err != nil || sent.Name != "买买提·𠮷" {
			t.Errorf("%q, %v", sent.Name, err)
		}
	})
}

func TestOfTwoWhoAreHiredForTheLastPlaceOneIs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		_, owner := w.Org("番禺区示例服务中心", worldtest.Panyu)
		content := w.Content(position.Job, "社工")
		content.Headcount = 1
		p := w.Published(owner, content)
		made := []application.Application{w.Apply(w.Graduate("甲"), p.ID), w.Apply(w.Graduate("乙"), p.ID), w.Apply(w.Graduate("丙"), p.ID)}
		errors := make([]error, len(made))
		var all sync.WaitGroup
		for n, a := range made {
			all.Go(func() {
				errors[n] = w.Applications.Act(t.Context(), owner, a.ID, application.Hire, "", "2026-12-01")
			})
		}
		all.Wait()
		hired := 0
		for _, err := range errors {
			switch {
			case err == nil:
				hired++
			case errs.KeyOf(err) != "position.full":
				t.Error(err)
			}
		}
		var placements int
		if err := d.Get(t.Context(), &placements, `SELECT COUNT(*) FROM placement`); err != nil || hired != 1 || placements != 1 {
			t.Errorf("%d hired, %d placements, %v", hired, placements, err)
		}
	})
}

func TestAPlaceIsGivenBackOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		_, owner := w.Org("番禺区示例服务中心", worldtest.Panyu)
		p := w.Published(owner, w.Content(position.Volunteer, "助餐"))
		lin := w.Graduate("林同学")
		w.Apply(w.Graduate("王同学"), p.ID)
		a := w.Apply(lin, p.ID)
		var all sync.WaitGroup
		done := make([]error, 6)
		for n := range done { // the person withdraws while the organization declines, each more than once
			verb := []application.Verb{application.Withdraw, application.Decline}[n%2]
			all.Go(func() { done[n] = act(t, w, owner, lin, a, verb) })
		}
		all.Wait()
		good := 0
		for _, err := range done {
			switch {
			case err == nil:
				good++
			case !errs.Is(err, errs.KindConflict):
				t.Error(err)
			}
		}
		now, err := w.Positions.Get(t.Context(), owner, p.ID)
		if err != nil || good != 1 || now.Filled != 1 {
			t.Errorf("%d answers went through, %d places are taken, %v", good, now.Filled, err)
		}
	})
}
