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

// The fields of an index. fieldAll holds the terms of all parts, to find; the others those of one part, to rank.
const (
	fieldAll    = "all"
	fieldRecord = "record"
)

// rankedFields are the fields of the parts in which a term counts more than in the description, weightiest first.
func rankedFields() []string { return []string{"title", "who", "asked"} }

// analyzer makes Bleve see the terms of package search and nothing else.
type analyzer struct{}

// Analyze implements analysis.Analyzer.
func (analyzer) Analyze(text []byte) analysis.TokenStream {
	terms := search.Terms(string(text))
	size := 0
	for _, term := range terms {
		size += len(term)
	}
	bytes := make([]byte, 0, size) // of all terms, one after the other
	tokens := make([]analysis.Token, len(terms))
	stream := make(analysis.TokenStream, len(terms))
	for n, term := range terms {
		from := len(bytes)
		bytes = append(bytes, term...)
		tokens[n].Term = bytes[from:len(bytes):len(bytes)]
		stream[n] = &tokens[n]
	}
	return stream
}

// newDocument returns d as Bleve keeps it: terms without frequencies, for the order does not depend on how often a word
// is repeated, and the record from which the columns are read again at start.
func newDocument(d search.Document, record []byte) index.Document {
	const terms = index.IndexField | index.SkipFreqNorm
	parts := d.Parts()
	out := document.NewDocument(d.ID.String())
	all := ""
	for n, part := range parts {
		all += part + "\n"
		if n < len(rankedFields()) {
			out.AddField(document.NewTextFieldCustom(rankedFields()[n], nil, []byte(part), terms, analyzer{}))
		}
	}
	out.AddField(document.NewTextFieldCustom(fieldAll, nil, []byte(all), terms, analyzer{}))
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

// matching returns the documents of a segment that hold all terms.
func matching(seg *scorch.SegmentSnapshot, terms []string) (*roaring.Bitmap, error) {
	var all *roaring.Bitmap
	for _, term := range terms {
		docs, err := postings(seg.Segment(), fieldAll, term)
		if err != nil {
			return nil, err
		}
		if all == nil {
			all = docs.Clone()
		} else {
			all.And(docs)
		}
		if all.IsEmpty() {
			return all, nil
		}
	}
	if gone := seg.Deleted(); gone != nil {
		all.AndNot(gone)
	}
	return all, nil
}

// scores returns how well each of the found documents of a segment fits, by its number: the sum over the terms of the
// weight of the best part that holds the term.
func scores(seg segment.Segment, terms []string, found *roaring.Bitmap) ([]uint16, error) {
	out := make([]uint16, seg.Count())
	fields := rankedFields()
	for _, term := range terms {
		left := found.Clone()
		for n, field := range fields {
			docs, err := postings(seg, field, term)
			if err != nil {
				return nil, err
			}
			hits := roaring.And(left, docs)
			for it := hits.Iterator(); it.HasNext(); {
				out[it.Next()] += uint16(len(fields) - n)
			}
			left.AndNot(hits)
		}
	}
	return out, nil
}
