package web

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"zhigang/internal/application"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/person"
	"zhigang/internal/position"
)

func myApplicationPath(a id.ID) string { return "/me/applications/" + a.String() }

func myPlacementPath(p id.ID) string { return "/me/placements/" + p.String() }

// myApplicationLine is one of the person's applications in a list.
type myApplicationLine struct {
	application.Listed
	// Late counts the working days since the answer was due; 0 while it is not.
	Late int
}

// Answered reports whether the organization has said more than that it looked.
func (l myApplicationLine) Answered() bool { return !l.AnsweredAt.IsZero() }

// EmployerName returns who hires.
func (l myApplicationLine) EmployerName() string {
	if l.Employer != "" {
		return l.Employer
	}
	return l.OrgName
}

func (h *handlers) myApplicationLines(all []application.Listed) []myApplicationLine {
	today := h.today()
	out := make([]myApplicationLine, len(all))
	for n, l := range all {
		out[n] = myApplicationLine{Listed: l, Late: h.late(l.Application, today)}
	}
	return out
}

// late counts the working days by which the answer to an application is overdue.
func (h *handlers) late(a application.Application, today calendar.Day) int {
	if !a.OverdueOn(today) {
		return 0
	}
	return max(1, h.Holidays.WorkingBetween(a.AnswerBy, today))
}

// myApplicationsPage lists what the person has applied for.
type myApplicationsPage struct {
	Page
	Items []myApplicationLine
	Older string // address of the next page, "" for none
}

const myApplicationsPerPage = 30

func (h *handlers) showMyApplications(c *gin.Context) error {
	f := application.Filter{Limit: myApplicationsPerPage + 1}
	if text := c.Query("after"); text != "" {
		after, err := id.Parse(text)
		if err != nil {
			return errs.NotFound("error.not_found")
		}
		f.After = after
	}
	all, err := h.Applications.OfPerson(c.Request.Context(), actor(c), f)
	if err != nil {
		return err
	}
	page := &myApplicationsPage{Page: Page{Title: h.printer(c).T("me.applications", nil), Nav: "me"}}
	if len(all) > myApplicationsPerPage {
		all = all[:myApplicationsPerPage]
		page.Older = "/me/applications?after=" + all[len(all)-1].ID.String()
	}
	page.Items = h.myApplicationLines(all)
	return h.show(c, "me/applications", page)
}

// myApplicationPage is one application of the person: what was sent, what happened, what comes next.
type myApplicationPage struct {
	Page
	App       application.Application
	Post      position.Listed
	OnShow    bool
	Applied   bool // it has just been sent
	Late      int
	Placement application.Placement // zero for none
	Steps     []storyStep
	Sent      []factLine
	CV        *cvLine
	Consent   person.Consent
	Phone     string // how to reach the organization
	Form      Form
	More      string
}

// Volunteers reports whether the person signed up for service, not for work.
func (p myApplicationPage) Volunteers() bool { return p.Post.Kind == position.Volunteer }

// storyStep is something that happened to an application.
type storyStep struct {
	At     db.Time
	Text   string
	Reason string
	Mine   bool // the person did it
}

func (h *handlers) showMyApplication(c *gin.Context) error {
	a, err := h.ownApplication(c)
	if err != nil {
		return err
	}
	return h.myApplicationPage(c, http.StatusOK, a, Form{})
}

// ownApplication returns the application that the path names if it is the actor's own. Somebody of the organization or
// the bureau sees it elsewhere.
func (h *handlers) ownApplication(c *gin.Context) (application.Application, error) {
	named, err := pathID(c, "id")
	if err != nil {
		return application.Application{}, err
	}
	a, err := h.Applications.Get(c.Request.Context(), actor(c), named)
	if err == nil && a.Person != actor(c).Account {
		return application.Application{}, errs.NotFound("error.not_found")
	}
	return a, err
}

func (h *handlers) myApplicationPage(c *gin.Context, status int, a application.Application, form Form) error {
	ctx, who := c.Request.Context(), actor(c)
	post, owner, err := h.Positions.Known(ctx, a.Position)
	if err != nil {
		return err
	}
	today := h.today()
	page := &myApplicationPage{
		Page: Page{Title: post.Title, Nav: "me"}, App: a, Post: listedOf(post, owner), OnShow: post.OpenOn(today),
		Applied: c.Query("applied") != "" && a.State == application.Received, Late: h.late(a, today),
		Phone: owner.ContactPhone, Form: form, More: h.similar(c, post).Search,
	}
	sent, err := h.Applications.Open(a)
	if err != nil {
		return err
	}
	page.Sent = h.sentLines(h.printer(c), sent)
	if page.CV, err = h.cvOf(ctx, a.CVID); err != nil {
		return err
	}
	consents, err := h.People.Consents(ctx, who)
	if err != nil {
		return err
	}
	if n := slices.IndexFunc(consents, func(one person.Consent) bool { return one.ID == a.Consent }); n >= 0 {
		page.Consent = consents[n]
	}
	page.Placement, err = h.Applications.PlacementOf(ctx, who, a.ID)
	if err != nil && !errs.Is(err, errs.KindNotFound) {
		return err
	}
	if page.Steps, err = h.steps(c, page); err != nil {
		return err
	}
	return h.page(c, status, "me/application", page)
}

// steps tells the story of an application, oldest first: its own history, then the ledger of what came of it. That the
// organization claims a hire is told once, by the hire.
func (h *handlers) steps(c *gin.Context, page *myApplicationPage) ([]storyStep, error) {
	ctx, who, t := c.Request.Context(), actor(c), h.printer(c)
	events, err := h.Applications.History(ctx, who, page.App.ID)
	if err != nil {
		return nil, err
	}
	var out []storyStep
	add := func(at db.Time, account id.ID, verb, reason string) {
		mine := account == who.Account
		out = append(out, storyStep{at, stepText(t, page, verb), reason, mine})
	}
	for _, e := range events {
		add(e.At, e.Account, e.Verb, e.Reason)
	}
	if page.Placement.ID == 0 {
		return out, nil
	}
	ledger, err := h.Applications.Ledger(ctx, who, page.Placement.ID)
	if err != nil {
		return nil, err
	}
	for _, e := range ledger {
		if e.Verb != "claim" {
			add(e.At, e.Account, e.Verb, e.Note)
		}
	}
	return out, nil
}

// stepText says one step in a plain sentence: to sign up is not to apply, and to be an intern is not to be hired.
func stepText(t i18n.Printer, page *myApplicationPage, verb string) string {
	key := "me.step." + verb
	if other := key + "." + string(page.Post.Kind); t.Has(other) {
		key = other
	}
	return t.T(key, map[string]any{"org": page.Post.EmployerName()})
}

// showSentCV sends the CV that went out with an application, as it was then.
func (h *handlers) showSentCV(c *gin.Context) error {
	a, err := h.ownApplication(c)
	if err != nil {
		return err
	}
	return h.sendFile(c, a.CVID)
}

func (h *handlers) withdrawMine(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	a, err := h.ownApplication(c)
	if err != nil {
		return err
	}
	if a.State == application.Withdrawn { // a second click
		return redirect(c, myApplicationPath(a.ID))
	}
	err = h.Applications.WithdrawOwn(c.Request.Context(), actor(c), a.ID, form.Get("reason"))
	if errs.Is(err, errs.KindInvalid) {
		return h.myApplicationPage(c, http.StatusUnprocessableEntity, a, form.with(err))
	}
	if err != nil {
		return err
	}
	h.flash(c, "flash.withdrawn")
	return redirect(c, myApplicationPath(a.ID))
}

// myPlacementPage asks the person whether a hire is true.
type myPlacementPage struct {
	Page
	Placement application.Placement
	Post      position.Listed
	Ledger    []storyStep
	Form      Form
}

func (h *handlers) showMyPlacement(c *gin.Context) error {
	return h.myPlacementPage(c, http.StatusOK, Form{})
}

func (h *handlers) ownPlacement(c *gin.Context) (application.Placement, error) {
	named, err := pathID(c, "id")
	if err != nil {
		return application.Placement{}, err
	}
	p, err := h.Applications.PlacementByID(c.Request.Context(), actor(c), named)
	if err == nil && p.Person != actor(c).Account {
		return application.Placement{}, errs.NotFound("error.not_found")
	}
	return p, err
}

func (h *handlers) myPlacementPage(c *gin.Context, status int, form Form) error {
	ctx, t := c.Request.Context(), h.printer(c)
	p, err := h.ownPlacement(c)
	if err != nil {
		return err
	}
	post, owner, err := h.Positions.Known(ctx, p.Position)
	if err != nil {
		return err
	}
	page := &myPlacementPage{
		Page: Page{Title: t.T("placement.title", nil), Nav: "me"}, Placement: p, Post: listedOf(post, owner), Form: form,
	}
	ledger, err := h.Applications.Ledger(ctx, actor(c), p.ID)
	if err != nil {
		return err
	}
	for _, e := range ledger {
		text := t.T("me.step."+e.Verb, map[string]any{"org": page.Post.EmployerName()})
		page.Ledger = append(page.Ledger, storyStep{e.At, text, e.Note, e.Account == actor(c).Account})
	}
	return h.page(c, status, "me/placement", page)
}

func (h *handlers) confirmPlacement(c *gin.Context) error {
	p, err := h.ownPlacement(c)
	if err != nil {
		return err
	}
	err = h.Applications.Confirm(c.Request.Context(), actor(c), p.ID)
	if errs.KeyOf(err) == "placement.conflict.confirmed" { // a second click
		err = nil
	}
	if err != nil {
		return err
	}
	h.flash(c, "flash.placement_confirmed")
	return redirect(c, myPlacementPath(p.ID))
}

func (h *handlers) disputePlacement(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	p, err := h.ownPlacement(c)
	if err != nil {
		return err
	}
	err = h.Applications.Dispute(c.Request.Context(), actor(c), p.ID, form.Get("reason"))
	switch {
	case errs.Is(err, errs.KindInvalid):
		return h.myPlacementPage(c, http.StatusUnprocessableEntity, form.with(err))
	case errs.KeyOf(err) == "placement.conflict.disputed": // a second click
	case err != nil:
		return err
	}
	h.flash(c, "flash.placement_disputed")
	return redirect(c, myPlacementPath(p.ID))
}
