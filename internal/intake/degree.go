package intake

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"zhigang/internal/position"
)

// degreeWords name the degrees. A longer name stands before one that is part of it: 博士研究生 is no 研究生.
var degreeWords = []struct {
	degree position.Degree
	words  string
}{
	{position.NoDegree, `不限学历|学历(?:要求)?不限|学历无要求|无学历要求|学历不作要求|不要求学历|any degree|any education|no degree`},
	{position.Doctor, `博士研究生|博士|doctorate|doctor|ph\.?d`},
	{position.College, `大学专科|大专|专科|高职高专|高职|高专|高等职业|college|associate`},
	{position.Bachelor, `大学本科|本科|学士|本硕|一本|二本|三本|专升本|bachelor(?:'?s)?|大学学历|^大学`},
	{position.Master, `硕士研究生|硕士|研究生|master(?:'?s)?|mba`},
	{position.Senior, `高中|中专|中技|技校|职高|中职|技工|中等专业|中等职业|high school|senior`},
	{position.Junior, `初中|小学|junior|primary`},
}

// degreeFiller is what stands around a degree without meaning more.
const degreeFiller = `(?:学位|学历|生|文化|毕业)*`

var degreePattern = func() *regexp.Regexp {
	var groups []string
	for _, d := range degreeWords {
		groups = append(groups, "("+d.words+")")
	}
	return regexp.MustCompile(`(?:全日制|统招|国家承认|正规)*(?:` + strings.Join(groups, "|") + `)` + degreeFiller +
		`(?:\(含\))?((?:及|或|含)?(?:其)?以上|(?:及|或|含)?(?:其)?以下|优先)?` + degreeFiller)
}()

// onTheJob is a text on experience: that and nothing else may stand where a degree is asked for.
var onTheJob = regexp.MustCompile(`年|经验|应届|在校|天/周|个月|届|无要求|不限|experience|year`)

// wanted is what was read where a degree is asked for. 1-3年本科 asks for a bachelor and for 1-3年.
type wanted struct {
	degree     position.Degree
	experience string
	more       string // the text, when it says more than that: 大专以上，社会工作专业
}

// readDegree reads the least education that a text asks for, and what it says beside it. problem is the key of what is
// wrong.
func readDegree(text string) (w wanted, problem string) {
	// Otherwise 经验不限学历不限 would be cut in the middle.
	s := strings.TrimSpace(strings.ReplaceAll(plain(text), "学历不限", " any degree "))
	if s == "" {
		return w, ""
	}
	if wholeDay.MatchString(s) {
		return w, "intake.problem.day_cell"
	}
	if slices.Contains([]string{"不限", "无", "无要求", "不要求", "none", "any"}, s) {
		return wanted{degree: position.NoDegree}, ""
	}
	least := -1
	for _, m := range degreePattern.FindAllStringSubmatch(s, -1) {
		if rank := degreeOf(m).Rank(); rank >= 0 && (least < 0 || rank < least) {
			least = rank
		}
	}
	rest := strings.Trim(degreePattern.ReplaceAllStringFunc(s, func(m string) string {
		if strings.HasSuffix(m, "优先") {
			return m
		}
		return " "
	}), " ,/.。:+-或·")
	isExperience := onTheJob.MatchString(rest) || strings.Contains(rest, "优先")
	if least < 0 && !isExperience {
		return w, "intake.problem.degree"
	}
	if least >= 0 {
		w.degree = position.Degrees()[least]
	}
	switch {
	case isExperience && strings.Contains(rest, ","): // several things: they stay together as they were written
		w.experience = clean(text)
	case isExperience:
		w.experience = rest
	case utf8.RuneCountInString(degreeWaste.ReplaceAllString(rest, "")) > 1:
		w.more = clean(text)
	}
	return w, ""
}

// degreeWaste are words around a degree that ask for nothing more.
var degreeWaste = regexp.MustCompile(`最低|学历|学位|要求|具有|具备|须|需|及|或|以上|等|均可|都可|皆可|毕业|院校|普通|高等|教育|or above|and above|degree|school|[\s[:punct:]]`)

// degreeOf returns the degree that a match asks for. 优先 asks for nothing; up to a degree, but not more, is open to all.
func degreeOf(match []string) position.Degree {
	tail := match[len(match)-1]
	for n, d := range degreeWords {
		if match[n+1] == "" {
			continue
		}
		switch {
		case tail == "优先":
			return position.DegreeUnset
		case strings.HasSuffix(tail, "以下") && d.degree != position.Junior:
			return position.NoDegree
		}
		return d.degree
	}
	return position.DegreeUnset
}
