package web

import (
	"github.com/gin-gonic/gin"

	"zhigang/internal/application"
	"zhigang/internal/suggest"
)

// mePage is what waits for a person, then what they have under way.
type mePage struct {
	Page
	Claims   []myApplicationLine // hires to confirm
	Calls    []myApplicationLine // interviews and offers
	Open     []myApplicationLine
	More     int // how many more are open
	Searches []searchLine
	Missing  []string // of the profile
	HasCV    bool
	// Suggested are positions for somebody who has nothing under way: Recommended by their profile, or else the newest.
	Suggested   []recommendedCard
	Recommended bool
}

// Waiting counts what the person has to do; reading is one thing, however many messages there are.
func (p mePage) Waiting() int { return len(p.Claims) + len(p.Calls) + min(1, p.Unread) }

// Idle reports whether nothing is under way.
func (p mePage) Idle() bool { return len(p.Claims)+len(p.Calls)+len(p.Open) == 0 }

// meLines bounds how many open applications the overview shows.
const meLines = 5

func (h *handlers) showMe(c *gin.Context) error {
	ctx, who := c.Request.Context(), actor(c)
	page := &mePage{Page: Page{Title: h.printer(c).T("me.title", nil), Nav: "me"}}
	profile, err := h.People.Get(ctx, who)
	if err != nil {
		return err
	}
	page.Missing, page.HasCV = profile.Missing(), profile.CVID != 0
	if err := h.sortMine(c, page); err != nil {
		return err
	}
	if page.Searches, err = h.searchLines(c); err != nil {
		return err
	}
	if page.Idle() {
		err = h.suggest(c, page)
	}
	if err != nil {
		return err
	}
	return h.show(c, "me/index", page)
}

// sortMine sorts the person's applications by who has to do what next.
func (h *handlers) sortMine(c *gin.Context, page *mePage) error {
	ctx, who := c.Request.Context(), actor(c)
	hired, err := h.Applications.OfPerson(ctx, who, application.Filter{State: application.Hired, Limit: 200})
	if err != nil {
		return err
	}
	for _, l := range h.myApplicationLines(hired) {
		if l.PlacementState == application.Claimed {
			page.Claims = append(page.Claims, l)
		}
	}
	all, err := h.Applications.OfPerson(ctx, who, application.Filter{Limit: 200})
	if err != nil {
		return err
	}
	for _, l := range h.myApplicationLines(all) {
		switch {
		case l.State == application.Interview, l.State == application.Offer:
			page.Calls = append(page.Calls, l)
		case l.State.Open():
			page.Open = append(page.Open, l)
		}
	}
	if n := len(page.Open); n > meLines {
		page.Open, page.More = page.Open[:meLines], n-meLines
	}
	return nil
}

// suggest offers the best of what is recommended, or the newest posts while there is nothing to go by.
func (h *handlers) suggest(c *gin.Context, page *mePage) error {
	ctx := c.Request.Context()
	got, err := h.Suggestions.Recommend(ctx, actor(c), 3)
	if err != nil {
		return err
	}
	page.Recommended = got.State == suggest.On && len(got.Items) > 0
	if !page.Recommended {
		got.Items = nil
		newest, err := h.Positions.Newest(ctx, 3, 0)
		if err != nil {
			return err
		}
		for _, l := range newest {
			got.Items = append(got.Items, suggest.Scored{Listed: l})
		}
	}
	page.Suggested, err = h.recommendedCards(c, got)
	return err
}
