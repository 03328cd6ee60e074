package match

import (
	"context"
	"time"

	"zhigang/internal/db"
	"zhigang/internal/id"
	"zhigang/internal/region"
	"zhigang/internal/search"
)

// RequestLife is how long somebody may take to confirm by mail that they want to be told; then the request is forgotten.
const RequestLife = 7 * 24 * time.Hour

// Request is a search that somebody wants to be told of by mail, without an account. Once the owner of the mailbox has
// confirmed it, it is a saved search like any other.
type Request struct {
	ID          id.ID   `db:"id"`
	Account     id.ID   `db:"account_id"` // of kind mail only
	Query       string  `db:"query"`
	Every       Every   `db:"every"`
	CreatedAt   db.Time `db:"created_at"`
	ConfirmedAt db.Time `db:"confirmed_at"`
	Saved       id.ID   `db:"saved_search_id"` // zero until it was confirmed
}

// Confirmed reports whether the owner of the mailbox has confirmed the request.
func (r Request) Confirmed() bool { return !r.ConfirmedAt.IsZero() }

// Criteria returns the query, to be shown.
func (r Request) Criteria(tree *region.Tree) (search.Query, error) {
	return parse(r.Query, search.Reader{Tree: tree})
}

// Ask notes that somebody wants to be told of what q finds. Nothing is told before Confirm. Invalid as for Save.
func (s *Service) Ask(ctx context.Context, tx *db.Tx, account id.ID, q search.Query, every Every) (id.ID, error) {
	if err := checkEvery(every); err != nil {
		return 0, err
	}
	query, err := canonical(q, s.reader)
	if err != nil {
		return 0, err
	}
	r := Request{ID: tx.NewID(), Account: account, Query: query, Every: every, CreatedAt: db.At(tx.Now)}
	return r.ID, tx.Insert(ctx, "search_request", r)
}

// RequestByID returns a request that has not been forgotten, and is not to be. For readers that have checked who asks.
func (s *Service) RequestByID(ctx context.Context, q db.Q, request id.ID) (Request, error) {
	return requestByID(ctx, q, request, s.db.Clock().Now(), "")
}

func requestByID(ctx context.Context, q db.Q, request id.ID, now time.Time, hold string) (Request, error) {
	var r Request
	err := q.Get(ctx, &r, `SELECT `+db.Columns[Request]("r")+` FROM search_request r WHERE r.id = ? AND r.created_at > ?`+hold,
		request, db.At(now.Add(-RequestLife)))
	return r, err
}

// Confirm makes a saved search of a request: from now on the mailbox is told. The caller has checked that its owner asks.
// Asked twice it does no harm. NotFound when the request was forgotten, Conflict when the mailbox has MaxSearches already.
func (s *Service) Confirm(ctx context.Context, request id.ID) (saved SavedSearch, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		r, err := requestByID(ctx, tx, request, tx.Now, tx.Hold("r"))
		if err != nil {
			return err
		}
		if r.Confirmed() {
			saved, err = ByID(ctx, tx, r.Saved)
			return err
		}
		if saved, _, err = s.save(ctx, tx, r.Account, r.Query, r.Every, true); err != nil {
			return err
		}
		return tx.One(ctx, `UPDATE search_request SET confirmed_at = ?, saved_search_id = ? WHERE id = ? AND confirmed_at IS NULL`,
			db.At(tx.Now), saved.ID, r.ID)
	})
	return saved, err
}

// DropRequests forgets requests that are older than RequestLife, and returns their ids: at most a thousand at a time.
func (s *Service) DropRequests(ctx context.Context, tx *db.Tx) ([]id.ID, error) {
	var old []id.ID
	err := tx.Select(ctx, &old, `
		DELETE FROM search_request WHERE id IN (SELECT id FROM search_request WHERE created_at <= ? ORDER BY id LIMIT 1000)
		RETURNING id`, db.At(tx.Now.Add(-RequestLife)))
	return old, err
}

// overFor is for how long the address of somebody without an account is kept after their last search has ended: they may
// still renew it.
const overFor = 30 * 24 * time.Hour

// IdleMailboxes lists accounts of kind mail only whose addresses nothing needs any more: no request waits, and no saved
// search tells, or has ended within a month. At most a thousand at a time.
func (s *Service) IdleMailboxes(ctx context.Context, tx *db.Tx) ([]id.ID, error) {
	var idle []id.ID
	err := tx.Select(ctx, &idle, `
		SELECT b.account_id FROM mailbox b
		WHERE NOT EXISTS (SELECT 1 FROM search_request r WHERE r.account_id = b.account_id)
			AND NOT EXISTS (
				SELECT 1 FROM saved_search s WHERE s.account_id = b.account_id
					AND s.expires_at > ? AND (s.ended_at IS NULL OR s.ended_at > ?))
		ORDER BY b.account_id LIMIT 1000`, db.At(tx.Now.Add(-overFor)), db.At(tx.Now.Add(-overFor)))
	return idle, err
}
