// Package web is the door for people and programs: pages and the JSON API. gin lives only here.
package web

import (
	"context"
	"embed"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"zhigang/internal/application"
	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/edition"
	"zhigang/internal/file"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/intake"
	"zhigang/internal/lexicon"
	"zhigang/internal/limit"
	"zhigang/internal/match"
	"zhigang/internal/notify"
	"zhigang/internal/org"
	"zhigang/internal/outbox"
	"zhigang/internal/person"
	"zhigang/internal/position"
	"zhigang/internal/region"
	"zhigang/internal/report"
	"zhigang/internal/search"
	"zhigang/internal/secret"
	"zhigang/internal/suggest"
)

//go:embed templates locales static
var files embed.FS

// Locales returns the locale files, LANG/*.json.
func Locales() fs.FS {
	sub, err := fs.Sub(files, "locales")
	if err != nil {
		panic(err) //nolint:forbidigo // the folder is embedded
	}
	return sub
}

// Deps is what the handlers work with.
type Deps struct {
	DB           *db.DB
	Log          *slog.Logger
	Keys         *secret.Keys
	Catalog      *i18n.Catalog
	Tree         *region.Tree
	Holidays     *calendar.Holidays
	Limiter      limit.Limiter
	Accounts     *auth.Service
	People       *person.Service
	Orgs         *org.Service
	Positions    *position.Service
	Applications *application.Service
	Files        *file.Store
	Lexicon      *lexicon.Service
	Search       *search.Service
	Matches      *match.Service
	Notices      *notify.Service
	Reports      *report.Service
	Suggestions  *suggest.Service
	Intakes      *intake.Service
	Outbox       *outbox.Outbox
	// Ready is asked by /readyz: an error says why this process cannot serve, late lists what is behind.
	Ready func(context.Context) (late []string, err error)
	// Observe is told of every answered request: its route, status and time. It may be nil.
	Observe func(route string, status int, took time.Duration)
}

// Options are the settings of the site.
type Options struct {
	BaseURL        string
	TrustedProxies []string
	Operator       Operator
	Version        string
	// DataDir is the folder whose disk is watched for space; "" leaves that out.
	DataDir string
	// Schema is the version of the database schema, for the operator; 0 leaves it out.
	Schema int64
	// Demo puts a line on every page that says that nothing here is real.
	Demo bool
}

// Operator is who runs the site, for the foot of every page. Empty fields are left out.
type Operator struct {
	Name, Region, License, ICP, Police, SiteID, Phone, Email string
}

// handlers holds everything that a request needs. Its methods are the handlers, one file for each noun.
type handlers struct {
	Deps
	Options
	views   *views
	static  *static
	tally   *tally
	hot     *hotPages
	replies *edition.Book[id.ID, application.Replies]
	written *edition.Book[cardKey, template.HTML]
}

// Site is the whole site as an http.Handler.
type Site struct {
	http.Handler
	h *handlers
}

// Flush saves what was counted in memory. Call it now and then, and when the site stops.
func (s *Site) Flush(ctx context.Context) {
	s.h.tally.flush(ctx, s.h.Positions, s.h.today(), s.h.Log)
	if err := s.h.Lexicon.Flush(ctx); err != nil {
		s.h.Log.Warn("what was looked for cannot be saved", "error", err)
	}
}

// New returns the site. It fails when a template or a locale file is broken.
func New(deps Deps, opts Options) (*Site, error) {
	h := &handlers{
		Deps: deps, Options: opts, tally: newTally(), hot: newHotPages(),
		replies: edition.NewBook[id.ID, application.Replies](keptReplies), written: edition.NewBook[cardKey, template.HTML](keptCards),
	}
	var err error
	if h.static, err = statics(); err != nil {
		return nil, err
	}
	if h.views, err = newViews(files, h); err != nil {
		return nil, err
	}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	engine.RemoveExtraSlash = true
	if err := engine.SetTrustedProxies(opts.TrustedProxies); err != nil {
		return nil, err
	}
	engine.Use(h.observe, h.protect, h.identify, h.crossOrigin())
	h.mount(engine, h.routes())
	engine.NoRoute(h.handle(h.noRoute))
	engine.NoMethod(h.handle(h.noMethod))
	return &Site{Handler: compress(engine), h: h}, nil
}

// keptReplies is of how many organizations the reply figures are kept.
const keptReplies = 10_000

// mount puts the table into the engine, each route behind its guard.
func (h *handlers) mount(engine *gin.Engine, table []route) {
	for _, r := range table {
		engine.Handle(r.method, r.path, h.guard(r), h.handle(r.do))
		if r.method == get { // whoever asks for the head only gets the head only
			engine.Handle(http.MethodHead, r.path, h.guard(r), h.handle(r.do))
		}
	}
}

// secure reports whether people reach the site over HTTPS.
func (h *handlers) secure() bool { return strings.HasPrefix(h.BaseURL, "https:") }
