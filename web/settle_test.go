package web

import (
	"bytes"
	"html/template"
	"io/fs"
	"regexp"
	"strings"
	"testing"
)

func TestTextsThatNeverChangeAreWrittenIntoTemplates(t *testing.T) {
	asked := map[string]int{}
	text := func(key string, pairs ...any) string {
		asked[key]++
		return "<" + key + ` & "x">`
	}
	set := template.Must(template.New("a").Funcs(template.FuncMap{"t": text}).Parse(
		`<a title="{{t "one"}}">{{t "one"}}</a>{{if .}}{{range .}}{{with .}}{{t "deep"}}{{.}}{{end}}{{else}}{{t "none"}}{{end}}{{end}}{{t "with" "n" 1}}{{template "b"}}{{define "b"}}{{t "b"}}{{end}}`))
	want := render(t, template.Must(set.Clone()))
	settle(set, func(key string) string { return text(key) })
	clear(asked)
	if got := render(t, set); got != want {
		t.Errorf("%s\nwas\n%s", got, want)
	}
	if len(asked) != 1 || asked["with"] != 1 {
		t.Errorf("%v were asked for, not only what has parameters", asked)
	}
}

func render(t *testing.T, set *template.Template) string {
	t.Helper()
	var out bytes.Buffer
	if err := set.Execute(&out, []string{"<x>"}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// What settle writes is escaped for text and for attributes in quotes that are text themselves. A template that puts a
// text anywhere else, such as into a link or a script, must fail here before it is unsafe there.
func TestTextsStandWhereTheyAreEscapedFor(t *testing.T) {
	var (
		text      = regexp.MustCompile(`{{-? *t "[^"]*" *-?}}`)
		action    = regexp.MustCompile(`(?s){{.*?}}`)
		element   = regexp.MustCompile(`(?is)<(script|style)\b.*?</(script|style)>`)
		attribute = regexp.MustCompile(`(?s)\s([a-z-]+)="[^"]*$`)
		active    = regexp.MustCompile(`^(href|src|srcset|action|formaction|style|srcdoc|on.*)$`)
	)
	const mark = "\x00"
	found := 0
	if err := fs.WalkDir(files, "templates", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		source := action.ReplaceAllString(text.ReplaceAllString(string(b), mark), "")
		if strings.Contains(strings.Join(element.FindAllString(source, -1), ""), mark) {
			t.Errorf("%s: a text stands in a script or a style", path)
		}
		before, rest, more := strings.Cut(source, mark)
		for ; more; found++ {
			if strings.LastIndex(before, "<") > strings.LastIndex(before, ">") {
				tag := before[strings.LastIndex(before, "<"):]
				if in := attribute.FindStringSubmatch(tag); in == nil || active.MatchString(in[1]) {
					t.Errorf("%s: a text stands in %s", path, tag)
				}
			}
			var next string
			next, rest, more = strings.Cut(rest, mark)
			before += "x" + next
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if found < 500 {
		t.Errorf("only %d texts: the test looks at too little", found)
	}
}
