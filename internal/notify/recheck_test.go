package notify_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/id"
	"zhigang/internal/match"
	"zhigang/internal/position"
	"zhigang/internal/worldtest"
)

// What may happen between the notice and a mail that had to wait for its server: each reason alone keeps a position out.
func TestWhatNobodyWantsAnyMoreIsLeftOutOfTheMail(t *testing.T) {
	each(t, func(t *testing.T, w *world, c *clock.Manual) {
		w.SMTP.Down()
		ann := w.Person()
		w.Save(ann, panyu, match.Instant, true)
		blocked, _ := w.Org("番禺区被屏蔽服务中心", worldtest.Panyu)
		suspended, _ := w.Org("番禺区被暂停服务中心", worldtest.Panyu)
		w.Write(func(ctx context.Context, tx *db.Tx) error { // their owners are told that they were approved: not here
			_, err := tx.Exec(ctx, `DELETE FROM outbox`)
			return err
		})
		from := func(owner id.ID, title string) position.Position {
			p := w.Draft(title)
			p.OrgID = owner
			return p
		}
		ids := w.Publish(w.Draft("还开放的社工"), w.Draft("已关闭的社工"), w.Draft("已撤下的社工"), w.Draft("已应聘的社工"),
			from(blocked.ID, "不想看的社工"), from(suspended.ID, "被暂停的社工"))
		w.Work()
		if n := w.Count("match", "notice_id IS NOT NULL"); n != len(ids) {
			t.Fatalf("the notice tells of %d", n)
		}
		w.SetState(ids[1], position.Closed)
		w.SetState(ids[2], position.Withdrawn)
		w.Write(func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE org SET state = 'suspended' WHERE id = ?`, suspended.ID)
			return err
		})
		w.Applied(ids[3], ann)
		if err := w.Matches.Block(t.Context(), auth.Actor{Account: ann}, blocked.ID); err != nil {
			t.Fatal(err)
		}
		w.SMTP.Up()
		later(c)
		w.Work()
		got := w.SMTP.Messages()
		if len(got) != 1 || got[0].Subject != "【志岗】1 个新岗位符合您的订阅" || !strings.Contains(got[0].Text, "还开放的社工") {
			t.Fatalf("%d mails: %+v", len(got), got)
		}
		for _, gone := range []string{"已关闭", "已撤下", "已应聘", "不想看", "被暂停"} {
			if strings.Contains(got[0].Text, gone) {
				t.Errorf("the mail tells of what is %s", gone)
			}
		}
	})
}

func TestAMailIsNotSentInAPause(t *testing.T) {
	each(t, func(t *testing.T, w *world, c *clock.Manual) {
		w.SMTP.Down()
		one, all := auth.Actor{Account: w.Person()}, auth.Actor{Account: w.Person()}
		saved := w.Save(one.Account, panyu, match.Instant, true)
		w.Save(all.Account, panyu, match.Instant, true)
		w.Publish(w.Draft("社区社工"))
		w.Work()
		if err := errors.Join(w.Matches.Pause(t.Context(), one, saved.ID, ""), w.Matches.PauseAll(t.Context(), all, "")); err != nil {
			t.Fatal(err)
		}
		w.SMTP.Up()
		later(c)
		w.Work()
		if n := w.Count("delivery", "state = 'dropped'"); n != 2 || len(w.SMTP.Messages()) != 0 {
			t.Errorf("%d dropped, %d mails", n, len(w.SMTP.Messages()))
		}
	})
}

func TestAMailOfNothingButABlockedOrganizationIsNotSent(t *testing.T) {
	each(t, func(t *testing.T, w *world, c *clock.Manual) {
		w.SMTP.Down()
		ann := w.Person()
		w.Save(ann, panyu, match.Instant, true)
		w.Publish(w.Draft("社区社工"))
		w.Work()
		if err := w.Matches.Block(t.Context(), auth.Actor{Account: ann}, w.Home.ID); err != nil {
			t.Fatal(err)
		}
		w.SMTP.Up()
		later(c)
		w.Work()
		if n := w.Count("delivery", "state = 'dropped'"); n != 1 || len(w.SMTP.Messages()) != 0 {
			t.Errorf("%d dropped, %d mails", n, len(w.SMTP.Messages()))
		}
	})
}
