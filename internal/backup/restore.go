package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"zhigang/internal/audit"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/errs"
)

// Verified is what Verify found in a backup that is whole.
type Verified struct {
	Manifest
	// AuditRows is how long the chain of the audit is, which holds.
	AuditRows int64 `json:"audit_rows"`
	// OwnKey says that the program's secret key opens what is encrypted in the backup.
	OwnKey bool `json:"own_key"`
}

// Verify proves that a backup can be restored, by restoring it into a SQLite file that it throws away; that needs as much
// room in the folder for temporary files as the database has. Conflict when the file is damaged, incomplete or newer than
// the program; any other error says that the chain of the audit is broken.
func Verify(ctx context.Context, file string, c clock.Clock, o Options) (v Verified, err error) {
	a, err := openKnown(file, o)
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	v = Verified{Manifest: a.Manifest, OwnKey: a.Key == Fingerprint(o.Keys)}
	err = inScratch(ctx, c, func(d *db.DB) error {
		if _, err := d.Migrate(ctx, upTo{o.Migrations, a.Schema}); err != nil {
			return err
		}
		if err := d.Write(ctx, func(tx *db.Tx) error { return a.load(ctx, tx, o) }); err != nil {
			return err
		}
		v.AuditRows, err = audit.Verify(ctx, d)
		return err
	})
	return v, err
}

// Restore fills the empty database d from a backup, all of it or nothing: brings the schema to that of the backup, loads
// the rows in one transaction, and brings the schema up to date. Conflict when the file is damaged, incomplete or newer
// than the program, when its data were encrypted with another secret key, and when d is not empty.
func Restore(ctx context.Context, d *db.DB, file string, o Options) (Manifest, error) {
	a, err := openKnown(file, o)
	if err != nil {
		return Manifest{}, err
	}
	m := a.Manifest
	if err := a.close(); err != nil {
		return m, err
	}
	if m.Key != Fingerprint(o.Keys) {
		return m, errs.Conflict("backup.key")
	}
	if err := needEmpty(ctx, d, m.Schema, o); err != nil {
		return m, err
	}
	if _, err := d.Migrate(ctx, upTo{o.Migrations, m.Schema}); err != nil {
		return m, err
	}
	err = d.Write(ctx, func(tx *db.Tx) (err error) { // runs again when the engine asks for it: from the front of the file
		a, err := open(file)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, a.close()) }()
		return a.load(ctx, tx, o)
	})
	if err != nil {
		return m, err
	}
	_, err = d.Migrate(ctx, o.Migrations)
	return m, err
}

// openKnown opens a backup whose schema the program knows.
func openKnown(file string, o Options) (*archive, error) {
	a, err := open(file)
	if err != nil {
		return nil, err
	}
	known, err := newest(o.Migrations)
	if err == nil && a.Schema > known {
		err = errs.Conflict("backup.newer").With("schema", a.Schema).With("known", known).With("program", a.Program)
	}
	if err != nil {
		return nil, errors.Join(err, a.close())
	}
	return a, nil
}

// needEmpty makes sure that nothing in d could be lost: it has no tables, or none with more rows than the migrations leave
// there. Conflict when it is not so, or when its schema is beyond the backup's.
func needEmpty(ctx context.Context, d *db.DB, schema int64, o Options) error {
	have, err := db.SchemaVersion(ctx, d)
	if err != nil {
		return err
	}
	if have == 0 {
		return nil // the migrations fail where other tables stand in their way
	}
	if have > schema {
		return errs.Conflict("backup.target").With("schema", schema).With("have", have)
	}
	return inScratch(ctx, d.Clock(), func(fresh *db.DB) error {
		if _, err := fresh.Migrate(ctx, upTo{o.Migrations, have}); err != nil {
			return err
		}
		tables, err := db.Tables(ctx, d)
		if err != nil {
			return err
		}
		for _, t := range tables {
			left, err := db.CountRows(ctx, fresh, t, 1000)
			if err != nil {
				return err
			}
			n, err := db.CountRows(ctx, d, t, left+1)
			if err != nil {
				return err
			}
			if n > left {
				return errs.Conflict("backup.not_empty").With("table", t.Name)
			}
		}
		return nil
	})
}

// inScratch runs fn on a new SQLite file that is thrown away.
func inScratch(ctx context.Context, c clock.Clock, fn func(*db.DB) error) (err error) {
	dir, err := os.MkdirTemp("", "zhigang-backup-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	d, err := db.Open(ctx, db.Options{URL: "sqlite://" + filepath.Join(dir, "scratch.db"), Clock: c, Hasty: true})
	if err != nil {
		return fmt.Errorf("temporary database: %w", err)
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	return fn(d)
}
