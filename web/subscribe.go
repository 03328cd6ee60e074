package web

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"zhigang/internal/auth"
	"zhigang/internal/errs"
	"zhigang/internal/limit"
	"zhigang/internal/match"
	"zhigang/internal/search"
)

// subscribePage lets somebody without an account be told by mail of what a query finds.
type subscribePage struct {
	Page
	Chips    []string
	Keep     []hidden
	BackURL  string
	LoginURL string // on the way to a saved search of an account
	Form     Form
	Everys   []Option
	Total    int
	Down     bool
	Asked    bool
	Off      bool
	Problem  string
}

// How often letters may be asked for: to one address, so that nobody's mailbox is filled by others, and from one place.
func mailboxRate() limit.Rate        { return limit.Rate{Burst: 5, Per: 24 * time.Hour} }
func mailboxAddressRate() limit.Rate { return limit.Rate{Burst: 20, Per: time.Hour} }

// alertURL returns where somebody asks to be told of what a query finds: with their account, or by mail without one.
func alertURL(c *gin.Context, query string) string {
	if actor(c).Account == 0 {
		return "/subscribe?" + query
	}
	return "/me/searches/new?" + query
}

func (h *handlers) showSubscribe(c *gin.Context) error {
	if c.Query("asked") != "" {
		return h.show(c, "me/subscribe", &subscribePage{Page: Page{Title: h.printer(c).T("subscribe.title", nil)}, Asked: true})
	}
	q, err := h.Search.Parse(c.Request.URL.Query())
	if err != nil {
		return err
	}
	if actor(c).Account != 0 {
		return redirect(c, "/me/searches/new?"+q.Criteria().Encode())
	}
	form, status := Form{Values: url.Values{"every": {string(match.Daily)}}}, http.StatusOK
	if q.Empty() {
		status, err = http.StatusUnprocessableEntity, errs.Invalid("match.empty")
	}
	return h.subscribePage(c, status, q, form, err)
}

// subscribePage renders the form; problem is why the query was refused, nil when it was not.
func (h *handlers) subscribePage(c *gin.Context, status int, q search.Query, form Form, problem error) error {
	t := h.printer(c)
	page := &subscribePage{
		Page: Page{Title: t.T("subscribe.title", nil)}, Keep: keepCriteria(q), BackURL: searchURL(q), Form: form,
		LoginURL: "/login?next=" + url.QueryEscape("/me/searches/new?"+q.Criteria().Encode()),
		Everys:   h.everys(c, match.Every(form.Get("every"))), Off: !h.Notices.MailOn(),
	}
	if e, ok := errors.AsType[*errs.Error](problem); ok && len(e.Fields) == 0 {
		page.Problem = translate(t, e.Key, e.Params)
	}
	if f, ok := errs.FieldsOf(problem)["q"]; ok { // the page has no field for the criteria
		page.Problem = translate(t, f.Key, f.Params)
	}
	if !q.Empty() {
		var err error
		if page.Chips, err = h.queryParts(c, q); err != nil {
			return err
		}
		totals, down, err := h.Search.Count(c.Request.Context(), q)
		if err != nil {
			return err
		}
		page.Total, page.Down = totals[0], down
	}
	return h.page(c, status, "me/subscribe", page)
}

// subscribe answers the same whether the address is known or not, and whether it may have one more letter.
func (h *handlers) subscribe(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	if err := h.Limiter.Take(ctx, "subscribe address "+c.ClientIP(), mailboxAddressRate()); err != nil {
		return err
	}
	q, err := h.Search.Parse(form.Values)
	if err != nil {
		return err
	}
	email, err := auth.ParseMailbox(form.Get("email"))
	if err == nil {
		if err = h.Limiter.Take(ctx, "subscribe "+h.Keys.Index("subscribe", email), mailboxRate()); err == nil {
			err = h.Notices.AskSearch(ctx, email, string(lang(c)), q, match.Every(form.Get("every")))
		}
	}
	switch {
	case errs.Is(err, errs.KindTooMany): // the letters that were sent still work
	case errs.Is(err, errs.KindInvalid), errs.Is(err, errs.KindUnavailable):
		return h.subscribePage(c, statusOf(err), q, form.with(err), err)
	case err != nil:
		return err
	}
	return redirect(c, "/subscribe?asked=1")
}

// confirmPage begins a subscription for whoever holds the link of its letter.
type confirmPage struct {
	Page
	Name      string
	Every     string
	URL       string // what it finds now
	Confirmed bool
	Path      string
}

// showConfirm changes nothing: programs that look at the links of a mail confirm nothing.
func (h *handlers) showConfirm(c *gin.Context) error {
	r, err := h.Notices.RequestInfo(c.Request.Context(), c.Param("token"))
	if err != nil {
		return err
	}
	t := h.printer(c)
	page := &confirmPage{
		Page: Page{Title: t.T("subscribe.confirm.title", nil)}, Path: c.Request.URL.Path, Confirmed: r.Confirmed(),
		Every: t.T("match.every."+string(r.Every), nil),
	}
	if page.Name, page.URL, err = h.nameSearch(c, match.SavedSearch{Query: r.Query}); err != nil {
		return err
	}
	return h.show(c, "me/confirm", page)
}

func (h *handlers) confirmSearch(c *gin.Context) error {
	if err := h.Notices.ConfirmRequest(c.Request.Context(), c.Param("token")); err != nil {
		return err
	}
	return redirect(c, c.Request.URL.Path)
}
