package report_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"zhigang/internal/application"
	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/errs"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/position"
	"zhigang/internal/report"
)

func TestTheQueueSaysWhatIsToBeDoneToday(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := newWorld(t, d, c)
		w.at("2026-11-09 09:00")
		bureau := w.Bureau("440113", auth.Supervisor)
		empty, err := w.reports.Queue(t.Context(), bureau)
		w.must(err)
		for _, todo := range empty {
			if todo.Count != 0 || !todo.Oldest.IsZero() || todo.Due != "" {
				t.Errorf("%+v", todo)
			}
		}
		o, far := w.approved(1, "440113012"), w.approved(2, "440114")
		job := w.post(o, w.content(position.Job, 9, "2026-12-31"))
		a, b := w.apply(w.Graduate("李一"), job), w.apply(w.Graduate("王二"), job) // to be answered by Thursday 12
		wang, err := w.Applications.Get(t.Context(), auth.System(), b)
		w.must(err)
		w.at("2026-11-10 09:00")
		placement := w.hire(o, b)
		w.must(w.Applications.Dispute(t.Context(), auth.Actor{Account: wang.Person}, placement, "没有"))
		w.must(w.Applications.Confirm(t.Context(), auth.Actor{Account: wang.Person}, placement))
		w.at("2026-11-19 11:05") // Thursday
		w.must(w.Applications.Dispute(t.Context(), auth.Actor{Account: wang.Person}, placement, "还是没有"))
		w.at("2026-11-18 09:12")
		w.register(3, "440113")
		w.register(4, "440114")
		w.at("2026-11-16 16:40")
		for _, one := range []office{o, far} {
			p, err := w.Positions.Create(t.Context(), one.who, one.ID, w.content(position.Job, 1, "2026-12-31"))
			w.must(err)
			w.must(w.Positions.Submit(t.Context(), one.who, p.ID))
		}
		w.at("2026-11-22 12:00")   // Sunday
		bureau.Orgs = far.who.Orgs // what waits for an organization that one happens to work for does not wait at the bureau
		queue, err := w.reports.Queue(t.Context(), bureau)
		w.must(err)
		type queued struct {
			task         report.Task
			count, apps  int
			oldest, text string
		}
		want := []queued{
			{report.ReviewPositions, 1, 0, "2026-11-16T16:40:00", "超时 1 个工作日"}, // due on Thursday 19
			{report.ReviewOrgs, 1, 0, "2026-11-18T09:12:00", "剩 1 个工作日"},       // due on Monday 23
			{report.SettleDisputes, 1, 0, "2026-11-19T11:05:00", "剩 4 个工作日"},   // due on Thursday 26
			{report.UrgeAnswers, 1, 1, "2026-11-09T09:00:00", "超时 6 个工作日"},     // promised for Thursday 12
		}
		zh := texts(t).For(i18n.ZhHans)
		for n, todo := range queue {
			key, params := todo.LeftText()
			oldest := todo.Oldest.In(mustWeek(t, "2026-W47").Start().Location()).Add(8 * 3600e9).Format("2006-01-02T15:04:05")
			got := queued{todo.Task, todo.Count, todo.Applications, oldest, zh.T(key, params)}
			if got != want[n] {
				t.Errorf("%+v instead of %+v", got, want[n])
			}
		}
		w.must(w.Applications.Settle(t.Context(), bureau, placement, "已核实"))
		w.must(w.Applications.Act(t.Context(), o.who, a, application.Decline, "岗位已满", ""))
		queue, err = w.reports.Queue(t.Context(), bureau)
		w.must(err)
		if queue[2].Count != 0 || queue[3].Count != 0 {
			t.Errorf("settled and answered, and still to be done: %+v", queue[2:])
		}
	})
}

func TestATrendIsTheSameStoredOrCounted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := newWorld(t, d, c)
		w.at("2026-11-02 09:00")
		o := w.approved(1, "440113")
		job := w.post(o, w.content(position.Job, 9, "2026-12-31"))
		for n, day := range []string{"2026-11-03", "2026-11-10", "2026-11-18", "2026-11-19"} {
			w.at(day + " 10:00")
			who := w.Graduate("李" + string(rune('一'+n)))
			placement := w.hire(o, w.apply(who, job))
			if n%2 == 0 {
				w.must(w.Applications.Confirm(t.Context(), who, placement))
			}
		}
		w.at("2026-11-25 10:00")
		trend := func() []report.Point {
			t.Helper()
			points, err := w.reports.Trend(t.Context(), auth.System(), "440100", 8)
			w.must(err)
			return points
		}
		counted := trend()
		if len(counted) != 8 || counted[7].Week != mustWeek(t, "2026-W48") || !counted[7].Running || counted[6].Running {
			t.Fatalf("%+v", counted)
		}
		var claims, posts []int64
		for _, p := range counted {
			claims, posts = append(claims, p.Figures[report.HiresClaimed]), append(posts, p.Figures[report.Posts])
		}
		if !slices.Equal(claims, []int64{0, 0, 0, 0, 1, 1, 2, 0}) || !slices.Equal(posts, []int64{0, 0, 0, 0, 1, 1, 1, 1}) {
			t.Errorf("claims %v, posts %v", claims, posts)
		}
		for _, week := range []string{"2026-W45", "2026-W46", "2026-W47"} {
			w.report("440100", week)
		}
		for n, p := range trend() {
			for _, f := range report.TrendFigures() {
				if p.Figures[f] != counted[n].Figures[f] {
					t.Errorf("%s of %s was counted as %d and reported as %d", f, p.Week, counted[n].Figures[f], p.Figures[f])
				}
			}
		}
	})
}

func TestRowsHideNamesAndNamePlaces(t *testing.T) {
	d, c := dbtest.SQLite(t)
	w := newWorld(t, d, c)
	w.at("2026-11-16 09:00")
	o := w.approved(1, "440113012")
	job := w.post(o, w.content(position.Job, 9, "2026-12-31"))
	placement := w.hire(o, w.apply(w.Graduate("欧阳春晓"), job))
	list, err := w.reports.Rows(t.Context(), w.Bureau("440100", auth.Supervisor), report.Cell{
		Region: "440100", Week: mustWeek(t, "2026-W47"), Figure: report.HiresClaimed, Kind: position.Job, Child: "440113",
	}, 0, 0)
	w.must(err)
	if list.Total != 1 || len(list.Rows) != 1 || list.Next != 0 {
		t.Fatalf("%+v", list)
	}
	r := list.Rows[0]
	if r.Person != "欧**" || r.Org.Name != o.Name || r.Position.ID != job || r.Placement != placement ||
		r.Region.Name != "大石街道" || r.At.IsZero() || r.StepKey() != "report.step.hire.open" {
		t.Errorf("%+v", r)
	}
	text, err := json.Marshal(list)
	w.must(err)
	if strings.Contains(string(text), "欧阳") {
		t.Errorf("the list tells the whole name: %s", text)
	}
}

func TestEveryWordOfAReportStandsInBothLanguages(t *testing.T) {
	c := texts(t)
	keys := []string{
		"report.sentence", "report.sentence.among", "report.sentence.comma", "report.sentence.others",
		"report.week.future", "report.week.early", "report.week.running",
		"report.left.days", "report.left.today", "report.left.over", "report.left.past", "report.title", "report.week", "report.region.own",
	}
	for _, def := range report.All() {
		keys = append(keys, def.NameKey(), def.TextKey(), def.UnitKey())
	}
	tasks := []report.Task{report.ReviewPositions, report.ReviewOrgs, report.SettleDisputes, report.UrgeAnswers}
	for _, task := range tasks {
		keys = append(keys, task.NameKey())
	}
	for _, step := range []string{
		"on_show", "approve", "register", "approved", "active", "view", "apply", "interview", "offer", "in_time", "late",
		"due", "overdue",
	} {
		keys = append(keys, report.Row{Step: step}.StepKey())
	}
	for _, group := range []string{"hire", "internship", "talent", "volunteer"} {
		for _, decision := range []string{"confirm", "dispute", "open"} {
			keys = append(keys, report.Row{Step: group + "." + decision}.StepKey())
		}
	}
	for _, key := range keys {
		zh, _ := c.Raw(i18n.ZhHans, key)
		en, _ := c.Raw(i18n.En, key)
		if zh == "" || en == "" {
			t.Errorf("%s: %q, %q", key, zh, en)
		}
		a, b := i18n.Placeholders(zh), i18n.Placeholders(en)
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) {
			t.Errorf("%s names %v in Chinese and %v in English", key, a, b)
		}
	}
	if !slices.Equal(c.Keys(i18n.ZhHans), c.Keys(i18n.En)) {
		t.Error("the languages have different keys")
	}
}

// ownRows holds every number of an organization's report against the rows behind it.
func (w *world) ownRows(o office, b report.Org) {
	w.t.Helper()
	check := func(f report.Figure, post id.ID, want int64) {
		c := report.OwnCell{Org: o.ID, Week: mustWeek(w.t, b.Week), Figure: f, Position: post}
		l, err := w.reports.OwnRows(w.t.Context(), o.who, c, 0, 0)
		w.must(err)
		sum := int64(len(l.Rows))
		if f == report.Headcount || f == report.HeadcountNew || f == report.Views {
			sum = 0
			for _, r := range l.Rows {
				sum += r.Amount
			}
		}
		if l.Total != want || sum != want || l.Reported == nil || *l.Reported != want {
			w.t.Errorf("%s of post %s: the report says %d, its list %d, its rows %d, reported %v", f, post, want, l.Total, sum, l.Reported)
		}
	}
	for f, n := range b.Figures {
		check(f, 0, n)
		for _, p := range b.Positions {
			check(f, p.ID, p.Figures[f])
		}
	}
}

func TestAnOrganizationReadsItsWeekByPost(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := newWorld(t, d, c)
		w.at("2026-11-16 09:00")
		o, other := w.approved(1, "440113"), w.approved(2, "440113")
		job := w.post(o, w.content(position.Job, 2, "2026-12-31"))
		intern := w.post(o, w.content(position.Internship, 3, "2026-12-31"))
		elsewhere := w.post(other, w.content(position.Job, 4, "2026-12-31"))
		w.must(w.Positions.AddViews(t.Context(), "2026-11-16", map[id.ID]int64{job: 7, intern: 3, elsewhere: 5}))
		li, wang := w.Graduate("李一"), w.Graduate("王二")
		placement := w.hire(o, w.apply(li, job))
		w.apply(wang, intern)
		w.apply(wang, elsewhere)
		w.at("2026-11-17 09:00")
		w.must(w.Applications.Confirm(t.Context(), li, placement))
		w.at("2026-11-23 09:00")
		got, err := w.reports.OfOrg(t.Context(), o.who, o.ID, mustWeek(t, "2026-W47"))
		w.must(err)
		wants(t, "organization", got.Figures, report.Figures{
			report.Posts: 2, report.Headcount: 5, report.PostsNew: 2, report.HeadcountNew: 5, report.Views: 10,
			report.Applications: 2, report.Answered: 1, report.AnsweredInTime: 1, report.AnswersOverdue: 1,
			report.HiresClaimed: 1, report.HiresClaimedConfirmed: 1, report.HiresConfirmed: 1,
		})
		if len(got.Positions) != 2 || got.Positions[0].ID != job || got.Org.Name != o.Name || got.Hash == "" {
			t.Fatalf("%+v", got)
		}
		wants(t, "the internship", got.Positions[1].Figures, report.Figures{
			report.Posts: 1, report.Headcount: 3, report.PostsNew: 1, report.HeadcountNew: 3, report.Views: 3,
			report.Applications: 1, report.AnswersOverdue: 1,
		})
		w.ownRows(o, got)
		foreign := report.OwnCell{Org: o.ID, Week: mustWeek(t, "2026-W47"), Figure: report.Views, Position: elsewhere}
		if l, err := w.reports.OwnRows(t.Context(), o.who, foreign, 0, 0); err != nil || l.Total != 0 || len(l.Rows) != 0 {
			t.Errorf("the post of another organization: %+v, %v", l, err)
		}
		foreign.Org = other.ID
		if _, err := w.reports.OwnRows(t.Context(), o.who, foreign, 0, 0); !errs.Is(err, errs.KindForbidden) {
			t.Errorf("another organization: %v", err)
		}
	})
}

func TestADigestTellsAPersonTheirWeek(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := newWorld(t, d, c)
		w.at("2026-11-16 09:00")
		o := w.approved(1, "440113")
		moved := w.post(o, w.content(position.Job, 2, "2026-12-31"))
		waits := w.post(o, w.content(position.Internship, 3, "2026-12-31"))
		late := w.post(o, w.content(position.Flexible, 3, "2026-12-31"))
		soon := w.post(o, w.content(position.Talent, 1, "2026-11-27"))
		gone := w.post(o, w.content(position.Volunteer, 1, "2026-11-28"))
		applied := w.post(o, w.content(position.Job, 1, "2026-11-27"))
		li := w.Graduate("李一")
		w.apply(li, late)
		w.must(w.Applications.WithdrawOwn(t.Context(), li, w.apply(li, applied), ""))
		app := w.apply(li, moved)
		w.must(w.Applications.Act(t.Context(), o.who, app, application.View, "", ""))
		w.must(w.Applications.Act(t.Context(), o.who, app, application.Invite, "", ""))
		w.at("2026-11-20 09:00")
		w.apply(li, waits)
		w.must(w.Positions.Close(t.Context(), o.who, gone, "none"))
		w.must(d.Write(t.Context(), func(tx *db.Tx) error {
			search := tx.NewID()
			if _, err := tx.Exec(t.Context(), `
				INSERT INTO saved_search (id, account_id, query, every, by_mail, asks, expires_at, next_at, created_at, version)
				VALUES (?, ?, 'q=社工', 'weekly', 0, 0, 0, 0, 0, 1)`, search, li.Account); err != nil {
				return err
			}
			for _, post := range []id.ID{soon, gone, moved, applied} {
				if _, err := tx.Exec(t.Context(), `
					INSERT INTO match (saved_search_id, position_id, reason, found_at) VALUES (?, ?, '', ?)`,
					search, post, db.At(tx.Now)); err != nil {
					return err
				}
			}
			return nil
		}))
		w.at("2026-11-23 09:00")
		got, err := w.reports.OfPerson(t.Context(), li, mustWeek(t, "2026-W47"))
		w.must(err)
		if got.Moved != 1 || got.MovedLines[0].Application != app || got.MovedLines[0].State != "interview" {
			t.Errorf("moved %d %+v", got.Moved, got.MovedLines)
		}
		if got.Due != 1 || got.Overdue != 1 || got.DueLines[0].Position != late ||
			got.DueLines[1].Position != waits || got.DueLines[1].Day != "2026-11-25" {
			t.Errorf("due %d, overdue %d %+v", got.Due, got.Overdue, got.DueLines)
		}
		if got.Matches != 4 || got.Closing != 1 || got.ClosingLines[0].Position != soon {
			t.Errorf("matches %d, closing %d %+v", got.Matches, got.Closing, got.ClosingLines)
		}
		nothing, err := w.reports.OfPerson(t.Context(), w.Graduate("王二"), mustWeek(t, "2026-W47"))
		w.must(err)
		if !nothing.Empty() {
			t.Errorf("%+v", nothing)
		}
	})
}

func TestADayOffAfterTheDeadlineIsStillLate(t *testing.T) {
	d, c := dbtest.SQLite(t)
	w := newWorld(t, d, c)
	w.at("2026-11-10 09:00")
	o := w.approved(1, "440113")
	w.apply(w.Graduate("李一"), w.post(o, w.content(position.Job, 9, "2026-12-31"))) // to be answered by Friday 13
	for day, want := range map[string]string{"2026-11-14": "report.left.past", "2026-11-16": "report.left.over"} {
		w.at(day + " 09:00")
		queue, err := w.reports.Queue(t.Context(), auth.System())
		w.must(err)
		if key, _ := queue[3].LeftText(); key != want || !queue[3].Over {
			t.Errorf("on %s: %s, %+v", day, key, queue[3])
		}
	}
}
