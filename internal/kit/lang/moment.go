package lang

import (
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// ParseMoment reads a day and a clock time as staff type them, Dutch and
// English alike: "morgen 17:00", "do 12 nov 16.00", "12-11 16u", "thursday
// 4pm", "2026-11-12 16:00", "over 2 uur", "vanmiddag half vijf". Numbers are
// day before month. language decides only what "half 5" is.
//
// A clock time alone is today's. A weekday is the next one, today included
// while the time is still to come. A date without a year is this year's, or
// next year's when it lies more than half a year back. Where the clock repeats
// an hour the first is meant: early is never late.
//
// It never guesses. Errors are Invalid: "vague-time" (with Wording; the caller
// may add Suggestion, a time), "time-missing-clock", "time-unreadable",
// "time-past" (Time), "clock-ambiguous" ("om 4 uur": Wording, Early, Late),
// "day-ambiguous" ("next Thursday": Wording), "weekday-mismatch" (Time),
// "day-not-on-calendar" and "time-not-on-clock" (Clock, Date).
func ParseMoment(text, language string, loc *time.Location, now time.Time) (time.Time, error) {
	if loc == nil {
		loc = time.UTC
	}
	r := reading{lang: speak(language), now: now.In(loc)}
	rest := strings.Trim(strings.Join(strings.Fields(fold(text).text), " "), " .,;!")
	for rest != "" && r.err == nil {
		n := r.next(rest)
		if n == 0 {
			if r.err == nil {
				r.err = unreadable()
			}
			break
		}
		rest = strings.TrimLeft(rest[n:], " ,;")
	}
	t, err := r.moment()
	if e, ok := errs.As(err); ok && (e.Type == "time-unreadable" || e.Type == "time-missing-clock") {
		if wording, found := Vague(text); found {
			return time.Time{}, errs.New(errs.Invalid, "vague-time").With("Wording", wording)
		}
		if wording, found := vagueAlone(text); found {
			return time.Time{}, errs.New(errs.Invalid, "vague-time").With("Wording", wording)
		}
	}
	return t, err
}

func unreadable() *errs.Error { return errs.New(errs.Invalid, "time-unreadable") }

// reading is what was understood so far.
type reading struct {
	lang string
	now  time.Time // in the local zone
	err  error

	after       time.Duration // "over 2 uur"
	hasAfter    bool
	date        ymd
	hasDate     bool
	hasYear     bool
	offset      int // days from today
	hasOffset   bool
	weekday     time.Weekday
	hasWeekday  bool
	nextWeek    bool
	minute      int // of the day
	hasClock    bool
	spoken      bool   // by a number up to 6 without minutes in front: may be afternoon
	wording     string // how the clock was written
	part        dayPart
	expectClock bool // after "om" or "at" a bare number is an hour
}

type ymd struct {
	year  int
	month time.Month
	day   int
}

type dayPart int

const (
	noPart dayPart = iota
	morning
	afternoon
	evening
)

// moment puts the pieces together.
func (r *reading) moment() (time.Time, error) {
	if r.err != nil {
		return time.Time{}, r.err
	}
	hasDay := r.hasDate || r.hasOffset || r.hasWeekday
	switch {
	case r.hasAfter:
		if hasDay || r.hasClock || r.part != noPart || r.nextWeek {
			return time.Time{}, unreadable()
		}
		return r.now.Truncate(time.Minute).Add(r.after), nil
	case !r.hasClock && (hasDay || r.part != noPart):
		return time.Time{}, errs.New(errs.Invalid, "time-missing-clock")
	case !r.hasClock, r.nextWeek && !r.hasWeekday:
		return time.Time{}, unreadable()
	}
	if err := r.placeInDay(); err != nil {
		return time.Time{}, err
	}
	d, err := r.day()
	if err != nil {
		return time.Time{}, err
	}
	t, err := r.at(d)
	if err != nil {
		return time.Time{}, err
	}
	if r.hasWeekday && !r.hasDate && !r.hasOffset && !r.nextWeek && !t.After(r.now) {
		d.day += 7 // "do 16:00", typed on a Thursday at 17:00
		if t, err = r.at(d); err != nil {
			return time.Time{}, err
		}
	}
	if !t.After(r.now) {
		return time.Time{}, errs.New(errs.Invalid, "time-past").With("Time", t)
	}
	return t, nil
}

// placeInDay applies "'s middags" to the clock, or asks which half was meant.
func (r *reading) placeInDay() error {
	hour := r.minute / 60
	switch {
	case r.part == afternoon && hour < 7, r.part == evening && hour >= 5 && hour < 12:
		r.minute += 12 * 60
	case r.part == afternoon && (hour < 12 || hour >= 19), r.part == evening && hour < 17, r.part == morning && r.minute > 12*60:
		return unreadable() // "'s middags om 9 uur"
	case r.spoken && r.part == noPart:
		return errs.New(errs.Invalid, "clock-ambiguous").With("Wording", r.wording).
			With("Early", hhmm(r.minute)).With("Late", hhmm(r.minute+12*60))
	}
	return nil
}

func hhmm(m int) string {
	return time.Date(2000, 1, 1, 0, m, 0, 0, time.UTC).Format("15:04")
}

// day finds the day; without any it is today.
func (r *reading) day() (ymd, error) {
	y, m, d := r.now.Date()
	today := ymd{y, m, d}
	var out ymd
	switch {
	case r.hasDate && r.hasOffset:
		return out, unreadable()
	case r.hasDate:
		out = r.date
		if !r.hasYear {
			out.year = y
			half := time.Date(y, m-6, d, 0, 0, 0, 0, time.UTC)
			if out.utc().Before(half) {
				out.year++
			}
		}
		if u := out.utc(); u.Month() != out.month || u.Day() != out.day {
			return out, errs.New(errs.Invalid, "day-not-on-calendar")
		}
	case r.hasOffset:
		out = today
		out.day += r.offset
	case r.hasWeekday:
		ahead := (int(r.weekday) - int(r.now.Weekday()) + 7) % 7
		if r.nextWeek { // weeks begin on Monday
			ahead = (int(r.weekday)+6)%7 - (int(r.now.Weekday())+6)%7 + 7
		}
		out = today
		out.day += ahead
		return out, nil
	default:
		return today, nil
	}
	if r.hasWeekday && out.utc().Weekday() != r.weekday {
		return out, errs.New(errs.Invalid, "weekday-mismatch").
			With("Time", time.Date(out.year, out.month, out.day, 12, 0, 0, 0, r.now.Location()))
	}
	return out, nil
}

func (d ymd) utc() time.Time { return time.Date(d.year, d.month, d.day, 0, 0, 0, 0, time.UTC) }

// at is the first instant at which the wall clock shows the minute of the day.
func (r *reading) at(d ymd) (time.Time, error) {
	loc := r.now.Location()
	wall := d.utc().Add(time.Duration(r.minute) * time.Minute)
	for _, side := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		_, off := wall.Add(side).In(loc).Zone() // the offset before and after a change
		t := wall.Add(-time.Duration(off) * time.Second).In(loc)
		y, m, day := t.Date()
		if time.Date(y, m, day, t.Hour(), t.Minute(), 0, 0, time.UTC).Equal(wall) {
			return t, nil
		}
	}
	// The offset before comes first, so a repeated hour is its first one.
	return time.Time{}, errs.New(errs.Invalid, "time-not-on-clock").
		With("Clock", wall.Format("15:04")).
		With("Date", time.Date(d.year, d.month, d.day, 12, 0, 0, 0, loc))
}
