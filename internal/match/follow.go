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
	index    *Index
	loadedAt time.Time
	newest   id.ID // ids are in the order of time
	words    *lexicon.Lexicon
}

// searches returns the index with all saved searches that were committed before.
func (s *Service) searches(ctx context.Context) (*Index, error) {
	f := &s.following
	f.mu.Lock()
	defer f.mu.Unlock()
	index, after := f.index, f.newest.Earlier(overlap)
	now := s.db.Clock().Now()
	words := s.reader.Words()
	anew := index == nil || now.Sub(f.loadedAt) > renewAfter || words != f.words
	if anew {
		index, after = NewIndex(), 0
	}
	newest, err := s.load(ctx, index, after)
	if err != nil {
		return nil, err
	}
	if anew {
		index.Compact()
		f.index, f.loadedAt, f.words = index, now, words
	}
	f.newest = max(f.newest, newest)
	return index, nil
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
