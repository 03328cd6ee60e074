package web

import (
	"net/url"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/search"
)

// completionItem is something that somebody may be about to type.
type completionItem struct {
	Kind   search.CompletionKind `json:"kind"`
	Text   string                `json:"text"`
	Posts  int                   `json:"posts"`  // on show
	Region *string               `json:"region"` // the code of a region
	Org    *id.ID                `json:"org"`    // of an organization
	URL    string                `json:"url"`
}

type completionList struct {
	Items []completionItem `json:"items"`
}

// apiComplete says what a text may be the beginning of. The search boxes of the pages ask here too: what they show are the
// names alone, which are the same in all languages.
func (h *handlers) apiComplete(c *gin.Context) (reply, error) {
	text := c.Query("q")
	f := errs.Fields{}
	switch {
	case !utf8.ValidString(text):
		f.Add("q", "error.characters")
	case utf8.RuneCountInString(text) > search.MaxText:
		f.Add("q", "error.long", errs.Params{"max": search.MaxText})
	}
	if err := f.Err(); err != nil {
		return reply{}, err
	}
	all, err := h.Search.Complete(c.Request.Context(), text)
	if err != nil {
		return reply{}, err
	}
	out := completionList{Items: []completionItem{}}
	for _, s := range all {
		address := map[search.CompletionKind]string{
			search.CompleteTitle: "/positions?q=" + url.QueryEscape(s.Text), search.CompleteRegion: "/positions?region=" + s.Region,
			search.CompleteOrg: "/orgs/" + s.Org.String(),
		}[s.Kind]
		out.Items = append(out.Items, completionItem{s.Kind, s.Text, s.Posts, orNull(s.Region), orNull(s.Org), h.BaseURL + address})
	}
	r := shown(out)
	r.Public = freshAMinute
	return r, nil
}
