package web

import (
	"github.com/gin-gonic/gin"

	"zhigang/internal/errs"
	"zhigang/internal/fit"
	"zhigang/internal/position"
	"zhigang/internal/suggest"
)

// suggestionsView is what the actor chose about suggestions.
type suggestionsView struct {
	Recommend bool `json:"recommend"`
	Found     bool `json:"found"`
}

func (h *handlers) apiShowSuggestions(c *gin.Context) (reply, error) {
	choice, err := h.Suggestions.Choice(c.Request.Context(), actor(c))
	return shown(suggestionsView{bool(choice.Recommend), bool(choice.Found)}), err
}

// apiChooseSuggestions changes what the body names.
func (h *handlers) apiChooseSuggestions(c *gin.Context) (reply, error) {
	var in struct {
		Recommend *bool `json:"recommend"`
		Found     *bool `json:"found"`
	}
	if err := readJSON(c, &in); err != nil {
		return reply{}, err
	}
	ctx, who := c.Request.Context(), actor(c)
	choice, err := h.Suggestions.Choice(ctx, who)
	if err != nil {
		return reply{}, err
	}
	recommend, found := bool(choice.Recommend), bool(choice.Found)
	for from, to := range map[*bool]*bool{in.Recommend: &recommend, in.Found: &found} {
		if from != nil {
			*to = *from
		}
	}
	if err := h.Suggestions.Choose(ctx, who, recommend, found); err != nil {
		return reply{}, err
	}
	return h.apiShowSuggestions(c)
}

// recommendedItem is a position with how it suits the actor; fit is null while recommending is turned off.
type recommendedItem struct {
	Position positionItem `json:"position"`
	Fit      *fit.Fit     `json:"fit"`
}

// recommendations is what is recommended, the best first.
type recommendations struct {
	State suggest.State     `json:"state"`
	Wider bool              `json:"wider"`
	Items []recommendedItem `json:"items"`
}

// apiRecommend is Unavailable while the search does not answer, as searching is.
func (h *handlers) apiRecommend(c *gin.Context) (reply, error) {
	got, err := h.Suggestions.Recommend(c.Request.Context(), actor(c), suggest.MaxRecommended)
	if err != nil {
		return reply{}, err
	}
	if got.State == suggest.Down {
		return reply{}, errs.Unavailable("api.search.down").With("seconds", 30)
	}
	listed := make([]position.Listed, len(got.Items))
	for n, one := range got.Items {
		listed[n] = one.Listed
	}
	items, err := h.positionItems(c, listed)
	if err != nil {
		return reply{}, err
	}
	out := recommendations{State: got.State, Wider: got.Wider, Items: []recommendedItem{}}
	for n, item := range items {
		one := recommendedItem{Position: item}
		if got.State == suggest.On {
			one.Fit = &got.Items[n].Fit
		}
		out.Items = append(out.Items, one)
	}
	return shown(out), nil
}
