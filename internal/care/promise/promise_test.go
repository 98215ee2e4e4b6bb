package promise_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/workcal"
)

var amsterdam = orgtest.Hours().Location()

// at reads a local time in Amsterdam: "2026-11-12 09:30".
func at(s string) time.Time {
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02 15:04:05.000"} {
		if t, err := time.ParseInLocation(layout, s, amsterdam); err == nil {
			return t.UTC()
		}
	}
	panic("unreadable: " + s)
}

const thu = "2026-11-12 "

func TestEffect(t *testing.T) {
	window := promise.Promise{From: at(thu + "10:00"), Due: at(thu + "12:00")}
	plain := promise.Promise{Due: at(thu + "12:00")}
	for _, c := range []struct {
		p    promise.Promise
		at   string
		want promise.State
		why  string
	}{
		{window, "09:59", promise.Broken, promise.Early},
		{window, "10:00", promise.Kept, ""},
		{window, "12:00", promise.Kept, ""},
		{window, "12:00:00.001", promise.Broken, promise.Late},
		{plain, "00:01", promise.Kept, ""},
		{plain, "12:00", promise.Kept, ""},
		{plain, "12:00:00.001", promise.Broken, promise.Late},
	} {
		if got, why := c.p.Effect(at(thu + c.at)); got != c.want || why != c.why {
			t.Errorf("at %s: %s %s, expected %s %s", c.at, got, why, c.want, c.why)
		}
	}
}

func TestLook(t *testing.T) {
	made := func(kind promise.Kind, internal, due string, risk int) promise.Promise {
		return promise.Promise{Kind: kind, State: promise.Open, Internal: at(thu + internal), Due: at(thu + due), Risk: risk}
	}
	moving := made(promise.Answer, "12:00", "13:30", 3)
	moving.MovingTo = "prm_2"
	look := func(s string) promise.Step { return promise.Step{Look: at(thu + s)} }
	risk := func(level int, s string) promise.Step { return promise.Step{Risk: level, Look: at(thu + s)} }
	broken, closes := promise.Step{Break: true}, promise.Step{Close: true}
	for _, c := range []struct {
		name string
		p    promise.Promise
		at   string
		want promise.Step
	}{
		{"all is well", made(promise.Answer, "12:00", "13:30", 0), "09:00", look("12:00")},
		{"our target passes", made(promise.Answer, "12:00", "13:30", 0), "12:00", risk(2, "13:00")},
		{"it passed a while ago", made(promise.Answer, "12:00", "13:30", 0), "12:59:59.999", risk(2, "13:00")},
		{"the keeper was warned", made(promise.Answer, "12:00", "13:30", 2), "12:30", look("13:00")},
		{"the last warning", made(promise.Answer, "12:00", "13:30", 2), "13:00", risk(3, "13:30:00.001")},
		{"both at once, after a stop", made(promise.Answer, "12:00", "13:30", 0), "13:29", risk(3, "13:30:00.001")},
		{"all were warned", made(promise.Answer, "12:00", "13:30", 3), "13:30", look("13:30:00.001")},
		{"a moment too late", made(promise.Answer, "12:00", "13:30", 3), "13:30:00.001", broken},
		{"long past", made(promise.Duty, "12:00", "13:30", 0), "23:00", broken},
		{"the last warning leaves ten minutes", made(promise.Answer, "12:00", "12:20", 0), "12:00", risk(2, "12:10")},
		{"when there are ten minutes", made(promise.Answer, "12:00", "12:09", 0), "12:00", risk(2, "12:06")},
		{"no time between target and due", made(promise.Answer, "12:00", "12:00", 0), "12:00", risk(3, "12:00:00.001")},
		{"an appointment is not late before its time", made(promise.Visit, "09:30", "10:00", 0), "09:59", look("10:00:00.001")},
		{"an appointment that did not happen", made(promise.Visit, "09:30", "10:00", 0), "10:01", broken},
		{"a closing waits for its deadline", made(promise.Closing, "09:30", "10:00", 0), "10:00", look("10:00:00.001")},
		{"a closing whose deadline passed", made(promise.Closing, "09:30", "10:00", 0), "10:00:00.001", closes},
		{"a delivery we may not have heard of", moving, "13:30:00.001", look("13:30:10.000")},
		{"still nothing heard", moving, "13:30:10.000", broken},
		{"moving, in time", moving, "12:30", look("13:00")},
	} {
		if d := cmp.Diff(c.want, promise.Look(c.p, at(thu+c.at))); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

// Whatever the times, the watch looks a few times, always later, warns in
// order, and comes to an end just after the promise fell due.
func TestLookComesToAnEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		made := at(thu + "09:00")
		due := made.Add(time.Duration(rapid.Int64Range(1, int64(90*24*time.Hour/time.Millisecond)).Draw(t, "due")) * time.Millisecond)
		share := rapid.Float64Range(0.01, 1).Draw(t, "share")
		p := promise.Promise{Kind: rapid.SampledFrom([]promise.Kind{promise.Answer, promise.Visit, promise.Closing, promise.Duty}).Draw(t, "kind"),
			State: promise.Open, MadeAt: made, Due: due, Internal: promise.InternalTarget(orgtest.Hours(), made, due, share)}
		if rapid.Bool().Draw(t, "moving") {
			p.MovingTo = "prm_2"
		}
		now := made
		for step := 0; ; step++ {
			s := promise.Look(p, now)
			if s.Break || s.Close {
				if late := now.Sub(due); late <= 0 || late > 11*time.Second {
					t.Fatalf("it ends %s after it fell due", late)
				}
				return
			}
			if step > 6 || !s.Look.After(now) {
				t.Fatalf("step %d at %s looks again at %s", step, now, s.Look)
			}
			if s.Risk > 0 {
				if s.Risk <= p.Risk || now.Before(p.Internal) {
					t.Fatalf("warns at level %d after %d", s.Risk, p.Risk)
				}
				p.Risk = s.Risk
			}
			now = s.Look
		}
	})
}

func closed(holidays ...string) workcal.Calendar {
	c := orgtest.Hours()
	c.Holidays = holidays
	return c
}

func TestInternalTarget(t *testing.T) {
	for _, c := range []struct {
		name, made, due string
		share           float64
		want            string
	}{
		{"within a day", "2026-11-12 10:00", "2026-11-12 14:00", 0.75, "2026-11-12 13:00"},
		{"over a night", "2026-11-12 16:00", "2026-11-13 09:00", 0.75, "2026-11-13 08:30"},
		{"over a weekend", "2026-11-13 16:00", "2026-11-16 09:00", 0.75, "2026-11-16 08:30"},
		{"over the end of summer time", "2026-10-23 16:00", "2026-10-26 09:00", 0.75, "2026-10-26 08:30"},
		{"over its beginning", "2026-03-27 16:00", "2026-03-30 09:00", 0.75, "2026-03-30 08:30"},
		{"over Easter", "2026-04-02 16:00", "2026-04-07 09:00", 0.75, "2026-04-07 08:30"},
		{"made on a Saturday for that day", "2026-11-14 10:00", "2026-11-14 14:00", 0.75, "2026-11-14 13:00"},
		{"made at night", "2026-11-12 02:00", "2026-11-12 12:00", 0.5, "2026-11-12 10:00"},
		{"the whole time", "2026-11-12 10:00", "2026-11-12 14:00", 1, "2026-11-12 14:00"},
		{"due after closing time", "2026-11-12 10:00", "2026-11-12 20:00", 1, "2026-11-12 17:00"},
	} {
		got := promise.InternalTarget(closed(workcal.GoodFriday, workcal.Easter, workcal.EasterMonday), at(c.made), at(c.due), c.share)
		if !got.Equal(at(c.want)) {
			t.Errorf("%s: %s", c.name, got.In(amsterdam))
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		made := at("2026-01-01 00:00").Add(time.Duration(rapid.Int64Range(0, 500*24*3600*1000).Draw(t, "made")) * time.Millisecond)
		due := made.Add(time.Duration(rapid.Int64Range(1, 60*24*3600*1000).Draw(t, "due")) * time.Millisecond)
		got := promise.InternalTarget(closed(workcal.HolidayKeys()...), made, due, rapid.Float64Range(0.01, 1).Draw(t, "share"))
		if got.Before(made) || got.After(due) || !got.Equal(got.Truncate(time.Millisecond)) {
			t.Fatalf("made %s, due %s: %s", made, due, got)
		}
	})
}

func TestUpdateDue(t *testing.T) {
	never := workcal.Calendar{Zone: workcal.DefaultZone}
	easter := closed(workcal.GoodFriday, workcal.Easter, workcal.EasterMonday)
	for _, c := range []struct {
		name string
		cal  workcal.Calendar
		now  string
		min  int
		want string
	}{
		{"today", closed(), "2026-11-12 10:42", 16 * 60, "2026-11-12 16:00"},
		{"two hours are enough", closed(), "2026-11-12 14:00", 16 * 60, "2026-11-12 16:00"},
		{"less is not", closed(), "2026-11-12 14:00:00.001", 16 * 60, "2026-11-13 16:00"},
		{"before opening", closed(), "2026-11-12 02:00", 16 * 60, "2026-11-12 16:00"},
		{"on a Friday afternoon", closed(), "2026-11-13 15:00", 16 * 60, "2026-11-16 16:00"},
		{"on a Saturday", closed(), "2026-11-14 15:00", 16 * 60, "2026-11-16 16:00"},
		{"before Easter", easter, "2026-04-02 15:00", 16 * 60, "2026-04-07 16:00"},
		{"summer time ends on Sunday", closed(), "2026-10-23 16:30", 16 * 60, "2026-10-26 16:00"},
		{"summer time begins on Sunday", closed(), "2026-03-27 16:30", 16 * 60, "2026-03-30 16:00"},
		{"at closing time", closed(), "2026-11-12 10:42", 17 * 60, "2026-11-12 17:00"},
		{"at opening time", closed(), "2026-11-12 10:42", 8 * 60, "2026-11-13 08:00"},
		{"just after closing time: the end of two hours' work", closed(), "2026-11-12 16:00", 19 * 60, "2026-11-13 09:00"},
		{"never open at all", never, "2026-11-12 16:00", 16 * 60, "2026-11-13 16:00"},
	} {
		if got := promise.UpdateDue(c.cal, at(c.now), c.min); !got.Equal(at(c.want)) {
			t.Errorf("%s: %s", c.name, got.In(amsterdam))
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		now := at("2026-01-01 00:00").Add(time.Duration(rapid.Int64Range(0, 700*24*3600*1000).Draw(t, "now")) * time.Millisecond)
		cal := closed(workcal.HolidayKeys()...)
		minute := rapid.IntRange(0, 24*60-1).Draw(t, "minute")
		got := promise.UpdateDue(cal, now, minute)
		if !got.After(now) || got.Sub(now) > 8*24*time.Hour || cal.Between(now, got) < 2*time.Hour {
			t.Fatalf("at %s: %s", now.In(amsterdam), got.In(amsterdam))
		}
		if err := promise.CheckDue(cal, now, time.Time{}, got); err != nil {
			t.Fatalf("the system promises what people may not: %v", err)
		}
	})
}

func TestSuggest(t *testing.T) {
	for now, want := range map[string]string{
		"2026-11-12 10:42": "2026-11-13 17:00", // a Thursday
		"2026-11-13 10:42": "2026-11-16 17:00",
		"2026-11-14 10:42": "2026-11-16 17:00",
		"2026-12-24 10:42": "2026-12-28 17:00", // Christmas is on Friday and Saturday
		"2026-10-23 10:42": "2026-10-26 17:00", // the clocks change on Sunday
	} {
		if got := promise.Suggest(closed(workcal.Christmas, workcal.BoxingDay), at(now)); !got.Equal(at(want)) {
			t.Errorf("on %s: %s", now, got.In(amsterdam))
		}
	}
	if got := promise.Suggest(workcal.Calendar{Zone: workcal.DefaultZone}, at("2026-11-12 10:42")); !got.Equal(at("2026-11-13 10:00")) {
		t.Error("never open:", got.In(amsterdam))
	}
}

func TestCheckDue(t *testing.T) {
	cal := closed(workcal.Christmas)
	now := at("2026-11-12 10:42")
	for _, c := range []struct {
		name, from, due, want, suggestion string
	}{
		{"in time", "", "2026-11-12 16:00", "", ""},
		{"at closing time", "", "2026-11-12 17:00", "", ""},
		{"at opening time", "", "2026-11-13 08:00", "", ""},
		{"a window", "2026-11-13 10:00", "2026-11-13 12:00", "", ""},
		{"nothing", "", "", "time-missing", "2026-11-13 17:00"},
		{"now", "", "2026-11-12 10:42", "time-past", "2026-11-13 17:00"},
		{"past", "", "2026-11-11 10:42", "time-past", "2026-11-13 17:00"},
		{"a window that ends where it begins", "2026-11-13 12:00", "2026-11-13 12:00", "window-backwards", "2026-11-13 17:00"},
		{"a window that begins after it ends", "2026-11-13 12:01", "2026-11-13 12:00", "window-backwards", "2026-11-13 17:00"},
		{"at night", "", "2026-11-13 03:00", "time-outside-hours", "2026-11-13 17:00"},
		{"on a Sunday", "", "2026-11-15 12:00", "time-outside-hours", "2026-11-16 17:00"},
		{"at Christmas", "", "2026-12-25 12:00", "time-outside-hours", "2026-12-28 17:00"},
		{"a moment after closing time", "", "2026-11-12 17:01", "time-outside-hours", "2026-11-13 17:00"},
		{"far away", "", "2028-11-13 12:00", "time-too-far", "2026-11-13 17:00"},
	} {
		var from, due time.Time
		if c.from != "" {
			from = at(c.from)
		}
		if c.due != "" {
			due = at(c.due)
		}
		err := promise.CheckDue(cal, now, from, due)
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		e, ok := errs.As(err)
		if !ok || e.Type != c.want || e.Class != errs.Invalid || len(e.Fields) != 1 || e.Fields[0].Path != "due_at" {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if s, _ := e.Params["Suggestion"].(time.Time); !s.Equal(at(c.suggestion)) {
			t.Errorf("%s: suggests %s", c.name, s.In(amsterdam))
		}
	}
}

func TestBreaks(t *testing.T) {
	ended := func(s promise.State, minute int) promise.Promise {
		return promise.Promise{State: s, EndedAt: at(thu + "10:00").Add(time.Duration(minute) * time.Minute)}
	}
	open := promise.Promise{State: promise.Open}
	for name, c := range map[string]struct {
		all  []promise.Promise
		want int
	}{
		"nothing ended":          {[]promise.Promise{open}, 0},
		"two in a row":           {[]promise.Promise{ended(promise.Broken, 2), open, ended(promise.Broken, 1)}, 2},
		"kept since":             {[]promise.Promise{ended(promise.Kept, 3), ended(promise.Broken, 2)}, 0},
		"one since it was kept":  {[]promise.Promise{ended(promise.Broken, 3), ended(promise.Kept, 2), ended(promise.Broken, 1)}, 1},
		"moving changes nothing": {[]promise.Promise{ended(promise.Renegotiated, 3), ended(promise.Withdrawn, 4), ended(promise.Broken, 1)}, 1},
	} {
		if got := promise.Breaks(c.all); got != c.want {
			t.Errorf("%s: %d", name, got)
		}
	}
}

func TestTold(t *testing.T) {
	for told, want := range map[promise.Told]bool{promise.Untold: false, promise.Sent: false, promise.Delivered: true, promise.Spoken: true} {
		if told.Reached() != want {
			t.Errorf("%s counts as told: %v", told, !want)
		}
	}
}
