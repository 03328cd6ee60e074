package intake

import (
	"bytes"
	"context"
	"errors"
	"path"
	"slices"
	"strings"

	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/file"
	"zhigang/internal/id"
	"zhigang/internal/outbox"
)

// final are kinds of error that another try would meet again.
var final = []errs.Kind{errs.KindInvalid, errs.KindTooLarge, errs.KindForbidden, errs.KindNotFound}

// Run takes the rows of a sheet that was started: the handler of StartedFact. How far it has come is written in the
// transaction of each batch, so that a run after one that was killed goes on where that stood, and counts nothing
// twice.
func (s *Service) Run(ctx context.Context, job *outbox.Job) error {
	in, err := get(ctx, s.db, job.Subject)
	if err != nil || in.State != Running {
		return err
	}
	im, err := s.resume(ctx, in)
	var refused []byte
	if err == nil {
		defer im.close()
		if err = im.run(ctx); err == nil {
			refused, err = im.refusedFile()
		}
	}
	switch {
	case err == nil:
		return job.Finish(ctx, func(tx *db.Tx) error { return s.end(ctx, tx, im, in.ID, refused) })
	case slices.Contains(final, errs.KindOf(err)):
		return job.Finish(ctx, func(tx *db.Tx) error { return s.fail(ctx, tx, in.ID, err) })
	case job.Attempts >= s.outbox.Tasks()[job.Task].MaxAttempts:
		// The operator finds the task among the dead; whoever waits for the sheet must not wait for ever.
		ctx = context.WithoutCancel(ctx)
		return errors.Join(err, s.db.Write(ctx, func(tx *db.Tx) error { return s.fail(ctx, tx, in.ID, err) }))
	}
	return err
}

// resume opens a sheet where the last run left it. It acts for whoever started it, with the roles that they have now.
func (s *Service) resume(ctx context.Context, in Intake) (*importer, error) {
	grants, err := s.orgs.Grants(ctx, in.CreatedBy)
	if err != nil {
		return nil, err
	}
	who := auth.Actor{Account: in.CreatedBy, Orgs: grants}
	_, content, err := s.load(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	im, err := s.open(ctx, who, in.Org, content, in.Mapping.V)
	if err != nil {
		return nil, err
	}
	im.refused = newRefused(im.table, s.texts.For(in.Lang))
	im.before, im.counts = in.Done, in.Counts.V
	im.within = func(ctx context.Context, tx *db.Tx, from, done int, c Counts) error {
		return tx.One(ctx, `UPDATE intake SET done = ?, counts = ? WHERE id = ? AND state = 'running' AND done = ?`,
			done, db.AsJSON(c), in.ID, from)
	}
	return im, nil
}

// refusedFile returns the sheet of rows that were not taken; nil when there is none, or it is larger than any file
// may be.
func (im *importer) refusedFile() ([]byte, error) {
	if im.refused.rows == 0 {
		return nil, nil
	}
	var out bytes.Buffer
	if _, err := im.refused.WriteTo(&out); err != nil {
		return nil, err
	}
	if int64(out.Len()) > file.Rules()["errors"].Max {
		return nil, nil
	}
	return out.Bytes(), nil
}

// end writes down that all rows have been dealt with.
func (s *Service) end(ctx context.Context, tx *db.Tx, im *importer, intake id.ID, refused []byte) error {
	in, err := get(ctx, tx, intake)
	if err != nil {
		return err
	}
	if refused != nil {
		base := strings.TrimSuffix(in.Name, path.Ext(in.Name))
		name := im.refused.printer.T("intake.refused.file", map[string]any{"name": base})
		owner := file.Owner{Kind: "import", ID: intake}
		if in.Errors, err = s.files.Add(ctx, tx, im.who, owner, "errors", name, refused); err != nil {
			return err
		}
	}
	in.State, in.Done, in.Counts, in.EndedAt = Done, in.Total, db.AsJSON(im.counts), db.At(tx.Now)
	if err := tx.Update(ctx, "intake", in); err != nil {
		return err
	}
	return s.outbox.Add(ctx, tx, EndedFact, intake)
}

// fail writes down why a sheet could not be read. What went in before stays.
func (s *Service) fail(ctx context.Context, tx *db.Tx, intake id.ID, cause error) error {
	in, err := get(ctx, tx, intake)
	if err != nil {
		return err
	}
	in.State, in.EndedAt, in.Problem = Failed, db.At(tx.Now), db.AsJSON(Reason{Key: "error.internal"})
	if e, ours := errors.AsType[*errs.Error](cause); ours {
		in.Problem = db.AsJSON(Reason{e.Key, e.Params})
	}
	if err := tx.Update(ctx, "intake", in); err != nil {
		return err
	}
	return s.outbox.Add(ctx, tx, EndedFact, intake)
}
