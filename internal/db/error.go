package db

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"zhigang/internal/errs"
)

// mapError turns the errors of both engines into ours, here and nowhere else: no row is NotFound, a broken unique or
// foreign key is Conflict, a text that cannot be kept is Invalid, a server that does not answer is Unavailable.
func mapError(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		return errs.NotFound("error.not_found")
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return mapPostgres(e)
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return mapSQLite(e)
	}
	if _, ok := errors.AsType[net.Error](err); ok || errors.Is(err, context.DeadlineExceeded) {
		return errs.Unavailable("error.database").Because(err)
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return errs.Unavailable("error.database").Because(err)
	}
	return err
}

func mapPostgres(e *pgconn.PgError) error {
	switch {
	case e.Code == "23505", e.Code == "23503":
		return errs.Conflict("error.exists").Because(e)
	case e.Code == "22021", e.Code == "22P05": // PostgreSQL keeps no NUL and nothing but UTF-8
		return errs.Invalid("error.characters").Because(e)
	case slices.Contains([]string{"57P01", "57P02", "57P03", "53300", "53100"}, e.Code), len(e.Code) == 5 && e.Code[:2] == "08":
		return errs.Unavailable("error.database").Because(e)
	}
	return e
}

func mapSQLite(e *sqlite.Error) error {
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return errs.Conflict("error.exists").Because(e)
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR:
		return errs.Unavailable("error.database").Because(e)
	}
	return e
}

// retryable reports whether the same transaction may succeed when it runs again.
func retryable(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code == "40001" || e.Code == "40P01"
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()&0xff == sqlite3.SQLITE_BUSY
	}
	return errors.Is(err, errBroken)
}
