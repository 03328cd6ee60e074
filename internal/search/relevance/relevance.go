// Package relevance measures how well a search engine answers: it asks queries of which somebody has judged what they
// should find, and compares.
//
// A set is two files of JSON lines. posts.jsonl has the posts; queries.jsonl has the queries, each with its class, the
// grades of the posts that fit (3 just what is asked for, 2 a near relative that meets what was asked, 1 only touched
// upon; what is not named does not fit), and those that must never be found.
package relevance

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/url"
	"slices"
	"strings"

	"zhigang/internal/calendar"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/position"
	"zhigang/internal/region"
	"zhigang/internal/search"
)

// Post is a post of a set. Pay is in yuan a month, 0 for none. Of region and region_code one is enough.
type Post struct {
	ID          string          `json:"id"`
	Kind        position.Kind   `json:"kind"`
	Title       string          `json:"title"`
	Org         string          `json:"org"`
	OrgKind     org.Kind        `json:"org_kind"`
	RegionCode  string          `json:"region_code"`
	Region      string          `json:"region"`
	Degree      position.Degree `json:"degree"`
	Majors      []string        `json:"majors"`
	Skills      []string        `json:"skills"`
	PayMin      float64         `json:"pay_min"`
	PayMax      float64         `json:"pay_max"`
	Headcount   int             `json:"headcount"`
	Description string          `json:"description"`
}

// Query is a question of a set.
type Query struct {
	ID     string         `json:"id"`
	Text   string         `json:"q"`
	Class  string         `json:"class"`
	Judged map[string]int `json:"judged"`
	Never  []string       `json:"never"`
	// SameAs is a query that must find the same, in the same order.
	SameAs string `json:"same_as,omitempty"`
}

// Depth is how many results of a query are looked at: the first page.
const Depth = 20

// Read reads lines of JSON. The error names the line.
func Read[T any](r io.Reader) ([]T, error) {
	var out []T
	lines := bufio.NewReader(r)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if text := strings.TrimSpace(string(line)); text != "" {
			var one T
			if err := json.Unmarshal([]byte(text), &one); err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
			out = append(out, one)
		}
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// today is the day on which the sets are asked.
const today calendar.Day = "2026-11-26"

// document returns the post as an index holds it, under a number of its own. Posts come from the same day: the order of
// the file decides nothing but ties.
func (p Post) document(n int, tree *region.Tree) search.Document {
	d := search.Document{
		ID: id.ID(n + 1), Version: 1, Kind: p.Kind, Title: p.Title, Org: p.Org, OrgKind: p.OrgKind, Degree: p.Degree, Majors: p.Majors, Skills: p.Skills,
		PayMin: int(p.PayMin), PayMax: int(p.PayMax), Headcount: max(1, p.Headcount), Description: p.Description,
		PublishedAt: today.Start().Add(-24 * 3600e9).UnixMilli(), ValidUntil: today.Add(30),
	}
	if d.Kind == "" {
		d.Kind = position.Job
	}
	if said := map[position.Degree]position.Degree{
		"初中": position.Junior, "高中": position.Senior, "中专": position.Senior, "大专": position.College, "本科": position.Bachelor, "硕士": position.Master,
		"博士": position.Doctor,
	}[d.Degree]; said != "" {
		d.Degree = said
	}
	if d.Degree == position.DegreeUnset || d.Degree.Rank() < 0 {
		d.Degree = position.NoDegree
	}
	code := p.RegionCode
	if _, known := tree.Get(code); !known {
		code, _, _ = tree.Find(p.Region)
	}
	if code != "" {
		d.Regions, d.Place = tree.Path(code), tree.FullName(code)
	}
	return d
}

// Run puts the posts into an index, which must be empty, and asks the queries as the search page does. It returns the ids
// of what each finds, the best first, at most Depth, by the id of the query.
func Run(ctx context.Context, index search.Index, tree *region.Tree, posts []Post, queries []Query) (map[string][]string, error) {
	const batch = 1000
	for from := 0; from < len(posts); from += batch {
		var docs []search.Document
		for n := from; n < min(from+batch, len(posts)); n++ {
			docs = append(docs, posts[n].document(n, tree))
		}
		if err := index.Put(ctx, docs...); err != nil {
			return nil, err
		}
	}
	out := map[string][]string{}
	for _, one := range queries {
		found := []string{}
		q, err := search.Parse(url.Values{"q": {one.Text}}, tree)
		if err == nil && !q.Empty() { // what the page refuses finds nothing
			hits, _, err := search.Ask(ctx, index, q, today)
			if err != nil {
				return nil, fmt.Errorf("query %s: %w", one.ID, err)
			}
			for _, hit := range hits.IDs[:min(Depth, len(hits.IDs))] {
				found = append(found, posts[hit-1].ID)
			}
		}
		out[one.ID] = found
	}
	return out, nil
}

// NDCG returns the normalized discounted cumulative gain of the first k results: the sum of (2^grade - 1) / log2(place + 1),
// divided by what the best order would have. 1 when nothing fits and nothing is found, 0 when something is found then.
func NDCG(found []string, judged map[string]int, k int) float64 {
	gain := func(grade, place int) float64 { return (math.Exp2(float64(grade)) - 1) / math.Log2(float64(place)+2) }
	sum := 0.0
	for place, post := range found[:min(k, len(found))] {
		sum += gain(judged[post], place)
	}
	grades := make([]int, 0, len(judged))
	for _, grade := range judged {
		grades = append(grades, grade)
	}
	slices.Sort(grades)
	slices.Reverse(grades)
	best := 0.0
	for place, grade := range grades[:min(k, len(grades))] {
		best += gain(grade, place)
	}
	if best > 0 {
		return sum / best
	}
	if len(found) > 0 {
		return 0
	}
	return 1
}

// Recall returns which share of the posts with grade 2 or 3, of k at most, is among the first k results; 1 when there are
// none.
func Recall(found []string, judged map[string]int, k int) float64 {
	fit, got := 0, 0
	for post, grade := range judged {
		if grade < 2 {
			continue
		}
		fit++
		if slices.Contains(found[:min(k, len(found))], post) {
			got++
		}
	}
	if fit == 0 {
		return 1
	}
	return float64(got) / float64(min(fit, k))
}

// Score is the mean over the queries of a class.
type Score struct {
	Class    string  `json:"class"` // "" stands for all
	Queries  int     `json:"queries"`
	NDCG10   float64 `json:"ndcg10"`
	Recall20 float64 `json:"recall20"`
	// Never counts results that must not be there.
	Never int `json:"never"`
}

// Scores compares what was found with what was judged, class by class, all together last. Queries without a judgement
// do not count.
func Scores(queries []Query, found map[string][]string) []Score {
	byClass := map[string]*Score{"": {}}
	for _, q := range queries {
		if q.Judged == nil && q.Never == nil {
			continue
		}
		for _, class := range []string{q.Class, ""} {
			s := byClass[class]
			if s == nil {
				s = &Score{Class: class}
				byClass[class] = s
			}
			s.Queries++
			s.NDCG10 += NDCG(found[q.ID], q.Judged, 10)
			s.Recall20 += Recall(found[q.ID], q.Judged, 20)
			for _, post := range q.Never {
				if slices.Contains(found[q.ID], post) {
					s.Never++
				}
			}
		}
	}
	var out []Score
	for _, s := range byClass {
		if s.Queries > 0 {
			s.NDCG10, s.Recall20 = s.NDCG10/float64(s.Queries), s.Recall20/float64(s.Queries)
			out = append(out, *s)
		}
	}
	slices.SortFunc(out, func(a, b Score) int {
		if (a.Class == "") != (b.Class == "") {
			return len(b.Class) - len(a.Class)
		}
		return strings.Compare(a.Class, b.Class)
	})
	return out
}
