package chart_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"

	"zhigang/internal/chart"
)

func weeks() chart.Chart {
	return chart.Chart{
		ID: "placed", Title: "近 8 周：申报与本人确认",
		Labels: []string{"40周", "41周", "42周", "43周", "44周", "45周", "46周", "47周"},
		Series: []chart.Series{
			{Name: "申报", Values: []int64{31, 35, 39, 37, 45, 48, 51, 58}},
			{Name: "本人确认", Values: []int64{25, 28, 32, 31, 37, 42, 0, 49}},
		},
	}
}

// element is an SVG element with its attributes and text.
type element struct {
	name  string
	attrs map[string]string
	text  string
}

// parse reads the SVG as XML, and so proves that it is well formed.
func parse(t *testing.T, svg string) []element {
	t.Helper()
	var all []element
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%v in %s", err, svg)
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := element{name: token.Name.Local, attrs: map[string]string{}}
			for _, a := range token.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			all = append(all, e)
		case xml.CharData:
			all[len(all)-1].text += string(token)
		}
	}
}

func draw(t *testing.T, c chart.Chart) []element {
	t.Helper()
	svg, err := c.Bars()
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(svg))
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestBarsStandOnZeroAndAreAsHighAsTheirNumbers(t *testing.T) {
	c := weeks()
	var bars [2][]element
	for _, e := range draw(t, c) {
		for n, class := range []string{"chart-s1", "chart-s2"} {
			if e.name == "rect" && e.attrs["class"] == class && e.attrs["width"] != "12" {
				bars[n] = append(bars[n], e)
			}
		}
	}
	base := number(t, bars[0][0].attrs["y"]) + number(t, bars[0][0].attrs["height"])
	unit := number(t, bars[0][7].attrs["height"]) / 58
	for n, series := range bars {
		if len(series) != 8 {
			t.Fatalf("%d bars", len(series))
		}
		for i, bar := range series {
			y, height := number(t, bar.attrs["y"]), number(t, bar.attrs["height"])
			if d := y + height - base; d > 0.2 || d < -0.2 {
				t.Errorf("bar %d of %d ends %v away from zero", i, n, d)
			}
			if d := height - unit*float64(c.Series[n].Values[i]); d > 0.2 || d < -0.2 {
				t.Errorf("bar %d of %d is %v high", i, n, height)
			}
		}
	}
}

func TestAChartCanBeReadWithoutSeeingIt(t *testing.T) {
	c := weeks()
	bars, err := c.Bars()
	if err != nil {
		t.Fatal(err)
	}
	lines, err := c.Lines()
	if err != nil {
		t.Fatal(err)
	}
	spark, err := c.Sparkline()
	if err != nil {
		t.Fatal(err)
	}
	for _, svg := range []string{string(bars), string(lines), string(spark)} {
		all := parse(t, svg)
		root := all[0]
		if root.attrs["role"] != "img" || root.attrs["aria-labelledby"] != "placed-t placed-d" ||
			all[1].attrs["id"] != "placed-t" || all[1].text != c.Title || all[2].attrs["id"] != "placed-d" {
			t.Errorf("%+v", all[:3])
		}
		if !strings.Contains(all[2].text, "40周 31") {
			t.Errorf("the numbers are not read out: %s", all[2].text)
		}
		if strings.Contains(svg, "style=") || strings.Contains(svg, "<script") || strings.Contains(svg, " on") {
			t.Errorf("a strict content security policy forbids this: %s", svg)
		}
	}
}

func TestTheSameDataGivesTheSameBytes(t *testing.T) {
	first, err := weeks().Bars()
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if again, _ := weeks().Bars(); again != first {
			t.Fatal("two drawings of the same data differ")
		}
	}
}

func TestNamesCannotBreakOut(t *testing.T) {
	c := weeks()
	c.Title, c.Labels[0], c.Series[0].Name = `<script>alert(1)</script>`, `"><b>`, `</title><img src=x>`
	for _, e := range draw(t, c) {
		if e.name == "script" || e.name == "b" || e.name == "img" {
			t.Errorf("a name became the element %s", e.name)
		}
	}
}

func TestAnEmptyChartIsStillAChart(t *testing.T) {
	for _, c := range []chart.Chart{
		{ID: "a", Title: "无"},
		{ID: "b", Title: "零", Labels: []string{"47周"}, Series: []chart.Series{{Name: "申报", Values: []int64{0}}}},
		{ID: "c", Title: "少", Labels: []string{"47周"}, Series: []chart.Series{
			{Name: "申报", Values: []int64{1, 2, 3}}, {Name: "确认"},
		}},
	} {
		draw(t, c)
		for _, f := range []func() error{
			func() error { _, err := c.Lines(); return err },
			func() error { _, err := c.Sparkline(); return err },
		} {
			if err := f(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestScalesAreRound(t *testing.T) {
	for most, want := range map[int64][2]int64{
		0: {1, 1}, 1: {1, 1}, 3: {3, 1}, 5: {5, 1}, 6: {6, 2}, 11: {15, 5}, 58: {60, 20}, 60: {60, 20},
		99: {100, 20}, 101: {150, 50}, 1204: {1500, 500},
	} {
		if top, step := chart.Scale(most); top != want[0] || step != want[1] {
			t.Errorf("the scale for %d goes to %d by %d", most, top, step)
		}
	}
}

func TestManyLabelsLeaveRoomAndTheLastIsAlwaysNamed(t *testing.T) {
	c := chart.Chart{ID: "year", Title: "全年", Series: []chart.Series{{Name: "申报"}}}
	for n := range 53 {
		c.Labels = append(c.Labels, strconv.Itoa(n+1)+"周")
		c.Series[0].Values = append(c.Series[0].Values, int64(n))
	}
	var named []string
	for _, e := range draw(t, c) {
		if e.name == "text" && strings.HasSuffix(e.text, "周") {
			named = append(named, e.text)
		}
	}
	if len(named) < 5 || len(named) > 15 || named[len(named)-1] != "53周" {
		t.Errorf("%v", named)
	}
}
