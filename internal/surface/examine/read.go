package examine

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// Options are how a log is to be read.
type Options struct {
	File     string
	Columns  map[Role]string // by name or number; "-" for none; the rest is guessed
	Zone     *time.Location  // of times without an offset
	Mapped   func(*Log)      // told before anything is counted
	Progress func(Progress)  // now and then
}

// Progress is how far reading is.
type Progress struct {
	Read, Size int64 // bytes of the file
	Events     int
}

// Read reads a log as a whole, or says why it cannot.
func Read(ctx context.Context, o Options) (*Log, error) {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	s, err := open(ctx, o.File)
	if err != nil {
		return nil, err
	}
	l, err := read(ctx, s, o)
	if err = errors.Join(err, s.shut()); err != nil {
		return nil, err
	}
	if l.events.n == 0 {
		return nil, nothingRead(l)
	}
	return l, nil
}

func read(ctx context.Context, s *source, o Options) (*Log, error) {
	if s.xes {
		return readXES(ctx, s, o)
	}
	return readCSV(ctx, s, o)
}

// nothingRead says why not one event came out of a log.
func nothingRead(l *Log) error {
	t, typ := l.Trouble, "log-without-lines"
	switch {
	case t.Lines == 0:
	case t.NoCase == t.Lines:
		typ = "log-cases-empty"
	case t.NoTime+t.BadTime+t.Impossible == t.Lines:
		typ = "log-times-unreadable"
	default:
		typ = "log-lines-unreadable"
	}
	return errs.New(errs.Invalid, typ).With("Lines", t.Lines).With("Case", l.Mapping.Name(Case)).With("When", l.Mapping.Name(When))
}

// every is after how many lines somebody is told how far we are.
const every = 1 << 15

func readCSV(ctx context.Context, s *source, o Options) (*Log, error) {
	body := io.Reader(s)
	sample := s.sample
	sep, skipped, end := separator(sample)
	if skipped > 0 {
		if _, err := io.CopyN(io.Discard, s, int64(skipped)); err != nil {
			return nil, err
		}
		sample = sample[skipped:]
	}
	if sep == 0 {
		return nil, errs.New(errs.Invalid, "not-a-log")
	}
	cols, err := sampled(sample, sep, end, len(s.sample) == sampleSize)
	if err != nil {
		return nil, err
	}
	if len(cols[0].values) == 0 && len(s.sample) < sampleSize {
		return nil, errs.New(errs.Invalid, "log-without-lines")
	}
	m, err := choose(cols, o.Columns, -1)
	if err != nil {
		return nil, err
	}
	if err := decide(ctx, s, &m, cols, o.File, func(src *source) (func() ([][]byte, error), error) {
		rec := newRecords(src, sep, end)
		rec.want = len(cols)
		if skipped > 0 {
			if _, err := io.CopyN(io.Discard, src, int64(skipped)); err != nil {
				return nil, err
			}
		}
		_, err := rec.next()
		return rec.next, err
	}); err != nil {
		return nil, err
	}
	l := newLog(m, cols, o.Zone)
	l.Format, l.Packed, l.Separator = "csv", s.packed, string(sep)
	if o.Mapped != nil {
		o.Mapped(l)
	}
	rec := newRecords(body, sep, end)
	rec.want = len(cols)
	if _, err := rec.next(); err != nil { // the header
		return nil, err
	}
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
		f, err := rec.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if len(f) != len(cols) && !fits(f, len(cols)) {
			l.Trouble.Ragged++
			continue
		}
		for r := range roles {
			if i := m.Of[r]; i >= 0 {
				v[r] = f[i]
			}
		}
		l.add(&v)
	}
	l.Trouble.Quotes = rec.broken
	l.Trouble.Lines = rec.lines - 1
	return l, nil
}

// fits bears lines that end in separators after which nothing follows.
func fits(f [][]byte, want int) bool {
	if len(f) < want {
		return false
	}
	for _, x := range f[want:] {
		if len(trim(x)) > 0 {
			return false
		}
	}
	return true
}

// separator guesses what stands between fields: what cuts the first lines into
// as many pieces as the header. Some programs say it in a line of its own,
// which is passed over.
func separator(sample []byte) (sep byte, skipped int, end byte) {
	end = '\n'
	if bytes.IndexByte(sample, '\n') < 0 && bytes.IndexByte(sample, '\r') >= 0 {
		end = '\r'
	}
	if bytes.HasPrefix(sample, []byte("sep=")) || bytes.HasPrefix(sample, []byte("SEP=")) {
		if i := bytes.IndexByte(sample, end); i >= 5 {
			return sample[4], i + 1, end
		}
	}
	best := 0
	for _, c := range []byte{',', ';', '\t', '|'} {
		rec := newRecords(bytes.NewReader(sample), c, end)
		header, err := rec.next()
		if err != nil || len(header) < 2 {
			continue
		}
		n, same := len(header), 1
		for range 200 {
			f, err := rec.next()
			if err != nil {
				break
			}
			if len(f) == n {
				same++
			}
		}
		if score := same * min(n, 8); score > best {
			best, sep = score, c
		}
	}
	return sep, 0, end
}

// sampled are the columns with what the beginning of the log holds.
func sampled(sample []byte, sep, end byte, cut bool) ([]column, error) {
	rec := newRecords(bytes.NewReader(sample), sep, end)
	header, err := rec.next()
	if err != nil {
		return nil, errs.New(errs.Invalid, "not-a-log")
	}
	var heads []string
	clocks := 0
	for _, h := range header {
		h = trim(h)
		heads = append(heads, readable(h))
		var p clockParts
		if len(h) > 0 && p.read(h) && p.clock {
			clocks++
		}
	}
	if clocks > 0 {
		return nil, errs.New(errs.Invalid, "log-without-header")
	}
	rec.want = len(heads)
	values := make([][][]byte, len(heads))
	for {
		f, err := rec.next()
		if err != nil || cut && rec.lo == rec.hi && rec.eof {
			break
		}
		if len(f) != len(heads) && !fits(f, len(heads)) {
			continue
		}
		for i := range heads {
			values[i] = append(values[i], bytes.Clone(f[i]))
		}
	}
	cols := make([]column, len(heads))
	for i, h := range heads {
		cols[i] = newColumn(h, values[i])
	}
	return cols, nil
}

// decide reads on until it is known which of two numbers is the day, where the
// beginning of the log does not tell. Only a file can be read twice.
func decide(ctx context.Context, s *source, m *Mapping, cols []column, file string, rows func(*source) (func() ([][]byte, error), error)) error {
	var unsure []Role
	for _, r := range []Role{When, Start, Deadline, End} {
		if m.Of[r] >= 0 && m.Times[r].Order != "" && !m.Times[r].Decided {
			unsure = append(unsure, r)
		}
	}
	if len(unsure) == 0 || !s.regular || len(s.sample) < sampleSize {
		share(m)
		return nil
	}
	again, err := open(ctx, file)
	if err != nil {
		return err
	}
	next, err := rows(again)
	for n := 0; err == nil && len(unsure) > 0; n++ {
		if n%every == 0 && ctx.Err() != nil {
			err = ctx.Err()
			break
		}
		var f [][]byte
		if f, err = next(); err != nil || len(f) < len(cols) {
			continue
		}
		for i := 0; i < len(unsure); i++ {
			c := &cols[m.Of[unsure[i]]]
			var p clockParts
			if v := trim(f[m.Of[unsure[i]]]); len(v) > 0 && p.read(v) {
				if c.times.look(&p); c.times.dayFirst+c.times.monthFirst > 0 {
					m.Times[unsure[i]] = c.times.reading()
					unsure = append(unsure[:i], unsure[i+1:]...)
					i--
				}
			}
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	share(m)
	return errors.Join(err, again.shut())
}

// share lets a column that cannot be decided follow one of the same log that
// can: a program writes all its dates in one way.
func share(m *Mapping) {
	for _, from := range []Role{When, Start, Deadline, End} {
		if m.Of[from] < 0 || !m.Times[from].Decided {
			continue
		}
		for _, to := range []Role{When, Start, Deadline, End} {
			if m.Of[to] >= 0 && m.Times[to].Order != "" && !m.Times[to].Decided {
				m.Times[to].Order, m.Times[to].Decided = m.Times[from].Order, true
			}
		}
		return
	}
}

// Title is a file's name without its folders and endings.
func Title(file string) string {
	file = file[strings.LastIndexAny(file, `/\`)+1:]
	for _, end := range []string{".gz", ".csv", ".xes", ".txt", ".tsv", ".xml"} {
		if rest, ok := strings.CutSuffix(strings.ToLower(file), end); ok {
			file = file[:len(rest)]
		}
	}
	return file
}
