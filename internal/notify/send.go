package notify

import (
	"context"
	"time"

	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/mail"
	"zhigang/internal/match"
	"zhigang/internal/outbox"
)

// giveUp is for how long a mail is tried.
const giveUp = 72 * time.Hour

// SendMail follows QueuedFact: it sends a delivery (the subject). What the mail would say is looked up now: positions
// that have closed since, that the person has applied to, whose organization they have blocked, or that the search no
// longer finds, are left out, and a mail that has nothing left to say, or nobody to reach, is dropped.
func (s *Service) SendMail(ctx context.Context, job *outbox.Job) error {
	var row struct {
		Delivery
		Of Notice `db:"n"`
	}
	err := s.db.Get(ctx, &row, `
		SELECT `+db.Columns[Delivery]("d")+`, `+db.ColumnsIn[Notice]("n")+`
		FROM delivery d JOIN notice n ON n.id = d.notice_id WHERE d.id = ?`, job.Subject)
	if errs.Is(err, errs.KindNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.deliver(ctx, job, row.Delivery, func(ctx context.Context, d Delivery, to recipient) (mail.Message, string, error) {
		return s.composeNotice(ctx, d, to, row.Of)
	})
}

// composer writes the mail of a delivery. An empty MessageID says that there is nothing to send, and why.
type composer func(context.Context, Delivery, recipient) (m mail.Message, why string, err error)

// deliver makes one attempt, and notes its end together with the end of the job.
func (s *Service) deliver(ctx context.Context, job *outbox.Job, d Delivery, compose composer) error {
	if !d.State.open() {
		return nil
	}
	m, to, why, err := s.compose(ctx, d, compose)
	if err != nil {
		return err
	}
	if m.MessageID == "" {
		return job.Finish(ctx, func(tx *db.Tx) error { return end(ctx, tx, d.ID, Dropped, why) })
	}
	if err := s.turn(ctx, d, to); err != nil {
		return err
	}
	if err := begin(ctx, s.db, d.ID); err != nil {
		return err
	}
	if d.Channel == Webhook {
		m.To.Address, m.Lang = to.Mobile, to.Lang
	}
	if err := s.sender(d.Channel).Send(ctx, m); err != nil {
		return s.failed(context.WithoutCancel(ctx), job, d, err)
	}
	return job.Finish(context.WithoutCancel(ctx), func(tx *db.Tx) error { return end(ctx, tx, d.ID, Sent, "") })
}

// compose writes the mail unless there is nobody to send it to.
func (s *Service) compose(
	ctx context.Context, d Delivery, compose composer,
) (m mail.Message, to recipient, why string, err error) {
	if s.sender(d.Channel) == nil {
		return m, to, string(d.Channel) + " was turned off", nil
	}
	to, ok, err := s.reach(ctx, s.db, d.Account)
	switch {
	case err != nil:
		return m, to, "", err
	case !ok:
		return m, to, "the account is disabled", nil
	case d.Channel == Mail && to.Email == "", d.Channel == Webhook && to.Mobile == "":
		return m, to, "the account has no address", nil
	}
	m, why, err = compose(ctx, d, to)
	return m, to, why, err
}

// sender returns what sends by a channel; nil when it is off.
func (s *Service) sender(c Channel) mail.Sender {
	if c == Webhook {
		return s.Gateway
	}
	return s.Sender
}

// failed notes why an attempt failed. A refusal is final, and so is any failure after three days; everything else is
// tried again when the outbox says so. Whether the server took a mail whose answer was lost stays open.
func (s *Service) failed(ctx context.Context, job *outbox.Job, d Delivery, cause error) error {
	next := Queued
	if mail.IsUnknown(cause) {
		next = Sending
	}
	tooLong := !s.db.Clock().Now().Before(d.CreatedAt.Add(giveUp))
	switch {
	case mail.IsPermanent(cause), tooLong && next == Queued:
		return job.Finish(ctx, func(tx *db.Tx) error { return end(ctx, tx, d.ID, Failed, cause.Error()) })
	case tooLong:
		return job.Finish(ctx, func(tx *db.Tx) error { return end(ctx, tx, d.ID, Unknown, cause.Error()) })
	}
	if err := s.db.Write(ctx, func(tx *db.Tx) error { return end(ctx, tx, d.ID, next, cause.Error()) }); err != nil {
		return err
	}
	return cause
}

const unwanted = "the owner wants no mail of it any more"

// composeNotice writes the mail of a notice.
func (s *Service) composeNotice(ctx context.Context, d Delivery, to recipient, n Notice) (m mail.Message, why string, err error) {
	if n.Kind == SearchExpiring {
		return s.composeExpiring(ctx, d, to, n)
	}
	if n.Kind != Match {
		if off, err := stopped(ctx, s.db, n.Kind, n.Account); err != nil || off {
			return m, unwanted, err
		}
		m, err = s.writeNotice(d, to, n)
		return m, "", err
	}
	now := s.db.Clock().Now()
	saved, all, err := match.WithPause(ctx, s.db, n.Subject)
	if err != nil {
		return m, "", err
	}
	if !saved.LiveOn(now) || !bool(saved.ByMail) || saved.Paused(now) || all.Paused(now) {
		return m, unwanted, nil
	}
	items, err := match.Items(ctx, s.db, n.ID, calendar.DayOf(now))
	if err != nil {
		return m, "", err
	}
	open := s.Matches.Fit(saved, items)
	if len(open) == 0 {
		return m, "the positions have closed, or were changed", nil
	}
	m, err = s.writeMatches(d, to, n, saved, open)
	return m, "", err
}
