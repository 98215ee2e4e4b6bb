package examine

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strconv"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// traceColumn is the column that XES has without a name: which trace an event
// stands in. It is the case where traces have no name of their own.
const traceColumn = "trace"

// xes reads events out of the tags of a log. Attributes of a trace are columns
// "case:…"; what a log declares for all its traces or events stands in for
// what one lacks. Classifiers, extensions and attributes of attributes are
// passed over.
type xes struct {
	tags    *tags
	index   func(key []byte, ofCase bool) int // which column an attribute is; -1 to pass it over
	row     [][]byte                          // of the current event
	texts   [][]byte                          // what row points to
	ofTrace [][]byte
	global  [2][]attribute // of traces, of events
	trace   int
	in      struct{ log, trace, event bool }
	scope   int // of the global part we are in, + 1
	deep    int // within an attribute that has attributes
}

type attribute struct {
	key, value []byte
}

// grow makes room for column i.
func (x *xes) grow(i int) {
	for len(x.row) <= i {
		x.row, x.texts, x.ofTrace = append(x.row, nil), append(x.texts, nil), append(x.ofTrace, nil)
	}
}

// next gives the row of the next event; io.EOF at the end of a whole log.
func (x *xes) next() ([][]byte, error) {
	var t tag
	for {
		err := x.tags.next(&t)
		if errors.Is(err, io.EOF) && x.in.log {
			return nil, x.tags.broken() // the log was not closed
		}
		if err != nil {
			return nil, err
		}
		switch string(t.name) {
		case "log":
			x.in.log = !t.closing && !t.empty
		case "global":
			x.scope = 0
			if !t.closing && !t.empty {
				x.scope = 1
				if string(t.scope) == "event" {
					x.scope = 2
				}
			}
		case "trace":
			x.in.trace = !t.closing && !t.empty
			if !t.closing {
				x.begin()
			}
		case "event":
			if !t.closing {
				for i := range x.row {
					x.row[i] = x.ofTrace[i]
				}
				for _, g := range x.global[1] {
					x.set(g.key, g.value, false)
				}
				x.in.event = true
			}
			if t.closing || t.empty {
				x.in.event = false
				return x.row, nil
			}
		case "string", "date", "int", "float", "boolean", "id", "list", "container", "values":
			x.attribute(&t)
		}
	}
}

// begin starts a trace.
func (x *xes) begin() {
	x.trace++
	for i := range x.ofTrace {
		x.ofTrace[i] = nil
	}
	for _, g := range x.global[0] {
		x.set(g.key, g.value, true)
	}
	if i := x.index([]byte(traceColumn), false); i >= 0 {
		x.grow(i)
		x.ofTrace[i] = strconv.AppendInt(nil, int64(x.trace), 10)
	}
}

func (x *xes) attribute(t *tag) {
	if t.closing {
		x.deep = max(0, x.deep-1)
		return
	}
	if x.deep == 0 && t.key != nil {
		switch {
		case x.scope > 0:
			if !placeholder(t.value) {
				x.global[x.scope-1] = append(x.global[x.scope-1], attribute{bytes.Clone(t.key), bytes.Clone(t.value)})
			}
		case x.in.event:
			x.set(t.key, t.value, false)
		case x.in.trace:
			x.set(t.key, t.value, true)
		}
	}
	if !t.empty {
		x.deep++
	}
}

// set keeps a value for the rest of the event or trace.
func (x *xes) set(key, value []byte, ofCase bool) {
	i := x.index(key, ofCase)
	if i < 0 {
		return
	}
	x.grow(i)
	if ofCase {
		x.ofTrace[i] = bytes.Clone(value)
		return
	}
	x.texts[i] = append(x.texts[i][:0], value...)
	x.row[i] = x.texts[i]
}

// placeholder recognises what programs write as the value for all events when
// they only mean that every event should have one.
func placeholder(value []byte) bool {
	switch string(bytes.ToUpper(value)) {
	case "", "UNKNOWN", "__INVALID__", "INVALID", "MISSING", "EMPTY", "DEFAULT", "STRING", "NAME", "NONE", "NULL", "NIL", "UNDEFINED", "RESOURCE", "ACTIVITY":
		return true
	}
	return bytes.HasPrefix(value, []byte("1970-01-01")) || bytes.HasPrefix(value, []byte("0001-01-01"))
}

// sampledXES are the columns with what the beginning of the log holds, and
// with what its reading ended.
func sampledXES(sample []byte) ([]column, error) {
	var heads []string
	var values [][][]byte
	var why error
	at, ofCase := map[string]int{}, map[string]int{}
	x := &xes{tags: newTags(bytes.NewReader(sample))}
	x.index = func(key []byte, trace bool) int {
		known, name := at, string(key)
		if trace {
			known, name = ofCase, "case:"+name
		}
		i, ok := known[string(key)]
		if !ok {
			i = len(heads)
			known[string(key)] = i
			heads, values = append(heads, name), append(values, nil)
		}
		return i
	}
	for n := 0; ; n++ {
		row, err := x.next()
		if err != nil {
			why = err
			break
		}
		for i := range row {
			for len(values[i]) < n {
				values[i] = append(values[i], nil)
			}
			values[i] = append(values[i], bytes.Clone(row[i]))
		}
	}
	cols := make([]column, len(heads))
	for i := range heads {
		cols[i] = newColumn(heads[i], values[i])
	}
	return cols, why
}

// named is the column that XES prescribes for the case: the name of the trace,
// or the trace itself when some have none.
func named(cols []column) string {
	best := traceColumn
	for i := range cols {
		if cols[i].name == "case:concept:name" && cols[i].filled == len(cols[i].values) {
			best = cols[i].name
		}
	}
	return best
}

func readXES(ctx context.Context, s *source, o Options) (*Log, error) {
	cols, why := sampledXES(s.sample)
	switch {
	case len(s.sample) == sampleSize: // it ends somewhere; what is wrong will be found when reading
	case !errors.Is(why, io.EOF):
		return nil, why
	case len(cols) == 0 || len(cols[0].values) == 0:
		return nil, errs.New(errs.Invalid, "log-without-lines")
	}
	preset := -1
	if o.Columns[Case] == "" {
		preset = slices.IndexFunc(cols, func(c column) bool { return c.name == named(cols) })
	}
	m, err := choose(cols, o.Columns, preset)
	if err != nil {
		return nil, err
	}
	if err := decide(ctx, s, &m, cols, o.File, func(src *source) (func() ([][]byte, error), error) {
		x := xesOf(src, cols, nil)
		return x.next, nil
	}); err != nil {
		return nil, err
	}
	l := newLog(m, cols, o.Zone)
	l.Format, l.Packed = "xes", s.packed
	if o.Mapped != nil {
		o.Mapped(l)
	}
	x := xesOf(s, cols, &m)
	var v [roles][]byte
	for n := 1; ; n++ {
		if n%every == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if o.Progress != nil {
				o.Progress(Progress{s.read.Load(), s.size, l.events.n})
			}
		}
		row, err := x.next()
		if errors.Is(err, io.EOF) {
			return l, nil
		}
		if err != nil {
			return nil, err
		}
		l.Trouble.Lines++
		for r := range roles {
			if i := m.Of[r]; i >= 0 {
				v[r] = row[i]
			}
		}
		l.add(&v)
	}
}

// xesOf reads the columns that m uses; all when it is nil.
func xesOf(r io.Reader, cols []column, m *Mapping) *xes {
	at, ofCase := map[string]int{}, map[string]int{}
	for i := range cols {
		if m != nil && !slices.Contains(m.Of[:], i) {
			continue
		}
		if name, ok := bytes.CutPrefix([]byte(cols[i].name), []byte("case:")); ok {
			ofCase[string(name)] = i
		} else {
			at[cols[i].name] = i
		}
	}
	x := &xes{tags: newTags(r)}
	x.index = func(key []byte, trace bool) int {
		known := at
		if trace {
			known = ofCase
		}
		if i, ok := known[string(key)]; ok {
			return i
		}
		return -1
	}
	x.grow(len(cols) - 1)
	return x
}
