package meili

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"regexp"
	"sync"

	"github.com/meilisearch/meilisearch-go"

	"zhigang/internal/id"
	"zhigang/internal/search"
)

// builtMark is the id of a document that says that a build has filled the index. It has no last day, so nothing finds
// it.
const builtMark = "_"

// Fresh implements search.Index. It also makes sure that there is an index with its settings: whoever asks may have
// found that there is none, because the server was set up anew.
func (i *Index) Fresh(ctx context.Context) (bool, error) {
	if err := i.prepare(ctx, true); err != nil {
		return false, err
	}
	var mark map[string]any
	only := &meilisearch.DocumentQuery{Fields: []string{"id"}}
	err := i.server.Index(i.live).GetDocumentWithContext(ctx, builtMark, only, &mark)
	if hasCode(err, "document_not_found") {
		return true, nil
	}
	return false, down(err)
}

// Build implements search.Index.
func (i *Index) Build(ctx context.Context) (search.Build, error) {
	if err := i.prepare(ctx, true); err != nil {
		return nil, err
	}
	if err := i.drop(ctx, i.builds()); err != nil {
		return nil, down(err)
	}
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand aborts the program instead
	name := i.live + "-" + hex.EncodeToString(b[:])
	if err := i.make(ctx, name); err != nil {
		return nil, down(err)
	}
	return &build{index: i, name: name, own: true}, nil
}

// builds matches the names of the builds of the live index.
func (i *Index) builds() *regexp.Regexp {
	return regexp.MustCompile("^" + regexp.QuoteMeta(i.live) + "-[0-9a-f]{8}$")
}

// versions matches the names of the indexes of all versions, and of their builds.
func (i *Index) versions() *regexp.Regexp {
	return regexp.MustCompile("^" + regexp.QuoteMeta(i.prefix) + "-[0-9a-f]{8}(-[0-9a-f]{8})?$")
}

// drop deletes the indexes whose names match, except the live one.
func (i *Index) drop(ctx context.Context, names *regexp.Regexp) error {
	const limit = 1000
	all, err := i.server.ListIndexesWithContext(ctx, &meilisearch.IndexesQuery{Limit: limit})
	if err != nil {
		return err
	}
	for _, one := range all.Results {
		if one.UID == i.live || !names.MatchString(one.UID) {
			continue
		}
		if err := i.dropOne(ctx, one.UID); err != nil {
			return err
		}
	}
	return nil
}

func (i *Index) dropOne(ctx context.Context, name string) error {
	task, err := i.server.DeleteIndexWithContext(ctx, name)
	if err := i.wait(ctx, task, err); err != nil && !hasCode(err, "index_not_found") {
		return fmt.Errorf("drop index %s: %w", name, err)
	}
	return nil
}

// Remove deletes the index and all its builds and other versions from the server: for benchmarks, which leave nothing.
func (i *Index) Remove(ctx context.Context) error {
	if err := i.drop(ctx, i.versions()); err != nil {
		return down(err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.prepared = false
	return down(i.dropOne(ctx, i.live))
}

// Join implements search.Index.
func (i *Index) Join(name string) search.Build { return &build{index: i, name: name} }

// build is an index that is being filled. Whoever opened it owns it and writes without waiting for each batch: the
// server works on several at once, in the order in which they came.
type build struct {
	index *Index
	name  string
	own   bool

	mu      sync.Mutex
	pending []*meilisearch.TaskInfo
}

// maxPending is how many batches of its owner the server may have in its queue.
const maxPending = 8

// Name implements search.Build.
func (b *build) Name() string { return b.name }

// Put implements search.Build. An owner learns by Swap, at the latest, that documents were refused.
func (b *build) Put(ctx context.Context, docs ...search.Document) error {
	if err := b.check(ctx); err != nil {
		return err
	}
	if !b.own {
		return down(b.index.put(ctx, b.name, docs))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(docs) > 0 {
		n := min(len(docs), maxBatch)
		task, err := b.index.send(ctx, b.name, docs[:n])
		if err != nil {
			return down(err)
		}
		b.pending = append(b.pending, task)
		if err := b.settle(ctx, maxPending); err != nil {
			return err
		}
		docs = docs[n:]
	}
	return nil
}

// settle waits until no more than most batches are pending.
func (b *build) settle(ctx context.Context, most int) error {
	for len(b.pending) > most {
		if err := b.index.wait(ctx, b.pending[0], nil); err != nil {
			return down(fmt.Errorf("put documents: %w", err))
		}
		b.pending = b.pending[1:]
	}
	return nil
}

// Delete implements search.Build.
func (b *build) Delete(ctx context.Context, ids ...id.ID) error {
	if err := b.check(ctx); err != nil {
		return err
	}
	return down(b.index.remove(ctx, b.name, ids))
}

// check returns ErrNoBuild when there is no such index: writing to it would make a new one, without settings.
func (b *build) check(ctx context.Context) error {
	there, err := b.index.exists(ctx, b.name)
	if err == nil && !there {
		return search.ErrNoBuild
	}
	return down(err)
}

// Swap implements search.Build. It also drops the indexes of other versions, which no program will follow any more.
func (b *build) Swap(ctx context.Context) error {
	if err := b.check(ctx); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.settle(ctx, 0); err != nil {
		return err
	}
	i := b.index
	task, err := i.server.Index(b.name).AddDocumentsWithContext(ctx, []map[string]any{{"id": builtMark}}, nil)
	if err := i.wait(ctx, task, err); err != nil {
		return down(fmt.Errorf("mark index: %w", err))
	}
	both := []*meilisearch.SwapIndexesParams{{Indexes: []string{i.live, b.name}}}
	task, err = i.server.SwapIndexesWithContext(ctx, both)
	if err := i.wait(ctx, task, err); err != nil {
		return down(fmt.Errorf("swap indexes: %w", err))
	}
	return down(i.drop(ctx, i.versions()))
}

// Drop implements search.Build.
func (b *build) Drop(ctx context.Context) error { return down(b.index.dropOne(ctx, b.name)) }
