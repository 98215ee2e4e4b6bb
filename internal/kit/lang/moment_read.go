package lang

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// rule reads one piece at the beginning of what is left. read gets the groups
// of the pattern and says whether the piece makes sense there.
type rule struct {
	pattern *regexp.Regexp
	read    func(r *reading, g []string) bool
}

// next reads one piece and says how long it was; 0 when nothing fits.
func (r *reading) next(rest string) int {
	for _, rule := range rules {
		g := rule.pattern.FindStringSubmatch(rest)
		if g == nil {
			continue
		}
		clockWas := r.expectClock
		if rule.read(r, g) {
			if clockWas {
				r.expectClock = false
			}
			return len(g[0])
		}
		if r.err != nil {
			return 0
		}
	}
	return 0
}

var numbers = map[string]int{
	"een": 1, "twee": 2, "drie": 3, "vier": 4, "vijf": 5, "zes": 6, "zeven": 7, "acht": 8, "negen": 9, "tien": 10, "elf": 11, "twaalf": 12,
	"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
	"a": 1, "an": 1,
}

func number(s string) int {
	if n, ok := numbers[s]; ok {
		return n
	}
	n, _ := strconv.Atoi(s) // the patterns let only digits through
	return n
}

var weekdays = map[string]time.Weekday{
	"zo": 0, "zon": 0, "zondag": 0, "sun": 0, "sunday": 0,
	"ma": 1, "maa": 1, "maandag": 1, "mon": 1, "monday": 1,
	"di": 2, "din": 2, "dinsdag": 2, "tue": 2, "tues": 2, "tuesday": 2,
	"wo": 3, "woe": 3, "woensdag": 3, "wed": 3, "weds": 3, "wednesday": 3,
	"do": 4, "don": 4, "donderdag": 4, "thu": 4, "thur": 4, "thurs": 4, "thursday": 4,
	"vr": 5, "vrij": 5, "vrijdag": 5, "fri": 5, "friday": 5,
	"za": 6, "zat": 6, "zaterdag": 6, "sat": 6, "saturday": 6,
}

var monthNames = map[string]time.Month{
	"jan": 1, "januari": 1, "january": 1, "feb": 2, "februari": 2, "february": 2, "mrt": 3, "maart": 3, "mar": 3, "march": 3,
	"apr": 4, "april": 4, "mei": 5, "may": 5, "jun": 6, "juni": 6, "june": 6, "jul": 7, "juli": 7, "july": 7,
	"aug": 8, "augustus": 8, "august": 8, "sep": 9, "sept": 9, "september": 9, "okt": 10, "oct": 10, "oktober": 10, "october": 10,
	"nov": 11, "november": 11, "dec": 12, "december": 12,
}

var parts = map[string]dayPart{
	"ochtend": morning, "ochtends": morning, "morgen": morning, "morgens": morning, "vroeg": morning, "morning": morning,
	"middag": afternoon, "middags": afternoon, "afternoon": afternoon,
	"avond": evening, "avonds": evening, "evening": evening,
}

const (
	num     = `(\d{1,3}|een|twee|drie|vier|vijf|zes|zeven|acht|negen|tien|elf|twaalf|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)`
	wday    = `(zo(?:n|ndag)?|maa(?:ndag)?|ma|di(?:n|nsdag)?|wo(?:e|ensdag)?|do(?:n|nderdag)?|vr(?:ij|ijdag)?|za(?:t|terdag)?|sun(?:day)?|mon(?:day)?|tue(?:s|sday)?|wed(?:s|nesday)?|thu(?:r|rs|rsday)?|fri(?:day)?|sat(?:urday)?)`
	mon     = `(januar[iy]|jan|februar[iy]|feb|maart|mrt|march|mar|april|apr|mei|may|jun[ie]|jun|jul[iy]|jul|augustus|august|aug|september|sept|sep|o[kc]tober|o[kc]t|november|nov|december|dec)`
	ampm    = `(am\b|pm\b|a\.m\.?|p\.m\.?)`
	oClock  = `(?:uur|u|h|hrs|o'clock)`
	nlParts = `(ochtend|middag|avond)`
)

func begin(pattern string) *regexp.Regexp { return regexp.MustCompile(`^(?:` + pattern + `)`) }

// rules, the more specific first.
var rules = []rule{
	{begin(`(\d{4})-(\d{1,2})-(\d{1,2})(?:t|\b)`), func(r *reading, g []string) bool { return r.setDate(g[3], g[2], g[1]) }},
	{begin(`(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})\b`), func(r *reading, g []string) bool { return r.setDate(g[1], g[2], g[3]) }},
	{begin(`(\d{1,2})[-/](\d{1,2})\b`), func(r *reading, g []string) bool { return r.setDate(g[1], g[2], "") }},
	{begin(`(\d{1,2})(?:e|ste|de|st|nd|rd|th)? (?:of )?` + mon + `\b\.?(?: (\d{4})\b)?`), func(r *reading, g []string) bool { return r.setNamedDate(g[1], g[2], g[3]) }},
	{begin(mon + `\.? (\d{1,2})(?:st|nd|rd|th)?\b(?:,? (\d{4})\b)?`), func(r *reading, g []string) bool { return r.setNamedDate(g[2], g[1], g[3]) }},

	// over 2 uur, in an hour and 15 minutes, over anderhalf uur, over 3 dagen
	{begin(`(?:over|in|binnen|within) (?:een half uur|half an hour|een halfuur|a half hour)\b`), func(r *reading, _ []string) bool { return r.setAfter(30 * time.Minute) }},
	{begin(`(?:over|binnen) anderhalf uur\b`), func(r *reading, _ []string) bool { return r.setAfter(90 * time.Minute) }},
	{begin(`(?:over|in|binnen|within) (?:een kwartier|a quarter of an hour)\b`), func(r *reading, _ []string) bool { return r.setAfter(15 * time.Minute) }},
	{begin(`(?:over|in|binnen|within) (\d{1,2})[.,](\d) ?(?:uur|u|hours|h)\b`), func(r *reading, g []string) bool {
		return r.setAfter(time.Duration(number(g[1])*60+number(g[2])*6) * time.Minute)
	}},
	{begin(`(?:over|in|binnen|within) (?:` + num + `|an?) ?(?:uren|uur|u|hours?|hrs?|h)\b(?: (?:en |and )?(\d{1,2}) ?(?:minuten|minutes|minuut|minute|mins?|m)\b)?`), func(r *reading, g []string) bool {
		return r.setAfter(time.Duration(amount(g[1])*60+number(g[2])) * time.Minute)
	}},
	{begin(`(?:over|in|binnen|within) (?:` + num + `|an?) ?(?:minuten|minutes|minuut|minute|mins?|m)\b`), func(r *reading, g []string) bool {
		return r.setAfter(time.Duration(amount(g[1])) * time.Minute)
	}},
	{begin(`(?:over|in) (?:` + num + `|an?) (?:dagen|dag|days?)\b`), func(r *reading, g []string) bool { return r.setOffset(amount(g[1]), noPart) }},
	{begin(`(?:over|in) (?:` + num + `|an?) (?:weken|week|weeks?)\b`), func(r *reading, g []string) bool { return r.setOffset(7*amount(g[1]), noPart) }},

	// clock times
	{begin(`half past ` + num + `\b`), func(r *reading, g []string) bool { return r.setSpoken(g[0], number(g[1]), 30) }},
	{begin(`(?:kwart over|quarter past) ` + num + `\b`), func(r *reading, g []string) bool { return r.setSpoken(g[0], number(g[1]), 15) }},
	{begin(`(?:kwart voor|quarter to) ` + num + `\b`), func(r *reading, g []string) bool { return r.setSpoken(g[0], number(g[1]), -15) }},
	{begin(`half ` + num + `\b`), func(r *reading, g []string) bool {
		// Half vijf is 4:30, half five is 5:30: in English only for those who write it out.
		if _, dutchWord := dutchNumber[g[1]]; r.lang != Dutch && !dutchWord {
			return false
		}
		return r.setSpoken(g[0], number(g[1]), -30)
	}},
	{begin(`(\d{1,2})[:.](\d{2})(?::00)? ?(?:` + ampm + `|` + oClock + `\b|\b)`), func(r *reading, g []string) bool { return r.setClock(g[0], g[1], g[2], g[3]) }},
	{begin(`(\d{1,2}) ?` + ampm), func(r *reading, g []string) bool { return r.setClock(g[0], g[1], "", g[2]) }},
	{begin(`(\d{1,2})(?:(?:u|h)(\d{2})\b| uur (\d{2})$)`), func(r *reading, g []string) bool { return r.setClock(g[0], g[1], g[2]+g[3], "") }},
	{begin(`(\d{1,2}) ?` + oClock + `\b`), func(r *reading, g []string) bool { return r.setClock(g[0], g[1], "", "") }},
	{begin(num + ` (?:uur|o'clock)\b`), func(r *reading, g []string) bool { return r.setSpoken(g[0], number(g[1]), 0) }},
	{begin(`(?:12 |twelve )?noon\b`), func(r *reading, g []string) bool { return r.setClock(g[0], "12", "00", "") }},

	// days by name
	{begin(`(?:volgende|next) ` + wday + `\b`), func(r *reading, g []string) bool {
		r.err = errs.New(errs.Invalid, "day-ambiguous").With("Wording", g[0])
		return false
	}},
	{begin(`(?:volgende week|next week)\b(?: op| on)?`), func(r *reading, _ []string) bool { r.nextWeek = true; return true }},
	{begin(`(?:(?:aanstaande|aankomende|komende|a\.s\.|deze|this|coming|this coming) )?` + wday + `(?:\b\.?|` + nlParts + `\b)(?: (?:a\.s\.|aanstaande))?`), func(r *reading, g []string) bool {
		if r.hasWeekday {
			return false
		}
		r.weekday, r.hasWeekday = weekdays[g[1]], true
		return r.setPart(parts[g[2]])
	}},
	{begin(`(?:overmorgen|(?:the )?day after tomorrow)` + nlParts + `?\b`), func(r *reading, g []string) bool { return r.setOffset(2, parts[g[1]]) }},
	{begin(`morgen(?:vroeg\b| vroeg\b| ?ochtend\b)`), func(r *reading, _ []string) bool { return r.setOffset(1, morning) }},
	{begin(`morgen ?` + nlParts + `\b`), func(r *reading, g []string) bool { return r.setOffset(1, parts[g[1]]) }},
	{begin(`(?:morgen|tomorrow|tmrw)\b`), func(r *reading, _ []string) bool { return r.setOffset(1, noPart) }},
	{begin(`(?:gisteren|yesterday)\b`), func(r *reading, _ []string) bool { return r.setOffset(-1, noPart) }},
	{begin(`(?:vandaag|heden|today)\b`), func(r *reading, _ []string) bool { return r.setOffset(0, noPart) }},
	{begin(`(?:vanochtend|vanmorgen|this morning)\b`), func(r *reading, _ []string) bool { return r.setOffset(0, morning) }},
	{begin(`(?:vanmiddag|this afternoon)\b`), func(r *reading, _ []string) bool { return r.setOffset(0, afternoon) }},
	{begin(`(?:vanavond|this evening|tonight)\b`), func(r *reading, _ []string) bool { return r.setOffset(0, evening) }},
	{begin(`(?:in de |in the |'s |s )?(ochtends?|morgens|middags?|avonds?|morning|afternoon|evening)\b`), func(r *reading, g []string) bool { return r.setPart(parts[g[1]]) }},

	// words around them
	{begin(`(?:uiterlijk|niet later dan|no later than|not later than) ?(?:om\b|op\b|at\b|on\b|by\b)?`), func(r *reading, _ []string) bool { r.expectClock = true; return true }},
	{begin(`(?:om|voor|at|by|before)\b`), func(r *reading, _ []string) bool { r.expectClock = true; return true }},
	{begin(`(?:op|on|de|the|nog)\b`), func(r *reading, _ []string) bool { return true }},
	{begin(num + `\b`), func(r *reading, g []string) bool {
		return r.expectClock && r.setClock(g[0], strconv.Itoa(number(g[1])), "", "")
	}},
}

var dutchNumber = map[string]bool{"een": true, "twee": true, "drie": true, "vier": true, "vijf": true, "zes": true,
	"zeven": true, "acht": true, "negen": true, "tien": true, "elf": true, "twaalf": true}

// amount reads "2", "twee", or nothing for "a" and "an".
func amount(s string) int {
	if s == "" {
		return 1
	}
	return number(s)
}

func (r *reading) setAfter(d time.Duration) bool {
	if r.hasAfter || d <= 0 {
		return false
	}
	r.after, r.hasAfter = d, true
	return true
}

func (r *reading) setOffset(days int, p dayPart) bool {
	if r.hasOffset {
		return false
	}
	r.offset, r.hasOffset = days, true
	return r.setPart(p)
}

func (r *reading) setPart(p dayPart) bool {
	if p == noPart {
		return true
	}
	if r.part != noPart && r.part != p {
		return false
	}
	r.part = p
	return true
}

func (r *reading) setDate(day, month, year string) bool {
	if r.hasDate {
		return false
	}
	r.date = ymd{number2(year), time.Month(number(month)), number(day)}
	r.hasDate, r.hasYear = true, year != ""
	return true
}

func (r *reading) setNamedDate(day, month, year string) bool {
	return r.setDate(day, strconv.Itoa(int(monthNames[month])), year)
}

// number2 reads a year; two digits are of this century.
func number2(year string) int {
	n, _ := strconv.Atoi(year) // the patterns let only digits through
	if len(year) == 2 {
		n += 2000
	}
	return n
}

// setClock takes a clock time written in figures. Up to six o'clock without a
// leading zero, people may mean the afternoon: "do 4 uur", "4.30".
func (r *reading) setClock(wording, hour, minute, half string) bool {
	h, m := number(hour), number(minute)
	if r.hasClock || m > 59 || h > 24 || h == 24 && m > 0 {
		return false
	}
	if half != "" {
		if h < 1 || h > 12 {
			return false
		}
		h %= 12
		if strings.HasPrefix(half, "p") {
			h += 12
		}
	}
	r.minute, r.hasClock, r.wording = h*60+m, true, strings.TrimSpace(wording)
	r.spoken = half == "" && len(hour) == 1 && h >= 1 && h <= 6
	return true
}

// setSpoken takes a clock time in words, which knows only twelve hours.
func (r *reading) setSpoken(wording string, hour, add int) bool {
	if r.hasClock || hour < 1 || hour > 24 || hour > 12 && add != 0 {
		return false
	}
	m := hour*60 + add
	r.minute, r.hasClock, r.wording = m, true, wording
	r.spoken = m >= 30 && m < 7*60
	return true
}
