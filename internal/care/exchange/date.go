package exchange

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/houvast/houvast/internal/kernel/fold"
	"github.com/houvast/houvast/internal/kernel/workcal"
)

// Order is the order in which the numbers of a date stand.
type Order string

// The orders. Whoever writes the year first goes on with the month.
const (
	DayFirst   Order = "dmy"
	MonthFirst Order = "mdy"
	YearFirst  Order = "ymd"
)

var (
	dateNumbers = regexp.MustCompile(`^(\d{1,4})[-/. ]{1,2}(\d{1,2})[-/. ]{1,2}(\d{1,4})\.?$`)
	dateRun     = regexp.MustCompile(`^\d{8}$`)
	dateSerial  = regexp.MustCompile(`^\d{4,5}$`)
	dateTime    = regexp.MustCompile(`[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AaPp]\.?[Mm]\.?)?(Z|[+-]\d{2}:?\d{2})?$`)
	dateNamed   = regexp.MustCompile(`^(\d{1,2})(?:st|nd|rd|th|e)? (?:of )?([a-z]+) (\d{2,4})$`)
	dateNamedUS = regexp.MustCompile(`^([a-z]+) (\d{1,2})(?:st|nd|rd|th)? (\d{2,4})$`)
	weekday     = regexp.MustCompile(`^(ma|di|wo|do|vr|za|zo|mon|tue|wed|thu|fri|sat|sun|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|monday|tuesday|wednesday|thursday|friday|saturday|sunday) `)
)

var months = map[string]int{
	"jan": 1, "januari": 1, "january": 1, "feb": 2, "febr": 2, "februari": 2, "february": 2, "mrt": 3, "maart": 3, "mar": 3, "march": 3,
	"apr": 4, "april": 4, "mei": 5, "may": 5, "jun": 6, "juni": 6, "june": 6, "jul": 7, "juli": 7, "july": 7,
	"aug": 8, "augustus": 8, "august": 8, "sep": 9, "sept": 9, "september": 9, "okt": 10, "oktober": 10, "oct": 10, "october": 10,
	"nov": 11, "november": 11, "dec": 12, "december": 12,
}

// unknownDate says whether a cell says that the date is not known.
func unknownDate(s string) bool {
	d := fold.Digits(s)
	if d != "" && strings.Trim(d, "0") == "" {
		return true
	}
	switch fold.Text(s) {
	case "", "onbekend", "unknown", "nvt", "n v t", "na", "n a", "null", "nb", "geen":
		return true
	}
	return false
}

// readings are the days a cell can mean, by order. A cell whose meaning does
// not depend on the order has all three. today decides the century of years
// written with two digits: nobody is born in the future.
func readings(s string, today workcal.Date) map[Order]string {
	s = strings.TrimSpace(s)
	// Most cells are no date, and most lists are long.
	if len(s) > 60 || !strings.ContainsFunc(s, unicode.IsDigit) {
		return nil
	}
	if strings.Contains(s, ":") {
		if cut := dateTime.ReplaceAllString(s, ""); cut != "" {
			s = strings.TrimSpace(cut)
		}
	}
	every := func(y, m, d int) map[Order]string {
		if iso, ok := day(y, m, d); ok {
			return map[Order]string{DayFirst: iso, MonthFirst: iso, YearFirst: iso}
		}
		return nil
	}
	if m := dateNumbers.FindStringSubmatch(s); m != nil {
		return readNumbers(m[1:], today)
	}
	if dateRun.MatchString(s) {
		out := map[Order]string{}
		add := func(o Order, y, m, d string) {
			if iso, ok := dayOf(y, m, d, today); ok && y >= "1880" && y <= "2100" {
				out[o] = iso
			}
		}
		add(YearFirst, s[:4], s[4:6], s[6:])
		add(DayFirst, s[4:], s[2:4], s[:2])
		add(MonthFirst, s[4:], s[:2], s[2:4])
		return out
	}
	if dateSerial.MatchString(s) { // a day as spreadsheets count them
		n, _ := strconv.Atoi(s)
		if n < 1 {
			return nil
		}
		t := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n)
		return every(t.Year(), int(t.Month()), t.Day())
	}
	if !strings.ContainsFunc(s, unicode.IsLetter) {
		return nil
	}
	named := weekday.ReplaceAllString(fold.Text(s), "")
	if m := dateNamed.FindStringSubmatch(named); m != nil && months[m[2]] > 0 {
		d, _ := strconv.Atoi(m[1])
		return every(year(m[3], today), months[m[2]], d)
	}
	if m := dateNamedUS.FindStringSubmatch(named); m != nil && months[m[1]] > 0 {
		d, _ := strconv.Atoi(m[2])
		return every(year(m[3], today), months[m[1]], d)
	}
	return nil
}

func readNumbers(n []string, today workcal.Date) map[Order]string {
	out := map[Order]string{}
	add := func(o Order, y, m, d string) {
		if iso, ok := dayOf(y, m, d, today); ok {
			out[o] = iso
		}
	}
	if len(n[0]) > 2 {
		if len(n[0]) == 4 && len(n[2]) <= 2 {
			add(YearFirst, n[0], n[1], n[2])
		}
		// The year tells: it does not matter which order the column has.
		if iso, ok := out[YearFirst]; ok {
			out[DayFirst], out[MonthFirst] = iso, iso
		}
		return out
	}
	if len(n[2]) == 3 {
		return nil
	}
	add(DayFirst, n[2], n[1], n[0])
	add(MonthFirst, n[2], n[0], n[1])
	if len(n[2]) == 2 && len(n[0]) == 2 {
		add(YearFirst, n[0], n[1], n[2])
	}
	return out
}

func year(s string, today workcal.Date) int {
	y, _ := strconv.Atoi(s)
	if len(s) <= 2 {
		if y += today.Year / 100 * 100; y > today.Year {
			y -= 100
		}
	}
	return y
}

func dayOf(y, m, d string, today workcal.Date) (string, bool) {
	mm, _ := strconv.Atoi(m)
	dd, _ := strconv.Atoi(d)
	return day(year(y, today), mm, dd)
}

func day(y, m, d int) (string, bool) {
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	return t.Format("2006-01-02"), y > 0 && y < 10000 && t.Year() == y && int(t.Month()) == m && t.Day() == d
}

// Dates counts how the dates of a column can be read.
type Dates struct {
	Read   int64           `json:"read,omitempty"`   // cells that are a date in some order
	By     map[Order]int64 `json:"by,omitempty"`     // cells that are one in this order
	Differ int64           `json:"differ,omitempty"` // cells that mean another day in another order
}

func (d *Dates) look(s string, today workcal.Date) {
	r := readings(s, today)
	if len(r) == 0 {
		return
	}
	d.Read++
	if d.By == nil {
		d.By = map[Order]int64{}
	}
	first, differ := "", false
	for o, iso := range r {
		d.By[o]++
		differ = differ || first != "" && iso != first
		first = iso
	}
	if differ {
		d.Differ++
	}
}

// Order gives the order in which most dates of the column can be read. It is
// unsure when another order reads as many and would give other days.
func (d Dates) Order() (order Order, sure bool) {
	order = DayFirst
	for _, o := range []Order{YearFirst, MonthFirst} {
		if d.By[o] > d.By[order] {
			order = o
		}
	}
	for _, o := range []Order{DayFirst, MonthFirst, YearFirst} {
		if o != order && d.By[o] == d.By[order] && d.Differ > 0 {
			return order, false
		}
	}
	return order, true
}
