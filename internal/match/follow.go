package match

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"zhigang/internal/id"
	"zhigang/internal/lexicon"
	"zhigang/internal/outbox"
)

const (
	// overlap is how long a transaction may take until what it saved is seen: younger saved searches are looked for again.
	overlap = 10 * time.Minute
	// renewAfter is after how long the index is loaded anew, to be rid of what has ended.
	renewAfter = 24 * time.Hour
	// progressEvery is after how many saved searches the log tells of the loading.
	progressEvery = 200_000
)

// followers keep an Index of the saved searches of each part that this process works for. They are only a way to
// candidates: who finds something is looked up in SQL, so that a part too many or too few costs memory or time and nothing
// else.
type followers struct {
	mu      sync.Mutex
	byPart  map[outbox.Part]*follower
	renewal sync.Mutex // one after the other: of what is loaded anew there are two for a while
}

func (f *followers) of(part outbox.Part) *follower {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.byPart[part] == nil {
		f.byPart[part] = &follower{part: part, turn: make(turn, 1)}
	}
	return f.byPart[part]
}

// has reports whether a follower is still kept.
func (f *followers) has(one *follower) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.byPart[one.part] == one
}

// keep forgets the parts that are not among some.
func (f *followers) keep(parts []outbox.Part) {
	f.mu.Lock()
	defer f.mu.Unlock()
	maps.DeleteFunc(f.byPart, func(p outbox.Part, _ *follower) bool { return !slices.Contains(parts, p) })
}

// follower keeps an Index in memory and lets it follow SQL: it is loaded when it is first needed, and brought up to date
// before each use; when words are understood otherwise, it is loaded anew. What has ended stays in it until then.
type follower struct {
	part outbox.Part
	turn turn // for all that follows
	loaded
	renewing bool
}

// turn is a lock that one can give up waiting for: loading takes long.
type turn chan struct{}

func (t turn) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t turn) give() { <-t }

// loaded is an index and what is in it.
type loaded struct {
	index  *Index
	at     time.Time
	newest id.ID // ids are in the order of time
	words  *lexicon.Lexicon
}

// Hold loads the saved searches of the parts that this process works for from now on, and forgets all others.
func (s *Service) Hold(ctx context.Context, parts []outbox.Part) {
	s.following.keep(parts)
	if err := s.prepare(ctx, parts); err != nil && ctx.Err() == nil {
		s.log.Warn("saved searches cannot be loaded yet", "error", err) // who needs them tries again
	}
}

// prepare loads those of the parts that are not loaded, all in one pass.
func (s *Service) prepare(ctx context.Context, parts []outbox.Part) error {
	now, words := s.db.Clock().Now(), s.reader.Words()
	var blank []*follower
	for _, p := range parts { // nobody else takes more than one turn at a time
		f := s.following.of(p)
		if err := f.turn.take(ctx); err != nil {
			return err
		}
		defer f.turn.give()
		if f.index == nil {
			blank = append(blank, f)
		}
	}
	if len(blank) == 0 {
		return nil
	}
	fresh := make([]loaded, len(blank))
	for n := range fresh {
		fresh[n] = loaded{index: NewIndex(), at: now, words: words}
	}
	newest, err := s.load(ctx, 0, func(i id.ID) *Index {
		for n, f := range blank {
			if f.part.Has(i) {
				return fresh[n].index
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for n, f := range blank {
		fresh[n].newest = newest
		fresh[n].index.Compact()
		f.loaded = fresh[n]
	}
	return nil
}

// searches returns the index with all saved searches of a part that were committed before. The first one waits until it is
// loaded; one that has grown old is loaded anew beside the one in use, and nobody waits. Only when words are understood
// otherwise is it loaded before it is used again.
func (s *Service) searches(ctx context.Context, part outbox.Part) (*Index, error) {
	f := s.following.of(part)
	if err := f.turn.take(ctx); err != nil {
		return nil, err
	}
	defer f.turn.give()
	now, words := s.db.Clock().Now(), s.reader.Words()
	if f.index == nil || words != f.words {
		fresh, err := s.loadAnew(ctx, part, now, words)
		if err != nil {
			return nil, err
		}
		f.loaded = fresh
	} else if now.Sub(f.at) > renewAfter && !f.renewing {
		f.renewing = true
		go s.renew(f, now, words) //nolint:contextcheck,gosec // it outlasts whoever came first after the index had grown old
	}
	newest, err := s.load(ctx, f.newest.Earlier(overlap), only(part, f.index))
	f.newest = max(f.newest, newest)
	return f.index, err
}

func (s *Service) loadAnew(ctx context.Context, part outbox.Part, now time.Time, words *lexicon.Lexicon) (loaded, error) {
	l := loaded{index: NewIndex(), at: now, words: words}
	var err error
	l.newest, err = s.load(ctx, 0, only(part, l.index))
	l.index.Compact()
	return l, err
}

// only leads the saved searches of a part to its index.
func only(part outbox.Part, index *Index) func(id.ID) *Index {
	return func(i id.ID) *Index {
		if part.Has(i) {
			return index
		}
		return nil
	}
}

// renew loads the index anew and puts it in the place of the one in use. What is saved meanwhile is brought by the next
// use. When it fails, the one in use goes on, and the next use tries again.
func (s *Service) renew(f *follower, now time.Time, words *lexicon.Lexicon) {
	s.following.renewal.Lock()
	defer s.following.renewal.Unlock()
	const patience = 10 * time.Minute
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if !s.following.has(f) { // it fell to somebody else meanwhile
		return
	}
	fresh, err := s.loadAnew(ctx, f.part, now, words)
	f.turn <- struct{}{}
	defer f.turn.give()
	f.renewing = false
	switch {
	case err != nil:
		s.log.Warn("saved searches cannot be loaded anew", "error", err)
	case words == f.words: // else it has been loaded since
		f.loaded = fresh
	}
}

// load adds the saved searches after an id that have not ended, each to the index that is to have it, if there is one. It
// returns the id of the last of them all.
func (s *Service) load(ctx context.Context, after id.ID, to func(id.ID) *Index) (newest id.ID, err error) {
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
			index := to(one.ID)
			if index == nil || index.Has(one.ID) {
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
