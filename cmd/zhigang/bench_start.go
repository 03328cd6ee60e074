package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"zhigang/internal/search/searchbench"
)

// benchStartCmd measures how soon the demo shows its first page, and what it weighs.
type benchStartCmd struct {
	Times int `default:"3" help:"${bench_times}"`
}

// Run starts `zhigang demo` as another process, as often as was asked for.
func (c *benchStartCmd) Run(e *env) error {
	return e.measure(func(ctx context.Context, b *bench) error {
		var first, bare searchbench.Times
		var resident, peak float64
		for n := range c.Times {
			b.step("bench_starting", n+1, c.Times)
			version, err := b.run(ctx, nil, "version")
			if err != nil {
				return err
			}
			took, err := version.wait()
			if err != nil {
				return err
			}
			bare = append(bare, took)
			s, err := b.startDemo(ctx, filepath.Join(b.dir, fmt.Sprint("demo", n)))
			if err != nil {
				return err
			}
			first, resident, peak = append(first, s.first), max(resident, s.resident), max(peak, s.peak)
		}
		self, err := os.Executable()
		if err != nil {
			return err
		}
		info, err := os.Stat(self)
		if err != nil {
			return err
		}
		b.show(
			figure{Name: "start.first_page", Value: first.Quantile(0.5) / 1000, Unit: "s", N: c.Times}.
				against("start.version", bare.Quantile(0.5)/1000),
			figure{Name: "start.resident", Value: resident, Unit: "MB", N: c.Times},
			figure{Name: "start.peak", Value: peak, Unit: "MB", N: c.Times},
			figure{Name: "start.binary", Value: float64(info.Size()) / (1 << 20), Unit: "MB", N: 1},
		)
		return nil
	})
}

// started is what was seen of one start.
type started struct {
	first          time.Duration // from the start of the process to the last byte of the first page
	resident, peak float64       // MB, after the first pages
}

// startDemo starts the demo, reads its first page as soon as there is one and then those that a visitor sees next, and
// stops it.
func (b *bench) startDemo(ctx context.Context, dir string) (s started, err error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return s, err
	}
	site := "http://" + address
	c, err := b.run(ctx, []string{"ZHIGANG_LISTEN=" + address, "ZHIGANG_BASE_URL=" + site}, "demo", "--dir", dir)
	if err != nil {
		return s, err
	}
	defer func() {
		if stopped := c.stop(); err == nil {
			err = stopped
		}
	}()
	var home string
	for home == "" {
		if home, err = read(ctx, site+"/"); err == nil {
			break
		}
		select {
		case failed := <-c.done:
			c.done <- failed
			return s, c.explain(failed)
		case <-ctx.Done():
			return s, ctx.Err()
		case <-time.After(2 * time.Millisecond): // until it listens
		}
	}
	s.first = c.took()
	post := regexp.MustCompile(`/positions/[0-9a-z]{13}`).FindString(home)
	for _, path := range []string{"/positions", "/positions?q=社工", "/positions?kind=volunteer", post, "/login", "/about", "/api/v1/positions"} {
		if _, err := read(ctx, site+path); err != nil {
			return s, err
		}
	}
	s.resident, s.peak = c.memory("VmRSS"), c.memory("VmHWM")
	return s, nil
}

// read returns a page that is there.
func read(ctx context.Context, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", url, res.Status)
	}
	return string(body), err
}
