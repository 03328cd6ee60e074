package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/config"
	"zhigang/internal/id"
	"zhigang/internal/match"
	"zhigang/internal/position"
	"zhigang/internal/queue"
	"zhigang/internal/search/searchbench"
)

// benchNotifyCmd measures how soon people hear of a post, and how many in a second, beside the parts that do the carrying.
type benchNotifyCmd struct {
	Saved     int           `default:"1000000" help:"${bench_saved}"`
	Matches   int           `default:"100000" help:"${bench_matches}"`
	Mails     int           `default:"3000" help:"${bench_mails}"`
	Posts     int           `default:"40" help:"${bench_posts}"`
	Positions int           `default:"100000" help:"${bench_positions}"`
	MailDelay time.Duration `default:"10ms" help:"${bench_mail_delay}"`
	Postgres  string        `placeholder:"URL" help:"${bench_notify_postgres}"`
	Redis     string        `placeholder:"URL" help:"${bench_redis}"`
	enginesFlag
}

// Run fills a site with posts and people, and publishes posts with each engine.
func (c *benchNotifyCmd) Run(e *env) error {
	return e.measure(func(ctx context.Context, b *bench) (err error) {
		configs, err := c.configs(e, b.dir)
		if err != nil {
			return err
		}
		server, err := newSink(ctx, c.MailDelay)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, server.Close()) }()
		own := c.stack(benchConfig(b.dir), server)
		if err := prepare(ctx, e, own); err != nil {
			return err
		}
		b.step("bench_filling", c.Positions)
		if err := fillDemo(e, own, provinceOf(c.Positions)); err != nil {
			return err
		}
		for n, engine := range slices.Sorted(maps.Keys(configs)) {
			cfg := c.stack(configs[engine], server)
			if err := c.one(ctx, b, engine, cfg, server, n == 0); err != nil {
				return err
			}
		}
		return nil
	})
}

// stack returns the settings with the database, Redis and mail server that are measured.
func (c *benchNotifyCmd) stack(cfg config.Config, server *sink) config.Config {
	cfg.SMTPURL, cfg.RedisURL = server.url(), c.Redis
	if c.Postgres != "" {
		cfg.DatabaseURL = c.Postgres
	}
	return cfg
}

// one lets the program work with one engine. The first time, people are made; what does not depend on the engine is
// measured once.
func (c *benchNotifyCmd) one(ctx context.Context, b *bench, engine string, cfg config.Config, server *sink, first bool) error {
	return b.site(ctx, cfg, engine, c.Positions, func(a *app) error {
		work, stop := context.WithCancel(ctx)
		done := make(chan error, 1)
		town, err := newTown(ctx, a, engine)
		if err == nil && first {
			b.step("bench_saving", c.Saved)
			err = town.settle(ctx, c.Saved)
		}
		go func() { done <- a.dispatcher.Run(work) }()
		m := notifyMeter{bench: b, benchNotifyCmd: c, app: a, town: town, server: server, engine: engine}
		if err == nil {
			err = m.latencies(ctx)
		}
		if err == nil && first {
			err = errors.Join(m.flood(ctx), m.mails(ctx), m.inbox(ctx))
		}
		stop()
		return errors.Join(err, <-done)
	})
}

// notifyMeter measures one site.
type notifyMeter struct {
	*bench
	*benchNotifyCmd
	app    *app
	town   *town
	server *sink
	engine string
}

// watchers is how many people look for each post whose way is timed.
const watchers = 20

// latencies publishes posts one after the other and closes them again.
func (m *notifyMeter) latencies(ctx context.Context) error {
	m.step("bench_publishing", m.engine, m.Posts)
	var found, told, gone searchbench.Times
	for n := range m.Posts + 1 {
		word := fmt.Sprintf("zg%s%03d", m.engine[:1], n)
		who, err := m.town.watch(ctx, word, watchers, match.Instant, false)
		if err != nil {
			return err
		}
		post, err := m.town.submitted(ctx, word)
		if err != nil {
			return err
		}
		took := clock.Stopwatch()
		if err := m.app.positions.Approve(ctx, auth.System(), post); err != nil {
			return err
		}
		toFind, toTell, err := m.both(ctx, took, word, m.all(post, who, inInbox))
		if err != nil {
			return err
		}
		if n == 0 { // the first one waits for the saved searches to be loaded
			m.show(figure{Name: "notify.first", Engine: m.engine, Value: toTell.Seconds(), Unit: "s", N: m.Saved})
			continue
		}
		took = clock.Stopwatch()
		if err := m.app.positions.Close(ctx, m.town.owner, post, position.Outcomes()[0]); err != nil {
			return err
		}
		if err := until(ctx, func() (bool, error) { n, err := m.town.finds(ctx, word); return n == 0, err }); err != nil {
			return err
		}
		gone = append(gone, took())
		found, told = append(found, toFind), append(told, toTell)
	}
	for _, one := range []struct {
		name  string
		times searchbench.Times
	}{{"notify.searchable", found}, {"notify.inbox", told}, {"notify.unsearchable", gone}} {
		for _, q := range []float64{0.5, 0.95} {
			m.show(figure{Name: fmt.Sprintf("%s.p%g", one.name, q*100), Engine: m.engine, Value: one.times.Quantile(q), Unit: "ms", N: m.Posts})
		}
	}
	return nil
}

// both returns how long it took until a post was found by its word, and until all of its watchers had it in the inbox.
func (m *notifyMeter) both(
	ctx context.Context, took func() time.Duration, word string, all condition,
) (found, told time.Duration, err error) {
	err = until(ctx, func() (bool, error) {
		if found == 0 {
			n, err := m.town.finds(ctx, word)
			if err != nil {
				return false, err
			}
			if n > 0 {
				found = took()
			}
		}
		if told == 0 {
			yes, err := all(ctx)
			if err != nil {
				return false, err
			}
			if yes {
				told = took()
			}
		}
		return found > 0 && told > 0, nil
	})
	return found, told, err
}

// condition reports whether something is so by now.
type condition func(context.Context) (bool, error)

// What may be so of a row of the ledger.
const (
	entered = "TRUE"
	inInbox = "notice_id IS NOT NULL"
)

// all is so when the ledger has a post for each of some saved searches, told or not. It asks for few rows at a time, those
// that come first, so that asking takes little from what it watches.
func (m *notifyMeter) all(post id.ID, who []id.ID, how string) condition {
	return func(ctx context.Context) (bool, error) {
		for len(who) > 0 {
			some := who[:min(len(who), 500)]
			var n int
			if err := m.app.db.Get(ctx, &n, `
				SELECT COUNT(*) FROM match WHERE saved_search_id IN (?) AND position_id = ? AND `+how, some, post); err != nil || n < len(some) {
				return false, err
			}
			who = who[len(some):]
		}
		return true, nil
	}
}

// flood publishes a post that very many look for, who want a digest.
func (m *notifyMeter) flood(ctx context.Context) error {
	m.step("bench_meeting_many", m.Matches)
	who, err := m.town.watch(ctx, "zgflood", m.Matches, match.Daily, false)
	if err != nil {
		return err
	}
	seconds, err := m.publish(ctx, "zgflood", func(post id.ID) condition { return m.all(post, who, entered) })
	m.show(figure{Name: "notify.matches", Value: seconds, Unit: "s", N: m.Matches})
	return err
}

// publish brings a post on show and returns how many seconds passed until it was so.
func (m *notifyMeter) publish(ctx context.Context, word string, so func(post id.ID) condition) (float64, error) {
	post, err := m.town.submitted(ctx, word)
	if err != nil {
		return 0, err
	}
	took := clock.Stopwatch()
	if err := m.app.positions.Approve(ctx, auth.System(), post); err != nil {
		return 0, err
	}
	yes := so(post)
	err = until(ctx, func() (bool, error) { return yes(ctx) })
	return took().Seconds(), err
}

// mails publishes a post of which many are told by mail, beside a loop that does nothing but hand mails over.
func (m *notifyMeter) mails(ctx context.Context) error {
	m.step("bench_mailing", m.Mails)
	const some = 5
	raw, err := m.rawMails(ctx, max(m.Mails/some, 1))
	if err != nil {
		return err
	}
	if _, err := m.town.watch(ctx, "zgmail", m.Mails, match.Instant, true); err != nil {
		return err
	}
	before := m.server.count()
	var first time.Duration
	took := clock.Stopwatch()
	if _, err := m.publish(ctx, "zgmail", func(id.ID) condition {
		return func(context.Context) (bool, error) {
			n := m.server.count() - before
			if n > 0 && first == 0 {
				first = took()
			}
			return n >= m.Mails, nil
		}
	}); err != nil {
		return err
	}
	rate := float64(m.Mails) / (took() - first).Seconds()
	m.show(figure{Name: "notify.mail.rate", Value: rate, Unit: "mails/s", N: m.Mails}.against("notify.smtp.rate", raw))
	return nil
}

// rawMails hands mails to the server, as many at once as the program does, and returns how many a second.
func (m *notifyMeter) rawMails(ctx context.Context, n int) (rate float64, err error) {
	pool := queue.Pools()[slices.IndexFunc(queue.Pools(), func(p queue.Pool) bool { return p.Name == queue.Mail })]
	err = flood(pool.Workers, n, func(i int) error { return m.app.sender.Send(ctx, sample(i)) }, &rate)
	return rate, err
}
