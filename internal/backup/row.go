package backup

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"zhigang/internal/db"
)

// encoder writes the rows of a table as lines.
type encoder struct {
	columns []db.Column
	heads   []string // what stands in front of each value: {"id": and ,"name":
	line    bytes.Buffer
	text    *json.Encoder
}

func newEncoder(columns []db.Column) (*encoder, error) {
	e := &encoder{columns: columns}
	for n, c := range columns {
		name, err := json.Marshal(c.Name)
		if err != nil {
			return nil, err
		}
		mark := ","
		if n == 0 {
			mark = "{"
		}
		e.heads = append(e.heads, mark+string(name)+":")
	}
	e.text = json.NewEncoder(&e.line)
	e.text.SetEscapeHTML(false)
	return e, nil
}

// row returns a row as a line. It is overwritten by the next one.
func (e *encoder) row(values []any) ([]byte, error) {
	e.line.Reset()
	for n, v := range values {
		e.line.WriteString(e.heads[n])
		if err := e.value(v); err != nil {
			return nil, fmt.Errorf("column %s: %w", e.columns[n].Name, err)
		}
	}
	e.line.WriteString("}\n")
	return e.line.Bytes(), nil
}

func (e *encoder) value(v any) error {
	switch v := v.(type) {
	case nil:
		e.line.WriteString("null")
	case int64:
		e.line.Write(strconv.AppendInt(e.line.AvailableBuffer(), v, 10))
	case []byte:
		e.base64(v)
	case string:
		if !utf8.ValidString(v) {
			e.line.WriteString(`{"base64":`)
			e.base64([]byte(v))
			e.line.WriteByte('}')
			return nil
		}
		if err := e.text.Encode(v); err != nil {
			return err
		}
		e.line.Truncate(e.line.Len() - 1) // Encode ends the line
	default:
		return fmt.Errorf("a %T cannot be written", v)
	}
	return nil
}

func (e *encoder) base64(b []byte) {
	e.line.Grow(base64.StdEncoding.EncodedLen(len(b)) + 2)
	e.line.WriteByte('"')
	e.line.Write(base64.StdEncoding.AppendEncode(e.line.AvailableBuffer(), b))
	e.line.WriteByte('"')
}

// decoder reads what encoder wrote.
type decoder struct {
	columns []db.Column
	lines   *json.Decoder
}

func newDecoder(in io.Reader, columns []db.Column) *decoder {
	return &decoder{columns: columns, lines: json.NewDecoder(in)}
}

// row returns the values of the next row; io.EOF after the last.
func (d *decoder) row() ([]any, error) {
	var line map[string]json.RawMessage
	if err := d.lines.Decode(&line); err != nil {
		return nil, err
	}
	if len(line) != len(d.columns) {
		return nil, fmt.Errorf("a row has %d columns, not %d", len(line), len(d.columns))
	}
	values := make([]any, len(d.columns))
	for n, c := range d.columns {
		raw, ok := line[c.Name]
		if !ok {
			return nil, fmt.Errorf("a row has no column %s", c.Name)
		}
		var err error
		if values[n], err = decode(raw, c.Type); err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
	}
	return values, nil
}

func decode(raw json.RawMessage, t db.ValueType) (any, error) {
	switch {
	case string(raw) == "null":
		return nil, nil //nolint:nilnil // NULL is a value
	case t == db.Integer:
		return strconv.ParseInt(string(raw), 10, 64)
	case t == db.Bytes:
		b := []byte{}
		err := json.Unmarshal(raw, &b)
		return b, err
	case t == db.Text && raw[0] == '{':
		var odd struct {
			Base64 []byte `json:"base64"`
		}
		err := json.Unmarshal(raw, &odd)
		return string(odd.Base64), err
	case t == db.Text:
		var text string
		err := json.Unmarshal(raw, &text)
		return text, err
	}
	return nil, errors.New("of no known type")
}
