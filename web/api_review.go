package web

import (
	"github.com/gin-gonic/gin"

	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/position"
)

// reviewItem is a post in the queue of its bureau.
type reviewItem struct {
	positionItem
	State       position.State `json:"state"`
	SubmittedAt stamp          `json:"submitted_at"`
	Waited      int            `json:"waited"`    // working days since then
	Left        int            `json:"left_days"` // working days until the review is due; less than 0 when it is late
	Edited      bool           `json:"edited"`    // it has been on show before
	Missing     []problemField `json:"missing"`
}

// apiReviewPositions is the queue of the bureau, or with state another list of the posts in its region.
func (h *handlers) apiReviewPositions(c *gin.Context) (reply, error) {
	q := queryOf(c)
	w := q.window(100)
	f := position.Filter{
		State: choiceOf(q, "state", position.States()), Kind: choiceOf(q, "kind", position.Kinds()), Org: q.id("org"),
		Title: q.text("q", 100), After: w.After, Limit: w.more(),
	}
	if f.State == "" {
		f.State = position.Submitted
	}
	if err := q.Err(); err != nil {
		return reply{}, err
	}
	var err error
	if f.Region, err = h.deskRegion(c); err != nil {
		return reply{}, err
	}
	all, err := h.Positions.List(c.Request.Context(), desk(c), f)
	if err != nil {
		return reply{}, err
	}
	page, next := keyset(w, all, func(l position.Listed) id.ID { return l.ID })
	items, err := h.positionItems(c, page)
	if err != nil {
		return reply{}, err
	}
	out := apiList[reviewItem]{Items: make([]reviewItem, len(page)), Next: next}
	for n, l := range page {
		out.Items[n] = h.reviewItem(c, l, items[n])
	}
	r := shown(out)
	r.Links = h.nextLink(c, next)
	return r, nil
}

func (h *handlers) reviewItem(c *gin.Context, l position.Listed, item positionItem) reviewItem {
	out := reviewItem{
		positionItem: item, State: l.StateOn(h.today()), SubmittedAt: stamp(l.SubmittedAt), Edited: !l.PublishedAt.IsZero(), Missing: []problemField{},
	}
	if l.State == position.Submitted {
		out.Waited, out.Left = h.waited(l.SubmittedAt), h.leftDays(l.SubmittedAt, h.Reports.ReviewDays)
		out.Missing = complaints(h.printer(c), called(l.CheckPublish(h.today()), positionNames()))
	}
	return out
}

// leftDays is how many working days are left of days for what came in at since; less than 0 when it is late.
func (h *handlers) leftDays(since db.Time, days int) int {
	return h.Holidays.WorkingBetween(h.today(), h.Holidays.AddWorking(calendar.DayOf(since.Time), days))
}

// deskRegion reads the region to which a list of the bureau is narrowed; "" for all of its own. NotFound beyond it.
func (h *handlers) deskRegion(c *gin.Context) (string, error) {
	code := c.Query("region")
	if code != "" && !h.inBureau(c, code) {
		return "", errs.NotFound("error.not_found")
	}
	return code, nil
}

func (h *handlers) apiApprovePosition(c *gin.Context) (reply, error) {
	var in struct {
		Version int32 `json:"version"`
	}
	return h.onReviewed(c, &in, func(p position.Position) error {
		return h.Positions.ApproveSeen(c.Request.Context(), desk(c), p.ID, int(in.Version))
	})
}

// apiReturnPosition sends a post back with a reason, or with reasons for single fields.
func (h *handlers) apiReturnPosition(c *gin.Context) (reply, error) {
	var in struct {
		Reason string            `json:"reason"`
		Fields map[string]string `json:"fields"`
	}
	return h.onReviewed(c, &in, func(p position.Position) error {
		bad := errs.Fields{}
		shortEnough(bad, "reason", in.Reason)
		reasons := map[string]string{}
		for field, reason := range in.Fields {
			at := "fields." + cutText(field, maxName)
			among(bad, at, inForm(field), positionFields())
			shortEnough(bad, at, reason)
			reasons[inForm(field)] = reason
		}
		if err := bad.Err(); err != nil {
			return err
		}
		return called(h.Positions.Return(c.Request.Context(), desk(c), p.ID, in.Reason, reasons), map[string]string{"note": "reason"})
	})
}

// onReviewed reads what a decision needs, makes it about the post that the path names, and answers with the post.
func (h *handlers) onReviewed(c *gin.Context, in any, decide func(position.Position) error) (reply, error) {
	if err := readOptional(c, in); err != nil {
		return reply{}, err
	}
	post, err := pathID(c, "id")
	if err != nil {
		return reply{}, err
	}
	p, err := h.reviewed(c, post)
	if err != nil {
		return reply{}, err
	}
	if err := decide(p); err != nil {
		return reply{}, called(err, positionNames())
	}
	return h.positionNow(c, p.ID)
}

// apiReviewOrgs is the queue of organizations, or with state another list of those in the bureau's region. Those that wait
// come whole, up to 200, the oldest first; they have no pages.
func (h *handlers) apiReviewOrgs(c *gin.Context) (reply, error) {
	q := queryOf(c)
	w := q.window(100)
	f := org.Filter{
		State: choiceOf(q, "state", orgStates()), Kind: choiceOf(q, "kind", org.Kinds()), Name: q.text("q", 100), After: w.After, Limit: w.more(),
	}
	if f.State == "" || f.State == org.Pending {
		f.State, f.Limit, w.Per = org.Pending, 200, 200
	}
	if err := q.Err(); err != nil {
		return reply{}, err
	}
	var err error
	if f.Region, err = h.deskRegion(c); err != nil {
		return reply{}, err
	}
	all, err := h.Orgs.List(c.Request.Context(), desk(c), f)
	if err != nil {
		return reply{}, err
	}
	page, next := keyset(w, all, func(o org.Org) id.ID { return o.ID })
	views, err := h.orgFulls(c, page...)
	r := shown(apiList[orgFull]{Items: views, Next: next})
	r.Links = h.nextLink(c, next)
	return r, err
}

func orgStates() []org.State {
	return []org.State{org.Pending, org.Approved, org.Returned, org.Suspended}
}

// apiOverdue lists the posts with answers that are late, those promised first at the top, at most maxOverdue.
func (h *handlers) apiOverdue(c *gin.Context) (reply, error) {
	all, err := h.Applications.OverdueOfBureau(c.Request.Context(), desk(c), maxOverdue)
	if err != nil {
		return reply{}, err
	}
	out := apiList[overdueView]{Items: []overdueView{}}
	for _, o := range all {
		out.Items = append(out.Items, overdueView{
			Org: namedView{o.Org, o.OrgName}, Position: namedView{o.Position, o.Title}, Region: h.regionView(o.OrgRegion), Count: o.Count,
			Promised: dayOrNull(o.Promised),
		})
	}
	return shown(out), nil
}

// overdueView is how many applications for a post wait beyond the promised day.
type overdueView struct {
	Org      namedView   `json:"org"`
	Position namedView   `json:"position"`
	Region   *regionView `json:"region"`
	Count    int         `json:"count"`
	Promised dayOrNull   `json:"promised"` // the earliest of the promised days
}

// namedView is a thing with its name.
type namedView struct {
	ID   id.ID  `json:"id"`
	Name string `json:"name"`
}

// apiUrge reminds an organization of answers that are late, once a day.
func (h *handlers) apiUrge(c *gin.Context) (reply, error) {
	if err := readOptional(c, &struct{}{}); err != nil {
		return reply{}, err
	}
	ctx := c.Request.Context()
	one, err := pathID(c, "org")
	if err != nil {
		return reply{}, err
	}
	if _, err := h.Orgs.Get(ctx, desk(c), one); err != nil {
		return reply{}, err
	}
	if err := h.Limiter.Take(ctx, "urge "+one.String(), urgeRate()); err != nil {
		return reply{}, err
	}
	return none(), h.Applications.Urge(ctx, desk(c), one)
}
