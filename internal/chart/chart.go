// Package chart draws small charts as SVG on the server: grouped bars, lines and sparklines. Every axis begins at
// zero, the same data gives the same bytes, and nothing in it needs a script, a style attribute or a font file.
//
// Colours come from the page's style sheet, by class:
//
//	chart                    the svg
//	chart-grid, chart-base   lines of the scale, and the line at zero
//	chart-tick, chart-value  texts: numbers of the scale and names of groups, numbers at bars and points
//	chart-legend             texts that name the series
//	chart-s1 … chart-s4      bars of a series (fill)
//	chart-l1 … chart-l4      lines of a series (stroke), chart-d1 … chart-d4 their points (fill)
//
// Series differ in more than colour: the bars of the first are hatched with lines of class chart-hatch, and the lines
// of every second are dashed.
package chart

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
)

// Series is one row of numbers; none of them is negative.
type Series struct {
	Name   string
	Values []int64
}

// Chart is what is drawn, and what the page prints as a table beside it: Labels are the groups from left to right, and
// every series has one number for each.
type Chart struct {
	// ID is unique in the page: letters, digits and hyphens.
	ID string
	// Title names the chart and Note says what is to be seen, for those who do not see it. When Note is empty the numbers
	// are read out.
	Title, Note string
	Labels      []string
	Series      []Series
}

// maxSeries is how many series the style sheet has colours for; more are not drawn.
const maxSeries = 4

// size is the drawing's own size: the page scales it.
type size struct{ width, height, left, right, top, bottom float64 }

var (
	wide  = size{width: 480, height: 260, right: 8, top: 24, bottom: 56}
	small = size{width: 120, height: 32, left: 2, right: 2, top: 4, bottom: 4}
)

func (s size) plotWidth() float64  { return s.width - s.left - s.right }
func (s size) plotHeight() float64 { return s.height - s.top - s.bottom }

// Bars draws a group of bars for each label.
func (c Chart) Bars() (template.HTML, error) {
	d := c.begin(wide)
	d.scale()
	for n := range d.series {
		d.bars(n)
	}
	d.groups()
	d.legend(d.barSample)
	return d.svg()
}

// Lines draws a line for each series.
func (c Chart) Lines() (template.HTML, error) {
	d := c.begin(wide)
	d.scale()
	for n := range d.series {
		d.line(n)
	}
	d.groups()
	d.legend(d.lineSample)
	return d.svg()
}

// Sparkline draws the first series as a line of the size of a word, without scale.
func (c Chart) Sparkline() (template.HTML, error) {
	if len(c.Series) > 1 {
		c.Series = c.Series[:1]
	}
	d := c.begin(small)
	d.line(0)
	return d.svg()
}

// drawing collects the shapes of a chart.
type drawing struct {
	Chart
	size
	series []Series
	max    int64 // what the top of the scale stands for
	step   int64
	shapes []shape

	hatched bool // the hatching is used
}

// shape is one element of the SVG. What it does not use is empty.
type shape struct {
	Kind                string // rect, line, text, path, circle
	Class               string
	X, Y, X2, Y2        string
	Width, Height, Path string
	Anchor, Text        string
	Fill                string // the id of a pattern
	Dash                bool
}

func (c Chart) begin(s size) *drawing {
	d := &drawing{Chart: c, size: s, series: c.Series[:min(len(c.Series), maxSeries)]}
	var most int64
	for _, one := range d.series {
		for _, v := range one.Values {
			most = max(most, v)
		}
	}
	d.max, d.step = Scale(most)
	if s == wide {
		d.left = 12 + textWidth(thousands(d.max), 12)
	}
	return d
}

// Scale returns a round number that is at least most, and the step between the lines of the scale: 1, 2 or 5 times a
// power of ten, so that there are two to five lines above zero. Both are whole and at least 1.
func Scale(most int64) (top, step int64) {
	const lines = 5
	step = 1
	for n := 0; step < (most+lines-1)/lines; n++ {
		step = step / [...]int64{1, 2, 5}[n%3] * [...]int64{2, 5, 10}[n%3]
	}
	top = max(step, (most+step-1)/step*step)
	return top, step
}

func (d *drawing) sparkline() bool { return d.height == small.height }

// y returns where a value stands.
func (d *drawing) y(v int64) float64 {
	return d.top + d.plotHeight()*(1-float64(v)/float64(d.max))
}

// slot returns where the group of a label begins, and how wide it is.
func (d *drawing) slot(label int) (x, width float64) {
	width = d.plotWidth() / float64(max(1, len(d.Labels)))
	return d.left + width*float64(label), width
}

func (d *drawing) add(s shape) { d.shapes = append(d.shapes, s) }

// scale draws the lines of the scale with their numbers, from zero.
func (d *drawing) scale() {
	for v := int64(0); v <= d.max; v += d.step {
		class := "chart-grid"
		if v == 0 {
			class = "chart-base"
		}
		y := d.y(v)
		d.add(shape{Kind: "line", Class: class, X: num(d.left), X2: num(d.width - d.right), Y: num(y), Y2: num(y)})
		d.add(shape{Kind: "text", Class: "chart-tick", X: num(d.left - 6), Y: num(y + 4), Anchor: "end", Text: thousands(v)})
	}
}

// groups writes the names of the groups below the base: of all where there is room, else of the last and from there
// back of every second, third and so on.
func (d *drawing) groups() {
	widest := 0.0
	for _, label := range d.Labels {
		widest = max(widest, textWidth(label, 12))
	}
	_, slot := d.slot(0)
	every := 1
	for slot*float64(every) < widest+8 && every < len(d.Labels) {
		every++
	}
	for n, label := range d.Labels {
		if (len(d.Labels)-1-n)%every != 0 {
			continue
		}
		x, w := d.slot(n)
		y := d.height - d.bottom + 18
		d.add(shape{Kind: "text", Class: "chart-tick", X: num(x + w/2), Y: num(y), Anchor: "middle", Text: label})
	}
}

// bars draws the bars of one series, with their numbers where these fit above them.
func (d *drawing) bars(series int) {
	_, slot := d.slot(0)
	gap := slot * 0.15
	width := (slot - 2*gap) / float64(len(d.series))
	for n, v := range d.values(series) {
		x, _ := d.slot(n)
		x += gap + width*float64(series)
		y := d.y(v)
		d.bar(series, shape{
			Kind: "rect", X: num(x), Y: num(y), Width: num(width * 0.92), Height: num(d.y(0) - y), Text: d.name(series, n, v),
		})
		if text := thousands(v); textWidth(text, 11) <= width+2 {
			d.add(shape{Kind: "text", Class: "chart-value", X: num(x + width*0.46), Y: num(y - 4), Anchor: "middle", Text: text})
		}
	}
}

// line draws one series as a line with points, and its last number.
func (d *drawing) line(series int) {
	var path strings.Builder
	points := d.values(series)
	for n, v := range points {
		x, w := d.slot(n)
		command := "L"
		if n == 0 {
			command = "M"
		}
		fmt.Fprintf(&path, "%s%s %s", command, num(x+w/2), num(d.y(v)))
	}
	d.add(shape{Kind: "path", Class: fmt.Sprint("chart-l", series+1), Path: path.String(), Dash: series%2 == 1})
	for n, v := range points {
		if d.sparkline() && n < len(points)-1 {
			continue
		}
		x, w := d.slot(n)
		d.add(shape{
			Kind: "circle", Class: fmt.Sprint("chart-d", series+1), X: num(x + w/2), Y: num(d.y(v)), Text: d.name(series, n, v),
		})
	}
}

// values returns the numbers of a series that have a label.
func (d *drawing) values(series int) []int64 {
	if series >= len(d.series) {
		return nil
	}
	values := d.series[series].Values
	return values[:min(len(values), len(d.Labels))]
}

// name is what a pointer over a bar or a point is told.
func (d *drawing) name(series, label int, v int64) string {
	return d.Labels[label] + " · " + d.series[series].Name + " · " + strconv.FormatInt(v, 10)
}

// legend names the series below, each with a sample of how it is drawn.
func (d *drawing) legend(sample func(series int, x, y float64)) {
	const box, space = 24, 16
	total := 0.0
	for _, s := range d.series {
		total += box + textWidth(s.Name, 13) + space
	}
	x, y := d.left+max(0, (d.plotWidth()-total)/2), d.height-10
	for n, s := range d.series {
		sample(n, x, y)
		d.add(shape{Kind: "text", Class: "chart-legend", X: num(x + box), Y: num(y), Anchor: "start", Text: s.Name})
		x += box + textWidth(s.Name, 13) + space
	}
}

// barSample and lineSample draw what the legend shows of a series.
func (d *drawing) barSample(series int, x, y float64) {
	d.bar(series, shape{Kind: "rect", X: num(x + 6), Y: num(y - 10), Width: "12", Height: "12"})
}

func (d *drawing) lineSample(series int, x, y float64) {
	path := "M" + num(x) + " " + num(y-4) + "L" + num(x+18) + " " + num(y-4)
	d.add(shape{Kind: "path", Class: fmt.Sprint("chart-l", series+1), Path: path, Dash: series%2 == 1})
}

// bar draws a rectangle in the colour of a series, and the hatching of the first over it.
func (d *drawing) bar(series int, s shape) {
	s.Class = fmt.Sprint("chart-s", series+1)
	d.add(s)
	if series == 0 && len(d.series) > 1 {
		s.Fill, s.Class, s.Text = d.hatch(), "", ""
		d.add(s)
		d.hatched = true
	}
}

// Describe reads the numbers out: "申报：40周 31，41周 35。".
func (c Chart) Describe() string {
	if c.Note != "" {
		return c.Note
	}
	var parts []string
	for _, s := range c.Series {
		var numbers []string
		for n, v := range s.Values {
			if n < len(c.Labels) {
				numbers = append(numbers, c.Labels[n]+" "+strconv.FormatInt(v, 10))
			}
		}
		parts = append(parts, s.Name+": "+strings.Join(numbers, ", "))
	}
	return strings.Join(parts, "; ")
}

// num writes a coordinate with at most one decimal.
func num(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

// thousands writes a number with separators: 1,204.
func thousands(v int64) string {
	digits := strconv.FormatInt(v, 10)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

// textWidth estimates how wide a text is: a Han character is as wide as the font is high, others a bit more than half.
func textWidth(text string, font float64) float64 {
	width := 0.0
	for _, r := range text {
		if r >= 0x2e80 {
			width += font
			continue
		}
		width += font * 0.58
	}
	return width
}
