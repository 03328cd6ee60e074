package web

import (
	"net/url"
	"slices"

	"zhigang/internal/i18n"
	"zhigang/internal/position"
	"zhigang/internal/report"
)

// figureCell is a number of a report, and where its rows are; a zero has none.
type figureCell struct {
	Value int64
	URL   string
	Label string // of its column, for narrow screens
}

// figureRow is a line of a table of figures.
type figureRow struct {
	Name  string
	URL   string // of a region: its own report
	Unit  string
	Cells []figureCell
}

// figureTable is a table of figures.
type figureTable struct {
	Title   string
	First   string // the heading of the first column
	Columns []string
	Rows    []figureRow
	Rest    []string // regions that have nothing to report
}

// cellURL is the address of the rows behind a number.
func cellURL(week, code string, figure report.Figure, kind position.Kind, part string) string {
	v := url.Values{"region": {code}, "figure": {string(figure)}}
	if kind != "" {
		v.Set("kind", string(kind))
	}
	if part != "" {
		v.Set("part", part)
	}
	return "/bureau/reports/" + week + "/rows?" + v.Encode()
}

// newCell is the number n of report b, under the heading label.
func newCell(b report.Bureau, n int64, label string, f report.Figure, kind position.Kind, part string) figureCell {
	c := figureCell{Value: n, Label: label}
	if n != 0 {
		c.URL = cellURL(b.Week, b.Region.Code, f, kind, part)
	}
	return c
}

// figureGroup is a table of a report.
type figureGroup struct {
	Key     string
	Figures []report.Figure
}

// figureGroups are the tables of a report: what belongs together is read together, and what is no employment stands
// apart.
func figureGroups() []figureGroup {
	return []figureGroup{
		{"posts", []report.Figure{
			report.Posts, report.Headcount, report.Employers, report.PostsNew, report.HeadcountNew, report.Views,
		}},
		{"applications", []report.Figure{
			report.Applications, report.Interviews, report.Offers, report.Answered, report.AnsweredInTime,
			report.AnswersDue, report.AnswersOverdue,
		}},
		{"hires", []report.Figure{
			report.HiresClaimed, report.HiresClaimedConfirmed, report.HiresClaimedDisputed, report.HiresClaimedOpen,
			report.HiresConfirmed, report.HiresDisputed,
		}},
		{"others", []report.Figure{
			report.InternshipsClaimed, report.InternshipsConfirmed, report.InternshipsDisputed,
			report.TalentsClaimed, report.TalentsConfirmed, report.TalentsDisputed,
			report.VolunteersClaimed, report.VolunteersConfirmed, report.VolunteersDisputed,
		}},
		{"orgs", []report.Figure{report.OrgsActive, report.OrgsApproved, report.OrgsNew, report.OrgsRegistered}},
	}
}

// kindsOf lists the kinds of position into which a group of figures is broken down.
func kindsOf(group string) []position.Kind {
	switch group {
	case "posts", "applications":
		return position.Kinds()
	case "hires": // nothing else counts as employment
		return slices.DeleteFunc(position.Kinds(), func(k position.Kind) bool { return !k.Employment() })
	}
	return nil // a figure of the others is of one kind, and organizations have none
}

// kindTables are the figures of a report in groups, each by kind of position where it has kinds.
func kindTables(p i18n.Printer, b report.Bureau) []figureTable {
	var out []figureTable
	for _, group := range figureGroups() {
		t := figureTable{Title: p.T("bureau.report.group."+group.Key, nil), First: p.T("report.column.figure", nil)}
		kinds := kindsOf(group.Key)
		t.Columns = []string{p.T("report.total", nil)}
		for _, k := range kinds {
			t.Columns = append(t.Columns, p.T("kind."+string(k), nil))
		}
		for _, f := range group.Figures {
			d, _ := report.Define(f) // the groups name figures that are defined
			row := figureRow{Name: p.T(d.NameKey(), nil), Unit: p.T(d.UnitKey(), nil)}
			row.Cells = append(row.Cells, newCell(b, b.Figures[f], t.Columns[0], f, "", ""))
			for n, k := range kinds {
				row.Cells = append(row.Cells, newCell(b, b.ByKind[k][f], t.Columns[n+1], f, k, ""))
			}
			t.Rows = append(t.Rows, row)
		}
		out = append(out, t)
	}
	return out
}

// kindTable is a report by kind of position, a line for each kind.
func kindTable(p i18n.Printer, b report.Bureau, figures []report.Figure) figureTable {
	t := figureTable{Title: p.T("bureau.report.by_kind", nil), First: p.T("report.column.kind", nil)}
	t.Columns = figureNames(p, figures)
	for _, k := range position.Kinds() {
		row := figureRow{Name: p.T("kind."+string(k), nil)}
		for n, f := range figures {
			row.Cells = append(row.Cells, newCell(b, b.ByKind[k][f], t.Columns[n], f, k, ""))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func figureNames(p i18n.Printer, figures []report.Figure) []string {
	var out []string
	for _, f := range figures {
		d, _ := report.Define(f) // the callers name figures that are defined
		out = append(out, p.T(d.NameKey(), nil))
	}
	return out
}

// regionFigures are the columns of the table by region.
func regionFigures() []report.Figure {
	return []report.Figure{
		report.Posts, report.Headcount, report.Applications, report.AnswersOverdue, report.HiresClaimed,
		report.HiresClaimedConfirmed, report.HiresClaimedDisputed,
	}
}

// regionTable is a report by the regions directly below; regions without any number are named below it.
func (h *handlers) regionTable(p i18n.Printer, b report.Bureau, figures []report.Figure) figureTable {
	t := figureTable{Title: p.T("bureau.report.by_region", nil), First: p.T("report.column.region", nil)}
	t.Columns = figureNames(p, figures)
	for _, part := range b.ByRegion {
		row := figureRow{Name: part.Region.Name, URL: reportURL(b.Week, part.Region.Code)}
		if part.Own {
			row.Name, row.URL = p.T("report.region.own", map[string]any{"region": part.Region.Name}), ""
		}
		some := false
		for n, f := range figures {
			some = some || part.Figures[f] != 0
			row.Cells = append(row.Cells, newCell(b, part.Figures[f], t.Columns[n], f, "", part.Region.Code))
		}
		if some {
			t.Rows = append(t.Rows, row)
		} else {
			t.Rest = append(t.Rest, row.Name)
		}
	}
	return t
}

// crossView is one figure by region and kind, with the figures that it can show instead.
type crossView struct {
	Tabs  []choice
	Table figureTable
}

// crossFigures are the figures that can be looked at by region and kind.
func crossFigures() []report.Figure {
	return []report.Figure{
		report.Posts, report.Headcount, report.Applications, report.Interviews, report.HiresClaimed,
		report.HiresClaimedConfirmed, report.AnswersOverdue,
	}
}

// cross is the report of a week by the regions directly below and kinds of position: the figure that is asked for, or
// else the first. It is empty for a region that has none below it.
func (h *handlers) cross(p i18n.Printer, b report.Bureau, asked string) crossView {
	figure := crossFigures()[0]
	if slices.Contains(crossFigures(), report.Figure(asked)) {
		figure = report.Figure(asked)
	}
	var v crossView
	for _, f := range crossFigures() {
		d, _ := report.Define(f) // they are defined
		one := choice{URL: reportURL(b.Week, b.Region.Code) + "&by=" + string(f) + "#by", Label: p.T(d.NameKey(), nil), Current: f == figure}
		if one.Current {
			v.Table.Title = p.T("bureau.report.by_both", map[string]any{"figure": one.Label})
		}
		v.Tabs = append(v.Tabs, one)
	}
	v.Table.First = p.T("report.column.region", nil)
	for _, k := range position.Kinds() {
		v.Table.Columns = append(v.Table.Columns, p.T("kind."+string(k), nil))
	}
	for _, part := range b.ByRegion {
		row := figureRow{Name: part.Region.Name, URL: reportURL(b.Week, part.Region.Code)}
		if part.Own {
			row.Name, row.URL = p.T("report.region.own", map[string]any{"region": part.Region.Name}), ""
		}
		some := false
		for n, k := range position.Kinds() {
			value := part.ByKind[k][figure]
			some = some || value != 0
			row.Cells = append(row.Cells, newCell(b, value, v.Table.Columns[n], figure, k, part.Region.Code))
		}
		if some {
			v.Table.Rows = append(v.Table.Rows, row)
		}
	}
	return v
}
