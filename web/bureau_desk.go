package web

import (
	"strconv"

	"github.com/gin-gonic/gin"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/i18n"
	"zhigang/internal/report"
)

// deskHome is where the bureau's day begins: what is to be done, and then how the week stands.
type deskHome struct {
	Page
	Tasks    []deskTask
	Total    int
	Week     string
	MadeAt   db.Time
	Sentence string
	Numbers  []deskNumber
	Regions  figureTable
	Kinds    figureTable
	Trend    trendView
	Report   string
	LastWeek string
	XLSX     string
	JSON     string
	Admin    bool
}

// deskTask is one line of what is to be done.
type deskTask struct {
	report.ToDo
	Name   string
	URL    string
	Link   string
	Oldest db.Time
	Term   term
}

// deskNumber is one of the four numbers of the week, with what it means.
type deskNumber struct {
	Name  string
	Cell  figureCell
	Notes []string
	Text  string
}

// deskLinks says where each task is done.
func deskLinks() map[report.Task]string {
	return map[report.Task]string{
		report.ReviewPositions: "/bureau/positions", report.ReviewOrgs: "/bureau/orgs",
		report.SettleDisputes: "/bureau/placements", report.UrgeAnswers: "/bureau/overdue",
	}
}

func (h *handlers) showDesk(c *gin.Context) error {
	ctx, who, p := c.Request.Context(), desk(c), h.printer(c)
	page := &deskHome{Page: h.deskPage(c, "bureau", p.T("menu.bureau.queue", nil))}
	page.Admin = who.InBureau(auth.Administrator)
	tasks, err := h.Reports.Queue(ctx, who)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		page.Total += t.Count
		page.Tasks = append(page.Tasks, deskTask{
			ToDo: t, Name: p.T(t.Task.NameKey(), nil), URL: deskLinks()[t.Task],
			Link: p.T("bureau.task."+string(t.Task), nil), Oldest: db.At(t.Oldest), Term: newTerm(t),
		})
	}
	week := calendar.WeekOf(h.DB.Clock().Now())
	b, err := h.Reports.Weekly(ctx, who, who.Bureau.Region, week)
	if err != nil {
		return err
	}
	if page.Trend, err = h.trend(c, who.Bureau.Region, week); err != nil {
		return err
	}
	page.Week = p.T("bureau.week", map[string]any{"year": week.Year, "week": week.Number})
	page.MadeAt, page.Sentence = db.At(b.MadeAt), ofLang(p, b.Sentence)
	page.Numbers = deskNumbers(p, b, page.Trend)
	page.Regions = h.regionTable(p, b, []report.Figure{
		report.Posts, report.Headcount, report.Applications, report.HiresClaimed, report.HiresClaimedConfirmed,
	})
	page.Kinds = kindTable(p, b, []report.Figure{
		report.Posts, report.Headcount, report.Applications, report.Interviews, report.AnswersOverdue,
	})
	page.Report, page.LastWeek = reportURL(b.Week, b.Region.Code), reportURL(week.Add(-1).String(), b.Region.Code)
	page.XLSX, page.JSON = fileURL(b.Week, b.Region.Code, "xlsx"), fileURL(b.Week, b.Region.Code, "json")
	return h.show(c, "bureau/desk", page)
}

// deskNumbers are the four numbers of the running week. Each says what it is made of: no number stands without its
// whole.
func deskNumbers(p i18n.Printer, b report.Bureau, trend trendView) []deskNumber {
	f := b.Figures
	one := func(figure report.Figure, notes ...string) deskNumber {
		d, _ := report.Define(figure) // the figures below are defined
		return deskNumber{
			Name: p.T(d.NameKey(), nil), Text: p.T(d.TextKey(), nil), Notes: notes,
			Cell: newCell(b, f[figure], "", figure, "", ""),
		}
	}
	numbers := []deskNumber{
		one(report.Posts, p.T("bureau.number.headcount", map[string]any{
			"value": number(f[report.Headcount]),
		}), change(p, trend)),
		one(report.Applications, answers(p, f)),
		one(report.HiresClaimedConfirmed, p.T("bureau.number.claims", map[string]any{
			"claimed": number(f[report.HiresClaimed]), "open": number(f[report.HiresClaimedOpen]),
			"disputed": number(f[report.HiresClaimedDisputed]),
		})),
		one(report.OrgsActive, p.T("bureau.number.orgs", map[string]any{
			"approved": number(f[report.OrgsApproved]), "new": number(f[report.OrgsNew]),
		})),
	}
	numbers[2].Name = p.T("bureau.number.confirmed", nil) // "of these" says nothing where it stands alone
	return numbers
}

// change compares the posts on show with those at the end of the last week.
func change(p i18n.Printer, trend trendView) string {
	if len(trend.Points) < 2 {
		return ""
	}
	now, before := trend.Points[len(trend.Points)-1].Posts, trend.Points[len(trend.Points)-2].Posts
	switch n := now - before; {
	case n > 0:
		return p.T("bureau.number.more", map[string]any{"value": number(n)})
	case n < 0:
		return p.T("bureau.number.less", map[string]any{"value": number(-n)})
	}
	return p.T("bureau.number.same", nil)
}

// answers says how many of the first answers of the week came in time.
func answers(p i18n.Printer, f report.Figures) string {
	all, good := f[report.Answered], f[report.AnsweredInTime]
	if all == 0 {
		return p.T("bureau.number.no_answers", nil)
	}
	return p.T("bureau.number.answers", map[string]any{
		"answered": number(all), "good": number(good), "percent": strconv.FormatInt(good*100/all, 10),
	})
}
