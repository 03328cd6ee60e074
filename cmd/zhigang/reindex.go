package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"zhigang/internal/db"
	"zhigang/internal/id"
	"zhigang/internal/outbox"
	"zhigang/internal/position"
	"zhigang/internal/search"
	"zhigang/internal/search/bleve"
	"zhigang/internal/search/meili"
	"zhigang/workers"
)

type reindexCmd struct{}

// Run makes the search index anew. The built-in index belongs to one process: when that runs it is asked to do the work,
// otherwise, and with Meilisearch always, this process does it.
func (c *reindexCmd) Run(e *env) error {
	cfg, err := e.settings()
	if err != nil {
		return err
	}
	unlock := func() {}
	if cfg.MeiliURL == "" {
		if unlock, err = lockData(cfg.DataDir); errors.Is(err, errRunning) {
			return e.withStore(func(s *store) error { return s.askRebuild(e) })
		}
		if err != nil {
			return err
		}
	}
	defer unlock()
	return e.withStore(func(s *store) error {
		index, err := s.searchIndex()
		if err != nil {
			return err
		}
		return errors.Join(s.rebuild(e, index), index.Close())
	})
}

// searchIndex opens the index that the settings name.
func (s *store) searchIndex() (search.Index, error) {
	if s.cfg.MeiliURL != "" {
		return meili.New(meiliOptions(s.cfg, s.tree)), nil
	}
	return bleve.Open(bleve.Options{Dir: filepath.Join(s.cfg.DataDir, "index"), Tree: s.tree})
}

// rebuild builds the index in this process.
func (s *store) rebuild(e *env, index search.Index) error {
	o := outbox.New(s.db, workers.Reactions(), workers.Scheduled()...)
	service := search.New(s.db, index, position.New(s.db, o, s.tree), search.Reader{Tree: s.tree}, slog.New(slog.DiscardHandler))
	bar, posts := e.newBar(e.words["reindex_bar"]), 0
	err := service.Rebuild(e.ctx, func(done, total int) {
		posts = done
		bar.show(int64(done), int64(total))
	})
	bar.end()
	if err != nil {
		return err
	}
	return e.print(map[string]int{"posts": posts}, fmt.Sprintf(e.words["reindex_done"], posts))
}

// askRebuild asks the running process for the work and waits until it is done.
func (s *store) askRebuild(e *env) error {
	o := outbox.New(s.db, workers.Reactions(), workers.Scheduled()...)
	var row id.ID
	err := s.db.Write(e.ctx, func(tx *db.Tx) (err error) {
		row, err = o.AddTask(e.ctx, tx, "search.rebuild", 0, tx.Now)
		return err
	})
	if err != nil {
		return err
	}
	bar, began := e.newBar(e.words["reindex_bar"]), e.clock.Now()
	defer bar.end()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		state, problem, err := s.taskState(e.ctx, row)
		switch {
		case err != nil:
			return err
		case state == "done":
			bar.end()
			return e.print(map[string]bool{"ok": true}, e.words["reindex_asked"])
		case state == "dead":
			return fmt.Errorf(e.words["reindex_dead"], problem)
		}
		text := e.words["reindex_"+state]
		if problem != "" {
			text = problem
		}
		bar.say(fmt.Sprintf("%s (%s)", text, e.clock.Now().Sub(began).Truncate(time.Second)))
		select {
		case <-e.ctx.Done():
			return fmt.Errorf("%s: %w", e.words["reindex_left"], e.ctx.Err())
		case <-tick.C:
		}
	}
}

// taskState returns where a row of the outbox stands, and what went wrong with it last.
func (s *store) taskState(ctx context.Context, row id.ID) (state, problem string, err error) {
	var r struct {
		State     string `db:"state"`
		LastError string `db:"last_error"`
	}
	err = s.db.Get(ctx, &r, `SELECT state, last_error FROM outbox WHERE id = ?`, row)
	return r.State, r.LastError, err
}
