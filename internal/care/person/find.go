package person

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/houvast/houvast/internal/kernel/fold"
	"github.com/houvast/houvast/internal/kernel/workcal"
)

// How much must be typed before anybody is looked for: one or two letters
// would find nearly everybody, and fewer than four last digits as well.
const (
	minTerm = 3
	minTail = 4
)

// tail begins a phone number that is written from its last digit to its first.
const tail = "~"

// umlauts as they are typed where there is no key for them.
var umlauts = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "Ä", "Ae", "Ö", "Oe", "Ü", "Ue")

// Terms are what a person is found by, folded, without doubles: the words of
// the name, particles glued to what follows them as well, phone numbers from
// both ends, e-mail addresses and the birth date. Addresses are not looked for;
// their key only tells who lives at the same one.
func Terms(p Person, points []ContactPoint) []string {
	var terms []string
	for _, name := range []string{p.Name, p.CallName} {
		words := fold.Words(name)
		terms = append(append(terms, words...), glued(words)...)
		if other := umlauts.Replace(name); other != name {
			terms = append(terms, fold.Words(other)...)
		}
	}
	if p.BirthDate != "" {
		terms = append(terms, p.BirthDate)
	}
	for _, c := range points {
		switch c.Kind {
		case Phone, SMS:
			d := fold.Digits(c.Value)
			terms = append(terms, d, tail+backwards(d))
		case Email:
			terms = append(terms, strings.ToLower(c.Value))
		case Post:
			terms = append(terms, addressKey(c.Value))
		}
	}
	slices.Sort(terms)
	return slices.Compact(terms)
}

// glued are the particles of a name with the word that follows: "vandermeer".
func glued(words []string) (out []string) {
	run := ""
	for _, w := range words {
		switch {
		case particles[w] && len(w) > 1:
			run += w
		case run != "":
			out, run = append(out, run+w), ""
		}
	}
	return out
}

func backwards(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

var phoneTyped = regexp.MustCompile(`^[+0-9(][0-9 ()./\-]*$`)

// asTyped are particles as they are typed in short, or mistaken for another.
var asTyped = map[string][]string{"vd": {"v", "d"}, "vdr": {"v", "d"}, "der": {"de"}, "den": {"de"}, "ter": {"te"}, "ten": {"te"}}

// Query turns what somebody types into what to look for: one or more ways to
// read it, each the beginnings of terms that must all be there, the most
// telling first. A name needs three letters, a phone number its first three or
// its last four digits; a birth date may be written in any usual way. Nothing
// means that it is too short to look for.
func Query(typed string) (ways [][]string) {
	typed = strings.TrimSpace(typed)
	for _, d := range dates(typed, true) {
		ways = append(ways, []string{d})
	}
	switch {
	case phoneTyped.MatchString(typed):
		ways = append(ways, numbers(typed)...)
	case len(ways) > 0:
	case strings.Contains(typed, "@") && !strings.Contains(typed, " "):
		ways = append(ways, []string{strings.ToLower(typed)})
	default:
		if words := names(typed); words != nil {
			ways = append(ways, words)
		}
	}
	slices.SortFunc(ways, func(a, b []string) int { return cmpText(a[0], b[0]) })
	return ways
}

// numbers reads digits as the beginning of a phone number, and as its end.
func numbers(typed string) (ways [][]string) {
	d := fold.Digits(typed)
	if len(d) < minTerm {
		return nil
	}
	switch {
	case strings.HasPrefix(typed, "+"):
		return [][]string{{d}}
	case strings.HasPrefix(d, "00"):
		if len(d) >= minTail {
			ways = append(ways, []string{d[2:]})
		}
	case strings.HasPrefix(d, "0"):
		ways = append(ways, []string{countryCode + d[1:]})
	default:
		ways = append(ways, []string{d})
	}
	if len(d) >= minTail {
		ways = append(ways, []string{tail + backwards(d)})
	}
	return ways
}

func names(typed string) []string {
	var words []string
	for _, w := range fold.Words(typed) {
		if as, ok := asTyped[w]; ok {
			words = append(words, as...)
		} else {
			words = append(words, w)
		}
	}
	slices.SortStableFunc(words, func(a, b string) int { return len(b) - len(a) })
	words = slices.Compact(words)
	if len(words) == 0 || len([]rune(words[0])) < minTerm {
		if whole := fold.Words(typed); len(whole) == 1 && len([]rune(whole[0])) >= minTerm {
			return whole // "der" alone
		}
		return nil
	}
	return words[:min(len(words), 6)]
}

// months by the letters with which both languages begin them.
var months = map[string]int{
	"jan": 1, "januari": 1, "january": 1, "feb": 2, "februari": 2, "february": 2, "mrt": 3, "maa": 3, "maart": 3, "mar": 3, "march": 3,
	"apr": 4, "april": 4, "mei": 5, "may": 5, "jun": 6, "juni": 6, "june": 6, "jul": 7, "juli": 7, "july": 7, "aug": 8, "augustus": 8, "august": 8,
	"sep": 9, "sept": 9, "september": 9, "okt": 10, "oktober": 10, "oct": 10, "october": 10, "nov": 11, "november": 11, "dec": 12, "december": 12,
}

var ordinal = regexp.MustCompile(`^(\d{1,2})(?:st|nd|rd|th|e|de|ste)$`)

// ReadDate reads a day as people write it in Dutch or English, and gives it as
// 1984-03-02: 2-3-1984, 02/03/1984, 2 maart 1984, March 2nd, 1984, 02031984,
// 1984-03-02. Day before month, as nearly everybody here writes it; a year has
// four digits.
func ReadDate(typed string) (string, bool) {
	if d := dates(typed, false); len(d) == 1 {
		return d[0], true
	}
	return "", false
}

// dates are the days that something typed can mean. Short: a year of two
// digits as well, in either century.
func dates(typed string, short bool) (out []string) {
	var words []string
	for _, w := range fold.Words(typed) {
		if m := ordinal.FindStringSubmatch(w); m != nil {
			w = m[1]
		}
		if w != "of" && w != "the" && w != "van" {
			words = append(words, w)
		}
	}
	if len(words) == 1 && len(words[0]) == 8 && fold.Digits(words[0]) == words[0] {
		w := words[0]
		out = day(out, w[4:], w[2:4], w[:2])
		return day(out, w[:4], w[4:6], w[6:])
	}
	if len(words) != 3 {
		return nil
	}
	y, m, d := words[2], words[1], words[0]
	switch {
	case len(d) == 4: // year first
		y, d = d, y
	case months[d] > 0: // March 2, 1984
		m, d = d, m
	}
	if n := months[m]; n > 0 {
		m = strconv.Itoa(n)
	}
	if len(y) == 2 && short {
		return day(day(out, "19"+y, m, d), "20"+y, m, d)
	}
	return day(out, y, m, d)
}

// day adds a day if there is such a day, in a year in which somebody can have
// been born.
func day(out []string, y, m, d string) []string {
	if len(y) != 4 || len(m) > 2 || len(d) > 2 || y < "1880" || y > "2199" {
		return out
	}
	iso := y + "-" + two(m) + "-" + two(d)
	if _, err := workcal.ParseDate(iso); err != nil || slices.Contains(out, iso) {
		return out
	}
	return append(out, iso)
}

func two(s string) string {
	if len(s) == 1 {
		return "0" + s
	}
	return s
}
