package web

import (
	"slices"

	"github.com/gin-gonic/gin"

	"zhigang/internal/application"
	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/position"
)

// postView names the post that something is about.
type postView struct {
	ID    id.ID         `json:"id"`
	Title string        `json:"title"`
	Kind  position.Kind `json:"kind"`
}

// applicationItem is an application as lists show it.
type applicationItem struct {
	ID         id.ID             `json:"id"`
	Position   postView          `json:"position"`
	Org        namedView         `json:"org"`
	Employer   string            `json:"employer"`
	State      application.State `json:"state"`
	AnswerBy   dayOrNull         `json:"answer_by"`
	Overdue    bool              `json:"overdue"`
	AnsweredAt stamp             `json:"answered_at"`
	InTime     *bool             `json:"in_time"` // whether the answer came by the promised day; null while there is none
	CreatedAt  stamp             `json:"created_at"`
	UpdatedAt  stamp             `json:"updated_at"`
	Placement  *placementRef     `json:"placement"`
	Sent       *sentView         `json:"sent"` // to the organization
}

type placementRef struct {
	ID    id.ID                      `json:"id"`
	State application.PlacementState `json:"state"`
}

// sentView is what the person agreed to send. An organization sees telephone and e-mail once it has invited; until then
// they are masked.
type sentView struct {
	Name        string          `json:"name"`
	Email       string          `json:"email"`
	Mobile      string          `json:"mobile"`
	Degree      position.Degree `json:"degree"`
	School      string          `json:"school"`
	Major       string          `json:"major"`
	GraduatedOn dayOrNull       `json:"graduated_on"`
	Skills      []string        `json:"skills"`
	About       string          `json:"about"`
}

func (h *handlers) applicationItem(l application.Listed) applicationItem {
	item := applicationItem{
		ID: l.ID, Position: postView{l.Position, l.Title, l.Kind}, Org: namedView{l.Org, l.OrgName}, Employer: l.Employer, State: l.State,
		AnswerBy: dayOrNull(l.AnswerBy), Overdue: l.OverdueOn(h.today()), AnsweredAt: stamp(l.AnsweredAt), CreatedAt: stamp(l.CreatedAt),
		UpdatedAt: stamp(l.UpdatedAt),
	}
	if l.InTime != nil {
		inTime := *l.InTime == 1
		item.InTime = &inTime
	}
	if l.PlacementID != 0 {
		item.Placement = &placementRef{l.PlacementID, l.PlacementState}
	}
	return item
}

// sentView opens what the person sent, for the person or for the organization.
func (h *handlers) sentView(a application.Application, own bool) (*sentView, error) {
	s, err := h.Applications.Open(a)
	if err != nil {
		return nil, err
	}
	v := &sentView{
		Name: s.Name, Email: s.Email, Mobile: s.Mobile, Degree: position.Degree(s.Degree), School: s.School, Major: s.Major,
		GraduatedOn: dayOrNull(s.GraduatedOn), Skills: listOf(s.Skills), About: s.About,
	}
	if !own {
		v.Email, v.Mobile = contactOf(a, s)
	}
	return v, nil
}

// apiListApplications lists the actor's own applications, or with org those to an organization, newest first.
func (h *handlers) apiListApplications(c *gin.Context) (reply, error) {
	ctx, who, q := c.Request.Context(), actor(c), queryOf(c)
	w, owner := q.window(100), q.id("org")
	f := application.Filter{
		Position: q.id("position"), State: choiceOf(q, "state", application.States()), Overdue: q.truth("overdue"), After: w.After, Limit: w.more(),
	}
	if err := q.Err(); err != nil {
		return reply{}, err
	}
	var all []application.Listed
	var err error
	if owner == 0 {
		all, err = h.Applications.OfPerson(ctx, who, f)
	} else if err = needOrg(c, owner, auth.Viewer); err == nil {
		all, err = h.Applications.OfOrg(ctx, who, owner, f)
	}
	if err != nil {
		return reply{}, err
	}
	page, next := keyset(w, all, func(l application.Listed) id.ID { return l.ID })
	out := apiList[applicationItem]{Items: []applicationItem{}, Next: next}
	for _, l := range page {
		item := h.applicationItem(l)
		if item.Sent, err = h.sentView(l.Application, owner == 0); err != nil {
			return reply{}, err
		}
		out.Items = append(out.Items, item)
	}
	r := shown(out)
	r.Links = h.nextLink(c, next)
	return r, nil
}

// applicationDetail is an application with its story.
type applicationDetail struct {
	applicationItem
	Message string             `json:"message"`
	CV      *fileView          `json:"cv"`
	History []eventView        `json:"history"`
	Notes   []noteView         `json:"notes"` // of the organization, for itself
	Verbs   []application.Verb `json:"verbs"` // what the actor may do now
}

type noteView struct {
	At   stamp  `json:"at"`
	Text string `json:"text"`
}

// application returns the application that the path names, for its person or its organization; own says which. A bureau
// sees the progress of applications in its figures, and none of them.
func (h *handlers) application(c *gin.Context) (a application.Application, own bool, err error) {
	one, err := pathID(c, "id")
	if err != nil {
		return a, false, err
	}
	who := actor(c)
	who.Bureau = nil
	a, err = h.Applications.Get(c.Request.Context(), who, one)
	return a, a.Person == who.Account, err
}

func (h *handlers) apiShowApplication(c *gin.Context) (reply, error) {
	a, own, err := h.application(c)
	if err != nil {
		return reply{}, err
	}
	view, err := h.applicationDetail(c, a, own)
	return shown(view), err
}

func (h *handlers) applicationDetail(c *gin.Context, a application.Application, own bool) (applicationDetail, error) {
	ctx, who := c.Request.Context(), actor(c)
	p, o, err := h.Positions.Known(ctx, a.Position)
	if err != nil {
		return applicationDetail{}, err
	}
	l := application.Listed{Application: a, Title: p.Title, Kind: p.Kind, OrgName: o.Name, Employer: p.Employer}
	placement, err := h.Applications.PlacementOf(ctx, who, a.ID)
	if err != nil && !errs.Is(err, errs.KindNotFound) {
		return applicationDetail{}, err
	}
	l.PlacementID, l.PlacementState = placement.ID, placement.State
	out := applicationDetail{
		applicationItem: h.applicationItem(l), Message: a.Message, History: []eventView{}, Notes: []noteView{}, Verbs: verbsOf(who, a, own),
	}
	if out.Sent, err = h.sentView(a, own); err != nil {
		return out, err
	}
	if a.CVID != 0 {
		info, err := h.Files.Info(ctx, a.CVID)
		if err != nil {
			return out, err
		}
		cv := h.fileView(info, "/applications/"+a.ID.String()+"/cv")
		out.CV = &cv
	}
	return out, h.applicationStory(c, &out, a)
}

// verbsOf lists what the actor may do with an application.
func verbsOf(who auth.Actor, a application.Application, own bool) []application.Verb {
	out := []application.Verb{}
	if who.InOrg(a.Org, auth.Editor) {
		for _, v := range application.Verbs() {
			if a.State.Can(v) {
				out = append(out, v)
			}
		}
	}
	if own && a.State.Can(application.Withdraw) {
		out = append(out, application.Withdraw)
	}
	return out
}

// applicationStory adds what happened, and for the organization what it noted.
func (h *handlers) applicationStory(c *gin.Context, out *applicationDetail, a application.Application) error {
	ctx, who := c.Request.Context(), actor(c)
	events, err := h.Applications.History(ctx, who, a.ID)
	if err != nil {
		return err
	}
	for _, e := range events {
		by := "org"
		switch e.Account {
		case a.Person:
			by = "person"
		case 0:
			by = "system"
		}
		out.History = append(out.History, eventView{stamp(e.At), e.Verb, string(e.From), string(e.To), e.Reason, by})
	}
	if !who.InOrg(a.Org, auth.Viewer) {
		return nil
	}
	notes, err := h.Applications.Notes(ctx, who, a)
	for _, n := range notes {
		out.Notes = append(out.Notes, noteView{stamp(n.At), n.Text})
	}
	return err
}

// apiApply applies from the actor's profile. Asked twice for the same post it answers with the first application.
func (h *handlers) apiApply(c *gin.Context) (reply, error) {
	var in struct {
		Position id.ID  `json:"position"`
		Message  string `json:"message"`
		Consent  bool   `json:"consent"`
	}
	if err := readJSON(c, &in); err != nil {
		return reply{}, err
	}
	if in.Position == 0 {
		return reply{}, errs.Fields{"position": {Key: "error.required"}}.Err()
	}
	a, again, err := h.Applications.Apply(c.Request.Context(), actor(c), application.Request{
		Position: in.Position, Message: in.Message, Consent: in.Consent,
	})
	if err != nil {
		return reply{}, called(err, map[string]string{
			"degree": "profile.degree", "school": "profile.school", "major": "profile.major", "graduated_on": "profile.graduated_on",
		})
	}
	view, err := h.applicationDetail(c, a, true)
	if again {
		return shown(view), err
	}
	return made(apiRoot+"/applications/"+a.ID.String(), view), err
}

// apiActOnApplication does what the path says: view, interview, offer, hire and decline are the organization's, withdraw is
// the person's.
func (h *handlers) apiActOnApplication(c *gin.Context) (reply, error) {
	verb := application.Verb(c.Param("verb"))
	if !slices.Contains(append(application.Verbs(), application.Withdraw), verb) {
		return reply{}, errs.NotFound("error.not_found")
	}
	var in struct {
		Reason  string       `json:"reason"`
		StartOn calendar.Day `json:"start_on"`
	}
	if err := readOptional(c, &in); err != nil {
		return reply{}, err
	}
	if err := checkReason("reason", in.Reason); err != nil {
		return reply{}, err
	}
	a, _, err := h.application(c)
	if err != nil {
		return reply{}, err
	}
	ctx, who := c.Request.Context(), actor(c)
	if verb == application.Withdraw {
		err = h.Applications.WithdrawOwn(ctx, who, a.ID, in.Reason)
	} else {
		err = h.Applications.Act(ctx, who, a.ID, verb, in.Reason, in.StartOn)
	}
	if err != nil {
		return reply{}, err
	}
	return h.apiShowApplication(c)
}

// apiAddNote writes down what the organization wants to remember of an applicant.
func (h *handlers) apiAddNote(c *gin.Context) (reply, error) {
	var in struct {
		Text string `json:"text"`
	}
	if err := readJSON(c, &in); err != nil {
		return reply{}, err
	}
	if in.Text == "" {
		return reply{}, errs.Fields{"text": {Key: "error.required"}}.Err()
	}
	a, _, err := h.application(c)
	if err != nil {
		return reply{}, err
	}
	if err := needOrg(c, a.Org, auth.Editor); err != nil {
		return reply{}, err
	}
	if err := h.Applications.AddNote(c.Request.Context(), actor(c), a.ID, in.Text); err != nil {
		return reply{}, err
	}
	return h.apiShowApplication(c)
}

func (h *handlers) apiShowApplicationCV(c *gin.Context) (reply, error) {
	a, _, err := h.application(c)
	if err != nil {
		return reply{}, err
	}
	if a.CVID == 0 {
		return reply{}, errs.NotFound("error.not_found")
	}
	return reply{sent: true}, h.sendApart(c, a.CVID)
}
