package bleve

import (
	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/document"
	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"

	"zhigang/internal/search"
)

// The fields of an index: the terms of search.DocumentTerms, and the record.
const (
	fieldTitle  = "title"
	fieldStrong = "strong"
	fieldAll    = "all"
	fieldRecord = "record"
)

// analyzer makes Bleve see terms of package search and nothing else.
type analyzer []string

// Analyze implements analysis.Analyzer.
func (a analyzer) Analyze([]byte) analysis.TokenStream {
	size := 0
	for _, term := range a {
		size += len(term)
	}
	bytes := make([]byte, 0, size) // of all terms, one after the other
	tokens := make([]analysis.Token, len(a))
	stream := make(analysis.TokenStream, len(a))
	for n, term := range a {
		from := len(bytes)
		bytes = append(bytes, term...)
		tokens[n].Term = bytes[from:len(bytes):len(bytes)]
		stream[n] = &tokens[n]
	}
	return stream
}

// newDocument returns d as Bleve keeps it: terms without frequencies, for the order does not depend on how often a word
// is repeated, and the record from which the rows are read again at start.
func newDocument(d search.Document, record []byte) index.Document {
	const options = index.IndexField | index.SkipFreqNorm
	terms := d.Terms()
	out := document.NewDocument(d.ID.String())
	for _, field := range []struct {
		name  string
		terms []string
	}{{fieldTitle, terms.Title}, {fieldStrong, terms.Strong}, {fieldAll, terms.All}} {
		// The analyzer brings the terms with it; the text is there because a field without one is left out.
		out.AddField(document.NewTextFieldCustom(field.name, nil, []byte(" "), options, analyzer(field.terms)))
	}
	out.AddField(document.NewTextFieldCustom(fieldRecord, nil, record, index.StoreField, nil))
	return out
}

// postings returns the documents of a segment that hold term in field, deleted ones too. The bitmap must not be
// changed.
func postings(seg segment.Segment, field, term string) (*roaring.Bitmap, error) {
	dict, err := seg.Dictionary(field)
	if err != nil {
		return nil, err
	}
	list, err := dict.PostingsList([]byte(term), nil, nil)
	if err != nil {
		return nil, err
	}
	it := list.Iterator(false, false, false, nil)
	if whole, ok := it.(segment.OptimizablePostingsIterator); ok {
		if one, is := whole.DocNum1Hit(); is {
			return roaring.BitmapOf(uint32(one)), nil
		}
		if docs := whole.ActualBitmap(); docs != nil {
			return docs, nil
		}
		return roaring.New(), nil
	}
	docs := roaring.New()
	for {
		hit, err := it.Next()
		if err != nil || hit == nil {
			return docs, err
		}
		docs.Add(uint32(hit.Number()))
	}
}

// reader looks terms up in a segment, each once.
type reader struct {
	seg   segment.Segment
	known map[string]*roaring.Bitmap // field and term → documents
}

func (r *reader) docs(field, term string) (*roaring.Bitmap, error) {
	if docs, ok := r.known[field+"\x00"+term]; ok {
		return docs, nil
	}
	docs, err := postings(r.seg, field, term)
	if err == nil {
		r.known[field+"\x00"+term] = docs
	}
	return docs, err
}

// holding returns the documents whose field holds one alternative of the group.
func (r *reader) holding(field string, g search.Group) (*roaring.Bitmap, error) {
	any := roaring.New()
	for _, alternative := range g {
		var all *roaring.Bitmap
		for _, term := range alternative.Terms {
			docs, err := r.docs(field, term)
			if err != nil {
				return nil, err
			}
			if all == nil {
				all = docs.Clone()
			} else {
				all.And(docs)
			}
			if all.IsEmpty() {
				break
			}
		}
		if all != nil {
			any.Or(all)
		}
	}
	return any, nil
}

// within returns those of the documents whose field holds all groups.
func (r *reader) within(field string, docs *roaring.Bitmap, groups []search.Group) (*roaring.Bitmap, error) {
	left := docs.Clone()
	for _, g := range groups {
		holding, err := r.holding(field, g)
		if err != nil {
			return nil, err
		}
		if left.And(holding); left.IsEmpty() {
			break
		}
	}
	return left, nil
}

// matching returns the documents of a segment that hold what is wanted.
func (r *reader) matching(seg *scorch.SegmentSnapshot, w search.Wanted) (*roaring.Bitmap, error) {
	all := roaring.New()
	all.AddRange(0, r.seg.Count())
	if gone := seg.Deleted(); gone != nil {
		all.AndNot(gone)
	}
	found, err := r.within(fieldAll, all, w.Groups)
	if err != nil {
		return nil, err
	}
	for _, g := range w.Not {
		unwanted, err := r.holding(fieldAll, g)
		if err != nil {
			return nil, err
		}
		found.AndNot(unwanted)
	}
	return found, nil
}

// addSegment takes the documents of a segment that hold what is wanted into the walk, tier after tier.
func (w *walk) addSegment(seg *scorch.SegmentSnapshot, numbers []uint32) error {
	r := &reader{seg.Segment(), map[string]*roaring.Bitmap{}}
	left, err := r.matching(seg, w.wanted)
	if err != nil || left.IsEmpty() {
		return err
	}
	var buf [256]uint32
	for tier, field := range []string{fieldTitle, fieldStrong, fieldAll} {
		now := left
		if field != fieldAll {
			if !w.ranked() {
				continue
			}
			if now, err = r.within(field, left, w.wanted.Groups); err != nil {
				return err
			}
		}
		for it := now.ManyIterator(); ; {
			n := it.NextMany(buf[:])
			if n == 0 {
				break
			}
			for _, doc := range buf[:n] {
				w.add(numbers[doc], uint8(tier))
			}
		}
		if field != fieldAll {
			left.AndNot(now)
		}
	}
	return nil
}
