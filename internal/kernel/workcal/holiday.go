package workcal

import (
	"slices"
	"time"
)

// Keys of the Dutch holidays, as kept in Calendar.Holidays. Their names for
// people live in the language catalogue under "holiday.<key>".
const (
	NewYear       = "new-year"
	GoodFriday    = "good-friday"
	Easter        = "easter"
	EasterMonday  = "easter-monday"
	KingsDay      = "kings-day"
	LiberationDay = "liberation-day"
	Ascension     = "ascension"
	WhitSunday    = "whit-sunday"
	WhitMonday    = "whit-monday"
	Christmas     = "christmas"
	BoxingDay     = "boxing-day"
)

// Holiday is one public holiday of a year. Date is midnight UTC of its day.
type Holiday struct {
	Key  string
	Date time.Time
}

// Holidays lists the Dutch public holidays of a year by date. Good Friday and
// 5 May are among them: whether we close then is for the organisation to say.
// Two can fall on one day: Ascension Day was on 5 May in 2016.
func Holidays(year int) []Holiday {
	var out []Holiday
	for _, h := range holidays(year) {
		out = append(out, Holiday{h.key, time.Unix(h.day*daySeconds, 0).UTC()})
	}
	return out
}

// HolidayKeys lists all keys in the order of a year.
func HolidayKeys() []string {
	return []string{NewYear, GoodFriday, Easter, EasterMonday, KingsDay, LiberationDay,
		Ascension, WhitSunday, WhitMonday, Christmas, BoxingDay}
}

type holiday struct {
	key string
	day int64 // days since 1970
}

func holidays(year int) [11]holiday {
	on := func(m time.Month, d int) int64 { return Date{year, m, d}.number() }
	e := easter(year).number()
	out := [...]holiday{
		{NewYear, on(time.January, 1)},
		{GoodFriday, e - 2},
		{Easter, e},
		{EasterMonday, e + 1},
		{KingsDay, kingsDay(year)},
		{LiberationDay, on(time.May, 5)},
		{Ascension, e + 39},
		{WhitSunday, e + 49},
		{WhitMonday, e + 50},
		{Christmas, on(time.December, 25)},
		{BoxingDay, on(time.December, 26)},
	}
	slices.SortStableFunc(out[:], func(a, b holiday) int { return int(a.day - b.day) })
	return out
}

// kingsDay is 27 April, a day earlier when that is a Sunday. Until 2013 it was
// Queen's Day, on 30 April by the same rule: old cases are examined too.
func kingsDay(year int) int64 {
	d := Date{year, time.April, 27}
	if year < 2014 {
		d.Day = 30
	}
	n := d.number()
	if weekday(n) == time.Sunday {
		n--
	}
	return n
}

// easter is Easter Sunday in the Gregorian calendar, after the anonymous
// algorithm printed in Nature, 20 April 1876. The names follow what each step finds.
func easter(year int) Date {
	golden := year % 19
	century, inCentury := year/100, year%100
	leapCenturies, restCenturies := century/4, century%4
	moonCorrection := (century - (century+8)/25 + 1) / 3
	epact := (19*golden + century - leapCenturies - moonCorrection + 15) % 30
	toSunday := (32 + 2*restCenturies + 2*(inCentury/4) - epact - inCentury%4) % 7
	late := (golden + 11*epact + 22*toSunday) / 451
	n := epact + toSunday - 7*late + 114
	return Date{year, time.Month(n / 31), n%31 + 1}
}
