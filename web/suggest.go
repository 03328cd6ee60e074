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
	Items  []recommendedCard
	Search string // address of the search for what the person wants
}

// recommendedCard is a position with why it is recommended, and what speaks against it.
type recommendedCard struct {
	postCard
	Fit fitView
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

func (h *handlers) recommendedCards(c *gin.Context, got suggest.Recommended) ([]recommendedCard, error) {
	listed := make([]position.Listed, len(got.Items))
	for n, one := range got.Items {
		listed[n] = one.Listed
	}
	cards, err := h.cards(c, listed)
	if err != nil {
		return nil, err
	}
	out := make([]recommendedCard, len(cards))
	for n, one := range got.Items {
		out[n] = recommendedCard{cards[n], fitView{one.Fit, h.fitLines(h.printer(c), one.Fit, one.Position, got.Profile)}}
		for _, line := range out[n].Fit.Lines {
			if line.Mark == fit.Met {
				out[n].Why = append(out[n].Why, line.Text)
			}
		}
	}
	return out, nil
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
