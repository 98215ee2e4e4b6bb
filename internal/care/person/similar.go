package person

import (
	"regexp"
	"slices"
	"strings"

	"github.com/houvast/houvast/internal/kernel/fold"
)

// particles are the words of a name that tell nobody apart.
var particles = map[string]bool{"van": true, "de": true, "der": true, "den": true, "het": true, "t": true, "ter": true, "ten": true, "te": true,
	"v": true, "d": true, "vd": true, "von": true, "zu": true, "la": true, "le": true, "du": true, "el": true, "al": true, "op": true, "in": true, "s": true,
	"dhr": true, "mw": true, "mevr": true, "mevrouw": true, "meneer": true, "dr": true, "drs": true, "ir": true, "ing": true, "prof": true, "mr": true, "mrs": true, "ms": true,
	"bv": true, "b": true, "nv": true, "n": true, "vof": true}

// telling are the words of a name that tell people apart. When it has no other
// words, all of them do.
func telling(p Person) []string {
	all := fold.Words(p.Name)
	var out []string
	for i, w := range append(slices.Clone(all), fold.Words(p.CallName)...) {
		// A single letter that begins the name is an initial, not a particle.
		if (!particles[w] || i == 0 && len(w) == 1) && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	if len(out) == 0 {
		return all
	}
	return out
}

// Similar says whether two names can be of one person: every telling word of
// the shorter has its like in the longer, and at least one of them in full. An
// initial is like every word that begins with it; one wrong letter in a word
// of five or more is forgiven.
func Similar(a, b Person) bool {
	x, y := telling(a), slices.Clone(telling(b))
	if len(x) > len(y) {
		x, y = y, slices.Clone(x)
	}
	all := len(x)
	match := func(like func(s, t string) bool) {
		var left []string
		for _, w := range x {
			at := slices.IndexFunc(y, func(t string) bool { return like(w, t) })
			if at < 0 {
				left = append(left, w)
			} else { // each word stands for one other
				y = slices.Delete(y, at, at+1)
			}
		}
		x = left
	}
	match(func(s, t string) bool { return s == t })
	match(func(s, t string) bool { return len(s) >= 5 && len(t) >= 5 && oneOff(s, t) })
	full := all - len(x)
	match(func(s, t string) bool { return (len(s) == 1 || len(t) == 1) && s[0] == t[0] })
	return len(x) == 0 && full > 0
}

// oneOff says whether two words differ by one letter: another, one more, one
// less, or two neighbours swapped.
func oneOff(a, b string) bool {
	x, y := []rune(a), []rune(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(y)-len(x) > 1 {
		return false
	}
	i := 0
	for i < len(x) && x[i] == y[i] {
		i++
	}
	if len(x) < len(y) {
		return slices.Equal(x[i:], y[i+1:])
	}
	if i == len(x) || slices.Equal(x[i+1:], y[i+1:]) {
		return true
	}
	return i+1 < len(x) && x[i] == y[i+1] && x[i+1] == y[i] && slices.Equal(x[i+2:], y[i+2:])
}

// bornApart says whether two birth dates are of two people. A day and month
// that changed places are one date written in two ways.
func bornApart(a, b string) bool {
	if a == "" || b == "" || a == b {
		return false
	}
	return len(a) != 10 || len(b) != 10 || a[:4] != b[:4] || a[5:7] != b[8:10] || a[8:10] != b[5:7]
}

var (
	postcode    = regexp.MustCompile(`(?i)\b([1-9][0-9]{3})\s?([a-z]{2})\b`)
	houseNumber = regexp.MustCompile(`\b([0-9]+)\s*-?\s*([a-zA-Z]?)\b`)
)

// addressKey is what two ways of writing one address have in common: postcode
// and house number, or all of it. No word that is looked for begins with ^.
func addressKey(value string) string {
	m := postcode.FindStringSubmatchIndex(value)
	if m == nil {
		return "^" + strings.ReplaceAll(fold.Text(value), " ", "")
	}
	code := strings.ToLower(value[m[2]:m[3]] + value[m[4]:m[5]])
	if n := houseNumber.FindStringSubmatch(value[:m[0]]); n != nil {
		return "^" + code + n[1] + strings.ToLower(n[2])
	}
	return "^" + code + strings.ReplaceAll(fold.Text(value[:m[0]]), " ", "")
}

// sharedTerm is something two people may have in common, by its term.
type sharedTerm struct{ term, why string }

func sharedTerms(points []ContactPoint) (out []sharedTerm) {
	for _, c := range points {
		k := sharedTerm{strings.ToLower(c.Value), "email"}
		switch c.Kind {
		case Phone, SMS:
			k = sharedTerm{fold.Digits(c.Value), "phone"}
		case Post:
			k = sharedTerm{addressKey(c.Value), "address"}
		case Email:
		}
		if !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}
