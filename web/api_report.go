package web

import (
	"encoding/json"

	"github.com/gin-gonic/gin"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/id"
	"zhigang/internal/position"
	"zhigang/internal/report"
)

// apiWeekly gives the report of a week, by default the last one that is over: of the bureau's region or one below it, of an
// organization, or of the actor. The answer is the report as it is stored, letter by letter, so that its hash can be
// checked.
func (h *handlers) apiWeekly(c *gin.Context) (reply, error) {
	q := queryOf(c)
	kind := choiceOf(q, "kind", []report.Kind{report.ForBureau, report.ForOrg, report.ForPerson})
	week, owner := q.week("week", h.lastWeek()), q.id("org")
	if kind == report.ForOrg && owner == 0 {
		q.bad.Add("org", "error.required")
	}
	if err := q.Err(); err != nil {
		return reply{}, err
	}
	ctx, who := c.Request.Context(), actor(c)
	var body any
	var err error
	switch kind {
	case report.ForOrg:
		if err = needOrg(c, owner, auth.Viewer); err == nil {
			body, err = h.Reports.OfOrg(ctx, who, owner, week)
		}
	case report.ForPerson:
		body, err = h.Reports.OfPerson(ctx, who, week)
	default:
		if err = who.NeedBureau(auth.Reviewer); err == nil {
			body, err = h.Reports.Weekly(ctx, desk(c), reportRegion(c), week)
		}
	}
	if err != nil {
		return reply{}, err
	}
	text, err := json.Marshal(body)
	return shown(json.RawMessage(text)), err
}

func (h *handlers) lastWeek() calendar.Week { return calendar.WeekOf(h.DB.Clock().Now()).Add(-1) }

// reportRegion is the region that a report is asked for; without one it is the bureau's own. Whether it lies within is for
// the report to say.
func reportRegion(c *gin.Context) string {
	if code := c.Query("region"); code != "" {
		return code
	}
	return actor(c).Bureau.Region
}

// figureRows are the rows behind a number of a bureau's report.
type figureRows struct {
	Figure   report.Figure `json:"figure"`
	Counts   string        `json:"counts"` // what the figure counts, in a sentence
	Unit     string        `json:"unit"`
	Total    int64         `json:"total"`
	Reported *int64        `json:"reported"` // what the stored report says; null when none is stored
	apiList[rowView]
}

// rowView is one line behind a number. What the figure is not about is null.
type rowView struct {
	ID          id.ID          `json:"id"`
	At          stamp          `json:"at"`
	Kind        *position.Kind `json:"kind"`
	Step        string         `json:"step"`
	Amount      int64          `json:"amount"`
	Org         namedView      `json:"org"`
	Region      regionView     `json:"region"`
	Position    *namedView     `json:"position"`
	Employer    string         `json:"employer"`
	Application *id.ID         `json:"application"`
	Placement   *id.ID         `json:"placement"`
	Person      string         `json:"person"` // masked: 王**
}

// apiWeeklyRows lists the rows behind a number of the bureau's report, newest first.
func (h *handlers) apiWeeklyRows(c *gin.Context) (reply, error) {
	q := queryOf(c)
	w := q.window(100)
	cell := report.Cell{
		Region: reportRegion(c), Week: q.week("week", h.lastWeek()), Figure: choiceOf(q, "figure", figures()), Kind: choiceOf(q, "kind", position.Kinds()),
		Child: q.values.Get("part"),
	}
	if _, known := h.Tree.Get(cell.Child); cell.Child != "" && !known {
		q.bad.Add("part", "error.region")
	}
	if cell.Figure == "" {
		q.bad.Add("figure", "error.required")
	}
	if err := q.Err(); err != nil {
		return reply{}, err
	}
	list, err := h.Reports.Rows(c.Request.Context(), desk(c), cell, w.After, w.Per)
	if err != nil {
		return reply{}, err
	}
	p := h.printer(c)
	out := figureRows{
		Figure: cell.Figure, Counts: p.T(list.Definition.TextKey(), nil), Unit: list.Definition.Unit, Total: list.Total, Reported: list.Reported,
		apiList: apiList[rowView]{Items: []rowView{}, Next: orNull(list.Next)},
	}
	for _, r := range list.Rows {
		out.Items = append(out.Items, newRowView(r))
	}
	r := shown(out)
	r.Links = h.nextLink(c, out.Next)
	return r, nil
}

func figures() []report.Figure {
	var out []report.Figure
	for _, d := range report.All() {
		out = append(out, d.Figure)
	}
	return out
}

func newRowView(r report.Row) rowView {
	v := rowView{
		ID: r.ID, At: stamp(db.At(r.At)), Kind: orNull(r.Kind), Step: r.Step, Amount: r.Amount, Org: namedView(r.Org),
		Region: regionView(r.Region), Employer: r.Employer, Application: orNull(r.Application), Placement: orNull(r.Placement), Person: r.Person,
	}
	if r.Position.ID != 0 {
		at := namedView(r.Position)
		v.Position = &at
	}
	return v
}
