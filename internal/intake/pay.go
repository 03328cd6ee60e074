package intake

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"zhigang/internal/db"
	"zhigang/internal/position"
)

// hint is what the header of a column says about the pay in its cells: 年薪（万元）.
type hint struct {
	unit  position.Unit
	times float64 // yuan in one of the numbers; 0 when the header does not say
}

// payHint reads the header of a column of pay.
func payHint(header string) hint {
	s := plain(header)
	h := hint{unit: payUnit(s)}
	switch {
	case hasAny(s, "(万", "(w", "万元"):
		h.times = 10_000
	case hasAny(s, "(千", "(k", "千元"):
		h.times = 1000
	}
	return h
}

// The parts of a text on pay, in the form that plain gives it.
var (
	amount    = `(\d+(?:,\d{3})*(?:\.\d+)?) ?(k|千|w|万)?(?: ?(?:元|块|rmb))?`
	perUnit   = `(?:/(?:人/)?(?:月|年|天|日|小时|时|h|次))?`
	payRange  = regexp.MustCompile(amount + perUnit + ` ?(?:-|到)+ ?` + amount)
	paySingle = regexp.MustCompile(amount)
	payMonths = regexp.MustCompile(`(?:·|,|\*|x|×)? ?(\d{2})(?:-\d{2})? ?薪|[*x×] ?(\d{2})(?: ?个?月)?$`)
	payAside  = regexp.MustCompile(`\([^)]*\)|\[[^\]]*\]|【[^】]*】`)
	wholeDay  = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}( \d{2}:\d{2})?$`)
)

// payUnits are how units are written: behind a stroke, or in words.
var payUnits = []struct {
	unit           position.Unit
	stroke, spoken *regexp.Regexp
}{
	{position.PerTime, behindStroke(`人次|次|场|课时|课|节|单|件|趟|篇|班|晚|夜|半天|半日|time|session`), spoken(`每 ?(次|场|课时|课|节|单|件|趟|篇|班|晚)|计件|per (time|turn|session)`)},
	{position.PerHour, behindStroke(`小时|钟头|工时|时|hour|hr|h`), spoken(`时薪|每小时|一小时|元小时|小时工资|per hour|hourly`)},
	{position.PerDay, behindStroke(`天|日|工日|工$|day|d`), spoken(`日薪|每天|每日|一天|日工资|日结|per day|daily`)},
	{position.PerYear, behindStroke(`年|year|y|a`), spoken(`年薪|每年|一年|年收入|per year|annual|yearly`)},
	{position.PerMonth, behindStroke(`月|month|m`), spoken(`月薪|每月|一个月|月收入|月工资|per month|monthly`)},
}

func behindStroke(units string) *regexp.Regexp {
	return regexp.MustCompile(`/ ?(?:人/)?(?:` + units + `)`)
}
func spoken(words string) *regexp.Regexp { return regexp.MustCompile(words) }

// otherUnits are units in which pay is not told apart here: 1000元/周 must not pass for pay per month.
var otherUnits = regexp.MustCompile(`/ ?(?:周|星期|礼拜|week|季|半月|半年|旬)|周薪|季薪|per week|weekly`)

// payUnit returns the unit that stands first in a text, one behind a stroke before one in words: 每天8小时，4000元/月.
func payUnit(s string) position.Unit {
	unit, first := position.NoPay, len(s)
	for _, u := range payUnits {
		if at := u.stroke.FindStringIndex(s); at != nil && at[0] < first {
			unit, first = u.unit, at[0]
		}
	}
	if unit != position.NoPay {
		return unit
	}
	for _, u := range payUnits {
		if at := u.spoken.FindStringIndex(s); at != nil && at[0] < first {
			unit, first = u.unit, at[0]
		}
	}
	return unit
}

// readPay reads a text on pay: 12-18K, 25-35K·13薪, 0.8-1.3万/月, 10-15万/年, 150-200元/天, 5000元以上, 面议. The header of its
// column may say what its numbers count. note is the text when it says more than the numbers do; problem is the key
// of what is wrong with it.
//
// A number that no unit follows is pay per month. From 50,000 yuan on it is pay per year, as 20-30万 is meant, but not
// 50-80K; below 100 yuan a month nobody can tell what it counts.
func readPay(text, header string) (p position.Pay, note, problem string) {
	s := withDigits(strings.NewReplacer("¥", "", "人民币", "").Replace(plain(text)), isAmount)
	switch {
	case s == "", noPay.MatchString(s):
		return p, "", ""
	case wholeDay.MatchString(s):
		return p, "", "intake.problem.day_cell"
	case hasAny(s, "$", "美元", "usd", "港币", "港元", "hkd", "澳门元", "mop", "英镑", "欧元", "€", "£"):
		return p, "", "intake.problem.pay.currency"
	case !strings.ContainsAny(s, "0123456789"):
		return readPayWords(s, text)
	}
	s, p.Months = cutMonths(s)
	h := payHint(header)
	low, high, ok := amounts(s, h.times)
	if !ok {
		return position.Pay{}, "", "intake.problem.pay"
	}
	if p.Unit = unitOf(s, h.unit, low); p.Months > 0 && payUnit(s+plain(header)) == position.NoPay {
		p.Unit = position.PerMonth // 13薪 are thirteen months
	}
	switch {
	case payUnit(s) == position.NoPay && otherUnits.MatchString(s+plain(header)):
		return position.Pay{}, "", "intake.problem.pay.period"
	case high < low:
		return position.Pay{}, "", "position.pay.order"
	case p.Unit == position.PerMonth && high < 100, p.Unit == position.PerYear && high < 1000:
		return position.Pay{}, "", "intake.problem.pay.unit"
	}
	p.Min, p.Max = fen(low), fen(high)
	if low == high {
		switch outside := outsideOf(s); {
		case hasAny(outside, "以下", "以内", "不超过", "最高", "封顶"):
			p.Min = 0
		case hasAny(outside, "以上", "起", "+", "不低于", "不少于", "最低", "保底", "底薪"), hasAny(s, "议", "谈", "协商"):
			p.Negotiable = true
		}
	}
	if saysMore(s) {
		note = clean(text)
	}
	return p, note, ""
}

// readPayWords reads a text on pay without numbers. What is open to negotiation has no unit until a floor is given.
func readPayWords(s, text string) (p position.Pay, note, problem string) {
	p.Negotiable = db.Bool(hasAny(s, "议", "谈", "协商", "negotiable"))
	switch {
	case bool(p.Negotiable) && !saysMore(s):
		return p, "", ""
	case bool(p.Negotiable) || hasAny(s, "规定", "标准", "制度", "政策", "参照", "从优", "待定", "若干", "计件", "提成", "绩效"):
		return p, clean(text), ""
	}
	return position.Pay{}, "", "intake.problem.pay"
}

// cutMonths takes out how many times a year a monthly pay is paid.
func cutMonths(s string) (rest string, months int) {
	at := payMonths.FindStringSubmatchIndex(s)
	if at == nil {
		return s, 0
	}
	for _, group := range [][2]int{{at[2], at[3]}, {at[4], at[5]}} {
		if group[0] >= 0 {
			months, _ = strconv.Atoi(s[group[0]:group[1]])
		}
	}
	return s[:at[0]] + " " + s[at[1]:], months
}

// unitOf returns what the pay is counted by. What stands in brackets counts only where nothing else does.
func unitOf(s string, header position.Unit, low float64) position.Unit {
	for _, text := range []string{payAside.ReplaceAllString(s, " "), s} {
		if unit := payUnit(text); unit != position.NoPay {
			return unit
		}
	}
	switch {
	case header != position.NoPay:
		return header
	case low >= 50_000 && !strings.Contains(s, "k"):
		return position.PerYear
	}
	return position.PerMonth
}

// amounts finds the one range or the one number of a text, in yuan; brackets are looked into only when nothing stands
// outside. times is what a number without 千 or 万 counts by the header, 0 when the header does not say.
func amounts(s string, times float64) (low, high float64, ok bool) {
	outside := otherNumbers.ReplaceAllString(outsideOf(s), " ")
	if found := payRange.FindAllStringSubmatch(outside, 2); len(found) > 0 {
		m := found[0]
		low, high = scale(m[1], m[2], m[3], m[4], times)
		return low, high, len(found) == 1
	}
	found := paySingle.FindAllStringSubmatch(outside, 2)
	if len(found) != 1 {
		return 0, 0, false
	}
	low, high = scale(found[0][1], found[0][2], found[0][1], found[0][2], times)
	return low, high, true
}

// outsideOf returns a text without what it says in brackets, unless that is where its numbers are.
func outsideOf(s string) string {
	if outside := payAside.ReplaceAllString(s, " "); paySingle.MatchString(outside) {
		return outside
	}
	return s
}

// otherNumbers are numbers in a text on pay that are no pay: 每天8小时, 6天/周, 5险1金.
var otherNumbers = regexp.MustCompile(`\d+(?:\.\d+)?(?: ?- ?\d+)? ?个?(?:小时|天|周|岁|个月|险|金)`)

// noPay are texts that say that nothing is paid.
var noPay = regexp.MustCompile(`^(?:[0.\-]*0[0.\-]* ?元?|无|无薪酬?|无偿|免费|义务|公益|unpaid)$|无薪|无偿|无报酬|unpaid`)

// isAmount tells numbers in words that are amounts from those that only sound so: 三千, 二十元, 十三薪, but not 五险一金.
func isAmount(number, rest string) bool {
	next, _ := utf8.DecodeRuneInString(rest)
	return strings.ContainsAny(number, "百千万佰仟") || strings.ContainsRune("元块薪", next) && rest != ""
}

// scale turns both ends of a range into yuan. 千 or 万 at one end counts for the other as well, unless that is large
// enough without: 12-18K, but 8000-1.2万.
func scale(low, lowTimes, high, highTimes string, header float64) (least, most float64) {
	least, most = parse(low), parse(high)
	one, other := multiple(lowTimes), multiple(highTimes)
	switch {
	case one == 0 && other == 0:
		if one, other = 1, 1; header > 0 && most < 1000 {
			one, other = header, header
		}
	case one == 0:
		if one = 1; least <= most {
			one = other
		}
	case other == 0:
		if other = 1; most < least*one && most >= least {
			other = one
		}
	}
	return least * one, most * other
}

func parse(number string) float64 {
	n, err := strconv.ParseFloat(strings.ReplaceAll(number, ",", ""), 64)
	if err != nil {
		return math.Inf(1) // hundreds of digits
	}
	return n
}

func multiple(word string) float64 {
	return map[string]float64{"k": 1000, "千": 1000, "w": 10_000, "万": 10_000}[word]
}

// fen converts yuan; what is more than any pay stays so, for the draft to be refused.
func fen(yuan float64) int64 { return int64(math.Round(min(yuan, 1e12) * 100)) }

// readAllowance reads what a volunteer gets back per turn, in fen.
func readAllowance(text string) (allowance int64, problem string) {
	if text == "" {
		return 0, ""
	}
	p, _, problem := readPay(text+"/次", "")
	if problem != "" {
		return 0, "intake.problem.number"
	}
	return p.Max, ""
}

// payWords are words that say nothing beyond the pay itself.
var payWords = regexp.MustCompile(`\d[\d,.]*\s*[kw千万]?|薪资|薪酬|薪水|工资|收入|待遇|左右|以上|以下|以内|不低于|不少于|不超过|最低|最高|` +
	`起|到|约|综合|可?面议|可?面谈|可议|negotiable|rmb|cny|yuan|[\s[:punct:]元块·×]`)

// saysMore reports whether a text on pay says more than the pay: 底薪3000+提成, 包吃住.
func saysMore(s string) bool {
	for _, u := range payUnits {
		s = u.spoken.ReplaceAllString(u.stroke.ReplaceAllString(s, ""), "")
	}
	return payWords.ReplaceAllString(s, "") != ""
}
