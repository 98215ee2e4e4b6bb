package story

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/workcal"
)

// Moment is a local time as the story writes it: 2021-05-17T09:10. It becomes a
// real one only with a zone and the days by which the story is shifted.
type Moment struct {
	wall   time.Time // the clock on the wall, kept as if it were UTC
	offset bool      // written with its own offset: then wall is the real moment
}

var momentForm = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(\.\d{1,3})?(Z|[+-]\d{2}:\d{2})?$`)

// readMoment reads a whole text as a moment; false when it is none.
func readMoment(s string) (Moment, bool) {
	if !momentForm.MatchString(s) {
		return Moment{}, false
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil {
			return Moment{wall: t}, true
		}
	}
	for _, layout := range []string{"2006-01-02T15:04Z07:00", time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil {
			return Moment{wall: t, offset: true}, true
		}
	}
	return Moment{}, false
}

// IsZero says whether there is no moment.
func (m Moment) IsZero() bool { return m.wall.IsZero() }

// Before compares two moments of one story.
func (m Moment) Before(o Moment) bool { return m.wall.Before(o.wall) }

// At is the real moment.
func (m Moment) At(loc *time.Location, days int) time.Time {
	w := m.wall
	if m.offset {
		w = w.In(loc)
	}
	return time.Date(w.Year(), w.Month(), w.Day()+days, w.Hour(), w.Minute(), w.Second(), w.Nanosecond(), loc)
}

// Span is a distance in time as the story writes it: "20m", "3h", "24d",
// "1d 10:00" (the next day at ten) or "2wd 17:00" (two working days on, at
// five o'clock, in the hours of the organisation that acts).
type Span struct {
	plain   time.Duration
	days    int
	working bool
	clock   int // minutes after midnight; -1 when none
}

var spanForm = regexp.MustCompile(`^\+?(?:(\d+)(wd|w|d|h|m))(?:\s*(\d+)m)?(?:\s+(\d{1,2}):(\d{2}))?$`)

func readSpan(s string) (Span, bool) {
	m := spanForm.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return Span{clock: -1}, false
	}
	n, err := strconv.Atoi(m[1])
	if err != nil || n > 100_000 {
		return Span{clock: -1}, false
	}
	sp := Span{clock: -1}
	switch m[2] {
	case "wd":
		sp.days, sp.working = n, true
	case "w":
		sp.days = 7 * n
	case "d":
		sp.days = n
	case "h":
		sp.plain = time.Duration(n) * time.Hour
	case "m":
		sp.plain = time.Duration(n) * time.Minute
	}
	if m[3] != "" {
		more, err := strconv.Atoi(m[3])
		if err != nil || m[2] != "h" {
			return sp, false
		}
		sp.plain += time.Duration(more) * time.Minute
	}
	if m[4] != "" {
		h, _ := strconv.Atoi(m[4]) // the pattern lets only digits through
		mi, _ := strconv.Atoi(m[5])
		if h > 23 || mi > 59 || sp.plain != 0 {
			return sp, false
		}
		sp.clock = h*60 + mi
	}
	return sp, true
}

// duration is the span without a calendar: for patience.
func (s Span) duration() time.Duration { return s.plain + time.Duration(s.days)*24*time.Hour }

// from is the moment a span after t.
func (s Span) from(t time.Time, loc *time.Location, cal workcal.Calendar) time.Time {
	if s.days == 0 && s.clock < 0 {
		return t.Add(s.plain)
	}
	l := t.In(loc)
	h, mi, sec := l.Clock()
	if s.clock >= 0 {
		h, mi, sec = s.clock/60, s.clock%60, 0
	}
	if !s.working {
		return time.Date(l.Year(), l.Month(), l.Day()+s.days, h, mi, sec, 0, loc)
	}
	for day, left := 0, s.days; day < 366; day++ {
		noon := time.Date(l.Year(), l.Month(), l.Day()+day, 0, 0, 0, 0, loc)
		open := cal.NextOpen(noon)
		works := !open.IsZero() && open.Before(noon.AddDate(0, 0, 1))
		if works && day > 0 {
			left--
		}
		if left <= 0 && works {
			return time.Date(l.Year(), l.Month(), l.Day()+day, h, mi, sec, 0, loc)
		}
	}
	return t.Add(s.duration())
}

// rfc writes a moment as the API reads it.
func rfc(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// local writes a moment as people in the story see it, with its offset.
func local(t time.Time, loc *time.Location) string {
	return t.In(loc).Format("2006-01-02T15:04:05Z07:00")
}

// place is where something is written.
func place(file string, line int) string { return fmt.Sprintf("%s:%d", file, line) }
