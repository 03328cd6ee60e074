package web

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"zhigang/internal/application"
	"zhigang/internal/calendar"
	"zhigang/internal/errs"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/person"
	"zhigang/internal/position"
	"zhigang/internal/search"
)

// applyPage asks for what an application still lacks, and says who receives what.
type applyPage struct {
	Page
	Post     postCard
	Form     Form
	AnswerBy calendar.Day
	Phone    string     // how to reach who receives
	Missing  []string   // fields of the profile that the form asks for
	Sending  []factLine // what is sent as it stands in the profile
	Fields   []string   // names of all that is sent, for the consent
	Receiver string     // who receives it, for the consent
	Degrees  []Option
	CV       *cvLine
	Closed   string // key of why nobody can apply, "" when people can
	Similar  []postCard
	Onward   onward
}

// Volunteers give no more than their consent and a word.
func (p applyPage) Volunteers() bool { return p.Post.Kind == position.Volunteer }

// Asks reports whether the form asks for a field of the profile.
func (p applyPage) Asks(field string) bool {
	for _, m := range p.Missing {
		if m == field {
			return true
		}
	}
	return false
}

// listedOf joins a position and its organization as lists do.
func listedOf(p position.Position, o org.Org) position.Listed {
	return position.Listed{
		Position: p, OrgName: o.Name, OrgKind: o.Kind, OrgRegion: o.Region, Rating: o.Rating, RatingUntil: o.RatingUntil,
	}
}

func (h *handlers) showApply(c *gin.Context) error {
	post, err := pathID(c, "id")
	if err != nil {
		return err
	}
	if found, err := h.appliedAlready(c, post); found || err != nil {
		return err
	}
	return h.applyPage(c, http.StatusOK, Form{})
}

// appliedAlready leads somebody who has applied to what they sent.
func (h *handlers) appliedAlready(c *gin.Context, post id.ID) (bool, error) {
	a, err := h.Applications.Find(c.Request.Context(), actor(c), post)
	if errs.Is(err, errs.KindNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	h.flash(c, "flash.applied_already")
	return true, redirect(c, myApplicationPath(a.ID))
}

// applyPage renders the page. When the post takes nobody any more it says so, and where to go on; what was sent then is
// answered with status 409.
func (h *handlers) applyPage(c *gin.Context, status int, form Form) error {
	ctx := c.Request.Context()
	post, err := pathID(c, "id")
	if err != nil {
		return err
	}
	p, owner, err := h.Positions.Public(ctx, post)
	if err != nil {
		return err
	}
	cards, err := h.cards(c, []position.Listed{listedOf(p, owner)})
	if err != nil {
		return err
	}
	t := h.printer(c)
	page := &applyPage{
		Post: cards[0], Form: form, Phone: owner.ContactPhone, Closed: closedKey(p, h.today()), Degrees: degreeOptions(t),
		AnswerBy: h.Holidays.AddWorking(h.today(), p.AnswerDays), Receiver: application.Receiver(listedOf(p, owner)),
	}
	page.Page = Page{Title: t.T(page.verbKey("apply.title"), map[string]any{"title": p.Title}), Nav: "find"}
	if page.Volunteers() {
		page.Nav = "volunteer"
	}
	if page.Closed != "" {
		page.Title = t.T("apply.closed.title", map[string]any{"title": p.Title})
		if err := h.addSimilar(c, page, p); err != nil {
			return err
		}
		if status != http.StatusOK {
			status = http.StatusConflict
		}
		return h.page(c, status, "apply", page)
	}
	if err := h.addProfile(c, page); err != nil {
		return err
	}
	return h.page(c, status, "apply", page)
}

// verbKey picks the words for volunteers where they sign up instead of applying.
func (p applyPage) verbKey(key string) string {
	if p.Volunteers() {
		return key + ".volunteer"
	}
	return key
}

// closedKey says why nobody can apply for p on day d.
func closedKey(p position.Position, d calendar.Day) string {
	switch state := p.StateOn(d); {
	case state != position.Published:
		return "apply.closed." + string(state)
	case p.Left() <= 0:
		return "apply.closed.full"
	}
	return ""
}

// addSimilar adds the newest other posts of the same organization, and a search for the same kind nearby.
func (h *handlers) addSimilar(c *gin.Context, page *applyPage, p position.Position) error {
	more, err := h.Positions.OfOrg(c.Request.Context(), p.OrgID, 5)
	if err != nil {
		return err
	}
	open := more[:0]
	for _, l := range more {
		if l.ID != p.ID && l.Left() > 0 && len(open) < 3 {
			open = append(open, l)
		}
	}
	page.Onward = h.similar(c, p)
	page.Similar, err = h.cards(c, open)
	return err
}

// onward leads on from a post that takes nobody: to similar ones, and to being told of new ones.
type onward struct{ Search, Alert string }

// similar returns the ways to posts of the same kind in the same district.
func (h *handlers) similar(c *gin.Context, p position.Position) onward {
	q := search.Query{Kinds: []position.Kind{p.Kind}}
	if path := h.Tree.Path(p.Region); len(path) > 0 {
		q.Regions = path[min(len(path), 3)-1 : min(len(path), 3)]
	}
	query := q.Criteria().Encode()
	return onward{"/positions?" + query, alertURL(c, query)}
}

// addProfile adds what would be sent, and what is still lacking.
func (h *handlers) addProfile(c *gin.Context, page *applyPage) error {
	ctx, who := c.Request.Context(), actor(c)
	profile, err := h.People.Get(ctx, who)
	if err != nil {
		return err
	}
	if !page.Volunteers() {
		page.Missing = profile.Missing()
	}
	contact, err := h.Accounts.Contact(ctx, h.DB, who.Account)
	if err != nil {
		return err
	}
	if page.CV, err = h.cvOf(ctx, profile.CVID); err != nil {
		return err
	}
	t := h.printer(c)
	page.Sending = h.sentLines(t, application.Sent{
		Name: contact.Name, Email: contact.Email, Mobile: contact.Mobile,
		Degree: profile.Degree, School: profile.School, Major: profile.Major, GraduatedOn: profile.GraduatedOn,
		Skills: profile.Skills.V, About: profile.About,
	})
	for _, field := range application.SentFields() {
		page.Fields = append(page.Fields, t.T("field."+field, nil))
	}
	return nil
}

// sentLines lists what an application sends, without what was left empty.
func (h *handlers) sentLines(t i18n.Printer, s application.Sent) []factLine {
	degree := ""
	if s.Degree != "" {
		degree = t.T("degree."+s.Degree, nil)
	}
	all := []factLine{
		{"field.name", s.Name}, {"field.email", s.Email}, {"field.mobile", s.Mobile},
		{"field.degree", degree}, {"field.school", s.School}, {"field.major", s.Major},
		{"field.graduated_on", format{t, h}.day(s.GraduatedOn)}, {"field.skills", joinList(t, s.Skills)},
		{"field.about", s.About},
	}
	out := all[:0]
	for _, line := range all {
		if strings.TrimSpace(line.Value) != "" {
			out = append(out, line)
		}
	}
	return out
}

func (h *handlers) apply(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	post, err := pathID(c, "id")
	if err != nil {
		return err
	}
	if found, err := h.appliedAlready(c, post); found || err != nil {
		return err
	}
	ctx := c.Request.Context()
	p, _, err := h.Positions.Public(ctx, post)
	if err != nil {
		return err
	}
	consent := form.Get("consent") == "yes"
	if err := h.completeProfile(c, form, p.Kind, consent); errs.Is(err, errs.KindInvalid) {
		return h.applyPage(c, http.StatusUnprocessableEntity, form.with(err))
	} else if err != nil {
		return err
	}
	a, again, err := h.Applications.Apply(ctx, actor(c), application.Request{
		Position: post, Message: form.Get("message"), Consent: consent, Receiver: form.Get("receiver"),
	})
	switch {
	case errs.Is(err, errs.KindInvalid):
		if _, changed := errs.FieldsOf(err)["consent"]; changed { // nobody has agreed to what the page says now
			form.Values.Del("consent")
		}
		return h.applyPage(c, http.StatusUnprocessableEntity, form.with(err))
	case errs.Is(err, errs.KindConflict): // full or closed since the page was opened: the page says so
		if p, _, e := h.Positions.Public(ctx, post); e != nil || closedKey(p, h.today()) == "" {
			return err
		}
		return h.applyPage(c, http.StatusConflict, form)
	case err != nil:
		return err
	case again:
		h.flash(c, "flash.applied_already")
		return redirect(c, myApplicationPath(a.ID))
	}
	return redirect(c, myApplicationPath(a.ID)+"?applied=1")
}

// completeProfile puts into the actor's profile what it lacked for paid work and the form brought. Nothing but the CV,
// which could not be typed again, is saved when something is refused. Invalid when a field is empty or wrong, or the
// consent is missing: all complaints come at once.
func (h *handlers) completeProfile(c *gin.Context, form Form, kind position.Kind, consent bool) error {
	ctx, who := c.Request.Context(), actor(c)
	profile, err := h.People.Get(ctx, who)
	if err != nil {
		return err
	}
	complaints := errs.Fields{}
	if _, err := h.takeCV(c, &profile); errs.Is(err, errs.KindInvalid) {
		complaints = errs.FieldsOf(err)
	} else if err != nil {
		return err
	}
	if !consent {
		complaints.Add("consent", "application.consent.required")
	}
	missing := profile.Missing()
	if kind == position.Volunteer || len(missing) == 0 {
		return complaints.Err()
	}
	fillMissing(&profile, form, missing, complaints)
	for _, field := range profile.Missing() {
		complaints.Add(field, "error.required")
	}
	if len(complaints) > 0 {
		return complaints.Err()
	}
	err = h.People.Save(ctx, who, profile)
	if errs.Is(err, errs.KindConflict) { // two clicks at the same moment: the first one has filled it in
		if now, e := h.People.Get(ctx, who); e == nil && len(now.Missing()) == 0 {
			return nil
		}
	}
	return err
}

// fillMissing takes the missing fields of a profile from the form, and only those.
func fillMissing(p *person.Profile, form Form, missing []string, complaints errs.Fields) {
	given, wrong := person.Profile{}, errs.Fields{}
	readEducation(form, &given, wrong)
	for _, field := range missing {
		switch field {
		case "degree":
			p.Degree = given.Degree
		case "school":
			p.School = strings.TrimSpace(given.School)
		case "major":
			p.Major = strings.TrimSpace(given.Major)
		case "graduated_on":
			p.GraduatedOn = given.GraduatedOn
		}
		if f, bad := wrong[field]; bad {
			complaints.Add(field, f.Key, f.Params)
		}
	}
}
