package match

import (
	"context"
	"sync"
	"time"

	"zhigang/internal/id"
	"zhigang/internal/lexicon"
)

const (
	// overlap is how long a transaction may take until what it saved is seen: younger saved searches are looked for again.
	overlap = 10 * time.Minute
	// renewAfter is after how long the index is loaded anew, to be rid of what has ended.
	renewAfter = 24 * time.Hour
	// progressEvery is after how many saved searches the log tells of the loading.
	progressEvery = 200_000
)

// follower keeps an Index of all saved searches in memory and lets it follow SQL: it is loaded when it is first needed,
// and brought up to date before each use; when words are understood otherwise, it is loaded anew. What has ended stays in it until it is loaded anew; whoever finds something
// looks it up in SQL.
type follower struct {
	mu       sync.Mutex
	loaded   // what is in use
	renewing bool
}

// loaded is an index and what is in it.
type loaded struct {
	index  *Index
	at     time.Time
	newest id.ID // ids are in the order of time
	words  *lexicon.Lexicon
}

// searches returns the index with all saved searches that were committed before. The first one waits until it is loaded;
// one that has grown old is loaded anew beside the one in use, and nobody waits. Only when words are understood otherwise
// is it loaded before it is used again.
func (s *Service) searches(ctx context.Context) (*Index, error) {
	f := &s.following
	f.mu.Lock()
	defer f.mu.Unlock()
	now, words := s.db.Clock().Now(), s.reader.Words()
	if f.index == nil || words != f.words {
		fresh, err := s.loadAnew(ctx, now, words)
		if err != nil {
			return nil, err
		}
		f.loaded = fresh
	} else if now.Sub(f.at) > renewAfter && !f.renewing {
		f.renewing = true
		go s.renew(now, words) //nolint:contextcheck,gosec // it outlasts whoever came first after the index had grown old
	}
	newest, err := s.load(ctx, f.index, f.newest.Earlier(overlap))
	f.newest = max(f.newest, newest)
	return f.index, err
}

func (s *Service) loadAnew(ctx context.Context, now time.Time, words *lexicon.Lexicon) (loaded, error) {
	l := loaded{index: NewIndex(), at: now, words: words}
	var err error
	l.newest, err = s.load(ctx, l.index, 0)
	l.index.Compact()
	return l, err
}

// renew loads the index anew and puts it in the place of the one in use. What is saved meanwhile is brought by the next
// use. When it fails, the one in use goes on, and the next use tries again.
func (s *Service) renew(now time.Time, words *lexicon.Lexicon) {
	const patience = 10 * time.Minute
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	fresh, err := s.loadAnew(ctx, now, words)
	f := &s.following
	f.mu.Lock()
	defer f.mu.Unlock()
	f.renewing = false
	switch {
	case err != nil:
		s.log.Warn("saved searches cannot be loaded anew", "error", err)
	case words == f.words: // else it has been loaded since
		f.loaded = fresh
	}
}

// load adds the saved searches after an id that have not ended, and returns the id of the last.
func (s *Service) load(ctx context.Context, index *Index, after id.ID) (newest id.ID, err error) {
	for count := 0; ; count += pageSize {
		var page []struct {
			ID    id.ID  `db:"id"`
			Query string `db:"query"`
		}
		if err := s.db.Select(ctx, &page, `
			SELECT id, query FROM saved_search WHERE ended_at IS NULL AND id > ? ORDER BY id LIMIT ?`, int64(after), pageSize); err != nil {
			return 0, err
		}
		for _, one := range page {
			after = one.ID
			if index.Has(one.ID) {
				continue
			}
			q, err := parse(one.Query, s.reader)
			if err != nil {
				s.log.Warn("saved search cannot be read", "search", one.ID, "error", err)
				continue
			}
			index.Add(one.ID, q)
		}
		if count > 0 && count%progressEvery == 0 {
			s.log.Info("saved searches are being loaded", "so_far", count)
		}
		if len(page) < pageSize {
			return after, nil
		}
	}
}
