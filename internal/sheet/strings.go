package sheet

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"zhigang/internal/errs"
)

// texts is the string table of an XLSX: all its texts behind one another, and where each ends.
type texts struct {
	all  []byte
	ends []uint32
}

// at returns entry n, and false when there is none such.
func (t texts) at(n int) (string, bool) {
	if n < 0 || n >= len(t.ends) {
		return "", false
	}
	start := uint32(0)
	if n > 0 {
		start = t.ends[n-1]
	}
	return string(t.all[start:t.ends[n]]), true
}

// readStrings reads the string table; an XLSX without one has its texts in the cells.
func readStrings(part *zip.File, l Limits) (texts, error) {
	if part == nil {
		return texts{}, nil
	}
	if part.UncompressedSize64 > uint64(l.Text) {
		return texts{}, errs.TooLarge("sheet.unzipped")
	}
	found, err := scan(part, l)
	if err != nil {
		return texts{}, err
	}
	r, err := part.Open()
	if err != nil {
		return texts{}, broken("%s: %w", part.Name, err)
	}
	defer func() { _ = r.Close() }() // read only
	t := texts{ends: make([]uint32, 0, found.strings)}
	d := newDecoder(r)
	for {
		token, err := d.next()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return texts{}, err
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "si" {
			text, err := d.text("si")
			if err != nil {
				return texts{}, err
			}
			t.all = append(t.all, text...)
			t.ends = append(t.ends, uint32(len(t.all))) // bounded by Limits.Text
		}
	}
}

// decoder is an XML decoder that goes no deeper than a spreadsheet does.
type decoder struct {
	xml   *xml.Decoder
	depth int
}

func newDecoder(r io.Reader) *decoder { return &decoder{xml: xml.NewDecoder(r)} }

// next returns the next tag or text; io.EOF at the end, Invalid when the XML is broken.
func (d *decoder) next() (xml.Token, error) {
	token, err := d.xml.Token()
	switch token.(type) {
	case xml.StartElement:
		d.depth++
	case xml.EndElement:
		d.depth--
	}
	switch {
	case errors.Is(err, io.EOF):
		return nil, io.EOF
	case err != nil:
		return nil, broken("XML: %w", err)
	case d.depth > maxDepth:
		return nil, broken("XML: elements are too deep")
	}
	return token, nil
}

// text collects what stands in the <t> elements up to the end of element name. How words are spoken (<rPh>) is left
// out.
func (d *decoder) text(name string) (string, error) {
	var b strings.Builder
	inText, spoken := false, false
	for {
		token, err := d.next()
		if err != nil {
			return "", broken("XML: %w", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			inText = t.Name.Local == "t"
			spoken = spoken || t.Name.Local == "rPh"
		case xml.CharData:
			if inText && !spoken {
				b.Write(t)
			}
		case xml.EndElement:
			inText = false
			switch t.Name.Local {
			case "rPh":
				spoken = false
			case name:
				return unescape(b.String()), nil
			}
		}
	}
}

// value collects the text of the element that was just opened.
func (d *decoder) value() (string, error) {
	var b strings.Builder
	for depth := d.depth; ; {
		token, err := d.next()
		if err != nil {
			return "", broken("XML: %w", err)
		}
		if text, ok := token.(xml.CharData); ok {
			b.Write(text)
		}
		if d.depth < depth {
			return b.String(), nil
		}
	}
}

var escaped = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

// unescape resolves _xHHHH_, by which characters are written that XML cannot hold; all kinds of line ends become \n.
func unescape(s string) string {
	if strings.Contains(s, "_x") {
		s = escaped.ReplaceAllStringFunc(s, func(code string) string {
			n, _ := strconv.ParseUint(code[2:6], 16, 32)
			return string(rune(n))
		})
	}
	if strings.ContainsRune(s, '\r') {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	}
	return s
}
