package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

type healthcheckCmd struct {
	URL string `arg:"" optional:"" help:"${healthcheck_url}"`
}

// healthTimeout is how long a process may take to say that it is ready.
const healthTimeout = 5 * time.Second

// Run asks a running process whether it is ready: for a container without a shell. It exits with 1 when it is not.
func (c *healthcheckCmd) Run(e *env) error {
	at, err := c.address(e)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(e.ctx, healthTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return wrongUse{err.Error()}
	}
	res, err := http.DefaultClient.Do(req) // the operator names the address
	if err != nil {
		cause, _ := errors.AsType[*url.Error](err)
		return fmt.Errorf(e.words["healthcheck_silent"], at, cause.Err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", at, res.Status)
	}
	return e.print(map[string]any{"ok": true, "url": at}, "ok")
}

// address returns the URL to ask: the one given, with /readyz when it has no path, or that of this installation.
func (c *healthcheckCmd) address(e *env) (string, error) {
	if c.URL == "" {
		cfg, err := e.settings()
		if err != nil {
			return "", err
		}
		return "http://" + reachable(cfg.Listen) + "/readyz", nil
	}
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", e.wrong("healthcheck_bad", c.URL)
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/readyz"
	}
	return u.String(), nil
}

// reachable turns an address to listen on into one to connect to.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen // checked with the other settings
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if ip != nil && ip.To4() == nil {
			host = "::1"
		}
	}
	return net.JoinHostPort(host, port)
}
