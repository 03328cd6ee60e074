// Package backup writes the whole database into one file and reads it back, on either engine: the way to keep it, to prove
// that it can be had back, and to move it from SQLite to PostgreSQL. It knows no table but asks the schema.
//
// A backup is a gzipped tar:
//
//	manifest.json          what it holds; see Manifest
//	tables/account.jsonl   a table: one JSON object for each row, in the order of its key
//	…                      each table behind those that it refers to
//
// Integers are JSON numbers of up to 64 bits, texts are strings, bytes are base64, NULL is null. A text that is not UTF-8,
// which only SQLite can hold, is {"base64": "…"}. Personal data are in it as they are in SQL: what is encrypted there is
// encrypted here, and cannot be read without the secret key, which is not in it.
package backup

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/secret"
)

// format is the version of the file's form.
const format = 1

// Manifest says what a backup holds.
type Manifest struct {
	Format  int    `json:"format"`
	Program string `json:"program"` // version of the program that wrote it
	// Schema is the number of the last migration that the database had seen.
	Schema    int64     `json:"schema"`
	Engine    db.Engine `json:"engine"`
	CreatedAt time.Time `json:"created_at"`
	// Key tells whether a secret key is the one with which the data were encrypted; see Fingerprint.
	Key    string  `json:"key"`
	Tables []Table `json:"tables"` // in the order of the file
}

// Table is a table in a backup.
type Table struct {
	Name    string      `json:"name"`
	Columns []db.Column `json:"columns"`
	Rows    int64       `json:"rows"`
	Bytes   int64       `json:"bytes"`
	SHA256  string      `json:"sha256"` // of the file, in hex
}

// Rows counts the rows of all tables.
func (m Manifest) Rows() int64 {
	var n int64
	for _, t := range m.Tables {
		n += t.Rows
	}
	return n
}

// Options are what the program knows and a file does not.
type Options struct {
	Program    string // its version
	Migrations fs.FS
	Keys       *secret.Keys
	// Progress, which may be nil, is told how many of how many rows are done.
	Progress func(done, total int64)
}

func (o Options) progress(done, total int64) {
	if o.Progress != nil {
		o.Progress(done, total)
	}
}

// Fingerprint tells secret keys apart and reveals nothing of them: it is a hash of a signature.
func Fingerprint(k *secret.Keys) string {
	sum := sha256.Sum256([]byte(k.Sign("backup", "fingerprint")))
	return hex.EncodeToString(sum[:])
}

const (
	manifestName = "manifest.json"
	tablesFolder = "tables/"
	tableEnding  = ".jsonl"
)

func fileName(table string) string { return tablesFolder + table + tableEnding }

// numberOf returns the number in front of the name of a migration; 0 for a file that has none.
func numberOf(file string) int64 {
	text, _, _ := strings.Cut(path.Base(file), "_")
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// newest returns the number of the last migration that the program knows.
func newest(migrations fs.FS) (int64, error) {
	files, err := fs.Glob(migrations, "*.sql")
	if err != nil {
		return 0, err
	}
	var last int64
	for _, f := range files {
		last = max(last, numberOf(f))
	}
	return last, nil
}

// upTo is a folder of migrations without those after a number.
type upTo struct {
	fs.FS
	last int64
}

// ReadDir implements fs.ReadDirFS.
func (u upTo) ReadDir(name string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(u.FS, name)
	var out []fs.DirEntry
	for _, entry := range all {
		if numberOf(entry.Name()) <= u.last {
			out = append(out, entry)
		}
	}
	return out, err
}

// damaged says that a part of the file is not what the manifest says.
func damaged(part string, cause error) error {
	return errs.Conflict("backup.damaged").With("part", part).With("reason", cause).Because(cause)
}
