package web

import (
	"github.com/gin-gonic/gin"

	"zhigang/internal/position"
)

// homePage is what everybody sees first.
type homePage struct {
	Page
	Doors   []door
	Newest  []postCard
	Closing []postCard
}

// door is one of the big entries.
type door struct {
	URL, Label   string
	Posts, Heads int
}

func (h *handlers) showHome(c *gin.Context) error {
	ctx := c.Request.Context()
	p := h.printer(c)
	page := &homePage{Page: Page{Title: p.T("home.title", nil), Description: p.T("home.lead", nil), Canonical: h.BaseURL + "/", Feed: "/positions.atom"}}
	open, err := h.Positions.CountOnShow(ctx)
	if err != nil {
		return err
	}
	for _, one := range []struct {
		key   string
		url   string
		kinds []position.Kind
	}{
		{"home.door.job", "/positions?kind=job&kind=flexible&kind=talent", []position.Kind{position.Job, position.Flexible, position.Talent}},
		{"home.door.internship", "/positions?kind=internship", []position.Kind{position.Internship}},
		{"home.door.volunteer", "/positions?kind=volunteer", []position.Kind{position.Volunteer}},
	} {
		d := door{URL: one.url, Label: p.T(one.key, nil)}
		for _, k := range one.kinds {
			d.Posts += open[k].Posts
			d.Heads += open[k].Headcount
		}
		page.Doors = append(page.Doors, d)
	}
	newest, err := h.Positions.Newest(ctx, 10, 0)
	if err != nil {
		return err
	}
	closing, err := h.Positions.Closing(ctx, 5)
	if err != nil {
		return err
	}
	if page.Newest, err = h.cards(c, newest); err != nil {
		return err
	}
	page.Closing, err = h.cards(c, closing)
	if err != nil {
		return err
	}
	return h.show(c, "home", page)
}
