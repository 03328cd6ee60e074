package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"zhigang/internal/clock"
	"zhigang/internal/config"
	"zhigang/internal/search/searchbench"
	"zhigang/web"
)

// benchPagesCmd measures pages as the whole stack serves them, over a site that is full of posts.
type benchPagesCmd struct {
	Positions int `default:"100000" help:"${bench_positions}"`
	Requests  int `default:"1000" help:"${bench_requests}"`
	enginesFlag
}

// Run fills a site and measures it with each engine.
func (c *benchPagesCmd) Run(e *env) error {
	return e.measure(func(ctx context.Context, b *bench) error {
		configs, err := c.configs(e, b.dir)
		if err != nil {
			return err
		}
		b.step("bench_filling", c.Positions)
		if err := fillDemo(e, benchConfig(b.dir), provinceOf(c.Positions)); err != nil {
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

// one serves the site with one engine and measures it. Each request has an address of its own, so that no page is shown
// again.
func (c *benchPagesCmd) one(ctx context.Context, b *bench, engine string, cfg config.Config) error {
	return b.site(ctx, cfg, engine, c.Positions, func(a *app) error {
		sample, err := sampleOf(ctx, a)
		if err != nil {
			return err
		}
		mix := searchbench.MixOf(sample)
		searches := func(path string) func(int) string {
			return func(n int) string {
				_, q := mix.Query(n)
				return fmt.Sprintf("%s?%s&visit=%d", path, q.Values().Encode(), n)
			}
		}
		b.step("bench_asking", engine, c.Requests)
		for _, page := range []struct {
			name string
			path func(int) string
		}{
			{"pages.search", searches("/positions")},
			{"pages.api", searches("/api/v1/positions")},
			{"pages.position", func(n int) string { return fmt.Sprintf("/positions/%s?visit=%d", sample[n%len(sample)].ID, n) }},
			{"pages.home", func(n int) string { return fmt.Sprintf("/?visit=%d", n) }},
		} {
			if err := c.page(ctx, b, a.site, engine, page.name, page.path); err != nil {
				return err
			}
		}
		return nil
	})
}

// page measures one page, beside a handler that writes as many bytes.
func (c *benchPagesCmd) page(ctx context.Context, b *bench, site http.Handler, engine, name string, path func(int) string) error {
	before := ownCPU()
	times, size, err := c.ask(ctx, site, path)
	if err != nil {
		return err
	}
	b.show(figure{
		Name: name + ".cpu", Engine: engine, Value: (ownCPU() - before) * 1000 / float64(c.Requests+c.Requests/10), Unit: "ms", N: c.Requests,
	})
	bare, _, err := c.ask(ctx, web.Bare(make([]byte, size)), path)
	if err != nil {
		return err
	}
	for _, q := range []float64{0.5, 0.95, 0.99} {
		p := fmt.Sprintf(".p%g", q*100)
		b.show(figure{Name: name + p, Engine: engine, Value: times.Quantile(q), Unit: "ms", N: c.Requests}.against("pages.bare"+p, bare.Quantile(q)))
	}
	return nil
}

// ask asks a handler for one page after the other and returns how long each took until its last byte, and how large they
// are in the middle.
func (c *benchPagesCmd) ask(ctx context.Context, h http.Handler, path func(int) string) (times searchbench.Times, size int, err error) {
	err = served(ctx, h, func(v *visitor) error {
		for i := range c.Requests + c.Requests/10 {
			took := clock.Stopwatch()
			if err := v.get(ctx, i, path(i)); err != nil {
				return err
			}
			if i >= c.Requests/10 { // those before warm up
				times = append(times, took())
			}
		}
		size = v.size()
		return nil
	})
	return times, size, err
}
