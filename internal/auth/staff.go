package auth

import (
	"context"
	"slices"

	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
)

type staffRow struct {
	Account   id.ID      `db:"account_id"`
	Region    string     `db:"region_code"`
	Role      BureauRole `db:"role"`
	CreatedAt db.Time    `db:"created_at"`
}

// StaffOf returns the grant of an account in a bureau. NotFound when it has none.
func (s *Service) StaffOf(ctx context.Context, account id.ID) (BureauGrant, error) {
	return staffOf(ctx, s.db, account)
}

func staffOf(ctx context.Context, q db.Q, account id.ID) (BureauGrant, error) {
	var g BureauGrant
	err := q.Get(ctx, &g, `SELECT region_code, role FROM staff WHERE account_id = ?`, account)
	return g, err
}

// GrantStaff gives an account a role in the bureau of region, instead of the one it may have, and ends its sessions so
// that the new role and its shorter sessions hold at once. Invalid for a role that does not exist. The caller has
// checked that the actor may do so and that the region exists.
func (s *Service) GrantStaff(ctx context.Context, tx *db.Tx, account id.ID, region string, role BureauRole) error {
	if !slices.Contains(BureauRoles(), role) {
		return errs.Fields{"role": {Key: "auth.role.unknown"}}.Err()
	}
	if err := s.EndStaff(ctx, tx, account); err != nil {
		return err
	}
	return tx.Insert(ctx, "staff", staffRow{Account: account, Region: region, Role: role, CreatedAt: db.At(tx.Now)})
}

// EndStaff takes the role in a bureau from an account and ends its sessions.
func (s *Service) EndStaff(ctx context.Context, tx *db.Tx, account id.ID) error {
	if _, err := tx.Exec(ctx, `DELETE FROM staff WHERE account_id = ?`, account); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM session WHERE account_id = ?`, account)
	return err
}

// StaffMember is somebody who works for a bureau.
type StaffMember struct {
	Account id.ID      `db:"account_id"`
	Name    string     `db:"name"`
	Region  string     `db:"region_code"`
	Role    BureauRole `db:"role"`
	Since   db.Time    `db:"created_at"`
}

// Staff lists who works for the bureaus of the regions from lo to below hi, see region.Scope.
func (s *Service) Staff(ctx context.Context, lo, hi string) ([]StaffMember, error) {
	all := []StaffMember{}
	err := s.db.Select(ctx, &all, `
		SELECT st.account_id, a.name, st.region_code, st.role, st.created_at
		FROM staff st JOIN account a ON a.id = st.account_id
		WHERE st.region_code >= ? AND st.region_code < ? AND a.disabled_at IS NULL
		ORDER BY st.region_code, st.role, a.name`, lo, hi)
	return all, err
}
