package web

import (
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"zhigang/internal/calendar"
	"zhigang/internal/id"
	"zhigang/internal/match"
	"zhigang/internal/org"
	"zhigang/internal/position"
	"zhigang/internal/search"
)

// criteria are the filters of a search, as its address has them.
type criteria struct {
	Text     string            `json:"q"`
	Kinds    []position.Kind   `json:"kind"`
	Regions  []string          `json:"region"`
	Degrees  []position.Degree `json:"degree"`
	OrgKinds []org.Kind        `json:"org_kind"`
	PayMin   int32             `json:"pay_min"` // yuan a month
	Org      *id.ID            `json:"org"`

	DegreeMost *position.Degree `json:"degree_most"`
	NotKinds   []position.Kind  `json:"not_kind"`
	NotRegions []string         `json:"not_region"`
	Not        []string         `json:"not"`
	Plain      bool             `json:"plain"`
}

func newCriteria(q search.Query) criteria {
	return criteria{
		q.Text, listOf(q.Kinds), listOf(q.Regions), listOf(q.Degrees), listOf(q.OrgKinds), int32(q.PayMin), orNull(q.Org),
		orNull(q.DegreeMost), listOf(q.NotKinds), listOf(q.NotRegions), listOf(q.Not), q.Plain,
	}
}

// query reads the criteria as the search page does. The complaints are about the fields of criteria.
func (h *handlers) query(in criteria) (search.Query, error) {
	v := url.Values{}
	if in.Text != "" {
		v.Set("q", in.Text)
	}
	addAll(v, "kind", in.Kinds)
	addAll(v, "region", in.Regions)
	addAll(v, "degree", in.Degrees)
	addAll(v, "org_kind", in.OrgKinds)
	addAll(v, "not_kind", in.NotKinds)
	addAll(v, "not_region", in.NotRegions)
	addAll(v, "not", in.Not)
	if in.DegreeMost != nil {
		v.Set("degree_most", string(*in.DegreeMost))
	}
	if in.Plain {
		v.Set("plain", "1")
	}
	if in.PayMin != 0 {
		v.Set("pay_min", strconv.Itoa(int(in.PayMin)))
	}
	if in.Org != nil {
		v.Set("org", in.Org.String())
	}
	q, err := h.Search.Parse(v)
	names := map[string]string{}
	for _, field := range []string{"q", "kind", "region", "degree", "org_kind", "pay_min", "org", "degree_most", "not_kind", "not_region", "not"} {
		names[field] = "criteria." + field
	}
	return q, called(err, names)
}

func addAll[T ~string](v url.Values, name string, values []T) {
	for _, one := range values {
		v.Add(name, string(one))
	}
}

// savedView is what somebody wants to be told about.
type savedView struct {
	ID        id.ID       `json:"id"`
	Title     string      `json:"title"`
	Criteria  criteria    `json:"criteria"`
	Every     match.Every `json:"every"`
	ByMail    bool        `json:"by_mail"`
	CreatedAt stamp       `json:"created_at"`
	ExpiresAt stamp       `json:"expires_at"`
	URL       string      `json:"url"` // where the page shows what it finds now
	pauseView
}

func (h *handlers) savedView(c *gin.Context, s match.SavedSearch) (savedView, error) {
	q, err := s.Criteria(h.Tree)
	if err != nil {
		return savedView{}, err
	}
	title, path, err := h.nameSearch(c, s)
	return savedView{
		s.ID, title, newCriteria(q), s.Every, bool(s.ByMail), stamp(s.CreatedAt), stamp(s.ExpiresAt), h.BaseURL + path,
		h.pauseView(s.Pause),
	}, err
}

func (h *handlers) apiListSearches(c *gin.Context) (reply, error) {
	all, err := h.Matches.Of(c.Request.Context(), actor(c))
	if err != nil {
		return reply{}, err
	}
	out := apiList[savedView]{Items: []savedView{}}
	for _, s := range all {
		view, err := h.savedView(c, s)
		if err != nil {
			return reply{}, err
		}
		out.Items = append(out.Items, view)
	}
	return shown(out), nil
}

// apiSaveSearch lets the actor be told of what a search finds from now on. A search with the same criteria is not made
// twice: the one that stands takes the new settings.
func (h *handlers) apiSaveSearch(c *gin.Context) (reply, error) {
	var in struct {
		Criteria criteria    `json:"criteria"`
		Every    match.Every `json:"every"`
		ByMail   bool        `json:"by_mail"`
	}
	if err := readJSON(c, &in); err != nil {
		return reply{}, err
	}
	if in.Every == "" {
		in.Every = match.Instant
	}
	q, err := h.query(in.Criteria)
	if err != nil {
		return reply{}, err
	}
	saved, again, err := h.Matches.Save(c.Request.Context(), actor(c), q, in.Every, in.ByMail)
	if err != nil {
		return reply{}, err
	}
	view, err := h.savedView(c, saved)
	if again {
		return shown(view), err
	}
	return made(apiRoot+"/saved-searches/"+saved.ID.String(), view), err
}

func (h *handlers) apiShowSearch(c *gin.Context) (reply, error) {
	one, err := pathID(c, "id")
	if err != nil {
		return reply{}, err
	}
	saved, err := h.Matches.Get(c.Request.Context(), actor(c), one)
	if err != nil {
		return reply{}, err
	}
	view, err := h.savedView(c, saved)
	return shown(view), err
}

// apiChangeSearch changes how often somebody is told, and whether by mail, and gives the search another year; a pause
// alone gives it none.
func (h *handlers) apiChangeSearch(c *gin.Context) (reply, error) {
	var in struct {
		Every  *match.Every `json:"every"`
		ByMail *bool        `json:"by_mail"`
		pauseChange
	}
	if err := readJSON(c, &in); err != nil {
		return reply{}, err
	}
	ctx, who := c.Request.Context(), actor(c)
	one, err := pathID(c, "id")
	if err != nil {
		return reply{}, err
	}
	saved, err := h.Matches.Get(ctx, who, one)
	if err != nil {
		return reply{}, err
	}
	every, byMail := saved.Every, bool(saved.ByMail)
	if in.Every != nil {
		every = *in.Every
	}
	if in.ByMail != nil {
		byMail = *in.ByMail
	}
	if in.asked() {
		err = in.do(
			func(until calendar.Day) error { return h.Matches.Pause(ctx, who, one, until) },
			func() error { return h.Matches.Resume(ctx, who, one) })
	}
	if err == nil && (!in.asked() || in.Every != nil || in.ByMail != nil) {
		err = h.Matches.Change(ctx, who, one, every, byMail)
	}
	if err != nil {
		return reply{}, err
	}
	return h.apiShowSearch(c)
}

func (h *handlers) apiEndSearch(c *gin.Context) (reply, error) {
	one, err := pathID(c, "id")
	if err != nil {
		return reply{}, err
	}
	return none(), h.Matches.End(c.Request.Context(), actor(c), one)
}
