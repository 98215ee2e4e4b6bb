package workcal

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/houvast/houvast/internal/kernel/errs"
)

func at(t *testing.T, s string) time.Time {
	t.Helper()
	loc, err := time.LoadLocation(DefaultZone)
	if err != nil {
		t.Fatal(err)
	}
	out, err := time.ParseInLocation("2006-01-02 15:04", s, loc)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// practice has a lunch break, a long Thursday and short Friday.
func practice() Calendar {
	c := Default("")
	for d := time.Monday; d <= time.Friday; d++ {
		c.Week[d] = []Interval{{8 * 60, 12*60 + 30}, {13*60 + 30, 17 * 60}}
	}
	c.Week[time.Thursday] = []Interval{{8 * 60, 12 * 60}, {18 * 60, 24 * 60}}
	c.Week[time.Friday] = []Interval{{8 * 60, 12 * 60}}
	c.Closures = []Closure{{Date{2026, 11, 23}, Date{2026, 11, 24}, "Verbouwing"}}
	return c
}

func TestOpening(t *testing.T) {
	c := practice()
	for _, tc := range []struct{ at, next, close string }{
		{"2026-11-11 07:59", "2026-11-11 08:00", "2026-11-11 12:30"}, // Wednesday
		{"2026-11-11 08:00", "2026-11-11 08:00", "2026-11-11 12:30"},
		{"2026-11-11 12:29", "2026-11-11 12:29", "2026-11-11 12:30"},
		{"2026-11-11 12:30", "2026-11-11 13:30", "2026-11-11 17:00"}, // lunch
		{"2026-11-11 17:00", "2026-11-12 08:00", "2026-11-12 12:00"},
		{"2026-11-12 23:59", "2026-11-12 23:59", "2026-11-13 00:00"}, // until midnight
		{"2026-11-13 00:00", "2026-11-13 08:00", "2026-11-13 12:00"},
		{"2026-11-20 12:00", "2026-11-25 08:00", "2026-11-25 12:30"}, // weekend, then closed two days
		{"2026-12-25 10:00", "2026-12-28 08:00", "2026-12-28 12:30"}, // Christmas on a Friday
		{"2027-03-26 10:00", "2027-03-26 10:00", "2027-03-26 12:00"}, // Good Friday: open
		{"2027-03-26 12:00", "2027-03-30 08:00", "2027-03-30 12:30"}, // Easter Monday: closed
	} {
		now := at(t, tc.at)
		if got := c.NextOpen(now); !got.Equal(at(t, tc.next)) {
			t.Errorf("NextOpen(%s) = %v, want %s", tc.at, got, tc.next)
		}
		if got := c.CloseOf(now); !got.Equal(at(t, tc.close)) {
			t.Errorf("CloseOf(%s) = %v, want %s", tc.at, got, tc.close)
		}
		if got, want := c.OpenAt(now), tc.at == tc.next; got != want {
			t.Errorf("OpenAt(%s) = %v", tc.at, got)
		}
	}
}

func TestAdd(t *testing.T) {
	c := practice()
	for _, tc := range []struct {
		from string
		d    time.Duration
		want string
	}{
		{"2026-11-11 12:00", 30 * time.Minute, "2026-11-11 12:30"}, // ends at closing, not after lunch
		{"2026-11-11 12:00", time.Hour, "2026-11-11 14:00"},        // over lunch
		{"2026-11-11 16:00", 2 * time.Hour, "2026-11-12 09:00"},
		{"2026-11-11 22:00", 0, "2026-11-12 08:00"},
		{"2026-11-11 17:00", 0, "2026-11-11 17:00"},
		{"2026-11-12 12:00", 6 * time.Hour, "2026-11-13 00:00"},
		{"2026-11-20 11:00", 2 * time.Hour, "2026-11-25 09:00"},
		{"2026-11-25 09:00", -2 * time.Hour, "2026-11-20 11:00"},
		{"2026-11-11 14:00", -time.Hour, "2026-11-11 12:00"},
		{"2026-11-11 14:00", -30 * time.Minute, "2026-11-11 13:30"}, // stays at the opening
		{"2026-11-15 14:00", -time.Hour, "2026-11-13 11:00"},
	} {
		if got := c.Add(at(t, tc.from), tc.d); !got.Equal(at(t, tc.want)) {
			t.Errorf("Add(%s, %v) = %v, want %s", tc.from, tc.d, got, tc.want)
		}
	}
}

func TestWorkingTimeIsElapsedTimeOverClockChanges(t *testing.T) {
	night := Calendar{Zone: DefaultZone}
	for d := range night.Week {
		night.Week[d] = []Interval{{0, 6 * 60}}
	}
	for _, tc := range []struct {
		day  string
		want time.Duration
	}{
		{"2026-03-28", 6 * time.Hour},
		{"2026-03-29", 5 * time.Hour}, // 02:00 → 03:00
		{"2026-10-25", 7 * time.Hour}, // 03:00 → 02:00
		{"2026-10-26", 6 * time.Hour},
	} {
		from := at(t, tc.day+" 00:00")
		if got := night.Between(from, at(t, tc.day+" 12:00")); got != tc.want {
			t.Errorf("Between on %s = %v, want %v", tc.day, got, tc.want)
		}
		if got, want := night.Add(from, tc.want), at(t, tc.day+" 06:00"); !got.Equal(want) {
			t.Errorf("Add on %s = %v, want %v", tc.day, got, want)
		}
	}
	// Opening at a minute that does not exist is opening at the change; a
	// minute that comes twice counts the first time.
	night.Week[time.Sunday] = []Interval{{2*60 + 30, 4 * 60}}
	for _, tc := range []struct{ before, want string }{
		{"2026-03-29T00:00:00+01:00", "2026-03-29T03:00:00+02:00"},
		{"2026-10-25T00:00:00+02:00", "2026-10-25T02:30:00+02:00"},
	} {
		before, _ := time.Parse(time.RFC3339, tc.before)
		if got := night.NextOpen(before).In(night.Location()).Format(time.RFC3339); got != tc.want {
			t.Errorf("NextOpen(%s) = %s, want %s", tc.before, got, tc.want)
		}
	}
	second := time.Date(2026, 10, 25, 1, 10, 0, 0, time.UTC) // the second 02:10
	if !night.OpenAt(second) {
		t.Error("closed in the repeated hour although we opened before it")
	}
}

func TestZonesThatChangeAtMidnight(t *testing.T) {
	// Cairo and Beirut skip 00:00–01:00, Havana repeats it, and Apia skipped the
	// whole of 30 December 2011.
	for _, zone := range []string{"Africa/Cairo", "America/Havana", "Pacific/Apia", "Asia/Beirut"} {
		c := Calendar{Zone: zone}
		for d := range c.Week {
			c.Week[d] = []Interval{{0, 12 * 60}, {12 * 60, dayMinutes}}
		}
		from := time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC)
		for i := range 20 {
			to := from.AddDate(0, i*7, i)
			if got, want := c.Between(from, to), to.Sub(from); got != want {
				t.Errorf("%s: always open, yet Between is %v of %v", zone, got, want)
			}
		}
	}
}

func TestNeverOpen(t *testing.T) {
	now := at(t, "2026-11-11 10:00")
	closed := practice()
	closed.Closures = append(closed.Closures, Closure{Date{2026, 1, 1}, Date{2028, 1, 1}, ""})
	for name, c := range map[string]Calendar{"zero": {}, "closed for years": closed} {
		if got := c.NextOpen(now); !got.IsZero() {
			t.Errorf("%s: NextOpen = %v", name, got)
		}
		if got := c.CloseOf(now); !got.IsZero() {
			t.Errorf("%s: CloseOf = %v", name, got)
		}
		if got := c.Add(now, time.Minute); !got.IsZero() {
			t.Errorf("%s: Add = %v", name, got)
		}
		if got := c.EndOfWorkingDay(now, 1); !got.IsZero() {
			t.Errorf("%s: EndOfWorkingDay = %v", name, got)
		}
		if c.OpenAt(now) || c.Between(now, now.AddDate(0, 6, 0)) != 0 {
			t.Errorf("%s: open", name)
		}
	}
	if got := (Calendar{}).Add(now, -time.Minute); !got.IsZero() {
		t.Errorf("zero: Add back = %v", got)
	}
}

func TestEndOfWorkingDay(t *testing.T) {
	c := practice()
	for _, tc := range []struct {
		from string
		days int
		want string
	}{
		{"2026-11-11 09:00", 0, "2026-11-11 17:00"},
		{"2026-11-11 20:00", 0, "2026-11-11 17:00"},
		{"2026-11-11 09:00", 1, "2026-11-13 00:00"}, // Thursday closes at midnight
		{"2026-11-11 09:00", 2, "2026-11-13 12:00"},
		{"2026-11-11 09:00", 3, "2026-11-16 17:00"},
		{"2026-11-14 09:00", 0, "2026-11-16 17:00"}, // Saturday
		{"2026-11-14 09:00", 1, "2026-11-16 17:00"},
		{"2026-11-20 09:00", 1, "2026-11-25 17:00"}, // closed 23 and 24
	} {
		if got := c.EndOfWorkingDay(at(t, tc.from), tc.days); !got.Equal(at(t, tc.want)) {
			t.Errorf("EndOfWorkingDay(%s, %d) = %v, want %s", tc.from, tc.days, got, tc.want)
		}
	}
}

func TestResultsKeepTheZoneTheyWereAskedIn(t *testing.T) {
	utc := at(t, "2026-11-11 07:00").UTC()
	c := practice()
	for _, got := range []time.Time{c.NextOpen(utc), c.CloseOf(utc), c.Add(utc, time.Hour),
		c.Add(utc, -time.Hour), c.EndOfWorkingDay(utc, 1)} {
		if got.Location() != time.UTC {
			t.Errorf("%v is not in UTC", got)
		}
	}
}

func TestCalendarIsStoredAsJSON(t *testing.T) {
	c := practice()
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var back Calendar
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(c, back); d != "" {
		t.Error(d)
	}
	if err := json.Unmarshal([]byte(`{"closures":[{"from":"12-11-2026"}]}`), &back); err == nil {
		t.Error("accepted a date the wrong way round")
	}
}

func TestValidate(t *testing.T) {
	if err := practice().Validate(); err != nil {
		t.Error(err)
	}
	bad := practice()
	bad.Zone = "Europe/Utrecht"
	bad.Week[1] = []Interval{{60, 120}, {90, 200}}
	bad.Week[2] = []Interval{{200, 100}}
	bad.Week[3] = []Interval{{-1, 1441}}
	bad.Holidays = []string{"sinterklaas"}
	bad.Closures = []Closure{{Date{2026, 2, 30}, Date{2026, 3, 1}, ""}, {Date{2026, 3, 2}, Date{2026, 3, 1}, ""}}
	e, ok := errs.As(bad.Validate())
	if !ok {
		t.Fatal("accepted")
	}
	var got []string
	for _, f := range e.Fields {
		got = append(got, f.Path+" "+f.Type)
	}
	want := []string{"zone zone-unknown", "week.1 hours-overlap", "week.2 hours-backwards", "week.3 hours-unreadable",
		"holidays holiday-unknown", "closures.0 closure-dates", "closures.1 closure-dates"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for _, zone := range []string{"", "Local/Nothing"} {
		c := practice()
		c.Zone = zone
		if !errors.Is(c.Validate(), errs.New(errs.Invalid, "zone-unknown")) {
			t.Errorf("accepted the zone %q", zone)
		}
	}
	if (Calendar{Zone: "Nowhere"}).Location() != time.UTC {
		t.Error("an unknown zone is not UTC")
	}
}

func BenchmarkAddTenYears(b *testing.B) {
	c := practice()
	from := time.Date(2026, 11, 11, 9, 0, 0, 0, time.UTC)
	for b.Loop() {
		c.Add(from, 10*52*36*time.Hour)
	}
}

func BenchmarkAddFourHours(b *testing.B) {
	c := practice()
	from := time.Date(2026, 11, 11, 9, 0, 0, 0, time.UTC)
	for b.Loop() {
		c.Add(from, 4*time.Hour)
	}
}
