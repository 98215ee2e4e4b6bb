package workcal

import (
	"fmt"
	"time"
)

// Date is a day on the calendar on the wall, without a zone.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf is the local day of t in loc.
func DateOf(t time.Time, loc *time.Location) Date {
	y, m, d := t.In(loc).Date()
	return Date{y, m, d}
}

// ParseDate reads 2026-11-12.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("workcal: a date looks like 2026-11-12: %w", err)
	}
	return DateOf(t, time.UTC), nil
}

// String is 2026-11-12.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day) }

// AddDays is n days later, or earlier when n is negative.
func (d Date) AddDays(n int) Date { return dateAt(d.number() + int64(n)) }

// Compare is negative when d is before o, zero when they are the same day.
func (d Date) Compare(o Date) int {
	switch a, b := d.number(), o.number(); {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return weekday(d.number()) }

// Valid says whether the day exists: there is no 30 February.
func (d Date) Valid() bool { return d == d.AddDays(0) }

// MarshalText writes 2026-11-12.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads 2026-11-12.
func (d *Date) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDate(string(b))
	return err
}

const daySeconds = 24 * 60 * 60

// number counts days since 1 January 1970.
func (d Date) number() int64 {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Unix() / daySeconds
}

func dateAt(n int64) Date { return DateOf(time.Unix(n*daySeconds, 0), time.UTC) }

// weekday of a day number; 1 January 1970 was a Thursday.
func weekday(n int64) time.Weekday { return time.Weekday(((n+4)%7 + 7) % 7) }
