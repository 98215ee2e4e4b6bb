package lang

// words are the parts of times and numbers in one language. They are code, not
// catalogue: which word stands where follows the rules in format.go.
type words struct {
	days, daysShort     [7]string
	months, monthsShort [12]string

	today, tomorrow, yesterday string
	now, justNow               string

	dayAtClock string // "today at 12:00"
	between    string // day, from, to
	betweenAll string // from, to, each with its day

	hourShort string // before minutes: "1 h 18 min"
	hours     string // alone: "2 h"
	minutes   string
	day, dayN string

	in, ago, late string
	lessThanOne   string
	and           string

	thousands, decimal string
}

func wordsOf(lang string) *words {
	if lang == English {
		return &english
	}
	return &dutch
}

// nbsp keeps a number and its unit on one line.
const nbsp = "\u00a0"

var dutch = words{
	days:        [7]string{"zondag", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag"},
	daysShort:   [7]string{"zo", "ma", "di", "wo", "do", "vr", "za"},
	months:      [12]string{"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"},
	monthsShort: [12]string{"jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"},
	today:       "vandaag", tomorrow: "morgen", yesterday: "gisteren",
	now: "nu", justNow: "zojuist",
	dayAtClock: "%s om %s" + nbsp + "uur",
	between:    "%s tussen %s en %s",
	betweenAll: "tussen %s en %s",
	hourShort:  "u", hours: "uur", minutes: "min", day: "dag", dayN: "dagen",
	in: "over %s", ago: "%s geleden", late: "%s te laat",
	lessThanOne: "nog geen minuut",
	and:         "en",
	thousands:   ".", decimal: ",",
}

var english = words{
	days:        [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	daysShort:   [7]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
	months:      [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	monthsShort: [12]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
	today:       "today", tomorrow: "tomorrow", yesterday: "yesterday",
	now: "now", justNow: "just now",
	dayAtClock: "%s at %s",
	between:    "%s between %s and %s",
	betweenAll: "between %s and %s",
	hourShort:  "h", hours: "h", minutes: "min", day: "day", dayN: "days",
	in: "in %s", ago: "%s ago", late: "%s late",
	lessThanOne: "under a minute",
	and:         "and",
	thousands:   ",", decimal: ".",
}
