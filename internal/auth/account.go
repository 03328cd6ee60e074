package auth

import (
	"context"
	"strings"
	"unicode/utf8"

	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/secret"
	"zhigang/internal/text"
)

// Service keeps accounts, sessions and tokens.
type Service struct {
	db     *db.DB
	keys   *secret.Keys
	hasher *hasher
}

// New returns the Service.
func New(d *db.DB, keys *secret.Keys) *Service {
	return &Service{db: d, keys: keys, hasher: newHasher()}
}

// Account is somebody who can sign in.
type Account struct {
	ID           id.ID   `db:"id"`
	Name         string  `db:"name"`
	Lang         string  `db:"lang"`
	PasswordHash string  `db:"password_hash"`
	DisabledAt   db.Time `db:"disabled_at"`
	CreatedAt    db.Time `db:"created_at"`
	Version      int     `db:"version"`
	// MailOnly says that nobody signs in with it: it is an address that wants to be told by mail. See Mailbox.
	MailOnly db.Bool `db:"mail_only"`
}

// Active reports whether the account may sign in.
func (a Account) Active() bool { return a.DisabledAt.IsZero() && !bool(a.MailOnly) }

// NewAccount is what somebody gives to register.
type NewAccount struct {
	Name     string // 1 to 50 characters, as in the identity document
	Login    string // see ParseLogin
	Password string
	Lang     string
}

type loginRow struct {
	Account id.ID  `db:"account_id"`
	Kind    string `db:"kind"`
	Sealed  []byte `db:"sealed"`
	Lookup  string `db:"lookup"`
}

// Register makes an account. Invalid for a bad name, login or password; a login that is taken is Invalid too, on the
// field "login".
func (s *Service) Register(ctx context.Context, in NewAccount) (Account, error) {
	return s.register(ctx, in, func(*db.Tx, Account) error { return nil })
}

// register makes an account, and what goes with it in the same transaction.
func (s *Service) register(ctx context.Context, in NewAccount, with func(*db.Tx, Account) error) (Account, error) {
	fields := errs.Fields{}
	in.Name = text.Line(in.Name)
	checkName(fields, in.Name)
	login, err := ParseLogin(in.Login)
	for field, f := range errs.FieldsOf(err) {
		fields.Add(field, f.Key)
	}
	s.hasher.check(fields, "password", in.Password, in.Name, login.Value)
	if err := fields.Err(); err != nil {
		return Account{}, err
	}
	phc, err := s.hasher.hash(ctx, in.Password)
	if err != nil {
		return Account{}, err
	}
	var a Account
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		a = Account{ID: tx.NewID(), Name: in.Name, Lang: in.Lang, PasswordHash: phc, CreatedAt: db.At(tx.Now), Version: 1}
		if err := tx.Insert(ctx, "account", a); err != nil {
			return err
		}
		if err := tx.Insert(ctx, "login", s.sealLogin(a.ID, login)); err != nil {
			return err
		}
		return with(tx, a)
	})
	switch {
	case errs.KeyOf(err) == "error.exists":
		return Account{}, errs.Fields{"login": {Key: "auth.login.taken"}}.Err()
	case err != nil:
		return Account{}, err
	}
	return a, nil
}

// maxName is how many characters a name has at most: the longest in an identity card is shorter.
const maxName = 50

func checkName(fields errs.Fields, name string) {
	if text.Blank(name) || utf8.RuneCountInString(name) > maxName || !text.Clean(name) || strings.ContainsAny(name, "<>") {
		fields.Add("name", "auth.name.form")
	}
}

func (s *Service) sealLogin(account id.ID, l Login) loginRow {
	return loginRow{
		Account: account, Kind: l.Kind, Lookup: s.keys.Index("login."+l.Kind, l.Value),
		Sealed: s.keys.Seal("login|"+account.String()+"|"+l.Kind, []byte(l.Value)),
	}
}

// Hash returns the hash of a password for Seed, which shares it among many demo accounts.
func (s *Service) Hash(ctx context.Context, password string) (string, error) {
	return s.hasher.hash(ctx, password)
}

// Seed makes an account from a password hash, for demo data.
func (s *Service) Seed(ctx context.Context, tx *db.Tx, name, phc string, login Login) (id.ID, error) {
	a := Account{ID: tx.NewID(), Name: name, Lang: "zh-Hans", PasswordHash: phc, CreatedAt: db.At(tx.Now), Version: 1}
	if err := tx.Insert(ctx, "account", a); err != nil {
		return 0, err
	}
	return a.ID, tx.Insert(ctx, "login", s.sealLogin(a.ID, login))
}

// Get returns an account. NotFound if there is none.
func (s *Service) Get(ctx context.Context, account id.ID) (Account, error) {
	var a Account
	err := s.db.Get(ctx, &a, `SELECT `+db.Columns[Account]("a")+` FROM account a WHERE id = ?`, account)
	return a, err
}

// Find returns the account that signs in with login. NotFound if there is none, Invalid if login is neither form.
func (s *Service) Find(ctx context.Context, login string) (Account, error) {
	l, err := ParseLogin(login)
	if err != nil {
		return Account{}, err
	}
	var a Account
	err = s.db.Get(ctx, &a, `SELECT `+db.Columns[Account]("a")+` FROM account a JOIN login l ON l.account_id = a.id WHERE l.lookup = ?`,
		s.keys.Index("login."+l.Kind, l.Value))
	return a, err
}

// Contact is how an account is addressed. It is personal data: shown to the person, to organizations that the person
// applied to, and to mail servers, never logged.
type Contact struct {
	Account id.ID
	Name    string
	Lang    string
	Email   string // "" when there is none
	Mobile  string // "" when there is none
	// MailOnly says that they have no account, and so no inbox.
	MailOnly bool
	Disabled bool
}

// Contact returns how to reach an account. NotFound when there is none.
func (s *Service) Contact(ctx context.Context, q db.Q, account id.ID) (Contact, error) {
	all, err := s.Contacts(ctx, q, []id.ID{account})
	if err != nil {
		return Contact{}, err
	}
	c, ok := all[account]
	if !ok {
		return Contact{}, errs.NotFound("error.not_found")
	}
	return c, nil
}

// Contacts returns how to reach those of some accounts that there are.
func (s *Service) Contacts(ctx context.Context, q db.Q, accounts []id.ID) (map[id.ID]Contact, error) {
	all := map[id.ID]Contact{}
	if len(accounts) == 0 {
		return all, nil
	}
	var rows []struct {
		Account id.ID   `db:"id"`
		Name    string  `db:"name"`
		Lang    string  `db:"lang"`
		Off     db.Time `db:"disabled_at"`
		Only    db.Bool `db:"mail_only"`
		Kind    string  `db:"kind"` // of a login; "" when there is none
		Sealed  []byte  `db:"sealed"`
	}
	if err := q.Select(ctx, &rows, `
		SELECT a.id, a.name, a.lang, a.disabled_at, a.mail_only, COALESCE(l.kind, '') AS kind, l.sealed
		FROM account a LEFT JOIN login l ON l.account_id = a.id WHERE a.id IN (?)`, accounts); err != nil {
		return nil, err
	}
	var mailOnly []id.ID
	for _, row := range rows {
		c, more := all[row.Account]
		if !more {
			c = Contact{Account: row.Account, Name: row.Name, Lang: row.Lang, MailOnly: bool(row.Only), Disabled: !row.Off.IsZero()}
		}
		if c.MailOnly {
			mailOnly = append(mailOnly, row.Account)
		}
		if row.Kind != "" {
			plain, err := s.openLogin(loginRow{Account: row.Account, Kind: row.Kind, Sealed: row.Sealed})
			if err != nil {
				return nil, err
			}
			c.take(row.Kind, string(plain))
		}
		all[row.Account] = c
	}
	return all, s.addMailboxes(ctx, q, all, mailOnly)
}

// take takes what an account signs in with as a way to reach it.
func (c *Contact) take(kind, plain string) {
	if kind == Email {
		c.Email = plain
	} else {
		c.Mobile = plain
	}
}

// Edit changes the name and the language.
func (s *Service) Edit(ctx context.Context, account id.ID, name, lang string) error {
	fields := errs.Fields{}
	name = text.Line(name)
	checkName(fields, name)
	if err := fields.Err(); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		return tx.One(ctx, `UPDATE account SET name = ?, lang = ?, version = version + 1 WHERE id = ?`, name, lang, account)
	})
}

// SetLogin gives the account another e-mail address or mobile number (it may have one of each kind). It asks for the
// password: whoever finds an open browser must not lead the links for a new password to themselves. Invalid when the
// password is wrong, the login has neither form, or somebody else has it.
func (s *Service) SetLogin(ctx context.Context, account id.ID, password, login string) error {
	a, err := s.Get(ctx, account)
	if err != nil {
		return err
	}
	ok, err := s.hasher.matches(ctx, a.PasswordHash, password)
	if err != nil {
		return err
	}
	l, err := ParseLogin(login)
	fields := errs.Fields{}
	for field, f := range errs.FieldsOf(err) {
		fields.Add(field, f.Key)
	}
	if !ok {
		fields.Add("current", "auth.password.wrong")
	}
	if err := fields.Err(); err != nil {
		return err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM login WHERE account_id = ? AND kind = ?`, account, l.Kind); err != nil {
			return err
		}
		return tx.Insert(ctx, "login", s.sealLogin(account, l))
	})
	if errs.KeyOf(err) == "error.exists" {
		return errs.Fields{"login": {Key: "auth.login.taken"}}.Err()
	}
	return err
}

// SetLang remembers the language in which the account wants to be written to.
func (s *Service) SetLang(ctx context.Context, account id.ID, lang string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		return tx.One(ctx, `UPDATE account SET lang = ? WHERE id = ?`, lang, account)
	})
}

// ChangePassword replaces the password and ends all other sessions. Invalid when current is wrong or next is weak.
func (s *Service) ChangePassword(ctx context.Context, account id.ID, current, next string, keep id.ID) error {
	a, err := s.Get(ctx, account)
	if err != nil {
		return err
	}
	ok, err := s.hasher.matches(ctx, a.PasswordHash, current)
	if err != nil {
		return err
	}
	fields := errs.Fields{}
	if !ok {
		fields.Add("current", "auth.password.wrong")
	}
	c, err := s.Contact(ctx, s.db, account)
	if err != nil {
		return err
	}
	s.hasher.check(fields, "password", next, a.Name, c.Email, c.Mobile)
	if err := fields.Err(); err != nil {
		return err
	}
	phc, err := s.hasher.hash(ctx, next)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error { return setPassword(ctx, tx, account, phc, keep) })
}

// setPassword stores the hash and ends all sessions but keep.
func setPassword(ctx context.Context, tx *db.Tx, account id.ID, phc string, keep id.ID) error {
	if err := tx.One(ctx, `UPDATE account SET password_hash = ?, version = version + 1 WHERE id = ?`, phc, account); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM session WHERE account_id = ? AND id <> ?`, account, int64(keep))
	return err
}

// Disable keeps an account from signing in and ends its sessions and tokens at once. Conflict when it is disabled already.
func (s *Service) Disable(ctx context.Context, tx *db.Tx, account id.ID) error {
	n, err := tx.Exec(ctx, `UPDATE account SET disabled_at = ?, version = version + 1 WHERE id = ? AND disabled_at IS NULL`, db.At(tx.Now), account)
	if err == nil && n == 0 {
		err = errs.Conflict("auth.disabled_already")
	}
	for _, table := range []string{"session", "api_token"} {
		if err == nil {
			_, err = tx.Exec(ctx, `DELETE FROM `+table+` WHERE account_id = ?`, account)
		}
	}
	return err
}

// Enable lets a disabled account sign in again. Conflict when it is not disabled.
func (s *Service) Enable(ctx context.Context, tx *db.Tx, account id.ID) error {
	n, err := tx.Exec(ctx, `UPDATE account SET disabled_at = NULL, version = version + 1 WHERE id = ? AND disabled_at IS NOT NULL`, account)
	if err == nil && n == 0 {
		return errs.Conflict("auth.not_disabled")
	}
	return err
}

// Listed is an account as an operator sees it: addresses masked.
type Listed struct {
	ID       id.ID  `db:"id" json:"id"`
	Name     string `db:"name" json:"name"`
	Disabled bool   `db:"disabled" json:"disabled"`
	Region   string `db:"region_code" json:"region,omitempty"`
	Role     string `db:"role" json:"role,omitempty"`
	Login    string `db:"-" json:"login"`
}

// List returns accounts, newest first, a page of limit after the id before (0 for the first page).
func (s *Service) List(ctx context.Context, before id.ID, limit int) ([]Listed, error) {
	all := []Listed{}
	err := s.db.Select(ctx, &all, `
		SELECT a.id, a.name, CASE WHEN a.disabled_at IS NULL THEN 0 ELSE 1 END = 1 AS disabled,
			COALESCE(st.region_code, '') AS region_code, COALESCE(st.role, '') AS role
		FROM account a LEFT JOIN staff st ON st.account_id = a.id
		WHERE a.mail_only = 0 AND (CAST(? AS BIGINT) = 0 OR a.id < ?)
		ORDER BY a.id DESC LIMIT ?`, int64(before), int64(before), limit)
	if err != nil {
		return nil, err
	}
	for n := range all {
		c, err := s.Contact(ctx, s.db, all[n].ID)
		if err != nil {
			return nil, err
		}
		login := Login{Email, c.Email}
		if c.Email == "" {
			login = Login{Mobile, c.Mobile}
		}
		all[n].Login = login.Mask()
	}
	return all, nil
}
