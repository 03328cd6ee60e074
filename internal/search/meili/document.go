package meili

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/meilisearch/meilisearch-go"

	"zhigang/internal/search"
)

// document is a position as Meilisearch keeps it: terms, and no text.
type document struct {
	ID        string      `json:"id"`
	Version   int         `json:"version"`
	Title     []string    `json:"terms_title"` // the terms of search.DocumentTerms
	Strong    []string    `json:"terms_strong"`
	All       []string    `json:"terms_all"`
	Head      search.Head `json:"head"`
	Kind      string      `json:"kind"`
	Region1   string      `json:"region_1,omitempty"` // the path of the region from the province down
	Region2   string      `json:"region_2,omitempty"`
	Region3   string      `json:"region_3,omitempty"`
	Region4   string      `json:"region_4,omitempty"`
	Degree    string      `json:"degree"`
	OrgKind   string      `json:"org_kind"`
	Org       string      `json:"org"`
	PayMin    int         `json:"pay_min"`
	PayBands  []int       `json:"pay_bands"`
	Tally     []string    `json:"tally"` // what a page counts, see tallied
	Valid     int         `json:"valid_until"`
	Published int64       `json:"published"`
}

func newDocument(d search.Document) document {
	terms := d.Terms()
	all := encodeAll(terms.All) // it begins with the terms of the others
	out := document{
		ID: d.ID.String(), Version: d.Version, Title: all[:len(terms.Title)], Strong: all[:len(terms.Strong)], All: all, Head: d.Head(),
		Kind: string(d.Kind), Degree: string(d.Degree), OrgKind: string(d.OrgKind), Org: d.OrgID.String(),
		PayMin: d.PayMin, PayBands: []int{0},
		Valid: search.DayNumber(d.ValidUntil), Published: d.PublishedAt,
	}
	for n, field := range []*string{&out.Region1, &out.Region2, &out.Region3, &out.Region4} {
		if n < len(d.Regions) {
			*field = d.Regions[n]
		}
	}
	for _, bound := range search.PayBands() {
		if d.PayMin >= bound {
			out.PayBands = append(out.PayBands, bound)
		}
	}
	out.Tally = out.tally(d.Headcount)
	return out
}

// tallied are the attributes that a page counts together, as values of one: of up to 3,000 hits Meilisearch looks at the
// values of each attribute of each, which takes as long as there are attributes.
func tallied() []string {
	return []string{"headcount", "kind", "degree", "org_kind", "pay_bands", "region_1", "region_2"}
}

func (d document) tally(headcount int) []string {
	values := []string{mark("headcount", strconv.Itoa(headcount)), mark("kind", d.Kind), mark("degree", d.Degree), mark("org_kind", d.OrgKind)}
	for _, bound := range d.PayBands {
		values = append(values, mark("pay_bands", strconv.Itoa(bound)))
	}
	if d.Region1 != "" {
		values = append(values, mark("region_1", d.Region1))
	}
	if d.Region2 != "" {
		values = append(values, mark("region_2", d.Region2))
	}
	return values
}

// mark writes a value so that it says of which attribute it is.
func mark(attribute, value string) string { return attribute + ":" + value }

// settings are those of every index. What is a term is decided by package search, so all that would make Meilisearch
// find more than that is off.
func settings() *meilisearch.Settings {
	noPrefix := "disabled"
	return &meilisearch.Settings{
		// Nothing is searched: terms are met by filters, which know alternatives.
		SearchableAttributes: []string{"nothing"},
		DisplayedAttributes:  []string{"id", "version", "head"},
		FilterableAttributes: []string{
			"degree", "kind", "org", "org_kind", "pay_bands", "pay_min",
			"region_1", "region_2", "region_3", "region_4", "tally", "terms_all", "terms_strong", "terms_title", "valid_until",
		},
		SortableAttributes: []string{"id", "pay_min", "published", "valid_until"},
		RankingRules:       []string{"sort"},
		TypoTolerance: &meilisearch.TypoTolerance{
			Enabled: false, MinWordSizeForTypos: meilisearch.MinWordSizeForTypos{OneTypo: 5, TwoTypos: 9},
			DisableOnWords: []string{}, DisableOnAttributes: []string{},
		},
		ProximityPrecision: meilisearch.ByAttribute,
		PrefixSearch:       &noPrefix,
		Pagination:         &meilisearch.Pagination{MaxTotalHits: search.MaxResults},
		// The headcount of all hits is summed over its facet.
		Faceting: &meilisearch.Faceting{
			MaxValuesPerFacet: maxHeadcounts + maxOthers,
			SortFacetValuesBy: map[string]meilisearch.SortFacetType{"*": meilisearch.SortFacetTypeAlpha},
		},
	}
}

// layout is the version of what newDocument writes; raise it when it changes, and old indexes are built anew.
const layout = 5

// settingsHash names the version of what an index holds.
func settingsHash() string {
	b, _ := json.Marshal(struct { // plain data: cannot fail
		Settings        *meilisearch.Settings
		Document        document
		Layout, Version int
	}{settings(), document{}, layout, search.Version})
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:4])
}

// sameSettings reports whether an index has all settings that are wanted; it may have more, by default.
func sameSettings(has, wanted *meilisearch.Settings) bool {
	a, b := settingsMap(has), settingsMap(wanted)
	for name, value := range b {
		if !reflect.DeepEqual(a[name], value) {
			return false
		}
	}
	return true
}

func settingsMap(s *meilisearch.Settings) map[string]any {
	b, _ := json.Marshal(s) // plain data: cannot fail
	out := map[string]any{}
	_ = json.Unmarshal(b, &out)
	return out
}

// encode writes a term so that Meilisearch, which brings what it compares to a form of its own, leaves it as it is: three
// letters or digits for each Chinese character. Different terms never look the same, for the first character tells the
// kind.
func encode(term string) string {
	if name, ok := strings.CutPrefix(term, "@"); ok { // of the name of an organization
		return "n" + encode(name)
	}
	const digits = "abcdefghijklmnopqrstuvwxyz234567"
	var chinese strings.Builder
	chinese.WriteByte('h')
	plain := true // ASCII
	for _, r := range term {
		plain = plain && r < utf8.RuneSelf
		if r < firstHan || r > lastHan {
			if plain {
				continue
			}
			return encodeOther(term)
		}
		n := r - firstHan
		chinese.Write([]byte{digits[n>>10], digits[n>>5&31], digits[n&31]})
	}
	if plain {
		return "w" + term
	}
	return chinese.String()
}

// The common Chinese characters: they fit into 15 bits.
const (
	firstHan = 0x3400
	lastHan  = 0x9fff
)

// encodeOther writes terms of other characters as hexadecimal digits. Meilisearch does not keep values of more than 468
// bytes.
func encodeOther(term string) string {
	if len(term) > 100 {
		sum := sha256.Sum256([]byte(term))
		return "y" + hex.EncodeToString(sum[:])
	}
	return "x" + hex.EncodeToString([]byte(term))
}

func encodeAll(terms []string) []string {
	out := make([]string, len(terms))
	for n, term := range terms {
		out[n] = encode(term)
	}
	return out
}
