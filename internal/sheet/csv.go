package sheet

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"zhigang/internal/errs"
)

// openCSV finds out in which encoding and with which separator a text was written, and reads it through once.
func openCSV(content []byte, l Limits) (*File, error) {
	text, err := encodingOf(content)
	if err != nil {
		return nil, err
	}
	open := func() io.Reader { return text.NewDecoder().Reader(bytes.NewReader(content)) }
	comma, err := separator(open())
	if err != nil {
		return nil, err
	}
	rows := func(string) iter.Seq2[Row, error] {
		return func(yield func(Row, error) bool) { readCSV(open(), comma, l, yield) }
	}
	last := 0
	for row, err := range rows("") {
		if err != nil {
			return nil, err
		}
		last = row.Number
	}
	if last == 0 {
		return nil, errs.Invalid("sheet.empty")
	}
	return &File{sheets: []Sheet{{Rows: last}}, rows: rows}, nil
}

// encodingOf tells UTF-8 and UTF-16 by their marks, and UTF-8 without a mark from GB 18030, of which GBK is a part, by
// its strict form. Invalid when the text is none of them.
func encodingOf(content []byte) (encoding.Encoding, error) {
	switch {
	case bytes.HasPrefix(content, []byte("\xff\xfe")), bytes.HasPrefix(content, []byte("\xfe\xff")):
		return unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM), nil
	case bytes.IndexByte(content, 0) >= 0:
		return nil, errs.Invalid("sheet.type")
	case utf8.Valid(content):
		return unicode.UTF8BOM, nil
	}
	text := bufio.NewReader(simplifiedchinese.GB18030.NewDecoder().Reader(bytes.NewReader(content)))
	for wrong := -bytes.Count(content, []byte("\x84\x31\xa4\x37")); ; { // the replacement character has a code of its own
		switch r, _, err := text.ReadRune(); {
		case errors.Is(err, io.EOF) && wrong <= 0:
			return simplifiedchinese.GB18030, nil
		case err != nil:
			return nil, errs.Invalid("sheet.encoding")
		case r == utf8.RuneError:
			wrong++
		}
	}
}

// separator returns which of comma, semicolon and tab divides most of the first lines into as many cells: titles and
// notes may stand above the headers, and texts hold commas.
func separator(r io.Reader) (rune, error) {
	head := make([]byte, 64<<10)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, errs.Invalid("sheet.encoding").Because(err)
	}
	lines := map[rune]map[int]int{',': {}, ';': {}, '\t': {}} // of each, how many lines hold it how often
	counts, quoted, all := map[rune]int{}, false, 0
	for _, c := range string(head[:n]) + "\n" {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '\n' && !quoted:
			for one, times := range lines {
				if counts[one] > 0 {
					times[counts[one]]++
				}
			}
			if len(counts) > 0 {
				all++
			}
			clear(counts)
		case !quoted:
			counts[c]++
		}
	}
	best, alike, cells := ',', 0, 0 // of a single column a tab here and there divides nothing
	for _, c := range []rune{',', ';', '\t'} {
		for times, n := range lines[c] {
			if 3*n >= all && n > alike || n == alike && times > cells {
				best, alike, cells = c, n, times
			}
		}
	}
	return best, nil
}

func readCSV(text io.Reader, comma rune, l Limits, yield func(Row, error) bool) {
	r := csv.NewReader(text)
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = comma, -1, true
	for number, line := 1, 1; ; number++ {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			yield(Row{}, errs.Invalid("sheet.quotes").With("row", number).Because(err))
			return
		}
		start, _ := r.FieldPos(0)
		number += start - line // blank lines, which r passes over, are rows too
		last := len(cells) - 1
		line, _ = r.FieldPos(last)
		line += strings.Count(cells[last], "\n") + 1
		for n, cell := range cells {
			cells[n] = rearm(cell)
		}
		if number > l.Rows {
			yield(Row{}, errs.TooLarge("sheet.rows").With("max", l.Rows))
			return
		}
		row, err := l.check(Row{Number: number, Cells: cells})
		if err != nil {
			yield(Row{}, err)
			return
		}
		if len(row.Cells) > 0 && !yield(row, nil) {
			return
		}
	}
}
