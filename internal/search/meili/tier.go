package meili

import (
	"context"
	"maps"
	"slices"

	"github.com/meilisearch/meilisearch-go"

	"zhigang/internal/calendar"
	"zhigang/internal/search"
)

// tiers are the parts of what a query finds, in their order: what holds all words in the title, then in what counts
// much, then anywhere.
func (i *Index) tiers(q search.Query, w search.Wanted, today calendar.Day) [3][]string {
	base := slices.Concat(i.base(q, w, today), slices.Sorted(maps.Values(i.filters(q))))
	title, strong, all := holds(inTitle, w.Groups), holds(inStrong, w.Groups), holds(inAll, w.Groups)
	var out [3][]string
	for n, text := range []string{title, strong + " AND NOT (" + title + ")", all + " AND NOT (" + strong + ")"} {
		out[n] = append(slices.Clone(base), text)
	}
	return out
}

// newest asks for size documents of a tier, the newest first.
func (i *Index) newest(tier []string, size int) question {
	per := int64(size)
	return question{request: &meilisearch.SearchRequest{
		IndexUID: i.live, Filter: tier, Sort: order(search.ByNewest), AttributesToRetrieve: []string{"id", "head"}, HitsPerPage: &per, Page: 1,
	}}
}

// ranked returns the page of a query whose words decide the order, of which there are total. best are the newest of the
// first tier, which often fill the window.
func (i *Index) ranked(
	ctx context.Context, q search.Query, w search.Wanted, today calendar.Day, best []search.Head, total int,
) ([]search.Head, error) {
	tiers, window := i.tiers(q, w, today), best
	if left := search.Window - len(window); left > 0 && total > len(window) {
		got, err := i.answers(ctx, []question{i.newest(tiers[1], left), i.newest(tiers[2], left)})
		if err != nil {
			return nil, err
		}
		for _, one := range got {
			heads, err := headsOf(one)
			if err != nil {
				return nil, err
			}
			window = append(window, heads...)
		}
		window = window[:min(search.Window, len(window))]
	}
	search.Rank(w, window, today)
	from := (q.Page - 1) * q.Per
	to := min(from+q.Per, total)
	heads := window[min(from, len(window)):max(min(from, len(window)), min(to, len(window)))]
	if to <= search.Window {
		return heads, nil
	}
	more, err := i.behind(ctx, tiers, max(from, search.Window), to)
	return append(slices.Clone(heads), more...), err
}

// behind returns the documents of the tiers, one after the other, from one place to another: their ids only.
func (i *Index) behind(ctx context.Context, tiers [3][]string, from, to int) ([]search.Head, error) {
	var asked []question
	for _, tier := range tiers {
		asked = append(asked, i.newest(tier, 0))
	}
	sizes, err := i.answers(ctx, asked)
	if err != nil {
		return nil, err
	}
	asked = nil
	before := 0
	for n, tier := range tiers {
		size := int(sizes[n].TotalHits)
		first, last := max(from-before, 0), min(to-before, size)
		if first < last {
			one := i.newest(tier, 0)
			one.request.HitsPerPage, one.request.Page, one.request.AttributesToRetrieve = nil, 0, []string{"id"}
			one.request.Offset, one.request.Limit = int64(first), int64(last-first)
			asked = append(asked, one)
		}
		before += size
	}
	if len(asked) == 0 {
		return nil, nil
	}
	got, err := i.answers(ctx, asked)
	if err != nil {
		return nil, err
	}
	var out []search.Head
	for _, one := range got {
		heads, err := headsOf(one)
		if err != nil {
			return nil, err
		}
		out = append(out, heads...)
	}
	return out, nil
}
