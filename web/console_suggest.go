package web

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"zhigang/internal/calendar"
	"zhigang/internal/errs"
	"zhigang/internal/i18n"
	"zhigang/internal/position"
	"zhigang/internal/suggest"
)

// candidatesPage shows who suits a post, without names, and whom the organization asked.
type candidatesPage struct {
	consolePage
	Post    position.Position
	Open    bool
	Items   []suggestedLine
	Asks    []askLine
	Refused *FieldError
}

// suggestedLine is somebody who agreed to be found.
type suggestedLine struct {
	suggest.Candidate
	Title string // in place of a name
	Facts []factLine
	Lines []fitLine
}

// askLine is somebody who was asked.
type askLine struct {
	suggest.OrgAsk
	On calendar.Day
}

func (h *handlers) showCandidates(c *gin.Context) error {
	return h.candidatesPage(c, http.StatusOK, nil)
}

func (h *handlers) candidatesPage(c *gin.Context, status int, refused error) error {
	p := h.printer(c)
	post, err := h.ownPosition(c)
	if err != nil {
		return err
	}
	base, err := h.console(c, "positions", p.T("candidates.title", nil))
	if err != nil {
		return err
	}
	page := &candidatesPage{consolePage: base, Post: post, Open: post.OpenOn(h.today())}
	if said, ok := conflict(refused); ok {
		page.Refused = &said
	}
	ctx, who := c.Request.Context(), actor(c)
	all, err := h.Suggestions.Candidates(ctx, who, post.OrgID, post.ID)
	if err != nil {
		return err
	}
	for n, one := range all {
		page.Items = append(page.Items, h.suggestedLine(p, n, one))
	}
	asks, err := h.Suggestions.AsksOfPost(ctx, who, post.OrgID, post.ID)
	if err != nil {
		return err
	}
	for _, a := range asks {
		page.Asks = append(page.Asks, askLine{a, calendar.DayOf(a.At.Time)})
	}
	return h.page(c, status, "console/candidates", page)
}

func (h *handlers) suggestedLine(p i18n.Printer, n int, one suggest.Candidate) suggestedLine {
	line := suggestedLine{Candidate: one, Title: p.T("candidates.one", map[string]any{"n": n + 1})}
	fact := func(label, value string) {
		if value != "" {
			line.Facts = append(line.Facts, factLine{Label: label, Value: value})
		}
	}
	who := one.Profile
	if who.Degree != "" {
		fact("field.degree", p.T("degree."+who.Degree, nil))
	}
	fact("field.major", who.Major)
	fact("field.skills", joinList(p, who.Skills.V))
	kinds := make([]string, len(who.WantKinds.V))
	for n, k := range who.WantKinds.V {
		kinds[n] = p.T("kind."+k, nil)
	}
	fact("field.want_kinds", joinList(p, kinds))
	places := make([]string, len(who.WantRegions.V))
	for n, code := range who.WantRegions.V {
		places[n] = h.Tree.LocalName(code)
	}
	fact("field.want_regions", joinList(p, places))
	if who.WantPay > 0 {
		fact("candidates.want_pay", p.T("candidates.pay", map[string]any{"yuan": strconv.FormatInt(who.WantPay/100, 10)}))
	}
	for _, criterion := range one.Fit.Criteria {
		line.Lines = append(line.Lines, fitLine{criterion.Mark, p.T("candidates.criterion."+string(criterion.Name), nil)})
	}
	return line
}

func (h *handlers) askCandidate(c *gin.Context) error {
	post, err := h.ownPosition(c)
	if err != nil {
		return err
	}
	err = h.Suggestions.Ask(c.Request.Context(), actor(c), post.OrgID, post.ID, c.Param("ref"))
	if errs.Is(err, errs.KindConflict) {
		return h.candidatesPage(c, http.StatusConflict, err)
	}
	if err != nil {
		return err
	}
	h.flash(c, "flash.asked")
	return redirect(c, inConsole(c, "/positions/"+post.ID.String()+"/candidates#asked"))
}
