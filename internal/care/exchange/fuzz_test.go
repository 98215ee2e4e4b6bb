package exchange

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/workcal"
)

// theDay is the day on which lists are read.
var theDay = workcal.Date{Year: 2026, Month: time.November, Day: 12}

// listed reads a list as an upload does: rows, or why it is none.
func listed(raw []byte) (i Import, list [][]string, err error) {
	text, err := newText(bytes.NewReader(raw))
	if err != nil {
		return i, nil, err
	}
	in := bufio.NewReaderSize(text, sniffSize)
	r, err := open(&i, in, theDay)
	if err != nil {
		return i, nil, err
	}
	for {
		row, _, err := r.read()
		if errors.Is(err, io.EOF) {
			return i, list, nil
		}
		if err != nil {
			return i, list, err
		}
		list = append(list, row)
	}
}

// Any file at all is a list whose cells are text, with candidates of a bounded
// size in it, or is refused with a sentence.
func FuzzList(f *testing.F) {
	f.Add([]byte("naam;tel;geboren\nJan de Wit;06-12345678;03-02-1971\n\"Jong, Anna de\";\"020 123\n45 67\";1971-02-03\n"))
	f.Add([]byte("sep=,\r\nfirst,last,mail\r\nAnn,Doe,ann@example.nl\r\n"))
	f.Add([]byte("\xff\xfen\x00a\x00;\x00b\x00\n\x00"))
	f.Add([]byte("\xfe\xff\xd8\x00\x00;"))
	f.Add([]byte("BEGIN:VCARD\r\nVERSION:3.0\r\nN:Jong;Anna;;de;\r\nTEL;TYPE=cell:+31612345678\r\nNOTE:a\\,b\\n\r\n c\r\nEND:VCARD\r\n"))
	f.Add([]byte("BEGIN:VCARD\nN;ENCODING=QUOTED-PRINTABLE;CHARSET=ISO-8859-1:J=E9;=\n=41\nBEGIN:VCARD\nEND:VCARD\nEND:VCARD\n"))
	f.Add([]byte("\"nooit dicht;a\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		i, list, err := listed(raw)
		if err != nil && errs.ClassOf(err) != errs.Invalid {
			t.Fatalf("%q: %v", raw, err)
		}
		for _, row := range list {
			for _, cell := range row {
				if !utf8.ValidString(cell) || strings.ContainsRune(cell, 0) && i.Form == CSV && utf8.Valid(raw) && !bytes.ContainsRune(raw, 0) {
					t.Errorf("%q has the cell %q", raw, cell)
				}
			}
			c := read(i.Columns, row, theDay)
			if len(c.Name) > 4*len(raw)+100 || len(c.Points) > maxPoints+1 {
				t.Errorf("%q is a customer called %q with %d points", raw, c.Name, len(c.Points))
			}
			for _, k := range c.keys() {
				if k.digest(c.BirthDate) == "" {
					t.Errorf("%q is known by nothing", row)
				}
			}
		}
	})
}

// A row that goes out comes in as it was, whatever stands in it, but for the
// blanks around a cell: nobody means those, and no spreadsheet keeps them all.
func FuzzRow(f *testing.F) {
	f.Add("Jan \"Jantje\" de Wit", "Weg 1\nDorp", "=1+1")
	f.Add(";", "\"", "\r\n")
	f.Add("sep=;", "-1", "@x")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		row := []string{"x" + a, b, c}
		for i := range row {
			if !utf8.ValidString(row[i]) || len(row[i]) > 1000 || strings.ContainsAny(row[i], "\x00\r") {
				return
			}
		}
		for _, sep := range []byte{';', ',', '\t'} {
			var out bytes.Buffer
			w := bufio.NewWriter(&out)
			writeRow(w, sep, row)
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
			r := &csvReader{in: bufio.NewReader(&out), sep: sep}
			got, _, err := r.read()
			if err != nil {
				t.Fatalf("%q: %v", row, err)
			}
			for i := range got {
				got[i] = unguard(got[i])
			}
			want := slices.Clone(row)
			for i := range want {
				want[i] = unguard(strings.TrimSpace(want[i]))
			}
			if !slices.Equal(got, want) {
				t.Errorf("%q with %q comes back as %q", row, sep, got)
			}
		}
	})
}

// A day that people wrote is a day of the calendar, for each order it can have
// been written in, and read from what it is written as it is the same day.
func FuzzDate(f *testing.F) {
	for _, s := range []string{"03-02-1971", "3 februari '71", "Feb 3rd, 1971", "19710203", "25965", "1971-02-03T00:00:00Z", "31-02-1971", "0000", "ma 3 feb 71"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for order, iso := range readings(s, theDay) {
			d, err := workcal.ParseDate(iso)
			if err != nil || !d.Valid() {
				t.Errorf("%q as %s is %q: %v", s, order, iso, err)
			}
			if again := readings(iso, theDay)[YearFirst]; again != iso {
				t.Errorf("%q is %s, and that is %q", s, iso, again)
			}
		}
		_ = unknownDate(s)
	})
}

// A name that is turned round keeps every letter.
func FuzzName(f *testing.F) {
	for _, s := range []string{"Jong, Anna de", "Jong, de", "Bakker BV, De", ",", "a,b,c", "van der Berg, J.P."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		letters := func(s string) []rune {
			out := []rune(strings.Map(func(r rune) rune {
				if r == ',' || strings.TrimSpace(string(r)) == "" {
					return -1
				}
				return r
			}, strings.ToValidUTF8(s, "")))
			slices.Sort(out)
			return out
		}
		if !utf8.ValidString(s) {
			return
		}
		if out := turned(s); !slices.Equal(letters(s), letters(out)) {
			t.Errorf("%q is called %q", s, out)
		}
	})
}
