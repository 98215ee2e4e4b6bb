package examine

import (
	"bytes"
	"errors"
	"io"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// records cuts lines into fields without making garbage: fields are pieces of
// one buffer and hold until the next call.
type records struct {
	r      io.Reader
	buf    []byte
	lo, hi int
	eof    bool
	sep    byte
	end    byte // what ends a line: \n, or \r in files of old
	want   int  // how many fields a line should have; 0: not known yet
	fields [][]byte
	places []place
	lines  int64 // lines that are not empty, so far
	broken int64 // lines with a quote that nothing closes
}

const (
	maxRecord = 16 << 20
	maxQuoted = 64 << 10 // a quoted field longer than this was never closed
	maxBroken = 1000     // after so many, a quote is not looked for on later lines
)

func newRecords(r io.Reader, sep, end byte) *records {
	return &records{r: r, sep: sep, end: end, buf: make([]byte, 256<<10)}
}

// fill reads more behind what is there; false at the end.
func (s *records) fill() (bool, error) {
	if s.eof {
		return false, nil
	}
	if s.lo > 0 {
		copy(s.buf, s.buf[s.lo:s.hi])
		s.hi -= s.lo
		s.lo = 0
	}
	if s.hi == len(s.buf) {
		if len(s.buf) >= maxRecord {
			return false, errs.New(errs.Invalid, "not-a-log")
		}
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	n, err := s.r.Read(s.buf[s.hi:])
	s.hi += n
	if errors.Is(err, io.EOF) {
		s.eof, err = true, nil
	}
	return n > 0 || !s.eof, err
}

// next gives the fields of the next line that is not empty; io.EOF at the end.
func (s *records) next() ([][]byte, error) {
	for {
		line, err := s.line(0)
		if err != nil {
			return nil, err
		}
		length := len(line)
		if line = bytes.TrimSuffix(line, []byte{'\r'}); len(line) == 0 {
			s.pass(length)
			continue
		}
		s.lines++
		if bytes.IndexByte(line, '"') < 0 {
			s.split(line)
			s.pass(length)
			return s.fields, nil
		}
		used, err := s.quoted()
		if err != nil {
			return nil, err
		}
		if used < 0 { // a quote without an end: leave this line out, go on with the next
			s.broken++
			s.pass(length)
			continue
		}
		s.pass(used)
		return s.fields, nil
	}
}

// pass goes beyond a line of n bytes and what ends it.
func (s *records) pass(n int) { s.lo = min(s.lo+n+1, s.hi) }

// line gives what stands from the current place up to the end of the line that
// holds the byte at from.
func (s *records) line(from int) ([]byte, error) {
	for {
		if from <= s.hi-s.lo {
			if i := bytes.IndexByte(s.buf[s.lo+from:s.hi], s.end); i >= 0 {
				return s.buf[s.lo : s.lo+from+i], nil
			}
			from = s.hi - s.lo
		}
		more, err := s.fill()
		if err != nil {
			return nil, err
		}
		if !more {
			if s.lo == s.hi {
				return nil, io.EOF
			}
			return s.buf[s.lo:s.hi], nil
		}
	}
}

func (s *records) split(line []byte) {
	s.fields = s.fields[:0]
	for {
		i := bytes.IndexByte(line, s.sep)
		if i < 0 {
			s.fields = append(s.fields, line)
			return
		}
		s.fields = append(s.fields, line[:i])
		line = line[i+1:]
	}
}

// place is where a field stands in a line.
type place struct {
	from, to int
	doubled  bool // holds doubled quotes
}

// quoted cuts a line in which quotes stand; a quoted field may hold separators
// and line ends, and a doubled quote is one. It says how many bytes the line
// took, or -1 when a quote is not closed.
func (s *records) quoted() (int, error) {
	line, err := s.line(0)
	if err != nil {
		return 0, err
	}
	first := len(line)
	s.places = s.places[:0]
	for i := 0; ; i++ {
		p := place{from: i}
		if i < len(line) && line[i] == '"' {
			p.from++
			if line, p.to, p.doubled, err = s.closing(line, p.from); err != nil || p.to < 0 {
				return -1, err
			}
			i = p.to + 1
			for i < len(line) && line[i] != s.sep { // what should not stand behind it
				i++
			}
		} else {
			if n := bytes.IndexByte(line[i:], s.sep); n >= 0 {
				i += n
			} else {
				i = len(line)
			}
			p.to = i
			if i == len(line) && i > p.from && line[i-1] == '\r' {
				p.to--
			}
		}
		s.places = append(s.places, p)
		if i >= len(line) {
			break
		}
	}
	if len(line) > first && s.want > 0 && len(s.places) != s.want {
		return -1, nil // the quote swallowed what follows
	}
	s.fields = s.fields[:0]
	for _, p := range s.places {
		f := line[p.from:p.to]
		if p.doubled {
			f = undouble(f)
		}
		s.fields = append(s.fields, f)
	}
	return len(line), nil
}

// closing finds the quote that closes the field that begins at from; the field
// may go on over several lines, and then so does the line. -1: there is none.
func (s *records) closing(line []byte, from int) (whole []byte, to int, doubled bool, err error) {
	i := from
	for {
		q := bytes.IndexByte(line[i:], '"')
		switch {
		case q < 0:
			length := len(line)
			if length > maxQuoted || s.broken > maxBroken {
				return line, -1, false, nil
			}
			if line, err = s.line(length + 1); err != nil {
				if errors.Is(err, io.EOF) {
					err = nil
				}
				return line, -1, false, err
			}
			if len(line) <= length {
				return line, -1, false, nil
			}
			i = length
		case i+q+1 < len(line) && line[i+q+1] == '"':
			doubled = true
			i += q + 2
		default:
			return line, i + q, doubled, nil
		}
	}
}

// undouble makes one quote of two, in place.
func undouble(b []byte) []byte {
	to := 0
	for i := 0; i < len(b); i++ {
		b[to] = b[i]
		to++
		if b[i] == '"' {
			i++
		}
	}
	return b[:to]
}
