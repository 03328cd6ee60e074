package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"zhigang/internal/application"
	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/errs"
	"zhigang/internal/file"
	"zhigang/internal/id"
	"zhigang/internal/position"
)

// candidatePage is one applicant: what they sent, where it stands and what may be done.
type candidatePage struct {
	consolePage
	Application application.Application
	Post        position.Position
	Sent        application.Sent
	Email       string // masked until the interview
	Mobile      string
	Contact     bool // whether the contact is shown in full
	Due         *term
	CV          *file.Info
	Notes       []noteLine
	History     []historyLine
	Placement   *application.Placement
	Ledger      []historyLine
	Form        Form
	Refused     *FieldError
}

// noteLine is what the organization wrote down for itself.
type noteLine struct {
	application.Note
	Who string
}

// Verbs are the answers that may be given now.
func (p *candidatePage) Verbs() []answerButton {
	var out []answerButton
	for _, v := range application.Verbs() {
		if p.Editor && p.Application.State.Can(v) {
			out = append(out, answerButton{string(v), verbLabel(v, p.Post.Kind)})
		}
	}
	return out
}

// answerButton is a verb with the key of what it is called.
type answerButton struct{ Verb, Label string }

// verbLabel is the key of what a verb is called for a kind of post: volunteers are not hired.
func verbLabel(v application.Verb, k position.Kind) string {
	if k == position.Volunteer && v == application.Hire {
		return "console.verb.hire.volunteer"
	}
	return "console.verb." + string(v)
}

// candidate returns the application that the path names, of the organization that the path names.
func (h *handlers) candidate(c *gin.Context) (application.Application, error) {
	owner, err := pathID(c, "org")
	if err != nil {
		return application.Application{}, err
	}
	one, err := pathID(c, "id")
	if err != nil {
		return application.Application{}, err
	}
	return h.applicationOf(c, owner, one)
}

func (h *handlers) showCandidate(c *gin.Context) error {
	a, err := h.candidate(c)
	if err != nil {
		return err
	}
	return h.candidatePage(c, http.StatusOK, a, Form{}, nil)
}

// contactKnown reports whether an organization sees telephone and e-mail: once it has invited, and while it goes on.
// Until then it has no need of them (个人信息保护法 art 6: the least that serves the purpose).
func contactKnown(s application.State) bool {
	return slices.Contains([]application.State{application.Interview, application.Offer, application.Hired}, s)
}

// contactOf returns e-mail and mobile number of an applicant as the organization may see them.
func contactOf(a application.Application, sent application.Sent) (email, mobile string) {
	email, mobile = sent.Email, sent.Mobile
	if contactKnown(a.State) {
		return email, mobile
	}
	if email != "" {
		email = auth.Login{Kind: auth.Email, Value: email}.Mask()
	}
	if mobile != "" {
		mobile = auth.Login{Kind: auth.Mobile, Value: mobile}.Mask()
	}
	return email, mobile
}

// candidatePage renders the page of an applicant; refused is why what was asked for cannot be.
func (h *handlers) candidatePage(
	c *gin.Context, status int, a application.Application, form Form, refused error,
) error {
	ctx, who := c.Request.Context(), actor(c)
	sent, err := h.Applications.Open(a)
	if err != nil {
		return err
	}
	base, err := h.console(c, "applications", sent.Name)
	if err != nil {
		return err
	}
	page := &candidatePage{
		consolePage: base, Application: a, Sent: sent, Contact: contactKnown(a.State), Due: h.owed(a), Form: form.with(refused),
	}
	page.Email, page.Mobile = contactOf(a, sent)
	if said, ok := conflict(refused); ok {
		page.Refused = &said
	}
	if !page.Form.Values.Has("start_on") {
		page.Form.Values.Set("start_on", string(h.today().Add(7)))
	}
	if page.Post, err = h.Positions.Get(ctx, who, a.Position); err != nil {
		return err
	}
	if a.CVID != 0 {
		cv, err := h.Files.Info(ctx, a.CVID)
		if err != nil {
			return err
		}
		page.CV = &cv
	}
	if err := h.candidateStory(c, page); err != nil {
		return err
	}
	return h.page(c, status, "console/candidate", page)
}

// candidateStory adds what happened, what was noted and what came of it.
func (h *handlers) candidateStory(c *gin.Context, page *candidatePage) error {
	ctx, who, a, p := c.Request.Context(), actor(c), page.Application, h.printer(c)
	names, err := h.memberNames(ctx, who, a.Org)
	if err != nil {
		return err
	}
	names[a.Person] = p.T("console.who.person", nil) // also when the applicant works for the organization
	notes, err := h.Applications.Notes(ctx, who, a)
	if err != nil {
		return err
	}
	for _, n := range slices.Backward(notes) {
		page.Notes = append(page.Notes, noteLine{n, names[n.Account]})
	}
	events, err := h.Applications.History(ctx, who, a.ID)
	if err != nil {
		return err
	}
	for _, e := range slices.Backward(events) {
		page.History = append(page.History, historyLine{
			At: e.At, Verb: "console.candidate.event." + e.Verb, Note: e.Reason, Who: names[e.Account],
		})
	}
	placement, err := h.Applications.PlacementOf(ctx, who, a.ID)
	if errs.Is(err, errs.KindNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	page.Placement = &placement
	ledger, err := h.Applications.Ledger(ctx, who, placement.ID)
	if err != nil {
		return err
	}
	for _, e := range ledger {
		line := historyLine{At: e.At, Verb: "console.placement.event." + e.Verb, Note: e.Note, Who: names[e.Account]}
		if e.Verb == "settle" {
			line.Who = p.T("console.who.bureau", nil)
		}
		page.Ledger = append(page.Ledger, line)
	}
	return nil
}

// actOnCandidate lets the organization answer: the form says what, with a word for the applicant and the day of a hire.
func (h *handlers) actOnCandidate(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	a, err := h.candidate(c)
	if err != nil {
		return err
	}
	verb := application.Verb(form.Get("verb"))
	start := calendar.Day(plainDigits(strings.TrimSpace(form.Get("start_on"))))
	err = h.Applications.Act(c.Request.Context(), actor(c), a.ID, verb, form.Get("reason"), start)
	if h.answeredBefore(c, err, a.ID, verb, form.Get("reason")) {
		err = nil
	}
	return h.candidateDone(c, a, form, err, "flash.applicants_"+string(verb))
}

func (h *handlers) addNote(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	a, err := h.candidate(c)
	if err != nil {
		return err
	}
	err = h.Applications.AddNote(c.Request.Context(), actor(c), a.ID, form.Get("text"))
	return h.candidateDone(c, a, form, err, "flash.saved")
}

// candidateDone goes back to the applicant, or says on their page, as it stands by now, why what was asked for cannot
// be.
func (h *handlers) candidateDone(c *gin.Context, a application.Application, form Form, err error, done string) error {
	if told(err) {
		now, e := h.candidate(c)
		if e != nil {
			return e
		}
		return h.candidatePage(c, statusOf(err), now, form, err)
	}
	if err != nil {
		return err
	}
	h.flash(c, done)
	return redirect(c, consolePath(a.Org, "/applications/"+a.ID.String()))
}

// showCandidateCV sends the CV that came with an application.
func (h *handlers) showCandidateCV(c *gin.Context) error {
	a, err := h.candidate(c)
	if err != nil {
		return err
	}
	if a.CVID == 0 {
		return errs.NotFound("error.not_found")
	}
	return h.sendApart(c, a.CVID)
}

// sendApart sends a file that somebody else made. Should a browser show it after all, then as a page that may do
// nothing.
func (h *handlers) sendApart(c *gin.Context, f id.ID) error {
	c.Header("Content-Security-Policy", "sandbox; default-src 'none'")
	return h.sendFile(c, f)
}
