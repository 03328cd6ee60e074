package web

import (
	"slices"

	"github.com/gin-gonic/gin"

	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/match"
	"zhigang/internal/notify"
	"zhigang/internal/position"
)

// inboxPage lists what the person was told, newest first.
type inboxPage struct {
	Page
	Items []noticeLine
	Last  string // id of the newest notice that the page shows: what came in since stays unread
	Older string
}

// noticeLine is a notice in words.
type noticeLine struct {
	notify.Notice
	Text notify.Text
}

const noticesPerPage = 20

func (h *handlers) showInbox(c *gin.Context) error {
	var before id.ID
	if text := c.Query("before"); text != "" {
		var err error
		if before, err = id.Parse(text); err != nil {
			return errs.NotFound("error.not_found")
		}
	}
	all, err := h.Notices.List(c.Request.Context(), actor(c), before, noticesPerPage+1)
	if err != nil {
		return err
	}
	t := h.printer(c)
	page := &inboxPage{Page: Page{Title: t.T("inbox.title", nil), Nav: "me"}}
	if len(all) > noticesPerPage {
		all = all[:noticesPerPage]
		page.Older = "/me/inbox?before=" + all[len(all)-1].ID.String()
	}
	for _, n := range all {
		page.Items = append(page.Items, noticeLine{n, h.Notices.Text(t, n)})
	}
	if len(all) > 0 {
		page.Last = all[0].ID.String()
	}
	return h.show(c, "me/inbox", page)
}

// noticePage is one notice in full.
type noticePage struct {
	Page
	Notice  noticeLine
	Matches []postCard // positions that it tells of and that one can still apply for
	Gone    []position.Listed
	Hidden  int       // positions of organizations that the person has blocked since
	Orgs    []orgName // who offers the positions: each can be blocked
	Search  string    // address of the saved search's results, for a notice of matches
}

func (h *handlers) showNotice(c *gin.Context) error {
	named, err := pathID(c, "id")
	if err != nil {
		return err
	}
	ctx, who, t := c.Request.Context(), actor(c), h.printer(c)
	n, err := h.Notices.Get(ctx, who, named)
	if err != nil {
		return err
	}
	page := &noticePage{Notice: noticeLine{n, h.Notices.Text(t, n)}}
	page.Page = Page{Title: page.Notice.Text.Title, Nav: "me"}
	if n.Kind == notify.Match {
		items, err := h.Notices.Items(ctx, who, n.ID)
		if err != nil {
			return err
		}
		page.Search = "/positions?" + n.Params.V["query"]
		if err := h.addMatches(c, page, items); err != nil {
			return err
		}
	}
	return h.show(c, "me/notice", page)
}

// orgName is an organization by name.
type orgName struct {
	ID   id.ID
	Name string
}

// addMatches shows what was found with why it was found, and apart from it what has closed since. What is of a blocked
// organization is only counted.
func (h *handlers) addMatches(c *gin.Context, page *noticePage, items []match.Item) error {
	var open []position.Listed
	var reasons []string
	for _, item := range items {
		if item.Blocked {
			page.Hidden++
			continue
		}
		if one := (orgName{item.OrgID, item.OrgName}); !slices.Contains(page.Orgs, one) {
			page.Orgs = append(page.Orgs, one)
		}
		if item.Open {
			open = append(open, item.Listed)
			reasons = append(reasons, match.Reason(h.printer(c), h.Tree, item.Reason.V, item.OrgName))
		} else {
			page.Gone = append(page.Gone, item.Listed)
		}
	}
	var err error
	if page.Matches, err = h.cards(c, open); err != nil {
		return err
	}
	for n := range page.Matches {
		page.Matches[n].Why = []string{reasons[n]}
	}
	return nil
}

// readNotice notes that the person has looked at a notice, because they say so: opening it changes nothing.
func (h *handlers) readNotice(c *gin.Context) error {
	named, err := pathID(c, "id")
	if err != nil {
		return err
	}
	if err := h.Notices.MarkRead(c.Request.Context(), actor(c), named); err != nil {
		return err
	}
	return redirect(c, backOr(c, "/me/inbox"))
}

func (h *handlers) readInbox(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	if err := h.Notices.MarkAllRead(c.Request.Context(), actor(c), form.ID("last")); err != nil {
		return err
	}
	h.flash(c, "flash.inbox_read")
	return redirect(c, "/me/inbox")
}

// backOr returns where a form says that it stood, or else where to go.
func backOr(c *gin.Context, otherwise string) string {
	if next := nextPath(c.PostForm("next")); next != "" {
		return next
	}
	return otherwise
}
