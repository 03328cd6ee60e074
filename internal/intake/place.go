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
	code, left, found := p.read(area)
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

// deeper looks into an address for a region within the one that the area named.
func (p places) deeper(code, address string) (deepest, rest string) {
	for _, text := range []string{address, p.tree.FullName(code) + address} {
		if found, left, ok := p.exact(text); ok && region.Within(found, code) {
			return found, left
		}
	}
	return code, address
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

// placeEnds end a region's full name, or stand behind a short one.
const placeEnds = "省市区县旗盟州镇乡道场府 ·•・-–—_/|,，、.　\t"

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
