package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"zhigang/internal/config"
	"zhigang/internal/errs"
)

// sqliteFile returns the path of a SQLite database.
func sqliteFile(cfg config.Config) string {
	return strings.TrimPrefix(strings.TrimPrefix(cfg.DatabaseURL, "sqlite:"), "//")
}

// keyFile returns the path of the secret key where no setting gives the key itself.
func keyFile(cfg config.Config) string { return filepath.Join(cfg.DataDir, "secret.key") }

func missing(file string) bool {
	_, err := os.Stat(file)
	return errors.Is(err, fs.ErrNotExist)
}

// needKey makes sure that there is a secret key. openStore makes one where there is none, which is right for a new
// database and wrong for any other. Conflict with the given key of a text when there is none.
func needKey(cfg config.Config, text string) error {
	if cfg.SecretKey == "" && missing(keyFile(cfg)) {
		return errs.Conflict(text).With("file", keyFile(cfg))
	}
	return nil
}

// withExisting runs a command on a database that is there already, with its secret key, and leaves its schema alone: it
// may be older than the program.
func (e *env) withExisting(fn func(*store) error) error {
	cfg, err := e.settings()
	if err != nil {
		return err
	}
	if cfg.SQLite() && missing(sqliteFile(cfg)) {
		return errs.NotFound("operator.no_database").With("file", sqliteFile(cfg))
	}
	if err := needKey(cfg, "secret.none"); err != nil {
		return err
	}
	s, err := openStore(e.ctx, e, cfg)
	if err != nil {
		return err
	}
	err = fn(s)
	return errors.Join(err, s.close())
}
