package main

import (
	"fmt"
	"strings"

	"zhigang/web"
)

type routesCmd struct{}

// Run lists every route of the site with who may call it.
func (c *routesCmd) Run(e *env) error {
	all := web.Routes()
	var text strings.Builder
	for _, r := range all {
		fmt.Fprintf(&text, "%-6s %-52s %s\n", r.Method, r.Path, r.Permission)
	}
	return e.print(all, strings.TrimSuffix(text.String(), "\n"))
}
