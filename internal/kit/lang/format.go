package lang

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Clock is "12:00", always on 24 hours.
//
// This and the other methods for times take what timeOf reads. What is no time
// is shown as it is (a caller may have worded it already); nothing as "".
func (p Printer) Clock(t any) string { return p.with(t, p.clock) }

// Day is "do 12 nov" or "Thu 12 Nov", with the year when it is not this one.
func (p Printer) Day(t any) string { return p.with(t, p.day) }

// Date is "donderdag 12 november" or "Thursday 12 November", with the year
// when it is not this one.
func (p Printer) Date(t any) string { return p.with(t, p.date) }

// Moment is "do 12 nov 12:00".
func (p Printer) Moment(t any) string {
	return p.with(t, func(t time.Time) string { return p.day(t) + " " + p.clock(t) })
}

// MomentLong is "donderdag 12 november om 12:00 uur" or "Thursday 12 November
// at 12:00", and "vandaag om 12:00 uur" for today, tomorrow and yesterday. It
// is for what is read at once; what is kept and read later takes MomentFull.
func (p Printer) MomentLong(t any) string {
	return p.with(t, func(t time.Time) string {
		w := wordsOf(p.lang)
		switch p.daysFromNow(t) {
		case 0:
			return fmt.Sprintf(w.dayAtClock, w.today, p.clock(t))
		case 1:
			return fmt.Sprintf(w.dayAtClock, w.tomorrow, p.clock(t))
		case -1:
			return fmt.Sprintf(w.dayAtClock, w.yesterday, p.clock(t))
		}
		return p.momentFull(t)
	})
}

// MomentFull is MomentLong with the date always written out: for letters and
// mail, which may be read tomorrow.
func (p Printer) MomentFull(t any) string { return p.with(t, p.momentFull) }

func (p Printer) momentFull(t time.Time) string {
	return fmt.Sprintf(wordsOf(p.lang).dayAtClock, p.date(t), p.clock(t))
}

// Window is "do 12 nov tussen 10:30 en 11:00". A window over several days
// names both: "tussen do 12 nov 22:00 en vr 13 nov 02:00".
func (p Printer) Window(from, to any) string {
	a, ok1 := timeOf(from)
	b, ok2 := timeOf(to)
	if !ok1 || !ok2 {
		return plain(from) + "–" + plain(to)
	}
	w := wordsOf(p.lang)
	if p.dayNumber(a) == p.dayNumber(b) {
		return fmt.Sprintf(w.between, p.day(a), p.clock(a), p.clock(b))
	}
	return fmt.Sprintf(w.betweenAll, p.Moment(a), p.Moment(b))
}

// Rel is how far away t is, coarser with distance: "in 18 min", "in 1 h 05
// min" below three hours, "in 5 h" below a day, then "tomorrow", "in 4 days".
// For what has passed it is Ago. Both count from clock minute to clock minute,
// as people do: at 11:42:50 twelve o'clock is in 18 min.
func (p Printer) Rel(t any) string {
	return p.with(t, func(t time.Time) string {
		w := wordsOf(p.lang)
		switch m := p.minutesFromNow(t); {
		case m == 0:
			return w.now
		case m < 0:
			return p.ago(t)
		case m >= dayMinutes && p.daysFromNow(t) == 1:
			return w.tomorrow
		default:
			return fmt.Sprintf(w.in, p.span(m, p.daysFromNow(t)))
		}
	})
}

// Ago is how long ago t was: "18 min ago", "2 h ago", "yesterday", "4 days
// ago". For what is still to come it is Rel.
func (p Printer) Ago(t any) string {
	return p.with(t, func(t time.Time) string {
		if p.minutesFromNow(t) > 0 {
			return p.Rel(t)
		}
		return p.ago(t)
	})
}

func (p Printer) ago(t time.Time) string {
	w := wordsOf(p.lang)
	m := -p.minutesFromNow(t)
	switch {
	case m == 0:
		return w.justNow
	case m >= dayMinutes && p.daysFromNow(t) == -1:
		return w.yesterday
	}
	return fmt.Sprintf(w.ago, p.span(m, -p.daysFromNow(t)))
}

// Late is by how much the due time t was missed: "18 min late". While it is
// not, it is Rel.
func (p Printer) Late(t any) string {
	return p.with(t, func(t time.Time) string {
		w := wordsOf(p.lang)
		if t.After(p.now) {
			return p.Rel(t)
		}
		m := -p.minutesFromNow(t)
		if m == 0 {
			return fmt.Sprintf(w.late, w.lessThanOne)
		}
		return fmt.Sprintf(w.late, p.span(m, -p.daysFromNow(t)))
	})
}

// Duration is a length of time in the same steps: "18 min", "1 h 05 min",
// "5 h", "4 days". It takes a time.Duration or milliseconds.
func (p Printer) Duration(v any) string {
	d, ok := durationOf(v)
	if !ok {
		return plain(v)
	}
	m := int64(d.Abs() / time.Minute)
	if m == 0 {
		return wordsOf(p.lang).lessThanOne
	}
	return p.span(m, m/dayMinutes)
}

const dayMinutes = 24 * 60

// span words a positive number of minutes; days is what they are on the
// calendar, which counts from 24 hours on.
func (p Printer) span(m, days int64) string {
	w := wordsOf(p.lang)
	switch {
	case m < 60:
		return fmt.Sprintf("%d %s", m, w.minutes)
	case m < 180 && m%60 != 0:
		return fmt.Sprintf("%d %s %02d %s", m/60, w.hourShort, m%60, w.minutes)
	case m < dayMinutes || days == 0: // a day can have 25 hours
		return fmt.Sprintf("%d %s", m/60, w.hours)
	case days <= 1:
		return "1 " + w.day
	}
	return fmt.Sprintf("%d %s", days, w.dayN)
}

// List is "a, b and c".
func (p Printer) List(items []string) string {
	n := len(items)
	if n < 2 {
		return strings.Join(items, "")
	}
	return strings.Join(items[:n-1], ", ") + " " + wordsOf(p.lang).and + " " + items[n-1]
}

// list is List for templates, where JSON gives []any.
func (p Printer) list(v any) string {
	switch v := v.(type) {
	case []string:
		return p.List(v)
	case []any:
		items := make([]string, len(v))
		for i := range v {
			items[i] = plain(v[i])
		}
		return p.List(items)
	}
	return plain(v)
}

// Number is "1.234,5" in Dutch and "1,234.5" in English, with at most two
// decimals.
func (p Printer) Number(v any) string {
	w := wordsOf(p.lang)
	n, isWhole := whole(v)
	digits, dec := strconv.FormatInt(n, 10), ""
	if !isWhole {
		f, ok := fraction(v)
		if !ok {
			return plain(v)
		}
		digits = strconv.FormatFloat(math.Round(f*100)/100, 'f', -1, 64)
		digits, dec, _ = strings.Cut(digits, ".")
	}
	digits, negative := strings.CutPrefix(digits, "-")
	var b strings.Builder
	if negative {
		b.WriteString("-")
	}
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(w.thousands)
		}
		b.WriteRune(d)
	}
	if dec != "" {
		b.WriteString(w.decimal + dec)
	}
	return b.String()
}

func (p Printer) with(v any, say func(time.Time) string) string {
	if t, ok := timeOf(v); ok {
		return say(t.In(p.Loc()))
	}
	return plain(v)
}

// plain shows what is no time or number as it is.
func plain(v any) string {
	switch v := v.(type) {
	case nil, time.Time, *time.Time:
		return ""
	case string:
		return v
	}
	return fmt.Sprint(v)
}

func (p Printer) clock(t time.Time) string { return t.In(p.Loc()).Format("15:04") }

func (p Printer) day(t time.Time) string {
	w := wordsOf(p.lang)
	return p.calendarDay(t, w.daysShort[:], w.monthsShort[:])
}

func (p Printer) date(t time.Time) string {
	w := wordsOf(p.lang)
	return p.calendarDay(t, w.days[:], w.months[:])
}

func (p Printer) calendarDay(t time.Time, days, months []string) string {
	t = t.In(p.Loc())
	s := fmt.Sprintf("%s %d %s", days[t.Weekday()], t.Day(), months[t.Month()-1])
	if t.Year() != p.now.In(p.Loc()).Year() {
		s += fmt.Sprintf(" %d", t.Year())
	}
	return s
}

// dayNumber counts local days.
func (p Printer) dayNumber(t time.Time) int64 {
	y, m, d := t.In(p.Loc()).Date()
	return floorDiv(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix(), 24*60*60)
}

func (p Printer) daysFromNow(t time.Time) int64 { return p.dayNumber(t) - p.dayNumber(p.now) }

func (p Printer) minutesFromNow(t time.Time) int64 {
	return floorDiv(t.Unix(), 60) - floorDiv(p.now.Unix(), 60)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
