package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"

	"zhigang/internal/clock"
	"zhigang/internal/config"
	"zhigang/internal/demo"
	"zhigang/internal/position"
	"zhigang/internal/search"
	"zhigang/internal/search/meili"
	"zhigang/web"
)

// provinceOf is the province of the demo, or a smaller one of the same proportions.
func provinceOf(posts int) demo.Size {
	s := demo.Sizes()["province"]
	part := func(n int) int { return max(10, n*posts/s.Positions) }
	s.Orgs, s.People, s.Applications = part(s.Orgs), part(s.People), part(s.Applications)
	s.Positions = posts
	return s
}

// site opens the site that was filled, with one engine, builds its index and lets fn measure it. Nothing stays on the
// server of the engine.
func (b *bench) site(ctx context.Context, cfg config.Config, engine string, posts int, fn func(*app) error) (err error) {
	cfg.Operator.Region = provinceOf(posts).Scope // whose parts each search counts
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
	b.step("bench_indexing", engine, posts)
	took := clock.Stopwatch()
	if err := a.search.Rebuild(ctx, nil); err != nil {
		return err
	}
	b.show(figure{Name: "site.reindex", Engine: engine, Value: took().Seconds(), Unit: "s", N: posts})
	return fn(a)
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

// visitor asks a site for pages, as browsers do that take packed ones.
type visitor struct {
	client *http.Client
	url    string
	mu     sync.Mutex
	sizes  []int
}

// served serves a handler on this machine for a visitor.
func served(ctx context.Context, h http.Handler, fn func(*visitor) error) (err error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	srv, ended := web.Server("", h), make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	defer func() {
		err = errors.Join(err, srv.Close())
		if why := <-ended; !errors.Is(why, http.ErrServerClosed) {
			err = errors.Join(err, why)
		}
	}()
	const connections = 64
	transport := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: connections} // whoever measures a server does not unpack
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return fn(&visitor{client: client, url: "http://" + l.Addr().String()})
}

// get reads a page to its end. n tells visitors apart: many ask, each within what one may.
func (v *visitor) get(ctx context.Context, n int, path string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, v.url+path, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept-Encoding", "gzip")
	req.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.1", n>>8&255, n&255))
	res, err := v.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	bytes, err := io.Copy(io.Discard, res.Body)
	if err == nil && res.StatusCode >= http.StatusBadRequest {
		err = fmt.Errorf("%s: %s", req.URL, res.Status)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.sizes = append(v.sizes, int(bytes))
	return err
}

// size returns how many bytes the answers had in the middle.
func (v *visitor) size() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	slices.Sort(v.sizes)
	return v.sizes[len(v.sizes)/2]
}
