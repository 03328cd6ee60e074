package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"zhigang/internal/auth"
	"zhigang/internal/errs"
	"zhigang/internal/file"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/intake"
	"zhigang/internal/org"
	"zhigang/internal/outbox"
	"zhigang/internal/position"
	"zhigang/web"
	"zhigang/workers"
)

// importCmd groups what can be brought in from files.
type importCmd struct {
	Positions importPositionsCmd `cmd:"" help:"${import_positions}"`
}

type importPositionsCmd struct {
	File    string `arg:"" help:"${import_file}"`
	Org     string `required:"" placeholder:"CODE" help:"${import_org}"`
	DryRun  bool   `help:"${import_dry}"`
	Errors  string `placeholder:"OUT.xlsx" help:"${import_errors}"`
	Publish bool   `help:"${import_publish}"`
}

// Run takes the rows of a sheet for an organization. It exits with 1 when a row was not taken, or there was none.
func (c *importPositionsCmd) Run(e *env) error {
	content, err := readSheet(c.File)
	if err != nil {
		return err
	}
	return e.withStore(func(s *store) error {
		in, err := s.openIntake(e)
		if err != nil {
			return err
		}
		owner, err := in.find(e, c.Org)
		if err != nil {
			return err
		}
		if c.DryRun {
			return c.dryRun(e, in, owner, content)
		}
		return c.take(e, in, owner, content)
	})
}

// maxSheet is the size of a file up to which it is read at all; what may be in it is for the intake to say.
const maxSheet = 64 << 20

func readSheet(name string) ([]byte, error) {
	f, err := os.Open(name) // the operator names the file
	if err != nil {
		return nil, wrongUse{err.Error()}
	}
	content, err := io.ReadAll(io.LimitReader(f, maxSheet))
	return content, errors.Join(err, f.Close())
}

// intakeDesk is the part of the program that lets sheets in.
type intakeDesk struct {
	*intake.Service
	orgs    *org.Service
	printer i18n.Printer
}

// openIntake wires it on a store. Whatever follows from new posts is written into the outbox; a running process does it.
func (s *store) openIntake(e *env) (intakeDesk, error) {
	catalog, err := i18n.Load(web.Locales())
	if err != nil {
		return intakeDesk{}, err
	}
	o := outbox.New(s.db, workers.Reactions(), workers.Scheduled()...)
	orgs, positions := org.New(s.db, o, s.tree), position.New(s.db, o, s.tree)
	return intakeDesk{
		Service: intake.New(s.db, o, s.tree, catalog, file.New(s.db, s.keys), orgs, positions),
		orgs:    orgs, printer: catalog.For(i18n.Lang(e.words["lang"])),
	}, nil
}

// find returns the organization with a credit code, or with an id: filed organizations have no code.
func (d intakeDesk) find(e *env, code string) (id.ID, error) {
	o, err := d.orgs.ByCode(e.ctx, auth.System(), org.NormalizeCode(code))
	if given, idErr := id.Parse(code); idErr == nil && errs.Is(err, errs.KindNotFound) {
		o, err = d.orgs.Get(e.ctx, auth.System(), given)
	}
	if errs.Is(err, errs.KindNotFound) {
		return 0, errs.Fields{"org": {Key: "operator.no_org", Params: errs.Params{"code": code}}}.Err()
	}
	return o.ID, err
}

// take imports.
func (c *importPositionsCmd) take(e *env, in intakeDesk, owner id.ID, content []byte) error {
	bar := e.newBar(e.words["import_bar"])
	o, refused := c.options(e, in)
	o.Publish, o.Progress = c.Publish, func(done, total int) { bar.show(int64(done), int64(total)) }
	counts, err := in.Import(e.ctx, auth.System(), owner, content, o)
	bar.end()
	if err := errors.Join(err, refused.save()); err != nil {
		return err
	}
	text := fmt.Sprintf(e.words["import_done"], counts.Rows, counts.Added, counts.Changed, counts.Same, counts.Failed, counts.Shown, counts.Incomplete)
	if err := e.print(counts, text); err != nil {
		return err
	}
	return c.verdict(e, counts, refused.size > 0)
}

// options are those that both ways to read a sheet have.
func (c *importPositionsCmd) options(e *env, in intakeDesk) (intake.Options, *refusedFile) {
	refused := &refusedFile{e: e, path: c.Errors}
	o := intake.Options{Printer: in.printer, LeftOut: func(headers []string) {
		_, _ = fmt.Fprintf(e.err, e.words["import_left_out"]+"\n", strings.Join(headers, ", "))
	}}
	if c.Errors != "" {
		o.Errors = refused
	}
	return o, refused
}

// verdict is nil when all rows were taken.
func (c *importPositionsCmd) verdict(e *env, counts intake.Counts, saved bool) error {
	switch {
	case counts.Rows == 0:
		return errors.New(e.words["import_none"])
	case counts.Failed > 0 && saved:
		return fmt.Errorf(e.words["import_failed_file"], counts.Failed, c.Errors)
	case counts.Failed > 0:
		return fmt.Errorf(e.words["import_failed"], counts.Failed)
	}
	return nil
}

// refusedFile keeps the rows that were not taken until the whole sheet has been read.
type refusedFile struct {
	e       *env
	path    string
	content strings.Builder
	size    int
}

// Write implements io.Writer.
func (f *refusedFile) Write(b []byte) (int, error) {
	f.size += len(b)
	return f.content.Write(b)
}

func (f *refusedFile) save() error {
	if f.size == 0 {
		return nil
	}
	return f.e.writeOut(f.path, true, func(out io.Writer) error {
		_, err := io.WriteString(out, f.content.String())
		return err
	})
}

// maxShown is how many rows with mistakes a dry run lists; with --json it lists all rows.
const maxShown = 50

// dryRun reads the sheet and says what would come of it.
func (c *importPositionsCmd) dryRun(e *env, in intakeDesk, owner id.ID, content []byte) error {
	lines, shown := json.NewEncoder(e.out), 0
	lines.SetEscapeHTML(false)
	o, refused := c.options(e, in)
	counts, err := in.DryRun(e.ctx, auth.System(), owner, content, o, func(d intake.Dry) error {
		if e.json {
			return lines.Encode(d)
		}
		if len(d.Errors) == 0 || shown == maxShown {
			return nil
		}
		shown++
		_, err := fmt.Fprintln(e.out, dryLine(e, d))
		return err
	})
	if err := errors.Join(err, refused.save()); err != nil {
		return err
	}
	if !e.json {
		if _, err := fmt.Fprintf(e.out, e.words["import_dry_done"]+"\n", counts.Rows, counts.Rows-counts.Failed, counts.Failed); err != nil {
			return err
		}
	}
	return c.verdict(e, counts, refused.size > 0)
}

// dryLine says what is wrong with a row.
func dryLine(e *env, d intake.Dry) string {
	texts := make([]string, len(d.Errors))
	for n, one := range d.Errors {
		texts[n] = one.Field + ": " + one.Text
	}
	return fmt.Sprintf(e.words["import_row"], d.Row, d.Title, strings.Join(texts, "; "))
}
