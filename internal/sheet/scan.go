package sheet

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"zhigang/internal/errs"
)

// Bounds of the parts of an XLSX. No spreadsheet program writes more.
const (
	maxTag    = 512 << 10 // bytes from one tag to the next: a full cell of which every character is escaped
	maxCells  = 16_384    // cells of a row, blank ones included
	maxMerges = 100_000   // ranges of a sheet
	maxDepth  = 32        // elements within elements
)

// scanned is what the tags of one XML part say before anything decodes it.
type scanned struct {
	lastRow int
	rows    int
	strings int
	merges  []merge
}

// merge is a range that was merged over several rows: what stands in its first cell counts for all of them.
type merge struct{ column, from, to int }

// scanner walks through a part tag by tag, in constant memory and about twenty times as fast as a decoder: a file that
// asks for too much, or breaks off, is refused before anything of it is used.
type scanner struct {
	scanned
	limits Limits
	cells  int    // of the row so far
	root   []byte // name of the first element
	closed bool
}

// scan walks through one part. TooLarge and Invalid as for Open.
func scan(part *zip.File, l Limits) (scanned, error) {
	r, err := part.Open()
	if err != nil {
		return scanned{}, broken("%s: %w", part.Name, err)
	}
	defer func() { _ = r.Close() }() // read only
	s := scanner{limits: l}
	text := bufio.NewReaderSize(r, int(min(part.UncompressedSize64+1, maxTag)))
	for first := true; ; first = false {
		chunk, err := text.ReadSlice('<')
		if errors.Is(err, bufio.ErrBufferFull) {
			return s.scanned, errs.TooLarge("sheet.cell").With("row", s.lastRow).With("max", l.Cell)
		}
		if !first {
			if e := s.tag(bytes.TrimSuffix(chunk, []byte("<"))); e != nil {
				return s.scanned, e
			}
		}
		switch {
		case errors.Is(err, io.EOF) && !s.closed:
			return s.scanned, broken("%s breaks off", part.Name)
		case errors.Is(err, io.EOF):
			return s.scanned, nil
		case err != nil:
			return s.scanned, broken("%s: %w", part.Name, err)
		}
	}
}

// tag looks at one tag, given without its "<", and the text behind it.
func (s *scanner) tag(tag []byte) error {
	if bytes.HasPrefix(tag, []byte("!DOCTYPE")) || bytes.HasPrefix(tag, []byte("!ENTITY")) {
		return broken("a part declares entities")
	}
	name, closing := nameOf(tag)
	switch {
	case len(name) == 0 || name[0] == '?' || name[0] == '!':
		return nil
	case closing:
		s.closed = s.closed || bytes.Equal(name, s.root)
		return nil
	case s.root == nil:
		s.root = bytes.Clone(name)
		s.closed = bytes.HasSuffix(bytes.TrimSpace(tag), []byte("/>"))
	}
	switch string(name) {
	case "row":
		return s.row(tag)
	case "c":
		if s.cells++; s.cells > maxCells {
			return errs.TooLarge("sheet.columns").With("max", s.limits.Columns)
		}
	case "si":
		if s.strings++; s.strings > s.limits.Strings {
			return errs.TooLarge("sheet.unzipped")
		}
	case "mergeCell":
		return s.merge(tag)
	}
	return nil
}

func (s *scanner) row(tag []byte) error {
	s.cells = 0
	if s.rows++; s.rows > s.limits.Rows {
		return errs.TooLarge("sheet.rows").With("max", s.limits.Rows)
	}
	s.lastRow++
	if text := attribute(tag, "r"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < s.lastRow || n > excelize.TotalRows {
			return broken("row %q after row %d", text, s.lastRow-1)
		}
		s.lastRow = n
	}
	return nil
}

func (s *scanner) merge(tag []byte) error {
	from, to, _ := strings.Cut(attribute(tag, "ref"), ":")
	column, first, err := excelize.CellNameToCoordinates(from)
	if err != nil {
		return broken("merged cells: %w", err)
	}
	if _, last, err := excelize.CellNameToCoordinates(to); err == nil && last > first {
		s.merges = append(s.merges, merge{column - 1, first, last})
	}
	if len(s.merges) > maxMerges {
		return errs.TooLarge("sheet.unzipped")
	}
	return nil
}

// nameOf returns the name of a tag without its prefix, and whether the tag closes an element.
func nameOf(tag []byte) (name []byte, closing bool) {
	name, closing = bytes.CutPrefix(tag, []byte("/"))
	if end := bytes.IndexAny(name, " \t\r\n/>"); end >= 0 {
		name = name[:end]
	}
	if _, local, ok := bytes.Cut(name, []byte(":")); ok {
		name = local
	}
	return name, closing
}

// attribute returns the value of an attribute of a tag, "" when it has none.
func attribute(tag []byte, name string) string {
	tag, _, _ = bytes.Cut(tag, []byte(">"))
	for _, before := range []string{" ", "\n", "\t", "\r"} {
		for _, quote := range []string{`"`, `'`} {
			if _, rest, ok := bytes.Cut(tag, []byte(before+name+"="+quote)); ok {
				value, _, _ := bytes.Cut(rest, []byte(quote))
				return string(value)
			}
		}
	}
	return ""
}
