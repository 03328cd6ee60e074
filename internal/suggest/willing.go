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
	// progressEvery is after how many people the log tells of the loading.
	progressEvery = 100_000
)

// willing keeps those who agreed to be found in memory, the other way round: a position asks it whose wants it meets. It is
// loaded when it is first needed and follows SQL before each use; grown old, it is loaded anew beside the one in use. It is
// only a way to candidates: whether somebody still agrees is read from SQL before anybody is shown.
type willing struct {
	mu sync.Mutex
	crowd
	renewing bool
}

// crowd is an index and what is in it.
type crowd struct {
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
	if w.index == nil {
		fresh, err := s.gather(ctx, now)
		if err != nil {
			return nil, err
		}
		w.crowd = fresh
	} else if now.Sub(w.loadedAt) > renewAfter && !w.renewing {
		w.renewing = true
		go s.renew(now) //nolint:contextcheck,gosec // it outlasts whoever came first after the index had grown old
	}
	since := db.At(w.seenAt.Add(-overlap))
	var changed []id.ID
	if err := s.db.Select(ctx, &changed, `
		SELECT account_id FROM suggest_choice WHERE changed_at >= ?
		UNION SELECT c.account_id FROM person p JOIN suggest_choice c ON c.account_id = p.id WHERE p.updated_at >= ?`,
		since, since); err != nil {
		return nil, err
	}
	if err := s.takeAll(ctx, &w.crowd, changed); err != nil {
		w.index = nil // half of it is worth nothing
		return nil, err
	}
	w.seenAt = now
	return w.index, nil
}

// gather loads all who agreed.
func (s *Service) gather(ctx context.Context, now time.Time) (crowd, error) {
	c := crowd{index: match.NewIndex(), versions: map[id.ID]int{}, loadedAt: now, seenAt: now}
	var all []id.ID
	err := s.db.Select(ctx, &all, `SELECT account_id FROM suggest_choice WHERE found = 1 ORDER BY account_id`)
	if err == nil {
		err = s.takeAll(ctx, &c, all)
	}
	c.index.Compact()
	return c, err
}

// renew puts a crowd that was loaded anew in the place of the one in use. When it fails, the next use tries again.
func (s *Service) renew(now time.Time) {
	const patience = 10 * time.Minute
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	fresh, err := s.gather(ctx, now)
	w := &s.willing
	w.mu.Lock()
	defer w.mu.Unlock()
	w.renewing = false
	if err != nil {
		s.Log.Warn("who agreed to be found cannot be loaded anew", "error", err)
		return
	}
	w.crowd = fresh
}

func (s *Service) takeAll(ctx context.Context, c *crowd, accounts []id.ID) error {
	taken := 0
	for some := range slices.Chunk(accounts, pageSize) {
		if err := s.take(ctx, c, some); err != nil {
			return err
		}
		if taken += len(some); taken%progressEvery == 0 {
			s.Log.Info("who agreed to be found is being loaded", "so_far", taken)
		}
	}
	return nil
}

// take brings some accounts up to date in the index: who no longer agrees goes out, and a changed profile in anew.
func (s *Service) take(ctx context.Context, c *crowd, accounts []id.ID) error {
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
		version, in := c.versions[account]
		if p, is := now[account]; in && (!is || p.Version != version) {
			gone = append(gone, account)
			delete(c.versions, account)
		}
	}
	c.index.Remove(gone...)
	for account, p := range now {
		if _, in := c.versions[account]; !in {
			c.index.Add(account, Wants(p))
			c.versions[account] = p.Version
		}
	}
	return nil
}
