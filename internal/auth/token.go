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

// TokenLife is how long an API token works at most.
const TokenLife = 365 * 24 * time.Hour

// Token is a key with which a program acts for an account.
type Token struct {
	ID        id.ID   `db:"id" json:"id"`
	TokenHash string  `db:"token_hash" json:"-"`
	Account   id.ID   `db:"account_id" json:"account"`
	Name      string  `db:"name" json:"name"`
	ReadOnly  db.Bool `db:"read_only" json:"read_only"` // it reads what the account may read and changes nothing
	CreatedAt db.Time `db:"created_at" json:"created_at"`
	ExpiresAt db.Time `db:"expires_at" json:"expires_at"`
}

// NewToken says what a token is for.
type NewToken struct {
	Name     string
	ReadOnly bool
	Days     int // how long it works; 0 means TokenLife, which is the most
}

// CreateToken makes an API token for account and returns its text, which is not kept. Invalid for a life that is too
// long.
func (s *Service) CreateToken(ctx context.Context, tx *db.Tx, account id.ID, in NewToken) (key string, t Token, err error) {
	const most = int(TokenLife / (24 * time.Hour))
	if in.Days == 0 {
		in.Days = most
	}
	if in.Days < 0 || in.Days > most {
		return "", Token{}, errs.Fields{"days": {Key: "error.between", Params: errs.Params{"min": 1, "max": most}}}.Err()
	}
	key = secret.Token()
	t = Token{
		ID: tx.NewID(), TokenHash: secret.Hash(key), Account: account, Name: text.Cut(in.Name, 100), ReadOnly: db.Bool(in.ReadOnly),
		CreatedAt: db.At(tx.Now), ExpiresAt: db.At(tx.Now.AddDate(0, 0, in.Days)),
	}
	return key, t, tx.Insert(ctx, "api_token", t)
}

// CheckToken returns a token with the account that it acts for. Unauthenticated when it is unknown, over, or the account
// disabled.
func (s *Service) CheckToken(ctx context.Context, text string) (t Token, a Account, err error) {
	err = s.db.Get(ctx, &t, `SELECT `+db.Columns[Token]("t")+` FROM api_token t WHERE token_hash = ? AND expires_at > ?`,
		secret.Hash(text), db.At(s.db.Clock().Now()))
	if err == nil {
		err = s.db.Get(ctx, &a, `SELECT `+db.Columns[Account]("a")+` FROM account a WHERE id = ? AND disabled_at IS NULL`, t.Account)
	}
	if errs.Is(err, errs.KindNotFound) {
		err = errs.Unauthenticated("auth.token.unknown")
	}
	return t, a, err
}

// Tokens lists the tokens of an account that still work, the newest first.
func (s *Service) Tokens(ctx context.Context, account id.ID) ([]Token, error) {
	all := []Token{}
	err := s.db.Select(ctx, &all, `SELECT `+db.Columns[Token]("t")+` FROM api_token t WHERE account_id = ? AND expires_at > ? ORDER BY id DESC`,
		account, db.At(s.db.Clock().Now()))
	return all, err
}

// EndToken lets a token of account work no longer. NotFound when it has none such.
func (s *Service) EndToken(ctx context.Context, tx *db.Tx, account, token id.ID) error {
	n, err := tx.Exec(ctx, `DELETE FROM api_token WHERE id = ? AND account_id = ?`, token, account)
	if err == nil && n == 0 {
		err = errs.NotFound("error.not_found")
	}
	return err
}

type link struct {
	ID        id.ID   `db:"id"`
	TokenHash *string `db:"token_hash"`
	Purpose   string  `db:"purpose"`
	Account   id.ID   `db:"account_id"`
	CreatedAt db.Time `db:"created_at"`
	ExpiresAt db.Time `db:"expires_at"`
	UsedAt    db.Time `db:"used_at"`
}

// How long links work.
const (
	setupLife = 24 * time.Hour
	resetLife = 30 * time.Minute
)

// SetupLink returns a token with which the first administrator can be made, or "" when there is one already. Every process
// that starts hands out its own; all stop working as soon as there is an administrator.
func (s *Service) SetupLink(ctx context.Context) (token string, err error) {
	token = secret.Token()
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if has, err := hasAdministrator(ctx, tx); err != nil || has {
			token = ""
			return err
		}
		hash := secret.Hash(token)
		return tx.Insert(ctx, "one_time_link", link{
			ID: tx.NewID(), TokenHash: &hash, Purpose: "setup", CreatedAt: db.At(tx.Now), ExpiresAt: db.At(tx.Now.Add(setupLife)),
		})
	})
	return token, err
}

func hasAdministrator(ctx context.Context, q db.Q) (bool, error) {
	var n int
	err := q.Get(ctx, &n, `SELECT COUNT(*) FROM staff WHERE role = 'administrator'`)
	return n > 0, err
}

// NeedsSetup reports whether token is a setup link that still works.
func (s *Service) NeedsSetup(ctx context.Context, token string) (bool, error) {
	err := s.openSetup(ctx, s.db, token)
	if errs.Is(err, errs.KindNotFound) {
		return false, nil
	}
	return err == nil, err
}

// openSetup returns NotFound when token is no setup link that works, or there is an administrator, however they came.
func (s *Service) openSetup(ctx context.Context, q db.Q, token string) error {
	if has, err := hasAdministrator(ctx, q); err != nil || has {
		return setupOver(err)
	}
	_, err := s.openLink(ctx, q, "setup", token)
	return err
}

func setupOver(err error) error {
	if err != nil {
		return err
	}
	return errs.NotFound("auth.setup.used")
}

func (s *Service) openLink(ctx context.Context, q db.Q, purpose, token string) (link, error) {
	var l link
	err := q.Get(ctx, &l, `SELECT `+db.Columns[link]("l")+` FROM one_time_link l WHERE token_hash = ? AND purpose = ? AND used_at IS NULL AND expires_at > ?`,
		secret.Hash(token), purpose, db.At(s.db.Clock().Now()))
	return l, err
}

func useLink(ctx context.Context, tx *db.Tx, l link) error {
	return tx.One(ctx, `UPDATE one_time_link SET used_at = ? WHERE id = ? AND used_at IS NULL`, db.At(tx.Now), l.ID)
}

// Setup makes the first administrator of region with a setup link. NotFound when the link does not work (any more), also
// when somebody used one at the same moment; then nothing was made.
func (s *Service) Setup(ctx context.Context, token string, in NewAccount, region string) (Account, error) {
	if err := s.openSetup(ctx, s.db, token); err != nil {
		return Account{}, err
	}
	return s.register(ctx, in, func(tx *db.Tx, a Account) error {
		// All links are used up together. Two people with two links meet here: the second finds none left.
		n, err := tx.Exec(ctx, `UPDATE one_time_link SET used_at = ? WHERE purpose = 'setup' AND used_at IS NULL`, db.At(tx.Now))
		if err != nil {
			return err
		}
		if has, err := hasAdministrator(ctx, tx); err != nil || has || n == 0 {
			return setupOver(err)
		}
		return tx.Insert(ctx, "staff", staffRow{Account: a.ID, Region: region, Role: Administrator, CreatedAt: db.At(tx.Now)})
	})
}

// AskReset notes that the owner of login wants a new password, and returns the id of the link that shall be mailed; 0
// when nobody has that e-mail address, which the caller must not tell.
func (s *Service) AskReset(ctx context.Context, tx *db.Tx, login string) (id.ID, error) {
	a, err := s.Find(ctx, login)
	if errs.Is(err, errs.KindNotFound) || errs.Is(err, errs.KindInvalid) || err == nil && !a.Active() {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	l := link{ID: tx.NewID(), Purpose: "password", Account: a.ID, CreatedAt: db.At(tx.Now), ExpiresAt: db.At(tx.Now.Add(resetLife))}
	return l.ID, tx.Insert(ctx, "one_time_link", l)
}

// ResetToken makes the token of a link at the moment it is mailed, and returns it with the account it is for. Tokens
// made before stop working. NotFound when the link has ended.
func (s *Service) ResetToken(ctx context.Context, linkID id.ID) (token string, account id.ID, err error) {
	token = secret.Token()
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		var l link
		if err := tx.Get(ctx, &l, `SELECT `+db.Columns[link]("l")+` FROM one_time_link l WHERE id = ? AND purpose = 'password' AND used_at IS NULL AND expires_at > ?`,
			linkID, db.At(tx.Now)); err != nil {
			return err
		}
		account = l.Account
		return tx.One(ctx, `UPDATE one_time_link SET token_hash = ? WHERE id = ?`, secret.Hash(token), l.ID)
	})
	return token, account, err
}

// Reset sets a new password with a mailed token and ends all sessions. NotFound when the link does not work (any more).
func (s *Service) Reset(ctx context.Context, token, password string) error {
	l, err := s.openLink(ctx, s.db, "password", token)
	if err != nil {
		return err
	}
	c, err := s.Contact(ctx, s.db, l.Account)
	if err != nil {
		return err
	}
	fields := errs.Fields{}
	s.hasher.check(fields, "password", password, c.Name, c.Email, c.Mobile)
	if err := fields.Err(); err != nil {
		return err
	}
	phc, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if err := useLink(ctx, tx, l); err != nil {
			return err
		}
		return setPassword(ctx, tx, l.Account, phc, 0)
	})
}
