package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"
)

// ValueType is what a column holds, whatever the engine calls it.
type ValueType string

// The types. A schema with any other is refused, because it could not be carried from one engine to the other.
const (
	Integer ValueType = "integer"
	Text    ValueType = "text"
	Bytes   ValueType = "bytes"
)

// Table is a table as the schema describes it.
type Table struct {
	Name    string
	Columns []Column // in the order in which the migrations made them
	Key     []string // the columns of the primary key, in its order
	Refs    []Ref    // its foreign keys, each of one column
}

// Column is a column of a Table.
type Column struct {
	Name string    `db:"name" json:"name"`
	Type ValueType `db:"type" json:"type"`
}

// Ref says that a column holds a value of a column of a table.
type Ref struct {
	Column string `db:"col"`
	Table  string `db:"tab"`
	To     string `db:"target"`
}

// versions is the table in which goose keeps what was applied.
const versions = "goose_db_version"

// Tables lists the tables of the database, but for the one of the migrations, each after those that it refers to.
func Tables(ctx context.Context, q Q) ([]Table, error) {
	names, err := tableNames(ctx, q)
	if err != nil {
		return nil, err
	}
	var all []Table
	for _, name := range names {
		if name == versions {
			continue
		}
		t, err := describe(ctx, q, name)
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", name, err)
		}
		all = append(all, t)
	}
	return inOrder(all)
}

// SchemaVersion returns the number of the last migration that was applied; 0 for a database that has seen none.
func SchemaVersion(ctx context.Context, q Q) (int64, error) {
	names, err := tableNames(ctx, q)
	if err != nil || !slices.Contains(names, versions) {
		return 0, err
	}
	var n int64
	err = q.Get(ctx, &n, `SELECT COALESCE(MAX(version_id), 0) FROM `+versions)
	return n, err
}

// tableNames lists all tables in alphabetical order.
func tableNames(ctx context.Context, q Q) ([]string, error) {
	query := `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name`
	if engineOf(q) == Postgres {
		query = `SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename COLLATE "C"`
	}
	var names []string
	err := q.Select(ctx, &names, query)
	return names, err
}

// describe asks the engine what a table looks like.
func describe(ctx context.Context, q Q, name string) (Table, error) {
	t := Table{Name: name}
	columns := `SELECT name, LOWER(type) AS type FROM pragma_table_info(?) ORDER BY cid`
	key := `SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk`
	refs := `SELECT "from" AS col, "table" AS tab, COALESCE("to", '') AS target FROM pragma_foreign_key_list(?) ORDER BY "from"`
	if engineOf(q) == Postgres {
		columns = `
			SELECT CAST(column_name AS TEXT) AS name, CAST(data_type AS TEXT) AS type FROM information_schema.columns
			WHERE table_schema = current_schema() AND table_name = ? ORDER BY ordinal_position`
		key = `
			SELECT CAST(a.attname AS TEXT) FROM pg_index i
			JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
			WHERE i.indisprimary AND i.indrelid = to_regclass(quote_ident(?))
			ORDER BY array_position(CAST(i.indkey AS INT[]), CAST(a.attnum AS INT))`
		refs = `
			SELECT CAST(a.attname AS TEXT) AS col, CAST(t.relname AS TEXT) AS tab, CAST(f.attname AS TEXT) AS target FROM pg_constraint c
			JOIN pg_class t ON t.oid = c.confrelid
			JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
			JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = c.confkey[1]
			WHERE c.contype = 'f' AND c.conrelid = to_regclass(quote_ident(?)) ORDER BY 1`
	}
	if err := q.Select(ctx, &t.Columns, columns, name); err != nil {
		return t, err
	}
	if err := q.Select(ctx, &t.Key, key, name); err != nil {
		return t, err
	}
	if err := q.Select(ctx, &t.Refs, refs, name); err != nil {
		return t, err
	}
	for n := range t.Columns {
		var err error
		if t.Columns[n].Type, err = typeOf(string(t.Columns[n].Type)); err != nil {
			return t, fmt.Errorf("column %s: %w", t.Columns[n].Name, err)
		}
	}
	if len(t.Key) == 0 {
		return t, errors.New("it has no primary key")
	}
	return t, nil
}

func typeOf(declared string) (ValueType, error) {
	switch declared {
	case "bigint", "int", "integer":
		return Integer, nil
	case "text":
		return Text, nil
	case "bytea", "blob":
		return Bytes, nil
	}
	return "", fmt.Errorf("%q is none of BIGINT, INT, TEXT and BYTEA", declared)
}

// inOrder puts tables behind those that they refer to, otherwise leaving their order.
func inOrder(tables []Table) ([]Table, error) {
	placed := map[string]bool{}
	var out []Table
	for len(out) < len(tables) {
		before := len(out)
		for _, t := range tables {
			waits := slices.ContainsFunc(t.Refs, func(r Ref) bool { return r.Table != t.Name && !placed[r.Table] })
			if !placed[t.Name] && !waits {
				placed[t.Name] = true
				out = append(out, t)
			}
		}
		if len(out) == before {
			return nil, errors.New("tables refer to each other in a circle")
		}
	}
	return out, nil
}

// EachRow calls fn with every row of t in the order of its key, byte by byte, on either engine. The values stand in the
// order of t.Columns and are nil, int64, string or []byte; the slice is overwritten by the next row. Rows come one at a
// time: nothing is kept.
func EachRow(ctx context.Context, q Q, t Table, fn func(values []any) error) error {
	query := `SELECT ` + quoted(t.columnNames()) + ` FROM ` + quote(t.Name) + ` ORDER BY ` + t.order(engineOf(q))
	rows, err := queryerOf(q).QueryxContext(ctx, query)
	if err != nil {
		return mapError(err)
	}
	defer func() { _ = rows.Close() }() // what went wrong is in rows.Err
	values, into := make([]any, len(t.Columns)), make([]any, len(t.Columns))
	for n := range values {
		into[n] = &values[n]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return mapError(err)
		}
		for n, c := range t.Columns {
			if values[n], err = c.Type.value(values[n]); err != nil {
				return fmt.Errorf("table %s, column %s: %w", t.Name, c.Name, err)
			}
		}
		if err := fn(values); err != nil {
			return err
		}
	}
	return mapError(rows.Err())
}

// value makes what a driver returned the value of a column. SQLite keeps whatever it is given; what is not of the
// column's type could be kept by no other engine.
func (t ValueType) value(v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case int64:
		if t == Integer {
			return v, nil
		}
	case string:
		if t == Text {
			return v, nil
		}
	case []byte:
		if t == Text {
			return string(v), nil
		}
		if t == Bytes {
			return v, nil
		}
	}
	return nil, fmt.Errorf("a %T stands where %s is expected", v, t)
}

// InsertRows adds rows to t, with values as EachRow gives them. Conflict when a unique or foreign key is broken.
func (tx *Tx) InsertRows(ctx context.Context, t Table, rows [][]any) error {
	const marks = 1000 // as for InsertAll
	step := max(1, min(500, marks/len(t.Columns)))
	one := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(t.Columns)), ", ") + ")"
	for part := range slices.Chunk(rows, step) {
		var args []any
		for _, row := range part {
			args = append(args, row...)
		}
		query := `INSERT INTO ` + quote(t.Name) + ` (` + quoted(t.columnNames()) + `) VALUES ` + strings.TrimSuffix(strings.Repeat(one+", ", len(part)), ", ")
		if _, err := tx.tx.ExecContext(ctx, tx.tx.Rebind(query), args...); err != nil {
			return mapError(err)
		}
	}
	return nil
}

// Clear deletes all rows of t.
func (tx *Tx) Clear(ctx context.Context, t Table) error {
	_, err := tx.Exec(ctx, `DELETE FROM `+quote(t.Name))
	return err
}

// CountRows counts the rows of t, up to most.
func CountRows(ctx context.Context, q Q, t Table, most int) (int, error) {
	var n int
	err := q.Get(ctx, &n, `SELECT COUNT(*) FROM (SELECT 1 AS one FROM `+quote(t.Name)+` LIMIT ?) part`, most)
	return n, err
}

func (t Table) columnNames() []string {
	names := make([]string, len(t.Columns))
	for n, c := range t.Columns {
		names[n] = c.Name
	}
	return names
}

// order returns the key as ORDER BY wants it. Texts are compared byte by byte, which PostgreSQL must be told.
func (t Table) order(e Engine) string {
	var parts []string
	for _, name := range t.Key {
		part := quote(name)
		if e == Postgres && slices.Contains(t.Columns, Column{name, Text}) {
			part += ` COLLATE "C"`
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

// quote makes a name of the schema safe in SQL: some of ours are words of the language.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func quoted(names []string) string {
	out := make([]string, len(names))
	for n, name := range names {
		out[n] = quote(name)
	}
	return strings.Join(out, ", ")
}

// engineOf and queryerOf look behind a Q, of which there are two.
func engineOf(q Q) Engine {
	if tx, ok := q.(*Tx); ok {
		return tx.engine
	}
	return q.(*DB).engine //nolint:forcetypeassert // there is no third
}

func queryerOf(q Q) sqlx.QueryerContext {
	if tx, ok := q.(*Tx); ok {
		return tx.tx
	}
	return q.(*DB).read //nolint:forcetypeassert // there is no third
}
