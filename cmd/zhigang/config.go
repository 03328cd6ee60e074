package main

import (
	"errors"
	"fmt"
	"runtime"
	"strings"

	"zhigang/internal/config"
	"zhigang/internal/i18n"
	"zhigang/web"
)

// configCmd groups what is done with the settings.
type configCmd struct {
	Print configPrintCmd `cmd:"" help:"${config_print}"`
	Check configCheckCmd `cmd:"" help:"${config_check}"`
}

type configPrintCmd struct {
	Help bool `name:"explain" help:"${config_explain}"`
}

// Run lists all settings.
func (c *configPrintCmd) Run(e *env) error {
	cfg, wrong := e.settings() // what is set is also shown when it is wrong
	catalog, err := i18n.Load(web.Locales())
	if err != nil {
		return err
	}
	lines, printer := cfg.Print(), catalog.For(i18n.Lang(e.words["lang"]))
	var text strings.Builder
	for n, l := range lines {
		lines[n].Help = printer.T(l.Help, nil)
		if c.Help {
			fmt.Fprintf(&text, "\n# %s\n", lines[n].Help)
		}
		fmt.Fprintf(&text, "%s=%s\n", l.Name, l.Value)
	}
	return errors.Join(e.print(lines, strings.Trim(text.String(), "\n")), wrong)
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
		return err
	}
	return e.print(map[string]bool{"ok": true}, "ok")
}

type versionCmd struct{}

// Run shows what this program is.
func (c *versionCmd) Run(e *env) error {
	return e.print(map[string]string{"version": version, "go": runtime.Version()}, "zhigang "+version+" ("+runtime.Version()+")")
}
