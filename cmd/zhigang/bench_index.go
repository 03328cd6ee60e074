package main

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"

	"zhigang/internal/clock"
	"zhigang/internal/config"
	"zhigang/internal/region"
	"zhigang/internal/search"
	"zhigang/internal/search/bleve"
	"zhigang/internal/search/meili"
	"zhigang/internal/search/searchbench"
)

// benchIndexCmd measures the search engines: how long it takes to build the whole index, and how long searches take,
// each with all facets.
type benchIndexCmd struct {
	Documents int `default:"100000" help:"${bench_documents}"`
	Searches  int `default:"2000" help:"${bench_searches}"`
	enginesFlag
}

// Run measures each engine.
func (c *benchIndexCmd) Run(e *env) error {
	return e.measure(func(ctx context.Context, b *bench) error {
		configs, err := c.configs(e, b.dir)
		if err != nil {
			return err
		}
		tree, err := region.Load()
		if err != nil {
			return err
		}
		b.step("bench_baseline")
		making, scan := withoutIndex(tree, c.Documents)
		for _, engine := range slices.Sorted(maps.Keys(configs)) {
			b.step("bench_indexing", engine, c.Documents)
			before := ownCPU()
			r, err := c.one(ctx, engine, configs[engine], tree)
			if err != nil {
				return err
			}
			show := func(f figure, name, unit string, value float64, n int) figure {
				f.Name, f.Engine, f.Unit, f.Value, f.N = name, engine, unit, value, n
				return f
			}
			b.show(
				show(figure{}, "index.build", "s", r.IndexSeconds, r.Documents).against("index.making_documents", making),
				show(figure{}, "index.rate", "documents/s", r.DocsPerSecond, r.Documents),
				show(figure{}, "index.cpu", "s", ownCPU()-before, r.Documents), // of this process, searches among it
				show(figure{}, "index.search.p50", "ms", r.P50, r.Searches).against("index.scan.p50", scan),
				show(figure{}, "index.search.p95", "ms", r.P95, r.Searches),
				show(figure{}, "index.search.p99", "ms", r.P99, r.Searches),
				show(figure{}, "index.put_one.p50", "ms", r.PutOneMillis, r.Documents),
			)
		}
		return nil
	})
}

// one opens an empty index, measures it and leaves nothing behind.
func (c *benchIndexCmd) one(ctx context.Context, engine string, cfg config.Config, tree *region.Tree) (r searchbench.Result, err error) {
	var index search.Index
	if cfg.MeiliURL == "" {
		if index, err = bleve.Open(bleve.Options{Dir: filepath.Join(cfg.DataDir, "index"), Tree: tree}); err != nil {
			return r, err
		}
	} else {
		server := meili.New(meiliOptions(cfg, tree))
		defer func() { err = errors.Join(err, server.Remove(context.WithoutCancel(ctx))) }()
		index = server
	}
	defer func() { err = errors.Join(err, index.Close()) }()
	return searchbench.Run(ctx, engine, index, tree, c.Documents, c.Searches)
}

// withoutIndex returns what an index is held against: how many seconds it takes to make the documents, which is part of
// building; and the median of milliseconds that a search takes that looks into each document, by the same rule.
func withoutIndex(tree *region.Tree, n int) (making, scan float64) {
	took := clock.Stopwatch()
	docs := slices.Collect(searchbench.NewGenerator(tree).All(n))
	making = took().Seconds()
	mix := searchbench.NewMix(tree, n)
	var times searchbench.Times
	for i := range 11 {
		_, q := mix.Query(i)
		took, found := clock.Stopwatch(), 0
		for _, d := range docs {
			if _, ok := q.Matches(d); ok {
				found++
			}
		}
		times = append(times, took())
	}
	return making, times.Quantile(0.5)
}
