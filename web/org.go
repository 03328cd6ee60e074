package web

import (
	"strconv"

	"github.com/gin-gonic/gin"

	"zhigang/internal/calendar"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/position"
)

// orgPage is an organization as everybody sees it.
type orgPage struct {
	Page
	Org         org.Org
	Code        string
	Rating      int
	ValidRating int
	RatingUntil calendar.Day
	Verified    calendar.Day
	Reply       string
	ReplyKnown  bool
	Items       []postCard // the newest
	Open        position.Open
}

func (h *handlers) showOrg(c *gin.Context) error {
	ctx := c.Request.Context()
	owner, err := pathID(c, "id")
	if err != nil {
		return err
	}
	o, err := h.Orgs.Public(ctx, owner)
	if err != nil {
		return err
	}
	newest, err := h.Positions.OfOrg(ctx, o.ID, 50)
	if err != nil {
		return err
	}
	page := &orgPage{
		Page: Page{Title: o.Name, Canonical: h.BaseURL + "/orgs/" + o.ID.String()},
		Org:  o, Code: o.CreditCode().Mask(), Rating: o.Rating, ValidRating: o.RatingOn(h.today()), RatingUntil: o.RatingUntil,
		Verified: calendar.DayOf(o.VerifiedAt.Time),
	}
	replies, err := h.Applications.RepliesOf(ctx, []id.ID{o.ID})
	if err != nil {
		return err
	}
	if rate, ok := replies[o.ID].Rate(); ok {
		page.Reply, page.ReplyKnown = strconv.Itoa(rate), true
	}
	if page.Open, err = h.Positions.CountOfOrg(ctx, o.ID); err != nil {
		return err
	}
	if page.Items, err = h.cards(c, newest); err != nil {
		return err
	}
	return h.show(c, "org/show", page)
}
