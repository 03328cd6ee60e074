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
	hanCount    = regexp.MustCompile(`[一二两三四五六七八九十]+`)
)

// readCount reads how many are wanted: 3, 3人, 招2名, 十五人. Of a range it is the most that the text names, of 若干 it is one,
// because the text names no more; the text is then kept as note.
func readCount(text string) (n int, note, problem string) {
	s := plain(text)
	if s == "" {
		return 0, "", ""
	}
	if wholeDay.MatchString(s) {
		return 0, "", "intake.problem.day_cell"
	}
	if m := countRange.FindStringSubmatch(s); m != nil {
		least, _ := strconv.Atoi(m[1])
		most, err := strconv.Atoi(m[2])
		if err != nil || most < least {
			return 0, "", "intake.problem.number"
		}
		return most, clean(text), ""
	}
	found := countSingle.FindAllString(s, 2)
	if len(found) == 1 {
		n, err := strconv.Atoi(strings.TrimSuffix(found[0], ".0"))
		if err != nil {
			return 0, "", "intake.problem.number"
		}
		if hasAny(s, "+", "以上", "左右", "约", "至少", "不低于") {
			note = clean(text)
		}
		return n, note, ""
	}
	if m := hanCount.FindString(s); m != "" && len(found) == 0 {
		return hanNumber(m), "", ""
	}
	if len(found) == 0 && hasAny(s, "若干", "不限", "多名", "多人", "数名", "数人", "几名", "批量", "大量", "长期") {
		return 1, clean(text), ""
	}
	return 0, "", "intake.problem.number"
}

// hanNumber reads 一 to 九十九.
func hanNumber(s string) int {
	digit := map[rune]int{'一': 1, '二': 2, '两': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9}
	n, last := 0, 0
	for _, r := range s {
		if r == '十' {
			n, last = max(1, last)*10, 0
			continue
		}
		last = digit[r]
	}
	return n + last
}

// readMonths reads a number of months: 3个月, 半年, 一年, 3-6个月, of which the first counts.
func readMonths(text string) (n int, problem string) {
	s := plain(text)
	switch {
	case s == "":
		return 0, ""
	case strings.HasPrefix(s, "半年"):
		return 6, ""
	}
	per := 1
	if strings.Contains(s, "年") && !strings.Contains(s, "月") {
		per = 12
	}
	if m := countSingle.FindString(s); m != "" {
		n, err := strconv.Atoi(m)
		if err != nil {
			return 0, "intake.problem.number"
		}
		return n * per, ""
	}
	if m := hanCount.FindString(s); m != "" {
		return hanNumber(m) * per, ""
	}
	return 0, "intake.problem.number"
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
)

// readDay reads a day: 2026-12-31, 2026/12/31, 2026年12月31日, 20261231, or the number that Excel keeps for it. A text
// such as 长期有效 names none.
func readDay(text string) (d calendar.Day, problem string) {
	s := plain(text)
	if s == "" || hasAny(s, "长期", "招满", "不限") {
		return "", ""
	}
	if daySum.MatchString(s) {
		n, _ := strconv.Atoi(s)
		return calendar.Day(time.Date(1899, 12, 30+n, 0, 0, 0, 0, time.UTC).Format("2006-01-02")), ""
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
