package id

import (
	"strconv"
	"strings"
	"testing"
)

// A reference is read back however it is typed, and one digit misheard is
// never another case.
func FuzzReference(f *testing.F) {
	f.Add(int64(2417), "H-2417-R", 3)
	f.Add(int64(0), "h 0 a", 0)
	f.Add(int64(999999999999), "２４１７", 1)
	f.Fuzz(func(t *testing.T, n int64, typed string, at int) {
		if n, ok := ParseReference(typed); ok {
			if again, ok := ParseReference(Reference(n)); !ok || again != n || n < 0 {
				t.Errorf("%q is %d, which is written %s and read as %d", typed, n, Reference(n), again)
			}
		}
		if n < 0 || n > 1e13 {
			return
		}
		ref := Reference(n)
		for _, way := range []string{ref, strings.ToLower(ref), strings.ReplaceAll(ref, "-", " "), strings.TrimPrefix(ref, "H-")} {
			if got, ok := ParseReference(way); !ok || got != n {
				t.Errorf("%q of %d is read as %d, %v", way, n, got, ok)
			}
		}
		digits := []byte(strconv.FormatInt(n, 10))
		i := int(uint(at) % uint(len(digits)))
		for d := byte('0'); d <= '9'; d++ {
			wrong := append([]byte(nil), digits...)
			if wrong[i] = d; d == digits[i] {
				continue
			}
			if got, ok := ParseReference("H-" + string(wrong) + ref[len(ref)-2:]); ok {
				t.Errorf("%s misheard as %s is %d", ref, wrong, got)
			}
		}
	})
}

// An id is one of a kind or none, and never holds what an address or a
// statement would trip over.
func FuzzValid(f *testing.F) {
	f.Add("cas_06gwy8nj81r9f0fbzbj9cj305r")
	f.Add("cas_' OR 1")
	f.Fuzz(func(t *testing.T, s string) {
		if Valid("cas", s) && (strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" || !strings.HasPrefix(s, "cas_") || len(s) > 60) {
			t.Errorf("%q passes as an id", s)
		}
	})
}
