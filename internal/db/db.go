// Package db opens SQLite or PostgreSQL and is the only package that talks to either: one SQL text for both, read
// through Q, written through Tx.
package db

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers "pgx"
	"github.com/jmoiron/sqlx"
	_ "modernc.org/sqlite" // registers "sqlite"

	"zhigang/internal/clock"
	"zhigang/internal/errs"
	"zhigang/internal/id"
)

// Engine names the SQL engine behind a DB.
type Engine string

// The engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// Q reads. Both *DB and *Tx are one, so a read works inside and outside a transaction.
//
// SQL is written with ? marks; a slice argument expands to a list for IN (an empty one matches nothing).
type Q interface {
	// Get reads one row into dst. NotFound when there is none.
	Get(ctx context.Context, dst any, query string, args ...any) error
	// Select reads all rows into the slice dst.
	Select(ctx context.Context, dst any, query string, args ...any) error
}

// DB is an open database. Writes go through Write only.
type DB struct {
	engine Engine
	path   string
	read   *sqlx.DB
	reader queryer // reads from read
	write  *sqlx.DB
	// together is for SQLite, which has one writer.
	together *together
	clock    clock.Clock
	ids      *id.Source
}

// Options say how to open a database.
type Options struct {
	// URL is sqlite:///absolute/path, sqlite:relative/path or postgres://….
	URL string
	// Conns bounds the connections to PostgreSQL; 0 means 20.
	Conns int
	// Hasty lets SQLite answer before the disk has: for data that can be made again, such as the demo's.
	Hasty bool
	Clock clock.Clock
}

// Open connects to the database that o.URL names; the file of SQLite is created when missing.
func Open(ctx context.Context, o Options) (*DB, error) {
	d := &DB{clock: o.Clock, ids: id.NewSource(o.Clock), together: newTogether()}
	var err error
	switch scheme, rest, _ := strings.Cut(o.URL, ":"); scheme {
	case "sqlite":
		d.engine, d.path = SQLite, strings.TrimPrefix(rest, "//")
		err = d.openSQLite(ctx, o)
	case "postgres", "postgresql":
		d.engine = Postgres
		err = d.openPostgres(o)
	default:
		return nil, fmt.Errorf("database URL must begin with sqlite: or postgres:, not %q", scheme)
	}
	if err != nil {
		return nil, err
	}
	if err := d.Ping(ctx); err != nil {
		return nil, fmt.Errorf("open %s database: %w", d.engine, err)
	}
	return d, nil
}

// openSQLite opens one writer and several read-only connections. All settings stand in the data source name, because a
// PRAGMA that is executed reaches one connection of a pool only. BEGIN IMMEDIATE lets writers queue instead of failing
// half-way; synchronous=FULL makes "saved" mean saved when the power fails.
func (d *DB) openSQLite(ctx context.Context, o Options) error {
	sync := "synchronous(FULL)"
	if o.Hasty {
		sync = "synchronous(OFF)"
	}
	settings := url.Values{
		"_txlock": {"immediate"},
		"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "foreign_keys(1)", sync, "cache_size(-16000)"},
	}
	file := "file:" + (&url.URL{Path: filepath.ToSlash(d.path)}).EscapedPath()
	var err error
	if d.write, err = sqlx.Open("sqlite", file+"?"+settings.Encode()); err != nil {
		return err
	}
	d.write.SetMaxOpenConns(1)
	if err := d.write.PingContext(ctx); err != nil { // creates the file before anybody opens it read-only
		return fmt.Errorf("open %s: %w", d.path, err)
	}
	settings.Set("_pragma", "busy_timeout(10000)")
	settings.Add("_pragma", "query_only(1)")
	settings.Set("_txlock", "deferred")
	if d.read, err = sqlx.Open("sqlite", file+"?"+settings.Encode()); err != nil {
		return err
	}
	readers := max(4, runtime.GOMAXPROCS(0))
	d.read.SetMaxOpenConns(readers)
	d.read.SetMaxIdleConns(readers)
	d.bindMarks(sqlx.QUESTION, "sqlite")
	d.reader, err = newPrepared(d.read)
	return err
}

func (d *DB) openPostgres(o Options) error {
	conns := o.Conns
	if conns == 0 {
		conns = 20
	}
	pool, err := sqlx.Open("pgx", o.URL)
	if err != nil {
		return err
	}
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	d.read, d.reader, d.write = pool, pool, pool
	d.bindMarks(sqlx.DOLLAR, "pgx")
	return nil
}

// bindMarks tells sqlx which marks the driver wants; it leaves the marks of a driver it does not know alone.
func (d *DB) bindMarks(mark int, driver string) { sqlx.BindDriver(driver, mark) }

// Engine returns which engine is behind d.
func (d *DB) Engine() Engine { return d.engine }

// EngineClock returns the expression for the clock of the database server, as a db.Time: leases use it, so that workers
// whose clocks differ agree.
func (d *DB) EngineClock() string { return d.engine.clock() }

// Path returns the file of a SQLite database, and "" for PostgreSQL.
func (d *DB) Path() string { return d.path }

// Clock returns the clock that transactions read.
func (d *DB) Clock() clock.Clock { return d.clock }

// Ping asks the engine whether it answers. Unavailable when it does not.
func (d *DB) Ping(ctx context.Context) error {
	if err := d.write.PingContext(ctx); err != nil {
		return errs.Unavailable("error.database").Because(err)
	}
	return nil
}

// Close closes all connections.
func (d *DB) Close() error {
	err := d.read.Close()
	if d.write != d.read {
		if e := d.write.Close(); err == nil {
			err = e
		}
	}
	return err
}

// Stats returns the state of the connection pools, for metrics.
func (d *DB) Stats() (read, write sql.DBStats) { return d.read.Stats(), d.write.Stats() }

// Get implements Q.
func (d *DB) Get(ctx context.Context, dst any, query string, args ...any) error {
	return get(ctx, d.reader, dst, query, args)
}

// Select implements Q.
func (d *DB) Select(ctx context.Context, dst any, query string, args ...any) error {
	return list(ctx, d.reader, dst, query, args)
}

// Snapshot runs fn on a Q whose reads all see the same state of the database.
func (d *DB) Snapshot(ctx context.Context, fn func(Q) error) error {
	opts := &sql.TxOptions{ReadOnly: true}
	if d.engine == Postgres {
		opts.Isolation = sql.LevelRepeatableRead
	}
	tx, err := d.read.BeginTxx(ctx, opts)
	if err != nil {
		return mapError(err)
	}
	defer func() { _ = tx.Rollback() }() // nothing to keep, nothing to lose
	return fn(&Tx{tx: tx, engine: d.engine, Now: d.clock.Now(), ids: d.ids})
}

// Write runs fn in a transaction and commits it, or rolls back when fn fails. When the engine asks for it (a deadlock,
// a serialization failure, a busy file) the whole of fn runs again: so no mail, no HTTP and no index inside. Writers to
// SQLite share transactions, and each is whole or undone all the same: see together.
func (d *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	return insist(ctx, func() error { return d.writeOnce(ctx, fn) })
}

// WriteRow runs one statement that writes, and reads the row it returns into dst. It is a transaction of its own, for which
// PostgreSQL needs one journey instead of three. NotFound when it returns none.
func (d *DB) WriteRow(ctx context.Context, dst any, query string, args ...any) error {
	if d.engine == SQLite {
		return d.Write(ctx, func(tx *Tx) error { return tx.Get(ctx, dst, query, args...) })
	}
	return insist(ctx, func() error { return get(ctx, d.write, dst, query, args) })
}

// NewID returns an id for a new row.
func (d *DB) NewID() id.ID { return d.ids.New() }

// insist does again what the engine asks to be done again.
func insist(ctx context.Context, write func() error) error {
	const tries = 5
	for n := 1; ; n++ {
		err := write()
		if err == nil || n == tries || !retryable(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(time.Duration(n*n) * 5 * time.Millisecond):
		}
	}
}

func (d *DB) writeOnce(ctx context.Context, fn func(*Tx) error) error {
	var tx *Tx
	run := func(begun *sqlx.Tx) error {
		tx = &Tx{tx: begun, engine: d.engine, Now: d.clock.Now(), ids: d.ids}
		return fn(tx)
	}
	var err error
	if d.engine == SQLite {
		begin := func() (*sqlx.Tx, error) { return d.write.BeginTxx(context.WithoutCancel(ctx), nil) } // others may join
		err = d.together.run(ctx, begin, run)
	} else {
		err = d.alone(ctx, run)
	}
	if err != nil {
		return err
	}
	for _, then := range tx.committed {
		then()
	}
	return nil
}

// alone runs fn in a transaction of its own.
func (d *DB) alone(ctx context.Context, fn func(*sqlx.Tx) error) error {
	begun, err := d.write.BeginTxx(ctx, nil)
	if err != nil {
		return mapError(err)
	}
	defer func() { _ = begun.Rollback() }() // does nothing after a commit
	if err := fn(begun); err != nil {
		return err
	}
	return mapError(begun.Commit())
}
