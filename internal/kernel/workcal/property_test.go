package workcal

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// genDay draws a day's hours; touching intervals only when asked.
func genDay(t *rapid.T, touching bool) []Interval {
	n := rapid.IntRange(0, 3).Draw(t, "intervals")
	cuts := rapid.SliceOfNDistinct(rapid.IntRange(0, dayMinutes), 2*n, 2*n, rapid.ID).Draw(t, "cuts")
	slices.Sort(cuts)
	var out []Interval
	for i := 0; i < len(cuts); i += 2 {
		out = append(out, Interval{cuts[i], cuts[i+1]})
		if touching && i > 0 && cuts[i]%3 == 0 {
			out[i/2].From = out[i/2-1].To
		}
	}
	return out
}

func genCalendar(t *rapid.T) Calendar {
	c := Calendar{Zone: rapid.SampledFrom([]string{DefaultZone, "America/Havana", "Africa/Cairo",
		"Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia", "UTC"}).Draw(t, "zone")}
	for d := range c.Week {
		c.Week[d] = genDay(t, true)
	}
	c.Week[rapid.IntRange(0, 6).Draw(t, "open day")] = []Interval{{9 * 60, 17 * 60}}
	for _, k := range HolidayKeys() {
		if rapid.Bool().Draw(t, k) {
			c.Holidays = append(c.Holidays, k)
		}
	}
	for range rapid.IntRange(0, 3).Draw(t, "closures") {
		from := dateAt(genTime(t).Unix() / daySeconds)
		c.Closures = append(c.Closures, Closure{From: from, To: from.AddDays(rapid.IntRange(0, 30).Draw(t, "days"))})
	}
	if err := c.Validate(); err != nil {
		t.Fatalf("the generator makes a calendar that is refused: %v", err)
	}
	return c
}

// genTime prefers the neighbourhood of clock changes.
func genTime(t *rapid.T) time.Time {
	base := rapid.SampledFrom([]time.Time{
		time.Date(2026, 3, 28, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 24, 0, 0, 0, 0, time.UTC),
		time.Date(2011, 12, 29, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 20, 0, 0, 0, 0, time.UTC),
		time.Date(2024, 2, 27, 0, 0, 0, 0, time.UTC)}).Draw(t, "base")
	return base.Add(time.Duration(rapid.Int64Range(0, int64(40*24*time.Hour/time.Millisecond)).Draw(t, "ms")) * time.Millisecond)
}

func genWork(t *rapid.T, name string) time.Duration {
	return time.Duration(rapid.Int64Range(0, int64(400*time.Hour/time.Second)).Draw(t, name)) * time.Second
}

func TestAddAndBetweenAreInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, from, d := genCalendar(t), genTime(t), genWork(t, "d")
		to := c.Add(from, d)
		if got := c.Between(from, to); got != d {
			t.Fatalf("Between(%v, Add = %v) = %v, want %v", from, to, got, d)
		}
		back := c.Add(from, -d)
		if got := c.Between(back, from); got != d {
			t.Fatalf("Between(Add back = %v, %v) = %v, want %v", back, from, got, d)
		}
		if got := c.Between(to, from); got != -d {
			t.Fatalf("Between the other way = %v, want %v", got, -d)
		}
	})
}

func TestAddEndsInOpeningHours(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, from, d := genCalendar(t), genTime(t), genWork(t, "d")
		to := c.Add(from, d)
		if to.Before(from) {
			t.Fatalf("Add(%v, %v) = %v goes back", from, d, to)
		}
		if !c.OpenAt(to) && !c.OpenAt(to.Add(-time.Nanosecond)) {
			t.Fatalf("Add(%v, %v) = %v is outside opening hours", from, d, to)
		}
		if back := c.Add(from, -d); !c.OpenAt(back) && !c.OpenAt(back.Add(-time.Nanosecond)) {
			t.Fatalf("Add(%v, -%v) = %v is outside opening hours", from, d, back)
		}
	})
}

func TestAddIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, a, b := genCalendar(t), genTime(t), genTime(t)
		d, more := genWork(t, "d"), genWork(t, "more")
		if b.Before(a) {
			a, b = b, a
		}
		if x, y := c.Add(a, d), c.Add(b, d); y.Before(x) {
			t.Fatalf("Add(%v, %v) = %v, but Add(%v) = %v", a, d, x, b, y)
		}
		x, y := c.Add(a, d), c.Add(a, d+more)
		if y.Before(x) || (more > 0 && !y.After(x)) {
			t.Fatalf("Add(%v, %v) = %v, but with %v more = %v", a, d, x, more, y)
		}
		if z := c.Add(x, more); !z.Equal(y) {
			t.Fatalf("Add in two steps = %v, in one = %v", z, y)
		}
	})
}

func TestBetweenIsAdditive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := genCalendar(t)
		a, b, z := genTime(t), genTime(t), genTime(t)
		if got, want := c.Between(a, b)+c.Between(b, z), c.Between(a, z); got != want {
			t.Fatalf("%v → %v → %v: %v, straight %v", a, b, z, got, want)
		}
		if got := c.Between(a, b); got.Abs() > b.Sub(a).Abs() {
			t.Fatalf("more working time (%v) than time (%v)", got, b.Sub(a))
		}
	})
}

// The slow truth: ask minute by minute.
func TestBetweenCountsTheOpenMinutes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, a := genCalendar(t), genTime(t).Truncate(time.Minute)
		var want time.Duration
		n := rapid.IntRange(0, 2*dayMinutes).Draw(t, "minutes")
		for i := range n {
			if c.OpenAt(a.Add(time.Duration(i) * time.Minute)) {
				want += time.Minute
			}
		}
		if got := c.Between(a, a.Add(time.Duration(n)*time.Minute)); got != want {
			t.Fatalf("%d minutes from %v: %v, counted %v", n, a, got, want)
		}
	})
}

// OpenAt against the wall clock, away from the hours that come twice.
func TestOpenAtReadsTheWallClock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, at := genCalendar(t), genTime(t)
		local := at.In(c.Location())
		if start, end := local.ZoneBounds(); !start.IsZero() && (at.Sub(start) < 25*time.Hour || end.Sub(at) < 25*time.Hour) && !end.IsZero() {
			return
		}
		want, day := false, DateOf(at, c.Location())
		for _, iv := range c.Week[local.Weekday()] {
			m := local.Hour()*60 + local.Minute()
			want = want || iv.From <= m && m < iv.To
		}
		for _, h := range Holidays(day.Year) {
			if slices.Contains(c.Holidays, h.Key) && DateOf(h.Date, time.UTC) == day {
				want = false
			}
		}
		for _, cl := range c.Closures {
			if cl.From.Compare(day) <= 0 && day.Compare(cl.To) <= 0 {
				want = false
			}
		}
		if got := c.OpenAt(at); got != want {
			t.Fatalf("OpenAt(%v) = %v, the clock on the wall says %v", local, got, want)
		}
	})
}

func TestNextOpenIsTheNextOpening(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, at := genCalendar(t), genTime(t)
		next, end := c.NextOpen(at), c.CloseOf(at)
		if !c.OpenAt(next) || next.Before(at) || c.Between(at, next) != 0 {
			t.Fatalf("NextOpen(%v) = %v", at, next)
		}
		if c.OpenAt(at) && !next.Equal(at) {
			t.Fatalf("open at %v, yet NextOpen = %v", at, next)
		}
		if c.Between(next, end) != end.Sub(next) || !end.After(next) {
			t.Fatalf("not open from %v until CloseOf = %v", next, end)
		}
	})
}
