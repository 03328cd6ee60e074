package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/errs"
)

// accountCmd groups what is done with accounts.
type accountCmd struct {
	Create  accountCreateCmd  `cmd:"" help:"${account_create}"`
	List    accountListCmd    `cmd:"" help:"${account_list}"`
	Disable accountDisableCmd `cmd:"" help:"${account_off}"`
	Enable  accountEnableCmd  `cmd:"" help:"${account_on}"`
	Role    accountRoleCmd    `cmd:"" help:"${account_role}"`
}

type accountCreateCmd struct {
	Login  string `arg:"" help:"${login}"`
	Name   string `required:"" help:"${name}"`
	Role   string `help:"${role}"`
	Region string `help:"${region}"`
}

// Run makes an account. The password comes from standard input, so that it stands in no history and no process list.
func (c *accountCreateCmd) Run(e *env) error {
	password, err := readSecret(os.Stdin)
	if err != nil {
		return err
	}
	return e.withStore(func(s *store) error {
		if c.Role != "" {
			if err := s.checkRegion(c.Region); err != nil {
				return err
			}
		}
		a, err := s.accounts.Register(e.ctx, auth.NewAccount{Name: c.Name, Login: c.Login, Password: password, Lang: e.words["lang"]})
		if err != nil {
			return err
		}
		if c.Role != "" {
			err := s.db.Write(e.ctx, func(tx *db.Tx) error {
				return s.accounts.GrantStaff(e.ctx, tx, a.ID, c.Region, auth.BureauRole(c.Role))
			})
			if err != nil {
				return err
			}
		}
		return e.print(map[string]string{"id": a.ID.String()}, a.ID.String())
	})
}

// readSecret reads one line from a pipe or a terminal.
func readSecret(in io.Reader) (string, error) {
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && err != io.EOF {
		return "", err
	}
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return "", fmt.Errorf("%w: the password is read from standard input, which is empty", errUsage)
	}
	return line, nil
}

type accountListCmd struct{}

// Run lists accounts.
func (c *accountListCmd) Run(e *env) error {
	return e.withStore(func(s *store) error {
		all, err := s.accounts.List(e.ctx, 0, 1000)
		if err != nil {
			return err
		}
		var text strings.Builder
		for _, a := range all {
			state := ""
			if a.Disabled {
				state = "disabled"
			}
			fmt.Fprintf(&text, "%s\t%s\t%s\t%s %s\t%s\n", a.ID, a.Name, a.Login, a.Role, a.Region, state)
		}
		return e.print(all, strings.TrimSuffix(text.String(), "\n"))
	})
}

type accountDisableCmd struct {
	Login string `arg:"" help:"${login}"`
}

// Run disables an account.
func (c *accountDisableCmd) Run(e *env) error {
	return e.withStore(func(s *store) error {
		a, err := s.accounts.Find(e.ctx, c.Login)
		if err != nil {
			return err
		}
		return s.accounts.Disable(e.ctx, a.ID)
	})
}

type accountEnableCmd struct {
	Login string `arg:"" help:"${login}"`
}

// Run lets a disabled account sign in again.
func (c *accountEnableCmd) Run(e *env) error {
	return e.withStore(func(s *store) error {
		a, err := s.accounts.Find(e.ctx, c.Login)
		if err != nil {
			return err
		}
		return s.accounts.Enable(e.ctx, a.ID)
	})
}

type accountRoleCmd struct {
	Login  string `arg:"" help:"${login}"`
	Role   string `arg:"" enum:"reviewer,supervisor,administrator,none" help:"${role}"`
	Region string `help:"${region}"`
}

// Run gives or takes a role in a bureau.
func (c *accountRoleCmd) Run(e *env) error {
	return e.withStore(func(s *store) error {
		a, err := s.accounts.Find(e.ctx, c.Login)
		if err != nil {
			return err
		}
		if c.Role != "none" {
			if err := s.checkRegion(c.Region); err != nil {
				return err
			}
		}
		return s.db.Write(e.ctx, func(tx *db.Tx) error {
			if c.Role == "none" {
				return s.accounts.EndStaff(e.ctx, tx, a.ID)
			}
			return s.accounts.GrantStaff(e.ctx, tx, a.ID, c.Region, auth.BureauRole(c.Role))
		})
	})
}

// checkRegion makes sure that a bureau may exist there.
func (s *store) checkRegion(code string) error {
	if place, ok := s.tree.Get(code); !ok || place.Retired || place.Paper {
		return errs.Fields{"region": {Key: "error.region"}}.Err()
	}
	return nil
}

// tokenCmd groups what is done with API tokens.
type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"${token_create}"`
}

type tokenCreateCmd struct {
	Account string `required:"" help:"${login}"`
	Label   string `default:"cli" help:"${label}"`
}

// Run makes an API token for an account.
func (c *tokenCreateCmd) Run(e *env) error {
	return e.withStore(func(s *store) error {
		a, err := s.accounts.Find(e.ctx, c.Account)
		if err != nil {
			return err
		}
		token, err := s.accounts.CreateToken(e.ctx, a.ID, c.Label)
		if err != nil {
			return err
		}
		return e.print(map[string]string{"token": token}, token)
	})
}

// print writes what a command found: as JSON when asked for, else as text.
func (e *env) print(v any, text string) error {
	if !e.json {
		_, err := fmt.Fprintln(e.out, text)
		return err
	}
	enc := json.NewEncoder(e.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
