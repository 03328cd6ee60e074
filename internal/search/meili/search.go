package meili

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/meilisearch/meilisearch-go"

	"zhigang/internal/calendar"
	"zhigang/internal/id"
	"zhigang/internal/position"
	"zhigang/internal/search"
)

// maxHeadcounts is how many different headcounts there can be, zero among them.
const maxHeadcounts = position.MaxHeadcount + 1

// Search implements search.Index: one call with one query for the page, and one more for each facet that must be
// counted without a filter of its own.
func (i *Index) Search(ctx context.Context, q search.Query, today calendar.Day) (search.Hits, error) {
	if q.Text != "" && len(q.Words()) == 0 {
		return search.NoHits(), nil
	}
	asked := i.ask(q.Paged(), today)
	queries := make([]*meilisearch.SearchRequest, len(asked))
	for n := range asked {
		queries[n] = asked[n].request
	}
	got, err := i.server.MultiSearchWithContext(ctx, &meilisearch.MultiSearchRequest{Queries: queries})
	if err != nil {
		return search.Hits{}, down(err)
	}
	if len(got.Results) != len(asked) {
		return search.Hits{}, fmt.Errorf("meilisearch answered %d of %d queries", len(got.Results), len(asked))
	}
	hits := search.NoHits()
	for n, one := range asked {
		if err := one.read(got.Results[n], &hits); err != nil {
			return search.Hits{}, err
		}
	}
	return hits, nil
}

// question is one query of a search and what its answer is for.
type question struct {
	request *meilisearch.SearchRequest
	page    bool              // it brings the page and the sums
	facets  map[string]string // attribute → facet
}

// ask returns the questions that make up a search; the first is that for the page.
func (i *Index) ask(q search.Query, today calendar.Day) []question {
	filters := i.filters(q)
	base := []string{"valid_until >= " + strconv.Itoa(search.DayNumber(today))}
	if q.Org != 0 {
		base = append(base, "org = "+quote(q.Org.String()))
	}
	text := encodeQuery(q.Words())
	request := func(filter []string, size int) *meilisearch.SearchRequest {
		per := int64(size)
		return &meilisearch.SearchRequest{
			IndexUID: i.live, Query: text, MatchingStrategy: meilisearch.All, Filter: filter,
			AttributesToRetrieve: []string{"id"}, HitsPerPage: &per, Page: 1,
		}
	}
	except := func(facet string) []string {
		out := slices.Clone(base)
		for name, filter := range filters {
			if name != facet {
				out = append(out, filter)
			}
		}
		slices.Sort(out)
		return out
	}

	page := question{request: request(except(""), q.Per), page: true, facets: map[string]string{"headcount": ""}}
	page.request.Page, page.request.Sort = int64(q.Page), order(q.Sort)
	out := []question{page}
	for attribute, facet := range map[string]string{
		"kind": "kind", "degree": "degree", "org_kind": "org_kind", "pay_bands": "pay_min",
	} {
		if _, filtered := filters[facet]; filtered {
			out = append(out, question{request: request(except(facet), 0), facets: map[string]string{attribute: facet}})
		} else {
			page.facets[attribute] = facet
		}
	}
	for facet, parent := range q.RegionParents(i.tree) {
		depth := len(search.RegionPath(i.tree, parent))
		if depth == maxDepth { // nothing lies below a street
			continue
		}
		attribute := regionAttribute(depth + 1)
		if _, filtered := filters["region"]; !filtered {
			page.facets[attribute] = facet
			continue
		}
		filter := except("region")
		if parent != "" {
			filter = append(filter, regionAttribute(max(1, depth))+" = "+quote(parent))
		}
		out = append(out, question{request: request(filter, 0), facets: map[string]string{attribute: facet}})
	}
	for n := range out {
		for attribute := range out[n].facets {
			out[n].request.Facets = append(out[n].request.Facets, attribute)
		}
	}
	return out
}

// filters returns the filter of each facet that the query limits.
func (i *Index) filters(q search.Query) map[string]string {
	out := map[string]string{}
	if len(q.Kinds) > 0 {
		out["kind"] = among("kind", q.Kinds)
	}
	if len(q.Degrees) > 0 {
		out["degree"] = among("degree", q.Degrees)
	}
	if len(q.OrgKinds) > 0 {
		out["org_kind"] = among("org_kind", q.OrgKinds)
	}
	if q.PayMin > 0 {
		out["pay_min"] = "pay_min >= " + strconv.Itoa(q.PayMin)
	}
	if len(q.Regions) > 0 {
		var either []string
		for _, code := range q.Regions {
			either = append(either, regionAttribute(max(1, len(search.RegionPath(i.tree, code))))+" = "+quote(code))
		}
		out["region"] = "(" + strings.Join(either, " OR ") + ")"
	}
	return out
}

func among[T ~string](attribute string, values []T) string {
	quoted := make([]string, len(values))
	for n, v := range values {
		quoted[n] = quote(string(v))
	}
	return attribute + " IN [" + strings.Join(quoted, ", ") + "]"
}

// quote writes a value as the filter language reads it.
func quote(value string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}

// maxDepth is how many steps the path of a region has at most.
const maxDepth = 4

func regionAttribute(depth int) string { return "region_" + strconv.Itoa(depth) }

// order returns the attributes to sort by; none for relevance, which the ranking rules of the index are.
func order(s search.Sort) []string {
	const newest, last = "published:desc", "id:desc"
	switch s {
	case search.ByNewest:
		return []string{newest, last}
	case search.ByClosing:
		return []string{"valid_until:asc", newest, last}
	case search.ByPay:
		return []string{"pay_min:desc", newest, last}
	default:
		return nil
	}
}

// maxParts is how many parts of a query Meilisearch looks at: it drops words and phrases beyond.
const maxParts = 10

// encodeQuery writes words as a query. When they have too many terms for one part each, each word becomes a phrase,
// whose terms must then stand in one and the same field; and what is still too much joins the last phrase.
func encodeQuery(words [][]string) string {
	var all []string
	for _, word := range words {
		for _, term := range word {
			if term = encode(term); !slices.Contains(all, term) {
				all = append(all, term)
			}
		}
	}
	if len(all) <= maxParts {
		return strings.Join(all, " ")
	}
	var phrases []string
	for n, word := range words {
		if n < maxParts {
			phrases = append(phrases, encodeAll(word))
		} else {
			phrases[maxParts-1] += " " + encodeAll(word)
		}
	}
	return `"` + strings.Join(phrases, `" "`) + `"`
}

// read takes what the question is for from its answer.
func (a question) read(got meilisearch.SearchResponse, into *search.Hits) error {
	counts := map[string]map[string]int{}
	if len(got.FacetDistribution) > 0 {
		if err := json.Unmarshal(got.FacetDistribution, &counts); err != nil {
			return fmt.Errorf("read facets: %w", err)
		}
	}
	for attribute, facet := range a.facets {
		for value, n := range counts[attribute] {
			if facet != "" && n > 0 {
				into.Facets[facet][value] = n
			}
		}
	}
	if !a.page {
		return nil
	}
	for _, hit := range got.Hits {
		var text string
		if err := json.Unmarshal(hit["id"], &text); err != nil {
			return fmt.Errorf("read hit: %w", err)
		}
		doc, err := id.Parse(text)
		if err != nil {
			return fmt.Errorf("search document %q: %w", text, err)
		}
		into.IDs = append(into.IDs, doc)
	}
	for value, n := range counts["headcount"] { // every document has one: the counts add up to all hits, however many
		head, err := strconv.Atoi(value)
		if err != nil {
			return fmt.Errorf("read headcount: %w", err)
		}
		into.Total += n
		into.Headcount += n * head
	}
	return nil
}
