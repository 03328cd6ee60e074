package position_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zhigang/internal/audit"
	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/errs"
	"zhigang/internal/position"
	"zhigang/internal/testserver"
	"zhigang/internal/worldtest"
)

func TestMain(m *testing.M) { testserver.Main(m) }

func TestAPostGoesFromDraftToShowThroughItsBureau(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		o, owner := w.Org("番禺区示例社会工作服务中心", worldtest.Panyu)
		p, err := w.Positions.Create(t.Context(), owner, o.ID, w.Content(position.Job, "社区社会工作者"))
		if err != nil {
			t.Fatal(err)
		}
		here, elsewhere := w.Bureau(worldtest.Panyu, auth.Reviewer), w.Bureau("440106", auth.Reviewer)
		if err := w.Positions.Approve(t.Context(), here, p.ID); !errs.Is(err, errs.KindNotFound) {
			t.Fatalf("a bureau sees a draft: %v", err)
		}
		if err := w.Positions.Submit(t.Context(), owner, p.ID); err != nil {
			t.Fatal(err)
		}
		if err := w.Positions.Approve(t.Context(), elsewhere, p.ID); !errs.Is(err, errs.KindNotFound) {
			t.Fatalf("another region's bureau approves: %v", err)
		}
		if err := w.Positions.Approve(t.Context(), owner, p.ID); !errs.Is(err, errs.KindForbidden) {
			t.Fatalf("the organization approves its own post: %v", err)
		}
		if err := w.Positions.Approve(t.Context(), here, p.ID); err != nil {
			t.Fatal(err)
		}
		if err := w.Positions.Approve(t.Context(), here, p.ID); !errs.Is(err, errs.KindConflict) {
			t.Fatalf("approved twice: %v", err)
		}
		listed, err := w.Positions.Newest(t.Context(), 10, 0)
		if err != nil || len(listed) != 1 || listed[0].ID != p.ID || listed[0].OrgName != o.Name {
			t.Fatalf("on show: %+v, %v", listed, err)
		}
		history, err := w.Positions.History(t.Context(), owner, p.ID)
		if err != nil || len(history) != 3 || history[2].Verb != "approve" || history[2].Account != here.Account {
			t.Fatalf("history: %+v, %v", history, err)
		}
		entries, err := audit.Of(t.Context(), d, "position", p.ID)
		if err != nil || len(entries) != 1 || entries[0].ActedAs != "bureau:reviewer:440113" {
			t.Fatalf("audit: %+v, %v", entries, err)
		}
		if _, err := audit.Verify(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAPostStatesAllParticularsBeforeItIsReviewed(t *testing.T) {
	d, c := dbtest.SQLite(t)
	w := worldtest.New(t, d, c, nil)
	_, owner := w.Org("番禺区示例社会工作服务中心", worldtest.Panyu)
	for name, one := range map[string]struct {
		kind   position.Kind
		spoil  func(*position.Content)
		fields []string
	}{
		"ten fields": {position.Job, func(c *position.Content) {
			*c = position.Content{Kind: position.Job, Title: "空岗位"}
		}, []string{"headcount", "duties", "requirements", "conditions", "region", "address", "degree", "valid_until", "pay_unit", "pay_min"}},
		"a day that has passed":  {position.Job, func(c *position.Content) { c.ValidUntil = "2026-11-21" }, []string{"valid_until"}},
		"more than 90 days":      {position.Job, func(c *position.Content) { c.ValidUntil = "2027-03-01" }, []string{"valid_until"}},
		"negotiable, no floor":   {position.Job, func(c *position.Content) { c.Pay = position.Pay{Unit: position.PerMonth, Negotiable: true} }, []string{"pay_min"}},
		"on behalf, no letter":   {position.Job, func(c *position.Content) { c.Employer = "示例会员企业" }, []string{"entrustment", "employer_profile", "employer_code"}},
		"no least pay":           {position.Job, func(c *position.Content) { c.Pay.Min = 0 }, []string{"pay_min"}},
		"reposted from nowhere":  {position.Job, func(c *position.Content) { c.Source = "reposted" }, []string{"source_note"}},
		"volunteers, no risks":   {position.Volunteer, func(c *position.Content) { c.RiskStatement = "" }, []string{"risk_statement"}},
		"danger, no insurance":   {position.Volunteer, func(c *position.Content) { c.Dangerous = true }, []string{"insurance_no"}},
		"internship of a month":  {position.Internship, func(c *position.Content) { c.InternshipMonths = 1 }, []string{"internship_months"}},
		"expertise without form": {position.Talent, func(c *position.Content) { c.TalentForm = "" }, []string{"talent_form"}},
	} {
		t.Run(name, func(t *testing.T) {
			content := w.Content(one.kind, "岗位")
			one.spoil(&content)
			p, err := w.Positions.Create(t.Context(), owner, owner.Orgs[0].Org, content)
			if err != nil {
				t.Fatal("a draft may be incomplete:", err)
			}
			err = w.Positions.Submit(t.Context(), owner, p.ID)
			fields := errs.FieldsOf(err)
			for _, f := range one.fields {
				if _, ok := fields[f]; !ok {
					t.Errorf("nothing said of %s: %v", f, err)
				}
			}
			if len(fields) != len(one.fields) {
				t.Errorf("complaints: %v", err)
			}
		})
	}
}

func TestVolunteersAreNeverPaid(t *testing.T) {
	d, c := dbtest.SQLite(t)
	w := worldtest.New(t, d, c, nil)
	_, owner := w.Org("番禺区示例社会工作服务中心", worldtest.Panyu)
	content := w.Content(position.Volunteer, "助餐志愿者")
	content.Pay = position.Pay{Min: 100, Max: 100, Unit: position.PerHour}
	content.Allowance = 2000
	p := w.Published(owner, content)
	if p.Pay != (position.Pay{}) || p.Allowance != 2000 {
		t.Fatalf("pay %+v, allowance %d", p.Pay, p.Allowance)
	}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE position SET pay_min = 1, pay_max = 1 WHERE id = ?`, p.ID)
		return err
	})
	if err == nil {
		t.Fatal("the database lets a volunteer be paid")
	}
}

func TestAnEditOfWhatWasReviewedGoesBackToReview(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		_, owner := w.Org("番禺区示例社会工作服务中心", worldtest.Panyu)
		p := w.Published(owner, w.Content(position.Job, "社区社会工作者"))

		more := p.Content
		more.Headcount = 5
		back, err := w.Positions.Edit(t.Context(), owner, p.ID, p.Version, more)
		if err != nil || back {
			t.Fatalf("a new headcount: back %v, %v", back, err)
		}
		if _, err := w.Positions.Edit(t.Context(), owner, p.ID, p.Version, more); !errs.Is(err, errs.KindConflict) {
			t.Fatalf("an edit of an old version: %v", err)
		}
		p, _ = w.Positions.Get(t.Context(), owner, p.ID)
		other := p.Content
		other.Duties = "别的工作"
		back, err = w.Positions.Edit(t.Context(), owner, p.ID, p.Version, other)
		if err != nil || !back {
			t.Fatalf("other duties: back %v, %v", back, err)
		}
		if listed, _ := w.Positions.Newest(t.Context(), 10, 0); len(listed) != 0 {
			t.Fatal("the changed post is on show before it was reviewed")
		}
	})
}

func TestWhatIsOpenIsDecidedWhenItIsRead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		_, owner := w.Org("番禺区示例社会工作服务中心", worldtest.Panyu)
		content := w.Content(position.Job, "社区社会工作者")
		content.ValidUntil = "2026-11-22"
		p := w.Published(owner, content)
		c.Set(time.Date(2026, 11, 22, 15, 59, 59, 0, time.UTC)) // a second before midnight in China
		if listed, _ := w.Positions.Newest(t.Context(), 10, 0); len(listed) != 1 {
			t.Fatal("gone on its last day")
		}
		if open, err := w.Positions.CountOfOrg(t.Context(), p.OrgID); err != nil || open.Posts != 1 || open.Headcount != 3 {
			t.Fatalf("counted on its last day: %+v, %v", open, err)
		}
		c.Add(time.Second)
		if listed, _ := w.Positions.Newest(t.Context(), 10, 0); len(listed) != 0 {
			t.Fatal("on show after its last day, before the nightly run")
		}
		if open, err := w.Positions.CountOfOrg(t.Context(), p.OrgID); err != nil || open.Posts+open.Headcount != 0 {
			t.Fatalf("counted after its last day: %+v, %v", open, err)
		}
		if n, err := w.Positions.ExpireDue(t.Context(), "2026-11-23"); err != nil || n != 1 {
			t.Fatalf("expired %d, %v", n, err)
		}
		p, _ = w.Positions.Get(t.Context(), owner, p.ID)
		if p.State != position.Expired {
			t.Fatal(p.State)
		}
		if err := w.Positions.Renew(t.Context(), owner, p.ID, "2026-12-20"); err != nil {
			t.Fatal(err)
		}
		if listed, _ := w.Positions.Newest(t.Context(), 10, 0); len(listed) != 1 {
			t.Fatal("not on show after renewal")
		}
		if err := w.Positions.Close(t.Context(), owner, p.ID, "filled"); err != nil {
			t.Fatal(err)
		}
		if err := w.Positions.Renew(t.Context(), owner, p.ID, "2026-12-20"); !errs.Is(err, errs.KindConflict) {
			t.Fatalf("a closed post is renewed: %v", err)
		}
		if copied, err := w.Positions.Copy(t.Context(), owner, p.ID); err != nil || copied.State != position.Draft || copied.Title != p.Title {
			t.Fatalf("copy %+v, %v", copied, err)
		}
	})
}

func TestOfTwoWhoWantTheLastPlaceOneGetsIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		_, owner := w.Org("番禺区示例社会工作服务中心", worldtest.Panyu)
		content := w.Content(position.Volunteer, "助餐志愿者")
		content.Headcount = 3
		p := w.Published(owner, content)
		var taken, full atomic.Int64
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				err := d.Write(t.Context(), func(tx *db.Tx) error { return position.TakePlace(t.Context(), tx, p.ID) })
				switch {
				case err == nil:
					taken.Add(1)
				case errs.KeyOf(err) == "position.full":
					full.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if taken.Load() != 3 || full.Load() != 17 {
			t.Fatalf("taken %d, full %d", taken.Load(), full.Load())
		}
	})
}

func TestAFileThatComesInTwiceChangesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		o, owner := w.Org("番禺区示例社会工作服务中心", worldtest.Panyu)
		rows := []position.Imported{
			{Key: "a", Content: w.Content(position.Job, "甲")}, {Key: "b", Content: w.Content(position.Job, "乙")}, {Key: "c", Content: position.Content{Kind: position.Job}},
		}
		first, err := w.Positions.Import(t.Context(), owner, o.ID, rows, false)
		if err != nil || first[0].Did != "added" || first[1].Did != "added" || !errs.Is(first[2].Err, errs.KindInvalid) {
			t.Fatalf("%+v, %v", first, err)
		}
		again, err := w.Positions.Import(t.Context(), owner, o.ID, rows, false)
		if err != nil || again[0].Did != "same" || again[1].Did != "same" || again[0].ID != first[0].ID {
			t.Fatalf("%+v, %v", again, err)
		}
		rows[1].Content.Headcount = 9
		changed, err := w.Positions.Import(t.Context(), owner, o.ID, rows, false)
		if err != nil || changed[0].Did != "same" || changed[1].Did != "changed" {
			t.Fatalf("%+v, %v", changed, err)
		}
		if _, err := w.Positions.Import(t.Context(), owner, o.ID, rows, true); !errs.Is(err, errs.KindForbidden) {
			t.Fatalf("an organization publishes past its bureau: %v", err)
		}
		published, err := w.Positions.Import(t.Context(), auth.System(), o.ID, []position.Imported{{Key: "d", Content: w.Content(position.Job, "丁")}}, true)
		if err != nil || published[0].Did != "added" || published[0].Err != nil {
			t.Fatalf("%+v, %v", published, err)
		}
		if listed, _ := w.Positions.Newest(t.Context(), 10, 0); len(listed) != 1 || listed[0].Title != "丁" {
			t.Fatalf("%+v", listed)
		}
	})
}
