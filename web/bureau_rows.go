package web

import (
	"github.com/gin-gonic/gin"

	"zhigang/internal/db"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/position"
	"zhigang/internal/report"
)

// rowsPage lists the rows behind a number.
type rowsPage struct {
	Page
	List    report.List
	Rows    []rowLine
	Heading string
	Text    string // what the figure counts
	Week    string
	Back    string
	Differs bool
	Stored  int64 // what the stored report says
	Next    string
	Shows   rowColumns
}

// rowLine is a row with its time as pages print it.
type rowLine struct {
	report.Row
	Moment db.Time
}

// rowColumns says which columns the rows have anything for.
type rowColumns struct {
	Position, Person, At bool
	Amount               string // the key of what is counted beside the row itself; "" for nothing
}

func (h *handlers) showRows(c *gin.Context) error {
	p := h.printer(c)
	week, err := askedWeek(c)
	if err != nil {
		return err
	}
	code, err := h.askedRegion(c)
	if err != nil {
		return err
	}
	cell := report.Cell{
		Region: code, Week: week, Figure: report.Figure(c.Query("figure")), Kind: position.Kind(c.Query("kind")),
		Child: c.Query("part"),
	}
	after, _ := id.Parse(c.Query("after")) // a broken link begins at the beginning
	list, err := h.Reports.Rows(c.Request.Context(), desk(c), cell, after, deskSize)
	if err != nil {
		return weekErr(err)
	}
	d := list.Definition
	page := &rowsPage{
		Page: h.deskPage(c, "reports", p.T(d.NameKey(), nil)), List: list, Text: p.T(d.TextKey(), nil),
		Back: reportURL(week.String(), code), Week: report.Span{Week: week.String()}.WeekText(p),
	}
	if list.Reported != nil {
		page.Stored, page.Differs = *list.Reported, *list.Reported != list.Total
	}
	page.Heading = h.rowsHeading(p, list)
	page.Rows, page.Shows = rowLines(cell.Figure, list.Rows)
	if list.Next != 0 {
		page.Next = cellURL(week.String(), code, cell.Figure, cell.Kind, cell.Child) + "&after=" + list.Next.String()
	}
	return h.show(c, "bureau/rows", page)
}

// rowLines returns rows as pages print them, and the columns that they fill.
func rowLines(figure report.Figure, rows []report.Row) (lines []rowLine, shows rowColumns) {
	for _, r := range rows {
		lines = append(lines, rowLine{r, db.At(r.At)})
		shows.Position = shows.Position || r.Position.ID != 0
		shows.Person = shows.Person || r.Person != ""
		shows.At = shows.At || !r.At.IsZero()
		if r.Amount != 1 {
			shows.Amount = "field.headcount"
		}
	}
	if shows.Amount != "" && figure == report.Views {
		shows.Amount = "report.figure.views"
	}
	return lines, shows
}

// rowsHeading names the number: 大石街道 · 全职 · 在招岗位 12 个.
func (h *handlers) rowsHeading(p i18n.Printer, l report.List) string {
	place := h.Tree.Name(l.Cell.Region)
	switch {
	case l.Cell.Child == l.Cell.Region:
		place = p.T("report.region.own", map[string]any{"region": place})
	case l.Cell.Child != "":
		place = h.Tree.Name(l.Cell.Child)
	}
	kind := ""
	if l.Cell.Kind != "" {
		kind = p.T("kind."+string(l.Cell.Kind), nil) + " · "
	}
	return p.T("bureau.rows.heading", map[string]any{
		"region": place, "kind": kind, "figure": p.T(l.Definition.NameKey(), nil), "value": number(l.Total),
		"unit": p.T(l.Definition.UnitKey(), nil),
	})
}
