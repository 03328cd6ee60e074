package search

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"zhigang/internal/lexicon"
	"zhigang/internal/position"
	"zhigang/internal/region"
)

// Fact says that words of the text were taken for a filter.
type Fact struct {
	Words string // as they stood in the text
	Criterion
}

// takeFacts takes the words out of the text that are facts, and sets the filters that they mean:
//
//	番禺, 广州市番禺区, panyu, gz     region, each with everything below it
//	实习, 兼职, 全职                  kind
//	本科                             degree_most: a graduate may also take what asks for less; 本科以上 is degree
//	5000以上, 8k, 月薪6000, 5000     pay_min
//	不要销售, 不看实习, -保险         not, not_kind, not_region
//
// They stand alone, or before or behind words that the lexicon knows. Nothing is taken from the name of an organization.
// What is left is read again until nothing more is found, so that the text that stays is one without facts.
func (q *Query) takeFacts(tree *region.Tree) {
	tokens := strings.FieldsFunc(q.Text, func(r rune) bool { return strings.ContainsRune(" 　，、；;,。｜|", r) })
	found := false
	for round := 0; round < 8; round++ {
		tokens = joinSyllables(q.words(), tokens) // again and again, for what stood between is taken away
		var left []string
		more := false
		for n, token := range tokens {
			rest, ok := q.takeFrom(token, n > 0 && payWord(Fold(tokens[n-1])), tree)
			more = more || ok
			if rest != "" {
				left = append(left, rest)
			}
		}
		tokens = left
		if !more {
			break
		}
		found = true
	}
	if found {
		tokens = slices.DeleteFunc(tokens, func(token string) bool { return payWord(Fold(token)) && q.PayMin > 0 })
		if q.Text = strings.Join(tokens, " "); !slices.ContainsFunc(Query{Text: q.Text, lexicon: q.lexicon}.Wanted().Groups, q.asks) {
			q.Text = "" // 番禺的工作 asks for a place and nothing else
		}
	}
}

// maxFactWord is how many characters a text without blanks has at most in which facts are looked for: it is longer than
// what people say in one breath, and reading it takes time that grows with its square.
const maxFactWord = 60

// takeFrom takes the facts out of one word, and returns what is left of it: the word itself when there are none.
func (q *Query) takeFrom(token string, afterPay bool, tree *region.Tree) (rest string, ok bool) {
	if utf8.RuneCountInString(token) > maxFactWord {
		return token, false
	}
	folded := Fold(token)
	for _, word := range []string{"只看", "只要", "仅看"} {
		folded = strings.TrimPrefix(folded, word)
	}
	if before, what, is := refusal(q.words(), folded); is {
		what, rest, said := strings.Cut(what, "的") // 不要兼职的社工
		if said && slices.Contains([]string{"", "工作", "岗位", "职位"}, rest) {
			rest = ""
		}
		q.refuse(what, tree)
		return before + rest, true
	}
	if yuan, said, left, is := payIn(folded, afterPay); is {
		q.PayMin = yuan
		q.note(said, "pay_min", strconv.Itoa(yuan))
		return left, true
	}
	if isOrgName(folded) {
		return token, false
	}
	for _, take := range []func(string) (string, bool){q.takeDegree, q.takeKind, func(text string) (string, bool) { return q.takeRegion(text, tree) }} {
		for _, text := range []string{folded, withoutFrame(folded)} {
			if rest, ok := take(text); ok {
				return rest, true
			}
		}
	}
	if folded != Fold(token) {
		token = folded
	}
	return token, false
}

// withoutFrame takes off what people say around what they look for: 我想找番禺的工作.
func withoutFrame(text string) string {
	for _, before := range []string{"我想找", "我要找", "想找", "我想去", "想去", "找", "去", "到"} {
		if rest, ok := strings.CutPrefix(text, before); ok {
			text = rest
			break
		}
	}
	for _, behind := range []string{"的工作", "的岗位", "的职位", "工作", "岗位", "招聘"} {
		if rest, ok := strings.CutSuffix(text, behind); ok && utf8.RuneCountInString(rest) > 1 {
			return rest
		}
	}
	return text
}

// asks reports whether a group asks for something beside the facts.
func (q *Query) asks(g Group) bool { return !wording{Lexicon: q.words()}.weak(g) }

func (q *Query) note(words, name, value string) {
	q.Facts = append(q.Facts, Fact{words, Criterion{name, value}})
}

// isOrgName reports whether a word ends as names of organizations do, with something before.
func isOrgName(text string) bool {
	return slices.ContainsFunc([]string{
		"中心", "协会", "学会", "商会", "研究会", "联合会", "促进会", "基金会", "服务社", "事务所", "工作室", "工作站", "学院", "大学", "公司", "医院", "学校", "幼儿园", "社工站", "服务站",
		"福利院", "养老院", "敬老院", "图书馆", "博物馆", "互助队", "服务队", "志愿队", "志愿服务队", "互助会", "救援队", "合作社", "义工联", "青志协", "总会", "慈善会", "红十字会", "残联", "研究院", "艺术团",
	}, func(ending string) bool { return strings.HasSuffix(text, ending) && len(text) > len(ending) })
}

// refusal finds what somebody does not want, and what stood before.
func refusal(l *lexicon.Lexicon, text string) (before, what string, ok bool) {
	if what, ok = strings.CutPrefix(text, "-"); ok && what != "" && !isDigit(what[0]) {
		return "", what, true
	}
	if what, ok = strings.CutPrefix(text, "非"); ok && l.Known(what) && !l.Has(text) { // 非手语, but 非遗 is a word
		return "", what, true
	}
	for _, word := range []string{"不要", "不看", "不考虑", "不想做", "不想要", "不想去", "不做", "不去", "除了", "排除", "拒绝"} {
		if before, what, ok = strings.Cut(text, word); ok && what != "" {
			return before, what, true
		}
	}
	return "", "", false
}

// refuse reads what is not wanted: kinds and regions are known, all else is words.
func (q *Query) refuse(what string, tree *region.Tree) {
	for one := range strings.SplitSeq(strings.NewReplacer("和", "/", "或", "/", "跟", "/").Replace(what), "/") {
		one = strings.TrimSuffix(one, "的")
		for _, ending := range []string{"岗位", "职位", "工作", "类", "岗"} {
			if short := strings.TrimSuffix(one, ending); utf8.RuneCountInString(short) > 1 {
				one = short
			}
		}
		kind, isKind := kindWords()[one]
		codes := tree.Named(one)
		switch {
		case one == "":
		case isKind:
			q.NotKinds = append(q.NotKinds, kind)
			q.note("不要"+one, "not_kind", string(kind))
		case len(codes) > 0 && len(codes) <= maxPlaces && !ordinary(one):
			for _, code := range codes {
				q.NotRegions = append(q.NotRegions, code)
				q.note("不要"+one, "not_region", code)
			}
		default:
			q.Not = append(q.Not, one)
			q.note("不要"+one, "not", one)
		}
	}
}

// kindWords are the words that name a kind and nothing else.
var kindWords = sync.OnceValue(func() map[string]position.Kind {
	return map[string]position.Kind{
		"全职": position.Job, "正式工": position.Job, "实习": position.Internship, "实习生": position.Internship, "见习": position.Internship,
		"见习生": position.Internship, "就业见习": position.Internship, "见习岗位": position.Internship, "实习岗位": position.Internship,
		"兼职": position.Flexible, "零工": position.Flexible, "灵活就业": position.Flexible, "灵活用工": position.Flexible, "临时工": position.Flexible,
		"柔性引才": position.Talent, "顾问指导": position.Talent, "短期借用": position.Talent, "项目合作": position.Talent,
	}
})

// wholeKinds are words that name a kind only when they stand alone: 志愿服务主管 is a job.
func wholeKinds() map[string]position.Kind {
	return map[string]position.Kind{
		"志愿服务": position.Volunteer, "志愿岗位": position.Volunteer, "志愿服务岗位": position.Volunteer, "志愿者岗位": position.Volunteer,
		"做志愿": position.Volunteer, "做义工": position.Volunteer, "做志愿者": position.Volunteer, "当志愿者": position.Volunteer, "当义工": position.Volunteer,
	}
}

func (q *Query) takeKind(text string) (rest string, ok bool) {
	if kind, is := wholeKinds()[text]; is {
		q.Kinds = append(q.Kinds, kind)
		q.note(text, "kind", string(kind))
		return "", true
	}
	word, kind, rest := "", position.Kind(""), ""
	for one, means := range kindWords() {
		if left, is := aside(q.words(), text, one); is && (len(one) > len(word) || len(one) == len(word) && one < word) {
			word, kind, rest = one, means, left
		}
	}
	if word == "" {
		return text, false
	}
	q.Kinds = append(q.Kinds, kind)
	q.note(word, "kind", string(kind))
	return rest, true
}

// aside cuts a word off the beginning or the end of a text, if what is left is nothing or made of words of the lexicon.
func aside(l *lexicon.Lexicon, text, word string) (rest string, ok bool) {
	for _, cut := range []func(string, string) (string, bool){strings.CutPrefix, strings.CutSuffix} {
		if rest, ok := cut(text, word); ok && (rest == "" || l.Known(rest)) {
			return rest, true
		}
	}
	return "", false
}

// degreePattern is a degree at the beginning of a text, with what people say behind it.
var degreePattern = regexp.MustCompile(`^(学历不限|不限学历|无学历要求|博士|硕士|研究生|本科|学士|大专|专科|高职|中专|技校|高中|初中)(毕业生|学历|毕业|生)?(及以上|以上|及以下|以下|可报|可以报|能报)?(.*)$`)

func degreeOf(word string) position.Degree {
	switch word {
	case "博士":
		return position.Doctor
	case "硕士", "研究生":
		return position.Master
	case "本科", "学士":
		return position.Bachelor
	case "大专", "专科", "高职":
		return position.College
	case "中专", "技校", "高中":
		return position.Senior
	case "初中":
		return position.Junior
	}
	return position.NoDegree
}

func (q *Query) takeDegree(text string) (rest string, ok bool) {
	if !strings.ContainsAny(text, "士科专中学究职校") { // a character of every degree
		return text, false
	}
	m := degreePattern.FindStringSubmatch(text)
	if m == nil {
		at := -1
		for _, word := range []string{"博士", "硕士", "研究生", "本科", "大专", "专科", "中专", "高中", "学历不限"} {
			if n := strings.Index(text, word); n > 0 && (at < 0 || n < at) {
				at = n
			}
		}
		if at < 0 || !q.words().Known(text[:at]) {
			return text, false
		}
		if m = degreePattern.FindStringSubmatch(text[at:]); m == nil || m[4] != "" {
			return text, false
		}
		m[4] = text[:at]
	} else if m[4] != "" && !q.words().Known(m[4]) || m[2] == "" && strings.HasPrefix(m[4], "院") {
		return text, false
	}
	degree := degreeOf(m[1])
	said := m[1] + m[2] + m[3]
	switch {
	case degree == position.NoDegree:
		q.Degrees = append(q.Degrees, degree)
		q.note(said, "degree", string(degree))
	case strings.HasSuffix(m[3], "以上"):
		for _, d := range position.Degrees() {
			if d.Rank() >= degree.Rank() {
				q.Degrees = append(q.Degrees, d)
				q.note(said, "degree", string(d))
			}
		}
	default:
		q.DegreeMost = degree
		q.note(said, "degree_most", string(degree))
	}
	return m[4], true
}
