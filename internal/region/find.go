package region

import (
	"slices"
	"strings"
	"unicode/utf8"
)

const separators = " ·•・-–—_/|,，、.　\t"

// Find reads a place as people write it — "北京·海淀区·中关村", "广东省广州市番禺区大石街道某路1号", "番禺" — and returns the
// deepest region that it names, and what is left of the text. It is false when the text begins with no region, or with
// a name that several regions of different provinces bear.
func (t *Tree) Find(text string) (code, rest string, ok bool) {
	rest = strings.Trim(text, separators)
	code, rest, ok = t.first(rest)
	for ok {
		next, left, deeper := t.below(code, strings.TrimLeft(rest, separators))
		if !deeper {
			break
		}
		code, rest = next, left
	}
	return code, strings.Trim(rest, separators), ok
}

// first finds the province, city or district that text begins with.
func (t *Tree) first(text string) (code, rest string, ok bool) {
	text = strings.TrimPrefix(text, "中国")
	if code, rest, ok = t.match("", text); ok {
		return code, rest, true
	}
	found := map[string]string{}
	for _, p := range t.children[""] {
		if c, left, ok := t.below(p, text); ok {
			found[c] = left
		}
	}
	if len(found) != 1 { // a city or district of this name stands in none, or in several provinces
		code, rest, ok = onlyCity(found)
		return code, rest, ok
	}
	for c, left := range found {
		return c, left, true
	}
	return "", text, false
}

// onlyCity picks the one city among regions of the same name: 吉林 means the city when no province matched, 南山 stays open.
func onlyCity(found map[string]string) (code, rest string, ok bool) {
	for c, left := range found {
		if LevelOf(c) != City {
			continue
		}
		if ok {
			return "", "", false
		}
		code, rest, ok = c, left, true
	}
	return code, rest, ok
}

// below finds the region under parent that text begins with: a child, or a grandchild when the level between was left out.
func (t *Tree) below(parent, text string) (code, rest string, ok bool) {
	if code, rest, ok = t.match(parent, text); ok {
		return code, rest, true
	}
	if LevelOf(parent) == Province || LevelOf(parent) == City {
		for _, child := range t.children[parent] {
			if LevelOf(child) == Street || t.regions[child].Retired {
				continue
			}
			c, left, found := t.match(child, text)
			if LevelOf(c) == Street && !strings.HasPrefix(text, t.regions[c].Name) { // 三角 is a town only where 中山 was named
				continue
			}
			if found && (!ok || len(left) < len(rest)) {
				code, rest, ok = c, left, true
			}
		}
	}
	return code, rest, ok
}

// goOn are words that go on from a short name to something that is no region: 中山路, 海南大学, 朝阳门, and 朝阳区 where 朝阳 is
// the city.
var goOn = []string{
	"路", "街", "道", "大道", "大街", "东路", "西路", "南路", "北路", "中路", "门", "桥", "巷", "里", "大学", "学院", "区", "县", "市", "镇", "乡", "省", "州",
}

// goesOn reports whether a short name is only the beginning of a word. 市桥街 is the street office, 南京街12号 a road.
func goesOn(name, left string) bool {
	if strings.HasSuffix(name, "街") {
		next, _ := utf8.DecodeRuneInString(left)
		return left != "" && !strings.ContainsRune(separators, next)
	}
	return slices.ContainsFunc(goOn, func(word string) bool { return strings.HasPrefix(left, word) })
}

// match finds the child of parent with the longest name that text begins with. A short name does not count where the
// word goes on.
func (t *Tree) match(parent, text string) (code, rest string, ok bool) {
	names := t.names[parent]
	for _, end := range ends(text) {
		c, known := names[text[:end]]
		if !known {
			continue
		}
		left := text[end:]
		if t.regions[c].Name != text[:end] && goesOn(text[:end], left) {
			continue
		}
		code, rest, ok = c, left, true
	}
	return code, rest, ok
}

// longest is how many characters the longest name of a region has, and a few more.
const longest = 18

// ends lists where the first characters of text end.
func ends(text string) []int {
	out := make([]int, 0, longest)
	for n := range text {
		if n > 0 {
			out = append(out, n)
		}
		if len(out) == longest {
			return out
		}
	}
	if text != "" {
		out = append(out, len(text))
	}
	return out
}
