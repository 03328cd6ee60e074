package web

import (
	"context"
	"strings"

	"github.com/gin-gonic/gin"

	"zhigang/internal/auth"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/match"
	"zhigang/internal/notify"
	"zhigang/internal/position"
)

// noticeView is something that the actor was told.
type noticeView struct {
	ID        id.ID       `json:"id"`
	Kind      notify.Kind `json:"kind"`
	Title     string      `json:"title"`
	Text      string      `json:"text"`
	Subject   *id.ID      `json:"subject"` // what it is about: a saved search, a post, an application …
	Link      string      `json:"link"`    // the page where one acts on it
	CreatedAt stamp       `json:"created_at"`
	ReadAt    stamp       `json:"read_at"`
	// Matches are the posts that a notice of kind match tells of; with a single notice only.
	Matches []matchView `json:"matches,omitempty"`
}

// matchView is a post with why it was found. One that is not open any more has closed, or the actor has applied.
type matchView struct {
	positionItem
	Reason string `json:"reason"`
	Open   bool   `json:"open"`
}

func (h *handlers) noticeView(c *gin.Context, n notify.Notice) noticeView {
	text := h.Notices.Text(h.printer(c), n)
	return noticeView{
		ID: n.ID, Kind: n.Kind, Title: text.Title, Text: strings.Join(text.Body, "\n"), Subject: orNull(n.Subject), Link: h.BaseURL + n.Link,
		CreatedAt: stamp(n.CreatedAt), ReadAt: stamp(n.ReadAt),
	}
}

// notices is a page of the inbox.
type notices struct {
	apiList[noticeView]
	Unread int `json:"unread"` // in all, up to 100
}

// apiListNotices lists what the actor was told, newest first.
func (h *handlers) apiListNotices(c *gin.Context) (reply, error) {
	q := queryOf(c)
	w, unread := q.window(50), q.truth("unread")
	if err := q.Err(); err != nil {
		return reply{}, err
	}
	ctx, who := c.Request.Context(), actor(c)
	var page []notify.Notice
	var next *id.ID
	var err error
	if unread {
		page, next, err = h.unreadNotices(ctx, who, w)
	} else if page, err = h.Notices.List(ctx, who, w.After, w.more()); len(page) > w.Per {
		page, next = page[:w.Per], &page[w.Per-1].ID
	}
	if err != nil {
		return reply{}, err
	}
	out := notices{apiList: apiList[noticeView]{Items: []noticeView{}, Next: next}}
	for _, n := range page {
		out.Items = append(out.Items, h.noticeView(c, n))
	}
	out.Unread, err = h.Notices.Unread(ctx, who)
	r := shown(out)
	r.Links = h.nextLink(c, next)
	return r, err
}

// unreadNotices picks the notices that were not looked at out of the inbox. It looks through so many at a time that a page
// may end before it is full: the list goes on all the same.
func (h *handlers) unreadNotices(ctx context.Context, who auth.Actor, w window) (page []notify.Notice, next *id.ID, err error) {
	const some, rounds = 100, 10
	for range rounds {
		all, err := h.Notices.List(ctx, who, w.After, some)
		if err != nil {
			return nil, nil, err
		}
		for _, n := range all {
			w.After = n.ID
			if n.Unread() {
				page = append(page, n)
			}
			if len(page) == w.Per {
				return page, &w.After, nil
			}
		}
		if len(all) < some {
			return page, nil, nil
		}
	}
	return page, &w.After, nil
}

func (h *handlers) apiShowNotice(c *gin.Context) (reply, error) {
	one, err := pathID(c, "id")
	if err != nil {
		return reply{}, err
	}
	ctx, who := c.Request.Context(), actor(c)
	n, err := h.Notices.Get(ctx, who, one)
	if err != nil {
		return reply{}, err
	}
	view := h.noticeView(c, n)
	if n.Kind == notify.Match {
		items, err := h.Notices.Items(ctx, who, n.ID)
		if err != nil {
			return reply{}, err
		}
		if view.Matches, err = h.matchViews(c, items); err != nil {
			return reply{}, err
		}
	}
	return shown(view), nil
}

func (h *handlers) matchViews(c *gin.Context, items []match.Item) ([]matchView, error) {
	listed := make([]position.Listed, len(items))
	for n, item := range items {
		listed[n] = item.Listed
	}
	posts, err := h.positionItems(c, listed)
	if err != nil {
		return nil, err
	}
	out := make([]matchView, len(items))
	for n, item := range items {
		out[n] = matchView{posts[n], match.Reason(h.printer(c), h.Tree, item.Reason.V, item.OrgName), item.Open}
	}
	return out, nil
}

func (h *handlers) apiReadNotice(c *gin.Context) (reply, error) {
	if err := readOptional(c, &struct{}{}); err != nil {
		return reply{}, err
	}
	one, err := pathID(c, "id")
	if err != nil {
		return reply{}, err
	}
	return none(), h.Notices.MarkRead(c.Request.Context(), actor(c), one)
}

// apiReadNotices notes that the actor has looked at all notices up to one: what came in since stays unread.
func (h *handlers) apiReadNotices(c *gin.Context) (reply, error) {
	var in struct {
		Last id.ID `json:"last"`
	}
	if err := readJSON(c, &in); err != nil {
		return reply{}, err
	}
	if in.Last == 0 {
		return reply{}, errs.Fields{"last": {Key: "error.required"}}.Err()
	}
	return none(), h.Notices.MarkAllRead(c.Request.Context(), actor(c), in.Last)
}
