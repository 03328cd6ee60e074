package web

import (
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/i18n"
	"zhigang/internal/position"
)

// translate prints a key; parameters that are keys themselves ("role.org.owner") are printed too.
func translate(p i18n.Printer, key string, params errs.Params) string {
	out := map[string]any{}
	for name, v := range params {
		if s, ok := v.(string); ok && p.Has(s) {
			v = p.T(s, nil)
		}
		out[name] = v
	}
	return p.T(key, out)
}

type namedField struct {
	name string
	errs.Field
}

func sortedFields(fields errs.Fields) []namedField {
	out := make([]namedField, 0, len(fields))
	for name, f := range fields {
		out = append(out, namedField{name, f})
	}
	slices.SortFunc(out, func(a, b namedField) int { return strings.Compare(a.name, b.name) })
	return out
}

// funcs are the functions of the templates in one language. They are bound once, at start: nothing is shared between
// readers of different languages.
func (h *handlers) funcs(l i18n.Lang) template.FuncMap {
	p := h.Catalog.For(l)
	f := format{p, h}
	return template.FuncMap{
		"t":           f.text,
		"tp":          func(key string, params errs.Params) string { return translate(p, key, params) },
		"has":         p.Has,
		"static":      func(name string) string { return h.static.URL(name) },
		"day":         f.day,
		"shortday":    f.shortDay,
		"month":       f.month,
		"device":      device,
		"moment":      f.moment,
		"shortmoment": f.shortMoment,
		"isotime":     func(t db.Time) string { return t.In(calendar.China()).Format(time.RFC3339) },
		"num":         number,
		"pay":         f.pay,
		"payment":     f.payment,
		"rating":      f.rating,
		"card":        f.card,
		"yuan":        position.Yuan,
		"region":      h.Tree.Name,
		"place":       h.Tree.LocalName,
		"near":        f.near,
		"lines":       lines,
		"join":        func(list []string) string { return strings.Join(list, p.T("list.comma", nil)) },
		"stars":       stars,
		"langs":       i18n.Langs,
		"input":       f.input,
		"query":       func(s string) string { return url.QueryEscape(s) },
		"str":         func(v any) string { return fmt.Sprint(v) },
		"dict":        dict,
		"list":        func(v ...any) []any { return v },
		"contains":    func(list []string, s string) bool { return slices.Contains(list, s) },
		"add":         func(a, b int) int { return a + b },
		"deref":       func(p *int) int { return *p },
	}
}

// format prints values in one language.
type format struct {
	p i18n.Printer
	h *handlers
}

// text prints a key with its parameters given as name, value, name, value.
func (f format) text(key string, pairs ...any) (string, error) {
	if len(pairs) == 0 {
		return f.p.T(key, nil), nil
	}
	params, err := dict(pairs...)
	if err != nil {
		return "", fmt.Errorf("text %s: %w", key, err)
	}
	return translate(f.p, key, params), nil
}

func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("a name without a value")
	}
	out := map[string]any{}
	for n := 0; n < len(pairs); n += 2 {
		out[fmt.Sprint(pairs[n])] = pairs[n+1]
	}
	return out, nil
}

// day prints a calendar day in full: 2026年12月5日, 5 December 2026.
func (f format) day(d calendar.Day) string {
	if d == "" {
		return ""
	}
	return f.date(d.Start(), "date.full")
}

// shortDay leaves out the year when it is this one.
func (f format) shortDay(d calendar.Day) string {
	if d == "" {
		return ""
	}
	if d.Start().In(calendar.China()).Year() != f.h.DB.Clock().Now().In(calendar.China()).Year() {
		return f.day(d)
	}
	return f.date(d.Start(), "date.short")
}

// month prints the month of a calendar day.
func (f format) month(d calendar.Day) string {
	if d == "" {
		return ""
	}
	return f.date(d.Start(), "date.month")
}

// moment prints an instant to the minute.
func (f format) moment(t db.Time) string {
	if t.IsZero() {
		return ""
	}
	return f.date(t.Time, "date.moment")
}

// shortMoment is moment without the year when it is this one.
func (f format) shortMoment(t db.Time) string {
	if t.IsZero() || t.In(calendar.China()).Year() != f.h.DB.Clock().Now().In(calendar.China()).Year() {
		return f.moment(t)
	}
	return f.date(t.Time, "date.short_moment")
}

func (f format) date(t time.Time, key string) string {
	t = t.In(calendar.China())
	return f.p.T(key, map[string]any{
		"year": t.Year(), "month": int(t.Month()), "day": t.Day(), "time": t.Format("15:04"),
		"monthname": f.p.T(fmt.Sprintf("month.%d", t.Month()), nil),
	})
}

// pay prints what is paid.
func (f format) pay(p position.Pay) string {
	key, params := p.Text()
	return f.p.T(key, params)
}

// near names a place as neighbours do: the two lowest levels, 番禺区 · 大石街道.
func (f format) near(code string) string {
	path := f.h.Tree.Path(code)
	if len(path) > 2 {
		path = path[len(path)-2:]
	} else if len(path) == 2 {
		path = path[1:]
	}
	names := make([]string, len(path))
	for n, c := range path {
		names[n] = f.h.Tree.Name(c)
	}
	return strings.Join(names, " · ")
}

// stars writes a grade: 5A.
func stars(grade int) string { return strconv.Itoa(grade) + "A" }

// number groups thousands.
func number(v any) string {
	s := fmt.Sprint(v)
	digits := strings.TrimPrefix(s, "-")
	for n := len(digits) - 3; n > 0; n -= 3 {
		digits = digits[:n] + "," + digits[n:]
	}
	if strings.HasPrefix(s, "-") {
		return "-" + digits
	}
	return digits
}

// lines splits a text into its lines without bullets and blanks, for lists.
func lines(text string) []string {
	var out []string
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if line = strings.TrimLeft(strings.TrimSpace(line), "·•-*●◆■ "); line != "" {
			out = append(out, line)
		}
	}
	return out
}
