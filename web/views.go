package web

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/gin-gonic/gin"

	"zhigang/internal/auth"
	"zhigang/internal/i18n"
)

// Page is what every page has; the struct of each page embeds it. A handler sets Title, Description and Nav, the rest is
// filled in when the page is rendered.
type Page struct {
	Title       string
	Description string
	Nav         string // which entry of the menu is marked
	Feed        string // address of an Atom feed of what the page shows, "" for none
	Canonical   string // path of the page for search engines, "" when they shall not keep it

	Lang     i18n.Lang
	Here     string // path and query of this page, to come back to
	Actor    auth.Actor
	Unread   int
	Token    string // form token
	Flash    string
	Operator Operator
	Demo     bool
	Area     string // "", "console" or "bureau": which menu stands at the top
	Console  orgRef // in the console: whose
	Bureau   string // in the bureau: name of its region
}

// orgRef names an organization.
type orgRef struct{ ID, Name string }

func (p *Page) base() *Page { return p }

// paged is a page struct.
type paged interface{ base() *Page }

// views holds the parsed templates of all pages, per language: a set is the layout, all partials and one page.
type views struct {
	sets map[i18n.Lang]map[string]*template.Template
}

// newViews parses templates/NOUN/PAGE.html and templates/PAGE.html. Parsing everything at start means that a broken page
// stops the program, not a visitor.
func newViews(files fs.FS, h *handlers) (*views, error) {
	v := &views{sets: map[i18n.Lang]map[string]*template.Template{}}
	shared, err := fs.Glob(files, "templates/shared/*.html")
	if err != nil {
		return nil, err
	}
	pages, err := pageFiles(files)
	if err != nil {
		return nil, err
	}
	for _, l := range i18n.Langs() {
		base, err := template.New("").Funcs(h.funcs(l)).Option("missingkey=error").ParseFS(files, shared...)
		if err != nil {
			return nil, err
		}
		v.sets[l] = map[string]*template.Template{}
		for name, file := range pages {
			set, err := base.Clone()
			if err != nil {
				return nil, err
			}
			if set, err = set.ParseFS(files, file); err != nil {
				return nil, err
			}
			settle(set, func(key string) string { return h.Catalog.For(l).T(key, nil) })
			v.sets[l][name] = set
		}
	}
	return v, nil
}

// pageFiles maps the name of each page ("position/show") to its file.
func pageFiles(files fs.FS) (map[string]string, error) {
	out := map[string]string{}
	err := fs.WalkDir(files, "templates", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(p, "templates/shared/") {
			return err
		}
		out[strings.TrimSuffix(strings.TrimPrefix(p, "templates/"), path.Ext(p))] = p
		return nil
	})
	return out, err
}

// render writes a page into a buffer.
func (v *views) render(l i18n.Lang, name string, data any) ([]byte, error) {
	set, ok := v.sets[l][name]
	if !ok {
		return nil, fmt.Errorf("no page is named %q", name)
	}
	var out bytes.Buffer
	err := set.ExecuteTemplate(&out, "layout", data)
	return out.Bytes(), err
}

// cards renders the cards of posts, by key, as the template of that name writes them into a page.
func (v *views) cards(l i18n.Lang, keys []cardKey, posts []postCard) (map[cardKey]template.HTML, error) {
	all := make(map[cardKey]template.HTML, len(keys))
	for n, key := range keys {
		var out strings.Builder
		if err := v.sets[l][cardsPage].ExecuteTemplate(&out, "card", posts[n]); err != nil {
			return nil, err
		}
		all[key] = template.HTML(out.String()) //nolint:gosec // html/template has escaped what people wrote in it, for the place where it stands
	}
	return all, nil
}

// cardsPage is the page that cards are written for.
const cardsPage = "position/index"

// page renders a page and sends it. Nothing is sent when the template fails.
func (h *handlers) page(c *gin.Context, status int, name string, data paged) error {
	if err := h.fill(c, data.base()); err != nil {
		return err
	}
	if status == http.StatusUnprocessableEntity {
		data.base().Title = h.printer(c).T("form.error", nil) + data.base().Title
	}
	body, err := h.views.render(lang(c), name, data)
	if err != nil {
		return err
	}
	c.Data(status, "text/html; charset=utf-8", body)
	return nil
}

// show is page with status 200.
func (h *handlers) show(c *gin.Context, name string, data paged) error {
	return h.page(c, http.StatusOK, name, data)
}

func (h *handlers) fill(c *gin.Context, p *Page) error {
	p.Lang, p.Actor, p.Token = lang(c), actor(c), h.formToken(c)
	p.Operator, p.Demo = h.Operator, h.Demo
	p.Here = c.Request.URL.RequestURI()
	if c.Request.Method != http.MethodGet {
		p.Here = c.Request.URL.Path
	}
	p.Flash = h.takeFlash(c)
	var err error
	if p.Actor.Account != 0 {
		p.Unread, err = h.Notices.Unread(c.Request.Context(), p.Actor)
	}
	return err
}

const flashCookie = "flash"

// flash notes a sentence, by its key, that the next page shows once.
func (h *handlers) flash(c *gin.Context, key string) { h.setCookie(c, flashCookie, key, 60e9) }

func (h *handlers) takeFlash(c *gin.Context) string {
	key, err := c.Cookie(flashCookie)
	if err != nil || key == "" {
		return ""
	}
	h.setCookie(c, flashCookie, "", -1)
	if p := h.printer(c); strings.HasPrefix(key, "flash.") && p.Has(key) {
		return p.T(key, nil)
	}
	return ""
}
