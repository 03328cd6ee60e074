package intake

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"zhigang/internal/region"
	"zhigang/internal/script"
)

// places reads where a position is.
type places struct {
	tree *region.Tree
	home string // region of the organization: a place that is named without its city is looked for there first
	// areas are those that have been read.
	areas map[string]placeRead
}

// placeRead is what was read from a text.
type placeRead struct {
	code, rest string
	ok         bool
}

func newPlaces(tree *region.Tree, home string) places {
	return places{tree, home, map[string]placeRead{}}
}

// nowhere are texts that name no region and need none.
var nowhere = []string{"全国", "不限", "远程", "居家", "线上", "待定", "多地", "remote"}

// find reads an area and an address, either of which may be missing, and returns the deepest region that they name
// together, and the address without it. problem is the key of what is wrong with the area; an address that names no
// region is no problem.
func (p places) find(area, address string) (code, rest, problem string) {
	area, address = clean(area), clean(address)
	if area == "" {
		code, rest, _ = p.read(address)
		return code, rest, ""
	}
	code, left, found := p.area(area)
	if !found {
		return p.byAddress(area, address)
	}
	code, address = p.deeper(code, address)
	if left != "" && !strings.Contains(address, left) {
		address = strings.TrimSpace(left + " " + address)
	}
	return code, address, ""
}

// together joins what columns of their own say of the city and the district with an area: 南京市, 鼓楼区. An area that says
// all of it again stays alone.
func (p places) together(parts, area string) string {
	if parts == "" || area == "" {
		return parts + area
	}
	alone, _, known := p.area(area)
	both, _, fit := p.area(parts + area)
	if known && (!fit || region.LevelOf(both) < region.LevelOf(alone)) {
		return area
	}
	return parts + area
}

// byAddress asks the address where an area lies that is not known, or known under several cities: 鼓楼区, 南京市鼓楼区中央路.
func (p places) byAddress(area, address string) (code, rest, problem string) {
	code, rest, found := p.read(address)
	switch {
	case found && strings.Contains(p.tree.FullName(code), area):
		return code, rest, ""
	case hasAny(strings.ToLower(area), nowhere...):
		return "", strings.TrimSpace(area + " " + address), ""
	case p.ambiguous(area):
		return "", address, "intake.problem.region.many"
	}
	return "", address, "intake.problem.region"
}

// deeper looks into an address for a region within the one that the area named, and takes the names of both off its
// beginning. A name without its suffix is taken off only where a region follows: 广州塔 is a place of its own.
func (p places) deeper(code, address string) (deepest, rest string) {
	full, short := address, address
	for _, c := range p.tree.Path(code) {
		name := p.tree.Name(c)
		full = strings.TrimLeft(strings.TrimPrefix(full, name), placeBreaks)
		short = strings.TrimLeft(strings.TrimPrefix(strings.TrimPrefix(short, name), region.Short(name)), placeBreaks)
	}
	for _, text := range []string{full, short} {
		found, left, ok := p.exact(p.tree.FullName(code) + text)
		if ok && found != code && region.Within(found, code) {
			return found, left
		}
	}
	return code, full
}

// area is read for texts of which the same few come again and again.
func (p places) area(text string) (code, rest string, ok bool) {
	known, hit := p.areas[text]
	if !hit {
		known.code, known.rest, known.ok = p.read(text)
		if len(p.areas) < 10_000 {
			p.areas[text] = known
		}
	}
	return known.code, known.rest, known.ok
}

var (
	placeCode  = regexp.MustCompile(`^(\d{6}|\d{6}(?:[1-9]\d\d|\d[1-9]\d|\d\d[1-9]))(?:000){0,2}$`)
	placeLabel = regexp.MustCompile(`^\p{Han}{2,6} ?[:：] ?`) // 工作地点：广州市
)

// read finds a region in a text. A name that begins with no province or city is looked for around the organization
// first, then everywhere, and at last in its province: 大石街道 of somebody in 番禺 is that of 番禺.
func (p places) read(text string) (code, rest string, ok bool) {
	if simple := script.Simplify(text); simple != text {
		code, rest, ok = p.read(simple)
		if strings.HasSuffix(simple, rest) { // the rest stays as it was written
			all := []rune(text)
			rest = string(all[len(all)-utf8.RuneCountInString(rest):])
		}
		return code, rest, ok
	}
	if m := placeCode.FindStringSubmatch(text); m != nil {
		_, ok = p.tree.Get(m[1])
		return m[1], "", ok
	}
	given := text
	text = strings.ReplaceAll(placeLabel.ReplaceAllString(text, ""), "市辖区", "")
	code, rest, ok = p.exact(text)
	if ok && p.begins(text, code) {
		return code, rest, true
	}
	for above := p.home; above != ""; above = region.Parent(above) {
		if region.LevelOf(above) == region.Province && ok && !p.isStreetAlone(text, code) {
			break
		}
		c, left, found := p.exact(p.tree.FullName(above) + text)
		if found && c != above && region.Within(c, above) {
			return c, left, true
		}
	}
	if !ok || p.isStreetAlone(text, code) {
		return "", given, false
	}
	return code, rest, true
}

// begins reports whether a text that names a region begins with its province, or with the full name of its city.
func (p places) begins(text, code string) bool {
	text = strings.TrimPrefix(text, "中国")
	for n, c := range p.tree.Path(code) {
		name := p.tree.Name(c)
		if strings.HasPrefix(text, name) && region.LevelOf(c) <= region.City || n == 0 && strings.HasPrefix(text, region.Short(name)) {
			return true
		}
	}
	return false
}

// isStreetAlone reports whether a text begins with a street or town of which no city is named: there are many of most
// names.
func (p places) isStreetAlone(text, code string) bool {
	return region.LevelOf(code) == region.Street && strings.HasPrefix(text, p.tree.Name(code))
}

// exact is region.Tree.Find without the readings that cut a word in two: 中山路 is no street of 中山, and 朝阳区 is not the
// city of 朝阳 with a quarter behind it.
func (p places) exact(text string) (code, rest string, ok bool) {
	code, rest, ok = p.tree.Find(text)
	if !ok {
		return "", text, false
	}
	before, cut := strings.CutSuffix(text, rest)
	if last, _ := utf8.DecodeLastRuneInString(before); !cut || rest == "" || strings.ContainsRune(placeEnds, last) {
		return code, rest, true
	}
	if first, _ := utf8.DecodeRuneInString(rest); strings.ContainsRune("省市区县旗盟州镇乡街路道大村桥站港湾江河湖山", first) {
		return "", text, false
	}
	return code, rest, true
}

// placeBreaks stand between names, placeEnds end a region's full name or stand behind a short one.
const (
	placeBreaks = " ·•・-–—_/|,，、.　\t"
	placeEnds   = "省市区县旗盟州镇乡道场府" + placeBreaks
)

// ambiguous reports whether a place is known under several cities.
func (p places) ambiguous(text string) bool {
	n := 0
	for _, province := range p.tree.Children("") {
		if code, _, ok := p.exact(province.Name + text); ok && code != province.Code {
			n++
		}
	}
	return n > 1
}
