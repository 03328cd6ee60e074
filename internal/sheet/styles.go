package sheet

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// days knows which cells hold a day or a time: XLSX writes both as numbers, and only the cell's style tells.
type days struct {
	styles   []bool // by style
	from1904 bool   // days are counted from 1904, as in workbooks that began on an old Macintosh
}

func readStyles(p parts, name string, l Limits) (days, error) {
	if p[name] == nil {
		return days{}, nil
	}
	var sheet struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := p.decode(name, l, &sheet); err != nil {
		return days{}, err
	}
	own := map[int]bool{}
	for _, f := range sheet.Formats {
		own[f.ID] = isDayFormat(f.Code)
	}
	d := days{styles: make([]bool, len(sheet.Cells))}
	for n, c := range sheet.Cells {
		is, known := own[c.Format]
		d.styles[n] = is || !known && isDayFormatID(c.Format)
	}
	return d, nil
}

// isDayFormatID knows the numbers of built-in formats for days and times, the East Asian ones among them
// (ECMA-376-1:2016, 18.8.30).
func isDayFormatID(n int) bool {
	return n >= 14 && n <= 22 || n >= 27 && n <= 36 || n >= 45 && n <= 47 || n >= 50 && n <= 58
}

// literal is what a number format shows as it stands: quoted text, an escaped character, a colour or a locale.
var literal = regexp.MustCompile(`"[^"]*"|\\.|[_*].|\[[^\]]*\]`)

func isDayFormat(code string) bool {
	first, _, _ := strings.Cut(literal.ReplaceAllString(code, ""), ";")
	return strings.ContainsAny(strings.ToLower(first), "ymdhs")
}

// has reports whether cells of a style hold a day.
func (d days) has(style int) bool { return style >= 0 && style < len(d.styles) && d.styles[style] }

// text writes a number of days as a day, with the time where there is one; a number without a day is a time. What is no
// day stays as it is.
func (d days) text(number string) string {
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || n < 0 || n >= 2_958_466 { // the last day is 9999-12-31
		return number
	}
	whole, part := math.Modf(n)
	start := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if d.from1904 {
		start = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	t := start.AddDate(0, 0, int(whole)).Add(time.Duration(math.Round(part*24*60)) * time.Minute)
	switch {
	case whole == 0 && part > 0:
		return t.Format("15:04")
	case t.Hour() == 0 && t.Minute() == 0:
		return t.Format("2006-01-02")
	}
	return t.Format("2006-01-02 15:04")
}
