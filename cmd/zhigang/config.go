package main

import (
	"fmt"
	"runtime"
	"strings"

	"zhigang/internal/config"
)

// configCmd groups what is done with the settings.
type configCmd struct {
	Print configPrintCmd `cmd:"" help:"${config_print}"`
	Check configCheckCmd `cmd:"" help:"${config_check}"`
}

type configPrintCmd struct{}

// Run lists all settings.
func (c *configPrintCmd) Run(e *env) error {
	cfg, err := e.settings()
	if err != nil {
		return err
	}
	lines := cfg.Print()
	var text strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&text, "%s=%s\n", l.Name, l.Value)
	}
	return e.print(lines, strings.TrimSuffix(text.String(), "\n"))
}

type configCheckCmd struct {
	For string `enum:"serve,web,worker" default:"serve" help:"${check_role}"`
}

// Run checks the settings for a kind of process, without touching any server; see doctor for that.
func (c *configCheckCmd) Run(e *env) error {
	cfg, err := e.settings()
	if err != nil {
		return err
	}
	if err := cfg.CheckRole(config.Role(c.For)); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	return e.print(map[string]bool{"ok": true}, "ok")
}

type versionCmd struct{}

// Run shows what this program is.
func (c *versionCmd) Run(e *env) error {
	return e.print(map[string]string{"version": version, "go": runtime.Version()}, "zhigang "+version+" ("+runtime.Version()+")")
}
