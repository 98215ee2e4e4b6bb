package workcal

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// Interval is a part of the local day in minutes since midnight:
// 0 ≤ From < To ≤ 1440.
type Interval struct {
	From int `json:"from"`
	To   int `json:"to"`
}

const dayMinutes = 24 * 60

// String is "08:00–12:30".
func (i Interval) String() string { return clockOf(i.From) + "–" + clockOf(i.To) }

func clockOf(m int) string { return fmt.Sprintf("%02d:%02d", m/60, m%60) }

var (
	span = regexp.MustCompile(`^(?:van |from )?(\d{1,2})(?:[:.uh](\d{2}))?(?: ?(uur|u|h|am|pm)\b)?` +
		` ?(?:-|tot en met|tot|t/m|to|until|till) ?` +
		`(\d{1,2})(?:[:.uh](\d{2}))?(?: ?(uur|u|h|am|pm)\b)?`)
	spanGap  = regexp.MustCompile(`^(?: |,|;|&|\+|/|\ben\b|\band\b)+`)
	hoursOne = strings.NewReplacer("–", "-", "—", "-", "−", "-", "\u00a0", " ", "\u202f", " ", "\n", ",", "\t", " ")
)

// ParseHours reads the opening hours of one day as people write them:
// "8-12.30, 13.30-17", "08:00–12:30 en 13:30–17:00", "9-17u", "9am-5pm".
// Nothing, "gesloten" and "closed" mean no hours; "24 uur" the whole day.
// Intervals that touch become one. Errors are Invalid: "hours-unreadable",
// "hours-backwards" (ends before it begins) or "hours-overlap".
func ParseHours(s string) ([]Interval, error) {
	s = strings.Join(strings.Fields(strings.ToLower(hoursOne.Replace(s))), " ")
	s = strings.ReplaceAll(s, " - ", "-")
	switch s {
	case "", "-", "gesloten", "dicht", "closed", "geen", "none":
		return nil, nil
	case "24 uur", "24u", "24h", "24 hours", "24/7", "hele dag", "de hele dag", "all day":
		return []Interval{{0, dayMinutes}}, nil
	}
	var out []Interval
	for rest := s; rest != ""; {
		m := span.FindStringSubmatch(rest)
		if m == nil {
			return nil, errs.New(errs.Invalid, "hours-unreadable")
		}
		iv, err := intervalOf(m)
		if err != nil {
			return nil, err
		}
		out = append(out, iv)
		rest = strings.TrimSuffix(rest[len(m[0]):], ".")
		if rest == "" {
			break
		}
		gap := spanGap.FindString(rest)
		if gap == "" {
			return nil, errs.New(errs.Invalid, "hours-unreadable")
		}
		rest = rest[len(gap):]
	}
	slices.SortFunc(out, func(a, b Interval) int { return cmp.Compare(a.From, b.From) })
	if !apart(out) {
		return nil, errs.New(errs.Invalid, "hours-overlap")
	}
	return join(out), nil
}

func intervalOf(m []string) (Interval, error) {
	from, ok1 := minuteOf(m[1], m[2], m[3])
	to, ok2 := minuteOf(m[4], m[5], m[6])
	if !ok1 || !ok2 {
		return Interval{}, errs.New(errs.Invalid, "hours-unreadable")
	}
	if to == 0 { // "18:00–00:00" is until midnight
		to = dayMinutes
	}
	if from >= to {
		return Interval{}, errs.New(errs.Invalid, "hours-backwards").
			With("From", clockOf(from)).With("To", clockOf(to))
	}
	return Interval{from, to}, nil
}

func minuteOf(hour, minute, suffix string) (int, bool) {
	h, _ := strconv.Atoi(hour) // the pattern lets only digits through
	m, _ := strconv.Atoi(minute)
	if suffix == "am" || suffix == "pm" {
		if h < 1 || h > 12 {
			return 0, false
		}
		h %= 12
		if suffix == "pm" {
			h += 12
		}
	}
	n := h*60 + m
	return n, m < 60 && n <= dayMinutes
}

// apart says whether sorted intervals do not overlap; they may touch.
func apart(ivs []Interval) bool {
	for i := 1; i < len(ivs); i++ {
		if ivs[i].From < ivs[i-1].To {
			return false
		}
	}
	return true
}

// join makes one interval of those that touch.
func join(ivs []Interval) []Interval {
	out := ivs[:1]
	for _, iv := range ivs[1:] {
		if last := &out[len(out)-1]; last.To == iv.From {
			last.To = iv.To
		} else {
			out = append(out, iv)
		}
	}
	return out
}

// FormatHours is the canonical writing, "08:00–12:30, 13:30–17:00", which
// ParseHours reads back. No intervals give "".
func FormatHours(ivs []Interval) string {
	parts := make([]string, len(ivs))
	for i, iv := range ivs {
		parts[i] = iv.String()
	}
	return strings.Join(parts, ", ")
}
