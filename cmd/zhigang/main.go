// Command zhigang is the whole program: `zhigang serve` runs everything in one process, `zhigang web` and
// `zhigang worker` share the work in a cluster, the other commands look after either.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"zhigang/internal/clock"
	"zhigang/internal/config"
	"zhigang/internal/errs"
	"zhigang/internal/region"
)

// version is set when the program is built.
var version = "dev"

// cli is the command line. Its texts are in words.go and beside it, in Chinese and English.
type cli struct {
	JSON bool `name:"json" help:"${json}"`

	Serve   serveCmd   `cmd:"" help:"${serve}"`
	Demo    demoCmd    `cmd:"" help:"${demo}"`
	Web     webCmd     `cmd:"" help:"${web}"`
	Worker  workerCmd  `cmd:"" help:"${worker}"`
	Migrate migrateCmd `cmd:"" help:"${migrate}"`
	Account accountCmd `cmd:"" help:"${account}"`
	Token   tokenCmd   `cmd:"" help:"${token}"`
	Config  configCmd  `cmd:"" help:"${config}"`
	Version versionCmd `cmd:"" help:"${version}"`

	Backup      backupCmd      `cmd:"" help:"${backup}"`
	Restore     restoreCmd     `cmd:"" help:"${restore}"`
	Import      importCmd      `cmd:"" help:"${import}"`
	Export      exportCmd      `cmd:"" help:"${export}"`
	Report      reportCmd      `cmd:"" help:"${report}"`
	Reindex     reindexCmd     `cmd:"" help:"${reindex}"`
	Doctor      doctorCmd      `cmd:"" help:"${doctor}"`
	Healthcheck healthcheckCmd `cmd:"" help:"${healthcheck}"`
	Routes      routesCmd      `cmd:"" help:"${routes}"`
	Relevance   relevanceCmd   `cmd:"" help:"${relevance}"`
	Bench       benchCmd       `cmd:"" help:"${bench}"`
}

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// env is what every command gets.
type env struct {
	ctx   context.Context
	out   io.Writer
	err   io.Writer
	json  bool
	words words
	clock clock.Clock
}

// run is main without the process around it.
func run(args []string, out, errOut io.Writer) (code int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	e := &env{ctx: ctx, out: out, err: errOut, words: wordsFor(os.Getenv), clock: clock.System{}}
	var c cli
	defer func() {
		switch p := recover().(type) {
		case nil:
		case exited:
			code = max(code, int(p))
		default:
			panic(p) //nolint:forbidigo // a bug, which must be seen
		}
	}()
	parser, err := kong.New(&c, kong.Name("zhigang"), kong.Description(e.words["about"]), kong.Vars(e.words), kong.Writers(out, errOut),
		kong.Bind(e), kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.Help(e.printHelp),
		kong.Exit(func(n int) { panic(exited(n)) })) //nolint:forbidigo // kong knows no other way to stop
	if err != nil {
		_, _ = fmt.Fprintln(errOut, err)
		return exitUsage
	}
	if len(args) == 0 { // whoever types the bare name wants to know what there is
		args, code = []string{"--help"}, exitUsage
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		_, _ = fmt.Fprintf(errOut, "zhigang: %s\n%s\n", e.words.mistake(err), e.words.tryHelp(err))
		return exitUsage
	}
	e.json = c.JSON
	return e.report(parsed.Run())
}

// exited is how kong ends the program after it has printed help.
type exited int

// report says what went wrong and returns the exit code for it.
func (e *env) report(err error) int {
	if err == nil {
		return exitOK
	}
	if errors.Is(err, context.Canceled) { // what was to be done is not done: a script must notice
		_, _ = fmt.Fprintf(e.err, "zhigang: %s\n", e.words["stopped"])
		return exitFailed
	}
	_, _ = fmt.Fprintf(e.err, "zhigang: %s\n", e.say(err))
	_, typed := errors.AsType[wrongUse](err)
	_, set := errors.AsType[config.Problems](err)
	if typed || set || errs.Is(err, errs.KindInvalid) || errs.Is(err, errs.KindTooLarge) {
		return exitUsage
	}
	return exitFailed
}

// wrongUse is a mistake of whoever typed the command, in words for them.
type wrongUse struct{ text string }

// Error returns the words.
func (w wrongUse) Error() string { return w.text }

// wrong returns the mistake that the text of key describes.
func (e *env) wrong(key string, args ...any) error {
	return wrongUse{fmt.Sprintf(e.words[key], args...)}
}

// settings reads the environment. All mistakes come at once, as config.Problems.
func (e *env) settings() (config.Config, error) {
	cfg, err := config.Load()
	if err != nil || cfg.Operator.Region == "" {
		return cfg, err
	}
	tree, err := region.Load()
	if err != nil {
		return cfg, err
	}
	if place, ok := tree.Get(cfg.Operator.Region); !ok || place.Paper {
		return cfg, config.Problems{errs.Invalid("config.region").With("name", "ZHIGANG_OPERATOR_REGION").With("value", cfg.Operator.Region)}
	}
	return cfg, nil
}
