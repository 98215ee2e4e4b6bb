package examine

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// Mapping is which column of a log is what.
type Mapping struct {
	Columns []string       // as the log calls them
	Of      [roles]int     // by role; -1 where there is none
	Chosen  [roles]bool    // asked for by a flag, not guessed
	Times   [roles]Reading // how the times of a column were read
}

// Name is the column for a role; "" when there is none.
func (m Mapping) Name(r Role) string {
	if m.Of[r] < 0 {
		return ""
	}
	return m.Columns[m.Of[r]]
}

// Reading is how the times of a column were read.
type Reading struct {
	Order    string // day-first, month-first: where days and months are both numbers without the year first; "" otherwise
	Decided  bool   // by a day above twelve somewhere in the data
	Unit     string // s, ms, us, ns: counted since 1970
	Zoneless bool   // without an offset: read in the zone of the options
}

// column is what is known of a column before its role is.
type column struct {
	name   string // as it stands
	plain  string // compared
	ofCase bool   // "case:…", or an attribute of a trace
	values [][]byte
	times  timeLook
	clocks int // values that are a time of day and nothing else
	filled int
	steady bool // one value per case in the sample
}

// plainName compares names without case, spaces and punctuation.
func plainName(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r == 'ë' || r == 'é' || r == 'Ë' || r == 'É':
			return 'e'
		case r == 'ï':
			return 'i'
		}
		return -1
	}, s)
}

func newColumn(name string, values [][]byte) column {
	c := column{name: name, plain: plainName(name), values: values}
	if rest, ok := strings.CutPrefix(strings.ToLower(name), "case:"); ok && plainName(rest) != "conceptname" {
		c.ofCase, c.plain = true, plainName(rest)
	}
	for _, v := range values {
		if v = trim(v); len(v) == 0 || isNull(v) {
			continue
		}
		c.filled++
		if isClock(v) {
			c.clocks++
		}
	}
	c.times = lookAtTimes(values)
	return c
}

// isTime says that what stands in a column are times.
func (c *column) isTime() bool { return c.times.read > 0 && c.times.read*10 >= c.filled*8 }

// hasTimes says that there are times among what stands in a column: enough for
// one whose name says that it should hold them.
func (c *column) hasTimes() bool { return c.times.read > 0 && c.times.read*3 >= c.filled }

func (c *column) isClock() bool { return c.clocks > 0 && c.clocks*10 >= c.filled*8 }

// choose finds the column for each role: what was asked for, else what the
// names say, of the columns whose content fits. The case may be known before:
// preset is its column, or -1.
func choose(cols []column, asked map[Role]string, preset int) (m Mapping, err error) {
	for i := range cols {
		m.Columns = append(m.Columns, cols[i].name)
	}
	for r := range m.Of {
		m.Of[r] = -1
	}
	m.Of[Case] = preset
	var ck errs.Checks
	for r := range roles {
		name := asked[r]
		if name == "" {
			continue
		}
		m.Chosen[r] = true
		if name == "-" {
			m.Of[r] = -1
			continue
		}
		if m.Of[r] = findColumn(cols, name); m.Of[r] < 0 {
			ck.Add(errs.Field{Path: r.Flag(), Type: "no-such-column", Params: errs.Params{"Name": name, "Flag": r.Flag(), "Columns": m.Columns}})
		}
	}
	if err := ck.Err(); err != nil {
		return m, err
	}
	steadiness(cols, m.guess(cols, Case))
	for _, r := range []Role{Case, When, Who, Group, Deadline, End, Start, Activity, Kind} {
		if !m.Chosen[r] {
			m.Of[r] = m.guess(cols, r)
		}
	}
	if m.Of[Who] < 0 && !m.Chosen[Who] { // teams are who had it, where nobody else is named
		m.Of[Who] = m.Of[Group]
	}
	if !m.Chosen[Clock] && m.Of[When] >= 0 && cols[m.Of[When]].times.dateOnly {
		m.Of[Clock] = m.guess(cols, Clock)
	}
	switch {
	case m.Of[Case] < 0 && m.Of[When] < 0:
		return m, errs.New(errs.Invalid, "log-without-columns").With("Columns", m.Columns)
	case m.Of[Case] < 0:
		return m, errs.New(errs.Invalid, "log-without-case").With("Columns", m.Columns)
	case m.Of[When] < 0:
		return m, errs.New(errs.Invalid, "log-without-time").With("Columns", m.Columns)
	}
	for _, r := range []Role{When, Start, Deadline, End} {
		if i := m.Of[r]; i >= 0 {
			m.Times[r] = cols[i].times.reading()
		}
	}
	return m, nil
}

// findColumn finds a column by its name, or by its number from 1.
func findColumn(cols []column, name string) int {
	for i := range cols {
		if cols[i].name == name {
			return i
		}
	}
	for i := range cols {
		if plainName(cols[i].name) == plainName(name) && plainName(name) != "" {
			return i
		}
	}
	if n, err := strconv.Atoi(name); err == nil && n >= 1 && n <= len(cols) {
		return n - 1
	}
	return -1
}

func (m *Mapping) guess(cols []column, r Role) int {
	if m.Of[r] >= 0 {
		return m.Of[r]
	}
	fits := func(i int, byName, empty bool) bool {
		c := &cols[i]
		if taken := slices.Index(m.Of[:], i); taken >= 0 && (r != Kind || Role(taken) != Group) {
			return false
		}
		if c.filled == 0 {
			return empty
		}
		times := c.isTime() || byName && c.hasTimes()
		switch r {
		case When:
			return !c.ofCase && times
		case Clock:
			return !c.ofCase && c.isClock()
		case Start, End, Deadline:
			return times && c.steady
		case Who, Group, Activity:
			return !c.ofCase && (!c.isTime() || c.times.numbers)
		case Kind:
			return !c.isTime() && c.steady
		}
		return true
	}
	// A column without anything in it is only taken when no other has the name.
	for _, empty := range []bool{false, r == Case || r == When || r == Deadline || r == End} {
		for _, word := range known[r] {
			for i := range cols {
				if cols[i].plain == word && fits(i, true, empty) {
					return i
				}
			}
		}
	}
	for _, part := range hints[r] {
		for i := range cols {
			if strings.Contains(cols[i].plain, part) && fits(i, false, false) {
				return i
			}
		}
	}
	if r == When { // the only column of times there is
		only := -1
		for i := range cols {
			if fits(i, false, false) && !cols[i].times.numbers && !aboutCase(cols[i].plain) {
				if only >= 0 {
					return -1
				}
				only = i
			}
		}
		return only
	}
	return -1
}

// aboutCase says that a name is one of a date of a case.
func aboutCase(plain string) bool {
	return slices.Contains(known[Start], plain) || slices.Contains(known[Deadline], plain) || slices.Contains(known[End], plain)
}

// steadiness finds out which columns have one value per case: only those can
// tell something about a case.
func steadiness(cols []column, caseCol int) {
	for i := range cols {
		c := &cols[i]
		c.steady = true
		if caseCol < 0 || c.ofCase {
			continue
		}
		seen := map[string]string{}
		changed := 0
		for k, v := range c.values {
			if k >= len(cols[caseCol].values) {
				break
			}
			v = trim(v)
			if len(v) == 0 {
				continue
			}
			key := string(trim(cols[caseCol].values[k]))
			if before, ok := seen[key]; !ok {
				seen[key] = string(v)
			} else if before != string(v) {
				changed++
			}
		}
		c.steady = changed <= 1+len(seen)/50 // a slip here and there is borne
	}
}

// timeLook is what the values of a column look like, as times.
type timeLook struct {
	read, impossible, unreadable int
	dayFirst, monthFirst         int // values that can only be read so
	either                       int // values that can be read both ways
	ampm                         int
	offset, zoneless             int
	numbers                      bool
	dateOnly                     bool
	unit                         int64
}

func lookAtTimes(values [][]byte) (l timeLook) {
	numeric, other, clocks := 0, 0, 0
	var largest int64
	for _, v := range values {
		v = trim(v)
		if len(v) == 0 || isNull(v) {
			continue
		}
		if n, ok := readNumber(v, 1); ok {
			numeric++
			largest = max(largest, n)
			if len(v) != 8 && len(v) != 14 {
				continue
			}
		}
		var p clockParts
		if !p.read(v) {
			other++
			continue
		}
		if p.clock {
			clocks++
		}
		l.look(&p)
	}
	total := numeric + other + l.read + l.impossible
	if total == 0 {
		return timeLook{}
	}
	if numeric*10 >= total*8 && l.read*10 < numeric*8 { // counted since 1970
		l = timeLook{numbers: true, unit: unitOf(largest)}
		if l.unit != 0 {
			l.read = numeric
		}
		return l
	}
	l.dateOnly = clocks == 0 && l.read > 0
	l.unreadable = other
	return l
}

func (l *timeLook) look(p *clockParts) {
	c := timeColumn{loc: time.UTC}
	if _, trouble := c.moment(p); trouble == timeImpossible {
		l.impossible++
		return
	}
	l.read++
	if p.offset {
		l.offset++
	} else {
		l.zoneless++
	}
	if p.am || p.pm {
		l.ampm++
	}
	if p.la == 4 || p.named != 0 {
		return
	}
	switch {
	case p.a > 12:
		l.dayFirst++
	case p.b > 12:
		l.monthFirst++
	case p.a != p.b:
		l.either++
	}
}

// unitOf guesses from the largest number what a column counts: a number of
// seconds of this century has ten digits, of milliseconds thirteen.
func unitOf(n int64) int64 {
	switch {
	case n >= 3e8 && n < 5e9:
		return second
	case n >= 3e11 && n < 5e12:
		return 1000
	case n >= 3e14 && n < 5e15:
		return 1
	case n >= 3e17 && n < 5e18:
		return -1000
	}
	return 0
}

// monthComesFirst decides the order of a column: by what can be read in one
// way only, else by the clock of twelve hours, which goes with it.
func (l *timeLook) monthComesFirst() bool {
	if l.dayFirst == 0 && l.monthFirst == 0 {
		return l.ampm > 0
	}
	return l.monthFirst > l.dayFirst
}

func (l *timeLook) reading() (r Reading) {
	switch {
	case l.numbers:
		r.Unit = map[int64]string{second: "s", 1000: "ms", 1: "us", -1000: "ns"}[l.unit]
		return r
	case l.either+l.dayFirst+l.monthFirst > 0:
		r.Order = "day-first"
		if l.monthComesFirst() {
			r.Order = "month-first"
		}
		r.Decided = l.dayFirst+l.monthFirst > 0
	}
	r.Zoneless = l.zoneless > 0
	return r
}

// isClock recognises a time of day and nothing else: 13:45, 13:45:40.
func isClock(b []byte) bool {
	h, i := digits(b, 0)
	if i < 1 || i > 2 || h > 23 || i >= len(b) || b[i] != ':' {
		return false
	}
	m, j := digits(b, i+1)
	if j-i != 3 || m > 59 {
		return false
	}
	var p clockParts
	return p.clockAfter(b) && p.clock
}
