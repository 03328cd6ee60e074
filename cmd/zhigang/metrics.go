package main

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"zhigang/internal/outbox"
	"zhigang/internal/queue"
)

// meters count what this process does.
type meters struct {
	requests *prometheus.HistogramVec
}

func newMeters() *meters {
	return &meters{requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "zhigang_http_seconds", Help: "How long requests took, by route and status.",
		Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}, []string{"route", "status"})}
}

// request notes one answered request.
func (m *meters) request(route string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Observe(took.Seconds())
}

// metrics returns the page that Prometheus reads: on a listener of its own, never on the public one. Beside it are the
// answers to "do you live" and "are you ready", which a worker gives nowhere else.
func (a *app) metrics() http.Handler {
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), a.meters.requests, &gauges{a})
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{}))
	mux.Handle("GET /livez", a.site)
	mux.Handle("GET /readyz", a.site)
	return mux
}

// gauges are read from SQL when somebody asks.
type gauges struct{ a *app }

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("zhigang_"+name, help, labels, nil)
}

// Describe implements prometheus.Collector. Nothing is described beforehand: the queues are found in the table.
func (g *gauges) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector. What cannot be read is left out, and noted: the rest is still worth having.
func (g *gauges) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	for _, read := range []func(context.Context, gaugeFunc) error{g.outbox, g.mail, g.matches, g.index, g.positions} {
		if err := read(ctx, gauge); err != nil {
			g.a.log.Warn("metrics cannot be read", "error", err)
		}
	}
	up := 0.0
	if g.a.db.Ping(ctx) == nil {
		up = 1
	}
	gauge(desc("database_up", "Whether the database answers."), up)
	gauge(desc("build_info", "The version that runs.", "version"), 1, version)
	read, write := g.a.db.Stats()
	conns := desc("database_connections", "Open connections.", "pool")
	gauge(conns, float64(read.OpenConnections), "read")
	gauge(conns, float64(write.OpenConnections), "write")
}

// gaugeFunc puts out one value.
type gaugeFunc func(d *prometheus.Desc, v float64, labels ...string)

func (g *gauges) outbox(ctx context.Context, gauge gaugeFunc) error {
	found, err := g.a.outbox.Health(ctx)
	if err != nil {
		return err
	}
	health := map[string]outbox.Health{}
	for _, h := range found {
		health[h.Queue] = h
	}
	var queues []string
	for _, pool := range queue.Pools() {
		queues = append(queues, pool.Name)
	}
	if g.a.cfg.MatchParts > 1 {
		for _, part := range outbox.Parts(g.a.cfg.MatchParts) {
			queues = append(queues, part.Queue())
		}
	}
	for _, h := range found { // rows of a division that nobody serves are trouble
		if !slices.Contains(queues, h.Queue) {
			queues = append(queues, h.Queue)
		}
	}
	for _, name := range queues { // one without rows is 0, not absent: an alert must not lose sight of it
		h := health[name]
		h.Queue = name
		gauge(desc("outbox_pending", "Rows that are due, or have failed, and are not done.", "queue"), float64(h.Pending), h.Queue)
		gauge(desc("outbox_failing", "Pending rows whose last run failed.", "queue"), float64(h.Failing), h.Queue)
		gauge(desc("outbox_oldest_seconds", "Age of the pending row that has waited longest.", "queue"), float64(h.Oldest), h.Queue)
		gauge(desc("outbox_dead", "Rows that were given up and wait for a person.", "queue"), float64(h.Dead), h.Queue)
	}
	return nil
}

func (g *gauges) mail(ctx context.Context, gauge gaugeFunc) error {
	h, err := g.a.notices.Health(ctx)
	if err != nil {
		return err
	}
	for state, n := range h.States {
		gauge(desc("mail_deliveries", "Mails by state.", "state"), float64(n), string(state))
	}
	gauge(desc("mail_oldest_seconds", "Age of the mail that has waited longest to be sent."), float64(h.Oldest))
	gauge(desc("mail_repeats", "Mails that may have gone out twice, with the same Message-ID."), float64(h.Repeats))
	return nil
}

func (g *gauges) matches(ctx context.Context, gauge gaugeFunc) error {
	h, err := g.a.matches.Health(ctx)
	if err == nil {
		gauge(desc("saved_searches", "Saved searches that find something."), float64(h.Live))
		gauge(desc("saved_searches_behind", "Saved searches whose owner should have been told and was not."), float64(h.Behind))
		silent := 0.0
		if h.Silent(g.a.db.Clock().Now(), g.a.holidays) {
			silent = 1
		}
		gauge(desc("saved_searches_silent", "Whether nobody was told for a working day while somebody should have been."), silent)
	}
	return err
}

func (g *gauges) index(ctx context.Context, gauge gaugeFunc) error {
	up := 1.0
	if g.a.search.Ping(ctx) != nil {
		up = 0
	}
	gauge(desc("search_up", "Whether the search index answers."), up)
	lag, err := g.a.search.Lag(ctx)
	if err == nil {
		gauge(desc("search_lag_seconds", "How long the oldest change has waited to reach the search index."), lag.Seconds())
	}
	return err
}

func (g *gauges) positions(ctx context.Context, gauge gaugeFunc) error {
	open, err := g.a.positions.CountOnShow(ctx)
	for kind, n := range open {
		gauge(desc("positions_on_show", "Posts on show.", "kind"), float64(n.Posts), string(kind))
		gauge(desc("positions_headcount", "People that the posts on show look for.", "kind"), float64(n.Headcount), string(kind))
	}
	return err
}
