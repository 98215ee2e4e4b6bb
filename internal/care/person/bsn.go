package person

import (
	"regexp"
	"strings"
)

// Nine digits in a row, or in the groups in which people write a citizen
// service number. Digits on either side make it another number.
var nine = regexp.MustCompile(`\d+(?:[ .\-]\d+)*`)

var grouped = regexp.MustCompile(`^(?:\d{9}|\d{3}([ .\-])\d{3}([ .\-])\d{3}|\d{4}([ .\-])\d{2}([ .\-])\d{3})$`)

// mask is put where a citizen service number stood.
const mask = "*********"

// MaskBSN replaces every Dutch citizen service number in a text by asterisks:
// nine digits that pass the test of eleven. One in eleven other numbers of
// nine digits passes as well; losing such a number costs less than keeping a
// BSN.
func MaskBSN(text string) string {
	digits := 0
	for i := range len(text) {
		if '0' <= text[i] && text[i] <= '9' {
			digits++
		}
	}
	if digits < 9 {
		return text
	}
	return nine.ReplaceAllStringFunc(text, func(run string) string {
		if grouped.MatchString(run) && eleven(run) {
			return mask
		}
		// Nine digits in one piece count also beside other numbers.
		return whole.ReplaceAllStringFunc(run, func(s string) string {
			if len(s) == 9 && eleven(s) {
				return mask
			}
			return s
		})
	})
}

var whole = regexp.MustCompile(`\d+`)

// HasBSN says whether a text holds a citizen service number.
func HasBSN(text string) bool { return MaskBSN(text) != text }

// eleven is the test of eleven with weights 9, 8, … 2 and −1.
func eleven(s string) bool {
	sum, n := 0, 0
	for _, r := range s {
		if r < '0' || r > '9' {
			continue
		}
		w := 9 - n
		if n == 8 {
			w = -1
		}
		sum += w * int(r-'0')
		n++
	}
	return n == 9 && sum%11 == 0 && strings.Trim(s, "0 .-") != ""
}
