package intake

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"zhigang/internal/errs"
)

// Field is one thing that a column may say of a position. Its value is the name under which mistakes are reported.
type Field string

// The fields.
const (
	Title            Field = "title"
	Kind             Field = "kind"
	Employer         Field = "employer"
	EmployerCode     Field = "employer_code"
	EmployerProfile  Field = "employer_profile"
	Headcount        Field = "headcount"
	Region           Field = "region"
	RegionPart       Field = "region_part" // province, city, district or street, each in a column of its own
	Address          Field = "address"
	Pay              Field = "pay"
	PayMin           Field = "pay_min"
	PayMax           Field = "pay_max"
	PayUnit          Field = "pay_unit"
	PayMonths        Field = "pay_months"
	Degree           Field = "degree"
	Experience       Field = "experience"
	Majors           Field = "majors"
	Skills           Field = "skills"
	Duties           Field = "duties"
	Requirements     Field = "requirements"
	Conditions       Field = "conditions"
	Employment       Field = "employment"
	ValidUntil       Field = "valid_until"
	AnswerDays       Field = "answer_days"
	InternshipMonths Field = "internship_months"
	TalentForm       Field = "talent_form"
	ServiceTime      Field = "service_time"
	RiskStatement    Field = "risk_statement"
	Dangerous        Field = "dangerous"
	InsuranceNo      Field = "insurance_no"
	Allowance        Field = "allowance"
	// Tag tells rows apart that say the same of who, what and where. It stands in sheets of rows that were not taken.
	Tag Field = "tag"
	// Note is what a sheet of refused rows says beside the tag: which row it was, and what was wrong.
	Note Field = "note"
	// Nothing marks columns that say nothing of the position, such as the numbers of rows.
	Nothing Field = "nothing"
)

// Fields lists the fields that a column may be mapped to, in the order of menus.
func Fields() []Field {
	var out []Field
	for _, f := range fields {
		if f.says() {
			out = append(out, f.Field)
		}
	}
	return out
}

// says reports whether the field says anything of a position.
func (f Field) says() bool { return f != "" && f != Tag && f != Note && f != Nothing }

// byHeader finds the fields that a header may mean.
var byHeader = func() map[string][]Field {
	all := map[string][]Field{}
	for _, f := range fields {
		for _, h := range strings.Fields(f.headers) {
			all[h] = append(all[h], f.Field)
		}
	}
	return all
}()

func isMany(f Field) bool {
	return slices.ContainsFunc(fields, func(one field) bool { return one.Field == f && one.many })
}

var aside = regexp.MustCompile(`\([^)]*\)|\[[^\]]*\]|【[^】]*】`)

// headerKey brings a header to the form in which it is looked up: 【必填】岗位名称*： and 岗位 名称（不超过60字） are 岗位名称.
func headerKey(header string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, aside.ReplaceAllString(plain(header), ""))
}

// personal are parts of headers whose columns hold people's data or notes: they are never guessed to be anything else.
var personal = []string{
	"联系", "电话", "手机", "邮箱", "邮件", "传真", "网址", "网站", "微信", "姓名", "负责人", "经办人", "法人", "法定代表",
	"年龄", "性别", "备注", "状态", "来源", "编号", "编码", "序号", "发布", "更新",
}

// meanings lists the fields that a header may mean, the likeliest first: those whose name it is, or else that of the
// longest name within it, the last of them as Chinese words are built: 招聘岗位要求 are 岗位要求, no 招聘岗位.
func meanings(header string) []Field {
	key := headerKey(header)
	if found := byHeader[key]; found != nil {
		return found
	}
	if hasAny(key, personal...) || strings.HasSuffix(key, "id") {
		return nil
	}
	best, longest, end := "", 0, 0
	for _, f := range fields {
		for _, name := range strings.Fields(f.headers) {
			at := strings.LastIndex(key, name)
			if at < 0 || name[0] < 0x80 || len(name) < len("岗位") || !f.says() {
				continue
			}
			if len(name) > longest || len(name) == longest && at+len(name) > end {
				best, longest, end = name, len(name), at+len(name)
			}
		}
	}
	return byHeader[best]
}

// fits reports whether the texts of a column can be what the field says, where its header leaves that open.
func fits(f Field, samples []string) bool {
	if f != Kind {
		return true
	}
	return len(samples) == 0 || slices.ContainsFunc(samples, func(s string) bool { _, ok := readKind(s); return ok })
}

// Mapping says what the columns of a sheet mean.
type Mapping struct {
	Sheet   string        `json:"sheet"`
	Header  int           `json:"header"` // number of the row that holds the headers, from 1
	Columns map[int]Field `json:"columns"`
}

// IsZero reports whether the mapping says nothing, so that it is guessed.
func (m Mapping) IsZero() bool { return len(m.Columns) == 0 }

// check returns Invalid for a mapping that cannot be used: without a title, with a field that there is not, or with one
// field in two columns.
func (m Mapping) check() error {
	f := errs.Fields{}
	seen := map[Field]bool{}
	for _, one := range m.Columns {
		switch known := slices.ContainsFunc(fields, func(k field) bool { return k.Field == one }); {
		case !known:
			f.Add("mapping", "error.choice")
		case seen[one] && !isMany(one):
			f.Add("mapping", "intake.mapping.twice", errs.Params{"field": string(one)})
		}
		seen[one] = true
	}
	if !seen[Title] {
		f.Add("mapping", "intake.mapping.title")
	}
	return f.Err()
}

// guess maps headers to fields. samples are the first texts of each column. A header that says nothing, or says what an
// earlier column says already, is left out.
func guess(headers []string, samples [][]string) map[int]Field {
	columns, taken := map[int]Field{}, map[Field]bool{}
	for _, sure := range []bool{true, false} { // names before what they are only part of, and one meaning before several
		for n, header := range headers {
			found := meanings(header)
			exact := len(byHeader[headerKey(header)]) == 1
			if _, done := columns[n]; done || exact != sure {
				continue
			}
			for _, f := range found {
				if (!taken[f] || isMany(f)) && fits(f, samples[n]) {
					columns[n], taken[f] = f, true
					break
				}
			}
		}
	}
	return columns
}
