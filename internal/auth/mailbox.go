package auth

import (
	"context"

	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
)

// mailboxRow is the address of somebody who has no account and is told by mail.
type mailboxRow struct {
	Account   id.ID   `db:"account_id"`
	Sealed    []byte  `db:"sealed"`
	Lookup    string  `db:"lookup"`
	CreatedAt db.Time `db:"created_at"`
}

const mailboxUse = "mailbox"

// ParseMailbox reads an e-mail address. Invalid, on field "email", for anything else.
func ParseMailbox(typed string) (string, error) {
	l, err := ParseLogin(typed)
	if err != nil || l.Kind != Email {
		return "", errs.Fields{"email": {Key: "auth.login.email"}}.Err()
	}
	return l.Value, nil
}

// Mailbox returns the account of an address that wants to be told by mail and has no account to sign in with; it is made
// when it is first asked for. That it is there says nothing about whose the address is. Invalid as for ParseMailbox.
func (s *Service) Mailbox(ctx context.Context, tx *db.Tx, email, lang string) (id.ID, error) {
	email, err := ParseMailbox(email)
	if err != nil {
		return 0, err
	}
	row := mailboxRow{Lookup: s.keys.Index(mailboxUse, email), CreatedAt: db.At(tx.Now)}
	err = tx.Get(ctx, &row.Account, `SELECT account_id FROM mailbox WHERE lookup = ?`, row.Lookup)
	if !errs.Is(err, errs.KindNotFound) {
		return row.Account, err
	}
	a := Account{ID: tx.NewID(), Lang: lang, CreatedAt: db.At(tx.Now), Version: 1, MailOnly: true}
	if err := tx.Insert(ctx, "account", a); err != nil {
		return 0, err
	}
	row.Account = a.ID
	row.Sealed = s.keys.Seal(mailboxPlace(a.ID), []byte(email))
	return a.ID, tx.Insert(ctx, "mailbox", row)
}

func mailboxPlace(account id.ID) string { return mailboxUse + "|" + account.String() }

// addMailboxes adds the addresses of accounts that have no other; none where it was forgotten.
func (s *Service) addMailboxes(ctx context.Context, q db.Q, all map[id.ID]Contact, accounts []id.ID) error {
	if len(accounts) == 0 {
		return nil
	}
	var rows []struct {
		Account id.ID  `db:"account_id"`
		Sealed  []byte `db:"sealed"`
	}
	if err := q.Select(ctx, &rows, `SELECT account_id, sealed FROM mailbox WHERE account_id IN (?)`, accounts); err != nil {
		return err
	}
	for _, one := range rows {
		plain, err := s.keys.Open(mailboxPlace(one.Account), one.Sealed)
		if err != nil {
			return err
		}
		c := all[one.Account]
		c.Email = string(plain)
		all[one.Account] = c
	}
	return nil
}

// ForgetMailboxes forgets the addresses of accounts that have nothing else.
func (s *Service) ForgetMailboxes(ctx context.Context, tx *db.Tx, accounts []id.ID) error {
	_, err := tx.Exec(ctx, `DELETE FROM mailbox WHERE account_id IN (?)`, accounts)
	return err
}
