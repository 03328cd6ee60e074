package auth

import (
	"context"
	"time"

	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/secret"
	"zhigang/internal/text"
)

// How long sessions last. Staff of a bureau see personal data of many people, so theirs are short.
const (
	idlePerson  = 14 * 24 * time.Hour
	totalPerson = 30 * 24 * time.Hour
	idleStaff   = 30 * time.Minute
	totalStaff  = 12 * time.Hour
)

// Session is one signed-in browser.
type Session struct {
	ID        id.ID   `db:"id"`
	TokenHash string  `db:"token_hash"`
	Account   id.ID   `db:"account_id"`
	Agent     string  `db:"agent"`
	Address   string  `db:"address"`
	CreatedAt db.Time `db:"created_at"`
	SeenAt    db.Time `db:"seen_at"`
	IdleMS    int64   `db:"idle_ms"`
	ExpiresAt db.Time `db:"expires_at"`
}

// Ends returns when the session ends if nothing more is heard of it.
func (s Session) Ends() time.Time {
	idle := s.SeenAt.Add(time.Duration(s.IdleMS) * time.Millisecond)
	if idle.Before(s.ExpiresAt.Time) {
		return idle
	}
	return s.ExpiresAt.Time
}

// Client is what is noted of a browser, so that people can tell their sessions apart.
type Client struct {
	Agent   string
	Address string
}

// SignIn opens a session and returns its token, which only the browser keeps. Unauthenticated when the login is
// unknown, the password wrong or the account disabled: the same answer, in the same time.
func (s *Service) SignIn(ctx context.Context, login, password string, client Client) (token string, a Account, err error) {
	wrong := errs.Unauthenticated("auth.signin.wrong")
	a, err = s.Find(ctx, login)
	if err != nil && !errs.Is(err, errs.KindNotFound) && !errs.Is(err, errs.KindInvalid) {
		return "", Account{}, err
	}
	ok, err := s.hasher.matches(ctx, a.PasswordHash, password)
	if err != nil {
		return "", Account{}, err
	}
	if !ok || !a.Active() {
		return "", Account{}, wrong
	}
	token, err = s.Open(ctx, a.ID, client)
	return token, a, err
}

// Open opens a session for an account that has just proved who it is, and returns its token.
func (s *Service) Open(ctx context.Context, account id.ID, client Client) (token string, err error) {
	token = secret.Token()
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		idle, total := idlePerson, totalPerson
		if _, err := staffOf(ctx, tx, account); err == nil {
			idle, total = idleStaff, totalStaff
		} else if !errs.Is(err, errs.KindNotFound) {
			return err
		}
		return tx.Insert(ctx, "session", Session{
			ID: tx.NewID(), TokenHash: secret.Hash(token), Account: account,
			Agent: text.Cut(client.Agent, 200), Address: client.Address,
			CreatedAt: db.At(tx.Now), SeenAt: db.At(tx.Now), IdleMS: idle.Milliseconds(), ExpiresAt: db.At(tx.Now.Add(total)),
		})
	})
	return token, err
}

// Check returns the session of token and its account. Unauthenticated when there is none, it has ended, or the account
// was disabled. It notes that the session is alive, once a minute at most.
func (s *Service) Check(ctx context.Context, token string) (Session, Account, error) {
	gone := errs.Unauthenticated("auth.session.ended")
	var ses Session
	err := s.db.Get(ctx, &ses, `SELECT `+db.Columns[Session]("s")+` FROM session s WHERE token_hash = ?`, secret.Hash(token))
	if errs.Is(err, errs.KindNotFound) {
		return Session{}, Account{}, gone
	}
	if err != nil {
		return Session{}, Account{}, err
	}
	now := s.db.Clock().Now()
	if !now.Before(ses.Ends()) {
		return Session{}, Account{}, gone
	}
	a, err := s.Get(ctx, ses.Account)
	if err != nil {
		return Session{}, Account{}, err
	}
	if !a.Active() {
		return Session{}, Account{}, gone
	}
	if now.Sub(ses.SeenAt.Time) > time.Minute {
		err = s.db.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE session SET seen_at = ? WHERE id = ?`, db.At(tx.Now), ses.ID)
			return err
		})
	}
	return ses, a, err
}

// SignOut ends the session of token.
func (s *Service) SignOut(ctx context.Context, token string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM session WHERE token_hash = ?`, secret.Hash(token))
		return err
	})
}

// Sessions lists the open sessions of an account, the one seen last first.
func (s *Service) Sessions(ctx context.Context, account id.ID) ([]Session, error) {
	all := []Session{}
	err := s.db.Select(ctx, &all, `
		SELECT `+db.Columns[Session]("s")+` FROM session s
		WHERE account_id = ? AND expires_at > ? AND seen_at + idle_ms > ?
		ORDER BY seen_at DESC`, account, db.At(s.db.Clock().Now()), db.At(s.db.Clock().Now()))
	return all, err
}

// Kill ends one session of account. NotFound when it has none such.
func (s *Service) Kill(ctx context.Context, account, session id.ID) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM session WHERE id = ? AND account_id = ?`, session, account)
		if err == nil && n == 0 {
			return errs.NotFound("error.not_found")
		}
		return err
	})
}

// KillOthers ends all sessions of account but keep.
func (s *Service) KillOthers(ctx context.Context, account, keep id.ID) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM session WHERE account_id = ? AND id <> ?`, account, keep)
		return err
	})
}

// Prune deletes sessions, links and answers to idempotent requests that have ended.
func (s *Service) Prune(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		now := db.At(tx.Now)
		if _, err := tx.Exec(ctx, `DELETE FROM session WHERE expires_at < ? OR seen_at + idle_ms < ?`, now, now); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM api_token WHERE expires_at < ?`, now); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM one_time_link WHERE expires_at < ?`, now); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM idempotency WHERE created_at < ?`, db.At(tx.Now.Add(-answerLife)))
		return err
	})
}

// answerLife is how long a request may be sent again under its Idempotency-Key.
const answerLife = 7 * 24 * time.Hour
