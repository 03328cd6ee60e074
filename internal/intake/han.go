package intake

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	hanDigits = map[rune]int{
		'零': 0, '〇': 0, '一': 1, '二': 2, '两': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9,
		'壹': 1, '贰': 2, '叁': 3, '肆': 4, '伍': 5, '陆': 6, '柒': 7, '捌': 8, '玖': 9,
	}
	hanUnits = map[rune]int{'十': 10, '拾': 10, '百': 100, '佰': 100, '千': 1000, '仟': 1000, '万': 10_000}

	hanRun   = regexp.MustCompile(`[一二两三四五六七八九十壹贰叁肆伍陆柒捌玖拾][零〇一二两三四五六七八九十百千万壹贰叁肆伍陆柒捌玖拾佰仟]*`)
	hanRange = regexp.MustCompile(`([一二两三四五六七八九]) ?(?:-|到) ?([一二两三四五六七八九])([千万])`)
)

// hanNumber reads a number in words: 十五, 二十三, 三千五百, 一万二. ok is false for what is none, such as 三五.
func hanNumber(s string) (n int, ok bool) {
	section, digit, last := 0, -1, 0
	for _, r := range s {
		if d, isDigit := hanDigits[r]; isDigit {
			if digit > 0 {
				return 0, false
			}
			if digit = d; d == 0 {
				last = 0 // 三千零五十 goes on from the ones
			}
			continue
		}
		unit, isUnit := hanUnits[r]
		switch {
		case !isUnit:
			return 0, false
		case unit == 10_000:
			n, section = n+(section+max(digit, 0))*unit, 0
		case digit < 0:
			section += unit // 十五
		default:
			section += digit * unit
		}
		digit, last = -1, unit
	}
	if digit > 0 && last >= 100 { // 一万二 are 12000
		digit *= last / 10
	}
	return n + section + max(digit, 0), true
}

// withDigits writes the numbers in a text with digits where wanted says so of a number and what follows it.
func withDigits(s string, wanted func(number, rest string) bool) string {
	s = hanRange.ReplaceAllStringFunc(s, func(m string) string { // 三到五千 are 3-5千
		part := hanRange.FindStringSubmatch(m)
		low, _ := hanNumber(part[1])
		high, _ := hanNumber(part[2])
		return strconv.Itoa(low) + "-" + strconv.Itoa(high) + part[3]
	})
	var b strings.Builder
	end := 0
	for _, at := range hanRun.FindAllStringIndex(s, -1) {
		n, ok := hanNumber(s[at[0]:at[1]])
		if ok && wanted(s[at[0]:at[1]], s[at[1]:]) {
			b.WriteString(s[end:at[0]] + strconv.Itoa(n))
			end = at[1]
		}
	}
	return b.String() + s[end:]
}

// always is for texts that hold nothing but a number.
func always(string, string) bool { return true }

// closeUp takes out the spaces that are put between characters to make a word as wide as its neighbours: 本 科, 面  议.
func closeUp(s string) string {
	if !strings.Contains(s, " ") {
		return s
	}
	var b strings.Builder
	var before rune
	for n, r := range s {
		if r == ' ' && unicode.Is(unicode.Han, before) {
			if next, _ := utf8.DecodeRuneInString(s[n+1:]); unicode.Is(unicode.Han, next) {
				continue
			}
		}
		b.WriteRune(r)
		before = r
	}
	return b.String()
}
