package sheet

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"zhigang/internal/errs"
)

// worksheet is a sheet of an XLSX that has been scanned.
type worksheet struct {
	part *zip.File
	scanned
}

// reader reads the sheets of an XLSX.
type reader struct {
	limits  Limits
	sheets  map[string]worksheet
	strings texts
	days    days
}

// rows implements File.Rows.
func (r *reader) rows(name string) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		sheet, ok := r.sheets[name]
		if !ok {
			yield(Row{}, errs.Invalid("sheet.none"))
			return
		}
		part, err := sheet.part.Open()
		if err != nil {
			yield(Row{}, broken("%s: %w", sheet.part.Name, err))
			return
		}
		defer func() { _ = part.Close() }() // read only
		c := &cursor{reader: r, decoder: newDecoder(part), merged: newMerged(sheet.merges)}
		for {
			row, err := c.safely()
			if errors.Is(err, io.EOF) {
				return
			}
			if err == nil {
				row, err = r.limits.check(row)
			}
			if err != nil {
				yield(Row{}, err)
				return
			}
			if len(row.Cells) > 0 && !yield(row, nil) {
				return
			}
		}
	}
}

// cursor stands before a row of a sheet.
type cursor struct {
	*reader
	decoder *decoder
	merged  *merged
	number  int
	cells   []string
}

// safely is next for a file that may have been made to break the decoder: it is refused, and the process lives.
func (c *cursor) safely() (row Row, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = broken("panic: %v", p)
		}
	}()
	return c.next()
}

// next reads one row; io.EOF when there are no more.
func (c *cursor) next() (Row, error) {
	for {
		token, err := c.decoder.next()
		if err != nil {
			return Row{}, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if t.Name.Local == "row" {
				return c.row(t)
			}
		case xml.EndElement:
			if t.Name.Local == "sheetData" { // what follows is layout
				return Row{}, io.EOF
			}
		}
	}
}

func (c *cursor) row(start xml.StartElement) (Row, error) {
	c.number++
	if n, err := strconv.Atoi(attr(start, "r")); err == nil {
		c.number = n
	}
	c.cells = c.cells[:0]
	for column := 0; ; {
		token, err := c.decoder.next()
		if err != nil {
			return Row{}, broken("row %d: %w", c.number, err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if t.Name.Local != "c" {
				continue
			}
			if name := attr(t, "r"); name != "" {
				if column, _, err = excelize.CellNameToCoordinates(name); err != nil {
					return Row{}, broken("row %d: %w", c.number, err)
				}
				column--
			}
			text, err := c.cell(t)
			if err != nil {
				return Row{}, err
			}
			if text != "" {
				c.set(column, text)
			}
			column++
		case xml.EndElement:
			if t.Name.Local == "row" {
				c.merged.fill(c)
				return Row{Number: c.number, Cells: c.cells}, nil
			}
		}
	}
}

// set puts text into a column of the row.
func (c *cursor) set(column int, text string) {
	for len(c.cells) <= column {
		c.cells = append(c.cells, "")
	}
	c.cells[column] = text
}

// cell reads one cell as text.
func (c *cursor) cell(start xml.StartElement) (string, error) {
	value, inline := "", ""
	for depth := c.decoder.depth; ; {
		token, err := c.decoder.next()
		if err != nil {
			return "", broken("row %d: %w", c.number, err)
		}
		if t, ok := token.(xml.StartElement); ok {
			switch t.Name.Local {
			case "v":
				value, err = c.decoder.value()
			case "is":
				inline, err = c.decoder.text("is")
			}
			if err != nil {
				return "", err
			}
		}
		if c.decoder.depth < depth {
			break
		}
	}
	switch attr(start, "t") {
	case "inlineStr":
		return inline, nil
	case "s":
		return c.shared(value)
	case "str":
		return unescape(value), nil
	case "b":
		return map[string]string{"0": "FALSE", "1": "TRUE"}[value], nil
	case "d":
		day, _ := strings.CutSuffix(value, "T00:00:00")
		return day, nil
	case "e":
		return value, nil
	}
	if style, err := strconv.Atoi(attr(start, "s")); err == nil && c.days.has(style) {
		return c.days.text(value), nil
	}
	return number(value), nil
}

// shared returns an entry of the string table.
func (c *cursor) shared(value string) (string, error) {
	if value == "" {
		return "", nil
	}
	n, err := strconv.Atoi(strings.TrimSpace(value))
	if err != nil {
		return "", broken("row %d: %w", c.number, err)
	}
	text, ok := c.strings.at(n)
	if !ok {
		return "", broken("row %d: there is no text number %d", c.number, n)
	}
	return text, nil
}

// number writes a number without exponent and without the noise behind its fifteenth digit, which no program shows.
func number(value string) string {
	f, err := strconv.ParseFloat(value, 64)
	if err != nil || strings.ContainsAny(value, "nN") {
		return value
	}
	if f, err = strconv.ParseFloat(strconv.FormatFloat(f, 'g', 15, 64), 64); err != nil {
		return value
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// attr returns an attribute of an element, "" when it has none.
func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// merged repeats texts of cells that are merged downwards.
type merged struct {
	later []merge // in order of their first row
	open  map[merge]string
}

func newMerged(all []merge) *merged {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b merge) int { return a.from - b.from })
	return &merged{all, map[merge]string{}}
}

// fill gives the row its share of merged cells. A row that holds nothing else stays blank.
func (m *merged) fill(c *cursor) {
	blank := isBlank(c.cells)
	for one, text := range m.open {
		switch {
		case one.to < c.number:
			delete(m.open, one)
		case !blank && text != "":
			c.set(one.column, text)
		}
	}
	for len(m.later) > 0 && m.later[0].from <= c.number {
		next := m.later[0]
		m.later = m.later[1:]
		if next.from == c.number && next.column < len(c.cells) {
			m.open[next] = c.cells[next.column]
		}
	}
}
