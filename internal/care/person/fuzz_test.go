package person

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// A way to reach somebody is kept in one form: keeping that form again changes
// nothing, and people read what they can dial.
func FuzzNormalise(f *testing.F) {
	for _, s := range []string{"06-12345678", "+31 (0)20 123 45 67", "0031612345678;ext=5", "Anna <anna@example.nl>", "ANNA@EXAMPLE.NL", `"a b"@example.nl`,
		"Weg 1\r\n\r\n 1234 AB  Dorp ", "tel:+31-6-12345678", "٠٦١٢٣٤٥٦٧٨"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, kind := range Channels {
			out, err := Normalise(kind, s)
			if err != nil {
				if errs.ClassOf(err) != errs.Invalid {
					t.Errorf("%s %q: %v", kind, s, err)
				}
				continue
			}
			again, err := Normalise(kind, out)
			if err != nil || again != out {
				t.Errorf("%s %q is %q, and that is %q, %v", kind, s, out, again, err)
			}
			if out == "" || kind != Post && strings.ContainsAny(out, "\r\n\x00") || utf8.ValidString(s) && !utf8.ValidString(out) {
				t.Errorf("%s %q is %q", kind, s, out)
			}
			if kind == Phone {
				if back, err := Normalise(kind, Spoken(out)); err != nil || back != out {
					t.Errorf("%q is said as %q, which is %q, %v", out, Spoken(out), back, err)
				}
			}
			if hint := (ContactPoint{Kind: kind, Value: out}).Hint(); len(out) > 6 && kind == Phone && strings.Contains(hint, out[3:]) {
				t.Errorf("%q is given away by %q", out, hint)
			}
		}
	})
}

// A citizen service number does not survive, and what is left is left alone.
func FuzzMaskBSN(f *testing.F) {
	for _, s := range []string{"mijn bsn is 111222333 ja", "111.222.333", "1112-22-333", "0611122233", "111222333111222333", "111 222 333 444", "１１１２２２３３３"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := MaskBSN(s)
		if MaskBSN(out) != out || HasBSN(out) {
			t.Errorf("%q is %q, and that is %q", s, out, MaskBSN(out))
		}
		if !strings.ContainsAny(s, "0123456789") && out != s || len(out) > len(s) {
			t.Errorf("%q is %q", s, out)
		}
	})
}
