package intake

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"zhigang/internal/calendar"
)

var (
	countRange  = regexp.MustCompile(`(\d+) ?(?:人|名|个|位)? ?(?:-|到)+ ?(\d+)`)
	countSingle = regexp.MustCompile(`\d+(?:\.\d+)?`)
	thousands   = regexp.MustCompile(`(\d),(\d{3})(\D|$)`)
)

// readCount reads how many are wanted: 3, 3人, 招2名, 十五人, 2人(男1女1). Of a range it is the most that the text names, of
// 若干 it is one, because the text names no more; the text is then kept as note.
func readCount(text string) (n int, note, problem string) {
	s := thousands.ReplaceAllString(plain(text), "$1$2$3")
	if outside := aside.ReplaceAllString(s, " "); strings.ContainsAny(outside, "0123456789") {
		s = outside
	}
	switch {
	case s == "":
		return 0, "", ""
	case wholeDay.MatchString(s):
		return 0, "", "intake.problem.day_cell"
	case strings.HasPrefix(s, "-"):
		return 0, "", "intake.problem.number"
	case !strings.ContainsAny(s, "0123456789"):
		s = withDigits(s, always)
	}
	if m := countRange.FindStringSubmatch(s); m != nil {
		least, _ := strconv.Atoi(m[1])
		most, err := strconv.Atoi(m[2])
		if err != nil || most < least {
			return 0, "", "intake.problem.number"
		}
		return most, clean(text), ""
	}
	switch found := countSingle.FindAllString(s, 2); len(found) {
	case 1:
		n, err := strconv.Atoi(strings.TrimSuffix(found[0], ".0"))
		if err != nil {
			return 0, "", "intake.problem.number"
		}
		if hasAny(s, "+", "以上", "左右", "约", "至少", "不低于", "余", "几", "多") {
			note = clean(text)
		}
		return n, note, ""
	case 0:
		if hasAny(s, "若干", "不限", "多名", "多人", "数名", "数人", "几名", "几人", "批量", "大量", "长期") {
			return 1, clean(text), ""
		}
	}
	return 0, "", "intake.problem.number"
}

var (
	spanYears  = regexp.MustCompile(`(\d+) ?年(半)?`)
	spanMonths = regexp.MustCompile(`(\d+)(?: ?个)? ?月`)
)

// readMonths reads a number of months: 3, 3个月, 半年, 一年半, 1年3个月, 3-6个月, of which the first counts.
func readMonths(text string) (n int, problem string) {
	s := withDigits(plain(text), always)
	switch {
	case s == "":
		return 0, ""
	case strings.HasPrefix(s, "半年"):
		return 6, ""
	case hasAny(s, "周", "天", "日", "week", "day"):
		return 0, "intake.problem.number"
	}
	m := spanYears.FindStringSubmatch(s)
	if m == nil {
		if first := countSingle.FindString(s); first != "" {
			n, problem = readWhole(first)
			return n, problem
		}
		return 0, "intake.problem.number"
	}
	years, err := strconv.Atoi(m[1])
	if err != nil || years > 100 {
		return 0, "intake.problem.number"
	}
	if n = 12 * years; m[2] != "" {
		n += 6
	} else if more := spanMonths.FindStringSubmatch(s); more != nil {
		months, _ := strconv.Atoi(more[1])
		n += months
	}
	return n, ""
}

// readWhole reads a whole number that may have a unit behind it; "" is 0.
func readWhole(text string) (n int, problem string) {
	s := plain(text)
	if s == "" {
		return 0, ""
	}
	found := countSingle.FindAllString(s, 2)
	if len(found) != 1 {
		return 0, "intake.problem.number"
	}
	n, err := strconv.Atoi(strings.TrimSuffix(found[0], ".0"))
	if err != nil {
		return 0, "intake.problem.number"
	}
	return n, ""
}

var (
	dayParts = regexp.MustCompile(`(\d{4}) ?[-/.年] ?(\d{1,2}) ?[-/.月] ?(\d{1,2})(?:[日号t ]|$)`)
	dayShort = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})$`)
	daySum   = regexp.MustCompile(`^\d{5}$`)
	monthEnd = regexp.MustCompile(`(\d{4}) ?年 ?(\d{1,2}) ?月(?:底|末)?$`)
)

// dayForms are English ways to write a day; those of which nobody knows whether day or month comes first are none.
var dayForms = []string{"January 2, 2006", "January 2 2006", "Jan 2, 2006", "Jan 2 2006", "2 January 2006", "2 Jan 2006", "2-Jan-2006"}

// readDay reads a day: 2026-12-31, 2026/12/31, 2026年12月31日, 20261231, 31 Dec 2026, or the number that Excel keeps for
// it; 2026年12月 means its last day. A text such as 长期有效 names none.
func readDay(text string) (d calendar.Day, problem string) {
	s := plain(text)
	if s == "" || hasAny(s, "长期", "招满", "不限") {
		return "", ""
	}
	if daySum.MatchString(s) {
		n, _ := strconv.Atoi(s)
		return calendar.Day(time.Date(1899, 12, 30+n, 0, 0, 0, 0, time.UTC).Format("2006-01-02")), ""
	}
	for _, form := range dayForms {
		if t, err := time.Parse(form, s); err == nil {
			return calendar.Day(t.Format("2006-01-02")), ""
		}
	}
	if m := monthEnd.FindStringSubmatch(s); m != nil {
		year, _ := strconv.Atoi(m[1])
		if month, _ := strconv.Atoi(m[2]); month >= 1 && month <= 12 {
			return calendar.Day(time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Format("2006-01-02")), ""
		}
	}
	found := dayParts.FindAllStringSubmatch(s, -1)
	if m := dayShort.FindStringSubmatch(s); m != nil {
		found = [][]string{m}
	}
	if len(found) == 0 {
		return "", "intake.problem.day"
	}
	last := found[len(found)-1] // of 2026.11.1至2026.12.31 the end
	year, _ := strconv.Atoi(last[1])
	month, _ := strconv.Atoi(last[2])
	day, _ := strconv.Atoi(last[3])
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if t.Year() != year || int(t.Month()) != month || t.Day() != day {
		return "", "intake.problem.day"
	}
	return calendar.Day(t.Format("2006-01-02")), ""
}
