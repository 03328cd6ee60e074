package intake

import (
	"bytes"
	"slices"

	"zhigang/internal/calendar"
	"zhigang/internal/i18n"
	"zhigang/internal/position"
	"zhigang/internal/sheet"
)

// templateColumn is a column of the sheet that is offered for filling in.
type templateColumn struct {
	field  Field
	need   string // "all", or the kinds that must fill it in, or "" when nobody must; a key of intake.need
	width  float64
	format sheet.Format
	// choices are keys of the texts that may be chosen.
	choices []string
}

// templateColumns are in the order in which people think of a post.
func templateColumns() []templateColumn {
	keys := func(prefix string, values ...string) []string {
		for n, v := range values {
			values[n] = prefix + v
		}
		return values
	}
	var kinds, degrees, units, forms []string
	for _, k := range position.Kinds() {
		kinds = append(kinds, string(k))
		for _, form := range position.Employments(k) {
			if key := "employment." + form; !slices.Contains(forms, key) {
				forms = append(forms, key)
			}
		}
	}
	for _, d := range position.Degrees() {
		degrees = append(degrees, string(d))
	}
	for _, u := range position.Units() {
		units = append(units, string(u))
	}
	return []templateColumn{
		{Title, "all", 24, sheet.Code, nil},
		{Kind, "all", 12, sheet.Text, keys("kind.", kinds...)},
		{Employer, "", 28, sheet.Code, nil},
		{EmployerCode, "", 24, sheet.Code, nil},
		{EmployerProfile, "employer", 30, sheet.Code, nil},
		{Headcount, "all", 10, sheet.Text, nil},
		{Region, "all", 24, sheet.Code, nil},
		{Address, "all", 28, sheet.Code, nil},
		{PayMin, "paid", 12, sheet.Text, nil},
		{PayMax, "paid", 12, sheet.Text, nil},
		{PayUnit, "paid", 12, sheet.Text, keys("intake.unit.", units...)},
		{PayMonths, "", 10, sheet.Text, nil},
		{Degree, "all", 12, sheet.Text, keys("degree.", degrees...)},
		{Experience, "", 14, sheet.Code, nil},
		{Majors, "", 24, sheet.Code, nil},
		{Skills, "", 20, sheet.Code, nil},
		{Duties, "all", 40, sheet.Code, nil},
		{Requirements, "all", 40, sheet.Code, nil},
		{Conditions, "all", 30, sheet.Code, nil},
		{Employment, "all", 16, sheet.Text, forms},
		{ValidUntil, "all", 14, sheet.Day, nil},
		{AnswerDays, "", 12, sheet.Text, nil},
		{InternshipMonths, "internship", 12, sheet.Text, nil},
		{TalentForm, "talent", 14, sheet.Text, keys("talent.", position.TalentForms()...)},
		{ServiceTime, "volunteer", 20, sheet.Code, nil},
		{RiskStatement, "volunteer", 30, sheet.Code, nil},
		{Dangerous, "", 10, sheet.Text, keys("intake.", "yes", "no")},
		{InsuranceNo, "dangerous", 18, sheet.Code, nil},
		{Allowance, "", 12, sheet.Text, nil},
	}
}

// Template returns an XLSX for positions in the language of printer: an empty sheet with drop-down lists, the same with
// examples, and what to write where. Filled in, it imports without any mapping.
func (s *Service) Template(printer i18n.Printer) ([]byte, error) {
	t := func(key string) string { return printer.T(key, nil) }
	var columns []sheet.Column
	for _, c := range templateColumns() {
		column := sheet.Column{Title: t("intake.field." + string(c.field)), Width: c.width, Format: c.format}
		if c.need == "all" {
			column.Title += "*"
		}
		for _, key := range c.choices {
			column.Choices = append(column.Choices, t(key))
		}
		columns = append(columns, column)
	}
	book := sheet.NewXLSX()
	book.Sheet(t("intake.template.sheet"), columns...)
	book.Sheet(t("intake.template.examples"), columns...)
	for _, example := range examples(t, calendar.DayOf(s.db.Clock().Now()).Add(position.DefaultValidDays)) {
		var values []any
		for _, c := range templateColumns() {
			values = append(values, example[c.field])
		}
		book.Row(values...)
	}
	book.Sheet(t("intake.template.help"),
		sheet.Column{Title: t("intake.help.field"), Width: 24},
		sheet.Column{Title: t("intake.help.need"), Width: 24},
		sheet.Column{Title: t("intake.help.how"), Width: 90})
	for _, c := range templateColumns() {
		book.Row(t("intake.field."+string(c.field)), t("intake.need."+c.need), t("intake.help."+string(c.field)))
	}
	book.Row(t("intake.help.general"), nil, t("intake.help.general.how"))
	var out bytes.Buffer
	_, err := book.WriteTo(&out)
	return out.Bytes(), err
}

// table opens a file. Whoever deletes columns of the template that they do not need shall not import its examples, which
// then have more headers than what was filled in.
func (s *Service) table(content []byte, m Mapping) (*table, error) {
	var skip []string
	for _, lang := range i18n.Langs() {
		skip = append(skip, s.texts.For(lang).T("intake.template.examples", nil))
	}
	return openTable(content, m, skip...)
}

// examples are filled-in rows of three kinds.
func examples(t func(string) string, until calendar.Day) []map[Field]any {
	return []map[Field]any{
		{
			Title: t("intake.example.job.title"), Kind: t("kind.job"), Headcount: 2, Region: t("intake.example.region"),
			Address: t("intake.example.address"), PayMin: 6000, PayMax: 8500, PayUnit: t("intake.unit.month"), PayMonths: 13,
			Degree: t("degree.college"), Experience: t("intake.example.experience"), Majors: t("intake.example.majors"),
			Duties: t("intake.example.job.duties"), Requirements: t("intake.example.job.requirements"),
			Conditions: t("intake.example.job.conditions"), Employment: t("employment.labor_contract"),
			ValidUntil: until, AnswerDays: 5,
		},
		{
			Title: t("intake.example.intern.title"), Kind: t("kind.internship"), Headcount: 3,
			Region: t("intake.example.region"), Address: t("intake.example.address"),
			PayMin: 3000, PayMax: 3000, PayUnit: t("intake.unit.month"), Degree: t("degree.bachelor"),
			Duties: t("intake.example.intern.duties"), Requirements: t("intake.example.intern.requirements"),
			Conditions: t("intake.example.intern.conditions"), Employment: t("employment.internship_agreement"),
			ValidUntil: until, InternshipMonths: 6,
		},
		{
			Title: t("intake.example.volunteer.title"), Kind: t("kind.volunteer"), Headcount: 20,
			Region: t("intake.example.region"), Address: t("intake.example.address"),
			Degree: t("degree.any"), Duties: t("intake.example.volunteer.duties"),
			Requirements: t("intake.example.volunteer.requirements"), Conditions: t("intake.example.volunteer.conditions"),
			Employment: t("employment.volunteer_agreement"), ValidUntil: until, ServiceTime: t("intake.example.volunteer.time"),
			RiskStatement: t("intake.example.volunteer.risks"), Dangerous: t("intake.no"), Allowance: 20,
		},
	}
}
