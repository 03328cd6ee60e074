package web

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"zhigang/internal/calendar"
	"zhigang/internal/errs"
	"zhigang/internal/position"
	"zhigang/internal/search"
)

// An Atom feed (RFC 4287) of what a search finds, newest first.
type (
	atomFeed struct {
		XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		Lang    string      `xml:"xml:lang,attr"`
		ID      string      `xml:"id"`
		Title   string      `xml:"title"`
		Updated string      `xml:"updated"`
		Author  atomPerson  `xml:"author"`
		Links   []atomLink  `xml:"link"`
		Entries []atomEntry `xml:"entry"`
	}
	atomEntry struct {
		ID        string     `xml:"id"`
		Title     string     `xml:"title"`
		Published string     `xml:"published"`
		Updated   string     `xml:"updated"`
		Author    atomPerson `xml:"author"`
		Link      atomLink   `xml:"link"`
		Kind      atomKind   `xml:"category"`
		Summary   string     `xml:"summary"`
	}
	atomPerson struct {
		Name string `xml:"name"`
	}
	atomLink struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr,omitempty"`
		Href string `xml:"href,attr"`
	}
	atomKind struct {
		Term  string `xml:"term,attr"`
		Label string `xml:"label,attr"`
	}
)

const (
	feedEntries = 50
	feedAge     = "public, max-age=300"
)

// showFeed gives the newest 50 posts that a search finds. Unavailable while the index does not answer: what stands in
// for it on the page would reach people who asked for something else.
func (h *handlers) showFeed(c *gin.Context) error {
	q, err := h.Search.Parse(c.Request.URL.Query())
	if err != nil {
		return err
	}
	q.Sort, q.Page, q.Per = search.ByNewest, 1, feedEntries
	results, err := h.Search.Find(c.Request.Context(), q.Lean())
	if err != nil {
		return err
	}
	if results.Down && !q.Empty() {
		return errs.Unavailable("error.busy").With("seconds", 300)
	}
	return h.sendXML(c, "application/atom+xml; charset=utf-8", feedAge, h.feed(c, q, results.Items))
}

func (h *handlers) feed(c *gin.Context, q search.Query, items []position.Listed) atomFeed {
	t := h.printer(c)
	query := ""
	if v := q.Criteria(); len(v) > 0 {
		query = "?" + v.Encode()
	}
	name, self := t.T("site.name", nil), h.BaseURL+"/positions.atom"+query
	feed := atomFeed{
		Lang: string(lang(c)), ID: self, Title: searchBuilder{h: h, p: t, q: q}.heading() + " - " + name,
		Author: atomPerson{h.Operator.Name}, Updated: atomTime(h.today().Start()),
		Links: []atomLink{
			{"self", "application/atom+xml", self}, {"alternate", "text/html", h.BaseURL + "/positions" + query},
		},
	}
	if feed.Author.Name == "" {
		feed.Author.Name = name
	}
	var newest time.Time
	for _, l := range items {
		feed.Entries = append(feed.Entries, h.feedEntry(c, l))
		if l.UpdatedAt.After(newest) {
			newest = l.UpdatedAt.Time
		}
	}
	if !newest.IsZero() {
		feed.Updated = atomTime(newest)
	}
	return feed
}

func (h *handlers) feedEntry(c *gin.Context, l position.Listed) atomEntry {
	t := h.printer(c)
	f := format{t, h}
	page := h.BaseURL + "/positions/" + l.ID.String()
	pay := f.pay(l.Pay)
	if l.Kind == position.Volunteer {
		pay = t.T("pay.volunteer", nil)
	}
	return atomEntry{
		ID: page, Title: l.Title, Published: atomTime(l.PublishedAt.Time), Updated: atomTime(l.UpdatedAt.Time),
		Author: atomPerson{l.EmployerName()}, Link: atomLink{"alternate", "text/html", page},
		Kind:    atomKind{string(l.Kind), t.T("kind."+string(l.Kind), nil)},
		Summary: h.describe(c, l) + " " + pay,
	}
}

// atomTime writes an instant as RFC 3339 does, in China's time.
func atomTime(t time.Time) string { return t.In(calendar.China()).Format(time.RFC3339) }

// sendXML sends a document that everybody gets alike, or 304 to who has it already. Its tag is weak: the bytes differ
// with how they are packed on the way.
func (h *handlers) sendXML(c *gin.Context, media, age string, doc any) error {
	body, err := xml.Marshal(doc)
	if err != nil {
		return err
	}
	body = append([]byte(xml.Header), body...)
	sum := sha256.Sum256(body)
	tag := `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	c.Header("ETag", tag)
	c.Header("Cache-Control", age)
	for one := range strings.SplitSeq(c.GetHeader("If-None-Match"), ",") {
		if one = strings.TrimSpace(one); one == tag || one == "*" || "W/"+one == tag {
			c.Status(http.StatusNotModified)
			return nil
		}
	}
	c.Data(http.StatusOK, media, body)
	return nil
}
