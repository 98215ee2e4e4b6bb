package page

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// A cursor of ours gives back what it was made of, and whatever else is sent
// as one is refused as a bad cursor or means the same when written again.
func FuzzCursor(f *testing.F) {
	f.Add("2026-11-12T09:42:00Z", "cas_1", Cursor("a", "b"))
	f.Add("", "", "W10")
	f.Add("é\x00", "\xff", "bnVsbA")
	f.Fuzz(func(t *testing.T, a, b, sent string) {
		if utf8.ValidString(a) && utf8.ValidString(b) && !strings.ContainsRune(a+b, 0) {
			got, err := Parse(Cursor(a, b), 2)
			if err != nil || !slices.Equal(got, []string{a, b}) {
				t.Errorf("%q %q came back as %q, %v", a, b, got, err)
			}
		}
		for n := range 4 {
			key, err := Parse(sent, n)
			if err != nil {
				if errs.TypeOf(err) != "bad-cursor" {
					t.Errorf("%q: %v", sent, err)
				}
				continue
			}
			if sent != "" && len(key) != n {
				t.Errorf("%q has %d parts, not %d", sent, len(key), n)
			}
			for _, k := range key {
				if !utf8.ValidString(k) || strings.ContainsRune(k, 0) {
					t.Errorf("%q holds what no database takes: %q", sent, k)
				}
			}
			if len(key) > 0 {
				if again, err := Parse(Cursor(key...), n); err != nil || !slices.Equal(again, key) {
					t.Errorf("%q: %q, written again %q, %v", sent, key, again, err)
				}
			}
		}
	})
}
