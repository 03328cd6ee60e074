package search

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// payPattern is an amount of money as people write it.
var payPattern = regexp.MustCompile(`^(.*?)(月薪|月入|底薪|薪资|工资|薪水|薪酬|待遇|月收入|收入)?(?:不低于|大于|超过|高于|至少|>=?)?(\d{1,6}(?:\.\d{1,2})?)(k|w|千|万|元|块)?` +
	`(?:(?:-|~|至|到|—|–)(\d{1,6}(?:\.\d{1,2})?)(k|w|千|万|元|块)?)?(元|块)?(/月|每月|一个月|一月)?(及以上|以上|起步|起|左右|\+)?(.*)$`)

// payWord reports whether a word only says that an amount follows.
func payWord(text string) bool {
	return slices.Contains([]string{"月薪", "月入", "底薪", "薪资", "工资", "薪水", "薪酬", "待遇", "月收入", "收入", "薪"}, text)
}

// spelled is an amount in characters: 五千, 一万, 一万五.
var spelled = regexp.MustCompile(`([一二两三四五六七八九])([千万])([一二三四五六七八九])?`)

// inDigits writes amounts in characters as digits.
func inDigits(text string) string {
	if !strings.ContainsAny(text, "千万") {
		return text
	}
	text = strings.ReplaceAll(text, "过万", "10000元")
	digit := map[string]int{"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
	return spelled.ReplaceAllStringFunc(text, func(amount string) string {
		m := spelled.FindStringSubmatch(amount)
		unit := map[string]int{"千": 1000, "万": 10_000}[m[2]]
		return strconv.Itoa(digit[m[1]]*unit+digit[m[3]]*unit/10) + "元"
	})
}

// payIn finds an amount a month that somebody wants at least. A bare number must look like pay: 5000, not 2026.
func payIn(text string, afterPay bool) (yuan int, said, rest string, ok bool) {
	text = inDigits(text)
	if !strings.ContainsAny(text, "0123456789") {
		return 0, "", "", false
	}
	m := payPattern.FindStringSubmatch(text)
	if m == nil {
		return 0, "", "", false
	}
	before, word, low, unit, high, highUnit, yuanSign, month, more, after := m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8], m[9], m[10]
	if r, _ := utf8.DecodeLastRuneInString(before); before != "" && r < utf8.RuneSelf {
		return 0, "", "", false // part of something in letters or of a longer number
	}
	if r, _ := utf8.DecodeRuneInString(after); after != "" && (r < utf8.RuneSelf || strings.ContainsRune("届年岁人名个天日时小号级期次周第份家年元", r)) {
		return 0, "", "", false
	}
	if unit == "" {
		unit = highUnit
	}
	scale := map[string]float64{"k": 1000, "千": 1000, "w": 10000, "万": 10000}[unit]
	n, err := strconv.ParseFloat(low, 64)
	if err != nil {
		return 0, "", "", false
	}
	sure := word != "" || afterPay || unit != "" || yuanSign != "" || month != "" || more != "" || high != ""
	if scale == 0 {
		scale = 1
	}
	yuan = int(n * scale)
	switch {
	case yuan < 500 || yuan > 500_000:
		return 0, "", "", false
	case !sure && (before != "" || after != "" || yuan < 2000 || yuan%500 != 0):
		return 0, "", "", false
	}
	return yuan, text[len(before) : len(text)-len(after)], before + after, true
}
