// Package region knows the administrative divisions of China: GB/T 2260 codes down to the district, statistical codes for
// streets and towns.
//
// A code is six digits for a province (440000), city (440100) or district (440113), and nine for a street (440113007).
// Codes that were dissolved stay valid, so that old data keeps its place.
package region

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"sync"
)

//go:generate go run ./generate ../../.tools/regions/node_modules regions.csv

//go:embed regions.csv
var regionsCSV []byte

// Level is how deep in the tree a region stands.
type Level int

// The levels. 中山 and 东莞 have streets directly below the city.
const (
	Province Level = iota + 1
	City
	District
	Street
)

// Key returns the translation key of the level's name.
func (l Level) Key() string {
	return [...]string{"", "region.level.province", "region.level.city", "region.level.district", "region.level.street"}[l]
}

// Region is one division.
type Region struct {
	Code string
	Name string
	// Paper marks a level that exists on paper only, such as the "city" of 北京: it is left out of names and menus.
	Paper bool
	// Zone marks a development zone, whose code is statistical, not GB/T 2260.
	Zone bool
	// Retired marks a dissolved region: still read, no longer offered.
	Retired bool
}

// Level returns how deep the region stands.
func (r Region) Level() Level { return LevelOf(r.Code) }

// LevelOf returns the level of a code.
func LevelOf(code string) Level {
	switch {
	case len(code) == 9:
		return Street
	case strings.HasSuffix(code, "0000"):
		return Province
	case strings.HasSuffix(code, "00"):
		return City
	default:
		return District
	}
}

// Parent returns the code one level up; "" above a province.
func Parent(code string) string {
	switch LevelOf(code) {
	case Street:
		return code[:6]
	case District:
		return code[:4] + "00"
	case City:
		return code[:2] + "0000"
	default:
		return ""
	}
}

// Scope returns the range lo ≤ code < hi that holds the region and everything below it, for SQL.
func Scope(code string) (lo, hi string) {
	lo = code
	switch LevelOf(code) {
	case Province:
		lo = code[:2]
	case City:
		lo = code[:4]
	default:
	}
	end := []byte(lo)
	for n := len(end) - 1; n >= 0; n-- { // add one: digits only, and no province is numbered 99
		if end[n]++; end[n] <= '9' {
			break
		}
		end[n] = '0'
	}
	return lo, string(end)
}

// Within reports whether code is the region scope or lies below it.
func Within(code, scope string) bool {
	lo, hi := Scope(scope)
	return code >= lo && code < hi
}

// Tree is all regions.
type Tree struct {
	regions  map[string]Region
	children map[string][]string
	names    map[string]map[string]string // parent → name or short name → code
	everyone func() (byName, bySound map[string][]string)
}

// Load returns the regions that are built into the program. They are read once; nobody changes them.
func Load() (*Tree, error) { return loaded() }

var loaded = sync.OnceValues(read)

func read() (*Tree, error) {
	rows, err := csv.NewReader(bytes.NewReader(regionsCSV)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("regions: %w", err)
	}
	t := &Tree{regions: make(map[string]Region, len(rows)), children: map[string][]string{}, names: map[string]map[string]string{}}
	for _, row := range rows[1:] {
		r := Region{Code: row[0], Name: row[1], Paper: row[2] == "p", Zone: row[2] == "z", Retired: row[2] == "r"}
		t.regions[r.Code] = r
	}
	for _, row := range rows[1:] {
		t.place(t.regions[row[0]])
	}
	t.everyone = sync.OnceValues(t.index)
	return t, nil
}

// place hangs r below its parent; the children of a region on paper hang on the region above it as well.
func (t *Tree) place(r Region) {
	for parent := Parent(r.Code); ; parent = Parent(parent) {
		t.children[parent] = append(t.children[parent], r.Code)
		if t.names[parent] == nil {
			t.names[parent] = map[string]string{}
		}
		for _, name := range aliases(r) {
			if old, taken := t.names[parent][name]; !taken || t.regions[old].Retired || t.regions[old].Paper {
				t.names[parent][name] = r.Code
			}
		}
		if parent == "" || !t.regions[parent].Paper {
			return
		}
	}
}

// Get returns the region of a code, retired ones too.
func (t *Tree) Get(code string) (Region, bool) {
	r, ok := t.regions[code]
	return r, ok
}

// Name returns the name of a code, or the code itself when it is unknown.
func (t *Tree) Name(code string) string {
	if r, ok := t.regions[code]; ok {
		return r.Name
	}
	return code
}

// Children lists what lies directly below a region and is in use, in order of code; "" gives the provinces.
func (t *Tree) Children(code string) []Region {
	var out []Region
	for _, child := range t.children[code] {
		if r := t.regions[child]; !r.Retired && !r.Paper {
			out = append(out, r)
		}
	}
	return out
}

// Path lists the codes from the province down to the region itself, without levels on paper.
func (t *Tree) Path(code string) []string {
	var path []string
	for ; code != ""; code = Parent(code) {
		if r, ok := t.regions[code]; ok && !r.Paper {
			path = append(path, code)
		}
	}
	slices.Reverse(path)
	return path
}

// FullName joins the names from the province down: 广东省广州市番禺区.
func (t *Tree) FullName(code string) string {
	var b strings.Builder
	for _, c := range t.Path(code) {
		b.WriteString(t.regions[c].Name)
	}
	return b.String()
}

// LocalName is the name as people say it where the province goes without saying: 广州市番禺区, 北京市海淀区.
func (t *Tree) LocalName(code string) string {
	path := t.Path(code)
	if len(path) > 1 && LevelOf(path[1]) == City {
		path = path[1:]
	}
	var b strings.Builder
	for _, c := range path {
		b.WriteString(t.regions[c].Name)
	}
	return b.String()
}
