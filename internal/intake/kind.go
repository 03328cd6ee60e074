package intake

import (
	"regexp"
	"strings"

	"zhigang/internal/position"
)

// lexicon finds a value by the words that stand for it, which are divided by |. The first of which a word stands in a
// text counts, so what is special stands before what is general.
type lexicon[T any] []struct {
	value T
	words string
}

func (l lexicon[T]) find(text string) (value T, ok bool) {
	s := plain(text)
	for _, one := range l {
		for word := range strings.SplitSeq(one.words, "|") {
			if strings.Contains(s, word) {
				return one.value, true
			}
		}
	}
	return value, false
}

var kindWords = lexicon[position.Kind]{
	{position.Volunteer, "志愿|义工|volunteer"},
	{position.Talent, "柔性|引才|项目合作|短期借用|借调|顾问指导|talent|expert|advisor|secondment"},
	{position.Job, "internal|international"},
	{position.Internship, "见习|实习|intern"},
	{position.Flexible, "灵活|兼职|临时|小时工|零工|非全日制|part-time|part time|parttime|flexible|freelance"},
	{position.Job, "全职|正式|长期|合同制|全日制|社招|校招|full-time|full time|fulltime|job"},
}

// readKind reads what is offered. ok is false when the text does not say: 技术类 is no kind of this program.
func readKind(text string) (k position.Kind, ok bool) {
	if k, ok = kindWords.find(text); ok {
		return k, true
	}
	return position.Job, false
}

var (
	// aboutInterns are titles of people who look after interns.
	aboutInterns = regexp.MustCompile(`(实习|见习)[生者]?(管理|指导|带教|督导|主管|基地|协调|招募)|(实习|见习)[生者](老师|教师|导师)`)
	interns      = regexp.MustCompile(`见习|实习|\bintern(s|ship)?\b`)
	// volunteers are titles of roles for volunteers, aboutVolunteers those of people who look after them.
	volunteers      = regexp.MustCompile(`志愿者|义工|志愿(服务)?岗|志愿服务$|\(志愿(服务)?\)|\bvolunteers?\b`)
	aboutVolunteers = regexp.MustCompile(`管理|主管|督导|协调|培训|专员|专干|干事|部|社工|coordinator|manager|director`)
	forVolunteers   = regexp.MustCompile(`志愿|义工|招募人数|volunteer|volrequests`) // headers of sheets of such roles
	sidelines       = regexp.MustCompile(`兼职|临时工|小时工|钟点工|灵活用工|\bpart[- ]?time\b`)
	// internTime is how often and how long an intern comes: 5天/周3个月.
	internTime = regexp.MustCompile(`\d ?天/周 ?(\d+) ?个月`)
)

// guessKind tells from a title and the experience asked for what is offered where no column says it. An internship must
// not pass for a job: it never counts as employment.
func guessKind(title, experience string) (k position.Kind, months int) {
	title = plain(title)
	if m := internTime.FindStringSubmatch(plain(experience)); m != nil {
		months, _ = readMonths(m[1])
		return position.Internship, months
	}
	switch {
	case interns.MatchString(title) && !aboutInterns.MatchString(title):
		return position.Internship, 0
	case volunteers.MatchString(title) && !aboutVolunteers.MatchString(title):
		return position.Volunteer, 0
	case sidelines.MatchString(title) && !hasAny(title, "全职", "可兼职"):
		return position.Flexible, 0
	}
	return position.Job, 0
}

var talentWords = lexicon[string]{
	{"project", "项目|project"}, {"secondment", "借|second"}, {"advisor", "顾问|advis"},
}

// readTalentForm reads the form of lent expertise.
func readTalentForm(text string) (form, problem string) { return choose(talentWords, text) }

var employmentWords = lexicon[string]{
	{"dispatch", "派遣|外包|dispatch"},
	{"internship_agreement", "见习|实习|internship"},
	{"part_time", "非全日制|兼职|part-time|part time|part_time"},
	{"talent_agreement", "引才|talent|expert"},
	{"volunteer_agreement", "志愿|volunteer"},
	{"service_contract", "劳务|承揽|service"},
	{"labor_contract", "合同|全日制|全职|contract|full-time"},
}

// readEmployment reads the form of employment.
func readEmployment(text string) (form, problem string) { return choose(employmentWords, text) }

// kindsByForm tells from a form of employment what is offered where nothing else says it.
var kindsByForm = map[string]position.Kind{
	"labor_contract": position.Job, "dispatch": position.Job, "internship_agreement": position.Internship,
	"part_time": position.Flexible, "service_contract": position.Flexible, "talent_agreement": position.Talent,
	"volunteer_agreement": position.Volunteer,
}

var unitWords = lexicon[position.Unit]{
	{position.PerHour, "时|hour"}, {position.PerMonth, "月|month"}, {position.PerDay, "天|日|day"},
	{position.PerYear, "年|year"}, {position.PerTime, "次|time"},
}

// readUnit reads the unit of pay in a column of its own.
func readUnit(text string) (u position.Unit, problem string) { return choose(unitWords, text) }

// choose reads one of the choices of a lexicon. No text is no choice; another text is a problem.
func choose[T any](l lexicon[T], text string) (value T, problem string) {
	value, ok := l.find(text)
	if !ok && plain(text) != "" {
		problem = "intake.problem.choice"
	}
	return value, problem
}

var yesWords = map[string]bool{
	"是": true, "有": true, "yes": true, "true": true, "1": true, "y": true, "√": true,
	"": false, "否": false, "无": false, "不": false, "no": false, "false": false, "0": false, "n": false,
}

// readYes reads 是 or 否; no text is no.
func readYes(text string) (yes bool, problem string) {
	yes, ok := yesWords[plain(text)]
	if !ok {
		problem = "intake.problem.yes"
	}
	return yes, problem
}
