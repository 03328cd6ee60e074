package main

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"runtime/debug"

	"github.com/redis/go-redis/v9"

	"zhigang/internal/application"
	"zhigang/internal/calendar"
	"zhigang/internal/clock"
	"zhigang/internal/config"
	"zhigang/internal/db"
	"zhigang/internal/file"
	"zhigang/internal/i18n"
	"zhigang/internal/intake"
	"zhigang/internal/lexicon"
	"zhigang/internal/limit"
	"zhigang/internal/mail"
	"zhigang/internal/match"
	"zhigang/internal/notify"
	"zhigang/internal/org"
	"zhigang/internal/outbox"
	"zhigang/internal/person"
	"zhigang/internal/position"
	"zhigang/internal/queue"
	"zhigang/internal/region"
	"zhigang/internal/report"
	"zhigang/internal/search"
	"zhigang/internal/search/bleve"
	"zhigang/internal/search/meili"
	"zhigang/internal/suggest"
	"zhigang/internal/webhook"
	"zhigang/web"
	"zhigang/workers"
)

// app is the whole program, built once, in reading order. Every command and every end-to-end test uses the same.
type app struct {
	*store
	log          *slog.Logger
	holidays     *calendar.Holidays
	catalog      *i18n.Catalog
	outbox       *outbox.Outbox
	limiter      limit.Limiter
	redis        *redis.Client
	index        search.Index
	orgs         *org.Service
	people       *person.Service
	positions    *position.Service
	applications *application.Service
	files        *file.Store
	intake       *intake.Service
	lexicon      *lexicon.Service
	search       *search.Service
	matches      *match.Service
	sender       mail.Sender
	gateway      mail.Sender
	notices      *notify.Service
	reports      *report.Service
	suggestions  *suggest.Service
	dispatcher   queue.Dispatcher
	site         *web.Site
	unlock       func()
	meters       *meters
	// isDemo says that all data are invented.
	isDemo bool
}

// newApp opens what the role needs and wires it together.
func newApp(ctx context.Context, e *env, cfg config.Config, role config.Role, demo bool) (_ *app, err error) {
	if err := cfg.CheckRole(role); err != nil {
		return nil, err
	}
	a := &app{log: newLog(e, cfg), isDemo: demo, meters: newMeters()}
	collectLess()
	defer func() {
		if err != nil {
			_ = a.close()
		}
	}()
	if a.unlock, err = lockEmbedded(cfg); err != nil {
		return nil, err
	}
	if a.store, err = openStore(ctx, e, cfg); err != nil {
		return nil, err
	}
	if err := a.ready(ctx); err != nil {
		return nil, err
	}
	if a.holidays, err = calendar.LoadHolidays(); err != nil {
		return nil, err
	}
	if a.catalog, err = i18n.Load(web.Locales()); err != nil {
		return nil, err
	}
	a.outbox = outbox.New(a.db, workers.Reactions(), workers.Scheduled()...)
	a.outbox.OnFailure(a.logFailure)
	if err := a.openRedis(ctx, e); err != nil {
		return nil, err
	}
	if err := a.openIndex(ctx); err != nil {
		return nil, err
	}
	a.orgs = org.New(a.db, a.outbox, a.tree)
	a.people = person.New(a.db, a.tree)
	a.positions = position.New(a.db, a.outbox, a.tree)
	a.applications = application.New(a.db, a.outbox, a.keys, a.accounts, a.holidays)
	a.files = file.New(a.db, a.keys)
	a.intake = intake.New(a.db, a.outbox, a.tree, a.catalog, a.files, a.orgs, a.positions)
	a.lexicon = lexicon.New(a.db, a.tree, a.log)
	reader := search.Reader{Tree: a.tree, Lexicon: a.lexicon.Current, Home: a.cfg.Operator.Region}
	a.search = search.New(a.db, a.index, a.positions, reader, a.log)
	a.matches = match.New(a.db, a.outbox, reader, a.log)
	a.matches.Divide(a.cfg.MatchParts)
	a.suggestions = suggest.New(suggest.Options{
		DB: a.db, Tree: a.tree, Positions: a.positions, Search: a.search, Outbox: a.outbox, Keys: a.keys, Accounts: a.accounts, Log: a.log,
	})
	if err := a.openNotices(); err != nil {
		return nil, err
	}
	a.reports = report.New(a.db, report.Options{Tree: a.tree, Holidays: a.holidays, Texts: a.catalog, Tell: a.tellReport})
	if err := a.openDispatcher(); err != nil {
		return nil, err
	}
	a.site, err = a.newSite() //nolint:contextcheck // what a request has begun is finished without it
	return a, err
}

// collectLess lets garbage be collected half as often as Go does by itself, unless GOGC says otherwise: tables and the
// index make each collection dear. It costs some dozens of megabytes and saves a quarter of the processor under load.
func collectLess() {
	const usual, rare = 100, 200
	if was := debug.SetGCPercent(rare); was != usual {
		debug.SetGCPercent(was)
	}
}

// logFailure notes that a task failed. One that is tried again is worth a warning; one that was given up waits for a
// person.
func (a *app) logFailure(f outbox.Failure) {
	level := slog.LevelWarn
	if f.Dead {
		level = slog.LevelError
	}
	a.log.Log(context.Background(), level, "task failed", "task", f.Task, "row", f.ID, "subject", f.Subject,
		"attempt", f.Attempts, "given_up", f.Dead, "error", f.Err)
}

// lockEmbedded takes the data folder when this process alone may write what lies in it.
func lockEmbedded(cfg config.Config) (func(), error) {
	if !cfg.SQLite() && cfg.MeiliURL != "" {
		return func() {}, nil
	}
	return lockData(cfg.DataDir)
}

func newLog(e *env, cfg config.Config) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(cfg.LogLevel)) // checked with the other settings
	return slog.New(slog.NewJSONHandler(e.err, &slog.HandlerOptions{Level: level}))
}

func (a *app) openRedis(ctx context.Context, e *env) error {
	if a.cfg.RedisURL == "" {
		a.limiter = limit.NewLocal(e.clock)
		return nil
	}
	warnings, err := queue.CheckRedis(ctx, a.cfg.RedisURL)
	for _, w := range warnings {
		a.log.Warn("redis", "advice", w)
	}
	if err != nil {
		// A Redis that is down comes back: tasks wait in SQL, limits are kept in memory. One that is set up wrong does not.
		a.log.Error("redis", "error", err)
		if !errors.Is(err, queue.ErrUnreachable) {
			return err
		}
	}
	opt, err := redis.ParseURL(a.cfg.RedisURL)
	if err != nil {
		return err
	}
	a.redis = redis.NewClient(opt)
	a.limiter = limit.NewShared(a.redis, e.clock)
	return nil
}

func (a *app) openIndex(ctx context.Context) (err error) {
	if a.cfg.MeiliURL != "" {
		index := meili.New(meiliOptions(a.cfg, a.tree))
		a.index = index
		if err := index.Prepare(ctx); err != nil { // pages say so until it is back; what must be indexed waits in SQL
			a.log.Error("search index", "error", err)
		}
		return nil
	}
	a.index, err = bleve.Open(bleve.Options{Dir: filepath.Join(a.cfg.DataDir, "index"), Tree: a.tree, Log: a.log})
	return err
}

func meiliOptions(cfg config.Config, tree *region.Tree) meili.Options {
	return meili.Options{URL: cfg.MeiliURL, Key: cfg.MeiliKey, Prefix: cfg.MeiliPrefix, Tree: tree}
}

func (a *app) openNotices() (err error) {
	if a.sender, err = mail.Open(a.cfg.SMTPURL, a.cfg.MailFrom); err != nil {
		return err
	}
	if a.gateway, err = openGateway(a.cfg); err != nil {
		return err
	}
	a.notices, err = notify.New(notify.Options{
		DB: a.db, Outbox: a.outbox, Accounts: a.accounts, Matches: a.matches, Keys: a.keys, Tree: a.tree, Catalog: a.catalog,
		Sender: a.sender, Gateway: a.gateway, Paces: a.cfg.SendRates, BaseURL: a.cfg.BaseURL, Operator: a.cfg.Operator.Name,
	})
	return err
}

func openGateway(cfg config.Config) (mail.Sender, error) {
	return webhook.Open(webhook.Options{
		URL: cfg.WebhookURL, Secret: cfg.WebhookSecret, Allow: cfg.WebhookAllow, Clock: clock.System{},
	})
}

// tellReport brings a finished report to the inbox of those it was made for.
func (a *app) tellReport(ctx context.Context, tx *db.Tx, r report.Ready) error {
	return a.notices.ReportReady(ctx, tx, r.To, notify.Report{
		ID: r.Report, Kind: notify.Kind("report." + string(r.Kind)), Scope: r.Scope, Week: r.Week, Text: r.Text,
	})
}

// matchWorkers is how many posts one process matches at a time with the saved searches of its parts.
const matchWorkers = 4

func (a *app) openDispatcher() error {
	mux := a.workers().Mux()
	if a.cfg.RedisURL == "" {
		a.dispatcher = queue.NewInline(a.outbox, mux, a.log)
	} else {
		shared, err := queue.NewRedis(a.outbox, mux, a.cfg.RedisURL, a.log)
		if err != nil {
			return err
		}
		shared.Share(queue.Shares{Parts: a.cfg.MatchParts, Workers: matchWorkers, Held: a.matches.Hold})
		a.dispatcher = shared
	}
	a.outbox.OnAdd(a.dispatcher.Wake)
	return nil
}

func (a *app) workers() *workers.Workers {
	return &workers.Workers{
		DB: a.db, Log: a.log, Outbox: a.outbox, Accounts: a.accounts, Positions: a.positions, Intake: a.intake, Lexicon: a.lexicon, Search: a.search,
		Matches: a.matches, Notices: a.notices, Reports: a.reports, Suggestions: a.suggestions,
	}
}

func (a *app) newSite() (*web.Site, error) {
	op := a.cfg.Operator
	return web.New(web.Deps{
		DB: a.db, Log: a.log, Keys: a.keys, Catalog: a.catalog, Tree: a.tree, Holidays: a.holidays, Limiter: a.limiter,
		Accounts: a.accounts, People: a.people, Orgs: a.orgs, Positions: a.positions, Applications: a.applications, Files: a.files,
		Lexicon: a.lexicon, Search: a.search, Matches: a.matches, Notices: a.notices, Reports: a.reports, Suggestions: a.suggestions, Intakes: a.intake, Outbox: a.outbox,
		Ready: a.checkReady, Observe: a.meters.request,
	}, web.Options{
		Demo: a.isDemo, DataDir: a.cfg.DataDir, BaseURL: a.cfg.BaseURL, TrustedProxies: a.cfg.TrustedProxies, Version: version,
		Operator: web.Operator{
			Name: op.Name, Region: op.Region, License: op.License, ICP: op.ICP, Police: op.Police, SiteID: op.SiteID, Phone: op.Phone, Email: op.Email,
		},
	})
}

// close lets go of everything that was opened.
func (a *app) close() error {
	var all []error
	if a.index != nil {
		all = append(all, a.index.Close())
	}
	if a.sender != nil {
		all = append(all, a.sender.Close())
	}
	if a.gateway != nil {
		all = append(all, a.gateway.Close())
	}
	if a.redis != nil {
		all = append(all, a.redis.Close())
	}
	if a.store != nil {
		all = append(all, a.store.close())
	}
	if a.unlock != nil {
		a.unlock()
	}
	return errors.Join(all...)
}
