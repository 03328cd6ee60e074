// Package i18n turns the keys that the program speaks in into texts that people read.
package i18n

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Lang is a language as HTML names it.
type Lang string

// The languages, the first being the default.
const (
	ZhHans Lang = "zh-Hans"
	En     Lang = "en"
)

// Langs lists the languages.
func Langs() []Lang { return []Lang{ZhHans, En} }

// Catalog holds the texts of all languages.
type Catalog struct {
	texts map[Lang]map[string]string
}

// Load reads LANG/*.json from fsys: flat objects of key and text. A key may stand in one file only.
func Load(fsys fs.FS) (*Catalog, error) {
	c := &Catalog{texts: map[Lang]map[string]string{}}
	for _, lang := range Langs() {
		files, err := fs.Glob(fsys, path.Join(string(lang), "*.json"))
		if err != nil {
			return nil, err
		}
		all := map[string]string{}
		for _, file := range files {
			b, err := fs.ReadFile(fsys, file)
			if err != nil {
				return nil, err
			}
			var texts map[string]string
			if err := json.Unmarshal(b, &texts); err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			for key, text := range texts {
				if _, twice := all[key]; twice {
					return nil, fmt.Errorf("%s: key %q stands in two files", file, key)
				}
				all[key] = text
			}
		}
		c.texts[lang] = all
	}
	return c, nil
}

// Keys lists the keys of a language in order.
func (c *Catalog) Keys(lang Lang) []string { return slices.Sorted(maps.Keys(c.texts[lang])) }

// Raw returns the text of key as it stands in the file, and whether there is one.
func (c *Catalog) Raw(lang Lang, key string) (string, bool) {
	text, ok := c.texts[lang][key]
	return text, ok
}

// Printer speaks one language.
type Printer struct {
	Lang  Lang
	texts map[string]string
}

// For returns the Printer of lang, or of the default language when there is no such.
func (c *Catalog) For(lang Lang) Printer {
	if _, ok := c.texts[lang]; !ok {
		lang = Langs()[0]
	}
	return Printer{Lang: lang, texts: c.texts[lang]}
}

var placeholder = regexp.MustCompile(`\{(\w+)\}`)

// T returns the text of key with its {names} filled from params. A number n picks key.one when it is 1 and such a text
// stands there. A key without text is returned itself, so that a gap is seen and never hides a page.
func (p Printer) T(key string, params map[string]any) string {
	text, ok := p.texts[key]
	if n, has := params["n"]; has && fmt.Sprint(n) == "1" {
		if one, okOne := p.texts[key+".one"]; okOne {
			text, ok = one, true
		}
	}
	if !ok {
		return key
	}
	if len(params) == 0 || !strings.Contains(text, "{") {
		return text
	}
	return fill(text, params)
}

// fill puts params where their {names} stand; other names stay.
func fill(text string, params map[string]any) string {
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "{")
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		name, after, closed := strings.Cut(rest, "}")
		if v, known := params[name]; closed && known {
			_, _ = fmt.Fprint(&out, v) // into memory
			text = after
		} else {
			out.WriteByte('{')
			text = rest
		}
	}
}

// Has reports whether there is a text for key.
func (p Printer) Has(key string) bool { _, ok := p.texts[key]; return ok }

// Placeholders lists the {names} of a text in order of appearance, for the parity test.
func Placeholders(text string) []string {
	var names []string
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}
