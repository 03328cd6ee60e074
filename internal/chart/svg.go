package chart

import (
	"bytes"
	"fmt"
	"html/template"
)

var page = template.Must(template.New("chart").Parse(`
{{- define "rect" -}}
	<rect {{with .Class}}class="{{.}}" {{end}}x="{{.X}}" y="{{.Y}}" width="{{.Width}}" height="{{.Height}}"
	{{- with .Fill}} fill="url(#{{.}})"{{end}}>{{with .Text}}<title>{{.}}</title>{{end}}</rect>
{{- end -}}
{{- define "line" -}}
	<line class="{{.Class}}" x1="{{.X}}" y1="{{.Y}}" x2="{{.X2}}" y2="{{.Y2}}"></line>
{{- end -}}
{{- define "text" -}}
	<text class="{{.Class}}" x="{{.X}}" y="{{.Y}}" text-anchor="{{.Anchor}}">{{.Text}}</text>
{{- end -}}
{{- define "path" -}}
	<path class="{{.Class}}" d="{{.Path}}" fill="none"{{if .Dash}} stroke-dasharray="6 4"{{end}}></path>
{{- end -}}
{{- define "circle" -}}
	<circle class="{{.Class}}" cx="{{.X}}" cy="{{.Y}}" r="2.5"><title>{{.Text}}</title></circle>
{{- end -}}
<svg class="chart{{if .Spark}} chart-spark{{end}}" viewBox="0 0 {{.Width}} {{.Height}}" role="img"
	{{- /**/}} aria-labelledby="{{.ID}}-t {{.ID}}-d"><title id="{{.ID}}-t">{{.Title}}</title>
	{{- /**/ -}}
	<desc id="{{.ID}}-d">{{.Describe}}</desc>
{{- with .Hatch -}}
	<defs><pattern id="{{.}}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
	{{- /**/ -}}
	<line class="chart-hatch" x1="0" y1="0" x2="0" y2="6"></line></pattern></defs>
{{- end -}}
{{- range .Shapes -}}
	{{- if eq .Kind "rect"}}{{template "rect" .}}
	{{- else if eq .Kind "line"}}{{template "line" .}}
	{{- else if eq .Kind "text"}}{{template "text" .}}
	{{- else if eq .Kind "path"}}{{template "path" .}}
	{{- else}}{{template "circle" .}}{{end -}}
{{- end -}}
</svg>`))

// svg writes the shapes. The template escapes every text in them.
func (d *drawing) svg() (template.HTML, error) {
	data := struct {
		Chart
		Width, Height string
		Spark         bool
		Hatch         string // the id of the hatching, when it is used
		Shapes        []shape
	}{d.Chart, num(d.width), num(d.height), d.sparkline(), "", d.shapes}
	if d.hatched {
		data.Hatch = d.hatch()
	}
	var out bytes.Buffer
	if err := page.Execute(&out, data); err != nil {
		return "", fmt.Errorf("draw chart %s: %w", d.ID, err)
	}
	return template.HTML(out.String()), nil //nolint:gosec // a template has escaped what it holds
}

// hatch is the id of the pattern over the bars of the first series.
func (d *drawing) hatch() string { return d.ID + "-h" }
