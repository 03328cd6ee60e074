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
	"zhigang/internal/region"
	"zhigang/internal/search"
)

// How many values of the tally there can be: maxHeadcounts are headcounts, zero among them; cities are most of the others.
const (
	maxHeadcounts = position.MaxHeadcount + 1
	maxOthers     = 1000
)

// Search implements search.Index: one call with one query for the page and one more for each facet that must be counted
// without a filter of its own, or among too many values. When the words decide the order, the page comes tier after tier, see search.Window.
func (i *Index) Search(ctx context.Context, q search.Query, today calendar.Day) (search.Hits, error) {
	q = q.Paged()
	wanted := q.Wanted()
	if wanted.Nothing(q) {
		return search.NoHits(), nil
	}
	asked := i.ask(q, wanted, today)
	got, err := i.answers(ctx, asked)
	if err != nil {
		return search.Hits{}, err
	}
	hits := search.NoHits()
	for n, one := range asked {
		if err := one.read(i.tree, got[n], &hits); err != nil {
			return search.Hits{}, err
		}
	}
	page := got[0]
	if q.IsLean() {
		hits.Total = int(page.TotalHits)
	}
	if ranked(q, wanted) {
		page = got[len(got)-1]
	}
	heads, err := headsOf(page)
	if err == nil && ranked(q, wanted) {
		heads, err = i.ranked(ctx, q, wanted, today, heads, hits.Total)
	}
	for _, h := range heads {
		hits.IDs = append(hits.IDs, h.ID)
	}
	return hits, err
}

func (i *Index) answers(ctx context.Context, asked []question) ([]meilisearch.SearchResponse, error) {
	if len(asked) == 0 {
		return nil, nil
	}
	queries := make([]*meilisearch.SearchRequest, len(asked))
	for n := range asked {
		queries[n] = asked[n].request
	}
	got, err := i.server.MultiSearchWithContext(ctx, &meilisearch.MultiSearchRequest{Queries: queries})
	if err != nil {
		return nil, down(err)
	}
	if len(got.Results) != len(asked) {
		return nil, fmt.Errorf("meilisearch answered %d of %d queries", len(got.Results), len(asked))
	}
	return got.Results, nil
}

// ranked reports whether the order is by how well the words fit.
func ranked(q search.Query, wanted search.Wanted) bool {
	return q.Sort == search.ByRelevance && len(wanted.Groups) > 0
}

// question is one query of a search and what its answer is for.
type question struct {
	request *meilisearch.SearchRequest
	sums    bool              // it brings the sums
	facets  map[string]string // attribute → facet
	parents map[string]string // facet of regions → the region below which they lie
}

// The attributes that hold the terms of search.DocumentTerms.
const (
	inTitle  = "terms_title"
	inStrong = "terms_strong"
	inAll    = "terms_all"
)

// holds is the filter for documents whose attribute holds one alternative of each group.
func holds(attribute string, groups []search.Group) string {
	all := make([]string, len(groups))
	for n, g := range groups {
		either := make([]string, len(g))
		for k, a := range g {
			terms := make([]string, len(a.Terms))
			for j, term := range a.Terms {
				terms[j] = attribute + " = " + quote(encode(term))
			}
			either[k] = "(" + strings.Join(terms, " AND ") + ")"
		}
		all[n] = "(" + strings.Join(either, " OR ") + ")"
	}
	return strings.Join(all, " AND ")
}

// base is the filter that every question of a search has.
func (i *Index) base(q search.Query, wanted search.Wanted, today calendar.Day) []string {
	base := []string{"valid_until >= " + strconv.Itoa(search.DayNumber(today))}
	if q.Org != 0 {
		base = append(base, "org = "+quote(q.Org.String()))
	}
	if len(q.NotRegions) > 0 {
		base = append(base, "NOT "+i.within(q.NotRegions))
	}
	for _, g := range wanted.Not {
		base = append(base, "NOT "+holds(inAll, []search.Group{g}))
	}
	return base
}

// ask returns the questions that make up a search; the first is that for the sums, and for the page unless it
// comes from tiers: then the last is that for the first tier.
func (i *Index) ask(q search.Query, wanted search.Wanted, today calendar.Day) []question {
	n := i.narrow(q, wanted, today)
	page := question{request: i.request(n.except(""), q.Per)}
	page.request.Page, page.request.Sort = int64(q.Page), order(q.Sort)
	out := []question{page}
	if !q.IsLean() {
		out = i.counts(q, n, page)
	}
	if ranked(q, wanted) { // the page comes from the tiers
		*page.request.HitsPerPage, page.request.Page, page.request.Sort = 0, 1, nil
		out = append(out, i.newest(i.tiers(q, wanted, today)[0], search.Window))
	}
	for n := range out {
		out[n].request.Facets = out[n].attributes()
	}
	return out
}

// narrowed is what a search narrows by: base always, and each facet that it limits.
type narrowed struct {
	base   []string
	facets map[string]string
}

func (i *Index) narrow(q search.Query, wanted search.Wanted, today calendar.Day) narrowed {
	n := narrowed{i.base(q, wanted, today), i.filters(q)}
	if len(wanted.Groups) > 0 {
		n.base = append(n.base, holds(inAll, wanted.Groups))
	}
	return n
}

// except returns all filters but that of a facet.
func (n narrowed) except(facet string) []string {
	out := slices.Clone(n.base)
	for name, filter := range n.facets {
		if name != facet {
			out = append(out, filter)
		}
	}
	slices.Sort(out)
	return out
}

func (i *Index) request(filter []string, size int) *meilisearch.SearchRequest {
	per := int64(size)
	return &meilisearch.SearchRequest{
		IndexUID: i.live, Filter: filter, AttributesToRetrieve: []string{"id"}, HitsPerPage: &per, Page: 1,
	}
}

// counts returns the question for the page with the sums and what it counts of facets, and those for the other facets.
func (i *Index) counts(q search.Query, n narrowed, page question) []question {
	page.sums, page.facets, page.parents = true, map[string]string{"headcount": ""}, q.RegionParents(i.tree)
	out := []question{page}
	for attribute, facet := range map[string]string{
		"kind": "kind", "degree": "degree", "org_kind": "org_kind", "pay_bands": "pay_min",
	} {
		if _, filtered := n.facets[facet]; filtered {
			out = append(out, question{request: i.request(n.except(facet), 0), facets: map[string]string{attribute: facet}})
		} else {
			page.facets[attribute] = facet
		}
	}
	for facet, parent := range page.parents {
		depth := len(search.RegionPath(i.tree, parent))
		if depth == maxDepth { // nothing lies below a street
			continue
		}
		attribute := regionAttribute(depth + 1)
		_, filtered := n.facets["region"]
		if !filtered && depth < streets || facet == "subregion" { // of a single region, which the page has for its filter
			page.facets[attribute] = facet
			continue
		}
		filter := n.except("region")
		if parent != "" {
			filter = append(filter, regionAttribute(max(1, depth))+" = "+quote(parent))
		}
		out = append(out, question{request: i.request(filter, 0), facets: map[string]string{attribute: facet}})
	}
	return out
}

// attributes returns what a question counts.
func (a question) attributes() []string {
	var out []string
	for attribute := range a.facets {
		if a.sums && slices.Contains(tallied(), attribute) {
			attribute = "tally"
		}
		if !slices.Contains(out, attribute) {
			out = append(out, attribute)
		}
	}
	return out
}

// filters returns the filter of each facet that the query limits.
func (i *Index) filters(q search.Query) map[string]string {
	out := map[string]string{}
	if kinds := q.KindChoices(); kinds != nil {
		out["kind"] = among("kind", kinds)
	}
	if degrees := q.DegreeChoices(); degrees != nil {
		out["degree"] = among("degree", degrees)
	}
	if len(q.OrgKinds) > 0 {
		out["org_kind"] = among("org_kind", q.OrgKinds)
	}
	if q.PayMin > 0 {
		out["pay_min"] = "pay_min >= " + strconv.Itoa(q.PayMin)
	}
	if len(q.Regions) > 0 {
		out["region"] = i.within(q.Regions)
	}
	return out
}

// within is the filter for what lies in one of the regions.
func (i *Index) within(codes []string) string {
	either := make([]string, len(codes))
	for n, code := range codes {
		either[n] = regionAttribute(max(1, len(search.RegionPath(i.tree, code)))) + " = " + quote(code)
	}
	return "(" + strings.Join(either, " OR ") + ")"
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

// maxDepth is how many steps the path of a region has at most. Of streets there are more than Meilisearch counts at a time.
const (
	maxDepth = 4
	streets  = 3
)

func regionAttribute(depth int) string { return "region_" + strconv.Itoa(depth) }

// order returns the attributes to sort by.
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
		return []string{newest, last}
	}
}

// read takes what the question is for from its answer.
func (a question) read(tree *region.Tree, got meilisearch.SearchResponse, into *search.Hits) error {
	counts := map[string]map[string]int{}
	if len(got.FacetDistribution) > 0 {
		if err := json.Unmarshal(got.FacetDistribution, &counts); err != nil {
			return fmt.Errorf("read facets: %w", err)
		}
	}
	for marked, n := range counts["tally"] {
		attribute, value, _ := strings.Cut(marked, ":")
		if counts[attribute] == nil {
			counts[attribute] = map[string]int{}
		}
		counts[attribute][value] = n
	}
	for attribute, facet := range a.facets {
		for value, n := range counts[attribute] {
			if facet != "" && n > 0 && below(tree, a.parents[facet], value) {
				into.Facets[facet][value] = n
			}
		}
	}
	if !a.sums {
		return nil
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

// below reports whether a value of a facet lies below a region; everything lies below none.
func below(tree *region.Tree, parent, code string) bool {
	return parent == "" || slices.Contains(search.RegionPath(tree, code), parent)
}

// headsOf returns the documents of an answer: only their ids where nothing more was asked for.
func headsOf(got meilisearch.SearchResponse) ([]search.Head, error) {
	heads := make([]search.Head, len(got.Hits))
	for n, hit := range got.Hits {
		var text string
		if err := json.Unmarshal(hit["id"], &text); err != nil {
			return nil, fmt.Errorf("read hit: %w", err)
		}
		if all, ok := hit["head"]; ok {
			if err := json.Unmarshal(all, &heads[n]); err != nil {
				return nil, fmt.Errorf("read head of %s: %w", text, err)
			}
		}
		var err error
		if heads[n].ID, err = id.Parse(text); err != nil {
			return nil, fmt.Errorf("search document %q: %w", text, err)
		}
	}
	return heads, nil
}
