package web

import (
	"github.com/gin-gonic/gin"

	"zhigang/internal/fit"
	"zhigang/internal/position"
	"zhigang/internal/suggest"
)

// recommendedPage lists what is recommended to a person.
type recommendedPage struct {
	Page
	State  suggest.State
	Wider  bool
	Items  []postCard
	Search string // address of the search for what the person wants
}

func (h *handlers) showRecommended(c *gin.Context) error {
	got, err := h.Suggestions.Recommend(c.Request.Context(), actor(c), suggest.MaxRecommended)
	if err != nil {
		return err
	}
	page := &recommendedPage{
		Page: Page{Title: h.printer(c).T("recommended.title", nil), Nav: "me"}, State: got.State, Wider: got.Wider,
		Search: searchURL(suggest.Wants(got.Profile)),
	}
	if page.Items, err = h.recommendedCards(c, got); err != nil {
		return err
	}
	return h.show(c, "me/recommended", page)
}

// recommendedCards says on the cards of what is recommended why, and how much it suits.
func (h *handlers) recommendedCards(c *gin.Context, got suggest.Recommended) ([]postCard, error) {
	listed := make([]position.Listed, len(got.Items))
	for n, one := range got.Items {
		listed[n] = one.Listed
	}
	cards, err := h.cards(c, listed)
	if err != nil || got.State != suggest.On {
		return cards, err
	}
	for n, one := range got.Items {
		cards[n].Fit = &fitView{one.Fit, h.fitLines(h.printer(c), one.Fit, one.Position, got.Profile)}
		for _, line := range cards[n].Fit.Lines {
			if line.Mark == fit.Met {
				cards[n].Why = append(cards[n].Why, line.Text)
			}
		}
	}
	return cards, nil
}

// chooseSuggestions sets both choices together, as the form shows them.
func (h *handlers) chooseSuggestions(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	if err := h.Suggestions.Choose(c.Request.Context(), actor(c), form.Checked("recommend", "yes"), form.Checked("found", "yes")); err != nil {
		return err
	}
	h.flash(c, "flash.saved")
	return redirect(c, "/me/telling#suggestions")
}
