package org

import (
	"context"
	"slices"

	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
)

// Member is an account that works for an organization.
type Member struct {
	Org     id.ID        `db:"org_id"`
	Account id.ID        `db:"account_id"`
	Name    string       `db:"name"`
	Role    auth.OrgRole `db:"role"`
	Since   db.Time      `db:"created_at"`
}

type memberRow struct {
	Org     id.ID        `db:"org_id"`
	Account id.ID        `db:"account_id"`
	Role    auth.OrgRole `db:"role"`
	Since   db.Time      `db:"created_at"`
}

func (m Member) row() memberRow { return memberRow{m.Org, m.Account, m.Role, m.Since} }

// Grants returns the roles of an account in organizations, for its Actor.
func (s *Service) Grants(ctx context.Context, account id.ID) ([]auth.OrgGrant, error) {
	var grants []auth.OrgGrant
	err := s.db.Select(ctx, &grants, `SELECT org_id, role FROM org_member WHERE account_id = ? ORDER BY org_id`, account)
	return grants, err
}

// Mine lists the organizations that the actor works for, by name.
func (s *Service) Mine(ctx context.Context, who auth.Actor) ([]Org, error) {
	all := []Org{}
	err := s.db.Select(ctx, &all, `
		SELECT `+db.Columns[Org]("o")+` FROM org o JOIN org_member m ON m.org_id = o.id
		WHERE m.account_id = ? ORDER BY o.name`, who.Account)
	return all, err
}

// Members lists who works for an organization. Forbidden unless the actor does.
func (s *Service) Members(ctx context.Context, who auth.Actor, org id.ID) ([]Member, error) {
	if err := who.NeedOrg(org, auth.Viewer); err != nil {
		return nil, err
	}
	return members(ctx, s.db, org)
}

func members(ctx context.Context, q db.Q, org id.ID) ([]Member, error) {
	all := []Member{}
	err := q.Select(ctx, &all, `
		SELECT m.org_id, m.account_id, a.name, m.role, m.created_at
		FROM org_member m JOIN account a ON a.id = m.account_id
		WHERE m.org_id = ? ORDER BY m.created_at, m.account_id`, org)
	return all, err
}

// Editors lists the accounts that answer for an organization: its owners and editors.
func Editors(ctx context.Context, q db.Q, org id.ID) ([]id.ID, error) {
	var all []id.ID
	err := q.Select(ctx, &all, `SELECT account_id FROM org_member WHERE org_id = ? AND role <> 'viewer' ORDER BY account_id`, org)
	return all, err
}

// SetMember gives an account a role in an organization, or another one than it has. Forbidden unless the actor owns the
// organization; Conflict when nobody would own it any more.
func (s *Service) SetMember(ctx context.Context, who auth.Actor, org, account id.ID, role auth.OrgRole) error {
	if err := who.NeedOrg(org, auth.Owner); err != nil {
		return err
	}
	if !slices.Contains(auth.OrgRoles(), role) {
		return errs.Fields{"role": {Key: "auth.role.unknown"}}.Err()
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM org_member WHERE org_id = ? AND account_id = ?`, org, account); err != nil {
			return err
		}
		m := Member{Org: org, Account: account, Role: role, Since: db.At(tx.Now)}
		if err := tx.Insert(ctx, "org_member", m.row()); err != nil {
			return err
		}
		return needOwner(ctx, tx, org)
	})
}

// RemoveMember takes an account out of an organization. Forbidden and Conflict as for SetMember.
func (s *Service) RemoveMember(ctx context.Context, who auth.Actor, org, account id.ID) error {
	if err := who.NeedOrg(org, auth.Owner); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM org_member WHERE org_id = ? AND account_id = ?`, org, account)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.NotFound("error.not_found")
		}
		return needOwner(ctx, tx, org)
	})
}

// Impartial returns Forbidden when the actor works for the organization whose matter they would decide as its bureau:
// they leave that to a colleague (回避).
func Impartial(ctx context.Context, q db.Q, who auth.Actor, org id.ID) error {
	var n int
	if err := q.Get(ctx, &n, `SELECT COUNT(*) FROM org_member WHERE org_id = ? AND account_id = ?`, org, who.Account); err != nil {
		return err
	}
	if n > 0 {
		return errs.Forbidden("org.partial")
	}
	return nil
}

func needOwner(ctx context.Context, q db.Q, org id.ID) error {
	var owners int
	if err := q.Get(ctx, &owners, `SELECT COUNT(*) FROM org_member WHERE org_id = ? AND role = 'owner'`, org); err != nil {
		return err
	}
	if owners == 0 {
		return errs.Conflict("org.member.last_owner")
	}
	return nil
}
