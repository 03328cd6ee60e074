package meili

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"reflect"
	"strings"

	"github.com/meilisearch/meilisearch-go"

	"zhigang/internal/search"
)

// document is a position as Meilisearch keeps it: terms, and no text.
type document struct {
	ID        string `json:"id"`
	Version   int    `json:"version"`
	Terms1    string `json:"terms_1"` // of search.Document.Parts, in their order
	Terms2    string `json:"terms_2"`
	Terms3    string `json:"terms_3"`
	Terms4    string `json:"terms_4"`
	Kind      string `json:"kind"`
	Region1   string `json:"region_1,omitempty"` // the path of the region from the province down
	Region2   string `json:"region_2,omitempty"`
	Region3   string `json:"region_3,omitempty"`
	Region4   string `json:"region_4,omitempty"`
	Degree    string `json:"degree"`
	OrgKind   string `json:"org_kind"`
	Org       string `json:"org"`
	PayMin    int    `json:"pay_min"`
	PayBands  []int  `json:"pay_bands"`
	Headcount int    `json:"headcount"`
	Valid     int    `json:"valid_until"`
	Published int64  `json:"published"`
}

func newDocument(d search.Document) document {
	parts := d.Parts()
	out := document{
		ID: d.ID.String(), Version: d.Version,
		Terms1: encodeAll(search.Terms(parts[0])), Terms2: encodeAll(search.Terms(parts[1])),
		Terms3: encodeAll(search.Terms(parts[2])), Terms4: encodeAll(search.Terms(parts[3])),
		Kind: string(d.Kind), Degree: string(d.Degree), OrgKind: string(d.OrgKind), Org: d.OrgID.String(),
		PayMin: d.PayMin, PayBands: []int{0}, Headcount: d.Headcount,
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
	return out
}

// settings are those of every index. What is a term is decided by package search, so all that would make Meilisearch
// find more than that is off.
func settings() *meilisearch.Settings {
	noPrefix := "disabled"
	return &meilisearch.Settings{
		SearchableAttributes: []string{"terms_1", "terms_2", "terms_3", "terms_4"},
		DisplayedAttributes:  []string{"id", "version"},
		FilterableAttributes: []string{
			"degree", "headcount", "kind", "org", "org_kind", "pay_bands", "pay_min",
			"region_1", "region_2", "region_3", "region_4", "valid_until",
		},
		SortableAttributes: []string{"id", "pay_min", "published", "valid_until"},
		// An order that is asked for stands above the fit of the text.
		RankingRules: []string{"sort", "words", "attribute", "published:desc", "id:desc"},
		TypoTolerance: &meilisearch.TypoTolerance{
			Enabled: false, MinWordSizeForTypos: meilisearch.MinWordSizeForTypos{OneTypo: 5, TwoTypos: 9},
			DisableOnWords: []string{}, DisableOnAttributes: []string{},
		},
		ProximityPrecision: meilisearch.ByAttribute,
		PrefixSearch:       &noPrefix,
		Pagination:         &meilisearch.Pagination{MaxTotalHits: search.MaxResults},
		// The headcount of all hits is summed over its facet.
		Faceting: &meilisearch.Faceting{
			MaxValuesPerFacet: maxHeadcounts,
			SortFacetValuesBy: map[string]meilisearch.SortFacetType{"*": meilisearch.SortFacetTypeAlpha},
		},
	}
}

// layout is the version of what newDocument writes; raise it when it changes, and old indexes are built anew.
const layout = 2

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

// encode writes a term so that Meilisearch takes it for one Latin word, whatever it would make of the characters:
// three letters or digits for each Chinese character. Different terms never look the same, for the first letter tells
// the kind.
func encode(term string) string {
	const digits = "abcdefghijklmnopqrstuvwxyz234567"
	var chinese strings.Builder
	chinese.WriteByte('h')
	plain := true
	for _, r := range term {
		plain = plain && (r >= 'a' && r <= 'z' || r >= '0' && r <= '9')
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

// encodeOther writes terms of other characters as hexadecimal digits. Meilisearch drops words of more than 250 bytes.
func encodeOther(term string) string {
	if len(term) > 100 {
		sum := sha256.Sum256([]byte(term))
		return "y" + hex.EncodeToString(sum[:])
	}
	return "x" + hex.EncodeToString([]byte(term))
}

func encodeAll(terms []string) string {
	out := make([]string, len(terms))
	for n, term := range terms {
		out[n] = encode(term)
	}
	return strings.Join(out, " ")
}
