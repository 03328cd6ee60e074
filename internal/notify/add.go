package notify

import (
	"context"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/db"
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
	n = begun(tx, n)
	channel, err := s.channel(ctx, tx, n, post)
	if err != nil {
		return 0, err
	}
	if added, err := tx.InsertNew(ctx, "notice", n); err != nil || !added {
		return 0, err
	}
	if channel != "" {
		err = s.queue(ctx, tx, Delivery{Account: n.Account, Notice: n.ID, Kind: n.Kind, Channel: channel})
	}
	return n.ID, err
}

// begun is a notice that is told now.
func begun(tx *db.Tx, n Notice) Notice {
	n.ID, n.CreatedAt, n.ReadAt = tx.NewID(), db.At(tx.Now), db.Time{}
	if n.Params.V == nil {
		n.Params.V = Params{}
	}
	if n.Link == "" { // there is no better page than the notice itself
		n.Link = noticePath(n.ID)
	}
	return n
}

// addAll is Add for many notices, of no cause and no weekly kind, of which some are mailed.
func (s *Service) addAll(ctx context.Context, tx *db.Tx, notices []Notice, byMail map[id.ID]bool) error {
	if err := db.InsertAll(ctx, tx, "notice", notices); err != nil {
		return err
	}
	var mailed []Notice
	var accounts []id.ID
	for _, n := range notices {
		if byMail[n.ID] && (s.Sender != nil || s.Gateway != nil) {
			mailed, accounts = append(mailed, n), append(accounts, n.Account)
		}
	}
	contacts, err := s.Accounts.Contacts(ctx, tx, accounts)
	if err != nil {
		return err
	}
	var deliveries []Delivery
	for _, n := range mailed {
		to, ok := recipientOf(contacts[n.Account])
		if channel := s.channelTo(to); ok && channel != "" {
			deliveries = append(deliveries, s.newDelivery(tx, Delivery{Account: n.Account, Notice: n.ID, Kind: n.Kind, Channel: channel}))
		}
	}
	return s.queueAll(ctx, tx, deliveries)
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

// channel returns how n goes out beside the inbox; "" when it does not. Where a channel is off, or there is no address
// for it, nothing is queued.
func (s *Service) channel(ctx context.Context, q db.Q, n Notice, post Post) (Channel, error) {
	if post == InboxOnly || s.Sender == nil && s.Gateway == nil {
		return "", nil
	}
	to, ok, err := s.reach(ctx, q, n.Account)
	if err != nil || !ok || s.channelTo(to) == "" {
		return "", err
	}
	if off, err := stopped(ctx, q, n.Kind, n.Account); err != nil || off {
		return "", err
	}
	if post == ByMail {
		return s.channelTo(to), nil
	}
	var today int
	err = q.Get(ctx, &today, `
		SELECT COUNT(*) FROM notice n JOIN delivery d ON d.notice_id = n.id
		WHERE n.account_id = ? AND n.kind = ? AND n.subject = ? AND n.created_at > ?`,
		n.Account, n.Kind, n.Subject, db.At(n.CreatedAt.Add(-24*time.Hour)))
	if err != nil || today > 0 {
		return "", err
	}
	return s.channelTo(to), nil
}

// channelTo returns the channel by which somebody is reached; "" when there is none.
func (s *Service) channelTo(to recipient) Channel {
	switch {
	case to.Email != "" && s.Sender != nil:
		return Mail
	case to.Mobile != "" && s.Gateway != nil:
		return Webhook
	}
	return ""
}

// Reach returns the channel by which an account is reached beside its inbox; "" when there is none.
func (s *Service) Reach(ctx context.Context, account id.ID) (Channel, error) {
	to, ok, err := s.reach(ctx, s.db, account)
	if err != nil || !ok {
		return "", err
	}
	return s.channelTo(to), nil
}

// recipient is an account with how to reach it.
type recipient struct {
	Name, Lang, Email string
	Mobile            string
	MailOnly          bool // they have no account: no page of their own is open to them
}

// reach returns how to reach an account; false when it is disabled or gone.
func (s *Service) reach(ctx context.Context, q db.Q, account id.ID) (recipient, bool, error) {
	contacts, err := s.Accounts.Contacts(ctx, q, []id.ID{account})
	to, ok := recipientOf(contacts[account])
	return to, ok, err
}

// recipientOf returns how to reach somebody; false when the account is disabled or gone.
func recipientOf(c auth.Contact) (recipient, bool) {
	if c.Account == 0 || c.Disabled {
		return recipient{}, false
	}
	return recipient{c.Name, c.Lang, c.Email, c.Mobile, c.MailOnly}, true
}
