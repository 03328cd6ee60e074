package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"zhigang/internal/calendar"
	"zhigang/internal/i18n"
	"zhigang/internal/intake"
	"zhigang/internal/position"
	"zhigang/internal/region"
	"zhigang/internal/search"
	"zhigang/internal/search/searchbench"
	"zhigang/internal/sheet"
	"zhigang/web"
)

// writeSheet writes the headers of the template and rows of invented posts, no two the same, into an XLSX. The rows go to
// the disk as they come.
func writeSheet(e *env, file string, rows int) (err error) {
	catalog, err := i18n.Load(web.Locales())
	if err != nil {
		return err
	}
	tree, err := region.Load()
	if err != nil {
		return err
	}
	t := func(key string) string { return catalog.For(i18n.ZhHans).T(key, nil) }
	fields := []intake.Field{
		intake.Title, intake.Kind, intake.Headcount, intake.Region, intake.Address, intake.PayMin, intake.PayMax, intake.PayUnit,
		intake.Degree, intake.Majors, intake.Skills, intake.Duties, intake.Requirements, intake.Conditions, intake.Employment,
		intake.ValidUntil, intake.AnswerDays, intake.InternshipMonths, intake.TalentForm, intake.ServiceTime, intake.RiskStatement,
	}
	columns := make([]sheet.Column, len(fields))
	for n, f := range fields {
		columns[n].Title = t("intake.field." + string(f))
	}
	book := sheet.NewXLSX()
	book.Sheet("岗位", columns...)
	until := calendar.DayOf(e.clock.Now()).Add(position.DefaultValidDays)
	values := make([]any, len(fields))
	n := 0
	for d := range searchbench.NewGenerator(tree).All(rows) {
		n++
		cells := sheetRow(t, tree, d)
		cells[intake.Address], cells[intake.ValidUntil] = fmt.Sprintf("示例路%d号", n), until
		for at, f := range fields {
			values[at] = cells[f]
		}
		book.Row(values...)
	}
	out, err := os.Create(file) // in the folder of this run
	if err != nil {
		return err
	}
	_, err = book.WriteTo(out)
	return errors.Join(err, out.Close())
}

// sheetRow writes a post as an organization would, stating all particulars of its kind.
func sheetRow(t func(key string) string, tree *region.Tree, d search.Document) map[intake.Field]any {
	duties, requirements, _ := strings.Cut(d.Description, "\n")
	row := map[intake.Field]any{
		intake.Title: d.Title, intake.Kind: t("kind." + string(d.Kind)), intake.Headcount: d.Headcount,
		intake.Region: tree.FullName(d.Regions[len(d.Regions)-1]), intake.Degree: t("degree." + string(d.Degree)),
		intake.Majors: strings.Join(d.Majors, "、"), intake.Skills: strings.Join(d.Skills, "、"),
		intake.Duties: duties, intake.Requirements: requirements, intake.Conditions: "五险一金，双休，带薪年假",
		intake.Employment: t("employment." + position.Employments(d.Kind)[0]), intake.AnswerDays: position.DefaultAnswerDays,
	}
	switch d.Kind {
	case position.Volunteer:
		row[intake.ServiceTime], row[intake.RiskStatement] = "周六 10:00–13:00", "服务中请注意搬运与交通安全。"
		return row
	case position.Internship:
		row[intake.InternshipMonths] = 6
	case position.Talent:
		row[intake.TalentForm] = t("talent." + position.TalentForms()[0])
	default:
	}
	row[intake.PayMin], row[intake.PayMax], row[intake.PayUnit] = d.PayMin, d.PayMax, t("intake.unit.month")
	return row
}
