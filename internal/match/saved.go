package match

import (
	"context"

	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/search"
)

// Save lets the actor be told of what q finds from now on. A search with the same criteria is not made twice: the one
// that stands is renewed and takes the new settings, and again is set. Invalid for criteria that limit nothing;
// Conflict when the actor has MaxSearches already.
func (s *Service) Save(
	ctx context.Context, who auth.Actor, q search.Query, every Every, byMail bool,
) (saved SavedSearch, again bool, err error) {
	if who.Account == 0 {
		return saved, false, errs.Unauthenticated("error.unauthenticated")
	}
	if err := checkEvery(every); err != nil {
		return saved, false, err
	}
	query, err := canonical(q, s.reader)
	if err != nil {
		return saved, false, err
	}
	save := func(tx *db.Tx) (err error) {
		saved, again, err = s.save(ctx, tx, who.Account, query, every, byMail)
		return err
	}
	err = s.db.Write(ctx, save)
	if errs.KeyOf(err) == "error.exists" { // two clicks at the same moment: the second one finds the first
		err = s.db.Write(ctx, save)
	}
	return saved, again, err
}

func (s *Service) save(
	ctx context.Context, tx *db.Tx, account id.ID, query string, every Every, byMail bool,
) (saved SavedSearch, again bool, err error) {
	saved, err = sameOf(ctx, tx, account, query)
	if err == nil {
		err = s.set(ctx, tx, &saved, every, byMail)
		return saved, true, err
	}
	if !errs.Is(err, errs.KindNotFound) {
		return saved, false, err
	}
	t, err := tellingOf(ctx, tx, account)
	if err != nil {
		return saved, false, err
	}
	saved = SavedSearch{
		ID: tx.NewID(), Account: account, Query: query, Every: every, ByMail: db.Bool(byMail), NextAt: t.next(every, tx.Now),
		ExpiresAt: db.At(tx.Now.AddDate(0, LifeMonths, 0)), CreatedAt: db.At(tx.Now), Version: 1,
	}
	return saved, false, insert(ctx, tx, saved)
}

// insert adds a saved search. Two at the same moment may both be the last one allowed: the bound keeps matching cheap,
// nobody is owed it.
func insert(ctx context.Context, tx *db.Tx, saved SavedSearch) error {
	var n int
	err := tx.Get(ctx, &n, `SELECT COUNT(*) FROM saved_search WHERE account_id = ? AND ended_at IS NULL`, saved.Account)
	if err != nil {
		return err
	}
	if n >= MaxSearches {
		return errs.Conflict("match.many").With("max", MaxSearches)
	}
	return tx.Insert(ctx, "saved_search", saved)
}

func sameOf(ctx context.Context, q db.Q, account id.ID, query string) (SavedSearch, error) {
	var saved SavedSearch
	err := q.Get(ctx, &saved, `
		SELECT `+db.Columns[SavedSearch]("s")+` FROM saved_search s WHERE account_id = ? AND query = ? AND ended_at IS NULL`,
		account, query)
	return saved, err
}

// set gives a saved search its settings and a full life. What it has found already is told at once when it becomes
// instant.
func (s *Service) set(ctx context.Context, tx *db.Tx, saved *SavedSearch, every Every, byMail bool) error {
	if saved.Every != every {
		t, err := tellingOf(ctx, tx, saved.Account)
		if err != nil {
			return err
		}
		saved.NextAt = t.next(every, tx.Now)
	}
	saved.Every, saved.ByMail, saved.ExpiresAt = every, db.Bool(byMail), db.At(tx.Now.AddDate(0, LifeMonths, 0))
	if err := tx.One(ctx, `
		UPDATE saved_search SET every = ?, by_mail = ?, next_at = ?, expires_at = ?, reminded_at = NULL, version = version + 1
		WHERE id = ? AND version = ? AND ended_at IS NULL`,
		saved.Every, saved.ByMail, saved.NextAt, saved.ExpiresAt, saved.ID, saved.Version); err != nil {
		return err
	}
	saved.Version++
	if every != Instant {
		return nil
	}
	waiting, err := untold(ctx, tx, []id.ID{saved.ID})
	if err != nil {
		return err
	}
	return s.askAnew(ctx, tx, waiting)
}

// Get returns a saved search of the actor. NotFound when it is not theirs, or has been ended.
func (s *Service) Get(ctx context.Context, who auth.Actor, saved id.ID) (SavedSearch, error) {
	return getOwn(ctx, s.db, who, saved)
}

func getOwn(ctx context.Context, q db.Q, who auth.Actor, saved id.ID) (SavedSearch, error) {
	var out SavedSearch
	err := q.Get(ctx, &out, `
		SELECT `+db.Columns[SavedSearch]("s")+` FROM saved_search s WHERE id = ? AND account_id = ? AND ended_at IS NULL`,
		saved, who.Account)
	return out, err
}

// ByID returns a saved search, ended or not. For readers that have checked who asks.
func ByID(ctx context.Context, q db.Q, saved id.ID) (SavedSearch, error) {
	var out SavedSearch
	err := q.Get(ctx, &out, `SELECT `+db.Columns[SavedSearch]("s")+` FROM saved_search s WHERE id = ?`, saved)
	return out, err
}

// WithPause is ByID with the pause of all searches of its owner.
func WithPause(ctx context.Context, q db.Q, saved id.ID) (SavedSearch, Pause, error) {
	var row struct {
		SavedSearch
		All Pause `db:"t"`
	}
	err := q.Get(ctx, &row, `
		SELECT `+db.Columns[SavedSearch]("s")+`, t.paused_at AS "t.paused_at", COALESCE(t.resumes_on, '') AS "t.resumes_on"
		FROM saved_search s LEFT JOIN telling t ON t.account_id = s.account_id WHERE s.id = ?`, saved)
	return row.SavedSearch, row.All, err
}

// Of lists the actor's saved searches, newest first, with those that have run out but were not ended.
func (s *Service) Of(ctx context.Context, who auth.Actor) ([]SavedSearch, error) {
	all := []SavedSearch{}
	err := s.db.Select(ctx, &all, `
		SELECT `+db.Columns[SavedSearch]("s")+` FROM saved_search s WHERE account_id = ? AND ended_at IS NULL
		ORDER BY id DESC LIMIT ?`, who.Account, 2*MaxSearches)
	return all, err
}

// Change sets how often the actor is told of a saved search, and whether by mail, and renews it. NotFound as for Get,
// Conflict when it was changed at the same moment.
func (s *Service) Change(ctx context.Context, who auth.Actor, saved id.ID, every Every, byMail bool) error {
	if err := checkEvery(every); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		own, err := getOwn(ctx, tx, who, saved)
		if err != nil {
			return err
		}
		return s.set(ctx, tx, &own, every, byMail)
	})
}

// Renew gives a saved search another LifeMonths. NotFound as for Get.
func (s *Service) Renew(ctx context.Context, who auth.Actor, saved id.ID) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		own, err := getOwn(ctx, tx, who, saved)
		if err != nil {
			return err
		}
		return s.set(ctx, tx, &own, own.Every, bool(own.ByMail))
	})
}

// End stops a saved search for good: nothing that it has found is told any more. NotFound as for Get.
func (s *Service) End(ctx context.Context, who auth.Actor, saved id.ID) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `
			UPDATE saved_search SET ended_at = ?, version = version + 1 WHERE id = ? AND account_id = ? AND ended_at IS NULL`,
			db.At(tx.Now), saved, who.Account)
		if err == nil && n == 0 {
			return errs.NotFound("error.not_found")
		}
		return err
	})
}

// EndMail stops the mail of a saved search; the inbox goes on, and who has none is told no more at all. The caller has
// checked that its owner asks: the link in a mail needs nobody to be signed in. NotFound when there is no such search.
func (s *Service) EndMail(ctx context.Context, saved id.ID) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `
			UPDATE saved_search SET by_mail = 0, version = version + 1,
				ended_at = CASE WHEN EXISTS (SELECT 1 FROM account a WHERE a.id = account_id AND a.mail_only = 1)
					THEN COALESCE(ended_at, ?) ELSE ended_at END
			WHERE id = ?`, db.At(tx.Now), saved)
		if err == nil && n == 0 {
			return errs.NotFound("error.not_found")
		}
		return err
	})
}
