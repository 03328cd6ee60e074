package main

import (
	"bytes"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// printHelp prints help with the few words that come from kong itself in the language of the shell.
func (e *env) printHelp(o kong.HelpOptions, ctx *kong.Context) error {
	var text bytes.Buffer
	out := ctx.Stdout
	ctx.Stdout = &text
	err := kong.DefaultHelpPrinter(o, ctx)
	ctx.Stdout = out
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, e.words.translateHelp(text.String()))
	return err
}

// translateHelp puts our words in place of kong's, which stand at the beginnings of lines.
func (w words) translateHelp(text string) string {
	lines := strings.SplitAfter(text, "\n")
	for n, line := range lines {
		switch bare := strings.TrimSpace(line); {
		case strings.HasPrefix(line, "Usage: "):
			lines[n] = strings.Replace(line, "Usage: ", w["help_usage"], 1)
		case bare == "Arguments:", bare == "Flags:", bare == "Commands:":
			lines[n] = w["help_"+strings.ToLower(strings.TrimSuffix(bare, ":"))] + "\n"
		case strings.HasPrefix(bare, "-h, --help"):
			lines[n] = strings.Replace(line, "Show context-sensitive help.", w["help"], 1)
		case strings.HasPrefix(line, `Run "`):
			lines[n] = w["help_more"] + "\n"
		}
	}
	return strings.Join(lines, "")
}
