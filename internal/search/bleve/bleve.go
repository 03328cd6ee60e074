// Package bleve keeps the search index of one process in a folder.
//
// The folder holds a file "current", which names the folder of the live index, and beside that perhaps a build:
//
//	current               posts-1.1-k3v7qz2m
//	posts-1.1-k3v7qz2m/   the live index, of version 1.1
//	posts-1.1-x6ydo4bt/   a build under way
//	broken/               what could not be opened any more
//
// Bleve's engine (scorch) holds the terms on disk and finds the documents of a text. Filters, facets and orders are
// worked out from rows in memory, some 60 bytes a document, in one walk. Bleve's own facets took 55 ms over 100,000
// hits, and again for every filter that a facet must be counted without; the walk takes 2 ms for all of them.
package bleve

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"

	bolt "go.etcd.io/bbolt/errors"

	"zhigang/internal/calendar"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/region"
	"zhigang/internal/search"
)

// layout is the version of the fields and the record; raise it when either changes, and old indexes are built anew.
const layout = 3

// Options say where the index is.
type Options struct {
	Dir  string
	Tree *region.Tree
	Log  *slog.Logger // nil says nothing
}

// Index implements search.Index. A folder serves one process at a time.
type Index struct {
	dir  string
	tree *region.Tree
	log  *slog.Logger

	building sync.Mutex // one opens, swaps or drops a build at a time

	mu    sync.RWMutex // guards what follows; whoever uses a store holds it meanwhile
	name  string
	live  *store
	build *build
}

var _ search.Index = (*Index)(nil)

// Open opens the index in o.Dir. Where there is none, none of this version or a broken one, an empty index is made that
// says that it is fresh. It is an error when another process has the folder open.
func Open(o Options) (*Index, error) {
	i := &Index{dir: o.Dir, tree: o.Tree, log: o.Log}
	if i.log == nil {
		i.log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(i.dir, 0o700); err != nil {
		return nil, fmt.Errorf("search index: %w", err)
	}
	if err := i.openLive(); err != nil {
		return nil, err
	}
	i.sweep()
	return i, nil
}

// openLive opens the folder that "current" names, or makes a new one.
func (i *Index) openLive() error {
	b, err := os.ReadFile(filepath.Join(i.dir, "current"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("search index: %w", err)
	}
	if name := strings.TrimSpace(string(b)); strings.HasPrefix(name, prefix()) && filepath.IsLocal(name) {
		i.live, err = openStore(filepath.Join(i.dir, name), i.tree)
		switch {
		case err == nil:
			i.name = name
			return nil
		case errors.Is(err, bolt.ErrTimeout):
			return fmt.Errorf("another process has the search index in %s open: stop it, or let it do the work", i.dir)
		}
		i.log.Error("search index is broken and is put aside; it must be built anew", "folder", name, "error", err)
		if err := i.putAside(name); err != nil {
			return fmt.Errorf("search index: %w", err)
		}
	}
	i.name = newName()
	if i.live, err = openStore(filepath.Join(i.dir, i.name), i.tree); err != nil {
		return fmt.Errorf("make search index: %w", err)
	}
	return i.point(i.name)
}

func prefix() string { return fmt.Sprintf("posts-%d.%d-", search.Version, layout) }

// newName returns a name that no index ever had, so that whoever still writes to an old build by its name is told.
func newName() string { return prefix() + strings.ToLower(rand.Text()[:8]) }

// folders lists the folders of indexes of all versions.
func (i *Index) folders() []string {
	paths, _ := filepath.Glob(filepath.Join(i.dir, "posts-*")) // fails for a bad pattern only
	for n, path := range paths {
		paths[n] = filepath.Base(path)
	}
	return paths
}

// putAside keeps a broken index for a person to look at, instead of the one before.
func (i *Index) putAside(name string) error {
	broken := filepath.Join(i.dir, "broken")
	if err := os.RemoveAll(broken); err != nil {
		return err
	}
	return os.Rename(filepath.Join(i.dir, name), broken)
}

// point makes "current" name a folder, in one step.
func (i *Index) point(name string) error {
	next := filepath.Join(i.dir, "current.next")
	f, err := os.Create(next)
	if err != nil {
		return err
	}
	_, err = f.WriteString(name + "\n")
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(next, filepath.Join(i.dir, "current"))
}

// sweep deletes the folders of builds that were never finished and of other versions.
func (i *Index) sweep() {
	for _, name := range i.folders() {
		if name != i.name {
			_ = os.RemoveAll(filepath.Join(i.dir, name)) // tried again at the next start
		}
	}
}

// Put implements search.Index.
func (i *Index) Put(ctx context.Context, docs ...search.Document) error {
	return i.write(ctx, func(s *store) error { return s.put(ctx, docs) })
}

// Delete implements search.Index.
func (i *Index) Delete(ctx context.Context, ids ...id.ID) error {
	return i.write(ctx, func(s *store) error { return s.remove(ids) })
}

// write runs fn on the live store. The engine takes no context and waits while the disk is full: the caller does not.
func (i *Index) write(ctx context.Context, fn func(*store) error) error {
	return waitFor(ctx, func() error {
		i.mu.RLock()
		defer i.mu.RUnlock()
		if i.live == nil {
			return errClosed
		}
		return fn(i.live)
	})
}

var errClosed = errors.New("the search index is closed")

// waitFor runs fn and waits for it until ctx ends. Unavailable when fn fails or takes too long.
func waitFor(ctx context.Context, fn func() error) error {
	if err := ctx.Err(); err != nil {
		return down(err)
	}
	done := make(chan error, 1)
	go func() {
		var err error
		defer func() { done <- err }()
		defer guard(&err)()
		err = fn()
	}()
	select {
	case err := <-done:
		return down(err)
	case <-ctx.Done():
		return down(ctx.Err())
	}
}

// guard makes an error of a panic, or of a fault when mapped files are read: that is how the engine finds damage. It is
// deferred twice: defer guard(&err)().
func guard(err *error) func() {
	before := debug.SetPanicOnFault(true)
	return func() {
		debug.SetPanicOnFault(before)
		if p := recover(); p != nil {
			*err = fmt.Errorf("the search index is damaged: %v", p)
		}
	}
}

// down says that the index does not work just now.
func down(err error) error {
	if err == nil || errors.Is(err, search.ErrNoBuild) {
		return err
	}
	return errs.Unavailable("search.unavailable").Because(err)
}

// Search implements search.Index.
func (i *Index) Search(ctx context.Context, q search.Query, today calendar.Day) (hits search.Hits, err error) {
	if err := ctx.Err(); err != nil {
		return search.Hits{}, down(err)
	}
	defer func() { err = down(err) }()
	defer guard(&err)()
	i.mu.RLock()
	defer i.mu.RUnlock()
	if i.live == nil {
		return search.Hits{}, errClosed
	}
	return i.live.find(ctx, q.Paged(), today)
}

// Count implements search.Index: what it costs to count is all but nothing here.
func (i *Index) Count(ctx context.Context, queries []search.Query, today calendar.Day) ([]int, error) {
	totals := make([]int, len(queries))
	for n, q := range queries {
		q.Page, q.Per = 1, 1
		hits, err := i.Search(ctx, q, today)
		if err != nil {
			return nil, err
		}
		totals[n] = hits.Total
	}
	return totals, nil
}

// Each implements search.Index.
func (i *Index) Each(_ context.Context, fn func(id.ID, int) error) error {
	i.mu.RLock()
	s := i.live
	i.mu.RUnlock()
	if s == nil {
		return down(errClosed)
	}
	for doc, version := range s.versions() {
		if err := fn(doc, version); err != nil {
			return err
		}
	}
	return nil
}

// Fresh implements search.Index.
func (i *Index) Fresh(context.Context) (bool, error) {
	i.mu.RLock()
	defer i.mu.RUnlock()
	if i.live == nil {
		return false, down(errClosed)
	}
	built, err := i.live.built()
	return !built, down(err)
}

// Ping implements search.Index.
func (i *Index) Ping(context.Context) error {
	i.mu.RLock()
	defer i.mu.RUnlock()
	if i.live == nil {
		return down(errClosed)
	}
	return nil
}

// Close implements search.Index. A build that is open is dropped.
func (i *Index) Close() error {
	i.building.Lock()
	defer i.building.Unlock()
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.live == nil {
		return nil
	}
	err := i.live.close()
	i.live = nil
	if i.build != nil {
		err = errors.Join(err, i.build.discard())
		i.build = nil
	}
	return err
}
