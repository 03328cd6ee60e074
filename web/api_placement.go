package web

import (
	"context"

	"github.com/gin-gonic/gin"

	"zhigang/internal/application"
	"zhigang/internal/auth"
	"zhigang/internal/errs"
	"zhigang/internal/id"
)

// placementView is what came of an application, and how far it can be believed.
type placementView struct {
	ID          id.ID                      `json:"id"`
	Application id.ID                      `json:"application"`
	Position    postView                   `json:"position"`
	Org         namedView                  `json:"org"`
	Employer    string                     `json:"employer"`
	Employment  bool                       `json:"employment"` // whether it may count as employment
	State       application.PlacementState `json:"state"`
	StartOn     dayOrNull                  `json:"start_on"`
	ClaimedAt   stamp                      `json:"claimed_at"`
	Person      string                     `json:"person"` // for the bureau, masked: 王**; "" for everybody else
	Ledger      []ledgerView               `json:"ledger"`
}

// ledgerView is a row of a ledger; rows are never changed.
type ledgerView struct {
	At   stamp  `json:"at"`
	Verb string `json:"verb"`
	Note string `json:"note"`
}

func newPlacementView(p application.ListedPlacement, events []application.PlacementEvent) placementView {
	v := placementView{
		ID: p.ID, Application: p.Application, Position: postView{p.Position, p.Title, p.Kind}, Org: namedView{p.Org, p.OrgName}, Employer: p.Employer,
		Employment: bool(p.Employment), State: p.State, StartOn: dayOrNull(p.StartOn), ClaimedAt: stamp(p.ClaimedAt), Person: p.Name,
		Ledger: []ledgerView{},
	}
	for _, e := range events {
		v.Ledger = append(v.Ledger, ledgerView{stamp(e.At), e.Verb, e.Note})
	}
	return v
}

// apiShowPlacement shows a placement to its person, its organization and its bureau.
func (h *handlers) apiShowPlacement(c *gin.Context) (reply, error) {
	one, err := pathID(c, "id")
	if err != nil {
		return reply{}, err
	}
	ctx, who := c.Request.Context(), actor(c)
	near := who
	near.Bureau = nil
	p, err := h.Applications.PlacementByID(ctx, near, one)
	if errs.Is(err, errs.KindNotFound) && who.InBureau(auth.Reviewer) {
		return h.deskPlacement(c, one)
	}
	if err != nil {
		return reply{}, err
	}
	post, o, err := h.Positions.Known(ctx, p.Position)
	if err != nil {
		return reply{}, err
	}
	events, err := h.Applications.Ledger(ctx, who, one)
	listed := application.ListedPlacement{Placement: p, Title: post.Title, Employer: post.Employer, OrgName: o.Name}
	return shown(newPlacementView(listed, events)), err
}

// deskPlacement answers with a placement as its bureau sees it.
func (h *handlers) deskPlacement(c *gin.Context, one id.ID) (reply, error) {
	found, err := h.deskPlacements(c, application.PlacementFilter{Placement: one, Limit: 1})
	if err == nil && len(found) == 0 {
		err = errs.NotFound("error.not_found")
	}
	if err != nil {
		return reply{}, err
	}
	return shown(found[0]), nil
}

func (h *handlers) deskPlacements(c *gin.Context, f application.PlacementFilter) ([]placementView, error) {
	ctx := c.Request.Context()
	all, err := h.Applications.PlacementsOfBureau(ctx, desk(c), f)
	if err != nil {
		return nil, err
	}
	ids := make([]id.ID, len(all))
	for n, p := range all {
		ids[n] = p.ID
	}
	ledgers, err := h.Applications.LedgersOf(ctx, desk(c), ids)
	if err != nil {
		return nil, err
	}
	out := make([]placementView, len(all))
	for n, p := range all {
		out[n] = newPlacementView(p, ledgers[p.ID])
	}
	return out, nil
}

// apiListPlacements lists the placements in the bureau's region, newest first; unsettled disputes oldest first.
func (h *handlers) apiListPlacements(c *gin.Context) (reply, error) {
	q := queryOf(c)
	w := q.window(100)
	f := application.PlacementFilter{
		Org: q.id("org"), State: choiceOf(q, "state", application.PlacementStates()), Unsettled: q.truth("unsettled"), After: w.After, Limit: w.more(),
	}
	if err := q.Err(); err != nil {
		return reply{}, err
	}
	all, err := h.deskPlacements(c, f)
	if err != nil {
		return reply{}, err
	}
	page, next := keyset(w, all, func(v placementView) id.ID { return v.ID })
	r := shown(apiList[placementView]{Items: page, Next: next})
	r.Links = h.nextLink(c, next)
	return r, nil
}

func (h *handlers) apiConfirmPlacement(c *gin.Context) (reply, error) {
	return h.onPlacement(c, &struct{}{}, func(ctx context.Context, one id.ID) error {
		return h.Applications.Confirm(ctx, actor(c), one)
	})
}

func (h *handlers) apiDisputePlacement(c *gin.Context) (reply, error) {
	var in struct {
		Reason string `json:"reason"`
	}
	return h.onPlacement(c, &in, func(ctx context.Context, one id.ID) error {
		if err := checkReason("reason", in.Reason); err != nil {
			return err
		}
		return h.Applications.Dispute(ctx, actor(c), one, in.Reason)
	})
}

func (h *handlers) apiSettlePlacement(c *gin.Context) (reply, error) {
	var in struct {
		Note string `json:"note"`
	}
	return h.onPlacement(c, &in, func(ctx context.Context, one id.ID) error {
		if err := checkReason("note", in.Note); err != nil {
			return err
		}
		return h.Applications.Settle(ctx, desk(c), one, in.Note)
	})
}

// onPlacement reads what a verb wants to know, runs it, and answers with the placement as it then is.
func (h *handlers) onPlacement(c *gin.Context, in any, verb func(context.Context, id.ID) error) (reply, error) {
	if err := readOptional(c, in); err != nil {
		return reply{}, err
	}
	one, err := pathID(c, "id")
	if err != nil {
		return reply{}, err
	}
	if err := verb(c.Request.Context(), one); err != nil {
		return reply{}, err
	}
	return h.apiShowPlacement(c)
}
