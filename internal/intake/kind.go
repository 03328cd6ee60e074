package intake

import (
	"regexp"
	"strings"

	"zhigang/internal/position"
)

// kindWords tell what is offered, the more special before the general: 志愿 before 兼职, 见习 before 全职.
var kindWords = []struct {
	kind  position.Kind
	words []string
}{
	{position.Volunteer, []string{"志愿", "义工", "volunteer"}},
	{position.Talent, []string{"柔性", "引才", "项目合作", "短期借用", "借调", "顾问指导", "talent", "expert", "advisor", "secondment"}},
	{position.Internship, []string{"见习", "实习", "intern"}},
	{position.Flexible, []string{"灵活", "兼职", "临时", "小时工", "零工", "非全日制", "part-time", "part time", "parttime", "flexible", "freelance"}},
	{position.Job, []string{"全职", "正式", "长期", "合同制", "全日制", "社招", "校招", "full-time", "full time", "fulltime", "job"}},
}

// readKind reads what is offered. ok is false when the text does not say: 技术类 is no kind of this program.
func readKind(text string) (k position.Kind, ok bool) {
	s := plain(text)
	for _, one := range kindWords {
		if s != "" && hasAny(s, one.words...) {
			return one.kind, true
		}
	}
	return position.Job, false
}

var (
	// aboutInterns are titles of people who look after interns.
	aboutInterns = regexp.MustCompile(`(实习|见习)[生者]?(管理|指导|带教|督导|主管|老师|教师|基地|协调)`)
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
	case hasAny(title, "见习", "实习") && !aboutInterns.MatchString(title):
		return position.Internship, 0
	case strings.Contains(title, "志愿者") && !hasAny(title, "管理", "主管", "督导", "协调", "培训", "专员", "部"):
		return position.Volunteer, 0
	case strings.Contains(title, "兼职"):
		return position.Flexible, 0
	}
	return position.Job, 0
}

// talentWords name the forms of lent expertise.
var talentWords = []struct{ form, word string }{
	{"project", "项目"}, {"secondment", "借"}, {"advisor", "顾问"}, {"project", "project"}, {"secondment", "second"}, {"advisor", "advis"},
}

func readTalentForm(text string) (form, problem string) {
	s := plain(text)
	for _, one := range talentWords {
		if strings.Contains(s, one.word) {
			return one.form, ""
		}
	}
	if s != "" {
		problem = "intake.problem.choice"
	}
	return "", problem
}

// employmentWords name the forms of employment; the first that stands in a text decides.
var employmentWords = []struct{ form, word string }{
	{"dispatch", "派遣"}, {"dispatch", "外包"}, {"dispatch", "dispatch"}, {"internship_agreement", "见习"}, {"internship_agreement", "实习"},
	{"internship_agreement", "internship"}, {"part_time", "非全日制"}, {"part_time", "兼职"}, {"part_time", "part-time"}, {"part_time", "part time"},
	{"talent_agreement", "引才"}, {"talent_agreement", "talent"}, {"talent_agreement", "expert"}, {"volunteer_agreement", "志愿"},
	{"volunteer_agreement", "volunteer"}, {"service_contract", "劳务"}, {"service_contract", "承揽"}, {"service_contract", "service"},
	{"labor_contract", "合同"}, {"labor_contract", "全日制"}, {"labor_contract", "全职"}, {"labor_contract", "contract"}, {"labor_contract", "full-time"},
}

// readEmployment reads the form of employment; "" when the text names none.
func readEmployment(text string) string {
	s := plain(text)
	for _, one := range employmentWords {
		if strings.Contains(s, one.word) || s == one.form {
			return one.form
		}
	}
	return ""
}

// unitWords name the units of pay in a column of their own.
var unitWords = []struct {
	unit position.Unit
	word string
}{
	{position.PerHour, "时"}, {position.PerHour, "hour"}, {position.PerMonth, "月"}, {position.PerMonth, "month"}, {position.PerDay, "天"},
	{position.PerDay, "日"}, {position.PerDay, "day"}, {position.PerYear, "年"}, {position.PerYear, "year"}, {position.PerTime, "次"}, {position.PerTime, "time"},
}

func readUnit(text string) (u position.Unit, problem string) {
	s := plain(text)
	for _, one := range unitWords {
		if strings.Contains(s, one.word) {
			return one.unit, ""
		}
	}
	if s != "" {
		problem = "intake.problem.choice"
	}
	return position.NoPay, problem
}
