package workcal

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// Week holds the opening hours by time.Weekday, so Sunday first.
type Week [7][]Interval

// Closure is a time we are closed besides the holidays, both days included.
type Closure struct {
	From Date   `json:"from"`
	To   Date   `json:"to"`
	Note string `json:"note,omitempty"`
}

// Calendar says when an organisation is open. The zero Calendar is never open.
type Calendar struct {
	Zone     string    `json:"zone"` // IANA name
	Week     Week      `json:"week"`
	Holidays []string  `json:"holidays,omitempty"` // keys of the holidays on which we are closed
	Closures []Closure `json:"closures,omitempty"`
}

// DefaultZone is used where no zone was chosen.
const DefaultZone = "Europe/Amsterdam"

// Default is open Monday to Friday from 9 to 17, closed on the Dutch holidays
// without Good Friday and 5 May.
func Default(zone string) Calendar {
	if zone == "" {
		zone = DefaultZone
	}
	c := Calendar{Zone: zone}
	for d := time.Monday; d <= time.Friday; d++ {
		c.Week[d] = []Interval{{9 * 60, 17 * 60}}
	}
	for _, k := range HolidayKeys() {
		if k != GoodFriday && k != LiberationDay {
			c.Holidays = append(c.Holidays, k)
		}
	}
	return c
}

// Validate says everything that is wrong at once: Invalid with the fields
// "zone", "week.<0-6>", "holidays" and "closures.<n>".
func (c Calendar) Validate() error {
	var ck errs.Checks
	_, err := zone(c.Zone)
	ck.Must(err == nil && c.Zone != "", "zone", "zone-unknown")
	for d, ivs := range c.Week {
		path := fmt.Sprintf("week.%d", d)
		for _, iv := range ivs {
			if iv.From < 0 || iv.To > dayMinutes {
				ck.Must(false, path, "hours-unreadable")
			} else if iv.From >= iv.To {
				ck.Add(errs.Field{Path: path, Type: "hours-backwards",
					Params: errs.Params{"From": clockOf(iv.From), "To": clockOf(iv.To)}})
			}
		}
		ck.Must(apart(ivs), path, "hours-overlap")
	}
	known := HolidayKeys()
	for _, k := range c.Holidays {
		ck.Must(slices.Contains(known, k), "holidays", "holiday-unknown")
	}
	for i, cl := range c.Closures {
		ck.Must(cl.From.Valid() && cl.To.Valid() && cl.From.Compare(cl.To) <= 0,
			fmt.Sprintf("closures.%d", i), "closure-dates")
	}
	return ck.Err()
}

// Location is the calendar's zone; UTC when the name is unknown, which
// Validate refuses.
func (c Calendar) Location() *time.Location {
	if loc, err := zone(c.Zone); err == nil {
		return loc
	}
	return time.UTC
}

// zones remembers loaded zones, because loading one reads a file. What it
// holds never changes, so nobody can notice that it is there.
var zones sync.Map

func zone(name string) (*time.Location, error) {
	if loc, ok := zones.Load(name); ok {
		return loc.(*time.Location), nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("workcal: zone %q: %w", name, err)
	}
	zones.Store(name, loc)
	return loc, nil
}

// never is how many days without opening hours mean that none will come.
const never = 366

// OpenAt says whether we are open at t. At closing time we are not.
func (c Calendar) OpenAt(t time.Time) bool {
	s, ok := c.spanAt(t)
	return ok && !t.Before(s.start())
}

// NextOpen is t itself when we are open, else the next opening time; the zero
// time when that is more than 366 days away.
func (c Calendar) NextOpen(t time.Time) time.Time {
	s, ok := c.spanAt(t)
	if !ok {
		return time.Time{}
	}
	if s.start().After(t) {
		return s.start().In(t.Location())
	}
	return t
}

// CloseOf is the end of the interval that contains t, or of the next one; the
// zero time when none comes within 366 days.
func (c Calendar) CloseOf(t time.Time) time.Time {
	s, ok := c.spanAt(t)
	if !ok {
		return time.Time{}
	}
	return s.end().In(t.Location())
}

// spanAt is the first span that ends after t.
func (c Calendar) spanAt(t time.Time) (opening, bool) {
	w := c.walk(t)
	for range never + 2 {
		for _, s := range w.spans() {
			if s.end().After(t) {
				return s, true
			}
		}
		w.day++
	}
	return opening{}, false
}

// Add is the moment at which d of working time has passed after t. When t is
// outside opening hours the counting begins at the next opening. A negative d
// counts back, for what must be ready that much before. Add(t, 0) is t within
// and at the end of opening hours, else the next opening. The zero time says
// that we are not open for a whole year somewhere on the way.
func (c Calendar) Add(t time.Time, d time.Duration) time.Time {
	if d < 0 {
		return c.subtract(t, -d)
	}
	w := c.walk(t)
	for idle := 0; idle < never+2; idle++ {
		for _, s := range w.spans() {
			from, to := s.start(), s.end()
			if to.Before(t) || (to.Equal(t) && d > 0) {
				continue
			}
			if from.Before(t) {
				from = t
			}
			if room := to.Sub(from); d <= room {
				return from.Add(d).In(t.Location())
			} else {
				d -= room
			}
			idle = 0
		}
		w.day++
	}
	return time.Time{}
}

// subtract is Add in the other direction.
func (c Calendar) subtract(t time.Time, d time.Duration) time.Time {
	w := c.walk(t)
	w.day += 2 // the walk begins a day early for going forward
	for idle := 0; idle < never+2; idle++ {
		for _, s := range slices.Backward(w.spans()) {
			from, to := s.start(), s.end()
			if !from.Before(t) {
				continue
			}
			if to.After(t) {
				to = t
			}
			if room := to.Sub(from); d <= room {
				return to.Add(-d).In(t.Location())
			} else {
				d -= room
			}
			idle = 0
		}
		w.day--
	}
	return time.Time{}
}

// Between is the working time from a to b, negative when b is before a.
func (c Calendar) Between(a, b time.Time) time.Duration {
	if b.Before(a) {
		return -c.Between(b, a)
	}
	var sum time.Duration
	last := DateOf(b, c.Location()).number() + 1
	for w := c.walk(a); w.day <= last; w.day++ {
		for _, s := range w.spans() {
			from, to := s.start(), s.end()
			if from.Before(a) {
				from = a
			}
			if to.After(b) {
				to = b
			}
			if to.After(from) {
				sum += to.Sub(from)
			}
		}
	}
	return sum
}

// EndOfWorkingDay is the last closing time on the n-th working day after the
// local day of t. Zero days means today, also when today's closing time has
// passed; when today is no working day, the next one. The zero time says that
// there is none within a year.
func (c Calendar) EndOfWorkingDay(t time.Time, days int) time.Time {
	w := c.walk(t)
	today := DateOf(t, w.loc).number()
	w.day = today
	for idle := 0; idle <= never; idle++ {
		if ss := w.spans(); len(ss) > 0 {
			if w.day > today {
				days--
			}
			if days <= 0 {
				return ss[len(ss)-1].end().In(t.Location())
			}
			idle = 0
		}
		w.day++
	}
	return time.Time{}
}
