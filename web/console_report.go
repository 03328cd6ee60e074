package web

import (
	"bytes"
	"net/url"

	"github.com/gin-gonic/gin"

	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/report"
	"zhigang/internal/sheet"
)

// ownReportsPage lists the weekly reports of an organization.
type ownReportsPage struct {
	consolePage
	Weeks []weekLine
}

// weekLine is one week in the list.
type weekLine struct {
	URL         string
	Week        calendar.Week
	First, Last calendar.Day
	Running     bool
}

// maxWeeks is how far the list goes back at most.
const maxWeeks = 26

func (h *handlers) listOwnReports(c *gin.Context) error {
	base, err := h.console(c, "reports", h.printer(c).T("console.reports.title", nil))
	if err != nil {
		return err
	}
	page := &ownReportsPage{consolePage: base}
	now, since := h.DB.Clock().Now(), calendar.WeekOf(base.Org.CreatedAt.Time)
	for n := range maxWeeks {
		w := calendar.WeekOf(now).Add(-n)
		if w.Start().Before(since.Start()) {
			break
		}
		page.Weeks = append(page.Weeks, weekLine{base.Path("/reports/" + w.String()), w, w.First(), w.Last(), n == 0})
	}
	return h.show(c, "console/reports", page)
}

// ownReportPage is one weekly report of an organization.
type ownReportPage struct {
	consolePage
	Report      report.Org
	Week        calendar.Week
	First, Last calendar.Day
	MadeAt      db.Time
	Tables      []figureTable
	Posts       figureTable
	Definitions []report.Definition
	Prev, Next  string
}

func (h *handlers) showOwnReport(c *gin.Context) error {
	p := h.printer(c)
	week, err := askedWeek(c)
	if err != nil {
		return err
	}
	title := p.T("console.report.title", map[string]any{"year": week.Year, "week": week.Number})
	base, err := h.console(c, "reports", title)
	if err != nil {
		return err
	}
	r, err := h.Reports.OfOrg(c.Request.Context(), actor(c), base.Org.ID, week)
	if err != nil {
		return weekErr(err)
	}
	page := &ownReportPage{
		consolePage: base, Report: r, Week: week, First: week.First(), Last: week.Last(), MadeAt: db.At(r.MadeAt),
		Prev: base.Path("/reports/" + week.Add(-1).String()),
	}
	if !r.Running {
		page.Next = base.Path("/reports/" + week.Add(1).String())
	}
	page.figures(p.T)
	page.posts(p.T)
	return h.show(c, "console/report", page)
}

// rowsURL is the address of the rows behind a number; of all posts when post is 0.
func (p *ownReportPage) rowsURL(f report.Figure, post id.ID) string {
	v := url.Values{"figure": {string(f)}}
	if post != 0 {
		v.Set("position", post.String())
	}
	return p.Path("/reports/" + p.Week.String() + "/rows?" + v.Encode())
}

// figures makes the tables of totals; each number leads to its rows.
func (p *ownReportPage) figures(t func(string, map[string]any) string) {
	for _, group := range figureGroups() {
		table := figureTable{
			Title: t("bureau.report.group."+group.Key, nil), First: t("report.column.figure", nil),
			Columns: []string{t("report.total", nil)},
		}
		for _, f := range group.Figures {
			n, known := p.Report.Figures[f]
			if !known { // it is not about single posts
				continue
			}
			d, _ := report.Define(f) // figures of the report
			cell := figureCell{Value: n, Label: table.Columns[0]}
			if n != 0 {
				cell.URL = p.rowsURL(f, 0)
			}
			row := figureRow{Name: t(d.NameKey(), nil), Unit: t(d.UnitKey(), nil), Cells: []figureCell{cell}}
			table.Rows = append(table.Rows, row)
			p.Definitions = append(p.Definitions, d)
		}
		if len(table.Rows) > 0 {
			p.Tables = append(p.Tables, table)
		}
	}
}

// ownFigures are the columns of the table of posts.
func ownFigures() []report.Figure {
	return []report.Figure{
		report.Views, report.Applications, report.AnswersDue, report.AnswersOverdue, report.Interviews, report.HiresClaimed,
		report.HiresConfirmed,
	}
}

// posts makes the table of posts.
func (p *ownReportPage) posts(t func(string, map[string]any) string) {
	p.Posts = figureTable{Title: t("console.report.posts", nil), First: t("field.title", nil)}
	for _, f := range ownFigures() {
		d, _ := report.Define(f) // figures of the report
		p.Posts.Columns = append(p.Posts.Columns, t(d.NameKey(), nil))
	}
	for _, post := range p.Report.Positions {
		row := figureRow{Name: post.Title, URL: p.Path("/positions/" + post.ID.String())}
		for n, f := range ownFigures() {
			cell := figureCell{Value: post.Figures[f], Label: p.Posts.Columns[n]}
			if cell.Value != 0 {
				cell.URL = p.rowsURL(f, post.ID)
			}
			row.Cells = append(row.Cells, cell)
		}
		p.Posts.Rows = append(p.Posts.Rows, row)
	}
}

// ownRowsPage lists the rows behind a number of an organization's report.
type ownRowsPage struct {
	consolePage
	List    report.List
	Rows    []rowLine
	Text    string // what the figure counts
	Week    string
	Back    string
	Differs bool
	Stored  int64 // what the stored report says
	Next    string
	Shows   rowColumns
}

func (h *handlers) showOwnRows(c *gin.Context) error {
	p := h.printer(c)
	week, err := askedWeek(c)
	if err != nil {
		return err
	}
	base, err := h.console(c, "reports", p.T("console.reports.title", nil))
	if err != nil {
		return err
	}
	cell := report.OwnCell{Org: base.Org.ID, Week: week, Figure: report.Figure(c.Query("figure"))}
	if text := c.Query("position"); text != "" {
		if cell.Position, err = id.Parse(text); err != nil {
			return errs.NotFound("error.not_found")
		}
	}
	after, _ := id.Parse(c.Query("after")) // a broken link begins at the beginning
	list, err := h.Reports.OwnRows(c.Request.Context(), actor(c), cell, after, deskSize)
	if err != nil {
		return weekErr(err)
	}
	d := list.Definition
	page := &ownRowsPage{
		consolePage: base, List: list, Text: p.T(d.TextKey(), nil), Back: base.Path("/reports/" + week.String()),
		Week: report.Span{Week: week.String()}.WeekText(p),
	}
	page.Title = p.T("console.rows.heading", map[string]any{
		"figure": p.T(d.NameKey(), nil), "value": number(list.Total), "unit": p.T(d.UnitKey(), nil),
	})
	if list.Reported != nil {
		page.Stored, page.Differs = *list.Reported, *list.Reported != list.Total
	}
	page.Rows, page.Shows = rowLines(cell.Figure, list.Rows)
	if list.Next != 0 {
		page.Next = (&ownReportPage{consolePage: base, Week: week}).rowsURL(cell.Figure, cell.Position) + "&after=" + list.Next.String()
	}
	return h.show(c, "console/rows", page)
}

// downloadOwnReport sends a weekly report of the organization as a workbook.
func (h *handlers) downloadOwnReport(c *gin.Context) error {
	owner, err := pathID(c, "org")
	if err != nil {
		return err
	}
	week, err := askedWeek(c)
	if err != nil {
		return err
	}
	r, err := h.Reports.OfOrg(c.Request.Context(), actor(c), owner, week)
	if err != nil {
		return weekErr(err)
	}
	var out bytes.Buffer
	if _, err := ownReportSheet(h.printer(c), r).WriteTo(&out); err != nil {
		return err
	}
	name := h.printer(c).T("console.report.file", map[string]any{"org": r.Org.Name, "week": week.String()})
	return sendXLSX(c, name, out.Bytes())
}

// ownReportSheet writes a report: the totals with their definitions, and the posts.
func ownReportSheet(p i18n.Printer, r report.Org) *sheet.XLSX {
	w := sheet.NewXLSX()
	w.Sheet(r.Week,
		sheet.Column{Title: p.T("report.column.figure", nil), Width: 24},
		sheet.Column{Title: p.T("report.total", nil), Width: 10, Format: sheet.Whole},
		sheet.Column{Title: p.T("console.report.unit", nil), Width: 8},
		sheet.Column{Title: p.T("bureau.definition", nil), Width: 80})
	for _, d := range report.All() {
		if n, known := r.Figures[d.Figure]; known {
			w.Row(p.T(d.NameKey(), nil), n, p.T(d.UnitKey(), nil), p.T(d.TextKey(), nil))
		}
	}
	columns := []sheet.Column{{Title: p.T("field.title", nil), Width: 30}, {Title: p.T("field.kind", nil), Width: 12}}
	for _, f := range ownFigures() {
		d, _ := report.Define(f) // figures of the report
		columns = append(columns, sheet.Column{Title: p.T(d.NameKey(), nil), Format: sheet.Whole})
	}
	w.Sheet(p.T("console.report.posts", nil), columns...)
	for _, post := range r.Positions {
		row := []any{post.Title, p.T("kind."+string(post.Kind), nil)}
		for _, f := range ownFigures() {
			row = append(row, post.Figures[f])
		}
		w.Row(row...)
	}
	return w
}
