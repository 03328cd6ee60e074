package region

import (
	"cmp"
	"slices"

	"zhigang/internal/script"
)

// Named returns the codes of the regions in use, down to districts, that bear a name or a short name, wherever they lie:
// 番禺 and 番禺区 are one, 南山 are several. Of regions of different levels the highest are meant: 中山 is the city, not the
// district of Dalian. Of what lies below districts only whole names such as 大石街道 count, for their
// short names are ordinary words.
func (t *Tree) Named(name string) []string {
	byName, _ := t.everyone()
	return byName[name]
}

// Sounding returns the codes of all regions down to districts whose short name is written so in pinyin, without tones
// and blanks: panyu, zhongshan.
func (t *Tree) Sounding(letters string) []string {
	_, bySound := t.everyone()
	return bySound[letters]
}

// index collects the names of all regions.
func (t *Tree) index() (byName, bySound map[string][]string) {
	byName, bySound = map[string][]string{}, map[string][]string{}
	for code, r := range t.regions {
		if r.Paper || r.Retired || r.Zone {
			continue
		}
		town := r.Level() == Street && LevelOf(Parent(code)) != City
		names := []string{r.Name}
		if !town {
			names = aliases(r)
		}
		for _, name := range names {
			if !slices.Contains(byName[name], code) {
				byName[name] = append(byName[name], code)
			}
		}
		if town {
			continue
		}
		for _, letters := range script.Pinyin(Short(r.Name)) {
			if !slices.Contains(bySound[letters], code) {
				bySound[letters] = append(bySound[letters], code)
			}
		}
	}
	for _, all := range []map[string][]string{byName, bySound} {
		for key, codes := range all {
			all[key] = highest(codes)
		}
	}
	return byName, bySound
}

// highest leaves out what is of a lower level than others of the list. The rest is in the order of the codes.
func highest(codes []string) []string {
	slices.SortFunc(codes, func(a, b string) int { return cmp.Or(int(LevelOf(a))-int(LevelOf(b)), cmp.Compare(a, b)) })
	return slices.DeleteFunc(codes, func(code string) bool { return LevelOf(code) != LevelOf(codes[0]) })
}
