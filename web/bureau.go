package web

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/region"
	"zhigang/internal/report"
)

// desk returns the actor in their role at the bureau and no other: nobody sees or decides anything there by being a
// member of an organization.
func desk(c *gin.Context) auth.Actor {
	who := actor(c)
	who.Orgs = nil
	return who
}

// deskPage begins a page of the bureau's desk.
func (h *handlers) deskPage(c *gin.Context, nav, title string) Page {
	return Page{Title: title, Nav: nav, Area: "bureau", Bureau: h.Tree.Name(desk(c).Bureau.Region)}
}

// deskSize is how many lines a list of the desk shows on a page.
const deskSize = 50

// deskKind says what a list of the desk is of, and how it is divided.
type deskKind struct {
	nav, title, path string
	tabs, kinds      []string
	// tabText and kindText are what the keys of the texts of tabs and kinds begin with.
	tabText, kindText string
}

// deskFilter narrows a list of the desk. It stands in the address of the list, and goes along with a decision, so that
// the next of the same list comes up. State "" is the first tab.
type deskFilter struct {
	State, Kind, Region, Text string
	After                     id.ID
}

// readFilter takes a filter from the query of a list. NotFound for a region that is not the bureau's; other values that
// mean nothing are ignored.
func (h *handlers) readFilter(c *gin.Context, v url.Values, list deskKind) (deskFilter, error) {
	f := deskFilter{State: v.Get("state"), Kind: v.Get("kind"), Region: v.Get("region")}
	f.Text = strings.TrimSpace(v.Get("q"))
	if !slices.Contains(list.tabs, f.State) || f.State == list.tabs[0] {
		f.State = ""
	}
	if !slices.Contains(list.kinds, f.Kind) {
		f.Kind = ""
	}
	if f.Region != "" && !h.inBureau(c, f.Region) {
		return f, errs.NotFound("error.not_found")
	}
	if utf8.RuneCountInString(f.Text) > 100 {
		f.Text = ""
	}
	f.After, _ = id.Parse(v.Get("after")) // a broken link begins at the beginning
	return f, nil
}

// inBureau reports whether code is a region of the actor's bureau.
func (h *handlers) inBureau(c *gin.Context, code string) bool {
	_, known := h.Tree.Get(code)
	return known && region.Within(code, desk(c).Bureau.Region)
}

// Query is the filter as the query of an address, without the page.
func (f deskFilter) Query() string {
	v := url.Values{}
	for name, value := range map[string]string{"state": f.State, "kind": f.Kind, "region": f.Region, "q": f.Text} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v.Encode()
}

// Narrow reports whether anything but the tab is chosen.
func (f deskFilter) Narrow() bool { return f.Kind != "" || f.Region != "" || f.Text != "" }

// On returns the address of the list at path with this filter.
func (f deskFilter) On(path string) string { return withQuery(path, f.Query()) }

func withQuery(path, query string) string {
	if query == "" {
		return path
	}
	return path + "?" + query
}

// next is the address of the page after the one that ends with last.
func (f deskFilter) next(path string, last id.ID) string {
	query := "after=" + last.String()
	if q := f.Query(); q != "" {
		query = q + "&" + query
	}
	return path + "?" + query
}

// deskList is what the lists of the desk have in common: tabs, filter and the way to the next page.
type deskList struct {
	Page
	Path    string
	Search  string // label of the search field
	Filter  deskFilter
	Tabs    []choice
	Regions []Option
	Kinds   []Option
	Clear   string // the address of the tab without a filter
	Next    string
}

// deskList begins a list.
func (h *handlers) deskList(c *gin.Context, list deskKind, f deskFilter) deskList {
	p := h.printer(c)
	l := deskList{
		Page: h.deskPage(c, list.nav, p.T(list.title, nil)), Path: list.path, Filter: f,
		Search: p.T(list.tabText+"search", nil), Clear: deskFilter{State: f.State}.On(list.path),
	}
	for n, state := range list.tabs {
		tab := deskFilter{State: state, Kind: f.Kind, Region: f.Region, Text: f.Text}
		if n == 0 {
			tab.State = ""
		}
		if n > 0 && tab.State == f.State {
			l.Title = p.T("bureau.list.tab", map[string]any{"list": l.Title, "tab": p.T(list.tabText+state, nil)})
		}
		l.Tabs = append(l.Tabs, choice{
			URL: tab.On(list.path), Label: p.T(list.tabText+state, nil), Current: tab.State == f.State,
		})
	}
	own := desk(c).Bureau.Region
	every := p.T("bureau.region.all", map[string]any{"region": h.Tree.Name(own)})
	l.Regions = []Option{{Label: every, Checked: f.Region == ""}}
	for _, child := range h.Tree.Children(own) {
		l.Regions = append(l.Regions, Option{
			Value: child.Code, Label: child.Name, Checked: f.Region == child.Code,
		})
	}
	l.Kinds = []Option{{Label: p.T("bureau.kind.all", nil), Checked: f.Kind == ""}}
	for _, kind := range list.kinds {
		l.Kinds = append(l.Kinds, Option{Value: kind, Label: p.T(list.kindText+kind, nil), Checked: f.Kind == kind})
	}
	return l
}

// countWaiting puts into the first tab how much waits there in all; a filtered list says nothing of that.
func (h *handlers) countWaiting(c *gin.Context, l *deskList, task report.Task) error {
	if l.Filter.Narrow() {
		return nil
	}
	all, err := h.Reports.Queue(c.Request.Context(), desk(c))
	for _, t := range all {
		if t.Task == task {
			l.Tabs[0].Count = t.Count
		}
	}
	return err
}

// cut keeps the lines of one page of a list that was asked for one line more, and says whether there are further ones.
func cut[T any](all []T) (page []T, more bool) {
	if len(all) > deskSize {
		return all[:deskSize], true
	}
	return all, false
}

// term is how much of the time is left that a bureau promises for its work, in words and as a tone of colour.
type term struct {
	Key    string
	Params map[string]any
	Tone   string
}

// termOf says how much is left of days working days for what came in at since.
func (h *handlers) termOf(since db.Time, days int) term {
	due := h.Holidays.AddWorking(calendar.DayOf(since.Time), days)
	return newTerm(report.ToDo{Left: h.Holidays.WorkingBetween(h.today(), due)})
}

func newTerm(t report.ToDo) term {
	key, params := t.LeftText()
	if t.Task == report.UrgeAnswers && t.Left == 0 { // a day off lies between: it is late all the same
		return term{Key: "bureau.late", Tone: "bad"}
	}
	tone := "ok"
	switch {
	case t.Left < 0:
		tone = "bad"
	case t.Left == 0:
		tone = "gold"
	}
	return term{key, params, tone}
}

// waited counts the working days since something came in.
func (h *handlers) waited(since db.Time) int {
	return h.Holidays.WorkingBetween(calendar.DayOf(since.Time), h.today())
}

// historyLine is a line of a history as the desk shows it.
type historyLine struct {
	At   db.Time
	Verb string // a translation key
	Who  string
	Note string
}

// staffNames returns the names of accounts that decided something. An account that is gone has none.
func (h *handlers) staffNames(ctx context.Context, accounts []id.ID) (map[id.ID]string, error) {
	names := map[id.ID]string{}
	for _, account := range accounts {
		if _, done := names[account]; done || account == 0 {
			continue
		}
		a, err := h.Accounts.Get(ctx, account)
		if err != nil && !errs.Is(err, errs.KindNotFound) {
			return nil, err
		}
		names[account] = a.Name
	}
	return names, nil
}

// renamed returns err with the complaint about field from standing at field to: two forms of a page may ask for a
// reason.
func renamed(err error, from, to string) error {
	fields := errs.FieldsOf(err)
	f, ok := fields[from]
	if !ok {
		return err
	}
	out := errs.Fields{to: f}
	for name, other := range fields {
		if name != from {
			out[name] = other
		}
	}
	return out.Err()
}

// maxReason is how long a reason may be, in characters.
const maxReason = 1000

// checkReason returns Invalid, on field, for a reason that is too long to be read.
func checkReason(field, text string) error {
	if utf8.RuneCountInString(text) > maxReason {
		return errs.Fields{field: {Key: "error.long", Params: errs.Params{"max": maxReason}}}.Err()
	}
	return nil
}

// told reports whether err is one that the page which asked can say in words, so that nobody loses what they typed.
func told(err error) bool {
	return errs.Is(err, errs.KindInvalid) || errs.Is(err, errs.KindConflict)
}

// or returns the form with a value for a field that was not sent: a page with several forms gets back the one that was.
func (f Form) or(field, value string) Form {
	if f.Values == nil {
		f.Values = url.Values{}
	}
	if !f.Values.Has(field) {
		f.Values.Set(field, value)
	}
	return f
}
