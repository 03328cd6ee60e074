package search

import (
	"slices"
	"strings"
	"unicode/utf8"

	"zhigang/internal/region"
)

// maxPlaces is how many regions a name may have to be taken for one.
const maxPlaces = 5

// ordinary reports whether the name of a region is a word that people use for other things.
func ordinary(name string) bool {
	return slices.Contains([]string{
		"和平", "东方", "新城", "城区", "郊区", "矿区", "新华", "长安", "城中", "城关", "红旗", "新区", "市中", "友好", "向阳", "前进", "爱民", "平安", "文化", "共和", "民乐", "康乐", "安定", "光明", "中方", "新建",
		"建华", "太和",
	}, name)
}

// takeRegion takes a place off the beginning or the end of a text.
func (q *Query) takeRegion(text string, tree *region.Tree) (rest string, ok bool) {
	if text == "" {
		return text, false
	}
	if text[0] < utf8.RuneSelf {
		return q.takeHeardRegion(text, tree)
	}
	place := strings.TrimPrefix(text, "在")
	for _, ending := range []string{"附近", "周边", "一带", "本地", "的"} {
		place = strings.TrimSuffix(place, ending)
	}
	if q.takePlace(place, placesOf(place, tree)) {
		return "", true
	}
	if !beginsWithPlace(place, tree) {
		// Nothing to take off the beginning.
	} else if code, left, is := tree.Find(place); is && left != "" && left != place {
		name := strings.TrimSuffix(place, left)
		if (q.words().Known(left) || strings.HasSuffix(tree.Name(code), lastRune(name)) && utf8.RuneCountInString(name) > 2) && q.takePlace(name, []string{code}) {
			return left, true
		}
	}
	runes := []rune(place)
	for n := 2; n <= len(runes)-2; n++ {
		before, behind := string(runes[:n]), string(runes[n:])
		if q.words().Known(behind) && !q.words().Has(string(runes[:n])) && q.takePlace(before, placesOf(before, tree)) {
			return behind, true
		}
		if q.words().Known(before) && q.takePlace(behind, placesOf(behind, tree)) {
			return before, true
		}
	}
	return text, false
}

func lastRune(text string) string {
	r, _ := utf8.DecodeLastRuneInString(text)
	return string(r)
}

// placesOf returns the regions that a name means, whether or not a higher one is named before it.
func placesOf(name string, tree *region.Tree) []string {
	if ordinary(name) {
		return nil
	}
	if codes := tree.Named(name); len(codes) > 0 {
		return codes
	}
	if !beginsWithPlace(name, tree) {
		return nil
	}
	if code, rest, ok := tree.Find(name); ok && rest == "" {
		return []string{code}
	}
	return nil
}

// beginsWithPlace reports whether the first characters of a text are the name of a region.
func beginsWithPlace(text string, tree *region.Tree) bool {
	n := 0
	for at := range text {
		if n++; n > 2 && len(tree.Named(text[:at])) > 0 {
			return true
		}
	}
	return len(tree.Named(text)) > 0
}

func (q *Query) takePlace(name string, codes []string) bool {
	if len(codes) == 0 || len(codes) > maxPlaces || q.words().Has(name) {
		return false
	}
	for _, code := range codes {
		q.Regions = append(q.Regions, code)
		q.note(name, "region", code)
	}
	return true
}

// shortPlaces are the letters by which people call provinces and cities.
func shortPlaces() map[string][]string {
	return map[string][]string{
		"gd": {"440000"}, "gz": {"440100"}, "sz": {"440300"}, "zh": {"440400"}, "st": {"440500"}, "fs": {"440600"}, "jm": {"440700"},
		"zj": {"440800"}, "mm": {"440900"}, "zq": {"441200"}, "huiz": {"441300"}, "mz": {"441400"}, "dg": {"441900"}, "zs": {"442000"}, "qy": {"441800"},
		"bj": {"110000"}, "sh": {"310000"}, "tj": {"120000"}, "cq": {"500000"}, "hz": {"441300", "330100"}, "nj": {"320100"}, "wh": {"420100"}, "cd": {"510100"},
		"xa": {"610100"}, "xn": {"630100"}, "qh": {"630000"}, "sy": {"210100"}, "dl": {"210200"}, "cs": {"430100"}, "xm": {"350200"}, "fz": {"350100"}, "py": {"440113"},
		"th": {"440106"}, "ns": {"440115"}, "hk": {"810000"},
	}
}

// takeHeardRegion reads letters as the name of a region in pinyin, alone or before a word of the lexicon in pinyin.
func (q *Query) takeHeardRegion(text string, tree *region.Tree) (rest string, ok bool) {
	l := q.words()
	if len(l.Sounding(text)) > 0 || l.Latin(text) {
		return text, false
	}
	bare := text
	for _, ending := range []string{"qu", "shi", "xian"} {
		if short := strings.TrimSuffix(text, ending); len(tree.Sounding(text)) == 0 && len(short) > 3 {
			bare = short
			if len(tree.Sounding(bare)) > 0 {
				break
			}
		}
	}
	if codes := slices.Concat(shortPlaces()[text], tree.Sounding(bare)); q.takePlace(text, codes) {
		return "", true
	}
	for n := 4; n <= len(text)-4; n++ {
		for _, cut := range [][2]string{{text[:n], text[n:]}, {text[n:], text[:n]}} {
			if len(l.Sounding(cut[1])) > 0 && q.takePlace(cut[0], tree.Sounding(cut[0])) {
				return cut[1], true
			}
		}
	}
	return text, false
}
