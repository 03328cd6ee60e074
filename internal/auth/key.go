package auth

import (
	"context"

	"zhigang/internal/db"
	"zhigang/internal/errs"
)

// CheckKey makes sure that the secret key is the one with which the database was written, before anything is written with
// another. Conflict when it opens none of a few addresses; one that is damaged proves nothing.
func (s *Service) CheckKey(ctx context.Context) error {
	var logins []loginRow
	if err := s.db.Select(ctx, &logins, `SELECT `+db.Columns[loginRow]("l")+` FROM login l ORDER BY account_id, kind LIMIT 3`); err != nil {
		return err
	}
	var wrong error
	for _, l := range logins {
		if _, wrong = s.openLogin(l); wrong == nil {
			return nil
		}
	}
	if wrong != nil {
		return errs.Conflict("secret.wrong").Because(wrong)
	}
	return nil
}

func (s *Service) openLogin(l loginRow) ([]byte, error) {
	return s.keys.Open("login|"+l.Account.String()+"|"+l.Kind, l.Sealed)
}
