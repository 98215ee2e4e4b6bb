package examine

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// tags reads XML tag by tag, without making garbage: what it gives are pieces
// of one buffer and hold until the next call. Text between tags is passed
// over, because XES keeps everything in attributes.
type tags struct {
	r       io.Reader
	buf     []byte
	lo, hi  int
	eof     bool
	lines   int64 // in what has left the buffer
	scratch []byte
}

// tag is one tag with the attributes that XES gives a meaning to.
type tag struct {
	name              []byte
	key, value, scope []byte
	closing, empty    bool // </x>, <x/>
}

const maxTag = 4 << 20

func newTags(r io.Reader) *tags { return &tags{r: r, buf: make([]byte, 256<<10)} }

func (s *tags) fill() (bool, error) {
	if s.eof {
		return false, nil
	}
	if s.lo > 0 {
		s.lines += int64(bytes.Count(s.buf[:s.lo], []byte{'\n'}))
		copy(s.buf, s.buf[s.lo:s.hi])
		s.hi -= s.lo
		s.lo = 0
	}
	if s.hi == len(s.buf) {
		if len(s.buf) >= maxTag {
			return false, s.broken()
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

func (s *tags) broken() error {
	return errs.New(errs.Invalid, "xes-broken").With("Line", s.lines+int64(bytes.Count(s.buf[:s.lo], []byte{'\n'}))+1)
}

// next gives the next tag; io.EOF at the end.
func (s *tags) next(t *tag) error {
	for {
		i := bytes.IndexByte(s.buf[s.lo:s.hi], '<')
		if i < 0 {
			s.lo = s.hi
			more, err := s.fill()
			if err != nil {
				return err
			}
			if !more {
				return io.EOF
			}
			continue
		}
		s.lo += i
		n, found, err := s.take(t)
		if err != nil {
			return err
		}
		s.lo += n
		if found {
			return nil
		}
	}
}

// take reads the tag at the current place, and more of the file until it is
// whole. Comments and the like are no tags.
func (s *tags) take(t *tag) (n int, found bool, err error) {
	for {
		b := s.buf[s.lo:s.hi]
		n, found, whole := s.parse(b, t)
		if whole {
			if n == 0 {
				return 0, false, s.broken()
			}
			return n, found, nil
		}
		more, err := s.fill()
		if err != nil {
			return 0, false, err
		}
		if !more {
			return 0, false, s.broken()
		}
	}
}

// parse reads a tag from its bracket on. It is not whole when the buffer ends
// before the tag does; n is 0 when it is no XML.
func (s *tags) parse(b []byte, t *tag) (n int, found, whole bool) {
	passed := func(end string) (int, bool, bool) {
		i := bytes.Index(b, []byte(end))
		return i + len(end), false, i >= 0
	}
	switch {
	case len(b) < 2, len(b) < 9 && b[1] == '!' && !s.eof:
		return 0, false, s.eof
	case bytes.HasPrefix(b, []byte("<!--")):
		return passed("-->")
	case bytes.HasPrefix(b, []byte("<![CDATA[")):
		return passed("]]>")
	case b[1] == '?':
		return passed("?>")
	case b[1] == '!':
		return passed(">")
	}
	*t = tag{}
	i := 1
	if b[i] == '/' {
		t.closing = true
		i++
	}
	from := i
	for i < len(b) && isName(b[i]) {
		i++
	}
	t.name = local(b[from:i])
	for {
		for i < len(b) && b[i] <= ' ' {
			i++
		}
		if i == len(b) {
			return 0, false, false
		}
		switch {
		case b[i] == '>':
			return i + 1, true, true
		case b[i] == '/':
			t.empty = true
			i++
			continue
		case !isName(b[i]):
			return 0, false, true
		}
		from = i
		for i < len(b) && isName(b[i]) {
			i++
		}
		name := b[from:i]
		for i < len(b) && (b[i] <= ' ' || b[i] == '=') {
			i++
		}
		if i == len(b) {
			return 0, false, false
		}
		quote := b[i]
		if quote != '"' && quote != '\'' {
			return 0, false, true
		}
		i++
		end := bytes.IndexByte(b[i:], quote)
		if end < 0 {
			return 0, false, false
		}
		value := b[i : i+end]
		i += end + 1
		switch string(name) {
		case "key":
			t.key = value
		case "value":
			t.value = value
			if bytes.IndexByte(value, '&') >= 0 {
				s.scratch = unescape(s.scratch[:0], value)
				t.value = s.scratch
			}
		case "scope":
			t.scope = value
		}
	}
}

func isName(c byte) bool {
	return isLetter(c) || isDigit(c) || c == ':' || c == '_' || c == '-' || c == '.' || c >= 0x80
}

// local is a name without the prefix of its namespace.
func local(name []byte) []byte {
	return name[bytes.IndexByte(name, ':')+1:]
}

var entities = map[string]string{"amp": "&", "lt": "<", "gt": ">", "quot": `"`, "apos": "'"}

// unescape puts a value with its entities written out behind out.
func unescape(out, b []byte) []byte {
	for {
		i := bytes.IndexByte(b, '&')
		if i < 0 {
			return append(out, b...)
		}
		out = append(out, b[:i]...)
		b = b[i:]
		end := bytes.IndexByte(b[:min(len(b), 12)], ';')
		if end < 0 {
			return append(out, b...)
		}
		name := string(b[1:end])
		if s, ok := entities[name]; ok {
			out = append(out, s...)
		} else if len(name) > 1 && name[0] == '#' {
			base := 10
			if name[1] == 'x' || name[1] == 'X' {
				base, name = 16, name[1:]
			}
			if n, err := strconv.ParseInt(name[1:], base, 32); err == nil {
				out = utf8.AppendRune(out, rune(n))
			}
		}
		b = b[end+1:]
	}
}
