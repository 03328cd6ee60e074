package web

import (
	"slices"

	"github.com/gin-gonic/gin"

	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/fit"
	"zhigang/internal/id"
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

// candidateView is somebody who agreed to be found: no name, no school, no contact.
type candidateView struct {
	Ref         string   `json:"ref"`
	Degree      string   `json:"degree"`
	Major       string   `json:"major"`
	Skills      []string `json:"skills"`
	WantKinds   []string `json:"want_kinds"`
	WantRegions []string `json:"want_regions"`
	WantPay     int64    `json:"want_pay"`
	Fit         fit.Fit  `json:"fit"`
}

// orgAskView is an ask as the organization sees it; a no is told as no answer.
type orgAskView struct {
	ID    id.ID            `json:"id"`
	At    stamp            `json:"asked_at"`
	State suggest.AskState `json:"state"`
	Given *suggest.Given   `json:"given"` // null unless there is a yes of the last 90 days
}

// candidatesView is who suits a position, and who was asked.
type candidatesView struct {
	Items []candidateView `json:"items"`
	Asks  []orgAskView    `json:"asks"`
}

func (h *handlers) apiListCandidates(c *gin.Context) (reply, error) {
	owner, post, err := h.candidatePath(c)
	if err != nil {
		return reply{}, err
	}
	ctx, who := c.Request.Context(), actor(c)
	all, err := h.Suggestions.Candidates(ctx, who, owner, post)
	if err != nil {
		return reply{}, err
	}
	asks, err := h.Suggestions.AsksOfPost(ctx, who, owner, post)
	if err != nil {
		return reply{}, err
	}
	out := candidatesView{Items: []candidateView{}, Asks: []orgAskView{}}
	for _, one := range all {
		p := one.Profile
		out.Items = append(out.Items, candidateView{
			one.Ref, p.Degree, p.Major, listOf(p.Skills.V), listOf(p.WantKinds.V), listOf(p.WantRegions.V), p.WantPay, one.Fit,
		})
	}
	for _, a := range asks {
		view := orgAskView{ID: a.ID, At: stamp(a.At), State: a.State}
		if a.Given.Name != "" {
			view.Given = &a.Given
		}
		out.Asks = append(out.Asks, view)
	}
	return shown(out), nil
}

func (h *handlers) candidatePath(c *gin.Context) (owner, post id.ID, err error) {
	if owner, err = pathID(c, "org"); err != nil {
		return 0, 0, err
	}
	post, err = pathID(c, "id")
	return owner, post, err
}

func (h *handlers) apiAskCandidate(c *gin.Context) (reply, error) {
	if err := readOptional(c, &struct{}{}); err != nil {
		return reply{}, err
	}
	owner, post, err := h.candidatePath(c)
	if err != nil {
		return reply{}, err
	}
	return none(), h.Suggestions.Ask(c.Request.Context(), actor(c), owner, post, c.Param("ref"))
}

// myAskView is an ask as the person sees it.
type myAskView struct {
	ID       id.ID            `json:"id"`
	Position id.ID            `json:"position"`
	Title    string           `json:"title"`
	Org      id.ID            `json:"org"`
	OrgName  string           `json:"org_name"`
	State    suggest.AskState `json:"state"`
	At       stamp            `json:"asked_at"`
	Until    stamp            `json:"until"`
}

func (h *handlers) apiListAsks(c *gin.Context) (reply, error) {
	all, err := h.Suggestions.MyAsks(c.Request.Context(), actor(c))
	out := apiList[myAskView]{Items: []myAskView{}}
	now := h.DB.Clock().Now()
	for _, a := range all {
		out.Items = append(out.Items, myAskView{
			a.ID, a.Position, a.Title, a.Org, a.OrgName, a.StateAt(now), stamp(a.CreatedAt), stamp(db.At(a.Until())),
		})
	}
	return shown(out), err
}

func (h *handlers) apiAnswerAsk(c *gin.Context) (reply, error) {
	var in struct {
		Answer  string   `json:"answer"`
		Contact []string `json:"contact"`
	}
	if err := readJSON(c, &in); err != nil {
		return reply{}, err
	}
	ask, err := pathID(c, "id")
	if err != nil {
		return reply{}, err
	}
	return none(), h.sayToAsk(c, ask, in.Answer, suggest.Say{
		Email: slices.Contains(in.Contact, "email"), Mobile: slices.Contains(in.Contact, "mobile"),
	})
}
