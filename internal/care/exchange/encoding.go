package exchange

import (
	"bufio"
	"bytes"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// Encodings as people know them.
const (
	encUTF8    = "UTF-8"
	encUTF16   = "UTF-16"
	encWindows = "Windows-1252"
	encMixed   = "UTF-8 + Windows-1252"
)

// text gives a file as UTF-8, whatever it was written in. UTF-16 shows in its
// first bytes. In everything else each byte that is no UTF-8 is read as
// Windows-1252: what people call Latin-1, and where only names late in a long
// list have accents nothing else could tell.
type text struct {
	in      *bufio.Reader
	wide    bool // UTF-16
	big     bool
	pending uint16
	multi   bool // real UTF-8 of several bytes was seen
	single  bool // a byte of Windows-1252 was seen
	out     []byte
	err     error
}

// sniffSize is how much of a file is looked at before it is read.
const sniffSize = 64 << 10

// newText begins to read a file. What is no list of customers at all is
// refused by what it is.
func newText(r io.Reader) (*text, error) {
	t := &text{in: bufio.NewReaderSize(r, sniffSize)}
	head, err := t.in.Peek(sniffSize)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if len(bytes.TrimSpace(head)) == 0 {
		return nil, errs.New(errs.Invalid, "import-empty").Field("file", "import-empty")
	}
	for _, k := range []struct{ magic, typ string }{
		{"PK\x03\x04", "import-spreadsheet"}, {"\xd0\xcf\x11\xe0", "import-spreadsheet"}, {"%PDF", "import-not-a-list"},
		{"\x1f\x8b", "import-packed"}, {"Rar!", "import-packed"}, {"7z\xbc\xaf", "import-packed"},
		{"\x89PNG", "import-not-a-list"}, {"\xff\xd8\xff", "import-not-a-list"}, {"GIF8", "import-not-a-list"},
		{"{\\rtf", "import-not-a-list"}, {"<!DOCTYPE", "import-not-a-list"}, {"<html", "import-not-a-list"}, {"<?xml", "import-not-a-list"},
	} {
		if bytes.HasPrefix(bytes.TrimLeft(head, " \r\n\t"), []byte(k.magic)) || bytes.HasPrefix(head, []byte(k.magic)) {
			return nil, errs.New(errs.Invalid, k.typ).Field("file", k.typ)
		}
	}
	switch {
	case bytes.HasPrefix(head, []byte{0xEF, 0xBB, 0xBF}):
		_, _ = t.in.Discard(3)
		t.multi = true
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}):
		_, _ = t.in.Discard(2)
		t.wide = true
	case bytes.HasPrefix(head, []byte{0xFE, 0xFF}):
		_, _ = t.in.Discard(2)
		t.wide, t.big = true, true
	default:
		if even, odd := zeros(head); even+odd > len(head)/8 {
			t.wide, t.big = true, even > odd
		} else if bytes.IndexByte(head, 0) >= 0 {
			return nil, errs.New(errs.Invalid, "import-not-a-list").Field("file", "import-not-a-list")
		}
	}
	return t, nil
}

// zeros counts the zero bytes in even and in odd places: half of all bytes of
// UTF-16 in our alphabet.
func zeros(b []byte) (even, odd int) {
	for i, c := range b {
		if c == 0 {
			if i%2 == 0 {
				even++
			} else {
				odd++
			}
		}
	}
	return even, odd
}

// Encoding says what was read.
func (t *text) Encoding() string {
	switch {
	case t.wide:
		return encUTF16
	case t.single && t.multi:
		return encMixed
	case t.single:
		return encWindows
	}
	return encUTF8
}

// Read implements io.Reader.
func (t *text) Read(p []byte) (int, error) {
	for len(t.out) == 0 {
		if t.err != nil {
			return 0, t.err
		}
		t.fill()
	}
	n := copy(p, t.out)
	t.out = t.out[n:]
	return n, nil
}

func (t *text) fill() {
	t.out = t.out[:0]
	if t.wide {
		t.fillWide()
		return
	}
	for len(t.out) < 4096 {
		b, err := t.in.ReadByte()
		if err != nil {
			t.err = err
			return
		}
		switch {
		case b == 0 || b == 0x7f || b < ' ' && b != '\n' && b != '\r' && b != '\t':
			// No text holds these; a terminal would obey them.
		case b < utf8.RuneSelf:
			t.out = append(t.out, b)
		default:
			t.high(b)
		}
	}
}

// high reads on from a byte that is no ASCII.
func (t *text) high(first byte) {
	rest, _ := t.in.Peek(utf8.UTFMax - 1)
	r, n := utf8.DecodeRune(append([]byte{first}, rest...))
	if r != utf8.RuneError && n > 1 {
		_, _ = t.in.Discard(n - 1)
		t.multi = true
		if r >= 0xA0 && r != 0xFEFF { // the control characters between are no text either
			t.out = utf8.AppendRune(t.out, r)
		}
		return
	}
	t.single = true
	if r := charmap.Windows1252.DecodeByte(first); r >= 0xA0 && r != utf8.RuneError {
		t.out = utf8.AppendRune(t.out, r)
	}
}

func (t *text) unit() (uint16, bool) {
	a, err := t.in.ReadByte()
	if err != nil {
		t.err = err
		return 0, false
	}
	b, err := t.in.ReadByte()
	if err != nil { // half a character at the end
		t.err = err
		return 0, false
	}
	if t.big {
		return uint16(a)<<8 | uint16(b), true
	}
	return uint16(b)<<8 | uint16(a), true
}

func (t *text) fillWide() {
	for len(t.out) < 4096 {
		u, ok := t.unit()
		if !ok {
			return
		}
		r := rune(u)
		if t.pending != 0 {
			r = utf16.DecodeRune(rune(t.pending), rune(u))
			t.pending = 0
		} else if utf16.IsSurrogate(r) {
			t.pending = u
			continue
		}
		if r >= ' ' && r != 0x7f && (r < 0x80 || r >= 0xA0) && r != 0xFEFF || r == '\n' || r == '\r' || r == '\t' {
			t.out = utf8.AppendRune(t.out, r)
		}
	}
}
