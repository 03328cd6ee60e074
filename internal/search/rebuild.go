package search

import (
	"context"
	"errors"
	"fmt"
	"time"

	"zhigang/internal/db"
	"zhigang/internal/edition"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/outbox"
	"zhigang/internal/position"
)

// buildRow is the row of search_build: a rebuild that is under way. Writers read it, and write to the build as well.
type buildRow struct {
	ID        int     `db:"id"` // always 1: one rebuild at a time
	Name      string  `db:"name"`
	Token     id.ID   `db:"token"`
	StartedAt db.Time `db:"started_at"`
	AliveAt   db.Time `db:"alive_at"`
}

// buildSilence is how long a rebuild may go without a sign of life before another may take over.
const buildSilence = time.Minute

// RebuildJob is Rebuild as a task. When another rebuild runs it fails, and is tried again later.
func (s *Service) RebuildJob(ctx context.Context, _ *outbox.Job) error { return s.Rebuild(ctx, nil) }

// Rebuild makes the index anew from SQL, beside the live one, which goes on serving and being written to, and then
// puts it in its place in one step. progress, which may be nil, is told how many posts are done. Conflict when a
// rebuild is running already, unless it has been silent for a minute; Unavailable when the engine does not answer.
//
// No write is lost. What is written during the rebuild goes to both indexes (see follow); what the scan of SQL
// overwrote with an older reading, and what a writer brought to the old index alone in the moment of the swap, is
// among the changes since the beginning, which are brought again before and after the swap.
func (s *Service) Rebuild(ctx context.Context, progress func(done, total int)) error {
	row, err := s.claimBuild(ctx)
	if err != nil {
		return err
	}
	ctx, stop := s.keepAlive(ctx, row.Token)
	defer func() {
		stop()
		s.releaseBuild(ctx, row.Token)
	}()
	b, err := s.index.Build(ctx)
	if err != nil {
		return lost(ctx, err)
	}
	if err := s.fill(ctx, b, row, progress); err != nil {
		after, cancel := context.WithTimeout(context.WithoutCancel(ctx), buildSilence)
		defer cancel()
		return lost(ctx, errors.Join(err, b.Drop(after)))
	}
	s.complete.Store(true)
	return s.db.Write(ctx, func(tx *db.Tx) error { return edition.Next(ctx, tx) })
}

// fill fills the build, swaps it in, and brings the changes of the meantime.
func (s *Service) fill(ctx context.Context, b Build, row buildRow, progress func(done, total int)) error {
	if err := s.signOfLife(ctx, row.Token, b.Name()); err != nil {
		return err
	}
	if err := s.scan(ctx, b, progress); err != nil {
		return err
	}
	if err := s.replay(ctx, row.StartedAt); err != nil {
		return err
	}
	if err := s.signOfLife(ctx, row.Token, b.Name()); err != nil { // still ours
		return err
	}
	if err := b.Swap(ctx); err != nil {
		return err
	}
	return s.replay(ctx, row.StartedAt)
}

// scan puts all posts that are on show into the build.
func (s *Service) scan(ctx context.Context, b Build, progress func(done, total int)) error {
	total, err := s.countOnShow(ctx, s.today())
	if err != nil {
		return err
	}
	const batch = 1000
	done, last := 0, id.ID(0)
	for {
		var rows []indexed
		if err := s.db.Select(ctx, &rows, `
			SELECT `+indexedColumns()+` FROM position p JOIN org o ON o.id = p.org_id
			WHERE `+position.OnShow+` AND p.id > CAST(? AS BIGINT) ORDER BY p.id LIMIT ?`,
			s.today(), int64(last), batch); err != nil {
			return err
		}
		docs := make([]Document, len(rows))
		for n, row := range rows {
			docs[n] = s.document(row)
		}
		if err := b.Put(ctx, docs...); err != nil {
			return err
		}
		done += len(rows)
		if progress != nil {
			progress(done, max(done, total))
		}
		if len(rows) < batch {
			return nil
		}
		last = rows[len(rows)-1].ID
	}
}

// replay brings all positions again that have changed since an instant, themselves or their organizations.
func (s *Service) replay(ctx context.Context, since db.Time) error {
	const batch = 1000
	from := db.At(since.Add(-buildSilence)) // for transactions that began before and for clocks that differ
	last := id.ID(0)
	for {
		var ids []id.ID
		if err := s.db.Select(ctx, &ids, `
			SELECT p.id FROM position p
			WHERE p.id > CAST(? AS BIGINT) AND (p.updated_at >= ?
				OR p.state = 'published' AND p.org_id IN (SELECT e.org_id FROM org_event e WHERE e.at >= ?))
			ORDER BY p.id LIMIT ?`, int64(last), from, from, batch); err != nil {
			return err
		}
		if err := s.follow(ctx, ids); err != nil {
			return err
		}
		if len(ids) < batch {
			return nil
		}
		last = ids[len(ids)-1]
	}
}

// runningBuild returns the name of the build that is under way; "" when there is none.
func (s *Service) runningBuild(ctx context.Context) (string, error) {
	var row buildRow
	err := s.db.Get(ctx, &row, `SELECT `+db.Columns[buildRow]("b")+` FROM search_build b WHERE id = 1`)
	if errs.Is(err, errs.KindNotFound) {
		return "", nil
	}
	return row.Name, err
}

// claimBuild writes down that a rebuild begins.
func (s *Service) claimBuild(ctx context.Context) (buildRow, error) {
	running := errs.Conflict("search.rebuild.running")
	var row buildRow
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		now, err := tx.EngineNow(ctx)
		if err != nil {
			return err
		}
		var old buildRow
		err = tx.Get(ctx, &old, `SELECT `+db.Columns[buildRow]("b")+` FROM search_build b WHERE id = 1`)
		if err != nil && !errs.Is(err, errs.KindNotFound) {
			return err
		}
		row = buildRow{ID: 1, Token: tx.NewID(), StartedAt: db.At(tx.Now), AliveAt: db.At(now)}
		if err != nil {
			added, err := tx.InsertNew(ctx, "search_build", row)
			if err == nil && !added {
				return running
			}
			return err
		}
		if now.Sub(old.AliveAt.Time) < buildSilence {
			return running
		}
		n, err := tx.Exec(ctx, `
			UPDATE search_build SET name = '', token = ?, started_at = ?, alive_at = ? WHERE id = 1 AND token = ?`,
			row.Token, row.StartedAt, row.AliveAt, old.Token)
		if err == nil && n == 0 {
			return running
		}
		return err
	})
	return row, err
}

var errBuildLost = errors.New("another rebuild has taken over")

// signOfLife writes down that the rebuild is alive and which build it fills. errBuildLost when another has taken over.
func (s *Service) signOfLife(ctx context.Context, token id.ID, name string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		now, err := tx.EngineNow(ctx)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `
			UPDATE search_build SET alive_at = ?, name = CASE WHEN CAST(? AS TEXT) = '' THEN name ELSE ? END
			WHERE id = 1 AND token = ?`,
			db.At(now), name, name, token)
		if err == nil && n == 0 {
			return errBuildLost
		}
		return err
	})
}

// keepAlive gives signs of life until stop is called, and ends the context when another rebuild has taken over.
func (s *Service) keepAlive(ctx context.Context, token id.ID) (alive context.Context, stop func()) {
	alive, cancel := context.WithCancelCause(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(buildSilence / 6)
		defer tick.Stop()
		for {
			select {
			case <-alive.Done():
				return
			case <-tick.C:
				if err := s.signOfLife(alive, token, ""); errors.Is(err, errBuildLost) {
					cancel(errBuildLost)
					return
				}
			}
		}
	}()
	return alive, func() { cancel(nil); <-ended }
}

// releaseBuild writes down that the rebuild has ended, unless another has taken over.
func (s *Service) releaseBuild(ctx context.Context, token id.ID) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM search_build WHERE id = 1 AND token = ?`, token)
		return err
	})
	if err != nil {
		s.log.Warn("end of a rebuild cannot be written down", "error", err)
	}
}

// lost says why a rebuild ended when it did so because another took over: Conflict.
func lost(ctx context.Context, err error) error {
	if errors.Is(err, errBuildLost) || errors.Is(err, ErrNoBuild) || errors.Is(context.Cause(ctx), errBuildLost) {
		return errs.Conflict("search.rebuild.running").Because(fmt.Errorf("%w: %w", errBuildLost, err))
	}
	return err
}
