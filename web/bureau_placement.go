package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"zhigang/internal/application"
	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/limit"
	"zhigang/internal/report"
)

// The tabs of the ledger: disputes that wait for the bureau first, then placements by how far they can be believed.
const unsettledTab = "unsettled"

func ledgerTabs() []string {
	out := []string{unsettledTab}
	for _, s := range application.PlacementStates() {
		out = append(out, string(s))
	}
	return out
}

// ledgerPage lists the placements of a bureau's region.
type ledgerPage struct {
	Page
	Tabs    []choice
	Waiting bool
	OrgName string // when the list is of one organization
	Without string // the address of the list of all
	Lines   []ledgerLine
	Next    string
}

// ledgerLine is a placement with the steps of its evidence.
type ledgerLine struct {
	application.ListedPlacement
	URL     string
	OrgURL  string
	Steps   []ledgerStep
	Reason  string // why the person disputes
	Settled bool
	Term    term
}

// ledgerStep is a row of a ledger with its day, which is enough in a list.
type ledgerStep struct {
	application.PlacementEvent
	Day calendar.Day
}

// take reads from the ledger what the person said last, and whether the bureau has settled it.
func (l *ledgerLine) take(h *handlers, steps []application.PlacementEvent) {
	for _, e := range steps {
		l.Steps = append(l.Steps, ledgerStep{e, calendar.DayOf(e.At.Time)})
		switch e.Verb {
		case "dispute":
			l.Reason, l.Settled, l.Term = e.Note, false, h.termOf(e.At, h.Reports.SettleDays)
		case "settle":
			l.Settled = true
		}
	}
}

func (h *handlers) listLedger(c *gin.Context) error {
	ctx := c.Request.Context()
	state, owner := c.Query("state"), id.ID(0)
	if !slices.Contains(ledgerTabs(), state) {
		state = unsettledTab
	}
	if text := c.Query("org"); text != "" {
		o, err := h.orgOf(c, text)
		if err != nil {
			return err
		}
		owner = o
	}
	page := &ledgerPage{Page: h.deskPage(c, "placements", h.printer(c).T("bureau.placements", nil))}
	page.Waiting = state == unsettledTab
	if err := h.ledgerTabs(c, page, state, owner); err != nil {
		return err
	}
	filter := application.PlacementFilter{Org: owner, State: application.PlacementState(state), Limit: deskSize + 1}
	if page.Waiting {
		filter.State, filter.Unsettled = "", true
	}
	filter.After, _ = id.Parse(c.Query("after")) // a broken link begins at the beginning
	all, err := h.Applications.PlacementsOfBureau(ctx, desk(c), filter)
	if err != nil {
		return err
	}
	all, more := cut(all)
	if more {
		page.Next = ledgerURL(state, owner, all[len(all)-1].ID)
	}
	page.Lines, err = h.ledgerLines(c, all, state)
	if err != nil {
		return err
	}
	return h.show(c, "bureau/placements", page)
}

// orgOf returns the id of an organization of the bureau that an address names. NotFound for any other.
func (h *handlers) orgOf(c *gin.Context, text string) (id.ID, error) {
	one, err := id.Parse(text)
	if err != nil {
		return 0, errs.NotFound("error.not_found")
	}
	_, err = h.Orgs.Get(c.Request.Context(), desk(c), one)
	return one, err
}

// ledgerURL is the address of a tab of the ledger.
func ledgerURL(state string, owner, after id.ID) string {
	v := url.Values{}
	if state != unsettledTab {
		v.Set("state", state)
	}
	if owner != 0 {
		v.Set("org", owner.String())
	}
	if after != 0 {
		v.Set("after", after.String())
	}
	return withQuery("/bureau/placements", v.Encode())
}

func (h *handlers) ledgerTabs(c *gin.Context, page *ledgerPage, state string, owner id.ID) error {
	ctx, p := c.Request.Context(), h.printer(c)
	n, err := h.Applications.CountPlacements(ctx, desk(c), owner)
	if err != nil {
		return err
	}
	counts := map[string]int{
		unsettledTab: n.Unsettled, string(application.Claimed): n.Claimed,
		string(application.Confirmed): n.Confirmed, string(application.Disputed): n.Disputed,
	}
	for _, tab := range ledgerTabs() {
		page.Tabs = append(page.Tabs, choice{
			URL: ledgerURL(tab, owner, 0), Label: p.T("bureau.placements.tab."+tab, nil), Count: counts[tab],
			Current: tab == state,
		})
	}
	if owner != 0 {
		o, err := h.Orgs.Get(ctx, desk(c), owner)
		if err != nil {
			return err
		}
		page.OrgName, page.Without = o.Name, ledgerURL(state, 0, 0)
	}
	return nil
}

func (h *handlers) ledgerLines(c *gin.Context, all []application.ListedPlacement, state string) ([]ledgerLine, error) {
	ids := make([]id.ID, len(all))
	for n, p := range all {
		ids[n] = p.ID
	}
	ledgers, err := h.Applications.LedgersOf(c.Request.Context(), desk(c), ids)
	if err != nil {
		return nil, err
	}
	lines := make([]ledgerLine, len(all))
	for n, p := range all {
		lines[n] = ledgerLine{
			ListedPlacement: p, URL: "/bureau/placements/" + p.ID.String(), OrgURL: ledgerURL(state, p.Org, 0),
		}
		lines[n].take(h, ledgers[p.ID])
	}
	return lines, nil
}

// deskPlacementPage is one placement with its ledger.
type deskPlacementPage struct {
	Page
	Form    Form
	Line    ledgerLine
	Refused *errs.Error
	MaySay  bool // the actor's role lets them settle
	History []historyLine
}

func (h *handlers) showDeskPlacement(c *gin.Context) error {
	return h.deskPlacementPage(c, http.StatusOK, Form{}, nil)
}

// deskPlacementPage renders the page; refused is why a note cannot be taken, nil when none was given.
func (h *handlers) deskPlacementPage(c *gin.Context, status int, form Form, refused error) error {
	one, err := pathID(c, "id")
	if err != nil {
		return err
	}
	only := application.PlacementFilter{Placement: one, Limit: 1}
	found, err := h.Applications.PlacementsOfBureau(c.Request.Context(), desk(c), only)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return errs.NotFound("error.not_found")
	}
	lines, err := h.ledgerLines(c, found, string(found[0].State))
	if err != nil {
		return err
	}
	title := h.printer(c).T("bureau.placement.title", map[string]any{"name": lines[0].Name, "title": lines[0].Title})
	page := &deskPlacementPage{
		Page: h.deskPage(c, "placements", title), Form: form, Line: lines[0], MaySay: desk(c).InBureau(auth.Supervisor),
	}
	page.Refused, _ = errors.AsType[*errs.Error](refused)
	var deciders []id.ID
	for _, e := range page.Line.Steps {
		if e.Verb == "settle" {
			deciders = append(deciders, e.Account)
		}
	}
	names, err := h.staffNames(c.Request.Context(), deciders)
	if err != nil {
		return err
	}
	for _, e := range page.Line.Steps {
		line := historyLine{At: e.At, Verb: "bureau.event.placement." + e.Verb, Note: e.Note}
		if e.Verb == "settle" {
			line.Who = names[e.Account]
		}
		page.History = append(page.History, line)
	}
	return h.page(c, status, "bureau/placement", page)
}

func (h *handlers) settlePlacement(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	one, err := pathID(c, "id")
	if err != nil {
		return err
	}
	note := form.Get("settle_note")
	if err = checkReason("settle_note", note); err == nil {
		err = renamed(h.Applications.Settle(c.Request.Context(), desk(c), one, note), "note", "settle_note")
	}
	switch {
	case errs.Is(err, errs.KindInvalid):
		return h.deskPlacementPage(c, http.StatusUnprocessableEntity, form.with(err), nil)
	case errs.Is(err, errs.KindConflict):
		return h.deskPlacementPage(c, http.StatusConflict, form, err)
	case err != nil:
		return err
	}
	h.flash(c, "flash.placement.settle")
	return redirect(c, "/bureau/placements/"+one.String())
}

// overduePage lists which organizations owe answers, those that owe longest first.
type overduePage struct {
	Page
	Orgs    []overdueOrg
	Cut     int // how many lines were read when there are more; 0 when all were
	MayUrge bool
}

// overdueOrg is an organization that owes answers, with the posts concerned.
type overdueOrg struct {
	ID     id.ID
	Name   string
	Region string
	Count  int
	Posts  []application.Overdue
	Term   term
}

// maxOverdue is how many posts with late answers are read.
const maxOverdue = 200

func (h *handlers) listOverdue(c *gin.Context) error {
	page := &overduePage{Page: h.deskPage(c, "bureau", h.printer(c).T("bureau.overdue", nil))}
	page.MayUrge = desk(c).InBureau(auth.Supervisor)
	all, err := h.Applications.OverdueOfBureau(c.Request.Context(), desk(c), maxOverdue)
	if err != nil {
		return err
	}
	if len(all) == maxOverdue {
		page.Cut = maxOverdue
	}
	at := map[id.ID]int{}
	for _, o := range all {
		n, known := at[o.Org]
		if !known { // the first line of an organization is its oldest promise
			n = len(page.Orgs)
			at[o.Org] = n
			left := -h.Holidays.WorkingBetween(o.Promised, h.today())
			page.Orgs = append(page.Orgs, overdueOrg{
				ID: o.Org, Name: o.OrgName, Region: o.OrgRegion,
				Term: newTerm(report.ToDo{Task: report.UrgeAnswers, Left: left}),
			})
		}
		page.Orgs[n].Count += o.Count
		page.Orgs[n].Posts = append(page.Orgs[n].Posts, o)
	}
	return h.show(c, "bureau/overdue", page)
}

// urgeRate lets a bureau urge an organization once a day: more often helps nobody.
func urgeRate() limit.Rate { return limit.Rate{Burst: 1, Per: 24 * time.Hour} }

func (h *handlers) urgeOrg(c *gin.Context) error {
	ctx := c.Request.Context()
	one, err := pathID(c, "id")
	if err != nil {
		return err
	}
	if _, err := h.Orgs.Get(ctx, desk(c), one); err != nil {
		return err
	}
	switch err := h.Limiter.Take(ctx, "urge "+one.String(), urgeRate()); {
	case errs.Is(err, errs.KindTooMany):
		h.flash(c, "flash.org.urged_before")
		return redirect(c, "/bureau/overdue")
	case err != nil:
		return err
	}
	if err := h.Applications.Urge(ctx, desk(c), one); err != nil {
		return err
	}
	h.flash(c, "flash.org.urge")
	return redirect(c, "/bureau/overdue")
}
