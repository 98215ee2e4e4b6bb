package fold

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// letters that decomposition leaves whole, as people type them without them.
var letters = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'ł': "l", 'þ': "th", 'ı': "i", 'ŋ': "n", 'ħ': "h",
}

// Text folds s: lower case, no accents, every run of anything that is no
// letter or digit one space. An apostrophe joins: "'s-Gravenmade" gives
// "s gravenmade", "D'Angelo" gives "dangelo".
func Text(s string) string {
	var b strings.Builder
	gap := false
	// A broken byte keeps the letter after it from being taken apart.
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(s, "\uFFFD")) {
		switch {
		case unicode.Is(unicode.Mn, r), r == '\'', r == '’', r == '‘', r == '`':
			continue
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		r = unicode.ToLower(unicode.ToUpper(r)) // by way of upper case: the ς that ends a Greek word is a σ
		if two, ok := letters[r]; ok {
			b.WriteString(two)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Words are the folded words of s.
func Words(s string) []string { return strings.Fields(Text(s)) }

// Digits are the digits of s, in order.
func Digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
