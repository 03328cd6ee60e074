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
	"zhigang/internal/report"
)

// reportURL is the address of the report of a week and region.
func reportURL(week, code string) string {
	return "/bureau/reports/" + week + "?" + url.Values{"region": {code}}.Encode()
}

// askedRegion reads the region that a report is asked for; without one it is the bureau's own. NotFound beyond it.
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
	URL, XLSX   string
	Week        string
	First, Last calendar.Day
	Sentence    string
	Running     bool
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
		Page: h.deskPage(c, "reports", p.T("bureau.reports", nil)), Region: h.Tree.Name(code),
		Up: h.aboveRegion(c, code, ""), Form: Form{Values: url.Values{}},
	}
	if asked := c.Query("week"); asked != "" {
		week, err := calendar.ParseWeek(asked)
		if err == nil && !week.Start().After(h.DB.Clock().Now()) {
			return redirect(c, reportURL(week.String(), code))
		}
		complaint := errs.Fields{"week": {Key: "bureau.report.week.form"}}
		page.Form = Form{Values: url.Values{"week": {asked}}}.with(complaint.Err())
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

// reportLines lists the weeks of a region, the running one first; weeks before there was anything to report are left
// out.
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
			URL: reportURL(b.Week, code), XLSX: fileURL(b.Week, code, "xlsx"),
			Week: weekTitle(p, one.Week), First: one.Week.First(), Last: one.Week.Last(), Sentence: ofLang(p, b.Sentence), Running: b.Running,
		})
	}
	return lines, nil
}

func weekTitle(p i18n.Printer, w calendar.Week) string {
	return p.T("console.report.title", map[string]any{"year": w.Year, "week": w.Number})
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
	First, Last calendar.Day
	Sentence    string
	Up          []link
	Tables      []figureTable
	Regions     figureTable
	Cross       crossView
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
		Page: h.deskPage(c, "reports", heading+" "+b.Week), Report: b, MadeAt: db.At(b.MadeAt), Heading: heading,
		Week: weekTitle(p, week), First: week.First(), Last: week.Last(), Sentence: ofLang(p, b.Sentence), Up: h.aboveRegion(c, code, b.Week),
		Tables: kindTables(p, b), Regions: h.regionTable(p, b, regionFigures()), Cross: h.cross(p, b, c.Query("by")),
		XLSX: fileURL(b.Week, code, "xlsx"), JSON: fileURL(b.Week, code, "json"),
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

// weekErr turns the complaint that a week has not begun, or lies before all records, into a page that does not exist:
// the week stands in the address, not in a form.
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
	back := last.First().Until(calendar.WeekOf(h.DB.Clock().Now()).First()) / 7
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
			Week:    p.T("bureau.trend.week", map[string]any{"week": one.Week.Number}),
			URL:     reportURL(one.Week.String(), code),
			Running: one.Running, Posts: one.Figures[report.Posts], Claimed: one.Figures[report.HiresClaimed],
			Sure: one.Figures[report.HiresClaimedConfirmed],
		}
		view.Points = append(view.Points, t)
		drawn.Labels = append(drawn.Labels, t.Week)
		drawn.Series[0].Values = append(drawn.Series[0].Values, t.Claimed)
		drawn.Series[1].Values = append(drawn.Series[1].Values, t.Sure)
	}
	view.Chart, err = drawn.Bars()
	return view, err
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
