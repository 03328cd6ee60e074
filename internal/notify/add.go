package notify

import (
	"context"
	"time"

	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
)

// Post says whether a notice is mailed as well.
type Post int

// The ways to post.
const (
	InboxOnly Post = iota
	ByMail
	// ADay mails only the first notice of its kind on a subject in 24 hours: it says that there may be more to see.
	ADay
)

// Add tells an account n, in the transaction of what it tells of, and returns the notice's id; 0 when the account was
// told of n.Cause before.
func (s *Service) Add(ctx context.Context, tx *db.Tx, n Notice, post Post) (id.ID, error) {
	n.ID, n.CreatedAt, n.ReadAt = tx.NewID(), db.At(tx.Now), db.Time{}
	if n.Params.V == nil {
		n.Params.V = Params{}
	}
	if n.Link == "" { // there is no better page than the notice itself
		n.Link = noticePath(n.ID)
	}
	mailed, err := s.mailed(ctx, tx, n, post)
	if err != nil {
		return 0, err
	}
	if added, err := tx.InsertNew(ctx, "notice", n); err != nil || !added {
		return 0, err
	}
	if mailed {
		err = s.queue(ctx, tx, Delivery{Account: n.Account, Notice: n.ID, Kind: n.Kind})
	}
	return n.ID, err
}

// Tell is Add for many accounts.
func (s *Service) Tell(ctx context.Context, tx *db.Tx, accounts []id.ID, n Notice, post Post) error {
	for _, account := range accounts {
		n.Account = account
		if _, err := s.Add(ctx, tx, n, post); err != nil {
			return err
		}
	}
	return nil
}

// mailed reports whether n is to be mailed. When mail is off, or there is no address, nothing is queued.
func (s *Service) mailed(ctx context.Context, q db.Q, n Notice, post Post) (bool, error) {
	if post == InboxOnly || !s.MailOn() {
		return false, nil
	}
	to, ok, err := s.reach(ctx, q, n.Account)
	if err != nil || !ok || to.Email == "" {
		return false, err
	}
	if off, err := stopped(ctx, q, n.Kind, n.Account); err != nil || off {
		return false, err
	}
	if post == ByMail {
		return true, nil
	}
	var today int
	err = q.Get(ctx, &today, `
		SELECT COUNT(*) FROM notice n JOIN delivery d ON d.notice_id = n.id
		WHERE n.account_id = ? AND n.kind = ? AND n.subject = ? AND n.created_at > ?`,
		n.Account, n.Kind, n.Subject, db.At(n.CreatedAt.Add(-24*time.Hour)))
	return today == 0, err
}

// recipient is an account with how to reach it.
type recipient struct {
	Name, Lang, Email string
	MailOnly          bool // they have no account: no page of their own is open to them
}

// reach returns how to reach an account; false when it is disabled or gone.
func (s *Service) reach(ctx context.Context, q db.Q, account id.ID) (recipient, bool, error) {
	var disabled db.Time
	err := q.Get(ctx, &disabled, `SELECT disabled_at FROM account WHERE id = ?`, account)
	if errs.Is(err, errs.KindNotFound) || err == nil && !disabled.IsZero() {
		return recipient{}, false, nil
	}
	if err != nil {
		return recipient{}, false, err
	}
	c, err := s.Accounts.Contact(ctx, q, account)
	return recipient{c.Name, c.Lang, c.Email, c.MailOnly}, err == nil, err
}
