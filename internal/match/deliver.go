package match

import (
	"cmp"
	"context"
	"slices"
	"time"

	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/id"
	"zhigang/internal/position"
	"zhigang/internal/search"
)

// MaxTold is how many positions one message tells of.
const MaxTold = 50

// Item is a position that a saved search found.
type Item struct {
	position.Listed
	Reason  db.JSON[[]search.Criterion] `db:"reason"`
	FoundAt db.Time                     `db:"found_at"`
	// Open says whether the position is on show and the person has not applied to it.
	Open bool `db:"is_open"`
	// Blocked says that the person wants to hear no more of the organization.
	Blocked bool `db:"is_blocked"`
}

// selectItems reads Items of match m and saved search s; its one mark is today.
func selectItems() string {
	return `SELECT ` + position.ListedColumns() + `, m.reason, m.found_at,
	CASE WHEN ` + position.OnShow + `
		AND NOT EXISTS (SELECT 1 FROM application a WHERE a.position_id = p.id AND a.person_id = s.account_id)
	THEN 1 ELSE 0 END = 1 AS is_open,
	CASE WHEN EXISTS (SELECT 1 FROM org_block b WHERE b.org_id = p.org_id AND b.account_id = s.account_id)
	THEN 1 ELSE 0 END = 1 AS is_blocked
	FROM match m
	JOIN saved_search s ON s.id = m.saved_search_id
	JOIN position p ON p.id = m.position_id
	JOIN org o ON o.id = p.org_id `
}

// Take begins a delivery: it returns the saved search and up to MaxTold positions that its owner has not been told of,
// the best first, and whether there are more. Positions that have closed, that the owner has applied to, whose
// organization they have blocked, or that were changed so that the search no longer finds them, are dropped; of a search
// that has ended, all are. When the owner does not want to be told now, or was told enough today, there are none, and the
// delivery is asked for again when it is time. The search stays locked until the end of the transaction, in which the
// caller must call Told for what it tells. NotFound when there is no such search.
func (s *Service) Take(
	ctx context.Context, tx *db.Tx, saved id.ID,
) (own SavedSearch, items []Item, more bool, err error) {
	if own, err = s.reset(ctx, tx, saved); err != nil {
		return own, nil, false, err
	}
	if err = drop(ctx, tx, own); err != nil || !own.LiveOn(tx.Now) {
		return own, nil, false, err
	}
	waiting, err := waitingOf(ctx, tx, own)
	if err != nil {
		return own, nil, false, err
	}
	if wait, err := s.wait(ctx, tx, own, len(waiting) == 0); err != nil || wait {
		return own, nil, false, err
	}
	for len(waiting) > 0 && len(items) == 0 {
		n := min(len(waiting), MaxTold)
		if items, err = itemsOf(ctx, tx, own, waiting[:n]); err != nil {
			return own, nil, false, err
		}
		waiting = waiting[n:]
		if items, err = s.recheck(ctx, tx, own, items); err != nil {
			return own, nil, false, err
		}
	}
	return own, items, len(waiting) > 0, nil
}

// wait reports whether a search that has something to tell must wait, and asks for its delivery when it is time.
func (s *Service) wait(ctx context.Context, tx *db.Tx, own SavedSearch, none bool) (bool, error) {
	if none {
		return true, free(ctx, tx, own)
	}
	t, err := tellingOf(ctx, tx, own.Account)
	if err != nil {
		return false, err
	}
	if until, wait := held(own, t, tx.Now); wait {
		return true, s.hold(ctx, tx, own, until, bool(own.OverShare))
	}
	until, wait, err := s.share(ctx, tx, own, t)
	if err != nil {
		return false, err
	}
	if wait {
		return true, s.hold(ctx, tx, own, until, true)
	}
	return false, free(ctx, tx, own)
}

// maxWaiting bounds among how many positions the best are looked for.
const maxWaiting = 1000

// waitingOf lists what a search found and its owner was not told of, the best first: what meets the most criteria, then
// the newest.
func waitingOf(ctx context.Context, tx *db.Tx, own SavedSearch) ([]id.ID, error) {
	type row struct {
		Position id.ID                       `db:"position_id"`
		Reason   db.JSON[[]search.Criterion] `db:"reason"`
	}
	var rows []row
	if err := tx.Select(ctx, &rows, `
		SELECT m.position_id, m.reason FROM match m JOIN position p ON p.id = m.position_id
		WHERE m.saved_search_id = ? AND m.notice_id IS NULL AND m.dropped_at IS NULL
		ORDER BY p.published_at DESC, p.id DESC LIMIT ?`, own.ID, maxWaiting); err != nil {
		return nil, err
	}
	slices.SortStableFunc(rows, func(a, b row) int { return len(b.Reason.V) - len(a.Reason.V) })
	ids := make([]id.ID, len(rows))
	for n, one := range rows {
		ids[n] = one.Position
	}
	return ids, nil
}

// itemsOf reads positions that a search found.
func itemsOf(ctx context.Context, tx *db.Tx, own SavedSearch, positions []id.ID) ([]Item, error) {
	var items []Item
	err := tx.Select(ctx, &items, selectItems()+`WHERE m.saved_search_id = ? AND m.position_id IN (?)`,
		calendar.DayOf(tx.Now), own.ID, positions)
	return items, err
}

// best sorts items: what meets the most criteria, then the newest.
func best(items []Item) []Item {
	slices.SortFunc(items, func(a, b Item) int {
		return cmp.Or(len(b.Reason.V)-len(a.Reason.V), b.PublishedAt.Compare(a.PublishedAt.Time), cmp.Compare(b.ID, a.ID))
	})
	return items
}

// recheck drops the items that their search no longer finds, and notes why it finds the others now: a post may have
// been changed, and approved anew, since it was found.
func (s *Service) recheck(ctx context.Context, tx *db.Tx, own SavedSearch, items []Item) ([]Item, error) {
	var gone []id.ID
	kept := make([]Item, 0, len(items))
	for _, item := range items {
		met, ok := s.queries.get(own.Query).findsNow(item.Listed, s.tree)
		switch {
		case !ok:
			gone = append(gone, item.ID)
			continue
		case !slices.Equal(met, item.Reason.V):
			item.Reason.V = met
			if err := tx.One(ctx, `UPDATE match SET reason = ? WHERE saved_search_id = ? AND position_id = ?`,
				item.Reason, own.ID, item.ID); err != nil {
				return nil, err
			}
		}
		kept = append(kept, item)
	}
	_, err := tx.Exec(ctx, `UPDATE match SET dropped_at = ? WHERE saved_search_id = ? AND position_id IN (?)`,
		db.At(tx.Now), own.ID, gone)
	return best(kept), err
}

// Fit returns those of items that are open, of no blocked organization, and that the search still finds, each with why it finds it now: a mail is
// sent later than its notice was made.
func (s *Service) Fit(own SavedSearch, items []Item) []Item {
	fit := make([]Item, 0, len(items))
	for _, item := range items {
		met, ok := s.queries.get(own.Query).findsNow(item.Listed, s.tree)
		if ok && item.Open && !item.Blocked {
			item.Reason.V = met
			fit = append(fit, item)
		}
	}
	return fit
}

// drop takes out of what waits to be told what its owner need not hear of any more.
func drop(ctx context.Context, tx *db.Tx, own SavedSearch) error {
	query := `UPDATE match SET dropped_at = ? WHERE saved_search_id = ? AND notice_id IS NULL AND dropped_at IS NULL`
	args := []any{db.At(tx.Now), own.ID}
	if own.LiveOn(tx.Now) {
		query += ` AND (
			NOT EXISTS (
				SELECT 1 FROM position p JOIN org o ON o.id = p.org_id WHERE p.id = match.position_id AND ` + position.OnShow + `)
			OR EXISTS (SELECT 1 FROM application a WHERE a.position_id = match.position_id AND a.person_id = ?)
			OR EXISTS (
				SELECT 1 FROM position p JOIN org_block b ON b.org_id = p.org_id
				WHERE p.id = match.position_id AND b.account_id = ?))`
		args = append(args, calendar.DayOf(tx.Now), own.Account, own.Account)
	}
	_, err := tx.Exec(ctx, query, args...)
	return err
}

// reset says that no delivery of a search is asked for any more, and locks it.
func (s *Service) reset(ctx context.Context, tx *db.Tx, saved id.ID) (SavedSearch, error) {
	var own SavedSearch
	err := tx.Get(ctx, &own, `
		UPDATE saved_search SET asks = 0 WHERE id = ? RETURNING `+db.Columns[SavedSearch]("saved_search"), saved)
	return own, err
}

// Told notes that a notice tells of items, and counts it. It is called in the transaction of Take.
func (s *Service) Told(ctx context.Context, tx *db.Tx, saved id.ID, items []Item, notice id.ID) error {
	positions := make([]id.ID, len(items))
	for n, item := range items {
		positions[n] = item.ID
	}
	if _, err := tx.Exec(ctx, `
		UPDATE match SET notice_id = ? WHERE saved_search_id = ? AND position_id IN (?) AND notice_id IS NULL`,
		notice, saved, positions); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		UPDATE saved_search SET told_n = CASE WHEN told_at >= ? THEN told_n + 1 ELSE 1 END, told_at = ? WHERE id = ?`,
		db.At(calendar.DayOf(tx.Now).Start()), db.At(tx.Now), saved)
	return err
}

// Later asks for another delivery of a search, at the instant at, and none before unless it is asked for anew.
func (s *Service) Later(ctx context.Context, tx *db.Tx, saved id.ID, at time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE saved_search SET asks = 1, held_until = ? WHERE id = ?`, db.At(at), saved); err != nil {
		return err
	}
	_, err := s.outbox.AddTask(ctx, tx, DeliverTask, saved, at)
	return err
}

// Items lists the positions that a notice tells of, as they are now, the best first.
func Items(ctx context.Context, q db.Q, notice id.ID, today calendar.Day) ([]Item, error) {
	items := []Item{}
	err := q.Select(ctx, &items, selectItems()+`WHERE m.notice_id = ? LIMIT ?`, today, notice, MaxTold)
	return best(items), err
}
