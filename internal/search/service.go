package search

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/edition"
	"zhigang/internal/id"
	"zhigang/internal/position"
	"zhigang/internal/queue"
)

// Service finds positions by the index, and makes the index follow SQL.
type Service struct {
	db        *db.DB
	index     Index
	positions *position.Service
	Reader
	log *slog.Logger
	// complete is set once the index is known to hold what SQL holds; from then on the outbox keeps it so.
	complete    atomic.Bool
	exposures   exposures
	completions completions
	shown       *edition.Book[id.ID, position.Listed]
}

// shownPosts is how many posts are remembered for as long as nothing changes: about ten megabytes.
const shownPosts = 10_000

// New returns the Service over an open index, which its caller closes.
func New(d *db.DB, index Index, positions *position.Service, r Reader, log *slog.Logger) *Service {
	return &Service{db: d, index: index, positions: positions, Reader: r, log: log, shown: edition.NewBook[id.ID, position.Listed](shownPosts)}
}

// Results is what somebody sees of a search.
type Results struct {
	Query Query
	// Items are the posts of the page, read from SQL: fewer than Query.Per when some have closed since they were
	// indexed.
	Items     []position.Listed
	Total     int // posts on all pages
	Headcount int // how many people they look for
	Facets    map[string]map[string]int
	// Loose says that nothing holds all words, and that these hold some of them.
	Loose bool
	// Down says that the index could not be asked. Items are then the newest posts, whatever the query, and nothing is
	// counted.
	Down bool
	// Edition is the one of Items, or the one before: what is made of them may be shown again while it lasts.
	Edition edition.Edition
}

// findTimeout is how long a search may take before the newest posts are shown instead.
const findTimeout = 2 * time.Second

// Find answers a query. That the index is down is no error: see Results.Down.
func (s *Service) Find(ctx context.Context, q Query) (Results, error) { return s.find(ctx, q, exactly) }

// FindSome is Find for a page that says so when it shows what holds some of the words only: see Ask. Nobody is told of
// that, and nothing counted by it.
func (s *Service) FindSome(ctx context.Context, q Query) (Results, error) { return s.find(ctx, q, Ask) }

// exactly asks for what holds all words.
func exactly(ctx context.Context, index Index, q Query, today calendar.Day) (hits Hits, loose bool, err error) {
	hits, err = index.Search(ctx, q, today)
	return hits, false, err
}

type asking func(ctx context.Context, index Index, q Query, today calendar.Day) (hits Hits, loose bool, err error)

func (s *Service) find(ctx context.Context, q Query, how asking) (Results, error) {
	q = q.Paged()
	now, err := edition.Current(ctx, s.db)
	if err != nil {
		return Results{}, err
	}
	r := Results{Query: q, Edition: now}
	var hits Hits
	ok, err := s.ask(ctx, now.Day, func(ctx context.Context) (err error) {
		hits, r.Loose, err = how(ctx, s.index, q.With(s.exposure(ctx)), now.Day)
		return err
	})
	switch {
	case err != nil:
		return Results{}, err
	case !ok:
		r.Facets, r.Loose, r.Down = NoHits().Facets, false, true
		r.Items, err = s.positions.Newest(ctx, q.Per, (q.Page-1)*q.Per)
		return r, err
	}
	r.Total, r.Headcount, r.Facets = hits.Total, hits.Headcount, hits.Facets
	r.Items, err = s.listed(ctx, now, hits.IDs)
	return r, err
}

// listed is position.BriefOnShow in the order of ids, and remembers posts for an edition.
func (s *Service) listed(ctx context.Context, e edition.Edition, ids []id.ID) ([]position.Listed, error) {
	known, err := s.shown.Of(e, ids, func(missing []id.ID) (map[id.ID]position.Listed, error) {
		return position.BriefOnShow(ctx, s.db, missing, e.Day)
	})
	all := make([]position.Listed, 0, len(known))
	for _, one := range ids {
		if l, ok := known[one]; ok {
			all = append(all, l)
		}
	}
	return all, err
}

// Count returns how many posts each of some queries finds, as Find counts them. That the index is down is no error: then
// nothing is counted.
func (s *Service) Count(ctx context.Context, queries ...Query) (totals []int, down bool, err error) {
	today := calendar.DayOf(s.db.Clock().Now())
	ok, err := s.ask(ctx, today, func(ctx context.Context) (err error) {
		totals, err = s.index.Count(ctx, queries, today)
		return err
	})
	if !ok {
		totals = make([]int, len(queries))
	}
	return totals, !ok, err
}

// ask lets do ask the index, if it is complete; ok says whether there was an answer. The error is that nobody waits for it
// any more.
func (s *Service) ask(ctx context.Context, today calendar.Day, do func(context.Context) error) (ok bool, err error) {
	within, cancel := context.WithTimeout(ctx, findTimeout)
	defer cancel()
	if ok, err = s.isComplete(within, today); ok && err == nil {
		if err = do(within); err != nil {
			s.complete.Store(false) // it may come back empty
		}
	}
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err != nil {
		s.log.Warn("search index cannot be asked", "error", err)
	}
	return ok && err == nil, nil
}

// isComplete reports whether the index can be believed when it finds nothing. One that was just made cannot, until it
// has been built or holds as many posts as are on show.
func (s *Service) isComplete(ctx context.Context, today calendar.Day) (bool, error) {
	if s.complete.Load() {
		return true, nil
	}
	fresh, err := s.index.Fresh(ctx)
	if err != nil {
		return false, err
	}
	if fresh {
		has, err := s.index.Count(ctx, []Query{{}}, today)
		if err != nil {
			return false, err
		}
		total, err := s.countOnShow(ctx, today)
		if err != nil || has[0] < total {
			return false, err
		}
	}
	s.complete.Store(true)
	return true, nil
}

func (s *Service) countOnShow(ctx context.Context, today calendar.Day) (int, error) {
	var n int
	err := s.db.Get(ctx, &n, `
		SELECT COUNT(*) FROM position p JOIN org o ON o.id = p.org_id WHERE `+position.OnShow, today)
	return n, err
}

// NeedsRebuild reports whether the index was made anew and has not been built since: the program then asks for a
// rebuild at start. Unavailable when the index does not answer.
func (s *Service) NeedsRebuild(ctx context.Context) (bool, error) { return s.index.Fresh(ctx) }

// Ping reports whether the index answers. Unavailable when not.
func (s *Service) Ping(ctx context.Context) error { return s.index.Ping(ctx) }

// Lag returns how long the oldest change has been waiting to reach the index; 0 when none is.
func (s *Service) Lag(ctx context.Context) (time.Duration, error) {
	var oldest db.Time
	err := s.db.Get(ctx, &oldest, `
		SELECT MIN(created_at) FROM outbox WHERE queue = ? AND state <> 'done' AND state <> 'dead'`, queue.Index)
	if err != nil || oldest.IsZero() {
		return 0, err
	}
	return max(0, s.db.Clock().Now().Sub(oldest.Time)), nil
}
