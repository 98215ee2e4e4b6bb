package promise

import (
	"slices"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/workcal"
)

// Unit is what a rule counts in.
type Unit string

// The units.
const (
	Daily   Unit = "day"
	Weekly  Unit = "week"
	Monthly Unit = "month"
)

// OnClosed is what a rule does on a day on which nobody is there at its time.
type OnClosed string

// What to do. Earlier is the default: nobody waits longer than was said.
const (
	Earlier OnClosed = "earlier" // the last moment before it at which somebody is there
	Later   OnClosed = "later"   // the same clock time on the next day on which somebody is there
	Left    OnClosed = "left"    // that time is left out
)

// Limits of what repeats.
const (
	maxTimes = 100
	maxYears = 2
)

// Rule says when a promise comes again, in the organisation's local time. A
// month that lacks the day has it on its last one; what would come twice on one
// day comes once.
type Rule struct {
	Every  int            `json:"every"` // every so many units
	Unit   Unit           `json:"unit"`
	Days   []time.Weekday `json:"days,omitempty"`   // of a week; of a month with Nth: the first of these
	Day    int            `json:"day,omitempty"`    // of a month: 1 to 31
	Nth    int            `json:"nth,omitempty"`    // of a month: 1 to 4, or -1 for the last
	Minute int            `json:"minute"`           // clock time, in minutes after midnight
	Closed OnClosed       `json:"closed,omitempty"` // default: Earlier
	Start  workcal.Date   `json:"start,omitzero"`   // the day of the first promise, from which is counted
	Until  workcal.Date   `json:"until,omitzero"`   // the last day on which it may fall
	Times  int            `json:"times,omitempty"`  // or how often; it becomes Until when the rule is made
}

// Occurrence is one time that a rule gives: the day it is about, and the moment
// on which it falls.
type Occurrence struct {
	Day workcal.Date
	Due time.Time
}

// Check says everything that is wrong with a rule. Pure.
func (r Rule) Check() error {
	var c errs.Checks
	c.Must(r.Every >= 1 && r.Every <= 52, "every", "rule-every")
	c.Must(r.Minute >= 0 && r.Minute < 24*60, "at", "rule-clock")
	c.Must(r.Closed == "" || r.Closed == Earlier || r.Closed == Later || r.Closed == Left, "closed", "rule-closed")
	c.Must(r.Times >= 0 && r.Times <= maxTimes, "times", "rule-times")
	c.Must(r.Times > 0 || r.Until != (workcal.Date{}), "until", "rule-endless")
	for _, d := range r.Days {
		c.Must(d >= time.Sunday && d <= time.Saturday, "days", "rule-days")
	}
	switch r.Unit {
	case Daily:
	case Weekly:
		c.Must(len(r.Days) > 0, "days", "rule-days")
	case Monthly:
		if r.Nth == 0 {
			c.Must(r.Day >= 1 && r.Day <= 31, "day", "rule-month-day")
		} else {
			c.Must(r.Nth >= -1 && r.Nth <= 4, "nth", "rule-nth")
			c.Must(len(r.Days) == 1, "days", "rule-days")
		}
	default:
		c.Must(false, "unit", "rule-unit")
	}
	if r.Until != (workcal.Date{}) {
		c.Must(r.Until.Compare(r.Start) > 0, "until", "rule-backwards")
		last := r.Start
		last.Year += maxYears
		c.Must(r.Until.Compare(last) <= 0, "until", "rule-too-long")
	}
	return c.Err()
}

// Occurrences are all times of a rule after its first promise, each later than
// the one before. Pure: the same calendar gives the same moments. It stops at the
// limits, one beyond the number of times, so that a rule that is too long can be
// told.
func (r Rule) Occurrences(cal workcal.Calendar) (out []Occurrence) {
	most := maxTimes + 1
	if r.Times > 0 {
		most = r.Times
	}
	end := r.Start
	end.Year += maxYears
	if r.Until != (workcal.Date{}) && r.Until.Compare(end) < 0 {
		end = r.Until
	}
	loc := cal.Location()
	last := workcal.Date{}
	for d := r.Start.AddDays(1); d.Compare(end) <= 0 && len(out) < most; d = d.AddDays(1) {
		if !r.falls(d) {
			continue
		}
		due := r.moment(cal, d)
		if due.IsZero() {
			continue
		}
		on := workcal.DateOf(due, loc)
		if due.Before(wall(loc, d, r.Minute)) { // brought forward to a closing time: at midnight it is the evening's
			on = workcal.DateOf(due.Add(-time.Minute), loc)
		}
		if n := len(out); n > 0 && (!due.After(out[n-1].Due) || on == last) {
			continue // it came together with the one before
		}
		if on.Compare(d) < 0 && (on.Compare(r.Start) <= 0 || r.falls(on) && open(cal, wall(loc, on, r.Minute))) {
			continue // moved onto a day that has its own, or to the beginning
		}
		last = on
		out = append(out, Occurrence{d, due.UTC()})
	}
	return out
}

// Fixed gives the rule with its last day instead of a number of times: what the
// customer was told stays the same when the house closes on one of the days.
func (r Rule) Fixed(cal workcal.Calendar) (Rule, []Occurrence, error) {
	if err := r.Check(); err != nil {
		return r, nil, err
	}
	all := r.Occurrences(cal)
	switch {
	case len(all) > maxTimes:
		return r, nil, errs.New(errs.Invalid, "rule-too-often").With("Max", maxTimes).Field("until", "rule-too-often")
	case len(all) == 0, r.Times > 0 && len(all) < r.Times:
		if len(all) > 0 {
			return r, nil, errs.New(errs.Invalid, "rule-too-long").Field("times", "rule-too-long")
		}
		return r, nil, errs.New(errs.Invalid, "rule-never").Field("until", "rule-never")
	}
	r.Until, r.Times = all[len(all)-1].Day, 0
	return r, all, nil
}

// soon is how near the next time may be when the one before comes late: what
// would follow within the hour came with it.
const soon = time.Hour

// After is the first time of a rule that is about a later day than the one
// before and lies ahead. Times that passed meanwhile are left out: nobody
// promises the past.
func (r Rule) After(cal workcal.Calendar, day workcal.Date, now time.Time) (Occurrence, bool) {
	for _, o := range r.Occurrences(cal) {
		if o.Day.Compare(day) > 0 && o.Due.After(now.Add(soon)) {
			return o, true
		}
	}
	return Occurrence{}, false
}

// Rest are the times of a rule after a day, of those that lie ahead.
func (r Rule) Rest(cal workcal.Calendar, day workcal.Date, now time.Time) []Occurrence {
	return slices.DeleteFunc(r.Occurrences(cal), func(o Occurrence) bool { return o.Day.Compare(day) <= 0 || !o.Due.After(now.Add(soon)) })
}

// falls says whether a day is one of the rule's, before closures.
func (r Rule) falls(d workcal.Date) bool {
	switch r.Unit {
	case Daily:
		return days(r.Start, d)%r.Every == 0
	case Weekly:
		// Weeks begin on Monday, the first one with the day of the start.
		monday := r.Start.AddDays(-(int(r.Start.Weekday()) + 6) % 7)
		return slices.Contains(r.Days, d.Weekday()) && days(monday, d)/7%r.Every == 0
	case Monthly:
		months := (d.Year-r.Start.Year)*12 + int(d.Month) - int(r.Start.Month)
		if months%r.Every != 0 {
			return false
		}
		length := workcal.Date{Year: d.Year, Month: d.Month + 1, Day: 0}.AddDays(0).Day
		switch {
		case r.Nth == 0:
			return d.Day == min(r.Day, length)
		case len(r.Days) == 0 || d.Weekday() != r.Days[0]:
			return false
		case r.Nth < 0:
			return d.Day+7 > length
		}
		return (d.Day-1)/7 == r.Nth-1
	}
	return false
}

// days is how many days b is after a.
func days(a, b workcal.Date) int {
	return int(time.Date(b.Year, b.Month, b.Day, 0, 0, 0, 0, time.UTC).Sub(time.Date(a.Year, a.Month, a.Day, 0, 0, 0, 0, time.UTC)) / (24 * time.Hour))
}

// moment is when an occurrence about a day falls; zero when it is left out.
func (r Rule) moment(cal workcal.Calendar, d workcal.Date) time.Time {
	loc := cal.Location()
	at := wall(loc, d, r.Minute)
	if open(cal, at) {
		return at
	}
	switch r.Closed {
	case Left:
		return time.Time{}
	case Later:
		for n := 1; n <= 60; n++ {
			if at := wall(loc, d.AddDays(n), r.Minute); open(cal, at) {
				return at
			}
		}
		return time.Time{}
	case Earlier:
	}
	return lastOpen(cal, at)
}

// open says whether something can be promised for a moment: somebody is there,
// or just was.
func open(cal workcal.Calendar, at time.Time) bool {
	return cal.OpenAt(at) || cal.OpenAt(at.Add(-time.Minute))
}

// lastOpen is the last closing time before a moment at which nobody is there;
// zero when there was none within two months.
func lastOpen(cal workcal.Calendar, at time.Time) time.Time {
	before := cal.Add(at, -time.Minute)
	if before.IsZero() || at.Sub(before) > 62*24*time.Hour {
		return time.Time{}
	}
	end := cal.CloseOf(before)
	if end.IsZero() || end.After(at) {
		return time.Time{}
	}
	return end
}

// wall is the first moment at which the clock on the wall has reached a minute
// of a day: what is skipped in spring is the moment of the change, and of what
// comes twice in autumn the first one counts.
func wall(loc *time.Location, d workcal.Date, minute int) time.Time {
	naive := time.Date(d.Year, d.Month, d.Day, 0, minute, 0, 0, time.UTC)
	offset := func(at time.Time) time.Duration {
		_, s := at.In(loc).Zone()
		return time.Duration(s) * time.Second
	}
	a, b := naive.Add(-offset(naive.Add(-24*time.Hour))), naive.Add(-offset(naive.Add(24*time.Hour)))
	if b.Before(a) {
		a, b = b, a
	}
	for _, at := range []time.Time{a, b} {
		if at.Add(offset(at)).Equal(naive) {
			return at
		}
	}
	start, _ := b.In(loc).ZoneBounds()
	return start.UTC()
}
