package notify

import (
	"context"

	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/mail"
	"zhigang/internal/outbox"
)

// AskReset lets the owner of login have a link by mail with which to set a new password. Whether anybody has that login
// is not told. Unavailable when mail is off.
func (s *Service) AskReset(ctx context.Context, login string) error {
	if !s.MailOn() {
		return errs.Unavailable("mail.off")
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		link, err := s.Accounts.AskReset(ctx, tx, login)
		if err != nil || link == 0 {
			return err
		}
		_, err = s.Outbox.AddTask(ctx, tx, ResetTask, link, tx.Now)
		return err
	})
}

// SendReset is the task ResetTask: it mails a one-time link (the subject). Each attempt carries a token of its own,
// which stands in no table, and ends the ones before: the newest mail works.
func (s *Service) SendReset(ctx context.Context, job *outbox.Job) error {
	d, err := s.linkDelivery(ctx, job.Subject, passwordReset, `SELECT account_id FROM one_time_link WHERE id = ?`)
	if err != nil {
		return err
	}
	return s.deliver(ctx, job, d, s.composeReset)
}

// linkDelivery returns the delivery of a link, which is made when it is first asked for, to the account that a query
// names.
func (s *Service) linkDelivery(ctx context.Context, link id.ID, kind Kind, to string) (d Delivery, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		err = tx.Get(ctx, &d, `SELECT `+db.Columns[Delivery]("d")+` FROM delivery d WHERE d.link_id = ?`, link)
		if !errs.Is(err, errs.KindNotFound) {
			return err
		}
		d = Delivery{Link: link, Kind: kind}
		if err := tx.Get(ctx, &d.Account, to, link); err != nil {
			return err
		}
		_, err = s.insert(ctx, tx, &d)
		return err
	})
	return d, err
}

func (s *Service) composeReset(ctx context.Context, d Delivery, to recipient) (m mail.Message, why string, err error) {
	token, _, err := s.Accounts.ResetToken(ctx, d.Link)
	if errs.Is(err, errs.KindNotFound) {
		return m, "the link has run out", nil
	}
	if err != nil {
		return m, "", err
	}
	m, err = s.writeReset(d, to, token)
	return m, "", err
}
