package match

import (
	"context"

	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
)

// MaxBlocks is how many organizations one person may want to hear no more of.
const MaxBlocks = 200

// Blocked is an organization of which the actor wants to hear no more.
type Blocked struct {
	Org   id.ID   `db:"org_id"`
	Name  string  `db:"name"`
	Since db.Time `db:"created_at"`
}

// Block lets the actor hear no more of an organization's posts: none of them is told, and what was found and not told
// yet is not told either. It says nothing about searching. Asked twice it does no harm. NotFound when there is no such
// organization, Conflict when there are MaxBlocks already.
func (s *Service) Block(ctx context.Context, who auth.Actor, org id.ID) error {
	if who.Account == 0 {
		return errs.Unauthenticated("error.unauthenticated")
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		var there, n int
		if err := tx.Get(ctx, &there, `SELECT COUNT(*) FROM org WHERE id = ?`, org); err != nil {
			return err
		}
		if there == 0 {
			return errs.NotFound("error.not_found")
		}
		if err := tx.Get(ctx, &n, `SELECT COUNT(*) FROM org_block WHERE account_id = ? AND org_id <> ?`, who.Account, org); err != nil {
			return err
		}
		if n >= MaxBlocks {
			return errs.Conflict("match.blocks.many").With("max", MaxBlocks)
		}
		_, err := tx.InsertNew(ctx, "org_block", blockRow{who.Account, org, db.At(tx.Now)})
		return err
	})
}

type blockRow struct {
	Account id.ID   `db:"account_id"`
	Org     id.ID   `db:"org_id"`
	At      db.Time `db:"created_at"`
}

// Unblock lets the actor hear of an organization again: of what it publishes from now on.
func (s *Service) Unblock(ctx context.Context, who auth.Actor, org id.ID) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM org_block WHERE account_id = ? AND org_id = ?`, who.Account, org)
		return err
	})
}

// Blocks lists the organizations of which the actor wants to hear no more, the newest first.
func (s *Service) Blocks(ctx context.Context, who auth.Actor) ([]Blocked, error) {
	all := []Blocked{}
	err := s.db.Select(ctx, &all, `
		SELECT b.org_id, o.name, b.created_at FROM org_block b JOIN org o ON o.id = b.org_id
		WHERE b.account_id = ? ORDER BY b.created_at DESC, b.org_id LIMIT ?`, who.Account, MaxBlocks)
	return all, err
}
