package examine

import "strings"

// read takes a time apart. It knows
//
//	2011-10-11 13:45:40.276000+02:00   2011-10-11T13:45:40Z   2011/10/11 13:45
//	11-10-2011 13:45   11/10/11 1:45 PM   11.10.2011, 13.45 uur
//	20111011T134540   20111011
//	11 okt. 2011 13:45   di 11 oktober 2011 om 13:45 uur   Oct 11, 2011 1:45 pm
func (p *clockParts) read(b []byte) bool {
	i, ok := p.date(b)
	if !ok {
		return false
	}
	return p.clockAfter(b[i:])
}

func (p *clockParts) date(b []byte) (int, bool) {
	if len(b) == 0 {
		return 0, false
	}
	if !isDigit(b[0]) {
		return p.nameFirst(b)
	}
	a, i := digits(b, 0)
	p.a, p.la = a, i
	if i == 8 || i == 14 { // 20111011, 20111011134540
		p.la = 4
		p.a, p.b, p.c = number(b[:4]), number(b[4:6]), number(b[6:8])
		if i == 14 {
			p.h, p.m, p.s, p.clock = number(b[8:10]), number(b[10:12]), number(b[12:14]), true
		}
		return i, true
	}
	if i > 4 || i == 3 || i >= len(b) {
		return 0, false
	}
	sep := b[i]
	if sep != '-' && sep != '/' && sep != '.' && sep != ' ' {
		if !isLetter(sep) {
			return 0, false
		}
	} else {
		i++
	}
	for i < len(b) && b[i] == ' ' {
		i++
	}
	if i < len(b) && isLetter(b[i]) { // 11 okt 2011, 11-Oct-2011
		month, j := monthName(b[i:])
		if month == 0 {
			return 0, false
		}
		p.named = month
		i = skip(b, i+j, " -./,'")
		j = i
		p.c, i = digits(b, i)
		p.lc = i - j
		return i, p.lc == 4 || p.lc == 2
	}
	j := i
	p.b, i = digits(b, i)
	if i == j || i-j > 2 || i >= len(b) || b[i] != sep {
		return 0, false
	}
	i++
	j = i
	p.c, i = digits(b, i)
	p.lc = i - j
	if p.la == 4 {
		return i, p.lc == 1 || p.lc == 2
	}
	return i, p.lc == 4 || p.lc == 2
}

// nameFirst reads "di 11 oktober 2011" and "Oct 11, 2011".
func (p *clockParts) nameFirst(b []byte) (int, bool) {
	if !isLetter(b[0]) {
		return 0, false
	}
	month, i := monthName(b)
	if month == 0 { // the name of a day
		if i = word(b); i > 12 || !dayName(b[:i]) {
			return 0, false
		}
		i = skip(b, i, " .,")
		if i >= len(b) {
			return 0, false
		}
		j, ok := p.date(b[i:])
		return i + j, ok
	}
	i = skip(b, i, " .,-")
	j := i
	p.named = month
	if p.a, i = digits(b, i); i == j || i-j > 2 {
		return 0, false
	}
	i = skip(b, i, " ,-")
	j = i
	p.c, i = digits(b, i)
	p.lc = i - j
	return i, p.lc == 4
}

// clockAfter reads what follows the date: a clock time, and an offset.
func (p *clockParts) clockAfter(b []byte) bool {
	i := skip(b, 0, " T,t_")
	if i+2 < len(b) && (b[i] == 'o' || b[i] == 'a') && (b[i+1] == 'm' || b[i+1] == 't') && b[i+2] == ' ' { // om, at
		i = skip(b, i+3, " ")
	}
	if i == len(b) {
		return true
	}
	if isDigit(b[i]) && !p.clock {
		j := i
		p.clock = true
		p.h, i = digits(b, i)
		switch {
		case i-j == 6 || i-j == 4: // 134540, 1345
			p.h, p.m = number(b[j:j+2]), number(b[j+2:j+4])
			if i-j == 6 {
				p.s = number(b[j+4 : j+6])
			}
		case i-j > 2:
			return false
		case i < len(b) && (b[i] == ':' || b[i] == '.' || b[i] == 'h'):
			sep := b[i]
			j = i + 1
			if p.m, i = digits(b, j); i-j != 2 {
				return false
			}
			if i < len(b) && b[i] == sep {
				j = i + 1
				if p.s, i = digits(b, j); i-j != 2 {
					return false
				}
			}
		}
		if i < len(b) && (b[i] == '.' || b[i] == ',' || b[i] == ':') && i+1 < len(b) && isDigit(b[i+1]) {
			scale := int64(1e5)
			for i++; i < len(b) && isDigit(b[i]); i++ {
				p.frac += int64(b[i]-'0') * scale
				scale /= 10
			}
		}
	}
	return p.zone(b[skip(b, i, " "):])
}

// zone reads PM, "uur" and the offset: Z, +02:00, +0200, +02, UTC, CET, CEST.
func (p *clockParts) zone(b []byte) bool {
	for len(b) > 0 {
		switch c := b[0]; {
		case c == '+' || c == '-':
			h, i := digits(b, 1)
			m := 0
			switch {
			case i == 5: // +0200
				h, m = h/100, h%100
			case i != 3 && i != 2:
				return false
			case i < len(b) && b[i] == ':':
				j := i + 1
				if m, i = digits(b, j); i-j != 2 {
					return false
				}
			}
			if h > 15 || m > 59 {
				return false
			}
			p.offset, p.off = true, int64(h)*hour+int64(m)*minute
			if c == '-' {
				p.off = -p.off
			}
			b = b[skip(b, i, " "):]
			if len(b) > 0 && b[0] == '[' { // +02:00[Europe/Amsterdam]
				return b[len(b)-1] == ']'
			}
		case isLetter(c):
			i := word(b)
			switch strings.ToLower(strings.ReplaceAll(string(b[:i]), ".", "")) {
			case "z", "utc", "gmt":
				p.offset = true
			case "cet":
				p.offset, p.off = true, hour
			case "cest":
				p.offset, p.off = true, 2*hour
			case "pm":
				p.pm = true
			case "am":
				p.am = true
			case "uur", "u", "h":
			default:
				return false
			}
			b = b[skip(b, i, " "):]
		default:
			return false
		}
	}
	return true
}

var months = map[string]int{
	"jan": 1, "january": 1, "januari": 1, "feb": 2, "february": 2, "februari": 2, "mar": 3, "march": 3, "mrt": 3, "maart": 3,
	"apr": 4, "april": 4, "may": 5, "mei": 5, "jun": 6, "june": 6, "juni": 6, "jul": 7, "july": 7, "juli": 7,
	"aug": 8, "august": 8, "augustus": 8, "sep": 9, "sept": 9, "september": 9, "oct": 10, "okt": 10, "october": 10, "oktober": 10,
	"nov": 11, "november": 11, "dec": 12, "december": 12,
}

// monthName reads the name of a month, and how many bytes it took.
func monthName(b []byte) (month, length int) {
	n := word(b)
	if n > 10 {
		return 0, 0
	}
	m := months[strings.TrimRight(strings.ToLower(string(b[:n])), ".")]
	return m, n
}

func dayName(b []byte) bool {
	s := strings.TrimRight(strings.ToLower(string(b)), ".")
	for _, d := range []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
		"maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"} {
		if len(s) >= 2 && strings.HasPrefix(d, s) {
			return true
		}
	}
	return false
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// word is how long the word at the beginning of b is, full stops included.
func word(b []byte) int {
	i := 0
	for i < len(b) && (isLetter(b[i]) || i > 0 && b[i] == '.') {
		i++
	}
	return i
}

func skip(b []byte, i int, chars string) int {
	for i < len(b) && strings.IndexByte(chars, b[i]) >= 0 {
		i++
	}
	return i
}

// digits reads a number from i on; it stops before it could overflow.
func digits(b []byte, i int) (n, end int) {
	for i < len(b) && isDigit(b[i]) {
		if n < 1e9 {
			n = n*10 + int(b[i]-'0')
		}
		i++
	}
	return n, i
}

func number(b []byte) int {
	n, _ := digits(b, 0)
	return n
}

// trim takes white space off both ends.
func trim(b []byte) []byte {
	for len(b) > 0 && b[0] <= ' ' {
		b = b[1:]
	}
	for len(b) > 0 && b[len(b)-1] <= ' ' {
		b = b[:len(b)-1]
	}
	return b
}

// isNull recognises what programs write when there is nothing.
func isNull(b []byte) bool {
	if len(b) > 4 || len(b) < 2 {
		return false
	}
	switch b[0] {
	case 'n', 'N', '#', '<', '\\', '-':
	default:
		return false
	}
	switch string(b) {
	case "null", "NULL", "Null", "nan", "NaN", "NAN", "none", "None", "NONE", "n/a", "N/A", "#N/A", "<NA>", `\N`, "NaT", "--":
		return true
	}
	return false
}
