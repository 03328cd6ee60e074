package backup

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
)

// Create writes a backup of d to out. It reads one snapshot twice, the first time to measure what the manifest says: it
// needs neither memory for more than a row nor room on a disk, and others write meanwhile. Conflict for a database without
// tables.
func Create(ctx context.Context, d *db.DB, out io.Writer, o Options) (Manifest, error) {
	m := Manifest{Format: format, Program: o.Program, Engine: d.Engine(), CreatedAt: d.Clock().Now(), Key: Fingerprint(o.Keys)}
	err := d.Snapshot(ctx, func(q db.Q) (err error) {
		if m.Schema, err = db.SchemaVersion(ctx, q); err != nil {
			return err
		}
		if m.Schema == 0 {
			return errs.Conflict("backup.nothing")
		}
		tables, err := db.Tables(ctx, q)
		if err != nil {
			return err
		}
		for _, t := range tables {
			measured, err := measure(ctx, q, t)
			if err != nil {
				return err
			}
			m.Tables = append(m.Tables, measured)
		}
		return m.write(ctx, q, tables, out, o)
	})
	return m, err
}

// CreateFile writes a backup into a file in dir that only its owner may read, named after the time in China
// (zhigang-20261122-120000.tar.gz), and returns its path. Nobody ever sees half a backup under that name. Conflict when
// there is a file of that name.
func CreateFile(ctx context.Context, d *db.DB, dir string, o Options) (file string, m Manifest, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", m, err
	}
	part, err := os.CreateTemp(dir, ".zhigang-*.part") // 0600
	if err != nil {
		return "", m, err
	}
	defer func() {
		if err != nil {
			_ = part.Close()
			_ = os.Remove(part.Name())
		}
	}()
	if m, err = Create(ctx, d, part, o); err != nil {
		return "", m, err
	}
	if err := errors.Join(part.Sync(), part.Close()); err != nil {
		return "", m, err
	}
	file = filepath.Join(dir, "zhigang-"+m.CreatedAt.In(calendar.China()).Format("20060102-150405")+".tar.gz")
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		return "", m, errs.Conflict("backup.exists").With("file", file).Because(err)
	}
	return file, m, os.Rename(part.Name(), file)
}

// gauge counts and hashes what is written to it.
type gauge struct {
	hash  hash.Hash
	bytes int64
}

func newGauge() *gauge { return &gauge{hash: sha256.New()} }

// Write implements io.Writer.
func (g *gauge) Write(b []byte) (int, error) {
	g.bytes += int64(len(b))
	return g.hash.Write(b)
}

func (g *gauge) sum() string { return hex.EncodeToString(g.hash.Sum(nil)) }

// measure says what the file of a table will be.
func measure(ctx context.Context, q db.Q, t db.Table) (Table, error) {
	g := newGauge()
	rows, err := dump(ctx, q, t, g, func() {})
	return Table{Name: t.Name, Columns: t.Columns, Rows: rows, Bytes: g.bytes, SHA256: g.sum()}, err
}

// dump writes the rows of a table.
func dump(ctx context.Context, q db.Q, t db.Table, out io.Writer, each func()) (rows int64, err error) {
	e, err := newEncoder(t.Columns)
	if err != nil {
		return 0, err
	}
	err = db.EachRow(ctx, q, t, func(values []any) error {
		line, err := e.row(values)
		if err != nil {
			return err
		}
		rows++
		each()
		_, err = out.Write(line)
		return err
	})
	if err != nil {
		return rows, fmt.Errorf("back up table %s: %w", t.Name, err)
	}
	return rows, nil
}

// write writes the file.
func (m Manifest) write(ctx context.Context, q db.Q, tables []db.Table, out io.Writer, o Options) error {
	zip, err := gzip.NewWriterLevel(out, gzip.BestSpeed) // much of it is encrypted, and cannot be packed
	if err != nil {
		return err
	}
	archive := tar.NewWriter(zip)
	manifest, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := archive.WriteHeader(m.header(manifestName, int64(len(manifest)))); err != nil {
		return err
	}
	if _, err := archive.Write(manifest); err != nil {
		return err
	}
	done, total := int64(0), m.Rows()
	for n, t := range tables {
		if err := archive.WriteHeader(m.header(fileName(t.Name), m.Tables[n].Bytes)); err != nil {
			return err
		}
		if _, err := dump(ctx, q, t, archive, func() { done++; o.progress(done, total) }); err != nil {
			return err
		}
	}
	return errors.Join(archive.Close(), zip.Close())
}

func (m Manifest) header(name string, size int64) *tar.Header {
	return &tar.Header{Name: name, Size: size, Mode: 0o600, ModTime: m.CreatedAt}
}
