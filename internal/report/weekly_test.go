package report_test

import (
	"testing"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/errs"
	"zhigang/internal/position"
	"zhigang/internal/report"
)

func TestAWeekIsCountedByWhatHappenedInIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := newWorld(t, d, c)
		w.at("2026-11-16 09:00")
		o := w.approved(1, "440113012")
		job := w.post(o, w.content(position.Job, 5, "2026-12-31"))
		intern := w.post(o, w.content(position.Internship, 3, "2026-12-31"))
		w.post(o, w.content(position.Volunteer, 20, "2026-11-20"))
		li, wang, chen := w.Graduate("李一"), w.Graduate("王二"), w.Graduate("陈三")
		w.at("2026-11-18 10:00")
		a, b, i := w.apply(li, job), w.apply(wang, job), w.apply(chen, intern)
		w.at("2026-11-19 10:00")
		pa, pb, pi := w.hire(o, a), w.hire(o, b), w.hire(o, i)
		w.at("2026-11-20 10:00")
		w.must(w.Applications.Confirm(t.Context(), li, pa))
		w.must(w.Applications.Confirm(t.Context(), chen, pi))
		w.at("2026-11-24 10:00")
		w.must(w.Applications.Dispute(t.Context(), wang, pb, "没有去过"))

		got := w.report("440113", "2026-W47")
		wants(t, "番禺 W47", got.Figures, report.Figures{
			report.Posts: 2, report.Headcount: 8, report.Employers: 1, report.PostsNew: 3, report.HeadcountNew: 28,
			report.Applications: 3, report.Answered: 3, report.AnsweredInTime: 3,
			report.HiresClaimed: 2, report.HiresClaimedConfirmed: 1, report.HiresClaimedOpen: 1, report.HiresConfirmed: 1,
			report.InternshipsClaimed: 1, report.InternshipsConfirmed: 1,
			report.OrgsActive: 1, report.OrgsApproved: 1, report.OrgsNew: 1, report.OrgsRegistered: 1,
		})
		want := "全区 1 家社会组织及会员单位设置 2 个岗位（含就业见习岗位 1 个），计划招 8 人；本周新录用 2 人，其中本人已确认 1 人，存疑 0 人。" +
			"另有见习录用 1 人，不计入就业。"
		if got.Sentence.Zh != want {
			t.Error(got.Sentence.Zh)
		}
		if got.Sentence.En == "" || got.Region.Name != "番禺区" || len(got.Hash) != 64 || got.Running {
			t.Errorf("%+v", got)
		}
		if n := got.ByKind[position.Internship][report.HiresClaimed]; n != 0 {
			t.Errorf("%d interns count as hires", n)
		}
		next := w.report("440113", "2026-W48")
		wants(t, "番禺 W48", next.Figures, report.Figures{
			report.Posts: 2, report.Headcount: 8, report.Employers: 1, report.HiresDisputed: 1,
			report.OrgsActive: 1, report.OrgsApproved: 1,
		})
		if !next.Running || next.Hash != "" {
			t.Error("the running week looks like a stored one")
		}
	})
}

func TestABureauSeesItsRegionAndBelow(t *testing.T) {
	d, c := dbtest.SQLite(t)
	w := newWorld(t, d, c)
	week := mustWeek(t, "2026-W46")
	panyu := w.Bureau("440113", auth.Supervisor)
	for region, want := range map[string]errs.Kind{
		"440113": "", "440113012": "", "440100": errs.KindNotFound, "440114": errs.KindNotFound, "999999": errs.KindNotFound,
	} {
		_, err := w.reports.Weekly(t.Context(), panyu, region, week)
		if want == "" && err != nil || want != "" && !errs.Is(err, want) {
			t.Errorf("report of %s: %v", region, err)
		}
		_, err = w.reports.Rows(t.Context(), panyu, report.Cell{Region: region, Week: week, Figure: report.Posts}, 0, 0)
		if want == "" && err != nil || want != "" && !errs.Is(err, want) {
			t.Errorf("rows of %s: %v", region, err)
		}
		_, err = w.reports.Trend(t.Context(), panyu, region, 2)
		if want == "" && err != nil || want != "" && !errs.Is(err, want) {
			t.Errorf("trend of %s: %v", region, err)
		}
	}
	o := w.approved(1, "440113012")
	for _, who := range []auth.Actor{{}, {Account: 7}, o.who} {
		if _, err := w.reports.Weekly(t.Context(), who, "440113", week); !errs.Is(err, errs.KindForbidden) {
			t.Errorf("%s reads a bureau's report: %v", who.As(), err)
		}
		if _, err := w.reports.Queue(t.Context(), who); !errs.Is(err, errs.KindForbidden) {
			t.Errorf("%s reads a bureau's queue: %v", who.As(), err)
		}
	}
	if _, err := w.reports.OfOrg(t.Context(), panyu, o.ID, week); !errs.Is(err, errs.KindForbidden) {
		t.Errorf("a bureau reads the report of an organization: %v", err)
	}
	if _, err := w.reports.Weekly(t.Context(), panyu, "440113", mustWeek(t, "2026-W50")); !errs.Is(err, errs.KindInvalid) {
		t.Errorf("a week that has not begun: %v", err)
	}
}

func TestTheEdgeOfAWeekIsMondayMidnightInChina(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := newWorld(t, d, c)
		w.at("2026-12-28 09:00")
		o := w.approved(1, "440113")
		w.at("2027-01-03 23:59:59.999") // the Sunday of 2026-W53
		w.post(o, w.content(position.Job, 1, "2027-01-03"))
		w.at("2027-01-04 00:00:00.000")
		w.post(o, w.content(position.Job, 2, "2027-01-31"))
		w.at("2027-01-11 08:00")
		for week, want := range map[string]report.Figures{
			"2026-W52": {},
			"2026-W53": {
				report.Posts: 1, report.Headcount: 1, report.Employers: 1, report.PostsNew: 1, report.HeadcountNew: 1,
				report.OrgsActive: 1, report.OrgsApproved: 1, report.OrgsNew: 1, report.OrgsRegistered: 1,
			},
			"2027-W01": {
				report.Posts: 1, report.Headcount: 2, report.Employers: 1, report.PostsNew: 1, report.HeadcountNew: 2,
				report.OrgsActive: 1, report.OrgsApproved: 1,
			},
		} {
			b := w.report("440000", week)
			wants(t, week, b.Figures, want)
			if b.From != mustWeek(t, week).Start().In(b.From.Location()) || b.To.Sub(b.From).Hours() != 7*24 {
				t.Errorf("%s from %v to %v", week, b.From, b.To)
			}
		}
	})
}

func TestAnAnswerIsOverdueWhenItsDayIsOver(t *testing.T) {
	d, c := dbtest.SQLite(t)
	w := newWorld(t, d, c)
	w.at("2025-12-29 09:00")
	o := w.approved(1, "440113")
	someone := w.Graduate("李一")
	// The Sunday of this week is worked to make up for New Year.
	for days, by := range map[int]calendar.Day{2: "2025-12-31", 3: "2026-01-04", 4: "2026-01-05"} {
		content := w.content(position.Job, 1, "2026-02-28")
		content.AnswerDays = days
		a, err := w.Applications.Get(t.Context(), someone, w.apply(someone, w.post(o, content)))
		w.must(err)
		if a.AnswerBy != by {
			t.Fatalf("%d working days end on %s", days, a.AnswerBy)
		}
	}
	w.at("2026-01-05 08:00")
	b := w.report("440113", "2026-W01")
	if b.Figures[report.AnswersOverdue] != 1 || b.Figures[report.AnswersDue] != 2 {
		t.Errorf("overdue %d, due %d", b.Figures[report.AnswersOverdue], b.Figures[report.AnswersDue])
	}
}

func TestASuspendedOrganizationShowsNothing(t *testing.T) {
	d, c := dbtest.SQLite(t)
	w := newWorld(t, d, c)
	w.at("2026-11-02 09:00")
	o := w.approved(1, "440113")
	w.post(o, w.content(position.Job, 3, "2026-12-31"))
	w.at("2026-11-10 09:00")
	w.must(w.Orgs.Suspend(t.Context(), reviewer, o.ID, "列入异常名录"))
	w.at("2026-11-20 09:00")
	w.must(w.Orgs.Approve(t.Context(), reviewer, o.ID, ""))
	w.at("2026-11-23 09:00")
	shown := report.Figures{
		report.Posts: 1, report.Headcount: 3, report.Employers: 1, report.OrgsActive: 1, report.OrgsApproved: 1,
	}
	wants(t, "W46, suspended", w.report("440113", "2026-W46").Figures, report.Figures{})
	wants(t, "W47, back again", w.report("440113", "2026-W47").Figures, shown)
}
