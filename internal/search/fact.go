package search

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

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
		tokens = joinSyllables(tokens) // again and again, for what stood between is taken away
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
		if q.Text = strings.Join(tokens, " "); !slices.ContainsFunc(Query{Text: q.Text}.Wanted().Groups, func(g Group) bool { return !g.weak() }) {
			q.Text = "" // 番禺的工作 asks for a place and nothing else
		}
	}
}

// takeFrom takes the facts out of one word, and returns what is left of it: the word itself when there are none.
func (q *Query) takeFrom(token string, afterPay bool, tree *region.Tree) (rest string, ok bool) {
	folded := Fold(token)
	for _, word := range []string{"只看", "只要", "仅看"} {
		folded = strings.TrimPrefix(folded, word)
	}
	if before, what, is := refusal(folded); is {
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

func (q *Query) note(words, name, value string) {
	q.Facts = append(q.Facts, Fact{words, Criterion{name, value}})
}

// orgEndings are what names of organizations end with; with one of these, and something before, a word is a name.
func isOrgName(text string) bool {
	return slices.ContainsFunc([]string{
		"中心", "协会", "学会", "商会", "研究会", "联合会", "促进会", "基金会", "服务社", "事务所", "工作室", "工作站", "学院", "大学", "公司", "医院", "学校", "幼儿园", "社工站", "服务站",
		"福利院", "养老院", "敬老院", "图书馆", "博物馆", "互助队", "服务队", "志愿队", "志愿服务队", "互助会", "救援队", "合作社", "义工联", "青志协", "总会", "慈善会", "红十字会", "残联", "研究院", "艺术团",
	}, func(ending string) bool { return strings.HasSuffix(text, ending) && len(text) > len(ending) })
}

// refusal finds what somebody does not want, and what stood before.
func refusal(text string) (before, what string, ok bool) {
	if what, ok = strings.CutPrefix(text, "-"); ok && what != "" && !isDigit(what[0]) {
		return "", what, true
	}
	if what, ok = strings.CutPrefix(text, "非"); ok && words().known(what) && !words().words[text] { // 非手语, but 非遗 is a word
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
		if left, is := aside(text, one); is && len(one) > len(word) {
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
func aside(text, word string) (rest string, ok bool) {
	for _, cut := range []func(string, string) (string, bool){strings.CutPrefix, strings.CutSuffix} {
		if rest, ok := cut(text, word); ok && (rest == "" || words().known(rest)) {
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
		if at < 0 || !words().known(text[:at]) {
			return text, false
		}
		if m = degreePattern.FindStringSubmatch(text[at:]); m == nil || m[4] != "" {
			return text, false
		}
		m[4] = text[:at]
	} else if m[4] != "" && !words().known(m[4]) || m[2] == "" && strings.HasPrefix(m[4], "院") {
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

// maxPlaces is how many regions a name may have to be taken for one.
const maxPlaces = 5

// ordinary reports whether the name of a region is a word that people use for other things.
func ordinary(name string) bool {
	return slices.Contains([]string{
		"和平", "东方", "新城", "城区", "郊区", "矿区", "新华", "长安", "城中", "城关", "红旗", "新区", "市中", "友好", "向阳", "前进", "爱民", "平安", "文化", "共和", "民乐", "康乐", "安定", "光明", "中方", "新建",
		"建华", "太和",
	}, name)
}

// takeRegion takes a place off the beginning or the end of a text.
func (q *Query) takeRegion(text string, tree *region.Tree) (rest string, ok bool) {
	if text == "" {
		return text, false
	}
	if text[0] < utf8.RuneSelf {
		return q.takeHeardRegion(text, tree)
	}
	place := strings.TrimPrefix(text, "在")
	for _, ending := range []string{"附近", "周边", "一带", "本地", "的"} {
		place = strings.TrimSuffix(place, ending)
	}
	if q.takePlace(place, placesOf(place, tree)) {
		return "", true
	}
	if !beginsWithPlace(place, tree) {
		// Nothing to take off the beginning.
	} else if code, left, is := tree.Find(place); is && left != "" && left != place {
		name := strings.TrimSuffix(place, left)
		if (words().known(left) || strings.HasSuffix(tree.Name(code), lastRune(name)) && utf8.RuneCountInString(name) > 2) && q.takePlace(name, []string{code}) {
			return left, true
		}
	}
	runes := []rune(place)
	for n := 2; n <= len(runes)-2; n++ {
		before, behind := string(runes[:n]), string(runes[n:])
		if words().known(behind) && !words().words[string(runes[:n])] && q.takePlace(before, placesOf(before, tree)) {
			return behind, true
		}
		if words().known(before) && q.takePlace(behind, placesOf(behind, tree)) {
			return before, true
		}
	}
	return text, false
}

func lastRune(text string) string {
	r, _ := utf8.DecodeLastRuneInString(text)
	return string(r)
}

// placesOf returns the regions that a name means, whether or not a higher one is named before it.
func placesOf(name string, tree *region.Tree) []string {
	if ordinary(name) {
		return nil
	}
	if codes := tree.Named(name); len(codes) > 0 {
		return codes
	}
	if !beginsWithPlace(name, tree) {
		return nil
	}
	if code, rest, ok := tree.Find(name); ok && rest == "" {
		return []string{code}
	}
	return nil
}

// beginsWithPlace reports whether the first characters of a text are the name of a region.
func beginsWithPlace(text string, tree *region.Tree) bool {
	n := 0
	for at := range text {
		if n++; n > 2 && len(tree.Named(text[:at])) > 0 {
			return true
		}
	}
	return len(tree.Named(text)) > 0
}

func (q *Query) takePlace(name string, codes []string) bool {
	if len(codes) == 0 || len(codes) > maxPlaces || words().words[name] {
		return false
	}
	for _, code := range codes {
		q.Regions = append(q.Regions, code)
		q.note(name, "region", code)
	}
	return true
}

// shortPlaces are the letters by which people call provinces and cities.
func shortPlaces() map[string][]string {
	return map[string][]string{
		"gd": {"440000"}, "gz": {"440100"}, "sz": {"440300"}, "zh": {"440400"}, "st": {"440500"}, "fs": {"440600"}, "jm": {"440700"},
		"zj": {"440800"}, "mm": {"440900"}, "zq": {"441200"}, "huiz": {"441300"}, "mz": {"441400"}, "dg": {"441900"}, "zs": {"442000"}, "qy": {"441800"},
		"bj": {"110000"}, "sh": {"310000"}, "tj": {"120000"}, "cq": {"500000"}, "hz": {"441300", "330100"}, "nj": {"320100"}, "wh": {"420100"}, "cd": {"510100"},
		"xa": {"610100"}, "xn": {"630100"}, "qh": {"630000"}, "sy": {"210100"}, "dl": {"210200"}, "cs": {"430100"}, "xm": {"350200"}, "fz": {"350100"}, "py": {"440113"},
		"th": {"440106"}, "ns": {"440115"}, "hk": {"810000"},
	}
}

// takeHeardRegion reads letters as the name of a region in pinyin, alone or before a word of the lexicon in pinyin.
func (q *Query) takeHeardRegion(text string, tree *region.Tree) (rest string, ok bool) {
	l := words()
	if len(l.sounds[text]) > 0 || l.latin[text] {
		return text, false
	}
	bare := text
	for _, ending := range []string{"qu", "shi", "xian"} {
		if short := strings.TrimSuffix(text, ending); len(tree.Sounding(text)) == 0 && len(short) > 3 {
			bare = short
			if len(tree.Sounding(bare)) > 0 {
				break
			}
		}
	}
	if codes := slices.Concat(shortPlaces()[text], tree.Sounding(bare)); q.takePlace(text, codes) {
		return "", true
	}
	for n := 4; n <= len(text)-4; n++ {
		for _, cut := range [][2]string{{text[:n], text[n:]}, {text[n:], text[:n]}} {
			if len(l.sounds[cut[1]]) > 0 && q.takePlace(cut[0], tree.Sounding(cut[0])) {
				return cut[1], true
			}
		}
	}
	return text, false
}
