package match

import (
	"cmp"
	"context"
	"slices"
	"strings"
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

// itemColumns reads Items from fromItems; its one mark is today.
func itemColumns() string {
	return position.ListedColumns() + `, m.reason, m.found_at,
	CASE WHEN ` + position.OnShow + `
		AND NOT EXISTS (SELECT 1 FROM application a WHERE a.position_id = p.id AND a.person_id = s.account_id)
	THEN 1 ELSE 0 END = 1 AS is_open,
	CASE WHEN EXISTS (SELECT 1 FROM org_block b WHERE b.org_id = p.org_id AND b.account_id = s.account_id)
	THEN 1 ELSE 0 END = 1 AS is_blocked`
}

// fromItems joins a match m, its saved search s, its position p and the position's organization o.
const fromItems = ` FROM match m
	JOIN saved_search s ON s.id = m.saved_search_id
	JOIN position p ON p.id = m.position_id
	JOIN org o ON o.id = p.org_id `

// Taken is a delivery that has begun.
type Taken struct {
	Search SavedSearch
	// Items are up to MaxTold positions that the owner has not been told of, the best first.
	Items []Item
	// More says that others wait.
	More bool
}

// Take begins the deliveries of some searches, and returns those that have something to tell now. Positions that have
// closed, that the owner has applied to, whose organization they have blocked, or that were changed so that the search no
// longer finds them, are dropped; of a search that has ended, all are. When an owner does not want to be told now, or was
// told enough today, the delivery is asked for again when it is time. The searches stay locked until the end of the
// transaction, in which the caller must call Told for what it tells.
func (s *Service) Take(ctx context.Context, tx *db.Tx, searches []id.ID) ([]Taken, error) {
	all, err := reset(ctx, tx, searches)
	if err != nil {
		return nil, err
	}
	live, err := dropEnded(ctx, tx, all)
	if err != nil {
		return nil, err
	}
	w, err := waitingOf(ctx, tx, live)
	if err != nil {
		return nil, err
	}
	ready, t, err := s.wanted(ctx, tx, live, w)
	if err != nil {
		return nil, err
	}
	taken, err := s.takeBest(ctx, tx, ready, w)
	if err != nil {
		return nil, err
	}
	return s.share(ctx, tx, taken, t)
}

// wanted returns those of the searches that have something to tell which their owners want to hear now; the others wait.
func (s *Service) wanted(
	ctx context.Context, tx *db.Tx, live []SavedSearch, w waiting,
) (ready []SavedSearch, t tellings, err error) {
	if t, err = tellingsOf(ctx, tx, accountsOf(live)); err != nil {
		return nil, nil, err
	}
	var idle []SavedSearch
	for _, own := range live {
		until, wait := held(own, t.of(own.Account), tx.Now)
		switch {
		case len(w.best[own.ID]) == 0:
			idle = append(idle, own)
		case !wait:
			ready = append(ready, own)
		default:
			if err := s.hold(ctx, tx, own, until, bool(own.OverShare)); err != nil {
				return nil, nil, err
			}
		}
	}
	if err := free(ctx, tx, idle); err != nil {
		return nil, nil, err
	}
	for _, own := range idle {
		if w.more[own.ID] {
			if err := s.Later(ctx, tx, own.ID, tx.Now); err != nil {
				return nil, nil, err
			}
		}
	}
	return ready, t, nil
}

// takeBest returns the best of what waits, as it is now. It reads the positions of all searches at once, and further ones
// only of a search that no longer finds any of its best.
func (s *Service) takeBest(ctx context.Context, tx *db.Tx, ready []SavedSearch, w waiting) ([]Taken, error) {
	read, err := itemsOf(ctx, tx, ready, w)
	if err != nil {
		return nil, err
	}
	var taken []Taken
	seen := map[id.ID]*candidate{}
	for _, own := range ready {
		items, err := s.recheck(ctx, tx, own, read[own.ID], seen)
		if err != nil {
			return nil, err
		}
		w.pass(own)
		for len(items) == 0 && len(w.best[own.ID]) > 0 {
			next, err := itemsOf(ctx, tx, []SavedSearch{own}, w)
			if err != nil {
				return nil, err
			}
			if items, err = s.recheck(ctx, tx, own, next[own.ID], seen); err != nil {
				return nil, err
			}
			w.pass(own)
		}
		taken = append(taken, Taken{own, items, len(w.best[own.ID]) > 0 || w.more[own.ID]})
	}
	return taken, nil
}

// waiting is, by search, what was found and its owner was not told of.
type waiting struct {
	best map[id.ID][]id.ID // the best first
	more map[id.ID]bool    // whether there is more than was looked at
}

// first returns what comes next of a search.
func (w waiting) first(own SavedSearch) []id.ID {
	return w.best[own.ID][:min(len(w.best[own.ID]), MaxTold)]
}

// pass goes on to what comes after that.
func (w waiting) pass(own SavedSearch) { w.best[own.ID] = w.best[own.ID][len(w.first(own)):] }

// maxWaiting bounds among how many positions the best are looked for.
const maxWaiting = 1000

// unheard is a row of the ledger of which nobody was told.
type unheard struct {
	Search   id.ID                       `db:"saved_search_id"`
	Position id.ID                       `db:"position_id"`
	Org      id.ID                       `db:"org_id"`
	Reason   db.JSON[[]search.Criterion] `db:"reason"`
	Open     bool                        `db:"is_open"`
}

// waitingOf lists what waits: what meets the most criteria first, then the newest. It drops what owners need not hear of any
// more.
func waitingOf(ctx context.Context, tx *db.Tx, live []SavedSearch) (waiting, error) {
	var rows []unheard
	if err := tx.Select(ctx, &rows, `
		SELECT saved_search_id, position_id, org_id, reason, is_open FROM (
			SELECT m.saved_search_id, m.position_id, p.org_id, m.reason, CASE WHEN `+position.OnShow+` THEN 1 ELSE 0 END = 1 AS is_open,
				ROW_NUMBER() OVER (PARTITION BY m.saved_search_id ORDER BY p.published_at DESC, p.id DESC) AS place
			FROM match m JOIN position p ON p.id = m.position_id JOIN org o ON o.id = p.org_id
			WHERE m.saved_search_id IN (?) AND m.notice_id IS NULL AND m.dropped_at IS NULL) newest
		WHERE place <= ? ORDER BY saved_search_id, place`, calendar.DayOf(tx.Now), idsOf(live), maxWaiting); err != nil {
		return waiting{}, err
	}
	apart, err := apartFrom(ctx, tx, live)
	if err != nil {
		return waiting{}, err
	}
	slices.SortStableFunc(rows, func(a, b unheard) int { return len(b.Reason.V) - len(a.Reason.V) })
	w, looked := waiting{map[id.ID][]id.ID{}, map[id.ID]bool{}}, map[id.ID]int{}
	var drop []unheard
	for _, one := range rows {
		looked[one.Search]++
		w.more[one.Search] = looked[one.Search] == maxWaiting
		if !one.Open || apart(one) {
			drop = append(drop, one)
			continue
		}
		w.best[one.Search] = append(w.best[one.Search], one.Position)
	}
	return w, dropAll(ctx, tx, drop)
}

// apartFrom tells which rows their owners do not want to hear of: they have applied, or blocked the organization.
func apartFrom(ctx context.Context, tx *db.Tx, live []SavedSearch) (func(unheard) bool, error) {
	owner := map[id.ID]id.ID{}
	for _, own := range live {
		owner[own.ID] = own.Account
	}
	apart := map[pair]bool{} // a position or an organization, and who wants nothing of it
	for _, query := range []string{
		`SELECT position_id AS what, person_id AS account_id FROM application WHERE person_id IN (?)`,
		`SELECT org_id AS what, account_id FROM org_block WHERE account_id IN (?)`,
	} {
		var found []struct {
			What    id.ID `db:"what"`
			Account id.ID `db:"account_id"`
		}
		if err := tx.Select(ctx, &found, query, accountsOf(live)); err != nil {
			return nil, err
		}
		for _, one := range found {
			apart[pair{one.What, one.Account}] = true
		}
	}
	return func(one unheard) bool {
		who := owner[one.Search]
		return apart[pair{one.Position, who}] || apart[pair{one.Org, who}]
	}, nil
}

// itemsOf reads, by search, what comes next of each.
func itemsOf(ctx context.Context, tx *db.Tx, searches []SavedSearch, w waiting) (map[id.ID][]Item, error) {
	asked := map[pair]bool{}
	var positions []id.ID
	for _, own := range searches {
		for _, p := range w.first(own) {
			asked[pair{p, own.ID}] = true
			positions = append(positions, p)
		}
	}
	slices.Sort(positions)
	items := map[id.ID][]Item{}
	for some := range slices.Chunk(slices.Compact(positions), maxRows) {
		var rows []struct {
			Item
			Search id.ID `db:"saved_search_id"`
		}
		if err := tx.Select(ctx, &rows, `SELECT m.saved_search_id, `+itemColumns()+fromItems+`
			WHERE m.saved_search_id IN (?) AND m.position_id IN (?)`, calendar.DayOf(tx.Now), idsOf(searches), some); err != nil {
			return nil, err
		}
		for _, one := range rows {
			if asked[pair{one.ID, one.Search}] {
				items[one.Search] = append(items[one.Search], one.Item)
			}
		}
	}
	return items, nil
}

// best sorts items: what meets the most criteria, then the newest.
func best(items []Item) []Item {
	slices.SortFunc(items, func(a, b Item) int {
		return cmp.Or(len(b.Reason.V)-len(a.Reason.V), b.PublishedAt.Compare(a.PublishedAt.Time), cmp.Compare(b.ID, a.ID))
	})
	return items
}

// recheck drops the items that their search no longer finds, and notes why it finds the others now: a post may have
// been changed, and approved anew, since it was found. seen are the positions that searches of this transaction looked at.
func (s *Service) recheck(
	ctx context.Context, tx *db.Tx, own SavedSearch, items []Item, seen map[id.ID]*candidate,
) ([]Item, error) {
	var gone []id.ID
	kept := make([]Item, 0, len(items))
	for _, item := range items {
		if seen[item.ID] == nil {
			seen[item.ID] = newCandidate(item.Listed, s.tree)
		}
		met, ok := s.queries.get(own.Query).finds(seen[item.ID])
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
	if len(gone) == 0 {
		return best(kept), nil
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
		met, ok := s.queries.get(own.Query).finds(newCandidate(item.Listed, s.tree))
		if ok && item.Open && !item.Blocked {
			item.Reason.V = met
			fit = append(fit, item)
		}
	}
	return fit
}

// dropEnded drops all that waits for searches that have ended, and returns those that are live.
func dropEnded(ctx context.Context, tx *db.Tx, all []SavedSearch) (live []SavedSearch, err error) {
	var ended []SavedSearch
	for _, own := range all {
		if own.LiveOn(tx.Now) {
			live = append(live, own)
		} else {
			ended = append(ended, own)
		}
	}
	if len(ended) > 0 {
		_, err = tx.Exec(ctx, `
			UPDATE match SET dropped_at = ? WHERE saved_search_id IN (?) AND notice_id IS NULL AND dropped_at IS NULL`,
			db.At(tx.Now), idsOf(ended))
	}
	return live, err
}

// dropAll notes that nobody is to be told of some rows.
func dropAll(ctx context.Context, tx *db.Tx, rows []unheard) error {
	const row = "(CAST(? AS BIGINT), CAST(? AS BIGINT))"
	for some := range slices.Chunk(rows, maxRows) {
		marks := []any{db.At(tx.Now)}
		for _, one := range some {
			marks = append(marks, one.Search, one.Position)
		}
		if _, err := tx.Exec(ctx, `
			UPDATE match SET dropped_at = ? FROM (VALUES `+row+strings.Repeat(", "+row, len(some)-1)+`) gone
			WHERE match.saved_search_id = gone.column1 AND match.position_id = gone.column2`, marks...); err != nil {
			return err
		}
	}
	return nil
}

// reset says that no delivery of some searches is asked for any more, and locks them. It returns them in the order of
// their ids.
func reset(ctx context.Context, tx *db.Tx, searches []id.ID) ([]SavedSearch, error) {
	if _, err := locked(ctx, tx, searches, ""); err != nil {
		return nil, err
	}
	var all []SavedSearch
	err := tx.Select(ctx, &all, `
		UPDATE saved_search SET asks = 0 WHERE id IN (?) RETURNING `+db.Columns[SavedSearch]("saved_search"), searches)
	slices.SortFunc(all, func(a, b SavedSearch) int { return cmp.Compare(a.ID, b.ID) })
	return all, err
}

// locked locks those of some searches for which where holds, in the order of their ids: whoever locks several does it so.
func locked(ctx context.Context, tx *db.Tx, searches []id.ID, where string) (ids []id.ID, err error) {
	err = tx.Select(ctx, &ids, `SELECT s.id FROM saved_search s WHERE s.id IN (?)`+where+` ORDER BY s.id`+tx.Hold("s"), searches)
	return ids, err
}

// Told notes that a notice tells of each of what was taken, and counts it. It is called in the transaction of Take.
func (s *Service) Told(ctx context.Context, tx *db.Tx, taken []Taken, notices []id.ID) error {
	const row = "(CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT))"
	var marks []any
	searches := make([]id.ID, len(taken))
	for n, one := range taken {
		searches[n] = one.Search.ID
		for _, item := range one.Items {
			marks = append(marks, one.Search.ID, item.ID, notices[n])
		}
	}
	for some := range slices.Chunk(marks, 3*maxRows) {
		if _, err := tx.Exec(ctx, `
			UPDATE match SET notice_id = told.column3 FROM (VALUES `+row+strings.Repeat(", "+row, len(some)/3-1)+`) told
			WHERE match.saved_search_id = told.column1 AND match.position_id = told.column2 AND match.notice_id IS NULL`,
			some...); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `
		UPDATE saved_search SET told_n = CASE WHEN told_at >= ? THEN told_n + 1 ELSE 1 END, told_at = ? WHERE id IN (?)`,
		db.At(calendar.DayOf(tx.Now).Start()), db.At(tx.Now), searches)
	return err
}

// maxRows is how many rows one statement lists.
const maxRows = 100

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
	err := q.Select(ctx, &items, `SELECT `+itemColumns()+fromItems+`WHERE m.notice_id = ? LIMIT ?`, today, notice, MaxTold)
	return best(items), err
}
