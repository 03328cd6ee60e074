package meili

import (
	"context"

	"zhigang/internal/calendar"
	"zhigang/internal/search"
)

// Count implements search.Index: one call with one question for each query. More hits than Meilisearch counts by itself are
// summed in a second call.
func (i *Index) Count(ctx context.Context, queries []search.Query, today calendar.Day) ([]int, error) {
	totals := make([]int, len(queries))
	var asked []question
	var of []int // the query of each question
	for n, q := range queries {
		if wanted := q.Wanted(); !wanted.Nothing(q) {
			request := i.request(i.narrow(q, wanted, today).except(""), 0)
			asked, of = append(asked, question{request: request, sums: true, facets: map[string]string{"headcount": ""}}), append(of, n)
		}
	}
	got, err := i.answers(ctx, asked)
	if err != nil {
		return nil, err
	}
	var many []question
	var ofMany []int
	for n, one := range got {
		if totals[of[n]] = int(one.TotalHits); one.TotalHits >= search.MaxResults {
			asked[n].request.Facets = asked[n].attributes()
			many, ofMany = append(many, asked[n]), append(ofMany, of[n])
		}
	}
	if got, err = i.answers(ctx, many); err != nil {
		return nil, err
	}
	for n, one := range many {
		hits := search.NoHits()
		if err := one.read(i.tree, got[n], &hits); err != nil {
			return nil, err
		}
		totals[ofMany[n]] = hits.Total
	}
	return totals, nil
}
