package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"zhigang/internal/calendar"
	"zhigang/internal/clock"
	"zhigang/internal/config"
	"zhigang/internal/search"
	"zhigang/internal/search/searchbench"
	"zhigang/web"
)

// benchSearchCmd measures searches under load, beside the engine alone and a handler that does nothing.
type benchSearchCmd struct {
	Posts    int `default:"100000" help:"${bench_positions}"`
	Requests int `default:"2000" help:"${bench_requests}"`
	enginesFlag
}

// Run fills a site and measures its searches with each engine.
func (c *benchSearchCmd) Run(e *env) error {
	return e.measure(func(ctx context.Context, b *bench) error {
		configs, err := c.configs(e, b.dir)
		if err != nil {
			return err
		}
		b.step("bench_filling", c.Posts)
		if err := fillDemo(e, benchConfig(b.dir), provinceOf(c.Posts)); err != nil {
			return err
		}
		for _, engine := range slices.Sorted(maps.Keys(configs)) {
			if err := c.one(ctx, b, engine, configs[engine]); err != nil {
				return err
			}
		}
		return nil
	})
}

// one serves the site with one engine and measures it.
func (c *benchSearchCmd) one(ctx context.Context, b *bench, engine string, cfg config.Config) error {
	return b.site(ctx, cfg, engine, c.Posts, func(a *app) error {
		sample, err := sampleOf(ctx, a)
		if err != nil {
			return err
		}
		b.step("bench_loading", engine, c.Requests)
		return served(ctx, a.site, func(site *visitor) error {
			m := searchMeter{bench: b, app: a, site: site, engine: engine, n: c.Requests, mix: searchbench.MixOf(sample)}
			for _, measure := range []func(context.Context) error{m.neverSeen, m.hot} {
				if err := measure(ctx); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// searchMeter measures the searches of one site.
type searchMeter struct {
	*bench
	app    *app
	site   *visitor
	engine string
	n      int
	mix    searchbench.Mix
	asked  int // so that no query is asked twice
}

// values returns the parameters of a search with a number that was not used before.
func (m *searchMeter) values(i int) url.Values {
	_, q := m.mix.Query(i)
	return q.Values()
}

// alone returns what asks the engine alone for n searches, read as the site reads them.
func (m *searchMeter) alone(n int, ask func(search.Query) error) (func(int) error, error) {
	first, queries := m.next(), make([]search.Query, n)
	for i := range queries {
		var err error
		if queries[i], err = m.app.search.Parse(m.values(first + i)); err != nil {
			return nil, err
		}
	}
	return func(i int) error { return ask(queries[i]) }, nil
}

// aloneRate measures how many searches a second the engine answers.
func (m *searchMeter) aloneRate(n int, ask func(search.Query) error) (rate float64, err error) {
	one, err := m.alone(n, ask)
	if err == nil {
		err = flood(busy(), n, one, &rate)
	}
	return rate, err
}

// neverSeen measures how many searches a second the engine answers alone, and how many pages and answers of the API the
// site makes of the like; then how long one takes at half of that load, and how long the engine alone does.
func (m *searchMeter) neverSeen(ctx context.Context) error {
	today := calendar.DayOf(m.app.db.Clock().Now())
	page := func(q search.Query) error {
		_, _, err := search.Ask(ctx, m.app.index, q, today)
		return err
	}
	api := func(q search.Query) error {
		_, err := m.app.index.Search(ctx, q, today)
		return err
	}
	if _, err := m.aloneRate(m.n/10, page); err != nil { // warms up
		return err
	}
	for _, one := range []struct {
		name, path string
		ask        func(search.Query) error
	}{{"page", "/positions", page}, {"api", "/api/v1/positions", api}} {
		get := func(i int) error {
			return m.site.get(ctx, i, fmt.Sprintf("%s?%s&visit=%d", one.path, m.values(i).Encode(), i))
		}
		var raw, rate float64
		for round := range 2 { // in turn, so that both meet the same machine
			engine, err := m.aloneRate(m.n/2, one.ask)
			if err != nil {
				return err
			}
			first := m.next()
			var site float64
			if err := flood(busy(), m.n/2, func(i int) error { return get(first + i) }, &site); err != nil {
				return err
			}
			raw, rate = (raw*float64(round)+engine)/float64(round+1), (rate*float64(round)+site)/float64(round+1)
		}
		name := "search." + one.name
		m.show(figure{Name: name + ".rate", Engine: m.engine, Value: rate, Unit: "requests/s", N: m.n}.against("search.engine.rate", raw))
		first := m.next()
		times, err := paced(ctx, m.n, rate/2, func(i int) error { return get(first + i) })
		if err != nil {
			return err
		}
		ask, err := m.alone(m.n, one.ask)
		if err != nil {
			return err
		}
		bare, err := paced(ctx, m.n, rate/2, ask)
		if err != nil {
			return err
		}
		for _, q := range []float64{0.5, 0.95, 0.99} {
			quantile := fmt.Sprintf(".p%g", q*100)
			m.show(figure{Name: name + quantile, Engine: m.engine, Value: times.Quantile(q), Unit: "ms", N: m.n}.
				against("search.engine"+quantile, bare.Quantile(q)))
		}
	}
	return nil
}

// next returns the number of the first of n queries that were not asked before.
func (m *searchMeter) next() int {
	m.asked += m.n
	return m.asked
}

// hot measures pages that many look at, beside a handler that writes as many bytes.
func (m *searchMeter) hot(ctx context.Context) error {
	const pages = 20
	path := func(i int) string { return "/positions?" + m.values(i%pages).Encode() }
	for i := range pages {
		if err := m.site.get(ctx, i, path(i)); err != nil {
			return err
		}
	}
	const more = 10 // they are quick
	var rate, bare float64
	if err := flood(busy(), more*m.n, func(i int) error { return m.site.get(ctx, i, path(i)) }, &rate); err != nil {
		return err
	}
	err := served(ctx, web.Bare(make([]byte, m.site.size())), func(site *visitor) error {
		return flood(busy(), more*m.n, func(i int) error { return site.get(ctx, i, path(i)) }, &bare)
	})
	m.show(figure{Name: "search.hot.rate", Engine: m.engine, Value: rate, Unit: "requests/s", N: more * m.n}.against("search.bare.rate", bare))
	return err
}

// busy is how many things at once keep the machine busy.
func busy() int { return 2 * runtime.NumCPU() }

// flood does something n times, so many at once, and tells how often in a second.
func flood(together, n int, do func(int) error, rate *float64) error {
	var next atomic.Int64
	var workers sync.WaitGroup
	failed := make(chan error, 1)
	took := clock.Stopwatch()
	for range together {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := do(i); err != nil {
					select {
					case failed <- err:
					default:
					}
					return
				}
			}
		})
	}
	workers.Wait()
	*rate = float64(n) / took().Seconds()
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

// paced does something n times, so often in a second, whether or not what went before has ended, and returns how long
// each took from when it was due.
func paced(ctx context.Context, n int, rate float64, do func(int) error) (searchbench.Times, error) {
	times, failed := make(searchbench.Times, n), make([]error, n)
	var all sync.WaitGroup
	passed := clock.Stopwatch()
	for i := range n {
		due := time.Duration(float64(i) / rate * float64(time.Second))
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(due - passed()):
		}
		all.Go(func() {
			failed[i] = do(i)
			times[i] = passed() - due
		})
	}
	all.Wait()
	return times, errors.Join(failed...)
}
