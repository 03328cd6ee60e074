package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"zhigang/internal/application"
	"zhigang/internal/calendar"
	"zhigang/internal/errs"
	"zhigang/internal/id"
)

// applicantsPage is the table of those who applied to an organization.
type applicantsPage struct {
	consolePage
	paging
	View  applicantsView
	Tabs  []choice
	Sorts []choice
	Posts []Option
	Items []applicantLine
	Form  Form
	// After an action on several: for how many it worked, and for whom it did not.
	Done int
	Left []applicantLeft
}

// applicantsView is what of the applications is shown, and in which order. It stands in the address.
type applicantsView struct {
	Position id.ID
	State    application.State
	Waiting  bool // for an answer
	Overdue  bool
	ByAnswer bool
}

// applicantLine is an applicant in the table.
type applicantLine struct {
	application.Listed
	Sent application.Sent
	On   calendar.Day // on which they applied
	Due  *term        // while an answer is owed
}

// applicantLeft is somebody for whom an action could not be done.
type applicantLeft struct {
	Name string
	Why  FieldError
}

// readView takes the view from an address, or from the hidden fields of a form.
func readView(v url.Values) applicantsView {
	view := applicantsView{
		State: application.State(v.Get("state")), Waiting: v.Get("waiting") == "1", Overdue: v.Get("overdue") == "1",
	}
	view.Position, _ = id.Parse(v.Get("position")) // a broken link shows all
	if !slices.Contains(application.States(), view.State) {
		view.State = ""
	}
	// Who owes answers wants to see first which are due; elsewhere the newest come first.
	view.ByAnswer = view.owing()
	switch v.Get("sort") {
	case "due":
		view.ByAnswer = true
	case "new":
		view.ByAnswer = false
	}
	return view
}

// owing reports whether the view shows none but those who wait for an answer.
func (v applicantsView) owing() bool {
	return v.Waiting || v.Overdue || v.State == application.Received || v.State == application.Viewed
}

// Values writes the view as the query of an address.
func (v applicantsView) Values() url.Values {
	q := url.Values{}
	if v.Position != 0 {
		q.Set("position", v.Position.String())
	}
	if v.State != "" {
		q.Set("state", string(v.State))
	}
	if v.Waiting {
		q.Set("waiting", "1")
	}
	if v.Overdue {
		q.Set("overdue", "1")
	}
	if v.ByAnswer != v.owing() {
		q.Set("sort", map[bool]string{true: "due", false: "new"}[v.ByAnswer])
	}
	return q
}

func (v applicantsView) desk(limit, offset int) application.Desk {
	return application.Desk{
		Position: v.Position, State: v.State, Waiting: v.Waiting, Overdue: v.Overdue, ByAnswer: v.ByAnswer, Limit: limit,
		Offset: offset,
	}
}

// count returns how many applications the view shows.
func (v applicantsView) count(n application.DeskCount) int {
	switch {
	case v.Overdue:
		return n.Overdue
	case v.Waiting:
		return n.Waiting
	case v.State != "":
		return n.ByState[v.State]
	}
	return n.All
}

// at is the address of the table with a view.
func (p *applicantsPage) at(v applicantsView, more url.Values) string {
	q := v.Values()
	for name, values := range more {
		q[name] = values
	}
	return withQuery(p.Path("/applications"), q.Encode())
}

// Keep are the hidden fields that carry the view along with a form.
func (p *applicantsPage) Keep() []hidden {
	var out []hidden
	q := p.View.Values()
	for _, name := range []string{"position", "state", "waiting", "overdue", "sort"} {
		if q.Has(name) {
			out = append(out, hidden{name, q.Get(name)})
		}
	}
	return out
}

// Narrow reports whether anything is left out of the table.
func (p *applicantsPage) Narrow() bool {
	return p.View.State != "" || p.View.Waiting || p.View.Overdue || p.View.Position != 0
}

func (h *handlers) listApplicants(c *gin.Context) error {
	page := applicantsPage{View: readView(c.Request.URL.Query())}
	return h.applicantsPage(c, http.StatusOK, page)
}

// applicantsPage renders the table with what page holds of it.
func (h *handlers) applicantsPage(c *gin.Context, status int, page applicantsPage) error {
	p := h.printer(c)
	var err error
	if page.consolePage, err = h.console(c, "applications", p.T("console.applications.title", nil)); err != nil {
		return err
	}
	ctx, who, owner := c.Request.Context(), actor(c), page.Org.ID
	counts, err := h.Applications.CountOnDesk(ctx, who, owner, page.View.Position)
	if err != nil {
		return err
	}
	page.choices(p.T, counts)
	page.paging = newPaging(c, page.View.count(counts), func(v url.Values) string { return page.at(page.View, v) })
	listed, err := h.Applications.OnDesk(ctx, who, owner, page.View.desk(consoleRows, page.offset()))
	if err != nil {
		return err
	}
	if page.Items, err = h.applicantLines(listed); err != nil {
		return err
	}
	posts, err := h.Applications.CountByPosition(ctx, who, owner)
	if err != nil {
		return err
	}
	page.Posts = []Option{{Label: p.T("console.applications.all_posts", nil), Checked: page.View.Position == 0}}
	for _, n := range posts {
		label := p.T("console.applications.post", map[string]any{"title": n.Title, "count": n.All})
		chosen := n.Position == page.View.Position
		page.Posts = append(page.Posts, Option{Value: n.Position.String(), Label: label, Checked: chosen})
	}
	if page.Pages > 1 {
		page.Title += p.T("search.title_page", map[string]any{"page": page.At, "pages": page.Pages})
	}
	return h.page(c, status, "console/applications", &page)
}

// choices makes the tabs and the orders in which the table can be read.
func (p *applicantsPage) choices(t func(string, map[string]any) string, counts application.DeskCount) {
	tab := func(label string, v applicantsView) {
		v.Position = p.View.Position
		v.ByAnswer = v.owing()
		current := v.State == p.View.State && v.Waiting == p.View.Waiting && v.Overdue == p.View.Overdue
		p.Tabs = append(p.Tabs, choice{URL: p.at(v, nil), Label: t(label, nil), Count: v.count(counts), Current: current})
	}
	tab("console.applications.all", applicantsView{})
	tab("console.applications.waiting", applicantsView{Waiting: true})
	tab("console.applications.overdue", applicantsView{Overdue: true})
	for _, s := range application.States() {
		tab("console.state."+string(s), applicantsView{State: s})
	}
	for _, byAnswer := range []bool{true, false} {
		v := p.View
		v.ByAnswer = byAnswer
		label := map[bool]string{true: "console.applications.sort.due", false: "console.applications.sort.new"}[byAnswer]
		p.Sorts = append(p.Sorts, choice{URL: p.at(v, nil), Label: t(label, nil), Current: p.View.ByAnswer == byAnswer})
	}
}

// applicantLines opens what the applicants sent.
func (h *handlers) applicantLines(listed []application.Listed) ([]applicantLine, error) {
	lines := make([]applicantLine, len(listed))
	for n, l := range listed {
		sent, err := h.Applications.Open(l.Application)
		if err != nil {
			return nil, err
		}
		lines[n] = applicantLine{Listed: l, Sent: sent, On: calendar.DayOf(l.CreatedAt.Time), Due: h.owed(l.Application)}
	}
	return lines, nil
}

// owed says how much time is left to answer; nil when no answer is owed.
func (h *handlers) owed(a application.Application) *term {
	if !a.AnsweredAt.IsZero() || !a.State.Open() {
		return nil
	}
	t := h.deadline(a.AnswerBy)
	return &t
}

// actOnApplicants does one thing with several applicants, each on its own: what one of them does not allow stops nobody
// else's.
func (h *handlers) actOnApplicants(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	page := applicantsPage{View: readView(form.Values), Form: form}
	verb, chosen, err := readBulk(form)
	if err != nil {
		page.Form = form.with(err)
		return h.applicantsPage(c, http.StatusUnprocessableEntity, page)
	}
	owner, err := pathID(c, "org")
	if err != nil {
		return err
	}
	all := make([]application.Application, len(chosen))
	for n, one := range chosen { // nobody is answered when somebody is named who is not there
		if all[n], err = h.applicationOf(c, owner, one); err != nil {
			return err
		}
	}
	for _, a := range all {
		err := h.Applications.Act(c.Request.Context(), actor(c), a.ID, verb, form.Get("reason"), "")
		if h.answeredBefore(c, err, a.ID, verb, form.Get("reason")) {
			err = nil
		}
		said, isConflict := conflict(err)
		switch {
		case err == nil:
			page.Done++
		case isConflict:
			sent, err := h.Applications.Open(a)
			if err != nil {
				return err
			}
			page.Left = append(page.Left, applicantLeft{sent.Name, said})
		case errs.Is(err, errs.KindInvalid):
			page.Form = form.with(err)
			return h.applicantsPage(c, http.StatusUnprocessableEntity, page)
		default:
			return err
		}
	}
	if len(page.Left) > 0 {
		page.Form = Form{}
		return h.applicantsPage(c, http.StatusConflict, page)
	}
	h.flash(c, "flash.applicants_"+string(verb))
	return redirect(c, withQuery(inConsole(c, "/applications"), page.View.Values().Encode()))
}

// maxChosen is how many applicants one action takes at most: as many as a page shows, with room to spare.
const maxChosen = 200

// readBulk takes from the form whom something is to be done with, and what.
func readBulk(form Form) (verb application.Verb, chosen []id.ID, err error) {
	f := errs.Fields{}
	verb = application.Verb(form.Get("verb"))
	if !slices.Contains([]application.Verb{application.View, application.Invite, application.Decline}, verb) {
		f.Add("verb", "error.choice")
	}
	for _, text := range form.All("id") {
		one, err := id.Parse(text)
		if err != nil {
			f.Add("id", "error.id")
			continue
		}
		if !slices.Contains(chosen, one) {
			chosen = append(chosen, one)
		}
	}
	if len(chosen) == 0 {
		f.Add("id", "console.applications.none_chosen")
	}
	if len(chosen) > maxChosen {
		f.Add("id", "error.many", errs.Params{"max": strconv.Itoa(maxChosen)})
	}
	return verb, chosen, f.Err()
}

// applicationOf returns an application to an organization. NotFound for any other, also when the actor may see it
// elsewhere: as the applicant, or as a member of another organization.
func (h *handlers) applicationOf(c *gin.Context, owner, one id.ID) (application.Application, error) {
	a, err := h.Applications.Get(c.Request.Context(), actor(c), one)
	if err == nil && a.Org != owner {
		return application.Application{}, errs.NotFound("error.not_found")
	}
	return a, err
}
