package web

import (
	"strconv"

	"github.com/gin-gonic/gin"

	"zhigang/internal/calendar"
	"zhigang/internal/id"
	"zhigang/internal/org"
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
	Items       []postCard
	Heads       int
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
	open, err := h.Positions.OfOrg(ctx, o.ID, 50)
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
	for _, l := range open {
		page.Heads += l.Headcount
	}
	if page.Items, err = h.cards(c, open); err != nil {
		return err
	}
	return h.show(c, "org/show", page)
}
