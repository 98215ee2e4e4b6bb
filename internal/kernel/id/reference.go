package id

import (
	"strconv"
	"strings"
)

// checkLetters is indexed by number mod 23. 23 is prime and larger than the
// largest difference a digit can make, so one wrong digit or two swapped
// neighbours always change the letter. Letters that sound or look like
// another (I, O, U) or like a digit are left out.
const checkLetters = "ABCDEFGHJKLMNPQRSTVWXYZ"

// Reference writes case number n for people: "H-2417-R". The letter at the end
// is a check character.
func Reference(n int64) string {
	return "H-" + strconv.FormatInt(n, 10) + "-" + string(checkLetters[n%int64(len(checkLetters))])
}

// ParseReference reads a reference as people say or type it: any case, with or
// without the H, spaces, dashes and dots. It gives the number, and false when
// the check character is missing or does not fit: then a digit was misheard.
func ParseReference(s string) (int64, bool) {
	s = strings.ToUpper(s)
	s = strings.NewReplacer(" ", "", "-", "", ".", "", "\u00a0", "", "\u2011", "").Replace(s)
	s = strings.TrimPrefix(s, "H")
	if len(s) < 2 || len(s) > 16 {
		return 0, false
	}
	digits, check := s[:len(s)-1], s[len(s)-1]
	n, err := strconv.ParseUint(digits, 10, 62)
	if err != nil {
		return 0, false
	}
	return int64(n), checkLetters[n%uint64(len(checkLetters))] == check
}
