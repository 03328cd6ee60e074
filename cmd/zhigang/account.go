package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"zhigang/internal/audit"
	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
)

// accountCmd groups what is done with accounts. Whoever may run these commands is above all roles; each change leaves a
// row in the audit, in the transaction of the change.
type accountCmd struct {
	Create  accountCreateCmd  `cmd:"" help:"${account_create}"`
	List    accountListCmd    `cmd:"" help:"${account_list}"`
	Disable accountDisableCmd `cmd:"" help:"${account_off}"`
	Enable  accountEnableCmd  `cmd:"" help:"${account_on}"`
	Role    accountRoleCmd    `cmd:"" help:"${account_role}"`
}

type accountCreateCmd struct {
	Login  string `arg:"" help:"${login}"`
	Name   string `required:"" placeholder:"NAME" help:"${name}"`
	Role   string `enum:"reviewer,supervisor,administrator," default:"" placeholder:"ROLE" help:"${role_new}"`
	Region string `placeholder:"CODE" help:"${role_region}"`
}

// Run makes an account. The password comes from standard input, so that it stands in no history and no process list.
func (c *accountCreateCmd) Run(e *env) error {
	password, err := e.readSecret(os.Stdin)
	if err != nil {
		return err
	}
	return e.withStore(func(s *store) error {
		if c.Role != "" || c.Region != "" {
			if err := s.checkRegion(c.Region); err != nil {
				return err
			}
		}
		a, err := s.accounts.Register(e.ctx, auth.NewAccount{Name: c.Name, Login: c.Login, Password: password, Lang: e.words["lang"]})
		if err != nil {
			return err
		}
		if c.Role != "" {
			if err := s.grant(e, a.ID, c.Role, c.Region); err != nil {
				return err
			}
		}
		return e.print(map[string]string{"id": a.ID.String()}, a.ID.String())
	})
}

// readSecret reads one line from a pipe. At a terminal the line would be shown and the program seem to hang: the words
// say how to do it instead.
func (e *env) readSecret(in *os.File) (string, error) {
	if isTerminal(in) {
		return "", e.wrong("password_pipe")
	}
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return "", e.wrong("password_pipe")
	}
	return line, nil
}

type accountListCmd struct {
	Staff bool `help:"${account_staff}"`
	Limit int  `default:"1000" placeholder:"N" help:"${account_limit}"`
}

// Run lists accounts, newest first.
func (c *accountListCmd) Run(e *env) error {
	return e.withStore(func(s *store) error {
		found, more, err := c.find(e, s)
		if err != nil {
			return err
		}
		text := []string{e.words["account_columns"]}
		for _, a := range found {
			state := e.words["account_active"]
			if a.Disabled {
				state = e.words["account_disabled"]
			}
			text = append(text, strings.Join([]string{a.ID.String(), a.Login, state, strings.TrimSpace(a.Role + " " + a.Region), a.Name}, "\t"))
		}
		if more {
			_, _ = fmt.Fprintf(e.err, e.words["account_more"]+"\n", c.Limit)
		}
		return e.print(found, strings.Join(text, "\n"))
	})
}

// find collects pages of accounts up to the limit, and says whether there are more.
func (c *accountListCmd) find(e *env, s *store) (found []auth.Listed, more bool, err error) {
	const page = 500
	found = []auth.Listed{}
	var before id.ID
	for {
		some, err := s.accounts.List(e.ctx, before, page)
		if err != nil {
			return nil, false, err
		}
		for _, a := range some {
			before = a.ID
			if c.Staff && a.Role == "" {
				continue
			}
			if len(found) == c.Limit {
				return found, true, nil
			}
			found = append(found, a)
		}
		if len(some) < page {
			return found, false, nil
		}
	}
}

type accountDisableCmd struct {
	Login string `arg:"" help:"${login}"`
}

// Run disables an account.
func (c *accountDisableCmd) Run(e *env) error {
	return e.change(c.Login, "account.disable", "account_off_done", (*auth.Service).Disable)
}

type accountEnableCmd struct {
	Login string `arg:"" help:"${login}"`
}

// Run lets a disabled account sign in again.
func (c *accountEnableCmd) Run(e *env) error {
	return e.change(c.Login, "account.enable", "account_on_done", (*auth.Service).Enable)
}

type accountRoleCmd struct {
	Login  string `arg:"" help:"${login}"`
	Role   string `arg:"" enum:"reviewer,supervisor,administrator,none" help:"${role}"`
	Region string `placeholder:"CODE" help:"${role_region}"`
}

// Run gives or takes a role in a bureau.
func (c *accountRoleCmd) Run(e *env) error {
	return e.withStore(func(s *store) error {
		a, err := s.findAccount(e, c.Login)
		if err != nil {
			return err
		}
		if c.Role == "none" {
			err = s.endStaff(e, a.ID)
		} else if err = s.checkRegion(c.Region); err == nil {
			err = s.grant(e, a.ID, c.Role, c.Region)
		}
		if err != nil {
			return err
		}
		return e.print(map[string]bool{"ok": true}, e.words["account_role_done"])
	})
}

// change does something with the account that signs in with login.
func (e *env) change(login, verb, done string, do func(*auth.Service, context.Context, *db.Tx, id.ID) error) error {
	return e.withStore(func(s *store) error {
		a, err := s.findAccount(e, login)
		if err != nil {
			return err
		}
		err = s.write(e, audit.Entry{Verb: verb, Subject: a.ID}, func(tx *db.Tx) error { return do(s.accounts, e.ctx, tx, a.ID) })
		if err != nil {
			return err
		}
		return e.print(map[string]bool{"ok": true}, e.words[done])
	})
}

// grant gives an account a role in the bureau of a region.
func (s *store) grant(e *env, account id.ID, role, region string) error {
	entry := audit.Entry{Verb: "staff.grant", Subject: account, Region: region, Note: role + " " + region}
	return s.write(e, entry, func(tx *db.Tx) error { return s.accounts.GrantStaff(e.ctx, tx, account, region, auth.BureauRole(role)) })
}

// endStaff takes the role in a bureau from an account, if it has one.
func (s *store) endStaff(e *env, account id.ID) error {
	had, err := s.accounts.StaffOf(e.ctx, account)
	switch {
	case errs.Is(err, errs.KindNotFound):
		return nil
	case err != nil:
		return err
	}
	entry := audit.Entry{Verb: "staff.end", Subject: account, Region: had.Region, Note: string(had.Role) + " " + had.Region}
	return s.write(e, entry, func(tx *db.Tx) error { return s.accounts.EndStaff(e.ctx, tx, account) })
}

// write makes a change of an account, and the audit row that says so.
func (s *store) write(e *env, entry audit.Entry, do func(*db.Tx) error) error {
	entry.SubjectKind = "account"
	return s.db.Write(e.ctx, func(tx *db.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		return audit.Add(e.ctx, tx, auth.System(), entry)
	})
}

// findAccount returns the account that signs in with login. NotFound says so in words that name it.
func (s *store) findAccount(e *env, login string) (auth.Account, error) {
	a, err := s.accounts.Find(e.ctx, login)
	if errs.Is(err, errs.KindNotFound) {
		err = errs.NotFound("operator.no_account").With("login", login)
	}
	return a, err
}

// checkRegion makes sure that a bureau may exist there.
func (s *store) checkRegion(code string) error {
	if place, ok := s.tree.Get(code); !ok || place.Retired || place.Paper {
		return errs.Fields{"region": {Key: "error.region"}}.Err()
	}
	return nil
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
