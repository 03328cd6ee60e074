package report_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"zhigang/internal/application"
	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/outbox"
	"zhigang/internal/position"
	"zhigang/internal/report"
	"zhigang/internal/testserver"
	"zhigang/internal/worldtest"
)

func TestMain(m *testing.M) { testserver.Main(m) }

var weekly = outbox.Task{Name: "report.weekly", Queue: "report", Timeout: time.Minute, MaxAttempts: 5}

// world is a small world whose reports are counted: in a random one everything happens by chance.
type world struct {
	*worldtest.World
	t       *testing.T
	reports *report.Service
	told    []report.Ready
	tellErr func(report.Ready) error
}

func newWorld(t *testing.T, d *db.DB, c *clock.Manual) *world {
	t.Helper()
	w := &world{World: worldtest.New(t, d, c, outbox.New(d, nil, weekly)), t: t}
	w.reports = report.New(d, report.Options{Tree: w.Tree, Holidays: w.Holidays, Texts: texts(t), Tell: w.tell})
	return w
}

// texts loads the texts of this package alone.
func texts(t *testing.T) *i18n.Catalog {
	t.Helper()
	files := fstest.MapFS{}
	for _, lang := range i18n.Langs() {
		path := string(lang) + "/report.json"
		b, err := os.ReadFile(filepath.Join(testserver.Root(), "web", "locales", path))
		if err != nil {
			t.Fatal(err)
		}
		files[path] = &fstest.MapFile{Data: b}
	}
	c, err := i18n.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (w *world) tell(_ context.Context, _ *db.Tx, r report.Ready) error {
	if w.tellErr != nil {
		if err := w.tellErr(r); err != nil {
			return err
		}
	}
	w.told = append(w.told, r)
	return nil
}

// must fails the test on an error.
func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// at moves the clock to a time in China: "2026-11-22 23:59:59.999".
func (w *world) at(text string) {
	w.t.Helper()
	form := "2006-01-02 15:04:05.000"
	at, err := time.ParseInLocation(form[:len(text)], text, calendar.China())
	w.must(err)
	w.Clock.Set(at)
}

// office is an organization with its owner.
type office struct {
	org.Org
	who auth.Actor
}

var reviewer = auth.Actor{Account: 1, Bureau: &auth.BureauGrant{Region: "440000", Role: auth.Supervisor}}

// register makes an organization that waits for review.
func (w *world) register(n int, place string) office {
	w.t.Helper()
	owner, _ := w.Account(fmt.Sprint("负责人", n))
	o, err := w.Orgs.Register(w.t.Context(), owner, org.Registration{
		Name: fmt.Sprintf("第%d社会工作协会", n), Code: worldtest.Code("51", place[:6], n), Kind: org.Association,
		Region: place, Address: "某路1号", ContactName: "林女士", ContactPhone: "020-12345678",
	})
	w.must(err)
	owner.Orgs = []auth.OrgGrant{{Org: o.ID, Role: auth.Owner}}
	return office{o, owner}
}

// approved makes an organization that may publish.
func (w *world) approved(n int, place string) office {
	w.t.Helper()
	o := w.register(n, place)
	w.must(w.Orgs.Approve(w.t.Context(), reviewer, o.ID, ""))
	return o
}

// content is what a post says that looks for some people until a day, and promises an answer within three working days.
func (w *world) content(kind position.Kind, headcount int, until calendar.Day) position.Content {
	c := w.Content(kind, "社区"+string(kind))
	c.Headcount, c.ValidUntil, c.AnswerDays = headcount, until, 3
	return c
}

// post puts a post on show.
func (w *world) post(o office, c position.Content) id.ID {
	w.t.Helper()
	p, err := w.Positions.Create(w.t.Context(), o.who, o.ID, c)
	w.must(err)
	w.must(w.Positions.Submit(w.t.Context(), o.who, p.ID))
	w.must(w.Positions.Approve(w.t.Context(), reviewer, p.ID))
	return p.ID
}

func (w *world) apply(who auth.Actor, post id.ID) id.ID {
	w.t.Helper()
	return w.Apply(who, post).ID
}

// hire leads an application to a claimed placement.
func (w *world) hire(o office, app id.ID) id.ID {
	w.t.Helper()
	w.must(w.Applications.Act(w.t.Context(), o.who, app, application.Hire, "", "2026-12-01"))
	p, err := w.Applications.PlacementOf(w.t.Context(), o.who, app)
	w.must(err)
	return p.ID
}

// report returns the weekly report of a region.
func (w *world) report(code, week string) report.Bureau {
	w.t.Helper()
	b, err := w.reports.Weekly(w.t.Context(), auth.System(), code, mustWeek(w.t, week))
	w.must(err)
	return b
}

func mustWeek(t *testing.T, text string) calendar.Week {
	t.Helper()
	week, err := calendar.ParseWeek(text)
	if err != nil {
		t.Fatal(err)
	}
	return week
}

// wants compares figures; those that are not named must be zero.
func wants(t *testing.T, what string, got, want report.Figures) {
	t.Helper()
	for f, n := range got {
		if n != want[f] {
			t.Errorf("%s: %s is %d, not %d", what, f, n, want[f])
		}
	}
	for f := range want {
		if _, ok := got[f]; !ok {
			t.Errorf("%s: %s is missing", what, f)
		}
	}
}
