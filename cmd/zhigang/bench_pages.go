package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"

	"zhigang/internal/clock"
	"zhigang/internal/config"
	"zhigang/internal/demo"
	"zhigang/internal/position"
	"zhigang/internal/search"
	"zhigang/internal/search/meili"
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
		if err := fillDemo(e, benchConfig(b.dir), c.size()); err != nil {
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

// size is the province of the demo, or a smaller one of the same proportions.
func (c *benchPagesCmd) size() demo.Size {
	s := demo.Sizes()["province"]
	part := func(n int) int { return max(10, n*c.Positions/s.Positions) }
	s.Orgs, s.People, s.Applications = part(s.Orgs), part(s.People), part(s.Applications)
	s.Positions = c.Positions
	return s
}

// one serves the site with one engine and measures it.
func (c *benchPagesCmd) one(ctx context.Context, b *bench, engine string, cfg config.Config) (err error) {
	a, err := newApp(ctx, b.e, cfg, config.Serve, false)
	if err != nil {
		return err
	}
	if cfg.MeiliURL != "" {
		defer func() {
			err = errors.Join(err, meili.New(meiliOptions(cfg, a.tree)).Remove(context.WithoutCancel(ctx)))
		}()
	}
	defer func() { err = errors.Join(err, a.close()) }()
	b.step("bench_indexing", engine, c.Positions)
	took := clock.Stopwatch()
	if err := a.search.Rebuild(ctx, nil); err != nil {
		return err
	}
	b.show(figure{Name: "pages.reindex", Engine: engine, Value: took().Seconds(), Unit: "s", N: c.Positions})
	sample, err := sampleOf(ctx, a)
	if err != nil {
		return err
	}
	mix := searchbench.MixOf(sample)
	searches := func(path string) func(int) string {
		return func(n int) string {
			_, q := mix.Query(n)
			return path + q.Values().Encode()
		}
	}
	b.step("bench_asking", engine, c.Requests)
	for _, one := range []struct {
		name string
		path func(int) string
	}{
		{"pages.search", searches("/positions?")},
		{"pages.api", searches("/api/v1/positions?")},
		{"pages.position", func(n int) string { return "/positions/" + sample[n%len(sample)].ID.String() }},
		{"pages.home", func(int) string { return "/" }},
	} {
		before := ownCPU()
		times, size, err := ask(ctx, a.site, c.Requests, one.path)
		if err != nil {
			return err
		}
		b.show(figure{
			Name: one.name + ".cpu", Engine: engine, Value: (ownCPU() - before) * 1000 / float64(c.Requests+c.Requests/10), Unit: "ms", N: c.Requests,
		})
		page := []byte(strings.Repeat("x", size))
		bare, _, err := ask(ctx, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(page) }), c.Requests, one.path)
		if err != nil {
			return err
		}
		for _, q := range []float64{0.5, 0.95, 0.99} {
			p := fmt.Sprintf(".p%g", q*100)
			b.show(figure{Name: one.name + p, Engine: engine, Value: times.Quantile(q), Unit: "ms", N: c.Requests}.
				against("pages.bare"+p, bare.Quantile(q)))
		}
	}
	return nil
}

// sampleOf returns posts that are on show, from all over the site.
func sampleOf(ctx context.Context, a *app) ([]search.Document, error) {
	const most = 1000
	var listed []position.Listed
	err := a.db.Select(ctx, &listed, `
		SELECT `+position.ListedColumns()+` FROM position p JOIN org o ON o.id = p.org_id
		WHERE p.state = 'published' ORDER BY p.id % 9973, p.id LIMIT ?`, most)
	docs := make([]search.Document, len(listed))
	for n, l := range listed {
		docs[n] = search.NewDocument(l, a.tree)
	}
	if err == nil && len(docs) == 0 {
		err = errors.New("no post is on show")
	}
	return docs, err
}

// ask serves a handler on this machine and asks for one page after the other, as browsers do that take packed pages. It
// returns how long each took until its last byte, and how large they are in the middle.
func ask(ctx context.Context, h http.Handler, n int, path func(int) string) (times searchbench.Times, size int, err error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, 0, err
	}
	srv, served := web.Server("", h), make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	defer func() {
		err = errors.Join(err, srv.Close())
		if ended := <-served; !errors.Is(ended, http.ErrServerClosed) {
			err = errors.Join(err, ended)
		}
	}()
	transport := &http.Transport{DisableCompression: true} // whoever measures a server does not unpack
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	var sizes []int
	for i := range n + n/10 {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+l.Addr().String()+path(i), nil)
		if err != nil {
			return nil, 0, err
		}
		req.Header.Set("Accept-Encoding", "gzip")
		req.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.1", i>>8&255, i&255)) // many visitors, each within what one may ask
		took := clock.Stopwatch()
		bytes, err := get(client, req)
		if err != nil {
			return nil, 0, err
		}
		if i >= n/10 { // those before warm up
			times, sizes = append(times, took()), append(sizes, bytes)
		}
	}
	slices.Sort(sizes)
	return times, sizes[len(sizes)/2], nil
}

// get reads an answer to its end and returns its size.
func get(client *http.Client, req *http.Request) (int, error) {
	res, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	bytes, err := io.Copy(io.Discard, res.Body)
	if err == nil && res.StatusCode >= 400 {
		err = fmt.Errorf("%s: %s", req.URL, res.Status)
	}
	return int(bytes), err
}
