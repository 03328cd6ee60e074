package web

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"testing"
)

// luminance is the relative luminance of a colour, as WCAG 2.2 defines it.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	if len(hex) == 4 { // #rgb
		hex = fmt.Sprintf("#%c%c%c%c%c%c", hex[1], hex[1], hex[2], hex[2], hex[3], hex[3])
	}
	sum := 0.0
	for n, weight := range []float64{0.2126, 0.7152, 0.0722} {
		part, err := strconv.ParseUint(hex[1+2*n:3+2*n], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(part) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	la, lb := luminance(t, a), luminance(t, b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// Text is read on whatever ground it stands, by day and by night: 4.5 for text, 3 for the edges of controls.
func TestColoursHaveContrastInBothSchemes(t *testing.T) {
	css, err := files.ReadFile("static/app.css")
	if err != nil {
		t.Fatal(err)
	}
	roots := regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllSubmatch(css, 2)
	token := regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{3,6});`)
	colours := map[string]string{}
	for n, scheme := range []string{"light", "dark"} {
		for _, c := range token.FindAllSubmatch(roots[n][1], -1) { // what the dark scheme does not name stays
			colours[string(c[1])] = string(c[2])
		}
		need := func(least float64, front string, grounds ...string) {
			for _, ground := range grounds {
				if got := contrast(t, colours[front], colours[ground]); got < least {
					t.Errorf("%s: %s on %s has %.2f, less than %.1f", scheme, front, ground, got, least)
				}
			}
		}
		for _, text := range []string{"ink", "muted", "brand", "brand-ink", "warm", "ok", "bad", "gold"} {
			need(4.5, text, "surface", "ground")
		}
		for _, name := range []string{"warm", "ok", "bad", "gold"} {
			need(4.5, name, name+"-soft")
		}
		need(4.5, "brand-ink", "brand-soft")
		need(4.5, "on-brand", "brand", "brand-ink")
		need(3, "edge", "surface", "ground")
	}
}
