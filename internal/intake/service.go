package intake

import (
	"context"
	"errors"
	"io"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/file"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
)

// Upload keeps a sheet for an organization until it is started. Forbidden unless the actor edits for the organization;
// TooLarge or Invalid for a file that cannot be read.
func (s *Service) Upload(
	ctx context.Context, who auth.Actor, owner id.ID, name string, lang i18n.Lang, content []byte,
) (Intake, error) {
	if err := who.NeedOrg(owner, auth.Editor); err != nil {
		return Intake{}, err
	}
	t, err := s.table(content, Mapping{})
	if err != nil {
		return Intake{}, onSheet(err)
	}
	in := Intake{
		Org: owner, Name: file.CleanName(name), Lang: lang, State: Uploaded, Total: t.total, Mapping: db.AsJSON(t.mapping),
		CreatedBy: who.Account, Version: 1,
	}
	err = s.db.Write(ctx, func(tx *db.Tx) (err error) {
		in.ID, in.CreatedAt = tx.NewID(), db.At(tx.Now)
		at := file.Owner{Kind: "import", ID: in.ID}
		if in.File, err = s.files.Add(ctx, tx, who, at, "sheet", name, content); err != nil {
			return err
		}
		return tx.Insert(ctx, "intake", in)
	})
	return in, err
}

// onSheet says of a file that cannot be read that the field of the form is wrong.
func onSheet(err error) error {
	if e, ours := errors.AsType[*errs.Error](err); ours && e.Kind == errs.KindInvalid && len(e.Fields) == 0 {
		return errs.Fields{"sheet": {Key: e.Key, Params: e.Params}}.Err()
	}
	return err
}

// Preview is what a person decides on: which column means what, and what comes out.
type Preview struct {
	Intake   Intake
	Sheets   []string // names of the sheets of the file
	Mapping  Mapping
	Columns  []Column
	Unmapped []string // headers of columns that are left out
	Rows     []Dry    // the first ones
}

// Column is a column of a sheet and what it is taken for.
type Column struct {
	At      int    // from 0
	Name    string // as the spreadsheet program names it: A, B, … AA
	Header  string
	Field   Field    // "" when the column is left out
	Samples []string // its first texts
}

// previewRows is how many rows a preview shows.
const previewRows = 20

// Preview reads the first rows of an uploaded sheet with a mapping. Where the mapping names no columns they are
// guessed, within the sheet and below the header that it may name all the same. Printer explains what is wrong.
// NotFound for a sheet of somebody else; Invalid for a mapping that does not fit.
func (s *Service) Preview(
	ctx context.Context, who auth.Actor, intake id.ID, m Mapping, printer i18n.Printer,
) (Preview, error) {
	in, content, err := s.load(ctx, who, intake)
	if err != nil {
		return Preview{}, err
	}
	t, err := s.table(content, m)
	if err != nil {
		return Preview{}, onSheet(err)
	}
	p := Preview{Intake: in, Mapping: t.mapping, Unmapped: t.unmapped(), Rows: []Dry{}}
	for _, one := range t.file.Sheets() {
		p.Sheets = append(p.Sheets, one.Name)
	}
	if p.Columns, err = t.columns(); err != nil {
		return Preview{}, onSheet(err)
	}
	if t.mapping.check() != nil { // nothing can be read without a title: the person must say which column it is
		return p, nil //nolint:nilerr // the preview shows what is missing
	}
	im, err := s.importer(ctx, who, in.Org, t)
	if err != nil {
		return Preview{}, err
	}
	_, err = im.dry(ctx, printer, func(d Dry) error {
		if p.Rows = append(p.Rows, d); len(p.Rows) == previewRows {
			return io.EOF
		}
		return nil
	})
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return p, onSheet(err)
}

// columns lists the columns of the table, each with its first texts.
func (t *table) columns() ([]Column, error) {
	const most = 3
	out := make([]Column, len(t.headers))
	for n, header := range t.headers {
		out[n] = Column{At: n, Name: columnName(n), Header: clean(header), Field: t.mapping.Columns[n]}
	}
	rows := 0
	for row, err := range t.file.Rows(t.mapping.Sheet) {
		if err != nil {
			return nil, err
		}
		if row.Number <= t.mapping.Header {
			continue
		}
		for n, text := range row.Cells[:min(len(row.Cells), len(out))] {
			if text = clean(text); text != "" && len(out[n].Samples) < most {
				out[n].Samples = append(out[n].Samples, short(text))
			}
		}
		if rows++; rows == sampleRows {
			break
		}
	}
	return out, nil
}

// columnName counts as spreadsheet programs do: A to Z, AA, AB, ….
func columnName(n int) string {
	name := ""
	for n++; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return name
}

// Start lets the rows of a sheet be taken with a mapping; the zero Mapping is the guessed one. NotFound for a sheet
// of somebody else; Conflict when it has been started, or another one of the organization is running; Invalid for a
// mapping that does not fit.
func (s *Service) Start(ctx context.Context, who auth.Actor, intake id.ID, m Mapping) error {
	in, content, err := s.load(ctx, who, intake)
	if err != nil {
		return err
	}
	t, err := s.table(content, m)
	if err != nil {
		return onSheet(err)
	}
	if err := t.mapping.check(); err != nil {
		return err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if in, err = get(ctx, tx, intake); err != nil {
			return err
		}
		if in.State != Uploaded && in.State != Failed {
			return errs.Conflict("intake.started")
		}
		in.State, in.CreatedBy, in.Mapping, in.Total = Running, who.Account, db.AsJSON(t.mapping), t.total
		in.StartedAt, in.EndedAt, in.Problem = db.At(tx.Now), db.Time{}, db.AsJSON(Reason{})
		in.Done, in.Counts = 0, db.AsJSON(Counts{})
		if err := tx.Update(ctx, "intake", in); err != nil {
			return err
		}
		return s.outbox.Add(ctx, tx, StartedFact, intake)
	})
	if errs.KeyOf(err) == "error.exists" {
		return errs.Conflict("intake.busy")
	}
	return err
}

// Get returns a sheet and how far it has come, for members of its organization. NotFound for everybody else.
func (s *Service) Get(ctx context.Context, who auth.Actor, intake id.ID) (Intake, error) {
	in, err := get(ctx, s.db, intake)
	if err == nil && !who.InOrg(in.Org, auth.Viewer) {
		return Intake{}, errs.NotFound("error.not_found")
	}
	return in, err
}

// List returns the sheets of an organization, newest first. Forbidden unless the actor works for it.
func (s *Service) List(ctx context.Context, who auth.Actor, owner id.ID, limit int) ([]Intake, error) {
	if err := who.NeedOrg(owner, auth.Viewer); err != nil {
		return nil, err
	}
	all := []Intake{}
	err := s.db.Select(ctx, &all, `
		SELECT `+db.Columns[Intake]("i")+` FROM intake i WHERE org_id = ? ORDER BY id DESC LIMIT ?`, owner, limit)
	return all, err
}

// Refused returns the sheet of rows that were not taken, and a name for it. NotFound when there is none, or for
// everybody outside the organization.
func (s *Service) Refused(ctx context.Context, who auth.Actor, intake id.ID) (name string, content []byte, err error) {
	in, err := s.Get(ctx, who, intake)
	if err != nil {
		return "", nil, err
	}
	if in.Errors == 0 {
		return "", nil, errs.NotFound("error.not_found")
	}
	info, content, err := s.files.Get(ctx, s.db, in.Errors)
	return info.Name, content, err
}

// Prune deletes the files of sheets that were uploaded before an instant; what became of their rows stays known. It
// returns how many.
func (s *Service) Prune(ctx context.Context, before time.Time) (int, error) {
	const most = 100 // files are large
	n := 0
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		var old []Intake
		if err := tx.Select(ctx, &old, `
			SELECT `+db.Columns[Intake]("i")+` FROM intake i
			WHERE file_id IS NOT NULL AND created_at < ? AND state <> 'running'
			ORDER BY id LIMIT ?`, db.At(before), most); err != nil {
			return err
		}
		for _, in := range old {
			files := []id.ID{in.File, in.Errors}
			in.File, in.Errors = 0, 0
			if err := tx.Update(ctx, "intake", in); err != nil {
				return err
			}
			for _, f := range files {
				if err := s.files.Delete(ctx, tx, f); err != nil {
					return err
				}
			}
		}
		n = len(old)
		return nil
	})
	return n, err
}

func get(ctx context.Context, q db.Q, intake id.ID) (Intake, error) {
	var in Intake
	err := q.Get(ctx, &in, `SELECT `+db.Columns[Intake]("i")+` FROM intake i WHERE id = ?`, intake)
	return in, err
}

// load returns a sheet with its file, for editors of its organization.
func (s *Service) load(ctx context.Context, who auth.Actor, intake id.ID) (Intake, []byte, error) {
	in, err := s.Get(ctx, who, intake)
	if err != nil {
		return in, nil, err
	}
	if err := who.NeedOrg(in.Org, auth.Editor); err != nil {
		return in, nil, err
	}
	if in.File == 0 {
		return in, nil, errs.NotFound("intake.pruned")
	}
	_, content, err := s.files.Get(ctx, s.db, in.File)
	return in, content, err
}
