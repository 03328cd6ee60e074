package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"zhigang/internal/auth"
	"zhigang/internal/errs"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/limit"
	"zhigang/internal/secret"
)

// apiHandler answers a program: the same verbs as the pages, for the actor whose token came along. openapi.json describes
// every route; a test keeps the two together.
type apiHandler func(*gin.Context) (reply, error)

// reply is what a program is answered.
type reply struct {
	Status   int
	Body     any    // nil for none
	Location string // path of what was made
	ETag     string // of a thing that If-Match may name; "" for none
	Links    []string
	// Public is the Cache-Control of an answer that is the same for everybody. "" is for answers that belong to the actor:
	// nobody keeps them.
	Public string
	sent   bool // the handler wrote the answer itself
}

// shown answers with a body.
func shown(body any) reply { return reply{Status: http.StatusOK, Body: body} }

// made answers with what was made, and where it is.
func made(location string, body any) reply {
	return reply{Status: http.StatusCreated, Body: body, Location: location}
}

// none answers that it is done and there is nothing to say.
func none() reply { return reply{Status: http.StatusNoContent} }

// The Cache-Control of answers for everybody.
const (
	freshEachTime = "public, no-cache"      // kept, and asked again each time whether it is still so
	freshAMinute  = "public, max-age=60"    // of a moment ago will do
	freshEachDay  = "public, max-age=86400" // changes with the program only
	jsonMedia     = "application/json; charset=utf-8"
	apiRoot       = "/api/v1"
)

// api turns an apiHandler into a handler of the table.
func (h *handlers) api(do apiHandler) handler {
	return func(c *gin.Context) error {
		if _, err := url.ParseQuery(c.Request.URL.RawQuery); err != nil {
			return withStatus(http.StatusBadRequest, errs.Invalid("api.query.broken"))
		}
		c.Header("Vary", "Authorization, Accept-Language")
		c.Header("Content-Language", string(lang(c)))
		r, err := h.once(c, do)
		if err != nil {
			return err
		}
		return h.reply(c, r)
	}
}

// reply writes an answer. One that is for everybody carries a tag of its content, and is left out for whoever has it.
func (h *handlers) reply(c *gin.Context, r reply) error {
	if r.sent {
		return nil
	}
	if r.Location != "" {
		c.Header("Location", h.BaseURL+r.Location)
	}
	if r.ETag != "" {
		c.Header("ETag", r.ETag)
	}
	if len(r.Links) > 0 {
		c.Header("Link", strings.Join(r.Links, ", "))
	}
	if r.Body == nil {
		c.Status(r.Status)
		c.Writer.WriteHeaderNow()
		return nil
	}
	body, err := encode(r.Body)
	if err != nil {
		return err
	}
	if r.Public != "" {
		c.Header("Cache-Control", r.Public)
		sum := sha256.Sum256(body)
		tag := `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
		c.Header("ETag", tag)
		if tagged(c.GetHeader("If-None-Match"), tag) {
			c.Status(http.StatusNotModified)
			c.Writer.WriteHeaderNow()
			return nil
		}
	}
	c.Data(r.Status, jsonMedia, body)
	return nil
}

// encode writes JSON as it is read: addresses keep their & and <.
func encode(v any) ([]byte, error) {
	if raw, isRaw := v.(json.RawMessage); isRaw {
		return raw, nil
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}

// tagged reports whether a list of tags names tag, by the weak comparison of RFC 9110.
func tagged(list, tag string) bool {
	for one := range strings.SplitSeq(list, ",") {
		if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// statusError is an error for which HTTP has a status that says more than its kind, so that a program can act on it.
type statusError struct {
	status int
	err    *errs.Error
}

func (e *statusError) Error() string { return e.err.Error() }

func (e *statusError) Unwrap() error { return e.err }

func withStatus(status int, err *errs.Error) error { return &statusError{status, err} }

// What a token, and an address without one, may ask for: more than any program needs that does not scrape.
func tokenRate() limit.Rate  { return limit.Rate{Burst: 600, Per: time.Minute} }
func publicRate() limit.Rate { return limit.Rate{Burst: 300, Per: time.Minute} }

// allowance counts a request of a program: by its token, or by its address when it has none that works. TooMany when it
// asks too often.
func (h *handlers) allowance(c *gin.Context, account auth.Account) error {
	ctx := c.Request.Context()
	if account.ID == 0 {
		return h.Limiter.Take(ctx, "api address "+c.ClientIP(), publicRate())
	}
	token, _ := bearer(c)
	return h.Limiter.Take(ctx, "api token "+secret.Hash(token)[:16], tokenRate())
}

// bearer returns the token of a request; false when it has an Authorization that holds none.
func bearer(c *gin.Context) (token string, known bool) {
	scheme, token, _ := strings.Cut(strings.TrimSpace(c.GetHeader("Authorization")), " ")
	return strings.TrimSpace(token), strings.EqualFold(scheme, "Bearer")
}

// apiLang returns the language that Accept-Language likes best among ours, or else that of the account, or else Chinese.
func apiLang(accept, ofAccount string) i18n.Lang {
	best, most := i18n.Lang(ofAccount), 0.0
	for part := range strings.SplitSeq(accept, ",") {
		tag, params, _ := strings.Cut(part, ";")
		weight := 1.0
		if _, q, given := strings.Cut(params, "q="); given {
			weight, _ = strconv.ParseFloat(strings.TrimSpace(q), 64) // what is no number weighs nothing
		}
		primary, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		l := map[string]i18n.Lang{"zh": i18n.ZhHans, "en": i18n.En}[primary]
		if l != "" && weight > most {
			best, most = l, weight
		}
	}
	if best == "" {
		return i18n.Langs()[0]
	}
	return best
}

// link writes an entry of a Link header (RFC 8288): this address with other parameters.
func (h *handlers) link(c *gin.Context, rel string, pairs ...string) string {
	v := c.Request.URL.Query()
	for n := 0; n+1 < len(pairs); n += 2 {
		v.Set(pairs[n], pairs[n+1])
	}
	return "<" + h.BaseURL + withQuery(c.Request.URL.Path, v.Encode()) + `>; rel="` + rel + `"`
}

// apiList is a page of a list that goes on behind the last of its items.
type apiList[T any] struct {
	Items []T    `json:"items"`
	Next  *id.ID `json:"next"` // what to ask for as after; null on the last page
}

// window is which part of a list is asked for.
type window struct {
	After id.ID
	Per   int
}

// more is how many items to read to know whether there are further ones.
func (w window) more() int { return w.Per + 1 }

// keyset cuts a list that was read with one item too many to its page; key is what the list goes on behind.
func keyset[T any](w window, all []T, key func(T) id.ID) (page []T, next *id.ID) {
	if len(all) <= w.Per {
		return all, nil
	}
	last := key(all[w.Per-1])
	return all[:w.Per], &last
}

// nextLink leads to the page behind next; nowhere when there is none.
func (h *handlers) nextLink(c *gin.Context, next *id.ID) []string {
	if next == nil {
		return nil
	}
	return []string{h.link(c, "next", "after", next.String())}
}
