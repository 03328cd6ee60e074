package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"zhigang/internal/calendar"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/match"
	"zhigang/internal/notify"
	"zhigang/internal/search"
)

// searchLine is a saved search in a list.
type searchLine struct {
	match.SavedSearch
	Title  string
	URL    string
	Over   bool // it has run out
	State  pauseState
	Ends   calendar.Day // when it does
	Everys []Option
}

// searchesPage lists what the person wants to be told of.
type searchesPage struct {
	Page
	Items []searchLine
	Mail  mailWay
	Max   int
	State pauseState // of all together
}

// mailWay says whether somebody can be reached beside their inbox, and why not.
type mailWay struct {
	Off     bool // the site sends none
	Unknown bool // the account has no address
	Phone   bool // it is their phone that is told
}

func (m mailWay) Works() bool { return !m.Off && !m.Unknown }

func (h *handlers) mailWay(c *gin.Context) (mailWay, error) {
	channel, err := h.Notices.Reach(c.Request.Context(), actor(c).Account)
	return mailWay{
		Off: channel == "" && !h.Notices.MailOn(), Unknown: channel == "" && h.Notices.MailOn(), Phone: channel == notify.Webhook,
	}, err
}

// searchLines lists the actor's saved searches.
func (h *handlers) searchLines(c *gin.Context) ([]searchLine, error) {
	all, err := h.Matches.Of(c.Request.Context(), actor(c))
	if err != nil {
		return nil, err
	}
	out := make([]searchLine, len(all))
	for n, s := range all {
		out[n] = searchLine{
			SavedSearch: s, Over: !s.LiveOn(h.DB.Clock().Now()), Ends: calendar.DayOf(s.ExpiresAt.Time),
			Everys: h.everys(c, s.Every), State: h.pauseState(s.Pause),
		}
		if out[n].Title, out[n].URL, err = h.nameSearch(c, s); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// nameSearch returns what a saved search looks for in words, and the address where it shows what it finds now.
func (h *handlers) nameSearch(c *gin.Context, s match.SavedSearch) (title, url string, err error) {
	q, err := s.Criteria(h.Tree)
	if err != nil {
		return "", "", err
	}
	title, err = h.queryTitle(c, q)
	return title, "/positions?" + s.Query, err
}

func (h *handlers) queryTitle(c *gin.Context, q search.Query) (string, error) {
	name, err := h.orgName(c, q.Org)
	return match.Title(h.printer(c), h.Tree, q, name), err
}

// queryParts says a query filter by filter.
func (h *handlers) queryParts(c *gin.Context, q search.Query) ([]string, error) {
	var parts []string
	for _, one := range []search.Query{
		{Text: q.Text}, {Kinds: q.Kinds}, {Regions: q.Regions}, {Degrees: q.Degrees}, {OrgKinds: q.OrgKinds},
		{PayMin: q.PayMin}, {Org: q.Org}, {DegreeMost: q.DegreeMost}, {NotKinds: q.NotKinds}, {NotRegions: q.NotRegions}, {Not: q.Not},
	} {
		if one.Empty() {
			continue
		}
		title, err := h.queryTitle(c, one)
		if err != nil {
			return nil, err
		}
		parts = append(parts, title)
	}
	return parts, nil
}

// orgName returns the name of an organization that a query asks for; "" when it asks for none, or for one that nobody
// may see any more.
func (h *handlers) orgName(c *gin.Context, owner id.ID) (string, error) {
	if owner == 0 {
		return "", nil
	}
	o, err := h.Orgs.Public(c.Request.Context(), owner)
	if errs.Is(err, errs.KindNotFound) {
		return "", nil
	}
	return o.Name, err
}

// everys lists how often somebody can be told.
func (h *handlers) everys(c *gin.Context, chosen match.Every) []Option {
	t := h.printer(c)
	var out []Option
	for _, e := range match.Everies() {
		out = append(out, Option{Value: string(e), Label: t.T("match.every."+string(e), nil), Checked: e == chosen})
	}
	return out
}

func (h *handlers) showSearches(c *gin.Context) error {
	page := &searchesPage{Page: Page{Title: h.printer(c).T("saved.title", nil), Nav: "me"}, Max: match.MaxSearches}
	var err error
	if page.Items, err = h.searchLines(c); err != nil {
		return err
	}
	if page.Mail, err = h.mailWay(c); err != nil {
		return err
	}
	t, err := h.Matches.Telling(c.Request.Context(), actor(c))
	if err != nil {
		return err
	}
	page.State = h.pauseState(t.Pause)
	return h.show(c, "me/searches", page)
}

// newSearchPage asks how somebody wants to be told of what a query finds.
type newSearchPage struct {
	Page
	Query   search.Query
	Chips   []string
	Keep    []hidden
	BackURL string
	Form    Form
	Everys  []Option
	Mail    mailWay
	Total   int
	Down    bool
	Problem string // why nothing can be saved
}

func (h *handlers) showNewSearch(c *gin.Context) error {
	q, err := h.Search.Parse(c.Request.URL.Query())
	if err != nil {
		return err
	}
	form := Form{Values: url.Values{"every": {string(match.Instant)}, "mail": {"yes"}}}
	status := http.StatusOK
	if q.Empty() {
		status = http.StatusUnprocessableEntity
		err = errs.Invalid("match.empty")
	}
	return h.newSearchPage(c, status, q, form, err)
}

// newSearchPage renders the page; problem is why the query was refused, nil when it was not.
func (h *handlers) newSearchPage(c *gin.Context, status int, q search.Query, form Form, problem error) error {
	t := h.printer(c)
	page := &newSearchPage{
		Page: Page{Title: t.T("saved.new", nil), Nav: "me"}, Query: q, Form: form, BackURL: searchURL(q),
		Everys: h.everys(c, match.Every(form.Get("every"))), Keep: keepCriteria(q),
	}
	if e, ok := errors.AsType[*errs.Error](problem); ok && len(e.Fields) == 0 {
		page.Problem = translate(t, e.Key, e.Params)
	}
	if f, ok := errs.FieldsOf(problem)["q"]; ok { // the page has no field for the criteria
		page.Problem = translate(t, f.Key, f.Params)
	}
	var err error
	if page.Mail, err = h.mailWay(c); err != nil {
		return err
	}
	if !q.Empty() {
		if page.Chips, err = h.queryParts(c, q); err != nil {
			return err
		}
		totals, down, err := h.Search.Count(c.Request.Context(), q)
		if err != nil {
			return err
		}
		page.Total, page.Down = totals[0], down
	}
	return h.page(c, status, "me/search_new", page)
}

// keepCriteria holds a query in hidden fields of a form.
func keepCriteria(q search.Query) []hidden {
	var out []hidden
	for name, values := range q.Criteria() {
		for _, v := range values {
			out = append(out, hidden{name, v})
		}
	}
	slices.SortFunc(out, func(a, b hidden) int { return strings.Compare(a.Name+a.Value, b.Name+b.Value) })
	return out
}

// howOften reads how somebody wants to be told.
func howOften(form Form) (every match.Every, byMail bool) {
	return match.Every(form.Get("every")), form.Get("mail") == "yes"
}

func (h *handlers) saveSearch(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	q, err := h.Search.Parse(form.Values)
	if err != nil {
		return err
	}
	every, byMail := howOften(form)
	_, again, err := h.Matches.Save(c.Request.Context(), actor(c), q, every, byMail)
	switch {
	case errs.Is(err, errs.KindInvalid), errs.Is(err, errs.KindConflict):
		return h.newSearchPage(c, statusOf(err), q, form.with(err), err)
	case err != nil:
		return err
	case again:
		h.flash(c, "flash.search_again")
	default:
		h.flash(c, "flash.search_saved")
	}
	return redirect(c, "/me/searches")
}

func (h *handlers) changeSearch(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	return h.onSearch(c, "flash.saved", func(saved id.ID) error {
		every, byMail := howOften(form)
		return h.Matches.Change(c.Request.Context(), actor(c), saved, every, byMail)
	})
}

func (h *handlers) renewSearch(c *gin.Context) error {
	return h.onSearch(c, "flash.search_renewed", func(saved id.ID) error {
		return h.Matches.Renew(c.Request.Context(), actor(c), saved)
	})
}

func (h *handlers) pauseSearch(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	return h.onSearch(c, "flash.paused", func(saved id.ID) error {
		return h.Matches.Pause(c.Request.Context(), actor(c), saved, calendar.Day(form.Get("until")))
	})
}

func (h *handlers) resumeSearch(c *gin.Context) error {
	return h.onSearch(c, "flash.resumed", func(saved id.ID) error {
		return h.Matches.Resume(c.Request.Context(), actor(c), saved)
	})
}

func (h *handlers) endSearch(c *gin.Context) error {
	return h.onSearch(c, "flash.search_ended", func(saved id.ID) error {
		return h.Matches.End(c.Request.Context(), actor(c), saved)
	})
}

// onSearch does one thing with the saved search that the path names and goes back to the list.
func (h *handlers) onSearch(c *gin.Context, flash string, do func(id.ID) error) error {
	saved, err := pathID(c, "id")
	if err != nil {
		return err
	}
	if err := do(saved); err != nil {
		return err
	}
	h.flash(c, flash)
	return redirect(c, "/me/searches")
}

// unsubscribePage ends mail for whoever holds the link of such a mail: that of a saved search, or a weekly one.
type unsubscribePage struct {
	Page
	Name   string // of what is mailed
	Weekly bool
	Mailed bool
	// MailOnly says that it is told by mail only: there is no account.
	MailOnly bool
	Renew    bool // it may have another life
	Ends     calendar.Day
	Path     string
}

// showUnsubscribe changes nothing: programs that look at the links of a mail end nothing.
func (h *handlers) showUnsubscribe(c *gin.Context) error {
	sub, err := h.Notices.UnsubscribeInfo(c.Request.Context(), c.Param("token"))
	if err != nil {
		return err
	}
	t := h.printer(c)
	page := &unsubscribePage{
		Page: Page{Title: t.T("unsubscribe.title", nil)}, Path: c.Request.URL.Path, Mailed: sub.Mailed,
		Weekly: sub.Kind != notify.Match,
	}
	if page.Weekly {
		page.Title, page.Name = t.T("unsubscribe.weekly.title", nil), t.T("unsubscribe."+string(sub.Kind), nil)
		return h.show(c, "me/unsubscribe", page)
	}
	page.MailOnly, page.Renew, page.Ends = sub.MailOnly, sub.Search.EndedAt.IsZero(), calendar.DayOf(sub.Search.ExpiresAt.Time)
	if page.Name, _, err = h.nameSearch(c, sub.Search); err != nil {
		return err
	}
	return h.show(c, "me/unsubscribe", page)
}

// unsubscribe ends the mail, or begins a weekly one again, or gives a saved search another life. A mail program that ends it with one click (RFC 8058) wants a
// plain 200 and no redirect.
func (h *handlers) unsubscribe(c *gin.Context) error {
	do, said := h.Notices.Unsubscribe, ""
	switch {
	case c.PostForm("again") == "yes":
		do = h.Notices.Resubscribe
	case c.PostForm("renew") == "yes":
		do, said = h.Notices.RenewSearch, "flash.search_renewed"
	}
	if err := do(c.Request.Context(), c.Param("token")); err != nil {
		return err
	}
	if said != "" {
		h.flash(c, said)
	}
	if c.PostForm("List-Unsubscribe") == "One-Click" {
		c.String(http.StatusOK, "ok\n")
		return nil
	}
	return redirect(c, c.Request.URL.Path)
}
