package notify

import (
	"context"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/match"
)

// List returns the actor's notices, newest first: a page of limit (at most 100; 0 means 20) after the id before, which
// is 0 for the first page.
func (s *Service) List(ctx context.Context, who auth.Actor, before id.ID, limit int) ([]Notice, error) {
	if limit <= 0 || limit > 100 {
		limit = 20
	}
	all := []Notice{}
	err := s.db.Select(ctx, &all, `
		SELECT `+db.Columns[Notice]("n")+` FROM notice n
		WHERE account_id = ? AND (CAST(? AS BIGINT) = 0 OR id < ?)
		ORDER BY id DESC LIMIT ?`, who.Account, int64(before), int64(before), limit)
	return all, err
}

// Get returns a notice of the actor. NotFound when it is not theirs.
func (s *Service) Get(ctx context.Context, who auth.Actor, notice id.ID) (Notice, error) {
	var n Notice
	err := s.db.Get(ctx, &n, `SELECT `+db.Columns[Notice]("n")+` FROM notice n WHERE id = ? AND account_id = ?`,
		notice, who.Account)
	return n, err
}

// Items lists the positions that a notice of the actor tells of, as they are now; none unless it is of kind Match.
// NotFound as for Get.
func (s *Service) Items(ctx context.Context, who auth.Actor, notice id.ID) ([]match.Item, error) {
	if _, err := s.Get(ctx, who, notice); err != nil {
		return nil, err
	}
	return match.Items(ctx, s.db, notice, calendar.DayOf(s.db.Clock().Now()))
}

// Unread counts the actor's notices that were not looked at, up to 100: a badge says 99+ beyond that.
func (s *Service) Unread(ctx context.Context, who auth.Actor) (int, error) {
	var n int
	err := s.db.Get(ctx, &n, `
		SELECT COUNT(*) FROM (SELECT 1 AS one FROM notice WHERE account_id = ? AND read_at IS NULL LIMIT 100) u`,
		who.Account)
	return n, err
}

// MarkRead notes that the actor has looked at a notice. NotFound when it is not theirs.
func (s *Service) MarkRead(ctx context.Context, who auth.Actor, notice id.ID) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE notice SET read_at = COALESCE(read_at, ?) WHERE id = ? AND account_id = ?`,
			db.At(tx.Now), notice, who.Account)
		if err == nil && n == 0 {
			return errs.NotFound("error.not_found")
		}
		return err
	})
}

// MarkAllRead notes that the actor has looked at all notices up to and including last, the newest that the page showed;
// what came in since stays unread.
func (s *Service) MarkAllRead(ctx context.Context, who auth.Actor, last id.ID) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE notice SET read_at = ? WHERE account_id = ? AND id <= ? AND read_at IS NULL`,
			db.At(tx.Now), who.Account, int64(last))
		return err
	})
}
