package examine

import (
	"time"
)

// Log is an event log as it was read.
type Log struct {
	Mapping   Mapping
	Format    string // csv, xes
	Packed    bool
	Separator string
	Zone      *time.Location
	Trouble   Trouble

	cases, people, groups, what, kinds *names
	events                             events
	start, deadline, end               []int64  // by case; nil when no column tells it
	kind                               []uint32 // by case, number + 1
	times                              [roles]timeColumn
	scratch                            []byte
}

// Trouble counts what could not be read, or not as one would expect.
type Trouble struct {
	Lines      int64 // lines, or events, that were looked at
	Ragged     int64 // with more or fewer fields than the header
	Quotes     int64 // with a quote that nothing closes
	NoCase     int64
	NoTime     int64
	BadTime    int64 // what stands there is not a time
	Impossible int64 // 31 February, 1 January 1970 at midnight, the year 9999
	NoWho      int64 // events that say nobody; they stay
	BadDates   int64 // start, deadline or end that cannot be read; the case stays
	Changed    int64 // a second, other start, deadline or end in one case; the first counts
	Unordered  int   // cases of which the events do not stand in time order
	TooMany    bool  // groups or activities: more than a log of work has
}

// Left is how many lines were left out.
func (t Trouble) Left() int64 {
	return t.Ragged + t.Quotes + t.NoCase + t.NoTime + t.BadTime + t.Impossible
}

const most = 1<<16 - 2 // groups, and activities

func newLog(m Mapping, cols []column, zone *time.Location) *Log {
	l := &Log{Mapping: m, Zone: zone, cases: newNames(), people: newNames(), groups: newNames(), what: newNames(), kinds: newNames()}
	for _, r := range []Role{When, Start, Deadline, End} {
		l.times[r].loc = zone
		if i := m.Of[r]; i >= 0 {
			l.times[r].monthFirst = m.Times[r].Order == "month-first"
			l.times[r].unit = cols[i].times.unit
		}
	}
	return l
}

// add takes one event: the text of each role, of which only the case and the
// time must be there.
func (l *Log) add(v *[roles][]byte) {
	name := trim(v[Case])
	if len(name) == 0 || isNull(name) {
		l.Trouble.NoCase++
		return
	}
	when := v[When]
	if clock := trim(v[Clock]); len(clock) > 0 && len(trim(when)) > 0 {
		l.scratch = append(append(append(l.scratch[:0], trim(when)...), ' '), clock...)
		when = l.scratch
	}
	t, trouble := l.times[When].read(when)
	switch trouble {
	case timeMissing:
		l.Trouble.NoTime++
		return
	case timeUnreadable:
		l.Trouble.BadTime++
		return
	case timeImpossible:
		l.Trouble.Impossible++
		return
	case timeRead:
	}
	c := l.cases.number(name)
	e := event{when: t}
	if who := trim(v[Who]); len(who) > 0 && !isNull(who) {
		e.who = l.people.number(who) + 1
	} else {
		l.Trouble.NoWho++
	}
	if group := trim(v[Group]); !placeholder(group) {
		e.group = l.few(l.groups, group)
	}
	e.what = l.few(l.what, v[Activity])
	l.events.add(c, e)
	l.ofCase(&l.start, Start, c, v[Start])
	l.ofCase(&l.deadline, Deadline, c, v[Deadline])
	l.ofCase(&l.end, End, c, v[End])
	if l.Mapping.Of[Kind] >= 0 {
		for len(l.kind) <= int(c) {
			l.kind = append(l.kind, 0)
		}
		if kind := trim(v[Kind]); l.kind[c] == 0 && len(kind) > 0 {
			l.kind[c] = l.kinds.number(kind) + 1
		}
	}
}

// few numbers names of which there are few.
func (l *Log) few(n *names, name []byte) uint16 {
	if name = trim(name); len(name) == 0 {
		return 0
	}
	if n.Len() > most {
		l.Trouble.TooMany = true
		return 0
	}
	return uint16(n.number(name) + 1)
}

// ofCase keeps what a line says of its case; the first that says something counts.
func (l *Log) ofCase(list *[]int64, r Role, c uint32, v []byte) {
	if l.Mapping.Of[r] < 0 {
		return
	}
	for len(*list) <= int(c) {
		*list = append(*list, never)
	}
	t, trouble := l.times[r].read(v)
	switch {
	case trouble == timeMissing:
	case trouble != timeRead:
		l.Trouble.BadDates++
	case (*list)[c] == never:
		(*list)[c] = t
	case (*list)[c] != t:
		l.Trouble.Changed++
	}
}

// CaseName is the number of a case in the log, by the place of its span.
func (l *Log) CaseName(i int) string { return l.cases.text(uint32(i)) }

// Ended says whether a case had ended when the log was made. Where no column
// tells of an end, its last event counts as one.
func (l *Log) Ended(i int) bool {
	if l.Mapping.Of[End] < 0 {
		return true
	}
	_, ok := at(l.end, uint32(i))
	return ok
}

// at is a moment of a case, if it is known.
func at(list []int64, c uint32) (int64, bool) {
	if int(c) >= len(list) || list[c] == never {
		return 0, false
	}
	return list[c], true
}
