package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"zhigang/internal/auth"
	"zhigang/internal/config"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/region"
	"zhigang/internal/secret"
	"zhigang/migrations"
)

// store is the database with what every command needs of it.
type store struct {
	cfg      config.Config
	db       *db.DB
	keys     *secret.Keys
	tree     *region.Tree
	accounts *auth.Service
}

// openStore opens the database and the secret key, without a look at the schema.
func openStore(ctx context.Context, e *env, cfg config.Config) (*store, error) {
	s := &store{cfg: cfg}
	if cfg.SQLite() {
		if err := os.MkdirAll(filepath.Dir(strings.TrimPrefix(strings.TrimPrefix(cfg.DatabaseURL, "sqlite:"), "//")), 0o700); err != nil {
			return nil, err
		}
	}
	key := cfg.SecretKey
	var err error
	if key == "" {
		if key, err = secret.LoadOrCreate(filepath.Join(cfg.DataDir, "secret.key")); err != nil {
			return nil, fmt.Errorf("secret key: %w", err)
		}
	}
	if s.keys, err = secret.New(key); err != nil {
		return nil, err
	}
	if s.tree, err = region.Load(); err != nil {
		return nil, err
	}
	if s.db, err = db.Open(ctx, db.Options{URL: cfg.DatabaseURL, Clock: e.clock}); err != nil {
		return nil, err
	}
	s.accounts = auth.New(s.db, s.keys)
	return s, nil
}

func (s *store) close() error { return s.db.Close() }

// withStore runs a command on a database whose schema is the program's. An empty database is brought up first, so that
// the first command on a new machine works.
func (e *env) withStore(fn func(*store) error) error {
	cfg, err := e.settings()
	if err != nil {
		return err
	}
	s, err := openStore(e.ctx, e, cfg)
	if err != nil {
		return err
	}
	defer func() { _ = s.close() }()
	if err := s.ready(e.ctx); err != nil {
		return err
	}
	return fn(s)
}

// ready checks the schema, and that the secret key is the one of this database. A SQLite file belongs to this program alone, so it is migrated at once; in a cluster that is
// for `zhigang migrate` to do, once, before the others start.
func (s *store) ready(ctx context.Context) error {
	if !s.cfg.SQLite() {
		if err := s.db.CheckSchema(ctx, migrations.FS); err != nil {
			return err
		}
	} else if _, err := s.db.Migrate(ctx, migrations.FS); err != nil {
		return err
	}
	return s.accounts.CheckKey(ctx)
}

var errRunning = errors.New("another zhigang process works on this data folder")

// lockData takes the data folder for this process, so that two programs never write one SQLite file or one index.
func lockData(dir string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600) // in the data folder
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, errs.Conflict("operator.running").With("dir", dir).Because(errRunning)
	}
	return func() { _ = f.Close() }, nil
}

type migrateCmd struct {
	Status bool `help:"${status}"`
}

// Run brings the schema up to date, or lists what has been applied.
func (c *migrateCmd) Run(e *env) error {
	cfg, err := e.settings()
	if err != nil {
		return err
	}
	s, err := openStore(e.ctx, e, cfg)
	if err != nil {
		return err
	}
	defer func() { _ = s.close() }()
	all, err := s.db.Migrations(e.ctx, migrations.FS)
	if err != nil {
		return err
	}
	c.hint(e, all)
	if !c.Status {
		n, err := s.db.Migrate(e.ctx, migrations.FS)
		if err != nil {
			return err
		}
		return e.print(map[string]int{"applied": n}, fmt.Sprintf(e.words["migrate_done"], n))
	}
	var text strings.Builder
	for _, m := range all {
		mark := " "
		if m.Applied {
			mark = "✓"
		}
		fmt.Fprintf(&text, "%s %s\n", mark, m.File)
	}
	return e.print(all, strings.TrimSuffix(text.String(), "\n"))
}

// hint says that there is something to be lost, when migrations wait that a database with data has not seen.
func (c *migrateCmd) hint(e *env, all []db.Migration) {
	waiting := 0
	for _, m := range all {
		if !m.Applied {
			waiting++
		}
	}
	if waiting == 0 || waiting == len(all) {
		return
	}
	when := e.words["migrate_now"]
	if c.Status {
		when = e.words["migrate_waiting"]
	}
	_, _ = fmt.Fprintf(e.err, e.words["migrate_hint"]+"\n", waiting, when)
}
