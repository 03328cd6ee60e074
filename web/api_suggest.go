package web

import (
	"net/url"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/search"
)

// suggestionItem is something that somebody may be about to type.
type suggestionItem struct {
	Kind   search.SuggestionKind `json:"kind"`
	Text   string                `json:"text"`
	Posts  int                   `json:"posts"`  // on show
	Region *string               `json:"region"` // the code of a region
	Org    *id.ID                `json:"org"`    // of an organization
	URL    string                `json:"url"`
}

type suggestionList struct {
	Items []suggestionItem `json:"items"`
}

// apiSuggest says what a text may be the beginning of. The search boxes of the pages ask here too: what they show are the
// names alone, which are the same in all languages.
func (h *handlers) apiSuggest(c *gin.Context) (reply, error) {
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
	all, err := h.Search.Suggest(c.Request.Context(), text)
	if err != nil {
		return reply{}, err
	}
	out := suggestionList{Items: []suggestionItem{}}
	for _, s := range all {
		address := map[search.SuggestionKind]string{
			search.SuggestTitle: "/positions?q=" + url.QueryEscape(s.Text), search.SuggestRegion: "/positions?region=" + s.Region,
			search.SuggestOrg: "/orgs/" + s.Org.String(),
		}[s.Kind]
		out.Items = append(out.Items, suggestionItem{s.Kind, s.Text, s.Posts, orNull(s.Region), orNull(s.Org), h.BaseURL + address})
	}
	r := shown(out)
	r.Public = freshAMinute
	return r, nil
}
