package backup

import (
	"context"
	"fmt"
	"slices"

	"zhigang/internal/db"
	"zhigang/internal/errs"
)

// load replaces what the migrations left in an empty database with the rows of a backup, and reads all of it again to see
// that what stands there now is what stands in the file.
func (a *archive) load(ctx context.Context, tx *db.Tx, o Options) error {
	tables, err := db.Tables(ctx, tx)
	if err != nil {
		return err
	}
	for _, t := range slices.Backward(tables) {
		if err := tx.Clear(ctx, t); err != nil {
			return err
		}
	}
	if tables, err = a.match(tables); err != nil {
		return err
	}
	done, total := int64(0), a.Rows()
	for n, t := range tables {
		l := newLoader(tx, t)
		err := a.table(a.Tables[n], func(values []any) error {
			done++
			o.progress(done, total)
			return l.add(ctx, values)
		})
		if err != nil {
			return err
		}
		if err := l.end(ctx); err != nil {
			return err
		}
	}
	if err := a.end(); err != nil {
		return err
	}
	for n, t := range tables {
		got, err := measure(ctx, tx, t)
		if err != nil {
			return err
		}
		if got.SHA256 != a.Tables[n].SHA256 {
			return errs.Conflict("backup.differs").With("table", t.Name)
		}
	}
	return nil
}

// match returns the tables of the database in the order of the file, their columns too. Conflict when they are not the
// same.
func (a *archive) match(tables []db.Table) ([]db.Table, error) {
	out := make([]db.Table, len(a.Tables))
	for n, saved := range a.Tables {
		at := slices.IndexFunc(tables, func(t db.Table) bool { return t.Name == saved.Name })
		if at < 0 || !sameColumns(tables[at].Columns, saved.Columns) {
			return nil, errs.Conflict("backup.unlike").With("table", saved.Name)
		}
		out[n] = tables[at]
		out[n].Columns = saved.Columns
	}
	for _, t := range tables {
		if !slices.ContainsFunc(a.Tables, func(saved Table) bool { return saved.Name == t.Name }) {
			return nil, errs.Conflict("backup.unlike").With("table", t.Name)
		}
	}
	return out, nil
}

func sameColumns(a, b []db.Column) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(c db.Column) bool { return !slices.Contains(b, c) })
}

// loader inserts the rows of a table in batches. Of a table that refers to itself, a row waits until the one that it
// refers to stands there.
type loader struct {
	tx    *db.Tx
	table db.Table
	batch [][]any
	bytes int
	self  []selfRef
	seen  []map[any]bool // the values of the columns that self refers to
	held  [][]any
}

// selfRef says that the value in column from must stand in column to of another row.
type selfRef struct{ from, to int }

// Rows in a statement, and the bytes of their texts: files are large.
const (
	batchRows  = 500
	batchBytes = 4 << 20
)

func newLoader(tx *db.Tx, t db.Table) *loader {
	l := &loader{tx: tx, table: t}
	at := func(name string) int {
		return slices.IndexFunc(t.Columns, func(c db.Column) bool { return c.Name == name })
	}
	for _, r := range t.Refs {
		if r.Table != t.Name {
			continue
		}
		to := r.To
		if to == "" { // SQLite's way to say the key
			to = t.Key[0]
		}
		l.self = append(l.self, selfRef{at(r.Column), at(to)})
		l.seen = append(l.seen, map[any]bool{})
	}
	return l
}

// waits reports whether a row refers to one that does not stand there yet.
func (l *loader) waits(values []any) bool {
	for n, r := range l.self {
		if v := values[r.from]; v != nil && v != values[r.to] && !l.seen[n][v] {
			return true
		}
	}
	return false
}

func (l *loader) add(ctx context.Context, values []any) error {
	if l.waits(values) {
		l.held = append(l.held, values)
		return nil
	}
	for n, r := range l.self {
		l.seen[n][values[r.to]] = true
	}
	l.batch = append(l.batch, values)
	for _, v := range values {
		switch v := v.(type) {
		case string:
			l.bytes += len(v)
		case []byte:
			l.bytes += len(v)
		}
	}
	if len(l.batch) < batchRows && l.bytes < batchBytes {
		return nil
	}
	return l.flush(ctx)
}

func (l *loader) flush(ctx context.Context) error {
	err := l.tx.InsertRows(ctx, l.table, l.batch)
	l.batch, l.bytes = l.batch[:0], 0
	switch {
	case errs.Is(err, errs.KindConflict):
		return errs.Conflict("backup.row").With("table", l.table.Name).Because(err)
	case err != nil:
		return fmt.Errorf("restore table %s: %w", l.table.Name, err)
	}
	return nil
}

// end inserts what is left. Conflict when rows refer to rows that are not in the file.
func (l *loader) end(ctx context.Context) error {
	for len(l.held) > 0 {
		held := l.held
		l.held = nil
		for _, values := range held {
			if err := l.add(ctx, values); err != nil {
				return err
			}
		}
		if len(l.held) == len(held) {
			return errs.Conflict("backup.row").With("table", l.table.Name)
		}
	}
	return l.flush(ctx)
}
