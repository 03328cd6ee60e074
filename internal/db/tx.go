package db

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"zhigang/internal/errs"
	"zhigang/internal/id"
)

// Tx is a transaction that writes. It also reads, and sees its own writes.
type Tx struct {
	tx        *sqlx.Tx
	engine    Engine
	ids       *id.Source
	committed []func()
	done      []string // what it does once
	// Now is the instant of the transaction: all its rows carry the same one.
	Now time.Time
}

// NewID returns an id for a new row.
func (tx *Tx) NewID() id.ID { return tx.ids.New() }

// OnCommit calls fn once the transaction has been committed. fn must be quick and cannot fail: it may wake somebody,
// nothing more.
func (tx *Tx) OnCommit(fn func()) { tx.committed = append(tx.committed, fn) }

// Once reports whether it is called for the first time with this name: for what a transaction does once, however often it
// is asked to.
func (tx *Tx) Once(name string) bool {
	if slices.Contains(tx.done, name) {
		return false
	}
	tx.done = append(tx.done, name)
	return true
}

// Get implements Q.
func (tx *Tx) Get(ctx context.Context, dst any, query string, args ...any) error {
	return get(ctx, tx.tx, dst, query, args)
}

// Select implements Q.
func (tx *Tx) Select(ctx context.Context, dst any, query string, args ...any) error {
	return list(ctx, tx.tx, dst, query, args)
}

// Exec runs a statement and returns how many rows it touched.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	query, args, err := expand(tx.tx, query, args)
	if err != nil {
		return 0, err
	}
	res, err := tx.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, mapError(err)
	}
	return res.RowsAffected()
}

// One runs a statement that must touch exactly one row. Conflict when it does not: somebody was faster.
func (tx *Tx) One(ctx context.Context, query string, args ...any) error {
	n, err := tx.Exec(ctx, query, args...)
	if err != nil {
		return err
	}
	if n != 1 {
		return errs.Conflict("error.changed").Because(fmt.Errorf("%d rows instead of one", n))
	}
	return nil
}

// Insert adds row, a struct with db tags, to table. Conflict when a unique rule is broken.
func (tx *Tx) Insert(ctx context.Context, table string, row any) error {
	_, err := tx.insert(ctx, table, row, "")
	return err
}

// InsertNew adds row to table unless a unique rule says that it stands there already, and tells whether it was added.
func (tx *Tx) InsertNew(ctx context.Context, table string, row any) (bool, error) {
	n, err := tx.insert(ctx, table, row, " ON CONFLICT DO NOTHING")
	return n == 1, err
}

func (tx *Tx) insert(ctx context.Context, table string, row any, onConflict string) (int64, error) {
	cols := columnsOf(reflect.TypeOf(row))
	query := "INSERT INTO " + table + " (" + strings.Join(cols, ", ") + ") VALUES (:" + strings.Join(cols, ", :") + ")" + onConflict
	res, err := tx.tx.NamedExecContext(ctx, query, row)
	if err != nil {
		return 0, mapError(err)
	}
	return res.RowsAffected()
}

// InsertAll adds many rows of one type in the way that is quickest for the engine: PostgreSQL gets as many in a statement
// as it takes, to spare journeys; SQLite gets one at a time from a prepared statement, for there is no journey, and its
// driver takes time that grows with the square of the marks in a statement.
func InsertAll[T any](ctx context.Context, tx *Tx, table string, rows []T) error {
	if len(rows) == 0 {
		return nil
	}
	cols := columnsOf(reflect.TypeFor[T]())
	query := "INSERT INTO " + table + " (" + strings.Join(cols, ", ") + ") VALUES (:" + strings.Join(cols, ", :") + ")"
	if tx.engine == SQLite {
		return insertEach(ctx, tx, query, rows)
	}
	const marks = 1000
	for part := range slices.Chunk(rows, max(1, min(500, marks/len(cols)))) {
		if _, err := tx.tx.NamedExecContext(ctx, query, part); err != nil {
			return mapError(err)
		}
	}
	return nil
}

func insertEach[T any](ctx context.Context, tx *Tx, query string, rows []T) error {
	insert, err := tx.tx.PrepareNamedContext(ctx, query)
	if err != nil {
		return mapError(err)
	}
	defer func() { _ = insert.Close() }()
	for n := range rows {
		if _, err := insert.ExecContext(ctx, rows[n]); err != nil {
			return mapError(err)
		}
	}
	return nil
}

// Update writes the columns of row, a struct with db tags, where id and version are still what they were when it was
// read, and raises the version in SQL. It leaves columns alone that others count up without the version. Conflict when
// somebody has changed the row since.
func (tx *Tx) Update(ctx context.Context, table string, row any, alone ...string) error {
	var set []string
	for _, col := range columnsOf(reflect.TypeOf(row)) {
		if col != "id" && col != "version" && !slices.Contains(alone, col) {
			set = append(set, col+" = :"+col)
		}
	}
	query := "UPDATE " + table + " SET " + strings.Join(set, ", ") + ", version = version + 1 WHERE id = :id AND version = :version"
	res, err := tx.tx.NamedExecContext(ctx, query, row)
	if err != nil {
		return mapError(err)
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return errs.Conflict("error.changed").Because(err)
	}
	return nil
}

// Columns returns the columns of T, a struct with db tags, as a list for SELECT, each with the table's alias in front.
func Columns[T any](alias string) string {
	cols := columnsOf(reflect.TypeFor[T]())
	for n, col := range cols {
		cols[n] = alias + "." + col
	}
	return strings.Join(cols, ", ")
}

// ColumnsIn is Columns for a struct that is a field of another, tagged with the alias.
func ColumnsIn[T any](alias string) string {
	cols := columnsOf(reflect.TypeFor[T]())
	for n, col := range cols {
		cols[n] = alias + "." + col + ` AS "` + alias + "." + col + `"`
	}
	return strings.Join(cols, ", ")
}

// ColumnsBut is Columns without some of them.
func ColumnsBut[T any](alias string, but ...string) string {
	var cols []string
	for _, col := range columnsOf(reflect.TypeFor[T]()) {
		if !slices.Contains(but, col) {
			cols = append(cols, alias+"."+col)
		}
	}
	return strings.Join(cols, ", ")
}

// columnsOf lists the db tags of a struct in the order of its fields; fields tagged db:"-" and fields of structs that
// are values themselves (times, ids) are not looked into.
func columnsOf(t reflect.Type) []string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var cols []string
	for n := range t.NumField() {
		f := t.Field(n)
		tag := f.Tag.Get("db")
		switch {
		case f.Anonymous && tag == "":
			cols = append(cols, columnsOf(f.Type)...)
		case tag != "" && tag != "-":
			cols = append(cols, tag)
		}
	}
	return cols
}

// SkipLocked returns the clause that lets several claimers pass each other's rows; SQLite has one writer and needs none.
func (tx *Tx) SkipLocked() string {
	if tx.engine == Postgres {
		return " FOR UPDATE SKIP LOCKED"
	}
	return ""
}

// Hold returns the clause that keeps the rows of a SELECT's table, known as alias, as they are until the transaction
// ends: who would change them waits. SQLite has one writer, who sees the newest state anyway.
func (tx *Tx) Hold(alias string) string {
	if tx.engine == Postgres {
		return " FOR NO KEY UPDATE OF " + alias
	}
	return ""
}

func (e Engine) clock() string {
	if e == Postgres {
		return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"
	}
	return "CAST(unixepoch('now', 'subsec') * 1000 AS INTEGER)"
}

// EngineNow returns the clock of the database server.
func (tx *Tx) EngineNow(ctx context.Context) (time.Time, error) {
	var ms int64
	if err := tx.Get(ctx, &ms, "SELECT "+tx.engine.clock()); err != nil {
		return time.Time{}, err
	}
	return time.UnixMilli(ms).UTC(), nil
}

type queryer interface {
	sqlx.QueryerContext
	Rebind(string) string
}

func get(ctx context.Context, q queryer, dst any, query string, args []any) error {
	query, args, err := expand(q, query, args)
	if err != nil {
		return err
	}
	return mapError(sqlx.GetContext(ctx, q, dst, query, args...))
}

func list(ctx context.Context, q queryer, dst any, query string, args []any) error {
	query, args, err := expand(q, query, args)
	if err != nil {
		return err
	}
	return mapError(sqlx.SelectContext(ctx, q, dst, query, args...))
}

// expand unrolls slice arguments and puts the engine's own marks.
func expand(q interface{ Rebind(string) string }, query string, args []any) (string, []any, error) {
	lists := false
	args = slices.Clone(args)
	for n, arg := range args {
		v := reflect.ValueOf(arg)
		if v.Kind() != reflect.Slice || v.Type().Elem().Kind() == reflect.Uint8 {
			continue
		}
		if v.Len() == 0 { // IN () is an error; no row has this value
			args[n] = []any{nil}
		}
		lists = true
	}
	if !lists {
		return q.Rebind(query), args, nil
	}
	query, args, err := sqlx.In(query, args...)
	if err != nil {
		return "", nil, fmt.Errorf("expand list: %w", err)
	}
	return q.Rebind(query), args, nil
}

// EscapeLike makes text stand for itself in LIKE ? ESCAPE '!'.
func EscapeLike(text string) string {
	return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(text)
}
