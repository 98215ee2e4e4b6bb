package examine

import (
	"bufio"
	"compress/gzip"
	"container/heap"
	"encoding/csv"
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

var (
	benchEvents = flag.Int("events", 200_000, "events in the log of the benchmark")
	keepLog     = flag.String("keep", "", "write the log of the benchmark to this file and leave it there; .gz packs it")
)

// row is one event of a made log.
type row struct {
	id, what, who, group     string
	when                     time.Time
	start, deadline, end     time.Time // end is zero for a third of them
	channel                  string
	instance, clerk, quarter string
}

// making is a case that still has events to come.
type making struct {
	row
	left    int
	holders []int
}

type queue []*making

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].when.Before(q[j].when) }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(*making)) }
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// make writes n events in time order, cases through each other as in an office.
func makeLog(seed uint64, n, people int, write func(row) error) error {
	r := rand.New(rand.NewPCG(seed, 9))
	var q queue
	now := time.Date(2021, 1, 4, 8, 0, 0, 0, time.UTC)
	cases := 0
	for done := 0; done < n; {
		for len(q) < 2000 && len(q) < n/6+1 || len(q) == 0 {
			cases++
			now = now.Add(time.Duration(r.ExpFloat64() * float64(4*time.Minute))).Truncate(time.Millisecond)
			m := &making{left: 1 + r.IntN(10)}
			m.row = row{id: fmt.Sprintf("case-%d", cases), when: now, start: now.Add(-time.Duration(r.IntN(90)) * time.Minute),
				channel: []string{"Internet", "Desk", "Post", "Telephone", "E-mail"}[min(r.IntN(9), 4)], clerk: fmt.Sprintf("Resource%02d", r.IntN(40)),
				quarter: now.Format("2006-01")}
			m.deadline = now.Add(8 * 7 * 24 * time.Hour)
			if r.IntN(3) > 0 {
				m.end = now.Add(time.Duration(r.IntN(80*24)) * time.Hour)
			}
			heap.Push(&q, m)
		}
		m := heap.Pop(&q).(*making)
		now = m.when
		if r.IntN(5) > 0 || len(m.holders) == 0 {
			k := r.IntN(people)
			if len(m.holders) > 1 && r.IntN(3) == 0 { // comes back
				k = m.holders[r.IntN(len(m.holders))]
			}
			m.holders = append(m.holders, k)
		}
		k := m.holders[len(m.holders)-1]
		m.who, m.group = fmt.Sprintf("Resource%02d", k), fmt.Sprintf("Group %d", k%9)
		if r.IntN(50) == 0 {
			m.who = ""
		}
		m.what = fmt.Sprintf("T%02d Check, adjust and send the confirmation", r.IntN(27))
		m.instance = "task-" + strconv.Itoa(done)
		if err := write(m.row); err != nil {
			return err
		}
		done++
		if m.left--; m.left > 0 {
			if r.IntN(20) > 0 { // otherwise two at once
				m.when = m.when.Add(time.Duration(math.Exp(r.NormFloat64()*2) * float64(5*time.Hour))).Truncate(time.Millisecond)
			}
			heap.Push(&q, m)
		}
	}
	return nil
}

func rowsOf(t testing.TB, seed uint64, n, people int) (list []row) {
	t.Helper()
	if err := makeLog(seed, n, people, func(r row) error { list = append(list, r); return nil }); err != nil {
		t.Fatal(err)
	}
	return list
}

var header = []string{"case:channel", "case:concept:name", "case:deadline", "case:department", "case:enddate", "case:group", "case:responsible", "case:startdate",
	"concept:instance", "concept:name", "lifecycle:transition", "org:group", "org:resource", "time:timestamp"}

func (r row) fields(moment func(time.Time) string) []string {
	return []string{r.channel, r.id, moment(r.deadline), "General", moment(r.end), "Group 2", r.clerk, moment(r.start),
		r.instance, r.what, "complete", r.group, r.who, moment(r.when)}
}

func offset(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(amsterdam).Format("2006-01-02 15:04:05.000000-07:00")
}

var amsterdam = func() *time.Location {
	loc, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		panic(err)
	}
	return loc
}()

// table writes a log as CSV.
type table struct {
	sep    rune
	crlf   bool
	head   []string
	moment func(time.Time) string
}

func (f table) write(w io.Writer, rows []row) error {
	c := csv.NewWriter(w)
	c.Comma, c.UseCRLF = f.sep, f.crlf
	if err := c.Write(f.head); err != nil {
		return err
	}
	for _, r := range rows {
		if err := c.Write(r.fields(f.moment)); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// writeXES writes a log as IEEE XES, in the order of its cases, with all that
// programs put around the events.
func writeXES(w io.Writer, rows []row) error {
	var ids []string
	byCase := map[string][]row{}
	for _, r := range rows {
		if byCase[r.id] == nil {
			ids = append(ids, r.id)
		}
		byCase[r.id] = append(byCase[r.id], r)
	}
	b := bufio.NewWriter(w)
	attr := func(kind, key, value string) {
		if value == "" {
			return
		}
		fmt.Fprintf(b, "<%s key=\"%s\" value=\"", kind, key)
		_ = xml.EscapeText(b, []byte(value)) // a bufio.Writer keeps the error for Flush
		b.WriteString("\"/>\n")
	}
	iso := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Format("2006-01-02T15:04:05.000Z07:00")
	}
	b.WriteString(`<?xml version="1.0" encoding="UTF-8" ?>
<!-- made for a test; <trace> in a comment is none -->
<log xes.version="1.0" xes.features="nested-attributes" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<global scope="trace"><string key="concept:name" value="__INVALID__"/></global>
<global scope="event"><string key="org:resource" value="UNKNOWN"/><date key="time:timestamp" value="1970-01-01T00:00:00.000+01:00"/></global>
<classifier name="Activity" keys="concept:name"/>
<string key="source" value="a test"/>
`)
	for _, id := range ids {
		b.WriteString("<trace>\n")
		attr("string", "concept:name", id)
		first := byCase[id][0]
		attr("string", "channel", first.channel)
		attr("date", "deadline", iso(first.deadline))
		attr("date", "enddate", iso(first.end))
		attr("date", "startdate", iso(first.start))
		for _, r := range byCase[id] {
			b.WriteString("<event>\n")
			b.WriteString("<string key='org:resource' value='" + r.who + "'><string key=\"org:resource\" value=\"not this one\"/></string>\n")
			attr("string", "org:group", r.group)
			attr("string", "concept:name", r.what)
			attr("date", "time:timestamp", iso(r.when))
			b.WriteString("</event>\n")
		}
		b.WriteString("</trace>\n")
	}
	b.WriteString("</log>\n")
	return b.Flush()
}

// file writes a log for a test.
func file(t testing.TB, name string, content []byte) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// BenchmarkExamine reads and counts a log. For ten million events:
//
//	go test -run - -bench Examine -benchtime 1x -events 10000000 ./internal/surface/examine
//
// With -keep FILE the log is left there for the program itself.
func BenchmarkExamine(b *testing.B) {
	name := *keepLog
	if name == "" {
		name = filepath.Join(b.TempDir(), "log.csv.gz")
	}
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	var w io.Writer = f
	closeAll := f.Close
	if strings.HasSuffix(name, ".gz") {
		z := gzip.NewWriter(f)
		w, closeAll = z, func() error {
			if err := z.Close(); err != nil {
				return err
			}
			return f.Close()
		}
	}
	buf := bufio.NewWriterSize(w, 1<<20)
	c := csv.NewWriter(buf)
	if err := c.Write(header); err != nil {
		b.Fatal(err)
	}
	if err := makeLog(1, *benchEvents, 48, func(r row) error { return c.Write(r.fields(offset)) }); err != nil {
		b.Fatal(err)
	}
	c.Flush()
	if err := buf.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := closeAll(); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		l, err := Read(b.Context(), Options{File: name, Zone: amsterdam})
		if err != nil {
			b.Fatal(err)
		}
		if f := l.Count(); f.Events != *benchEvents {
			b.Fatalf("%d events of %d", f.Events, *benchEvents)
		}
	}
	b.ReportMetric(float64(*benchEvents)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
