package web

import (
	"strconv"

	"github.com/gin-gonic/gin"

	"zhigang/internal/fit"
	"zhigang/internal/i18n"
	"zhigang/internal/person"
	"zhigang/internal/position"
)

// fitLine is a criterion of a fit, in words for the person.
type fitLine struct {
	Mark fit.Mark
	Text string
}

// fitView is how a position suits who looks at it; what is unknown is said to be unknown.
type fitView struct {
	fit.Fit
	Lines []fitLine
}

// fitLines puts a fit into words. The texts are fit.NAME.MARK.
func (h *handlers) fitLines(p i18n.Printer, f fit.Fit, post position.Position, who person.Profile) []fitLine {
	var lines []fitLine
	say := func(c fit.Criterion, mark fit.Mark, params map[string]any) {
		lines = append(lines, fitLine{mark, p.T("fit."+string(c.Name)+"."+string(mark), params)})
	}
	for _, c := range f.Criteria {
		switch c.Name {
		case fit.Kind:
			say(c, c.Mark, map[string]any{"kind": p.T("kind."+string(post.Kind), nil)})
		case fit.Degree:
			say(c, c.Mark, map[string]any{"want": p.T("degree."+string(post.Degree), nil), "have": p.T("degree."+who.Degree, nil)})
		case fit.Major:
			say(c, c.Mark, map[string]any{"want": joinList(p, post.Majors.V), "have": who.Major})
		case fit.Region:
			say(c, c.Mark, map[string]any{
				"place": h.Tree.LocalName(c.Place), "at": h.Tree.LocalName(post.Region), "level": p.T(c.Near.Key(), nil),
			})
		case fit.Pay:
			if c.Mark == fit.Unknown && who.WantPay > 0 {
				lines = append(lines, fitLine{c.Mark, p.T("fit.pay.by_time", nil)})
				continue
			}
			say(c, c.Mark, map[string]any{"yuan": strconv.FormatInt(who.WantPay/100, 10)})
		case fit.Skills:
			if len(c.Has) > 0 {
				say(c, fit.Met, map[string]any{"skills": joinList(p, c.Has)})
			}
			if len(c.Lacks) > 0 {
				mark := fit.Missing
				if c.Mark == fit.Unknown {
					mark = fit.Unknown
				}
				say(c, mark, map[string]any{"skills": joinList(p, c.Lacks)})
			}
		}
	}
	return lines
}

// fits compares a position with the profile of who is signed in; empty says that they have not filled it in yet. Staff
// who seek nothing are not compared with anything.
func (h *handlers) fits(c *gin.Context, l position.Listed) (view *fitView, empty bool, err error) {
	who := actor(c)
	if who.Account == 0 {
		return nil, false, nil
	}
	profile, err := h.People.Get(c.Request.Context(), who)
	if err != nil {
		return nil, false, err
	}
	if profile.Blank() {
		return nil, len(who.Orgs) == 0 && who.Bureau == nil, nil
	}
	f := fit.Score(profile, l.Position)
	return &fitView{f, h.fitLines(h.printer(c), f, l.Position, profile)}, false, nil
}
