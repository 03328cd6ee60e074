package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"zhigang/internal/config"
	"zhigang/internal/region"
	"zhigang/internal/search"
	"zhigang/internal/search/bleve"
	"zhigang/internal/search/meili"
	"zhigang/internal/search/relevance"
)

// relevanceCmd asks judged queries of a fresh index, as the search page would.
type relevanceCmd struct {
	Posts   string `placeholder:"FILE" help:"${relevance_posts}"`
	Queries string `placeholder:"FILE" help:"${relevance_queries}"`
	Out     string `placeholder:"FILE" help:"${relevance_out}"`
	enginesFlag
}

// judgedBy is what one engine scored.
type judgedBy struct {
	Engine string            `json:"engine"`
	Scores []relevance.Score `json:"scores"`
}

// Run indexes the posts, asks the queries, writes what was found, and prints how well that was where it was judged.
func (c *relevanceCmd) Run(e *env) (err error) {
	posts, queries, err := c.set(e)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "zhigang-relevance-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	configs, err := c.configs(e, dir)
	if err != nil {
		return err
	}
	if c.Out != "" && len(configs) != 1 {
		return e.wrong("relevance_one_engine")
	}
	tree, err := region.Load()
	if err != nil {
		return err
	}
	var all []judgedBy
	for _, engine := range slices.Sorted(maps.Keys(configs)) {
		found, err := askJudged(e.ctx, configs[engine], tree, posts, queries)
		if err != nil {
			return err
		}
		if c.Out != "" {
			if err := writeFound(c.Out, found); err != nil {
				return err
			}
		}
		all = append(all, judgedBy{engine, relevance.Scores(queries, found)})
	}
	return e.print(all, scoreTable(all))
}

// set reads the posts and the queries: those that were named, or those that are built in.
func (c *relevanceCmd) set(e *env) (posts []relevance.Post, queries []relevance.Query, err error) {
	if c.Posts == "" && c.Queries == "" {
		return relevance.Judged()
	}
	if c.Posts == "" || c.Queries == "" {
		return nil, nil, e.wrong("relevance_both")
	}
	if posts, err = readLines[relevance.Post](e, c.Posts); err != nil {
		return nil, nil, err
	}
	queries, err = readLines[relevance.Query](e, c.Queries)
	return posts, queries, err
}

func readLines[T any](e *env, path string) ([]T, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, e.wrong("relevance_file", path, err)
	}
	defer func() { _ = f.Close() }()
	out, err := relevance.Read[T](io.Reader(f))
	if err != nil {
		return nil, e.wrong("relevance_file", path, err)
	}
	return out, nil
}

// askJudged asks a fresh index of one engine, and leaves nothing behind.
func askJudged(
	ctx context.Context, cfg config.Config, tree *region.Tree, posts []relevance.Post, queries []relevance.Query,
) (found map[string][]string, err error) {
	var index search.Index
	if cfg.MeiliURL == "" {
		if index, err = bleve.Open(bleve.Options{Dir: filepath.Join(cfg.DataDir, "index"), Tree: tree}); err != nil {
			return nil, err
		}
	} else {
		server := meili.New(meiliOptions(cfg, tree))
		defer func() { err = errors.Join(err, server.Remove(context.WithoutCancel(ctx))) }()
		index = server
	}
	defer func() { err = errors.Join(err, index.Close()) }()
	return relevance.Run(ctx, index, tree, posts, queries)
}

func writeFound(path string, found map[string][]string) error {
	b, err := json.MarshalIndent(found, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o600)
}

func scoreTable(all []judgedBy) string {
	var b strings.Builder
	for _, one := range all {
		if len(one.Scores) == 0 {
			continue
		}
		fmt.Fprintf(&b, "%-14s %8s %8s %9s %6s\n", one.Engine, "queries", "nDCG@10", "recall@20", "never")
		for _, s := range one.Scores {
			name := s.Class
			if name == "" {
				name = "=="
			}
			fmt.Fprintf(&b, "  %-12s %8d %8.3f %9.3f %6d\n", name, s.Queries, s.NDCG10, s.Recall20, s.Never)
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}
