package suggest

import (
	"context"
	"slices"
	"sync"
	"time"

	"zhigang/internal/db"
	"zhigang/internal/id"
	"zhigang/internal/match"
	"zhigang/internal/person"
	"zhigang/internal/search"
)

const (
	// overlap is how long a transaction may take until what it wrote is seen: what is younger is looked for again.
	overlap = 10 * time.Minute
	// renewAfter is after how long the index is loaded anew.
	renewAfter = 24 * time.Hour
	pageSize   = 1000
)

// willing keeps those who agreed to be found in memory, the other way round: a position asks it whose wants it meets. It is
// loaded when it is first needed and follows SQL before each use. It is only a way to candidates: whether somebody still
// agrees is read from SQL before anybody is shown.
type willing struct {
	mu       sync.Mutex
	index    *match.Index
	versions map[id.ID]int // of the profiles in it
	loadedAt time.Time
	seenAt   time.Time
}

// found returns the accounts whose wants a position meets, the newest first.
func (s *Service) found(ctx context.Context, d search.Document) ([]id.ID, error) {
	index, err := s.follow(ctx)
	if err != nil {
		return nil, err
	}
	hits := index.Find(d)
	ids := make([]id.ID, len(hits))
	for n, hit := range hits {
		ids[n] = hit.ID
	}
	slices.Sort(ids)
	slices.Reverse(ids)
	return ids, nil
}

// follow returns the index with all that was committed before.
func (s *Service) follow(ctx context.Context) (*match.Index, error) {
	w := &s.willing
	w.mu.Lock()
	defer w.mu.Unlock()
	now := s.db.Clock().Now()
	var changed []id.ID
	if w.index == nil || now.Sub(w.loadedAt) > renewAfter {
		if err := s.db.Select(ctx, &changed, `SELECT account_id FROM suggest_choice WHERE found = 1 ORDER BY account_id`); err != nil {
			return nil, err
		}
		w.index, w.versions, w.loadedAt = match.NewIndex(), map[id.ID]int{}, now
	} else {
		since := db.At(w.seenAt.Add(-overlap))
		if err := s.db.Select(ctx, &changed, `
			SELECT account_id FROM suggest_choice WHERE changed_at >= ?
			UNION SELECT c.account_id FROM person p JOIN suggest_choice c ON c.account_id = p.id WHERE p.updated_at >= ?`,
			since, since); err != nil {
			return nil, err
		}
	}
	for some := range slices.Chunk(changed, pageSize) {
		if err := s.take(ctx, w, some); err != nil {
			w.index = nil // half of it is worth nothing
			return nil, err
		}
	}
	w.seenAt = now
	return w.index, nil
}

// take brings some accounts up to date in the index: who no longer agrees goes out, and a changed profile in anew.
func (s *Service) take(ctx context.Context, w *willing, accounts []id.ID) error {
	var profiles []person.Profile
	if err := s.db.Select(ctx, &profiles, `
		SELECT `+db.Columns[person.Profile]("p")+` FROM person p JOIN suggest_choice c ON c.account_id = p.id
		WHERE c.found = 1 AND p.id IN (?)`, accounts); err != nil {
		return err
	}
	now := map[id.ID]person.Profile{}
	for _, p := range profiles {
		if !p.Blank() {
			now[p.ID] = p
		}
	}
	var gone []id.ID
	for _, account := range accounts {
		version, in := w.versions[account]
		if p, is := now[account]; in && (!is || p.Version != version) {
			gone = append(gone, account)
			delete(w.versions, account)
		}
	}
	w.index.Remove(gone...)
	for account, p := range now {
		if _, in := w.versions[account]; !in {
			w.index.Add(account, Wants(p))
			w.versions[account] = p.Version
		}
	}
	return nil
}
