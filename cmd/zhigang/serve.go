package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"zhigang/internal/config"
	"zhigang/internal/db"
	"zhigang/internal/demo"
	"zhigang/internal/errs"
	"zhigang/internal/outbox"
	"zhigang/migrations"
	"zhigang/web"
	"zhigang/workers"
)

// grace is how long requests may go on after the program was told to stop. Tasks have queue.Grace; what is left of 20
// seconds is for closing everything.
const grace = 18 * time.Second

type serveCmd struct{}

// Run does everything in one process until it is told to stop.
func (c *serveCmd) Run(e *env) error { return e.runRole(config.Serve) }

type webCmd struct{}

// Run serves pages and the API; tasks are left to workers.
func (c *webCmd) Run(e *env) error { return e.runRole(config.Web) }

type workerCmd struct{}

// Run does tasks and keeps the schedule; pages are left to web processes.
func (c *workerCmd) Run(e *env) error { return e.runRole(config.Worker) }

func (e *env) runRole(role config.Role) error {
	cfg, err := e.settings()
	if err != nil {
		return err
	}
	if err := cfg.CheckRole(role); err != nil {
		return err
	}
	doors, err := openDoors(e.ctx, cfg, role)
	if err != nil {
		return err
	}
	defer doors.close()
	a, err := newApp(e.ctx, e, cfg, role, false)
	if err != nil {
		return err
	}
	if role != config.Worker {
		if err := a.offerSetup(e); err != nil {
			return errors.Join(err, a.close())
		}
	}
	return a.run(e.ctx, role, doors)
}

// offerSetup prints a link with which the first administrator is made, while there is none: no account comes with the
// program.
func (a *app) offerSetup(e *env) error {
	token, err := a.accounts.SetupLink(e.ctx)
	if err != nil || token == "" {
		return err
	}
	_, err = fmt.Fprintf(e.err, e.words["setup"]+"\n  %s/setup/%s\n", a.cfg.BaseURL, token)
	return err
}

// doors are the addresses that a process listens on; nil where it does not.
type doors struct{ site, metrics net.Listener }

// openDoors takes the addresses before anything else is done, so that one that is taken is said at once. Conflict when it
// is. Who knocks early waits until the process is ready.
func openDoors(ctx context.Context, cfg config.Config, role config.Role) (d doors, err error) {
	if role != config.Worker {
		if d.site, err = listen(ctx, "ZHIGANG_LISTEN", cfg.Listen); err != nil {
			return d, err
		}
	}
	if cfg.MetricsListen != "" {
		d.metrics, err = listen(ctx, "ZHIGANG_METRICS_LISTEN", cfg.MetricsListen)
	}
	if err != nil {
		d.close()
	}
	return d, err
}

func listen(ctx context.Context, name, addr string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		host, port, _ := net.SplitHostPort(addr) // checked with the other settings
		n, _ := strconv.Atoi(port)
		return nil, errs.Conflict("operator.port").With("name", name).With("address", addr).With("other", net.JoinHostPort(host, strconv.Itoa(n+1)))
	}
	return l, err
}

func (d doors) close() {
	for _, l := range []net.Listener{d.site, d.metrics} {
		if l != nil {
			_ = l.Close()
		}
	}
}

// run works in the role until ctx ends, then stops within the grace.
func (a *app) run(ctx context.Context, role config.Role, d doors) error {
	var all sync.WaitGroup
	failed := make(chan error, 4)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	start := func(work func() error) {
		all.Go(func() {
			err := work()
			if ctx.Err() != nil && errors.Is(err, context.Canceled) {
				return // it was told to stop in the middle of something
			}
			if err != nil {
				failed <- err
				cancel()
			}
		})
	}
	if d.site != nil {
		start(func() error { return a.serve(ctx, d.site, a.site) })
		start(func() error { a.flushViews(ctx); return nil })
	}
	if d.metrics != nil {
		start(func() error { return a.serve(ctx, d.metrics, a.metrics()) })
	}
	if role != config.Web {
		start(func() error { return a.mendIndex(ctx) })
		start(func() error { return a.dispatcher.Run(ctx) })
		if a.cfg.MatchParts < 2 { // else the dispatcher knows which parts are ours
			start(func() error { a.matches.Hold(ctx, []outbox.Part{outbox.Whole()}); return nil })
		}
		start(func() error { workers.Watch(ctx, a.outbox, a.db.Clock(), a.log); return nil })
	}
	all.Wait()
	close(failed)
	err := a.close()
	for e := range failed {
		err = errors.Join(err, e)
	}
	return err
}

// serve answers requests until ctx ends, then lets open ones finish.
func (a *app) serve(ctx context.Context, l net.Listener, h http.Handler) error {
	srv := web.Server(l.Addr().String(), h)
	a.log.Info("listening", "address", l.Addr().String())
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() { //nolint:contextcheck // ctx is over by then
		end, cancel := context.WithTimeout(context.Background(), grace)
		defer cancel()
		err := srv.Shutdown(end)
		if errors.Is(err, context.DeadlineExceeded) {
			a.log.Warn("requests that did not end were cut off")
			err = srv.Close()
		}
		stopped <- err
	})
	defer stop()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}

// mendIndex asks for the index to be built when there is none, or one of another version of the program.
func (a *app) mendIndex(ctx context.Context) error {
	needed, err := a.search.NeedsRebuild(ctx)
	if err != nil || !needed {
		if err != nil {
			a.log.Error("search index", "error", err)
		}
		return nil // an index that does not answer is mended when it does
	}
	return a.db.Write(ctx, func(tx *db.Tx) error {
		_, err := a.outbox.AddTask(ctx, tx, "search.rebuild", 0, tx.Now)
		return err
	})
}

// flushViews saves the tally of views every quarter of a minute, and a last time at the end.
func (a *app) flushViews(ctx context.Context) {
	tick := time.NewTicker(15 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			a.site.Flush(ctx)
		case <-ctx.Done():
			end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			a.site.Flush(end)
			return
		}
	}
}

// maxLag is how old pending work may be before it is called late.
const maxLag = 10 * time.Minute

// checkReady looks at what this process needs to serve. An error means that it cannot: no database, or not its schema.
// late lists what is behind but keeps nobody from being served: pages say so themselves, and sending people away from
// every process at once would help nobody.
func (a *app) checkReady(ctx context.Context) (late []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	if err := a.db.Ping(ctx); err != nil {
		return nil, err
	}
	if err := a.db.CheckSchema(ctx, migrations.FS); err != nil {
		return nil, err
	}
	health, err := a.outbox.Health(ctx)
	if err != nil {
		return nil, err
	}
	for _, h := range health {
		if lag := time.Duration(h.Oldest) * time.Second; lag > maxLag {
			late = append(late, fmt.Sprintf("queue %s: waiting for %s", h.Queue, lag))
		}
	}
	if err := a.search.Ping(ctx); err != nil {
		late = append(late, "search index: does not answer")
	} else if lag, err := a.search.Lag(ctx); err != nil || lag > maxLag {
		late = append(late, fmt.Sprintf("search index: %s behind", lag.Round(time.Second)))
	}
	return late, nil
}

type demoCmd struct {
	Size string `enum:"small,city,province" default:"small" help:"${size}"`
	Dir  string `help:"${demo_dir}"`
}

// Run fills a new folder with invented data and serves it. The folder is removed at the end unless it was named.
func (c *demoCmd) Run(e *env) error {
	dir := c.Dir
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "zhigang-demo-"); err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(dir) }()
	}
	cfg, err := e.settings()
	if err != nil {
		return err
	}
	doors, err := openDoors(e.ctx, cfg, config.Serve)
	if err != nil {
		return err
	}
	defer doors.close()
	cfg.DataDir, cfg.DatabaseURL, cfg.RedisURL, cfg.MeiliURL = dir, "sqlite:"+filepath.Join(dir, "zhigang.db"), "", ""
	if cfg.SMTPURL == "" {
		cfg.SMTPURL = "file://" + filepath.Join(dir, "mail")
	}
	size := demo.Sizes()[c.Size]
	if cfg.Operator.Name == "" {
		cfg.Operator.Name, cfg.Operator.Region = e.words["demo_operator"], size.Scope
	}
	fresh := false
	if _, err := os.Stat(filepath.Join(dir, "zhigang.db")); errors.Is(err, os.ErrNotExist) {
		fresh = true
		_, _ = fmt.Fprintln(e.err, e.words["demo_making"])
		if err := fillDemo(e, cfg, size); err != nil {
			return err
		}
	}
	a, err := newApp(e.ctx, e, cfg, config.Serve, true)
	if err != nil {
		return err
	}
	if fresh {
		if err := a.search.Rebuild(e.ctx, nil); err != nil {
			return errors.Join(err, a.close())
		}
	}
	c.welcome(e, a.cfg.BaseURL)
	return a.run(e.ctx, config.Serve, doors)
}

// welcome says where the site is and who may sign in.
func (c *demoCmd) welcome(e *env, url string) {
	var text strings.Builder
	fmt.Fprintf(&text, "\n%s\n\n    %s\n\n", e.words["demo_ready"], url)
	fmt.Fprintf(&text, e.words["demo_logins"]+"\n\n", demo.Password)
	for _, l := range demo.Logins() {
		fmt.Fprintf(&text, "    %-24s %s\n", l.Address, e.words["demo_"+l.Role])
	}
	if c.Dir == "" {
		text.WriteString("\n" + e.words["demo_end"] + "\n\n")
	} else {
		fmt.Fprintf(&text, "\n"+e.words["demo_kept"]+"\n\n", c.Dir)
	}
	_, _ = io.WriteString(e.err, text.String())
}

func fillDemo(e *env, cfg config.Config, size demo.Size) error {
	s, err := openStore(e.ctx, e, cfg)
	if err != nil {
		return err
	}
	defer func() { _ = s.close() }()
	if err := s.ready(e.ctx); err != nil {
		return err
	}
	return demo.Fill(e.ctx, cfg.DatabaseURL, s.keys, s.tree, size, e.clock.Now(), workers.Reactions())
}
