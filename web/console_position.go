package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"zhigang/internal/application"
	"zhigang/internal/calendar"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/position"
)

// postsPage is the table of an organization's posts.
type postsPage struct {
	consolePage
	paging
	Query string
	State position.State
	Tabs  []choice
	Items []postLine
}

type postLine struct {
	position.Position
	Shown        position.State
	Updated      calendar.Day
	Applications application.PositionCount
}

func (h *handlers) listOwnPositions(c *gin.Context) error {
	p := h.printer(c)
	base, err := h.console(c, "positions", p.T("console.positions.title", nil))
	if err != nil {
		return err
	}
	ctx, who, owner := c.Request.Context(), actor(c), base.Org.ID
	page := &postsPage{consolePage: base, Query: cutText(c.Query("q"), 60), State: position.State(c.Query("state"))}
	if !slices.Contains(position.States(), page.State) {
		page.State = ""
	}
	counts, err := h.Positions.CountOnDesk(ctx, who, owner, position.Desk{Title: page.Query})
	if err != nil {
		return err
	}
	total := page.tabs(p.T, counts)
	page.paging = newPaging(c, total, func(v url.Values) string { return page.list(page.State, v) })
	items, err := h.Positions.OnDesk(ctx, who, owner, position.Desk{
		State: page.State, Title: page.Query, Limit: consoleRows, Offset: page.offset(),
	})
	if err != nil {
		return err
	}
	if page.Items, err = h.postLines(c, owner, items); err != nil {
		return err
	}
	if page.Pages > 1 {
		page.Title += p.T("search.title_page", map[string]any{"page": page.At, "pages": page.Pages})
	}
	return h.show(c, "console/positions", page)
}

// tabs makes a tab for each state and returns how many posts the chosen one holds.
func (p *postsPage) tabs(t func(string, map[string]any) string, counts map[position.State]int) int {
	all := 0
	for _, n := range counts {
		all += n
	}
	first := choice{URL: p.list("", url.Values{}), Label: t("console.positions.all", nil), Count: all, Current: p.State == ""}
	p.Tabs = []choice{first}
	for _, s := range position.States() {
		p.Tabs = append(p.Tabs, choice{
			URL: p.list(s, url.Values{}), Label: t("position.state."+string(s), nil), Count: counts[s], Current: p.State == s,
		})
	}
	if p.State == "" {
		return all
	}
	return counts[p.State]
}

// list is the address of the table with a tab and what v says of the page.
func (p *postsPage) list(s position.State, v url.Values) string {
	if s != "" {
		v.Set("state", string(s))
	}
	if p.Query != "" {
		v.Set("q", p.Query)
	}
	return withQuery(p.Path("/positions"), v.Encode())
}

// postLines adds to posts how many people applied.
func (h *handlers) postLines(c *gin.Context, owner id.ID, items []position.Position) ([]postLine, error) {
	if len(items) == 0 {
		return nil, nil
	}
	ids := make([]id.ID, len(items))
	for n, p := range items {
		ids[n] = p.ID
	}
	counts, err := h.Applications.CountByPosition(c.Request.Context(), actor(c), owner, ids...)
	if err != nil {
		return nil, err
	}
	of := make(map[id.ID]application.PositionCount, len(counts))
	for _, n := range counts {
		of[n.Position] = n
	}
	lines := make([]postLine, len(items))
	for n, p := range items {
		lines[n] = postLine{p, p.StateOn(h.today()), calendar.DayOf(p.UpdatedAt.Time), of[p.ID]}
	}
	return lines, nil
}

// ownPosition returns the post that the path names. NotFound unless it is one of the organization that the path names,
// also when the actor may see it elsewhere.
func (h *handlers) ownPosition(c *gin.Context) (position.Position, error) {
	owner, err := pathID(c, "org")
	if err != nil {
		return position.Position{}, err
	}
	post, err := pathID(c, "id")
	if err != nil {
		return position.Position{}, err
	}
	p, err := h.Positions.Get(c.Request.Context(), actor(c), post)
	if err == nil && p.OrgID != owner {
		return position.Position{}, errs.NotFound("error.not_found")
	}
	return p, err
}

// postPage is one post: as the public sees it, with what is missing, its history and what may be done.
type postPage struct {
	consolePage
	Post         postCard
	State        position.State
	Facts        []factLine
	Reasons      []reasonLine
	Checks       []checkLine
	Missing      int
	Applications application.PositionCount
	History      []historyLine
	Form         Form
	Refused      *FieldError // why what was asked for cannot be
	Outcomes     []Option
	LastRenew    calendar.Day // the last day that may be chosen
}

// checkLine is one of the particulars that a post must state, and what keeps it from being complete.
type checkLine struct {
	Field    string
	Problems []FieldError
}

// Can reports whether the state allows a verb and the actor may ask for it.
func (p *postPage) Can(verb string) bool { return p.Editor && p.State.Can(verb) }

// CanEdit reports whether the post may be edited.
func (p *postPage) CanEdit() bool { return p.Editor && editable(p.State) }

// editable reports whether the content of a post in a state may change.
func editable(s position.State) bool {
	return s.Can("submit") || s == position.Submitted || s == position.Published
}

func (h *handlers) showOwnPosition(c *gin.Context) error {
	return h.postPage(c, http.StatusOK, Form{}, nil)
}

// postPage renders the page of a post; refused is why something that was asked for cannot be, nil when nothing was.
func (h *handlers) postPage(c *gin.Context, status int, form Form, refused error) error {
	post, err := h.ownPosition(c)
	if err != nil {
		return err
	}
	base, err := h.console(c, "positions", post.Title)
	if err != nil {
		return err
	}
	page := &postPage{
		consolePage: base, Form: form.with(refused), State: post.StateOn(h.today()),
		LastRenew: h.today().Add(position.MaxValidDays),
	}
	if said, ok := conflict(refused); ok {
		page.Refused = &said
	}
	listed := listedOf(post, base.Org)
	cards, err := h.cards(c, []position.Listed{listed})
	if err != nil {
		return err
	}
	page.Post, page.Facts = cards[0], h.facts(c, listed)
	if page.State == position.Returned {
		page.Reasons = reasonsOf(post)
	}
	if page.State == position.Draft || page.State == position.Returned {
		page.check(post, h.today())
	}
	if !page.Form.Values.Has("valid_until") {
		page.Form.Values.Set("valid_until", string(h.today().Add(position.DefaultValidDays)))
	}
	p := h.printer(c)
	for _, o := range position.Outcomes() {
		page.Outcomes = append(page.Outcomes, Option{Value: string(o), Label: p.T("console.outcome."+string(o), nil)})
	}
	counts, err := h.Applications.CountByPosition(c.Request.Context(), actor(c), base.Org.ID, post.ID)
	if err != nil {
		return err
	}
	if len(counts) > 0 {
		page.Applications = counts[0]
	}
	if page.History, err = h.postHistory(c, base.Org, post.ID); err != nil {
		return err
	}
	return h.page(c, status, "console/position", page)
}

// check lists the particulars that must be stated before review, each with what is missing.
func (p *postPage) check(post position.Position, today calendar.Day) {
	problems := map[string][]FieldError{}
	for _, f := range sortedFields(errs.FieldsOf(post.CheckPublish(today))) {
		group := particularOf(f.name)
		problems[group] = append(problems[group], FieldError{f.name, f.Key, f.Params})
	}
	for _, field := range particulars(post.Kind) {
		p.Checks = append(p.Checks, checkLine{field, problems[field]})
		p.Missing += len(problems[field])
	}
}

// postHistory says what happened to a post, newest first. Staff of the bureau are not named: the office decides.
func (h *handlers) postHistory(c *gin.Context, owner org.Org, post id.ID) ([]historyLine, error) {
	ctx, who, p := c.Request.Context(), actor(c), h.printer(c)
	events, err := h.Positions.History(ctx, who, post)
	if err != nil {
		return nil, err
	}
	names, err := h.memberNames(ctx, who, owner.ID)
	if err != nil {
		return nil, err
	}
	lines := make([]historyLine, 0, len(events))
	for _, e := range slices.Backward(events) {
		line := historyLine{At: e.At, Verb: "console.position.event." + e.Verb, Note: e.Note, Who: names[e.Account]}
		switch e.Verb {
		case "approve", "return":
			line.Who, line.Note = p.T("console.who.bureau", nil), h.reasons(c, e.Note)
		case "expire":
			line.Who = p.T("console.who.system", nil)
		case "close":
			line.Note = p.T("console.outcome."+e.Note, nil)
		case "renew":
			line.Note = p.T("position.until", map[string]any{"day": format{p, h}.day(calendar.Day(e.Note))})
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// cutText trims a text from an address and keeps its first characters.
func cutText(text string, most int) string {
	runes := []rune(strings.TrimSpace(text))
	return string(runes[:min(len(runes), most)])
}
