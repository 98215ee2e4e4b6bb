package workcal

import (
	"slices"
	"time"
)

// opening is one stretch of being open, in Unix seconds.
type opening struct{ from, to int64 }

func (o opening) start() time.Time { return time.Unix(o.from, 0) }
func (o opening) end() time.Time   { return time.Unix(o.to, 0) }

// walker goes over the days of a calendar. It computes what it needs once per
// year (the holidays) and once per period of constant offset (the zone), so
// that a day costs a few additions.
type walker struct {
	cal Calendar
	loc *time.Location
	day int64 // days since 1970

	closed               [11]int64 // the holidays of a year on which we are closed
	nClosed              int
	yearFirst, yearLast  int64 // the days for which closed holds
	closures             [][2]int64
	offset               int64 // seconds east of UTC
	offsetFrom, offsetTo int64 // the Unix seconds for which offset holds
	buf                  [4]opening
}

// walk begins the day before the local day of t, because where the clock goes
// back over midnight a day's hours can begin "before" the day itself.
func (c Calendar) walk(t time.Time) *walker {
	w := &walker{cal: c, loc: c.Location()}
	w.day = DateOf(t, w.loc).number() - 1
	w.yearFirst, w.yearLast = 1, 0
	for _, cl := range c.Closures {
		w.closures = append(w.closures, [2]int64{cl.From.number(), cl.To.number()})
	}
	return w
}

// spans are the openings of the day, in order, none of them empty. The slice
// is good until the next call.
func (w *walker) spans() []opening {
	ivs := w.cal.Week[weekday(w.day)]
	if len(ivs) == 0 || w.isClosed() {
		return nil
	}
	out := w.buf[:0]
	for _, iv := range ivs {
		o := opening{w.instant(iv.From), w.instant(iv.To)}
		if o.from < o.to {
			out = append(out, o)
		}
	}
	return out
}

func (w *walker) isClosed() bool {
	for _, cl := range w.closures {
		if cl[0] <= w.day && w.day <= cl[1] {
			return true
		}
	}
	if len(w.cal.Holidays) == 0 {
		return false
	}
	if w.day < w.yearFirst || w.day > w.yearLast {
		w.year()
	}
	return slices.Contains(w.closed[:w.nClosed], w.day)
}

func (w *walker) year() {
	y := dateAt(w.day).Year
	w.yearFirst = Date{y, time.January, 1}.number()
	w.yearLast = Date{y, time.December, 31}.number()
	w.nClosed = 0
	for _, h := range holidays(y) {
		if slices.Contains(w.cal.Holidays, h.key) {
			w.closed[w.nClosed] = h.day
			w.nClosed++
		}
	}
}

// instant is the first moment at which the wall clock has reached the given
// minute of the day.
func (w *walker) instant(minute int) int64 {
	wall := w.day*daySeconds + int64(minute)*60
	// Well inside a period of constant offset there is only one answer. No
	// zone is ever moved by more than a day.
	if at := wall - w.offset; at-daySeconds >= w.offsetFrom && at+daySeconds < w.offsetTo {
		return at
	}
	return w.instantNearChange(wall)
}

func (w *walker) instantNearChange(wall int64) int64 {
	// Look at the periods from two days before: the first one in which the
	// clock reaches wall gives the answer, at its very beginning when the
	// clock jumped over it.
	t := time.Unix(wall-2*daySeconds, 0).In(w.loc)
	for {
		start, end := t.ZoneBounds()
		_, off := t.Zone()
		w.offset, w.offsetFrom, w.offsetTo = int64(off), minUnix, maxUnix
		if !start.IsZero() {
			w.offsetFrom = start.Unix()
		}
		if !end.IsZero() {
			w.offsetTo = end.Unix()
		}
		if at := wall - w.offset; at < w.offsetTo {
			return max(at, w.offsetFrom)
		}
		t = end
	}
}

const (
	minUnix = -1 << 60
	maxUnix = 1 << 60
)
