package workcal

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// From printed calendars.
func TestHolidaysOfKnownYears(t *testing.T) {
	for year, want := range map[int][]string{
		2011: {"new-year 01-01", "good-friday 04-22", "easter 04-24", "easter-monday 04-25", "kings-day 04-30", "liberation-day 05-05", "ascension 06-02", "whit-sunday 06-12", "whit-monday 06-13", "christmas 12-25", "boxing-day 12-26"},
		2014: {"new-year 01-01", "good-friday 04-18", "easter 04-20", "easter-monday 04-21", "kings-day 04-26", "liberation-day 05-05", "ascension 05-29", "whit-sunday 06-08", "whit-monday 06-09", "christmas 12-25", "boxing-day 12-26"},
		2016: {"new-year 01-01", "good-friday 03-25", "easter 03-27", "easter-monday 03-28", "kings-day 04-27", "liberation-day 05-05", "ascension 05-05", "whit-sunday 05-15", "whit-monday 05-16", "christmas 12-25", "boxing-day 12-26"},
		2025: {"new-year 01-01", "good-friday 04-18", "easter 04-20", "easter-monday 04-21", "kings-day 04-26", "liberation-day 05-05", "ascension 05-29", "whit-sunday 06-08", "whit-monday 06-09", "christmas 12-25", "boxing-day 12-26"},
		2026: {"new-year 01-01", "good-friday 04-03", "easter 04-05", "easter-monday 04-06", "kings-day 04-27", "liberation-day 05-05", "ascension 05-14", "whit-sunday 05-24", "whit-monday 05-25", "christmas 12-25", "boxing-day 12-26"},
		2027: {"new-year 01-01", "good-friday 03-26", "easter 03-28", "easter-monday 03-29", "kings-day 04-27", "liberation-day 05-05", "ascension 05-06", "whit-sunday 05-16", "whit-monday 05-17", "christmas 12-25", "boxing-day 12-26"},
	} {
		var got []string
		for _, h := range Holidays(year) {
			if h.Date.Year() != year {
				t.Errorf("%s is in %d", h.Key, h.Date.Year())
			}
			got = append(got, h.Key+h.Date.Format(" 01-02"))
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%d: %s", year, d)
		}
	}
}

func TestEasterAtItsEdges(t *testing.T) {
	for year, want := range map[int]string{
		1818: "1818-03-22", 1943: "1943-04-25", 1954: "1954-04-18", 1981: "1981-04-19", 2000: "2000-04-23",
		2008: "2008-03-23", 2024: "2024-03-31", 2038: "2038-04-25", 2049: "2049-04-18", 2076: "2076-04-19", 2285: "2285-03-22",
	} {
		if got := easter(year).String(); got != want {
			t.Errorf("Easter %d = %s, want %s", year, got, want)
		}
	}
}

func TestQueensDayOnASunday(t *testing.T) {
	if got := dateAt(kingsDay(2006)); got != (Date{2006, time.April, 29}) {
		t.Errorf("2006: %v", got)
	}
}
