package intake

import (
	"bytes"
	"strings"
	"testing"

	"zhigang/internal/db/dbtest"
	"zhigang/internal/i18n"
	"zhigang/internal/position"
	"zhigang/internal/sheet"
)

func TestTheTemplateImportsAsItIsAndFilledIn(t *testing.T) {
	for _, lang := range i18n.Langs() {
		t.Run(string(lang), func(t *testing.T) {
			d, c := dbtest.SQLite(t)
			k := newDesk(t, d, c)
			printer := catalog(t).For(lang)
			content := must[[]byte](t)(k.s.Template(printer))
			empty := must[*table](t)(openTable(content, Mapping{}))
			if len(empty.unmapped()) != 0 || empty.mapping.Sheet != printer.T("intake.template.sheet", nil) {
				t.Fatalf("%+v, not mapped: %q", empty.mapping, empty.unmapped())
			}
			for n, column := range templateColumns() {
				if empty.mapping.Columns[n] != column.field {
					t.Errorf("%q is taken for %s", empty.headers[n], empty.mapping.Columns[n])
				}
			}
			if !newReading(k.Tree, k.org, empty.mapping, empty.headers).own {
				t.Error("the template is not recognised as our own")
			}
			if got := k.imports(content, Options{}); got.Rows != 0 {
				t.Errorf("the empty template: %+v", got)
			}
			got := k.imports(content, Options{Mapping: Mapping{Sheet: printer.T("intake.template.examples", nil)}})
			if got.brief() != [6]int{3, 3, 0, 0, 0, 0} {
				t.Fatalf("the examples: %+v", got)
			}
			all := k.drafts()
			pay := position.Pay{Min: 600000, Max: 850000, Unit: position.PerMonth, Months: 13}
			if p := all[0]; p.Kind != position.Job || p.Region != "440113012" || p.Pay != pay || p.Degree != position.College ||
				p.Employment != "labor_contract" || len(p.Majors.V) != 2 || p.Headcount != 2 {
				t.Errorf("%+v", p)
			}
			if p := all[1]; p.Kind != position.Internship || p.InternshipMonths != 6 {
				t.Errorf("%+v", p)
			}
			if p := all[2]; p.Kind != position.Volunteer || p.Allowance != 2000 || p.RiskStatement == "" || p.Pay.Max != 0 {
				t.Errorf("%+v", p)
			}
		})
	}
}

func TestColumnsOfTheTemplateMayBeDeleted(t *testing.T) {
	d, c := dbtest.SQLite(t)
	k := newDesk(t, d, c)
	f := must[*sheet.File](t)(sheet.Open(must[[]byte](t)(k.s.Template(chinese(t))), sheet.DefaultLimits()))
	w := sheet.NewXLSX()
	w.Sheet("岗位", sheet.Column{Title: "岗位名称*"}, sheet.Column{Title: "招聘人数*"})
	w.Row("社区社工", 2)
	w.Sheet("填写示例", make([]sheet.Column, 29)...)
	for row, err := range f.Rows("填写示例") {
		if err != nil {
			t.Fatal(err)
		}
		var values []any
		for _, cell := range row.Cells {
			values = append(values, cell)
		}
		w.Row(values...)
	}
	var content bytes.Buffer
	must[int64](t)(w.WriteTo(&content))
	if got := k.imports(content.Bytes(), Options{}); got.brief() != [6]int{1, 1, 0, 0, 0, 1} || k.drafts()[0].Title != "社区社工" {
		t.Errorf("%+v", got)
	}
}

func TestEveryChoiceOfTheTemplateIsUnderstood(t *testing.T) {
	for _, lang := range i18n.Langs() {
		p := catalog(t).For(lang)
		text := func(key string) string { return p.T(key, nil) }
		for _, k := range position.Kinds() {
			if got, ok := readKind(text("kind." + string(k))); got != k || !ok {
				t.Errorf("%s is read as %s", text("kind."+string(k)), got)
			}
			for _, form := range position.Employments(k) {
				if got, _ := readEmployment(text("employment." + form)); got != form {
					t.Errorf("%s is read as %s", text("employment."+form), got)
				}
			}
		}
		for _, d := range position.Degrees() {
			if got, problem := readDegree(text("degree." + string(d))); got != (wanted{degree: d}) || problem != "" {
				t.Errorf("%s is read as %+v %s", text("degree."+string(d)), got, problem)
			}
		}
		for _, u := range position.Units() {
			if got, problem := readUnit(text("intake.unit." + string(u))); got != u || problem != "" {
				t.Errorf("%s is read as %s", text("intake.unit."+string(u)), got)
			}
		}
		for _, form := range position.TalentForms() {
			if got, problem := readTalentForm(text("talent." + form)); got != form || problem != "" {
				t.Errorf("%s is read as %s", text("talent."+form), got)
			}
		}
		for key, want := range map[string]bool{"intake.yes": true, "intake.no": false} {
			if got, problem := readYes(text(key)); got != want || problem != "" {
				t.Errorf("%s is read as %v", text(key), got)
			}
		}
		for _, c := range templateColumns() {
			choices := ""
			for _, key := range c.choices {
				if choices += text(key); strings.Contains(text(key), ",") || !p.Has(key) {
					t.Errorf("%s cannot stand in a list of Excel: %q", key, text(key))
				}
			}
			field := string(c.field)
			for _, key := range []string{"intake.field." + field, "intake.help." + field, "intake.need." + c.need} {
				if !p.Has(key) {
					t.Errorf("%s: no text for %s", lang, key)
				}
			}
		}
	}
}

func TestFieldsHaveNames(t *testing.T) {
	for _, f := range Fields() {
		if !chinese(t).Has("intake.field." + string(f)) {
			t.Errorf("%s has no name", f)
		}
	}
}
