package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/redis/go-redis/v9"

	"zhigang/internal/application"
	"zhigang/internal/calendar"
	"zhigang/internal/config"
	"zhigang/internal/file"
	"zhigang/internal/i18n"
	"zhigang/internal/limit"
	"zhigang/internal/org"
	"zhigang/internal/outbox"
	"zhigang/internal/person"
	"zhigang/internal/position"
	"zhigang/internal/queue"
	"zhigang/internal/search"
	"zhigang/internal/search/bleve"
	"zhigang/internal/search/meili"
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
	search       *search.Service
	dispatcher   queue.Dispatcher
	site         *web.Site
	unlock       func()
}

// newApp opens what the role needs and wires it together.
func newApp(ctx context.Context, e *env, cfg config.Config, role config.Role) (a *app, err error) {
	if err := cfg.CheckRole(role); err != nil {
		return nil, fmt.Errorf("%w: %w", errUsage, err)
	}
	a = &app{log: newLog(e, cfg)}
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
	a.search = search.New(a.db, a.index, a.tree)
	if err := a.openDispatcher(); err != nil {
		return nil, err
	}
	a.site, err = a.newSite()
	return a, err
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
		a.index, err = meili.Open(ctx, meili.Options{URL: a.cfg.MeiliURL, Key: a.cfg.MeiliKey})
		return err
	}
	a.index, err = bleve.Open(filepath.Join(a.cfg.DataDir, "index"))
	return err
}

func (a *app) openDispatcher() (err error) {
	mux := workers.Mux(a.outbox, a.workers())
	if a.cfg.RedisURL == "" {
		a.dispatcher = queue.NewInline(a.outbox, mux, a.log)
	} else if a.dispatcher, err = queue.NewRedis(a.outbox, mux, a.cfg.RedisURL, a.log); err != nil {
		return err
	}
	a.outbox.OnAdd(a.dispatcher.Wake)
	return nil
}

func (a *app) workers() *workers.Workers {
	return &workers.Workers{
		DB: a.db, Log: a.log, Outbox: a.outbox, Accounts: a.accounts, Positions: a.positions, Search: a.search,
	}
}

func (a *app) newSite() (*web.Site, error) {
	op := a.cfg.Operator
	return web.New(web.Deps{
		DB: a.db, Log: a.log, Keys: a.keys, Catalog: a.catalog, Tree: a.tree, Holidays: a.holidays, Limiter: a.limiter,
		Accounts: a.accounts, People: a.people, Orgs: a.orgs, Positions: a.positions, Applications: a.applications, Files: a.files,
		Search: a.search, Ready: a.checkReady,
	}, web.Options{
		BaseURL: a.cfg.BaseURL, TrustedProxies: a.cfg.TrustedProxies, Version: version,
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
