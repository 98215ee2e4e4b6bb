package examine

import (
	"time"
)

// A column of times is read value by value: what a value looks like says most,
// and the rest (which of two numbers is the day, in what unit a number counts)
// was decided for the column.
type timeColumn struct {
	loc        *time.Location // of times without an offset
	monthFirst bool
	unit       int64 // microseconds per unit of a bare number; 0: not numbers
	cache      zoneCache
}

// zoneCache remembers what the zone's offset was in one hour of the wall
// clock, because looking it up takes longer than reading the time.
type zoneCache struct {
	hour   int64
	offset int64
	ok     bool
}

// Why a time could not be read.
type timeTrouble uint8

const (
	timeRead       timeTrouble = iota
	timeMissing                // nothing there
	timeUnreadable             // not a time
	timeImpossible             // 31 February, the year 9999, or the zero of some clock
)

const (
	second = int64(1e6)
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour
)

// clockParts are the numbers in a time as written.
type clockParts struct {
	a, b, c       int // the date, in the order in which it stands
	la            int // digits of the first and the third: four make it a year
	lc            int
	named         int // month by name; then a is the day, or b when the month stands first
	h, m, s       int
	frac          int64 // microseconds
	pm, am        bool
	clock, offset bool
	off           int64
}

// read gives the moment of a value.
func (c *timeColumn) read(b []byte) (int64, timeTrouble) {
	b = trim(b)
	if len(b) == 0 || isNull(b) {
		return never, timeMissing
	}
	if c.unit != 0 {
		if t, ok := readNumber(b, c.unit); ok {
			return plausible(t)
		}
	}
	var p clockParts
	if !p.read(b) {
		return never, timeUnreadable
	}
	return c.moment(&p)
}

func (c *timeColumn) moment(p *clockParts) (int64, timeTrouble) {
	y, m, d := p.a, p.b, p.c
	switch {
	case p.named != 0:
		y, m, d = p.c, p.named, p.a
	case p.la == 4: // year first
	case c.monthFirst && p.a <= 12 || !c.monthFirst && p.b > 12 && p.a <= 12:
		y, m, d = p.c, p.a, p.b
	default:
		y, m, d = p.c, p.b, p.a
	}
	if p.la != 4 && p.lc <= 2 { // two digits: 70 to 99 are of the last century
		if y += 2000; y >= 2070 {
			y -= 100
		}
	}
	if (p.pm || p.am) && (p.h < 1 || p.h > 12) {
		return never, timeImpossible
	}
	h := p.h
	switch {
	case p.pm && h < 12:
		h += 12
	case p.am && h == 12:
		h = 0
	}
	if y < 1 || y > 9999 || m < 1 || m > 12 || d < 1 || d > daysIn(y, m) || h > 24 || p.m > 59 || p.s > 60 || h == 24 && (p.m > 0 || p.s > 0) {
		return never, timeImpossible
	}
	wall := dayNumber(y, m, d)*day + int64(h)*hour + int64(p.m)*minute + int64(p.s)*second + p.frac
	if p.offset {
		return plausible(wall - p.off)
	}
	return plausible(wall - c.offsetAt(wall))
}

// offsetAt is the zone's offset when its clocks show wall.
func (c *timeColumn) offsetAt(wall int64) int64 {
	if c.loc == nil || c.loc == time.UTC {
		return 0
	}
	h := floorDiv(wall, hour)
	if !c.cache.ok || c.cache.hour != h {
		// time.Date knows what to do with an hour that does not exist, or twice.
		u := time.UnixMicro(wall).UTC()
		t := time.Date(u.Year(), u.Month(), u.Day(), u.Hour(), 30, 0, 0, c.loc)
		_, off := t.Zone()
		c.cache = zoneCache{h, int64(off) * second, true}
	}
	return c.cache.offset
}

// Outside these years a time is a slip or a placeholder.
var earliest, latest = dayNumber(1900, 1, 2) * day, dayNumber(2101, 1, 1) * day

// plausible refuses what stands for "no time" in databases: the zero of the
// Unix clock, the first days of 1900, the last of 9999.
func plausible(t int64) (int64, timeTrouble) {
	if t < earliest || t >= latest || t == 0 {
		return never, timeImpossible
	}
	return t, timeRead
}

// readNumber reads a count of seconds, milliseconds … with an optional fraction.
func readNumber(b []byte, unit int64) (int64, bool) {
	i, n := 0, int64(0)
	for ; i < len(b) && isDigit(b[i]); i++ {
		if i > 18 {
			return 0, false
		}
		n = n*10 + int64(b[i]-'0')
	}
	if i == 0 {
		return 0, false
	}
	var t int64
	if unit > 0 {
		t = n * unit
	} else { // more than one to a microsecond
		t = n / -unit
	}
	if i < len(b) {
		if b[i] != '.' && b[i] != ',' {
			return 0, false
		}
		scale := unit
		for i++; i < len(b); i++ {
			if !isDigit(b[i]) {
				return 0, false
			}
			if scale > 0 {
				scale /= 10
				t += int64(b[i]-'0') * scale
			}
		}
	}
	return t, true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func daysIn(y, m int) int {
	switch m {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// dayNumber counts days from 1 January 1970, for any year from 1 on (the
// well-known count of days since the first of March of the year 0).
func dayNumber(y, m, d int) int64 {
	if m <= 2 {
		y--
		m += 12
	}
	return int64(365*y+y/4-y/100+y/400+(153*(m-3)+2)/5+d-1) - 719468
}
