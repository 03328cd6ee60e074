package intake

import (
	"strings"
	"unicode/utf8"

	"zhigang/internal/region"
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
	switch {
	case !found && hasAny(strings.ToLower(area), nowhere...):
		return "", strings.TrimSpace(area + " " + address), ""
	case !found && p.ambiguous(area):
		return "", address, "intake.problem.region.many"
	case !found:
		return "", address, "intake.problem.region"
	}
	code, address = p.deeper(code, address)
	if left != "" && !strings.Contains(address, left) {
		address = strings.TrimSpace(left + " " + address)
	}
	return code, address, ""
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

// read finds a region in a text as it stands, or as it reads within the organization's city or province.
func (p places) read(text string) (code, rest string, ok bool) {
	if code, rest, ok = p.exact(text); ok {
		return code, rest, true
	}
	for above := region.Parent(p.home); above != ""; above = region.Parent(above) {
		code, rest, ok = p.exact(p.tree.FullName(above) + text)
		if ok && code != above && region.Within(code, above) {
			return code, rest, true
		}
	}
	return "", text, false
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
