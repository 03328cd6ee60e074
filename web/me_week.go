package web

import (
	"github.com/gin-gonic/gin"

	"zhigang/internal/calendar"
	"zhigang/internal/errs"
	"zhigang/internal/notify"
	"zhigang/internal/report"
)

// myWeekPage is a person's week: what moved, what they wait for, what closes soon.
type myWeekPage struct {
	Page
	Week       calendar.Week
	Digest     report.Digest
	Prev, Next string // addresses of the weeks around it, "" for none
	Mail       string // where its mail is ended or begun again; "" when the site sends none
}

// showMyWeek shows the week that the address asks for, or else the running one.
func (h *handlers) showMyWeek(c *gin.Context) error {
	running := calendar.WeekOf(h.DB.Clock().Now())
	week := running
	if text := c.Query("week"); text != "" {
		var err error
		if week, err = calendar.ParseWeek(text); err != nil {
			return errs.NotFound("error.not_found")
		}
	}
	digest, err := h.Reports.OfPerson(c.Request.Context(), actor(c), week)
	if errs.Is(err, errs.KindInvalid) { // a week that has not begun, or is before all records
		return errs.NotFound("error.not_found")
	}
	if err != nil {
		return err
	}
	page := &myWeekPage{Page: Page{Title: h.printer(c).T("me.week", nil), Nav: "me"}, Week: week, Digest: digest}
	page.Mail = h.Notices.WeeklyPath(notify.ReportPerson, actor(c).Account)
	page.Prev = "/me/reports?week=" + week.Add(-1).String()
	if week != running {
		page.Next = "/me/reports?week=" + week.Add(1).String()
	}
	return h.show(c, "me/week", page)
}
