package calendar_test

import (
	"testing"
	"time"

	"zhigang/internal/calendar"
)

func TestADayBeginsAtMidnightInChina(t *testing.T) {
	last := time.Date(2026, 11, 22, 15, 59, 59, 999e6, time.UTC)
	if d := calendar.DayOf(last); d != "2026-11-22" {
		t.Error(d)
	}
	if d := calendar.DayOf(last.Add(time.Millisecond)); d != "2026-11-23" {
		t.Error(d)
	}
	d := calendar.Day("2026-02-28")
	if d.Add(1) != "2026-03-01" || d.Until("2026-03-02") != 2 || calendar.Day("2026-03-02").Until(d) != -2 {
		t.Error(d.Add(1), d.Until("2026-03-02"))
	}
	for _, bad := range []string{"", "2026-2-1", "2026-02-30", "22.11.2026", "2026-11-22T00:00"} {
		if _, err := calendar.ParseDay(bad); err == nil {
			t.Errorf("%q is a day", bad)
		}
	}
}

func TestWeeksAreISOWeeksOfChina(t *testing.T) {
	for at, want := range map[string]string{
		"2026-11-22T15:59:59Z": "2026-W47", "2026-11-22T16:00:00Z": "2026-W48", // Sunday midnight in China
		"2026-12-31T00:00:00Z": "2026-W53", "2027-01-03T12:00:00Z": "2026-W53", "2027-01-03T16:00:00Z": "2027-W01",
		"2024-12-30T00:00:00Z": "2025-W01",
	} {
		instant, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		w := calendar.WeekOf(instant)
		if w.String() != want {
			t.Errorf("%s: %s, want %s", at, w, want)
		}
		if instant.Before(w.Start()) || !instant.Before(w.End()) {
			t.Errorf("%s lies outside %s to %s", at, w.Start(), w.End())
		}
	}
	w, err := calendar.ParseWeek("2026-W53")
	if err != nil || w.Add(1).String() != "2027-W01" || w.Add(-1).String() != "2026-W52" || w.First() != "2026-12-28" || w.Last() != "2027-01-03" {
		t.Error(w, err, w.First(), w.Last())
	}
	for _, bad := range []string{"2025-W53", "2026-W00", "2026-W54", "2026-47", "2026-W7", "abc", ""} {
		if w, err := calendar.ParseWeek(bad); err == nil {
			t.Errorf("%q is week %v", bad, w)
		}
	}
}

func TestWorkingDaysFollowTheStateCouncil(t *testing.T) {
	h, err := calendar.LoadHolidays()
	if err != nil {
		t.Fatal(err)
	}
	for d, want := range map[calendar.Day]bool{
		"2026-11-20": true, "2026-11-21": false, "2026-11-22": false,
		"2026-10-01": false, "2026-10-07": false, "2026-10-10": true, // a Saturday worked in for the National Day
		"2026-02-14": true, "2026-02-16": false, "2026-01-02": false,
	} {
		if h.Working(d) != want {
			t.Errorf("%s: %v", d, !want)
		}
	}
	if got := h.AddWorking("2026-09-30", 1); got != "2026-10-08" {
		t.Error("after the National Day:", got)
	}
	if got := h.AddWorking("2026-11-20", 5); got != "2026-11-27" {
		t.Error(got)
	}
	if got := h.WorkingBetween("2026-11-20", "2026-11-27"); got != 5 {
		t.Error(got)
	}
	if got := h.WorkingBetween("2026-11-27", "2026-11-20"); got != -5 {
		t.Error(got)
	}
	if !h.Knows(2026) || h.Knows(2031) || !h.Working("2031-01-01") {
		t.Error("a year without a notice counts Monday to Friday")
	}
}
