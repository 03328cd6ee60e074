// Package calendar knows days, ISO weeks and working days as mainland China counts them: UTC+8 all year, with the
// holidays and make-up working days that the State Council announces each November.
package calendar

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// China returns the time zone of all calendar days. It has had no daylight saving time since 1991.
func China() *time.Location { return time.FixedZone("Asia/Shanghai", 8*60*60) }

// Day is a calendar day in China, "2026-11-22". Days compare as text. The zero Day is "" and means "none".
type Day string

const dayForm = "2006-01-02"

// DayOf returns the day in China at instant t.
func DayOf(t time.Time) Day { return Day(t.In(China()).Format(dayForm)) }

// ParseDay reads "2026-11-22".
func ParseDay(s string) (Day, error) {
	if _, err := time.ParseInLocation(dayForm, s, China()); err != nil {
		return "", fmt.Errorf("not a day: %q", s)
	}
	return Day(s), nil
}

// Start returns the instant at which the day begins. For something that is not a day it is the zero time.
func (d Day) Start() time.Time {
	t, err := time.ParseInLocation(dayForm, string(d), China())
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// Add returns the day n days later.
func (d Day) Add(n int) Day { return DayOf(d.Start().Add(time.Duration(n) * 24 * time.Hour)) }

// Until returns how many days lie between d and later: 0 for the same day, negative when later is before d.
func (d Day) Until(later Day) int { return int(later.Start().Sub(d.Start()) / (24 * time.Hour)) }

// Week is an ISO 8601 week, Monday to Sunday in China.
type Week struct{ Year, Number int }

// WeekOf returns the week that contains instant t.
func WeekOf(t time.Time) Week {
	year, number := t.In(China()).ISOWeek()
	return Week{year, number}
}

// ParseWeek reads "2026-W47".
func ParseWeek(s string) (Week, error) {
	var w Week
	if _, err := fmt.Sscanf(s, "%4d-W%2d", &w.Year, &w.Number); err != nil || w.Year < 1900 || w.String() != s || WeekOf(w.Start()) != w {
		return Week{}, fmt.Errorf("not a week: %q", s)
	}
	return w, nil
}

// String returns "2026-W47".
func (w Week) String() string { return fmt.Sprintf("%04d-W%02d", w.Year, w.Number) }

// Start returns the instant at which the week's Monday begins.
func (w Week) Start() time.Time {
	jan4 := time.Date(w.Year, 1, 4, 0, 0, 0, 0, China()) // always in week 1
	monday := jan4.AddDate(0, 0, -int((jan4.Weekday()+6)%7))
	return monday.AddDate(0, 0, 7*(w.Number-1)).UTC()
}

// End returns the instant at which the next week begins.
func (w Week) End() time.Time { return w.Start().Add(7 * 24 * time.Hour) }

// Add returns the week n weeks later.
func (w Week) Add(n int) Week { return WeekOf(w.Start().Add(time.Duration(n) * 7 * 24 * time.Hour)) }

// First and Last return the week's Monday and Sunday.
func (w Week) First() Day { return DayOf(w.Start()) }

// Last returns the week's Sunday.
func (w Week) Last() Day { return w.First().Add(6) }

//go:embed holidays.json
var holidaysJSON []byte

// Holidays tells working days from days off.
type Holidays struct {
	off, work map[Day]bool
	years     []int
}

// LoadHolidays reads the calendar that is built into the program (compiled from the MIT-licensed npm package
// chinese-days, which cites the notices on gov.cn).
func LoadHolidays() (*Holidays, error) {
	var years map[int]struct{ Off, Work []Day }
	if err := json.Unmarshal(holidaysJSON, &years); err != nil {
		return nil, fmt.Errorf("holidays: %w", err)
	}
	h := &Holidays{off: map[Day]bool{}, work: map[Day]bool{}}
	for year, days := range years {
		h.years = append(h.years, year)
		for _, d := range days.Off {
			h.off[d] = true
		}
		for _, d := range days.Work {
			h.work[d] = true
		}
	}
	slices.Sort(h.years)
	return h, nil
}

// Knows reports whether the notice of that year is loaded. For other years Monday to Friday are taken as working days.
func (h *Holidays) Knows(year int) bool { return slices.Contains(h.years, year) }

// Working reports whether d is a working day.
func (h *Holidays) Working(d Day) bool {
	switch {
	case h.work[d]:
		return true
	case h.off[d]:
		return false
	}
	weekday := d.Start().In(China()).Weekday()
	return weekday != time.Saturday && weekday != time.Sunday
}

// AddWorking returns the n-th working day after d: a deadline of 5 working days for what came in on d.
func (h *Holidays) AddWorking(d Day, n int) Day {
	for n > 0 {
		d = d.Add(1)
		if h.Working(d) {
			n--
		}
	}
	return d
}

// WorkingBetween counts the working days after from, up to and including to; negative when to is before from.
func (h *Holidays) WorkingBetween(from, to Day) int {
	if to < from {
		return -h.WorkingBetween(to, from)
	}
	n := 0
	for d := from; d < to; {
		d = d.Add(1)
		if h.Working(d) {
			n++
		}
	}
	return n
}
