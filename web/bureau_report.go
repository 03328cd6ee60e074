package web

import (
	"bytes"
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"slices"

	"github.com/gin-gonic/gin"

	"zhigang/internal/calendar"
	"zhigang/internal/chart"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
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

func newCell(n int64, label, week, code string, figure report.Figure, kind position.Kind, part string) figureCell {
	c := figureCell{Value: n, Label: label}
	if n != 0 {
		c.URL = cellURL(week, code, figure, kind, part)
	}
	return c
}

// figureGroups are the tables of a report: what belongs together is read together, and what is no employment stands apart.
func figureGroups() []struct {
	Key     string
	Figures []report.Figure
} {
	return []struct {
		Key     string
		Figures []report.Figure
	}{
		{"posts", []report.Figure{
			report.Posts, report.Headcount, report.Employers, report.PostsNew, report.HeadcountNew, report.Views,
		}},
		{"applications", []report.Figure{
			report.Applications, report.Interviews, report.Offers, report.Answered, report.AnsweredInTime, report.AnswersDue,
			report.AnswersOverdue,
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
			row.Cells = append(row.Cells, newCell(b.Figures[f], t.Columns[0], b.Week, b.Region.Code, f, "", ""))
			for n, k := range kinds {
				row.Cells = append(row.Cells, newCell(b.ByKind[k][f], t.Columns[n+1], b.Week, b.Region.Code, f, k, ""))
			}
			t.Rows = append(t.Rows, row)
		}
		out = append(out, t)
	}
	return out
}

// kindTable is a report by kind of position, a line for each kind.
func kindTable(p i18n.Printer, b report.Bureau, figures []report.Figure) figureTable {
	t := figureTable{Title: p.T("bureau.report.by_kind", nil), First: p.T("report.column.kind", nil), Columns: figureNames(p, figures)}
	for _, k := range position.Kinds() {
		row := figureRow{Name: p.T("kind."+string(k), nil)}
		for n, f := range figures {
			row.Cells = append(row.Cells, newCell(b.ByKind[k][f], t.Columns[n], b.Week, b.Region.Code, f, k, ""))
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
		report.Posts, report.Headcount, report.Applications, report.AnswersOverdue, report.HiresClaimed, report.HiresClaimedConfirmed,
		report.HiresClaimedDisputed,
	}
}

// regionTable is a report by the regions directly below; regions without any number are named below it.
func (h *handlers) regionTable(p i18n.Printer, b report.Bureau, figures []report.Figure) figureTable {
	t := figureTable{Title: p.T("bureau.report.by_region", nil), First: p.T("report.column.region", nil), Columns: figureNames(p, figures)}
	for _, part := range b.ByRegion {
		row := figureRow{Name: part.Region.Name, URL: reportURL(b.Week, part.Region.Code)}
		if part.Own {
			row.Name, row.URL = p.T("report.region.own", map[string]any{"region": part.Region.Name}), ""
		}
		some := false
		for n, f := range figures {
			some = some || part.Figures[f] != 0
			row.Cells = append(row.Cells, newCell(part.Figures[f], t.Columns[n], b.Week, b.Region.Code, f, "", part.Region.Code))
		}
		if some {
			t.Rows = append(t.Rows, row)
		} else {
			t.Rest = append(t.Rest, row.Name)
		}
	}
	return t
}

// reportURL is the address of the report of a week and region.
func reportURL(week, code string) string {
	return "/bureau/reports/" + week + "?" + url.Values{"region": {code}}.Encode()
}

// asked reads the region that a report is asked for; without one it is the bureau's own. NotFound beyond it.
func (h *handlers) askedRegion(c *gin.Context) (string, error) {
	code := c.Query("region")
	if code == "" {
		return desk(c).Bureau.Region, nil
	}
	if place, _ := h.Tree.Get(code); place.Paper || !h.inBureau(c, code) {
		return "", errs.NotFound("error.not_found")
	}
	return code, nil
}

// askedWeek reads the week from the path.
func askedWeek(c *gin.Context) (calendar.Week, error) {
	week, err := calendar.ParseWeek(c.Param("week"))
	if err != nil {
		return week, errs.NotFound("error.not_found")
	}
	return week, nil
}

// ofLang returns the sentence in the reader's language.
func ofLang(p i18n.Printer, s report.Sentence) string {
	if p.Lang == i18n.En {
		return s.En
	}
	return s.Zh
}

// reportsPage lists the reports of the last weeks.
type reportsPage struct {
	Page
	Region string
	Up     []link // the regions above, down to this one
	Form   Form
	Weeks  []reportLine
}

// reportLine is one week in the list.
type reportLine struct {
	URL, XLSX string
	Week      string
	Sentence  string
	Running   bool
	MadeAt    db.Time
}

// listedWeeks is how many weeks the list of reports goes back.
const listedWeeks = 12

func (h *handlers) listReports(c *gin.Context) error {
	p := h.printer(c)
	code, err := h.askedRegion(c)
	if err != nil {
		return err
	}
	page := &reportsPage{
		Page: h.deskPage(c, "reports", p.T("bureau.reports", nil)), Region: h.Tree.Name(code), Up: h.aboveRegion(c, code, ""),
		Form: Form{Values: url.Values{}},
	}
	if asked := c.Query("week"); asked != "" {
		week, err := calendar.ParseWeek(asked)
		if err == nil && !week.Start().After(h.DB.Clock().Now()) {
			return redirect(c, reportURL(week.String(), code))
		}
		page.Form = Form{Values: url.Values{"week": {asked}}}.with(errs.Fields{"week": {Key: "bureau.report.week.form"}}.Err())
	}
	if page.Weeks, err = h.reportLines(c, code); err != nil {
		return err
	}
	status := http.StatusOK
	if len(page.Form.Errors) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return h.page(c, status, "bureau/reports", page)
}

// reportLines lists the weeks of a region, the running one first; weeks before there was anything to report are left out.
func (h *handlers) reportLines(c *gin.Context, code string) ([]reportLine, error) {
	ctx, p := c.Request.Context(), h.printer(c)
	points, err := h.Reports.Trend(ctx, desk(c), code, listedWeeks)
	if err != nil {
		return nil, err
	}
	first := slices.IndexFunc(points, func(one report.Point) bool {
		for _, n := range one.Figures {
			if n != 0 {
				return true
			}
		}
		return one.Running
	})
	var lines []reportLine
	for _, one := range slices.Backward(points[max(0, first):]) {
		b, err := h.Reports.Weekly(ctx, desk(c), code, one.Week)
		if err != nil {
			return nil, err
		}
		lines = append(lines, reportLine{
			URL: reportURL(b.Week, code), XLSX: fileURL(b.Week, code, "xlsx"), Week: b.WeekText(p), Sentence: ofLang(p, b.Sentence),
			Running: b.Running, MadeAt: db.At(b.MadeAt),
		})
	}
	return lines, nil
}

// fileURL is the address of a report as a file.
func fileURL(week, code, format string) string {
	return "/bureau/reports/" + week + "/file?" + url.Values{"format": {format}, "region": {code}}.Encode()
}

// aboveRegion leads from the bureau's own region down to code: to the list of reports, or to that of a week.
func (h *handlers) aboveRegion(c *gin.Context, code, week string) []link {
	var out []link
	for _, one := range h.Tree.Path(code) {
		if !h.inBureau(c, one) {
			continue
		}
		to := "/bureau/reports?" + url.Values{"region": {one}}.Encode()
		if week != "" {
			to = reportURL(week, one)
		}
		out = append(out, link{to, h.Tree.Name(one)})
	}
	return out
}

// weeklyPage is the report of a week as it is published and printed.
type weeklyPage struct {
	Page
	Report      report.Bureau
	MadeAt      db.Time
	Heading     string
	Week        string
	Sentence    string
	Up          []link
	Tables      []figureTable
	Regions     figureTable
	Trend       trendView
	Definitions []definition
	XLSX, JSON  string
	Prev, Next  string
}

// definition says what a figure counts.
type definition struct{ Name, Text string }

func (h *handlers) showWeekly(c *gin.Context) error {
	ctx, p := c.Request.Context(), h.printer(c)
	week, err := askedWeek(c)
	if err != nil {
		return err
	}
	code, err := h.askedRegion(c)
	if err != nil {
		return err
	}
	b, err := h.Reports.Weekly(ctx, desk(c), code, week)
	if err != nil {
		return weekErr(err)
	}
	heading := p.T("report.title", map[string]any{"region": b.Region.Name})
	page := &weeklyPage{
		Page: h.deskPage(c, "reports", heading+" "+b.Week), Report: b, MadeAt: db.At(b.MadeAt), Heading: heading, Week: b.WeekText(p),
		Sentence: ofLang(p, b.Sentence), Up: h.aboveRegion(c, code, b.Week), Tables: kindTables(p, b),
		Regions: h.regionTable(p, b, regionFigures()), XLSX: fileURL(b.Week, code, "xlsx"), JSON: fileURL(b.Week, code, "json"),
		Prev: reportURL(week.Add(-1).String(), code),
	}
	if !b.Running {
		page.Next = reportURL(week.Add(1).String(), code)
	}
	for _, d := range report.All() {
		page.Definitions = append(page.Definitions, definition{p.T(d.NameKey(), nil), p.T(d.TextKey(), nil)})
	}
	if page.Trend, err = h.trend(c, code, week); err != nil {
		return err
	}
	return h.show(c, "bureau/report", page)
}

// weekErr turns the complaint that a week has not begun, or lies before all records, into a page that does not exist: the
// week stands in the address, not in a form.
func weekErr(err error) error {
	if f, ok := errs.FieldsOf(err)["week"]; ok {
		return &errs.Error{Kind: errs.KindNotFound, Key: f.Key, Params: f.Params}
	}
	return err
}

// trendView is a chart and the table beside it, which says the same in numbers.
type trendView struct {
	Chart  template.HTML
	Points []trendPoint
}

type trendPoint struct {
	Week    string
	URL     string
	Running bool
	Posts   int64
	Claimed int64
	Sure    int64
}

// trendWeeks is how many weeks a trend shows.
const trendWeeks = 8

// trend draws the weeks up to last. It is empty for weeks that lie more than a year back.
func (h *handlers) trend(c *gin.Context, code string, last calendar.Week) (trendView, error) {
	p := h.printer(c)
	back := int(calendar.WeekOf(h.DB.Clock().Now()).Start().Sub(last.Start()) / (7 * 24 * 60 * 60 * 1e9))
	if back+trendWeeks > 53 {
		return trendView{}, nil
	}
	points, err := h.Reports.Trend(c.Request.Context(), desk(c), code, back+trendWeeks)
	if err != nil {
		return trendView{}, err
	}
	var view trendView
	drawn := chart.Chart{
		ID: "trend", Title: p.T("bureau.trend", map[string]any{"n": trendWeeks}),
		Series: []chart.Series{{Name: p.T("bureau.trend.claimed", nil)}, {Name: p.T("bureau.trend.confirmed", nil)}},
	}
	for _, one := range points[:len(points)-back] {
		t := trendPoint{
			Week: p.T("bureau.trend.week", map[string]any{"week": one.Week.Number}), URL: reportURL(one.Week.String(), code), Running: one.Running,
			Posts: one.Figures[report.Posts], Claimed: one.Figures[report.HiresClaimed], Sure: one.Figures[report.HiresClaimedConfirmed],
		}
		view.Points = append(view.Points, t)
		drawn.Labels = append(drawn.Labels, t.Week)
		drawn.Series[0].Values = append(drawn.Series[0].Values, t.Claimed)
		drawn.Series[1].Values = append(drawn.Series[1].Values, t.Sure)
	}
	view.Chart, err = drawn.Bars()
	return view, err
}

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
type rowColumns struct{ Position, Person, Amount, At bool }

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
		Region: code, Week: week, Figure: report.Figure(c.Query("figure")), Kind: position.Kind(c.Query("kind")), Child: c.Query("part"),
	}
	after, _ := id.Parse(c.Query("after")) // a broken link begins at the beginning
	list, err := h.Reports.Rows(c.Request.Context(), desk(c), cell, after, deskSize)
	if err != nil {
		return weekErr(err)
	}
	d := list.Definition
	page := &rowsPage{
		Page: h.deskPage(c, "reports", p.T(d.NameKey(), nil)), List: list, Text: p.T(d.TextKey(), nil), Back: reportURL(week.String(), code),
		Week: p.T("report.week", map[string]any{"year": week.Year, "week": week.Number, "first": week.First(), "last": week.Last()}),
	}
	if list.Reported != nil {
		page.Stored, page.Differs = *list.Reported, *list.Reported != list.Total
	}
	page.Heading = h.rowsHeading(p, list)
	for _, r := range list.Rows {
		page.Rows = append(page.Rows, rowLine{r, db.At(r.At)})
		page.Shows.Position = page.Shows.Position || r.Position.ID != 0
		page.Shows.Person = page.Shows.Person || r.Person != ""
		page.Shows.Amount = page.Shows.Amount || r.Amount != 1
		page.Shows.At = page.Shows.At || !r.At.IsZero()
	}
	if list.Next != 0 {
		page.Next = cellURL(week.String(), code, cell.Figure, cell.Kind, cell.Child) + "&after=" + list.Next.String()
	}
	return h.show(c, "bureau/rows", page)
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
		"region": place, "kind": kind, "figure": p.T(l.Definition.NameKey(), nil), "value": number(l.Total), "unit": p.T(l.Definition.UnitKey(), nil),
	})
}

// downloadReport sends a report as a workbook or as JSON.
func (h *handlers) downloadReport(c *gin.Context) error {
	p := h.printer(c)
	week, err := askedWeek(c)
	if err != nil {
		return err
	}
	code, err := h.askedRegion(c)
	if err != nil {
		return err
	}
	b, err := h.Reports.Weekly(c.Request.Context(), desk(c), code, week)
	if err != nil {
		return weekErr(err)
	}
	var out bytes.Buffer
	name, media := b.FileName(p), ""
	switch c.Query("format") {
	case "xlsx":
		name, media = name+".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
		err = b.XLSX(&out, p)
	case "json":
		name, media = name+".json", "application/json; charset=utf-8"
		enc := json.NewEncoder(&out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		err = enc.Encode(b)
	default:
		return errs.NotFound("error.not_found")
	}
	if err != nil {
		return err
	}
	c.Header("Content-Disposition", `attachment; filename*=UTF-8''`+url.PathEscape(name))
	c.Data(http.StatusOK, media, out.Bytes())
	return nil
}
