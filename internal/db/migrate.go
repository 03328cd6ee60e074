package db

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"zhigang/internal/errs"
)

// Migration is one numbered file and whether it has been applied.
type Migration struct {
	Version int64  `json:"version"`
	File    string `json:"file"`
	Applied bool   `json:"applied"`
}

// Migrate applies the files of fsys that the database has not seen yet, each in a transaction, and returns how many
// there were. On PostgreSQL an advisory lock lets one process do it while others wait.
func (d *DB) Migrate(ctx context.Context, fsys fs.FS) (int, error) {
	p, err := d.migrations(fsys)
	if err != nil {
		return 0, err
	}
	if err := refuseNewer(ctx, p); err != nil {
		return 0, err
	}
	done, err := p.Up(ctx)
	if err != nil {
		return len(done), fmt.Errorf("migrate: %w", err)
	}
	return len(done), nil
}

// Migrations lists the files of fsys and which of them the database has seen.
func (d *DB) Migrations(ctx context.Context, fsys fs.FS) ([]Migration, error) {
	p, err := d.migrations(fsys)
	if err != nil {
		return nil, err
	}
	status, err := p.Status(ctx)
	if err != nil {
		return nil, mapError(err)
	}
	var out []Migration
	for _, s := range status {
		out = append(out, Migration{Version: s.Source.Version, File: s.Source.Path, Applied: s.State == goose.StateApplied})
	}
	return out, nil
}

// CheckSchema is a Conflict when the database is older than the files of fsys, or newer: a program must not write into a
// schema that it does not know.
func (d *DB) CheckSchema(ctx context.Context, fsys fs.FS) error {
	p, err := d.migrations(fsys)
	if err != nil {
		return err
	}
	if err := refuseNewer(ctx, p); err != nil {
		return err
	}
	pending, err := p.HasPending(ctx)
	if err != nil {
		return mapError(err)
	}
	if pending {
		return errs.Conflict("db.schema.older")
	}
	return nil
}

func (d *DB) migrations(fsys fs.FS) (*goose.Provider, error) {
	dialect, opts := goose.DialectSQLite3, []goose.ProviderOption{goose.WithSlog(slog.New(slog.DiscardHandler))}
	if d.engine == Postgres {
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, err
		}
		dialect, opts = goose.DialectPostgres, append(opts, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(dialect, d.write.DB, fsys, opts...)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return p, nil
}

func refuseNewer(ctx context.Context, p *goose.Provider) error {
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return mapError(err)
	}
	if have > want {
		return errs.Conflict("db.schema.newer").With("have", have).With("known", want).
			Because(fmt.Errorf("version %d, this program knows %d", have, want))
	}
	return nil
}
