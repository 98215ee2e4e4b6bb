package promise_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/workcal"
)

// roundTheClock is open day and night, every day but the days given.
func roundTheClock(closed ...string) workcal.Calendar {
	cal := workcal.Calendar{Zone: "Europe/Amsterdam"}
	for d := range cal.Week {
		cal.Week[d] = []workcal.Interval{{From: 0, To: 1440}}
	}
	for _, c := range closed {
		day, _ := workcal.ParseDate(c)
		cal.Closures = append(cal.Closures, workcal.Closure{From: day, To: day})
	}
	return cal
}

func day(s string) workcal.Date {
	d, err := workcal.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func TestRule(t *testing.T) {
	week := workcal.Default("Europe/Amsterdam")
	week.Week = [7][]workcal.Interval{}
	for d := time.Monday; d <= time.Friday; d++ {
		week.Week[d] = []workcal.Interval{{From: 8 * 60, To: 17 * 60}}
	}
	week.Holidays = []string{workcal.Christmas, workcal.BoxingDay, workcal.NewYear, workcal.GoodFriday, workcal.EasterMonday, workcal.KingsDay}
	for name, c := range map[string]struct {
		cal  workcal.Calendar
		rule promise.Rule
		want string
	}{
		"every Tuesday": {week, promise.Rule{Every: 1, Unit: promise.Weekly, Days: []time.Weekday{2}, Minute: 720, Start: day("2026-11-17"), Times: 3},
			"11-24 12:00, 12-01 12:00, 12-08 12:00"},
		"every other week, on two days": {week, promise.Rule{Every: 2, Unit: promise.Weekly, Days: []time.Weekday{2, 4}, Minute: 600, Start: day("2026-11-17"), Times: 4},
			"11-19 10:00, 12-01 10:00, 12-03 10:00, 12-15 10:00"},
		"every three days over a weekend comes earlier": {week, promise.Rule{Every: 3, Unit: promise.Daily, Minute: 720, Start: day("2026-11-18"), Times: 3},
			"11-20 17:00, 11-24 12:00, 11-27 12:00"},
		"every day is every working day": {week, promise.Rule{Every: 1, Unit: promise.Daily, Minute: 720, Start: day("2026-11-18"), Times: 4},
			"11-19 12:00, 11-20 12:00, 11-23 12:00, 11-24 12:00"},
		"Christmas comes earlier": {week, promise.Rule{Every: 1, Unit: promise.Weekly, Days: []time.Weekday{5}, Minute: 720, Start: day("2026-12-11"), Times: 3},
			"12-18 12:00, 12-24 17:00, 12-31 17:00"},
		"or later": {week, promise.Rule{Every: 1, Unit: promise.Weekly, Days: []time.Weekday{5}, Minute: 720, Start: day("2026-12-11"), Times: 3, Closed: promise.Later},
			"12-18 12:00, 12-28 12:00, 01-04 12:00"},
		"or not at all": {week, promise.Rule{Every: 1, Unit: promise.Weekly, Days: []time.Weekday{5}, Minute: 720, Start: day("2026-12-11"), Times: 3, Closed: promise.Left},
			"12-18 12:00, 01-08 12:00, 01-15 12:00"},
		"the 31st of each month": {roundTheClock(), promise.Rule{Every: 1, Unit: promise.Monthly, Day: 31, Minute: 540, Start: day("2027-12-31"), Times: 4},
			"01-31 09:00, 02-29 09:00, 03-31 09:00, 04-30 09:00"},
		"the 31st in a year that does not leap": {roundTheClock(), promise.Rule{Every: 1, Unit: promise.Monthly, Day: 31, Minute: 540, Start: day("2027-01-31"), Times: 1},
			"02-28 09:00"},
		"the last Friday": {roundTheClock(), promise.Rule{Every: 1, Unit: promise.Monthly, Nth: -1, Days: []time.Weekday{5}, Minute: 540, Start: day("2026-11-01"), Times: 3},
			"11-27 09:00, 12-25 09:00, 01-29 09:00"},
		"the second Tuesday of every third month": {roundTheClock(), promise.Rule{Every: 3, Unit: promise.Monthly, Nth: 2, Days: []time.Weekday{2}, Minute: 540, Start: day("2026-11-10"), Times: 2},
			"02-09 09:00, 05-11 09:00"},
		"until a day": {week, promise.Rule{Every: 1, Unit: promise.Weekly, Days: []time.Weekday{2}, Minute: 720, Start: day("2026-11-17"), Until: day("2026-12-08")},
			"11-24 12:00, 12-01 12:00, 12-08 12:00"},
		"the night the clock goes forward": {roundTheClock(), promise.Rule{Every: 1, Unit: promise.Daily, Minute: 150, Start: day("2027-03-26"), Times: 3},
			"03-27 02:30, 03-28 03:00, 03-29 02:30"},
		"the night the clock goes back: the first of the two": {roundTheClock(), promise.Rule{Every: 1, Unit: promise.Daily, Minute: 150, Start: day("2026-10-23"), Times: 3},
			"10-24 02:30, 10-25 02:30, 10-26 02:30"},
		"a closed day moves onto one that has its own": {roundTheClock("2026-11-20"), promise.Rule{Every: 1, Unit: promise.Daily, Minute: 720, Start: day("2026-11-18"), Times: 2},
			"11-19 12:00, 11-21 12:00"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, o := range c.rule.Occurrences(c.cal) {
				got = append(got, o.Due.In(c.cal.Location()).Format("01-02 15:04"))
			}
			if d := cmp.Diff(c.want, strings.Join(got, ", ")); d != "" {
				t.Error(d)
			}
		})
	}
	back := promise.Rule{Every: 1, Unit: promise.Daily, Minute: 150, Start: day("2026-10-24"), Times: 1}.Occurrences(roundTheClock())
	if len(back) != 1 || back[0].Due.Format(time.RFC3339) != "2026-10-25T00:30:00Z" {
		t.Errorf("of the minute that comes twice: %v", back)
	}
}

func TestRuleIsRefused(t *testing.T) {
	good := promise.Rule{Every: 1, Unit: promise.Weekly, Days: []time.Weekday{2}, Minute: 720, Start: day("2026-11-17"), Times: 3}
	for typ, change := range map[string]func(*promise.Rule){
		"rule-every":     func(r *promise.Rule) { r.Every = 0 },
		"rule-unit":      func(r *promise.Rule) { r.Unit = "year" },
		"rule-days":      func(r *promise.Rule) { r.Days = nil },
		"rule-clock":     func(r *promise.Rule) { r.Minute = 1440 },
		"rule-closed":    func(r *promise.Rule) { r.Closed = "never" },
		"rule-times":     func(r *promise.Rule) { r.Times = 101 },
		"rule-endless":   func(r *promise.Rule) { r.Times = 0 },
		"rule-month-day": func(r *promise.Rule) { r.Unit, r.Day = promise.Monthly, 32 },
		"rule-nth":       func(r *promise.Rule) { r.Unit, r.Nth = promise.Monthly, 5 },
		"rule-backwards": func(r *promise.Rule) { r.Times, r.Until = 0, r.Start },
		"rule-too-long":  func(r *promise.Rule) { r.Times, r.Until = 0, day("2028-11-18") },
		"rule-never":     func(r *promise.Rule) { r.Times, r.Until = 0, day("2026-11-20") },
		"rule-too-often": func(r *promise.Rule) { r.Times, r.Until, r.Unit = 0, day("2027-11-20"), promise.Daily },
	} {
		r := good
		change(&r)
		if _, _, err := r.Fixed(roundTheClock()); errs.TypeOf(err) != typ {
			t.Errorf("%s: %v", typ, err)
		}
	}
}

// For every rule and calendar: later and later, within hours, never after what
// the rule says unless it says so, on a day of its own, and the same again.
func TestRuleAtRandom(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		cal := workcal.Default("Europe/Amsterdam")
		cal.Holidays = workcal.HolidayKeys()
		for range rapid.IntRange(0, 3).Draw(r, "closures") {
			from := day("2026-10-01").AddDays(rapid.IntRange(0, 700).Draw(r, "from"))
			cal.Closures = append(cal.Closures, workcal.Closure{From: from, To: from.AddDays(rapid.IntRange(0, 20).Draw(r, "long"))})
		}
		rule := promise.Rule{Every: rapid.IntRange(1, 9).Draw(r, "every"), Unit: rapid.SampledFrom([]promise.Unit{promise.Daily, promise.Weekly, promise.Monthly}).Draw(r, "unit"),
			Days: []time.Weekday{time.Weekday(rapid.IntRange(0, 6).Draw(r, "weekday"))}, Day: rapid.IntRange(1, 31).Draw(r, "day"), Nth: rapid.IntRange(-1, 4).Draw(r, "nth"),
			Minute: rapid.IntRange(0, 1439).Draw(r, "minute"), Closed: rapid.SampledFrom([]promise.OnClosed{"", promise.Earlier, promise.Later, promise.Left}).Draw(r, "closed"),
			Start: day("2026-10-01").AddDays(rapid.IntRange(0, 400).Draw(r, "start")), Times: rapid.IntRange(1, 12).Draw(r, "times")}
		loc := cal.Location()
		all := rule.Occurrences(cal)
		for i, o := range all {
			if !cal.OpenAt(o.Due) && !cal.OpenAt(o.Due.Add(-time.Minute)) {
				r.Fatalf("nobody is there at %s", o.Due)
			}
			on := workcal.DateOf(o.Due, loc)
			if rule.Closed != promise.Later && on.Compare(o.Day) > 0 {
				r.Fatalf("%s comes later, on %s", o.Day, on)
			}
			if o.Day.Compare(rule.Start) <= 0 {
				r.Fatalf("%s is not after the first", o.Day)
			}
			if i > 0 && (!o.Due.After(all[i-1].Due) || o.Day.Compare(all[i-1].Day) <= 0 || on == workcal.DateOf(all[i-1].Due, loc)) {
				r.Fatalf("%v after %v", o, all[i-1])
			}
		}
		if d := cmp.Diff(all, rule.Occurrences(cal)); d != "" {
			r.Fatal(d)
		}
		fixed, dates, err := rule.Fixed(cal)
		if err != nil {
			return // refused, said why
		}
		if d := cmp.Diff(dates, fixed.Occurrences(cal)); d != "" {
			r.Fatalf("with its last day instead of a number: %s", d)
		}
		now := dates[0].Due.Add(time.Duration(rapid.IntRange(-100, 3000).Draw(r, "now")) * time.Hour)
		if next, ok := fixed.After(cal, dates[0].Day, now); ok && (!next.Due.After(now) || next.Day.Compare(dates[0].Day) <= 0) {
			r.Fatalf("%v at %s", next, now)
		}
	})
}
