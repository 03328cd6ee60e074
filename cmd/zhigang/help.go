package main

import (
	"bytes"
	"errors"
	"fmt"
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
			lines[n] = w["help_usage"] + w.kong(strings.TrimPrefix(line, "Usage: "))
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

// mistake says what is wrong with a command line.
func (w words) mistake(err error) string { return w.kong(err.Error()) }

// tryHelp says where to read how the command is used.
func (w words) tryHelp(err error) string {
	path := "zhigang"
	if wrong, ok := errors.AsType[*kong.ParseError](err); ok && wrong.Context != nil && wrong.Context.Selected() != nil {
		path += " " + wrong.Context.Command()
	}
	path, _, _ = strings.Cut(path, " <") // the arguments stand in the help
	return fmt.Sprintf(w["help_try"], path)
}

// kong translates the words in which kong speaks of a command line.
func (w words) kong(text string) string {
	if w["lang"] == "en" {
		return text
	}
	return strings.NewReplacer(
		"<command>", "<命令>", "[flags]", "[选项]",
		"unexpected argument ", "多余的参数 ", "unknown flag ", "没有这个选项 ", "missing flags: ", "缺少选项 ", "expected one of ", "应写明以下之一：",
		"expected ", "缺少 ", " must be one of ", " 应为以下之一：", " but got ", "，而不是 ", ", did you mean ", "，是不是 ", " value", " 的值",
	).Replace(text)
}
