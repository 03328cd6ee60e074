package notify

import (
	"context"
	"strings"

	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/match"
)

// unsubscribeUse keeps the signature of these links from working for others.
const unsubscribeUse = "unsubscribe"

// Subscription is what the link of a mail can end: the mail of a saved search, or the weekly mail of one kind to one
// account.
type Subscription struct {
	Search match.SavedSearch // zero for a weekly mail
	Kind   Kind              // Match, or the kind of the weekly mail
	// Mailed says that mail is sent of it.
	Mailed bool
	// MailOnly says that there is no account, and so no inbox.
	MailOnly bool
	account  id.ID
}

// weekly reports whether notices of a kind come every week without having been asked for: their mail can be ended.
func (k Kind) weekly() bool { return k == ReportPerson || k == ReportOrg || k == ReportBureau }

const reportPrefix = "report."

// searchToken names a saved search in a link that only its mails carry.
func (s *Service) searchToken(saved id.ID) string { return s.signed(saved.String()) }

// weeklyToken names the weekly mail of a kind to an account.
func (s *Service) weeklyToken(k Kind, account id.ID) string {
	return s.signed(strings.TrimPrefix(string(k), reportPrefix) + "-" + account.String())
}

func (s *Service) signed(name string) string { return name + "." + s.Keys.Sign(unsubscribeUse, name) }

// cutToken takes a signed name apart.
func cutToken(token string) (name, signature string) {
	name, signature, _ = strings.Cut(token, ".")
	return name, signature
}

// WeeklyPath returns the path of the page where an account ends the weekly mail of a kind, or has it again; "" when no
// mail is sent at all.
func (s *Service) WeeklyPath(k Kind, account id.ID) string {
	if !s.MailOn() {
		return ""
	}
	return unsubscribePath(s.weeklyToken(k, account))
}

// UnsubscribeInfo returns what a link can end, for the page that asks; it changes nothing. NotFound for a link that was
// not made here.
func (s *Service) UnsubscribeInfo(ctx context.Context, token string) (Subscription, error) {
	return s.subscription(ctx, s.db, token)
}

func (s *Service) subscription(ctx context.Context, q db.Q, token string) (sub Subscription, err error) {
	unknown := errs.NotFound("notice.unsubscribe.unknown")
	name, signature := cutToken(token)
	kind, named, weekly := strings.Cut(name, "-")
	if !weekly {
		named = name
	}
	of, err := id.Parse(named)
	if err != nil || !s.Keys.Verify(unsubscribeUse, name, signature) {
		return sub, unknown
	}
	if weekly {
		sub = Subscription{Kind: Kind(reportPrefix + kind), account: of}
		off, err := stopped(ctx, q, sub.Kind, of)
		sub.Mailed = !off
		return sub, err
	}
	sub.Kind = Match
	sub.Search, err = match.ByID(ctx, q, of)
	if err != nil {
		return sub, err
	}
	sub.Mailed = bool(sub.Search.ByMail) && sub.Search.LiveOn(s.db.Clock().Now())
	to, _, err := s.reach(ctx, q, sub.Search.Account)
	sub.MailOnly = to.MailOnly
	return sub, err
}

// Unsubscribe ends the mail that a link names; the inbox goes on, where there is one. It needs nobody to be signed in (RFC 8058) and must be
// reached by POST only. NotFound as for UnsubscribeInfo; asked twice it does no harm.
func (s *Service) Unsubscribe(ctx context.Context, token string) error {
	sub, err := s.subscription(ctx, s.db, token)
	if err != nil {
		return err
	}
	if sub.Kind == Match {
		return s.Matches.EndMail(ctx, sub.Search.ID)
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.InsertNew(ctx, "mail_stop", stopRow{sub.account, sub.Kind, db.At(tx.Now)})
		return err
	})
}

// RenewSearch gives the saved search that a link names another life. NotFound as for UnsubscribeInfo, for a weekly mail,
// and when the search was ended.
func (s *Service) RenewSearch(ctx context.Context, token string) error {
	sub, err := s.subscription(ctx, s.db, token)
	if err == nil && sub.Kind != Match {
		err = errs.NotFound("notice.unsubscribe.unknown")
	}
	if err != nil {
		return err
	}
	return s.Matches.RenewByLink(ctx, sub.Search.ID)
}

// Resubscribe begins the weekly mail again that a link names. NotFound as for UnsubscribeInfo, and for a saved search:
// its owner sets that themselves.
func (s *Service) Resubscribe(ctx context.Context, token string) error {
	sub, err := s.subscription(ctx, s.db, token)
	if err == nil && sub.Kind == Match {
		err = errs.NotFound("notice.unsubscribe.unknown")
	}
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM mail_stop WHERE account_id = ? AND kind = ?`, sub.account, sub.Kind)
		return err
	})
}

type stopRow struct {
	Account id.ID   `db:"account_id"`
	Kind    Kind    `db:"kind"`
	At      db.Time `db:"created_at"`
}

// stopped reports whether an account wants no mail of a weekly kind.
func stopped(ctx context.Context, q db.Q, k Kind, account id.ID) (bool, error) {
	if !k.weekly() {
		return false, nil
	}
	var n int
	err := q.Get(ctx, &n, `SELECT COUNT(*) FROM mail_stop WHERE account_id = ? AND kind = ?`, account, k)
	return n > 0, err
}
