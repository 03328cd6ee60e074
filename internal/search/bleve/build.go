package bleve

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"zhigang/internal/id"
	"zhigang/internal/search"
)

// build is a store that is being filled.
type build struct {
	index *Index
	name  string
	store *store
}

// discard closes the store and deletes its folder.
func (b *build) discard() error {
	return errors.Join(b.store.close(), os.RemoveAll(filepath.Join(b.index.dir, b.name)))
}

// Build implements search.Index.
func (i *Index) Build(context.Context) (search.Build, error) {
	i.building.Lock()
	defer i.building.Unlock()
	i.mu.Lock()
	old := i.build
	i.build = nil
	i.mu.Unlock()
	if old != nil {
		if err := old.discard(); err != nil {
			return nil, down(err)
		}
	}
	name := newName()
	s, err := openStore(filepath.Join(i.dir, name), i.tree)
	if err != nil {
		return nil, down(err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.live == nil {
		return nil, down(errors.Join(errClosed, s.close()))
	}
	i.build = &build{index: i, name: name, store: s}
	return joined{i, name}, nil
}

// Join implements search.Index.
func (i *Index) Join(name string) search.Build { return joined{i, name} }

// joined is a build by its name. Whether it still stands is seen at each use.
type joined struct {
	index *Index
	name  string
}

// Name implements search.Build.
func (j joined) Name() string { return j.name }

func (j joined) find() (*build, error) {
	if b := j.index.build; b != nil && b.name == j.name {
		return b, nil
	}
	return nil, search.ErrNoBuild
}

// Put implements search.Build.
func (j joined) Put(ctx context.Context, docs ...search.Document) error {
	return j.write(ctx, func(s *store) error { return s.put(ctx, docs) })
}

// Delete implements search.Build.
func (j joined) Delete(ctx context.Context, ids ...id.ID) error {
	return j.write(ctx, func(s *store) error { return s.remove(ids) })
}

func (j joined) write(ctx context.Context, fn func(*store) error) error {
	return waitFor(ctx, func() error {
		j.index.mu.RLock()
		defer j.index.mu.RUnlock()
		b, err := j.find()
		if err != nil {
			return err
		}
		return fn(b.store)
	})
}

// Swap implements search.Build.
func (j joined) Swap(ctx context.Context) error {
	if err := j.write(ctx, (*store).setBuilt); err != nil {
		return err
	}
	return waitFor(ctx, func() error {
		j.index.building.Lock()
		defer j.index.building.Unlock()
		old, err := j.swap()
		if err != nil {
			return err
		}
		if err := old.discard(); err != nil {
			j.index.log.Warn("old search index cannot be deleted", "folder", old.name, "error", err)
		}
		return nil
	})
}

// swap makes the build the live index and returns the one that was. Searches wait for it, and see one or the other.
func (j joined) swap() (old *build, err error) {
	i := j.index
	i.mu.Lock()
	defer i.mu.Unlock()
	b, err := j.find()
	if err != nil {
		return nil, err
	}
	if err := i.point(b.name); err != nil {
		return nil, err
	}
	old = &build{index: i, name: i.name, store: i.live}
	i.name, i.live, i.build = b.name, b.store, nil
	return old, nil
}

// Drop implements search.Build.
func (j joined) Drop(ctx context.Context) error {
	return waitFor(ctx, func() error {
		i := j.index
		i.building.Lock()
		defer i.building.Unlock()
		i.mu.Lock()
		b, err := j.find()
		if err == nil {
			i.build = nil
		}
		i.mu.Unlock()
		if err != nil {
			return nil // there is none any more
		}
		return b.discard()
	})
}
