package web

import (
	"bytes"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gin-gonic/gin"
	"github.com/klauspost/compress/gzip"

	"zhigang/internal/calendar"
	"zhigang/internal/edition"
)

// hotPages keeps the pages that visitors who are not signed in have lately looked at. A page is shown again to whoever
// asks for the same, in the same language, as long as nothing has changed that everybody sees: see edition. That is asked
// of SQL each time, so that no page of a post that was closed is shown by any process after the closing.
type hotPages struct {
	pages *edition.Book[hotKey, hotPage]
	shown atomic.Int64 // how often a page was shown again
	zips  sync.Pool    // of *gzip.Writer: their tables are large
}

const (
	// hotCount and hotSize bound what is kept: so many pages, of so many packed bytes.
	hotCount = 1000
	hotSize  = 64 << 10
	// hotAddress bounds the address of a page that is kept.
	hotAddress = 512
)

// hotKey is what a page depends on beside the edition.
type hotKey struct {
	address, lang string
	lexicon       int64
	exposure      calendar.Day
}

// hotPage is an answer with status 200.
type hotPage struct {
	head   http.Header // what the handler set
	packed []byte
	each   []func(*gin.Context)
}

func newHotPages() *hotPages {
	p := &hotPages{pages: edition.NewBook[hotKey, hotPage](hotCount)}
	p.zips.New = func() any { zip, _ := gzip.NewWriterLevel(nil, packing); return zip } // the level is one there is
	return p
}

// packing is how hard pages are packed: harder takes twice as long and saves a twentieth.
const packing = 3

// pack packs a page.
func (p *hotPages) pack(page []byte) []byte {
	var packed bytes.Buffer
	zip, _ := p.zips.Get().(*gzip.Writer)
	defer p.zips.Put(zip)
	zip.Reset(&packed)
	_, _ = zip.Write(page) // into memory
	_ = zip.Close()
	return packed.Bytes()
}

// What a handler notes in the request for often.
const (
	keyEach    = "each"
	keyPassing = "passing"
)

// each does something now, and again whenever the page of this request is shown.
func each(c *gin.Context, do func(*gin.Context)) {
	do(c)
	list, _ := c.Get(keyEach)
	all, _ := list.([]func(*gin.Context))
	c.Set(keyEach, append(all, do))
}

// passing says that the page of this request is not to be shown again: something did not answer.
func passing(c *gin.Context) { c.Set(keyPassing, true) }

// often is for pages that many look at and that are the same for all who are not signed in.
func (h *handlers) often(do handler) handler {
	return func(c *gin.Context) error {
		key, ok := h.hotKey(c)
		if !ok {
			return do(c)
		}
		now, err := edition.Current(c.Request.Context(), h.DB)
		if err != nil {
			return do(c) // it will say so, or do without
		}
		if page, ok := h.hot.pages.Get(now, key); ok {
			h.hot.shown.Add(1)
			for _, again := range page.each {
				again(c)
			}
			page.write(c)
			return nil
		}
		return h.keep(c, key, now, do)
	}
}

// hotKey returns what the page of a request depends on; false when it may depend on who asks, or is too odd to keep.
// Cookies but that of the language, and tokens, tell of a person.
func (h *handlers) hotKey(c *gin.Context) (hotKey, bool) {
	r := c.Request
	strange := func(cookie *http.Cookie) bool { return cookie.Name != langCookie }
	if r.Method != http.MethodGet || actor(c).Known() || slices.ContainsFunc(r.Cookies(), strange) || r.Header.Get("Authorization") != "" ||
		len(r.RequestURI) > hotAddress || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		return hotKey{}, false
	}
	h.Lexicon.Current()
	return hotKey{r.RequestURI, string(lang(c)), h.Lexicon.Version(), h.Search.Counted()}, true
}

// keep makes a page and keeps it, when it is one.
func (h *handlers) keep(c *gin.Context, key hotKey, now edition.Edition, do handler) error {
	out := &tape{ResponseWriter: c.Writer}
	before := c.Writer.Header().Clone()
	c.Writer = out
	defer func() { c.Writer = out.ResponseWriter }()
	err := do(c)
	c.Writer = out.ResponseWriter
	if err != nil {
		return err
	}
	page := hotPage{head: http.Header{}}
	for name, values := range c.Writer.Header() {
		if !slices.Equal(values, before[name]) {
			page.head[name] = slices.Clone(values)
		}
	}
	list, _ := c.Get(keyEach)
	page.each, _ = list.([]func(*gin.Context))
	if c.Writer.Status() != http.StatusOK || c.GetBool(keyPassing) || page.head.Get("Set-Cookie") != "" {
		_, err = c.Writer.Write(out.body.Bytes())
		return err
	}
	if page.packed = h.hot.pack(out.body.Bytes()); len(page.packed) <= hotSize {
		h.hot.pages.Put(now, key, page)
	}
	page.write(c)
	return nil
}

func (p hotPage) write(c *gin.Context) {
	head := c.Writer.Header()
	maps.Copy(head, p.head)
	if tag := p.head.Get("ETag"); tag != "" && tagged(c.GetHeader("If-None-Match"), tag) { // whoever asks has it already
		c.Status(http.StatusNotModified)
		c.Writer.WriteHeaderNow()
		return
	}
	head.Set("Content-Encoding", "gzip")
	head.Set("Content-Length", strconv.Itoa(len(p.packed)))
	head.Add("Vary", "Accept-Encoding")
	c.Status(http.StatusOK)
	_, _ = c.Writer.Write(p.packed)
}

// tape takes what a handler writes.
type tape struct {
	gin.ResponseWriter
	body bytes.Buffer
}

func (t *tape) Write(b []byte) (int, error)       { return t.body.Write(b) }
func (t *tape) WriteString(s string) (int, error) { return t.body.WriteString(s) }
func (t *tape) WriteHeaderNow()                   {}
func (t *tape) Written() bool                     { return t.body.Len() > 0 }
