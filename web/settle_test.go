package web

import (
	"bytes"
	"html/template"
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
