package backup

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"zhigang/internal/errs"
)

// archive reads a backup from front to back.
type archive struct {
	Manifest
	file *os.File
	zip  *gzip.Reader
	tar  *tar.Reader
}

// maxManifest bounds the manifest: 1,000 tables with 100 columns each.
const maxManifest = 8 << 20

// open opens a backup and reads its manifest. Conflict for a file that is none, or of a form that a newer program writes.
func open(file string) (*archive, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	a := &archive{file: f}
	if err := a.begin(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return a, nil
}

func (a *archive) begin() (err error) {
	if a.zip, err = gzip.NewReader(bufio.NewReaderSize(a.file, 1<<20)); err != nil {
		return errs.Conflict("backup.none").Because(err)
	}
	a.tar = tar.NewReader(a.zip)
	head, err := a.tar.Next()
	if err != nil || head.Name != manifestName || head.Size > maxManifest {
		return errs.Conflict("backup.none").Because(err)
	}
	b, err := io.ReadAll(a.tar)
	if err != nil {
		return damaged(manifestName, err)
	}
	if err := json.Unmarshal(b, &a.Manifest); err != nil || a.Format == 0 || a.Schema == 0 {
		return errs.Conflict("backup.none").Because(err)
	}
	if a.Format > format {
		return errs.Conflict("backup.format").With("program", a.Program)
	}
	return nil
}

func (a *archive) close() error { return errors.Join(a.zip.Close(), a.file.Close()) }

// table calls fn with every row of the next table, and checks that the table is what the manifest says. The error is
// Conflict when it is not, else what fn returned.
func (a *archive) table(t Table, fn func(values []any) error) error {
	head, err := a.tar.Next()
	if err != nil {
		return damaged(t.Name, err)
	}
	if head.Name != fileName(t.Name) || head.Size != t.Bytes {
		return damaged(t.Name, fmt.Errorf("%s stands in its place", head.Name))
	}
	g := newGauge()
	rows, d := int64(0), newDecoder(io.TeeReader(a.tar, g), t.Columns)
	for ; ; rows++ {
		values, err := d.row()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return damaged(t.Name, fmt.Errorf("row %d: %w", rows+1, err))
		}
		if err := fn(values); err != nil {
			return err
		}
	}
	if rows != t.Rows || g.sum() != t.SHA256 {
		return damaged(t.Name, fmt.Errorf("%d of %d rows, or other content", rows, t.Rows))
	}
	return nil
}

// end checks that nothing follows the last table, and the sum over the whole file.
func (a *archive) end() error {
	if head, err := a.tar.Next(); !errors.Is(err, io.EOF) {
		if err == nil {
			err = fmt.Errorf("%s follows the last table", head.Name)
		}
		return damaged(manifestName, err)
	}
	if _, err := io.Copy(io.Discard, a.zip); err != nil {
		return damaged(manifestName, err)
	}
	return nil
}
