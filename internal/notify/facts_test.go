package notify_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"zhigang/internal/application"
	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/notify"
	"zhigang/internal/position"
	"zhigang/internal/worldtest"
)

// again runs every fact anew, as when an operator retries: nobody may be told twice.
func (w *world) again() {
	w.T.Helper()
	w.Write(func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE outbox SET state = 'ready' WHERE task LIKE 'notify.%' AND state = 'done'`)
		return err
	})
	w.Work()
}

func (w *world) expect(who string, account id.ID, want ...notify.Kind) {
	w.T.Helper()
	if got := w.inbox(account); !slices.Equal(got, want) {
		w.T.Errorf("%s was told %v, want %v", who, got, want)
	}
}

func (w *world) act(a id.ID, verb application.Verb, reason string) {
	w.T.Helper()
	start := calendar.DayOf(w.Clock.Now()).Add(7)
	if err := w.Applications.Act(w.T.Context(), w.Owner, a, verb, reason, start); err != nil {
		w.T.Fatal(err)
	}
}

func TestAnApplicationIsToldToBothSides(t *testing.T) {
	each(t, func(t *testing.T, w *world, c *clock.Manual) {
		p := w.Published(w.Owner, w.Content(position.Job, "社区社工"))
		ann := w.Graduate("张三")
		a := w.Apply(ann, p.ID)
		w.Work()
		w.expect("the owner", w.Owner.Account, notify.ApplicationReceived)
		w.act(a.ID, application.View, "")
		w.Work()
		w.act(a.ID, application.Invite, "周一上午九点，大石街道示例路1号")
		w.act(a.ID, application.MakeOffer, "")
		w.Work()
		w.again()
		w.expect("the person", ann.Account, notify.ApplicationViewed, notify.ApplicationInterview, notify.ApplicationOffer)
		if got := w.mails(ann.Account); len(got) != 2 || got[0] != "【志岗】面试邀请：社区社工" {
			t.Errorf("mails %q", got)
		}
		all, err := w.Notify.List(t.Context(), ann, 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		said := w.Notify.Text(catalog(t).For(i18n.ZhHans), all[1])
		contains(t, strings.Join(said.Body, "\n"), "番禺区暖阳社会工作服务中心邀请您", "说明：周一上午九点")

		other := w.Apply(w.Graduate("李四"), p.ID)
		w.act(other.ID, application.View, "")
		w.act(other.ID, application.Decline, "专业不符")
		w.Work()
		w.again()
		w.expect("who was declined at once", other.Person, notify.ApplicationDeclined)
		w.expect("the owner", w.Owner.Account, notify.ApplicationReceived, notify.ApplicationReceived)
		if got := w.mails(w.Owner.Account); len(got) != 1 {
			t.Errorf("one mail a day for a post, but %q", got)
		}
		contains(t, w.SMTP.Messages()[0].Text, "/console/"+w.Home.ID.String()+"/applications/"+a.ID.String(),
			"2026年11月27日前答复")
		c.Add(25 * time.Hour)
		third := w.Apply(w.Graduate("王五"), p.ID)
		w.Work()
		if got := w.mails(w.Owner.Account); len(got) != 2 {
			t.Errorf("the next day: %q", got)
		}
		if err := w.Applications.WithdrawOwn(t.Context(), auth.Actor{Account: third.Person}, third.ID, ""); err != nil {
			t.Fatal(err)
		}
		w.Work()
		w.again()
		if got := w.inbox(w.Owner.Account); len(got) != 4 || got[3] != notify.ApplicationWithdrawn {
			t.Errorf("the owner was told %v", got)
		}
	})
}

func TestAPlacementIsPutToThePersonAndTheirNoToTheNearestBureau(t *testing.T) {
	each(t, func(t *testing.T, w *world, _ *clock.Manual) {
		reviewer, supervisor := w.Bureau(worldtest.Panyu, auth.Reviewer), w.Bureau(worldtest.Panyu, auth.Supervisor)
		city, elsewhere := w.Bureau("440100", auth.Administrator), w.Bureau("440115", auth.Supervisor)
		p := w.Published(w.Owner, w.Content(position.Job, "社区社工"))
		ann := w.Graduate("张三")
		a := w.Apply(ann, p.ID)
		w.act(a.ID, application.Hire, "欢迎加入")
		w.Work()
		w.expect("the person", ann.Account, notify.PlacementClaimed)
		placement, err := w.Applications.PlacementOf(t.Context(), ann, a.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Applications.Dispute(t.Context(), ann, placement.ID, "我没有去过"); err != nil {
			t.Fatal(err)
		}
		w.Work()
		if err := w.Applications.Confirm(t.Context(), ann, placement.ID); err != nil {
			t.Fatal(err)
		}
		w.Work()
		w.again()
		w.expect("the owner", w.Owner.Account,
			notify.ApplicationReceived, notify.PlacementDisputed, notify.PlacementConfirmed)
		w.expect("the supervisor", supervisor.Account, notify.PlacementReview)
		for who, account := range map[string]id.ID{
			"the reviewer": reviewer.Account, "the city": city.Account, "another district": elsewhere.Account,
		} {
			w.expect(who, account)
		}
		if got := w.mails(supervisor.Account); len(got) != 1 {
			t.Errorf("mails to the supervisor: %q", got)
		}
		var claimed string
		for _, m := range w.SMTP.Messages() {
			if strings.Contains(m.Subject, "请核实录用信息") {
				claimed = m.Text
			}
		}
		contains(t, claimed, "2026年11月29日", "说明：欢迎加入", "/me/placements/"+placement.ID.String())
	})
}

func TestReviewsReminderAndUrgesReachTheOrganization(t *testing.T) {
	each(t, func(t *testing.T, w *world, c *clock.Manual) {
		ctx, reviewer := t.Context(), w.Bureau(worldtest.Panyu, auth.Supervisor)
		draft := func() position.Position {
			p, err := w.Positions.Create(ctx, w.Owner, w.Home.ID, w.Content(position.Job, "社区社工"))
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Positions.Submit(ctx, w.Owner, p.ID); err != nil {
				t.Fatal(err)
			}
			return p
		}
		p := draft()
		if err := w.Positions.Return(ctx, reviewer, p.ID, "请补充工作时间", map[string]string{"conditions": "写明社保"}); err != nil {
			t.Fatal(err)
		}
		w.Work()
		if err := w.Positions.Submit(ctx, w.Owner, p.ID); err != nil {
			t.Fatal(err)
		}
		if err := w.Positions.Approve(ctx, reviewer, p.ID); err != nil {
			t.Fatal(err)
		}
		byImport := w.Publish(w.Draft("导入的岗位"))[0]
		w.Work()
		w.again()
		w.expect("the owner", w.Owner.Account, notify.PositionReturned, notify.PositionPublished)

		a := w.Apply(w.Graduate("张三"), p.ID)
		c.Set(a.AnswerBy.Add(20).Start()) // 10 working days late, and the post ends in a few days
		if err := w.Applications.Urge(ctx, reviewer, w.Home.ID); err != nil {
			t.Fatal(err)
		}
		w.Write(func(ctx context.Context, tx *db.Tx) error { return w.Positions.RemindOn(ctx, tx, p.ValidUntil.Add(-1)) })
		w.SetState(byImport, position.Closed)
		w.Work()
		w.again()
		got := w.inbox(w.Owner.Account)[2:]
		slices.Sort(got)
		want := []notify.Kind{notify.ApplicationReceived, notify.AnswersUrged, notify.PositionExpiring}
		if !slices.Equal(got, want) {
			t.Errorf("the owner was told %v", got)
		}
		if err := w.Orgs.Suspend(ctx, reviewer, w.Home.ID, "年检未通过"); err != nil {
			t.Fatal(err)
		}
		w.Work()
		w.again()
		if got := w.inbox(w.Owner.Account); got[len(got)-1] != notify.OrgSuspended {
			t.Errorf("the owner was told %v", got)
		}
		last := w.mails(w.Owner.Account)
		if last[len(last)-1] != "【志岗】单位已被暂停发布" {
			t.Errorf("mails %q", last)
		}
	})
}

func TestReportsAreToldOnceWithTheirNumbers(t *testing.T) {
	each(t, func(t *testing.T, w *world, c *clock.Manual) {
		ann := w.Person()
		week := calendar.WeekOf(c.Now())
		for range 2 {
			for n, r := range []notify.Report{
				{Kind: notify.ReportBureau, Scope: "440113", Text: map[i18n.Lang]string{
					i18n.ZhHans: "全区设置岗位 12 个。", i18n.En: "12 posts.",
				}},
				{Kind: notify.ReportOrg, Scope: w.Home.ID.String()},
				{Kind: notify.ReportPerson},
			} {
				r.ID, r.Week = id.ID(100+n), week
				w.Write(func(ctx context.Context, tx *db.Tx) error { return w.Notify.ReportReady(ctx, tx, []id.ID{ann}, r) })
			}
			w.Work()
		}
		w.expect("the reader", ann, notify.ReportBureau, notify.ReportOrg, notify.ReportPerson)
		m := w.SMTP.Messages()
		if len(m) != 3 {
			t.Fatalf("%d mails", len(m))
		}
		contains(t, m[0].Text, "广东省广州市番禺区", "2026年11月16日至2026年11月22日", "全区设置岗位 12 个。",
			"/bureau/reports/2026-W47?region=440113")
		contains(t, m[1].Text, w.Home.Name, "/console/"+w.Home.ID.String()+"/reports/2026-W47")
	})
}
