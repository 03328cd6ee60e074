package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"zhigang/internal/config"
)

// benchCmd measures this program on this machine. Each measurement is a line of JSON on the standard output; everything
// that is made for it lies in a temporary folder and is removed at the end.
type benchCmd struct {
	Import benchImportCmd `cmd:"" help:"${bench_import}"`
	Index  benchIndexCmd  `cmd:"" help:"${bench_index}"`
	Match  benchMatchCmd  `cmd:"" help:"${bench_match}"`
	Notify benchNotifyCmd `cmd:"" help:"${bench_notify}"`
	Pages  benchPagesCmd  `cmd:"" help:"${bench_pages}"`
	Search benchSearchCmd `cmd:"" help:"${bench_search}"`
	Start  benchStartCmd  `cmd:"" help:"${bench_start}"`
	All    benchAllCmd    `cmd:"" help:"${bench_all}"`
}

// benchAllCmd runs the others, at sizes that take a minute or two.
type benchAllCmd struct {
	Rows      int `default:"5000" help:"${bench_rows}"`
	Documents int `default:"20000" help:"${bench_documents}"`
	Positions int `default:"10000" help:"${bench_positions}"`
	enginesFlag
}

// Run measures everything; what fails keeps nothing else from being measured.
func (c *benchAllCmd) Run(e *env) error {
	return errors.Join(
		(&benchStartCmd{Times: 3}).Run(e),
		(&benchImportCmd{Rows: c.Rows}).Run(e),
		(&benchIndexCmd{Documents: c.Documents, Searches: 1000, enginesFlag: c.enginesFlag}).Run(e),
		(&benchPagesCmd{Positions: c.Positions, Requests: 500, enginesFlag: c.enginesFlag}).Run(e),
		(&benchSearchCmd{Posts: c.Positions, Requests: 500, enginesFlag: c.enginesFlag}).Run(e),
	)
}

// enginesFlag says which search engines are measured.
type enginesFlag struct {
	Engine   string `enum:"known,bleve,meili,both" default:"known" help:"${bench_engine}"`
	MeiliURL string `placeholder:"URL" help:"${bench_meili_url}"`
	MeiliKey string `help:"${bench_meili_key}"`
}

// configs returns the settings for each engine, by its name. Indexes on a Meilisearch server get names of their own, so
// that a server which is at work can be measured.
func (f enginesFlag) configs(e *env, dir string) (map[string]config.Config, error) {
	given, err := e.settings()
	if err != nil {
		return nil, err
	}
	if f.MeiliURL != "" {
		given.MeiliURL, given.MeiliKey = f.MeiliURL, f.MeiliKey
	}
	out := map[string]config.Config{}
	if f.Engine != "meili" {
		out["bleve"] = benchConfig(dir)
	}
	if f.Engine == "bleve" || f.Engine == "known" && given.MeiliURL == "" {
		return out, nil
	}
	if given.MeiliURL == "" {
		return nil, e.wrong("bench_no_meili")
	}
	cfg := benchConfig(dir)
	cfg.MeiliURL, cfg.MeiliKey, cfg.MeiliPrefix = given.MeiliURL, given.MeiliKey, "bench_"+strings.ToLower(rand.Text()[:8])
	out["meilisearch"] = cfg
	return out, nil
}

// benchConfig are the settings of an installation in dir that nobody else has to do with.
func benchConfig(dir string) config.Config {
	return config.Config{
		DatabaseURL: "sqlite://" + filepath.Join(dir, "zhigang.db"), DataDir: dir, LogLevel: "error",
		BaseURL: "http://127.0.0.1", MailFrom: "bench@example.org", SMTPURL: "file://" + filepath.Join(dir, "mail"),
		TrustedProxies: []string{"127.0.0.1"},
	}
}

// figure is one measurement.
type figure struct {
	Name   string  `json:"name"`
	Engine string  `json:"engine,omitempty"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`
	N      int     `json:"n"` // of what it was measured over: rows, documents, requests, starts
	// Baseline is what the value is held against, measured in the same run, in the same unit; Ratio is value to baseline.
	Baseline      string  `json:"baseline,omitempty"`
	BaselineValue float64 `json:"baseline_value,omitempty"`
	Ratio         float64 `json:"ratio,omitempty"`
	Cores         int     `json:"cores"`
	Load          float64 `json:"load"` // of the machine over the last minute: above its cores, others were in the way
}

// against holds the figure against a baseline.
func (f figure) against(name string, value float64) figure {
	f.Baseline, f.BaselineValue, f.Ratio = name, value, f.Value/value
	return f
}

// bench is one run of a benchmark.
type bench struct {
	e   *env
	dir string
	bar *bar
	err error
}

// measure runs fn with a folder of its own.
func (e *env) measure(fn func(ctx context.Context, b *bench) error) (err error) {
	b := &bench{e: e, bar: e.newBar("bench")}
	if b.dir, err = os.MkdirTemp("", "zhigang-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	err = fn(e.ctx, b)
	b.bar.end()
	return errors.Join(err, b.err)
}

// step tells who waits what is going on.
func (b *bench) step(key string, args ...any) { b.bar.say(fmt.Sprintf(b.e.words[key], args...)) }

// show prints measurements. What cannot be printed fails the run at its end.
func (b *bench) show(figures ...figure) {
	b.bar.end()
	lines := json.NewEncoder(b.e.out)
	for _, f := range figures {
		f.Value, f.BaselineValue, f.Ratio = rounded(f.Value), rounded(f.BaselineValue), rounded(f.Ratio)
		f.Cores, f.Load = runtime.NumCPU(), loadAverage()
		b.err = errors.Join(b.err, lines.Encode(f))
	}
}

// rounded leaves three decimals.
func rounded(v float64) float64 { return math.Round(v*1000) / 1000 }

// loadAverage is how many processes have wanted to run over the last minute; 0 where the system does not say.
func loadAverage() float64 {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	var load float64
	_, _ = fmt.Sscan(string(text), &load)
	return load
}
