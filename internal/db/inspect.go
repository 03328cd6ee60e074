package db

import (
	"context"
	"slices"
	"strconv"
	"time"
)

// Setting is a setting of the engine on which it depends that what was saved is saved.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Want  string `json:"want"`
	OK    bool   `json:"ok"`
}

// Inspection is what the engine says of itself.
type Inspection struct {
	Engine   Engine    `json:"engine"`
	Version  string    `json:"version"`
	Settings []Setting `json:"settings"`
	// Clock is the engine's time. For SQLite, which has none of its own, it is the machine's.
	Clock time.Time `json:"clock"`
}

// Inspect reads back, from a connection that writes, what the engine really does: settings that were asked for are
// sometimes not given. Unavailable when it does not answer.
func (d *DB) Inspect(ctx context.Context) (Inspection, error) {
	in := Inspection{Engine: d.engine}
	query, checks := `SELECT sqlite_version()`, sqliteChecks()
	if d.engine == Postgres {
		query, checks = `SELECT current_setting('server_version')`, postgresChecks()
	}
	if err := get(ctx, d.write, &in.Version, query, nil); err != nil {
		return in, err
	}
	for _, c := range checks {
		s := Setting{Name: c.name, Want: c.want[0]}
		if err := get(ctx, d.write, &s.Value, c.query, nil); err != nil {
			return in, err
		}
		s.OK = slices.Contains(c.want, s.Value)
		if c.least > 0 {
			n, err := strconv.Atoi(s.Value)
			s.OK = err == nil && n >= c.least
		}
		in.Settings = append(in.Settings, s)
	}
	in.Clock = d.clock.Now()
	if d.engine == Postgres {
		err := d.Write(ctx, func(tx *Tx) (err error) {
			in.Clock, err = tx.EngineNow(ctx)
			return err
		})
		return in, err
	}
	return in, nil
}

// setting is a Setting that is checked: its value must be among want, or a number of at least least.
type setting struct {
	name, query string
	want        []string
	least       int
}

func sqliteChecks() []setting {
	return []setting{
		{name: "journal_mode", query: `PRAGMA journal_mode`, want: []string{"wal"}},
		{name: "synchronous", query: `PRAGMA synchronous`, want: []string{"2", "3"}}, // FULL, EXTRA
		{name: "foreign_keys", query: `PRAGMA foreign_keys`, want: []string{"1"}},
		{name: "busy_timeout", query: `PRAGMA busy_timeout`, want: []string{"10000"}, least: 5000},
	}
}

func postgresChecks() []setting {
	show := func(name string) string { return `SELECT current_setting('` + name + `')` }
	return []setting{
		{name: "server_version_num", query: show("server_version_num"), want: []string{"150000"}, least: 150000},
		{name: "fsync", query: show("fsync"), want: []string{"on"}},
		{name: "full_page_writes", query: show("full_page_writes"), want: []string{"on"}},
		{name: "synchronous_commit", query: show("synchronous_commit"), want: []string{"on", "remote_apply", "remote_write", "local"}},
		{name: "server_encoding", query: show("server_encoding"), want: []string{"UTF8"}},
		{name: "default_transaction_isolation", query: show("default_transaction_isolation"), want: []string{"read committed"}},
	}
}
