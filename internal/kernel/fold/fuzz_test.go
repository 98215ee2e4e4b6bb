package fold

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// Folding twice is folding once, and what comes out are words of letters and
// digits with one space between them: what an index may hold.
func FuzzText(f *testing.F) {
	f.Add("Citroën, d'Ártagnan: ÉÉN  keer")
	f.Add("ﬁets Straße İstanbul ǅ")
	f.Add("\xff\x00 a\u0301 ½ ² Ⅷ ﷺ")
	f.Fuzz(func(t *testing.T, s string) {
		out := Text(s)
		if again := Text(out); again != out {
			t.Errorf("%q is %q, and that is %q", s, out, again)
		}
		if !utf8.ValidString(out) || strings.TrimSpace(out) != out || strings.Contains(out, "  ") {
			t.Errorf("%q is %q", s, out)
		}
		for _, r := range out {
			if r != ' ' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) {
				t.Errorf("%q is %q, which holds %U", s, out, r)
			}
		}
		if len(out) > 20*len(s)+16 {
			t.Errorf("%d bytes become %d", len(s), len(out))
		}
		for _, r := range Digits(s) {
			if r < '0' || r > '9' {
				t.Errorf("a digit of %q is %q", s, r)
			}
		}
	})
}
