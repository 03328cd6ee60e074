package db

import (
	"context"
	"database/sql"
	"runtime"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/jmoiron/sqlx"
)

// prepared reads from SQLite, which would parse the same text again each time, with statements that it keeps. The driver
// of PostgreSQL keeps its own.
type prepared struct {
	*sqlx.DB
	kept *lru.Cache[string, *sqlx.Stmt]
}

// preparedCount bounds the statements that are kept: the pages read with some dozens, lists of every length with more.
const preparedCount = 128

func newPrepared(d *sqlx.DB) (prepared, error) {
	kept, err := lru.New[string, *sqlx.Stmt](preparedCount)
	return prepared{d, kept}, err
}

// QueryxContext implements sqlx.QueryerContext.
func (p prepared) QueryxContext(ctx context.Context, query string, args ...any) (*sqlx.Rows, error) {
	s, err := p.statement(ctx, query) //nolint:sqlclosecheck // it is kept
	if err != nil {
		return nil, err
	}
	defer runtime.KeepAlive(s)
	return s.QueryxContext(ctx, args...) //nolint:sqlclosecheck // the caller closes them
}

// QueryRowxContext implements sqlx.QueryerContext.
func (p prepared) QueryRowxContext(ctx context.Context, query string, args ...any) *sqlx.Row {
	s, err := p.statement(ctx, query) //nolint:sqlclosecheck // it is kept
	if err != nil {
		return p.DB.QueryRowxContext(ctx, query, args...) // says what is wrong
	}
	defer runtime.KeepAlive(s)
	return s.QueryRowxContext(ctx, args...)
}

// statement prepares a text, unless it has been. Others may still ask with a statement that is no longer kept, so it is
// closed when nobody knows it any more.
func (p prepared) statement(ctx context.Context, query string) (*sqlx.Stmt, error) {
	if s, ok := p.kept.Get(query); ok {
		return s, nil
	}
	s, err := p.PreparexContext(ctx, query)
	if err != nil {
		return nil, err
	}
	runtime.AddCleanup(s, func(inner *sql.Stmt) { _ = inner.Close() }, s.Stmt)
	p.kept.Add(query, s)
	return s, nil
}
