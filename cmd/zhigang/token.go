package main

import (
	"fmt"
	"strings"

	"zhigang/internal/audit"
	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
)

// tokenCmd groups what is done with API tokens.
type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"${token_create}"`
	List   tokenListCmd   `cmd:"" help:"${token_list}"`
	Revoke tokenRevokeCmd `cmd:"" help:"${token_revoke}"`
}

type tokenCreateCmd struct {
	Account  string `required:"" placeholder:"LOGIN" help:"${login}"`
	Label    string `default:"cli" placeholder:"TEXT" help:"${label}"`
	ReadOnly bool   `help:"${token_read_only}"`
	Days     int    `placeholder:"N" help:"${token_days}"`
}

// Run makes an API token for an account. It is printed once and kept nowhere.
func (c *tokenCreateCmd) Run(e *env) error {
	return e.withStore(func(s *store) error {
		a, err := s.findAccount(e, c.Account)
		if err != nil {
			return err
		}
		var token string
		var made auth.Token
		err = s.write(e, audit.Entry{Verb: "token.create", Subject: a.ID, Note: c.Label}, func(tx *db.Tx) (err error) {
			token, made, err = s.accounts.CreateToken(e.ctx, tx, a.ID, auth.NewToken{Name: c.Label, ReadOnly: c.ReadOnly, Days: c.Days})
			return err
		})
		if err != nil {
			return err
		}
		return e.print(map[string]string{"token": token, "id": made.ID.String()}, token)
	})
}

type tokenListCmd struct {
	Account string `required:"" placeholder:"LOGIN" help:"${login}"`
}

// Run lists the tokens of an account that still work. What they read is not known any more.
func (c *tokenListCmd) Run(e *env) error {
	return e.withStore(func(s *store) error {
		a, err := s.findAccount(e, c.Account)
		if err != nil {
			return err
		}
		all, err := s.accounts.Tokens(e.ctx, a.ID)
		if err != nil {
			return err
		}
		var text strings.Builder
		for _, t := range all {
			scope := ""
			if t.ReadOnly {
				scope = e.words["token_reads"]
			}
			fmt.Fprintf(&text, "%s  %s  %s  %s %s\n", t.ID, t.CreatedAt.Format("2006-01-02"), t.ExpiresAt.Format("2006-01-02"), t.Name, scope)
		}
		if len(all) == 0 {
			text.WriteString(e.words["token_none"])
		}
		return e.print(all, strings.TrimSpace(text.String()))
	})
}

type tokenRevokeCmd struct {
	Account string `required:"" placeholder:"LOGIN" help:"${login}"`
	ID      string `arg:"" help:"${token_id}"`
}

// Run lets a token work no longer.
func (c *tokenRevokeCmd) Run(e *env) error {
	token, err := id.Parse(c.ID)
	if err != nil {
		return errs.Fields{"id": {Key: "error.id"}}.Err()
	}
	return e.withStore(func(s *store) error {
		a, err := s.findAccount(e, c.Account)
		if err != nil {
			return err
		}
		err = s.write(e, audit.Entry{Verb: "token.revoke", Subject: a.ID, Note: c.ID}, func(tx *db.Tx) error {
			return s.accounts.EndToken(e.ctx, tx, a.ID, token)
		})
		if err != nil {
			return err
		}
		return e.print(map[string]bool{"ok": true}, e.words["token_revoked"])
	})
}
