package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"

	"zhigang/internal/backup"
	"zhigang/internal/config"
	"zhigang/internal/db"
	"zhigang/internal/secret"
	"zhigang/migrations"
)

// backupCmd groups what is done with backups.
type backupCmd struct {
	Create backupCreateCmd `cmd:"" help:"${backup_create}"`
	Verify backupVerifyCmd `cmd:"" help:"${backup_verify}"`
}

type backupCreateCmd struct {
	Out string `default:"." placeholder:"DIR" help:"${backup_out}"`
}

// Run writes a backup of the database as it stands, whatever the version of its schema: so that a new program can back up
// before it migrates. Others may write meanwhile.
func (c *backupCreateCmd) Run(e *env) error {
	return e.withExisting(func(s *store) error {
		if err := s.accounts.CheckKey(e.ctx); err != nil {
			return err
		}
		bar := e.newBar(e.words["backup_bar"])
		file, m, err := backup.CreateFile(e.ctx, s.db, c.Out, backupOptions(s.keys, bar))
		bar.end()
		if err != nil {
			return err
		}
		info, err := os.Stat(file)
		if err != nil {
			return err
		}
		return e.print(map[string]any{"file": file, "bytes": info.Size(), "rows": m.Rows(), "schema": m.Schema, "engine": m.Engine},
			fmt.Sprintf(e.words["backup_done"], file, m.Rows(), info.Size(), m.Schema))
	})
}

func backupOptions(keys *secret.Keys, b *bar) backup.Options {
	return backup.Options{Program: version, Migrations: migrations.FS, Keys: keys, Progress: b.show}
}

type backupVerifyCmd struct {
	File string `arg:"" help:"${backup_file}"`
}

// Run proves that a backup can be restored. It needs no database, and says whether the secret key at hand fits.
func (c *backupVerifyCmd) Run(e *env) error {
	cfg, err := e.settings()
	if err != nil {
		return err
	}
	keys, err := keysAtHand(cfg)
	if err != nil {
		return err
	}
	bar := e.newBar(e.words["verify_bar"])
	v, err := backup.Verify(e.ctx, c.File, e.clock, backupOptions(keys, bar))
	bar.end()
	if err != nil {
		return err
	}
	key := e.words["key_other"]
	switch {
	case keys == nil:
		key = e.words["key_unknown"]
	case v.OwnKey:
		key = e.words["key_own"]
	}
	return e.print(v, fmt.Sprintf(e.words["verify_done"], len(v.Tables), v.Rows(), v.Schema, v.AuditRows, v.Program,
		v.CreatedAt.Format("2006-01-02T15:04:05Z"))+"\n"+key)
}

// keysAtHand returns the keys of this installation; nil where it has none.
func keysAtHand(cfg config.Config) (*secret.Keys, error) {
	key := cfg.SecretKey
	if key == "" {
		if missing(keyFile(cfg)) {
			return nil, nil //nolint:nilnil // a backup is also verified where nothing is installed
		}
		var err error
		if key, err = secret.LoadOrCreate(keyFile(cfg)); err != nil {
			return nil, err
		}
	}
	return secret.New(key)
}

type restoreCmd struct {
	File string `arg:"" help:"${backup_file}"`
}

// Run fills an empty database from a backup. No other process may work on the data folder meanwhile.
func (c *restoreCmd) Run(e *env) error {
	cfg, err := e.settings()
	if err != nil {
		return err
	}
	if err := needKey(cfg, "backup.key.none"); err != nil {
		return err
	}
	unlock, err := lockEmbedded(cfg)
	if err != nil {
		return err
	}
	defer unlock()
	s, err := openStore(e.ctx, e, cfg)
	if err != nil {
		return err
	}
	bar := e.newBar(e.words["restore_bar"])
	m, err := backup.Restore(e.ctx, s.db, c.File, backupOptions(s.keys, bar))
	bar.end()
	if err := errors.Join(err, s.close()); err != nil {
		return err
	}
	return e.print(map[string]any{"rows": m.Rows(), "into": databaseName(s.db, cfg)},
		fmt.Sprintf(e.words["restore_done"], m.Rows(), databaseName(s.db, cfg)))
}

// databaseName says which database it is, without a password.
func databaseName(d *db.DB, cfg config.Config) string {
	if d.Engine() == db.SQLite {
		return d.Path()
	}
	u, err := url.Parse(cfg.DatabaseURL)
	if err != nil {
		return string(d.Engine())
	}
	return u.Redacted()
}
