package main

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
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

// Collect implements prometheus.Collector.
func (g *gauges) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	pending, oldest := desc("outbox_pending", "Rows that are due and not done.", "queue"), desc("outbox_oldest_seconds", "Age of the row that has been due longest.", "queue")
	dead := desc("outbox_dead", "Rows that were given up and wait for a person.", "queue")
	health, err := g.a.outbox.Health(ctx)
	if err != nil {
		g.a.log.Warn("metrics cannot be read", "error", err)
		return
	}
	for _, h := range health {
		gauge(pending, float64(h.Pending), h.Queue)
		gauge(oldest, float64(h.Oldest), h.Queue)
		gauge(dead, float64(h.Dead), h.Queue)
	}
	read, write := g.a.db.Stats()
	conns := desc("database_connections", "Open connections.", "pool")
	gauge(conns, float64(read.OpenConnections), "read")
	gauge(conns, float64(write.OpenConnections), "write")
	open, err := g.a.positions.CountOnShow(ctx)
	if err != nil {
		g.a.log.Warn("metrics cannot be read", "error", err)
		return
	}
	posts, heads := desc("positions_on_show", "Posts on show.", "kind"), desc("positions_headcount", "People that the posts on show look for.", "kind")
	for kind, n := range open {
		gauge(posts, float64(n.Posts), string(kind))
		gauge(heads, float64(n.Headcount), string(kind))
	}
}
