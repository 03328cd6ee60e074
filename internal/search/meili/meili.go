// Package meili keeps the search index on a Meilisearch server, which any number of processes share.
//
// Meilisearch never sees text: documents and queries come to it as terms that package search made (see encode), so that
// it finds what Bleve finds. Its own analysis would cut Chinese by a dictionary of its own, and miss some words.
//
// An index is named after what it holds, "posts-3f2a9c01", where the digits are a hash of the settings; a build has a
// name of its own behind that. A program with other settings makes another index and leaves the old one to the
// programs that still use it.
package meili

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/meilisearch/meilisearch-go"

	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/region"
	"zhigang/internal/search"
)

// Options say where the index is.
type Options struct {
	URL, Key string
	// Prefix begins the names of the indexes; "" means "posts". It keeps several sites, or tests, apart on one server.
	Prefix string
	Tree   *region.Tree
}

// Index implements search.Index.
type Index struct {
	server    meilisearch.ServiceManager
	transport *http.Transport
	tree      *region.Tree
	prefix    string
	live      string // the name of the live index

	mu       sync.Mutex
	prepared bool
}

var _ search.Index = (*Index)(nil)

// callTimeout bounds one call of the server, taskTimeout a task that it works on.
const (
	callTimeout = 30 * time.Second
	taskTimeout = 10 * time.Minute
)

// New returns the index of o. It does not speak to the server yet.
func New(o Options) *Index {
	if o.Prefix == "" {
		o.Prefix = "posts"
	}
	// Neither proxies nor compression: unpacking takes ten times longer than a search.
	transport := &http.Transport{
		DialContext:        (&net.Dialer{Timeout: 3 * time.Second}).DialContext,
		DisableCompression: true, MaxIdleConnsPerHost: 32, IdleConnTimeout: 90 * time.Second,
		TLSHandshakeTimeout: 5 * time.Second,
	}
	return &Index{
		server: meilisearch.New(o.URL, meilisearch.WithAPIKey(o.Key), meilisearch.DisableRetries(),
			meilisearch.WithCustomClient(&http.Client{Transport: transport, Timeout: callTimeout})),
		transport: transport, tree: o.Tree, prefix: o.Prefix, live: o.Prefix + "-" + settingsHash(),
	}
}

// Prepare makes the live index with its settings if the server has none. Writes and Fresh do it by themselves; a
// program calls it so that a server that is set up wrong is noticed at start. Unavailable when the server does not
// answer.
func (i *Index) Prepare(ctx context.Context) error { return i.prepare(ctx, false) }

// prepare looks once whether there is an index; with again it looks although it has seen one before.
func (i *Index) prepare(ctx context.Context, again bool) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.prepared && !again {
		return nil
	}
	if err := i.make(ctx, i.live); err != nil {
		return down(err)
	}
	i.prepared = true
	return nil
}

// make creates an index if it is not there, and gives it its settings if it has others: the settings come before the
// first document.
func (i *Index) make(ctx context.Context, name string) error {
	there, err := i.exists(ctx, name)
	if err != nil {
		return err
	}
	if !there {
		task, err := i.server.CreateIndexWithContext(ctx, &meilisearch.IndexConfig{Uid: name, PrimaryKey: "id"})
		if err := i.wait(ctx, task, err); err != nil && !hasCode(err, "index_already_exists") {
			return fmt.Errorf("create index %s: %w", name, err)
		}
	}
	has, err := i.server.Index(name).GetSettingsWithContext(ctx)
	if err != nil {
		return err
	}
	if !sameSettings(has, settings()) {
		task, err := i.server.Index(name).UpdateSettingsWithContext(ctx, settings())
		if err := i.wait(ctx, task, err); err != nil {
			return fmt.Errorf("settings of index %s: %w", name, err)
		}
	}
	if has.FacetSearch { // nobody searches within facets; the client cannot say so among the other settings
		task, err := i.server.Index(name).UpdateFacetSearchWithContext(ctx, false)
		if err := i.wait(ctx, task, err); err != nil {
			return fmt.Errorf("settings of index %s: %w", name, err)
		}
	}
	return nil
}

func (i *Index) exists(ctx context.Context, name string) (bool, error) {
	_, err := i.server.GetIndexWithContext(ctx, name)
	if hasCode(err, "index_not_found") {
		return false, nil
	}
	return err == nil, err
}

// Put implements search.Index.
func (i *Index) Put(ctx context.Context, docs ...search.Document) error {
	if err := i.Prepare(ctx); err != nil {
		return err
	}
	return down(i.put(ctx, i.live, docs))
}

// maxBatch is how many documents go to the server at once.
const maxBatch = 2000

func (i *Index) put(ctx context.Context, name string, docs []search.Document) error {
	for len(docs) > 0 {
		n := min(len(docs), maxBatch)
		task, err := i.send(ctx, name, docs[:n])
		if err := i.wait(ctx, task, err); err != nil {
			return fmt.Errorf("put documents: %w", err)
		}
		docs = docs[n:]
	}
	return nil
}

// send hands documents to the server, which puts them into its queue.
func (i *Index) send(ctx context.Context, name string, docs []search.Document) (*meilisearch.TaskInfo, error) {
	rows := make([]document, len(docs))
	for n, d := range docs {
		rows[n] = newDocument(d)
	}
	key := "id"
	return i.server.Index(name).AddDocumentsWithContext(ctx, rows, &meilisearch.DocumentOptions{PrimaryKey: &key})
}

// Delete implements search.Index.
func (i *Index) Delete(ctx context.Context, ids ...id.ID) error {
	if err := i.Prepare(ctx); err != nil {
		return err
	}
	return down(i.remove(ctx, i.live, ids))
}

func (i *Index) remove(ctx context.Context, name string, ids []id.ID) error {
	if len(ids) == 0 {
		return nil
	}
	texts := make([]string, len(ids))
	for n, one := range ids {
		texts[n] = one.String()
	}
	task, err := i.server.Index(name).DeleteDocumentsWithContext(ctx, texts, nil)
	if err := i.wait(ctx, task, err); err != nil {
		return fmt.Errorf("delete documents: %w", err)
	}
	return nil
}

// Each implements search.Index.
func (i *Index) Each(ctx context.Context, fn func(id.ID, int) error) error {
	const page = 5000
	for offset := int64(0); ; offset += page {
		var got meilisearch.DocumentsResult
		err := i.server.Index(i.live).GetDocumentsWithContext(ctx, &meilisearch.DocumentsQuery{
			Offset: offset, Limit: page, Fields: []string{"id", "version"},
		}, &got)
		if hasCode(err, "index_not_found") {
			return nil
		}
		if err != nil {
			return down(err)
		}
		for _, hit := range got.Results {
			var row struct {
				ID      string `json:"id"`
				Version int    `json:"version"`
			}
			if err := hit.DecodeInto(&row); err != nil {
				return fmt.Errorf("read search document: %w", err)
			}
			if row.ID == builtMark {
				continue
			}
			doc, err := id.Parse(row.ID)
			if err != nil {
				return fmt.Errorf("search document %q: %w", row.ID, err)
			}
			if err := fn(doc, row.Version); err != nil {
				return err
			}
		}
		if len(got.Results) < page {
			return nil
		}
	}
}

// Ping implements search.Index.
func (i *Index) Ping(ctx context.Context) error {
	health, err := i.server.HealthWithContext(ctx)
	if err == nil && health.Status != "available" {
		err = fmt.Errorf("meilisearch is %s", health.Status)
	}
	if err != nil {
		return errs.Unavailable("search.unavailable").Because(err)
	}
	return nil
}

// Close implements search.Index.
func (i *Index) Close() error {
	i.transport.CloseIdleConnections()
	return nil
}

// wait returns when the server has done a task that a call has put into its queue; sent is the error of that call. A
// task that failed is an error, and so is one that takes too long.
func (i *Index) wait(ctx context.Context, task *meilisearch.TaskInfo, sent error) error {
	if sent != nil {
		return sent
	}
	ctx, cancel := context.WithTimeout(ctx, taskTimeout)
	defer cancel()
	for pause := 2 * time.Millisecond; ; pause = min(2*pause, 200*time.Millisecond) {
		now, err := i.server.GetTaskWithContext(ctx, task.TaskUID)
		if err != nil {
			return err
		}
		switch now.Status {
		case meilisearch.TaskStatusSucceeded:
			return nil
		case meilisearch.TaskStatusFailed, meilisearch.TaskStatusCanceled:
			return &taskError{code: now.Error.Code, text: now.Error.Message}
		default: // not done yet
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
	}
}

// taskError says why a task failed.
type taskError struct{ code, text string }

func (e *taskError) Error() string { return "meilisearch task failed: " + e.code + ": " + e.text }

// hasCode reports whether err is an answer of the server with that code.
func hasCode(err error, code string) bool {
	if e, ok := errors.AsType[*taskError](err); ok {
		return e.code == code
	}
	e, ok := errors.AsType[*meilisearch.Error](err)
	return ok && e.MeilisearchApiError.Code == code
}

// down makes Unavailable of errors that mean that the server does not work just now: it does not answer or takes too
// long, refuses the key, is overloaded, or has no such index yet.
func down(err error) error {
	if err == nil || errs.Is(err, errs.KindUnavailable) {
		return err
	}
	e, ok := errors.AsType[*meilisearch.Error](err)
	gone := ok && (e.StatusCode == 0 || e.StatusCode >= 500 || slices.Contains(refusals(), e.StatusCode))
	gone = gone || hasCode(err, "index_not_found")
	if gone || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return errs.Unavailable("search.unavailable").Because(err)
	}
	return err
}

// refusals are answers that say nothing about the request: the key is wrong, or there is too much to do.
func refusals() []int {
	return []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusRequestTimeout, http.StatusTooManyRequests}
}
