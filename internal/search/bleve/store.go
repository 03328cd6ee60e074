package bleve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"

	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"

	"zhigang/internal/calendar"
	"zhigang/internal/id"
	"zhigang/internal/region"
	"zhigang/internal/search"
)

// store is one index on disk with its rows in memory.
type store struct {
	tree    *region.Tree
	engine  index.Index
	analyze *index.AnalysisQueue
	writing sync.Mutex // one writer at a time

	mu   sync.RWMutex // guards what follows; searches hold it from beginning to end
	rows *rows
	view view
}

// view is a state of the engine and, for each of its segments, the numbers of the rows of its documents.
type view struct {
	snapshot *scorch.IndexSnapshot
	numbers  [][]uint32
}

// builtKey marks a store that a build has filled.
const builtKey = "built"

// openStore opens the index in folder dir, or makes one. A broken one is an error, not a panic nor a fault of memory.
func openStore(dir string, tree *region.Tree) (s *store, err error) {
	defer guard(&err)()
	if err := checkRoot(dir); err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.zap"))
	if err != nil {
		return nil, err
	}
	s = &store{tree: tree, analyze: index.NewAnalysisQueue(2), rows: newRows()}
	settings := map[string]any{"path": dir, "bolt_timeout": lockWait.String()}
	if s.engine, err = scorch.NewScorch(scorch.Name, settings, s.analyze); err != nil {
		return nil, err
	}
	if err := s.engine.Open(); err != nil {
		s.analyze.Close()
		return nil, err
	}
	if err := s.load(); err != nil {
		return nil, errors.Join(err, s.close())
	}
	// The engine starts from nothing when it cannot read its files, and then stumbles over them.
	if built, err := s.built(); err != nil || !built && len(s.view.numbers) == 0 && len(files) > 0 {
		return nil, errors.Join(fmt.Errorf("search index in %s cannot be read", dir), err, s.close())
	}
	return s, nil
}

func (s *store) close() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.view.snapshot != nil {
		_ = s.view.snapshot.Close()
		s.view = view{}
	}
	err := s.engine.Close()
	s.analyze.Close()
	return err
}

// load reads the rows of all documents.
func (s *store) load() error {
	snapshot, err := s.snapshot()
	if err != nil {
		return err
	}
	s.view = view{snapshot: snapshot}
	for _, seg := range snapshot.Segments() {
		docs, err := documentsOf(seg)
		if err != nil {
			return err
		}
		numbers := s.rows.numbersOf(docs)
		s.view.numbers = append(s.view.numbers, numbers)
		for n, number := range numbers {
			if isDeleted(seg, n) {
				continue
			}
			rec, err := readRecord(seg, n)
			if err != nil {
				return err
			}
			s.rows.set(s.rows.all[number].id, rec)
		}
	}
	return nil
}

func readRecord(seg *scorch.SegmentSnapshot, n int) (record, error) {
	var rec record
	var bad error
	err := seg.VisitDocument(uint64(n), func(field string, _ byte, value []byte, _ []uint64) bool {
		if field == fieldRecord {
			bad = json.Unmarshal(value, &rec)
		}
		return field != fieldRecord
	})
	if err = errors.Join(err, bad); err != nil {
		return rec, fmt.Errorf("read search document: %w", err)
	}
	return rec, nil
}

func (s *store) snapshot() (*scorch.IndexSnapshot, error) {
	reader, err := s.engine.Reader()
	if err != nil {
		return nil, err
	}
	snapshot, ok := reader.(*scorch.IndexSnapshot)
	if !ok || snapshot == nil {
		return nil, errors.New("the search index is closed")
	}
	return snapshot, nil
}

// documentsOf returns the ids of the documents of a segment. What is deleted from it has none.
func documentsOf(seg *scorch.SegmentSnapshot) ([]id.ID, error) {
	docs := make([]id.ID, seg.FullSize())
	for n := range docs {
		if isDeleted(seg, n) {
			continue
		}
		text, err := seg.DocID(uint64(n))
		if err != nil {
			return nil, err
		}
		if docs[n], err = id.Parse(string(text)); err != nil {
			return nil, fmt.Errorf("search document %q: %w", text, err)
		}
	}
	return docs, nil
}

func isDeleted(seg *scorch.SegmentSnapshot, n int) bool {
	gone := seg.Deleted()
	return gone != nil && gone.Contains(uint32(n))
}

// maxBatch is how many documents are written at once.
const maxBatch = 1000

// put is Put of search.Index.
func (s *store) put(ctx context.Context, docs []search.Document) error {
	for part := range slices.Chunk(docs, maxBatch) {
		if err := ctx.Err(); err != nil {
			return err
		}
		batch := index.NewBatch()
		records := make(map[id.ID]record, len(part))
		for _, d := range part {
			rec := recordOf(d)
			bytes, err := json.Marshal(rec)
			if err != nil {
				return err
			}
			records[d.ID] = rec
			batch.Update(newDocument(d, bytes))
		}
		if err := s.write(batch, func(r *rows) {
			for doc, rec := range records {
				r.set(doc, rec)
			}
		}); err != nil {
			return err
		}
	}
	return nil
}

// remove is Delete of search.Index.
func (s *store) remove(ids []id.ID) error {
	if len(ids) == 0 {
		return nil
	}
	batch := index.NewBatch()
	for _, one := range ids {
		batch.Delete(one.String())
	}
	return s.write(batch, func(r *rows) {
		for _, one := range ids {
			r.remove(one)
		}
	})
}

// write brings a batch to the engine, and then shows searches the engine's new state together with the rows that change
// brings to it: no search sees one without the other.
func (s *store) write(batch *index.Batch, change func(*rows)) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.engine.Batch(batch); err != nil {
		return err
	}
	snapshot, err := s.snapshot()
	if err != nil {
		return err
	}
	// Only writers change the view and the rows, so this one may read them before it locks searches out.
	known := map[uint64][]uint32{}
	renew := s.rows.wasteful() // then all documents get new numbers
	for n, seg := range s.view.snapshot.Segments() {
		if !renew {
			known[seg.Id()] = s.view.numbers[n]
		}
	}
	docs := map[uint64][]id.ID{}
	for _, seg := range snapshot.Segments() {
		if _, ok := known[seg.Id()]; !ok {
			if docs[seg.Id()], err = documentsOf(seg); err != nil {
				return errors.Join(err, snapshot.Close())
			}
		}
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	if renew {
		s.rows = s.rows.renewed()
	}
	change(s.rows)
	old := s.view
	s.view = view{snapshot: snapshot}
	for _, seg := range snapshot.Segments() {
		numbers, ok := known[seg.Id()]
		if !ok {
			numbers = s.rows.numbersOf(docs[seg.Id()])
		}
		s.view.numbers = append(s.view.numbers, numbers)
	}
	return old.snapshot.Close()
}

// versions returns the versions of all documents.
func (s *store) versions() map[id.ID]int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := make(map[id.ID]int, len(s.rows.all))
	for n := range s.rows.all {
		if r := &s.rows.all[n]; r.live {
			out[r.id] = int(r.version)
		}
	}
	return out
}

// built reports whether setBuilt was ever called.
func (s *store) built() (bool, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	mark, err := s.view.snapshot.GetInternal([]byte(builtKey))
	return len(mark) > 0, err
}

// setBuilt marks the store as one that a build has filled.
func (s *store) setBuilt() error {
	batch := index.NewBatch()
	batch.SetInternal([]byte(builtKey), []byte("1"))
	return s.write(batch, func(*rows) {})
}

// find is Search of search.Index.
func (s *store) find(ctx context.Context, q search.Query, today calendar.Day) (search.Hits, error) {
	wanted := q.Wanted()
	if wanted.Nothing(q) {
		return search.NoHits(), nil
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	w := newWalk(s.rows, q, wanted, q.RegionParents(s.tree), today)
	if len(wanted.Groups) == 0 && len(wanted.Not) == 0 {
		for n := range s.rows.all {
			w.add(uint32(n), 0)
		}
		return w.hits(), nil
	}
	for n, seg := range s.view.snapshot.Segments() {
		if err := ctx.Err(); err != nil {
			return search.Hits{}, err
		}
		if err := w.addSegment(seg, s.view.numbers[n]); err != nil {
			return search.Hits{}, err
		}
	}
	return w.hits(), nil
}
