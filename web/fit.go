package web

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"zhigang/internal/i18n"
	"zhigang/internal/person"
	"zhigang/internal/position"
	"zhigang/internal/region"
)

// fitLine is one thing that a position asks for or offers, beside what a person said of themselves.
type fitLine struct {
	Mark string // "yes", "no" or "unknown"
	Text string
}

// fit compares a position with a profile, in words. Nothing is ranked by it: what is unknown is said to be unknown.
func (h *handlers) fit(p i18n.Printer, l position.Listed, who person.Profile) []fitLine {
	f := fitter{p: p}
	if l.Kind != position.Volunteer {
		f.degree(l.Degree, position.Degree(who.Degree))
		f.major(l.Majors.V, who.Major)
	}
	f.region(h.Tree, l.Region, who.WantRegions.V)
	if l.Kind != position.Volunteer {
		f.pay(l.Pay, who.WantPay)
	}
	f.skills(l.Skills.V, who.Skills.V)
	return f.lines
}

type fitter struct {
	p     i18n.Printer
	lines []fitLine
}

// say adds a line: the texts are fit.WHAT.yes, fit.WHAT.no and fit.WHAT.unknown.
func (f *fitter) say(what, mark string, params map[string]any) {
	f.lines = append(f.lines, fitLine{mark, f.p.T("fit."+what+"."+mark, params)})
}

func (f *fitter) degree(want, have position.Degree) {
	params := map[string]any{"want": f.p.T("degree."+string(want), nil), "have": f.p.T("degree."+string(have), nil)}
	switch {
	case want == position.NoDegree || want == "":
	case have == "":
		f.say("degree", "unknown", params)
	case have.Rank() >= want.Rank():
		f.say("degree", "yes", params)
	default:
		f.say("degree", "no", params)
	}
}

func (f *fitter) major(want []string, have string) {
	params := map[string]any{"want": joinList(f.p, want), "have": have}
	switch {
	case len(want) == 0:
	case have == "":
		f.say("major", "unknown", params)
	case slices.ContainsFunc(want, func(m string) bool { return strings.Contains(have, m) || strings.Contains(m, have) }):
		f.say("major", "yes", params)
	default:
		f.say("major", "no", params)
	}
}

func (f *fitter) region(tree *region.Tree, at string, want []string) {
	for _, w := range want {
		if region.Within(at, w) {
			f.say("region", "yes", map[string]any{"place": tree.LocalName(w)})
			return
		}
	}
	if len(want) == 0 {
		f.say("region", "unknown", nil)
		return
	}
	f.say("region", "no", map[string]any{"place": tree.LocalName(at)})
}

// pay compares by the month, as the filter of the search does: with the least that the post promises.
func (f *fitter) pay(offer position.Pay, want int64) {
	least, _ := offer.Monthly()
	params := map[string]any{"yuan": strconv.FormatInt(want/100, 10)}
	switch {
	case want == 0:
		f.say("pay", "unknown", nil)
	case least == 0: // paid by the piece
	case least >= want:
		f.say("pay", "yes", params)
	default:
		f.say("pay", "no", params)
	}
}

func (f *fitter) skills(want, have []string) {
	var met, open []string
	for _, w := range want {
		if slices.ContainsFunc(have, func(s string) bool { return strings.EqualFold(s, w) }) {
			met = append(met, w)
		} else {
			open = append(open, w)
		}
	}
	if len(met) > 0 {
		f.say("skills", "yes", map[string]any{"skills": joinList(f.p, met)})
	}
	if len(open) > 0 {
		f.say("skills", "unknown", map[string]any{"skills": joinList(f.p, open)})
	}
}

// fits compares a position with the profile of who is signed in; empty says that they have not filled it in yet. Staff
// who seek nothing are not compared with anything.
func (h *handlers) fits(c *gin.Context, l position.Listed) (lines []fitLine, empty bool, err error) {
	who := actor(c)
	if who.Account == 0 {
		return nil, false, nil
	}
	profile, err := h.People.Get(c.Request.Context(), who)
	if err != nil {
		return nil, false, err
	}
	if blank(profile) {
		return nil, len(who.Orgs) == 0 && who.Bureau == nil, nil
	}
	return h.fit(h.printer(c), l, profile), false, nil
}

func blank(p person.Profile) bool {
	return p.Degree == "" && p.Major == "" && len(p.Skills.V) == 0 && len(p.WantRegions.V) == 0 && p.WantPay == 0
}

// explain says on cards why they were picked: what of the position fits the profile.
func (h *handlers) explain(p i18n.Printer, cards []postCard, profile person.Profile) {
	for n := range cards {
		for _, line := range h.fit(p, cards[n].Listed, profile) {
			if line.Mark == "yes" {
				cards[n].Why = append(cards[n].Why, line.Text)
			}
		}
	}
}
