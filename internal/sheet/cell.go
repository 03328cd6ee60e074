package sheet

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"zhigang/internal/calendar"
)

// Format says how a column is shown and, in a sheet that people fill in, what Excel makes of what they type.
type Format int

// The formats.
const (
	Text    Format = iota // whatever it is
	Code                  // text even when it looks like a number: credit codes, telephone numbers
	Whole                 // 1,234
	Decimal               // 1,234.50
	Day                   // 2026-11-22
	Instant               // 2026-11-22 09:30
)

// Fen is money: it is written in yuan, as a number with two decimals.
type Fen int64

// Column describes a column of a sheet that is written.
type Column struct {
	Title   string
	Width   float64 // in characters of a Latin font; 0 means as wide as the title asks for
	Format  Format
	Choices []string // a drop-down list; 255 characters together, as Excel wants
}

// cell is a value on its way into a sheet.
type cell struct {
	format Format
	text   string // what CSV says
	value  any    // what XLSX keeps: a string, a number or a time without zone; nil for a blank cell
}

// instant is what time.Time and types around it have.
type instant interface {
	In(*time.Location) time.Time
	IsZero() bool
}

// cellOf turns a value into a cell: whole and broken numbers, Fen, calendar.Day, and instants, which are shown as the
// time in China. All else is text, as are ids and what is printed by a name. Zero days, zero instants and nil are
// blank.
func cellOf(v any, column Format) cell {
	switch v := v.(type) {
	case nil:
		return cell{}
	case string:
		return textCell(v, column)
	case Fen:
		yuan := float64(v) / 100
		return cell{Decimal, strconv.FormatFloat(yuan, 'f', 2, 64), yuan}
	case float64:
		return cell{column, strconv.FormatFloat(v, 'f', -1, 64), v}
	case calendar.Day:
		start, err := time.Parse("2006-01-02", string(v))
		if err != nil {
			return textCell(string(v), column)
		}
		return cell{Day, string(v), start}
	case instant:
		if v.IsZero() {
			return cell{}
		}
		t := v.In(calendar.China())
		local := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC) // XLSX knows no zones
		return cell{Instant, local.Format("2006-01-02 15:04"), local}
	}
	text := fmt.Sprint(v)
	if _, named := v.(fmt.Stringer); !named && column != Code && reflect.ValueOf(v).CanInt() {
		return cell{column, text, reflect.ValueOf(v).Int()}
	}
	return textCell(text, column)
}

func textCell(s string, column Format) cell {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, s)
	if s == "" {
		return cell{}
	}
	if column != Code && dangerous(s) {
		column = Code
	}
	return cell{column, s, s}
}

// dangerous reports whether a spreadsheet program would take the text for a formula: the list of OWASP (CSV injection)
// with its full-width forms, which programs for East Asia read alike. Spaces in front do not help.
func dangerous(s string) bool {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, " \u00a0\u3000\ufeff"))
	return strings.ContainsRune("=+-@\t\r\n＝＋－＠", first)
}

// disarm makes a text safe for CSV, where there is no other way than to put an apostrophe in front.
func disarm(s string) string {
	if dangerous(s) {
		return "'" + s
	}
	return s
}

// rearm undoes disarm, so that a CSV file that was taken from here comes back as it was.
func rearm(s string) string {
	if rest, ok := strings.CutPrefix(s, "'"); ok && dangerous(rest) {
		return rest
	}
	return s
}
