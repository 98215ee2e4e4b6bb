package insight

import (
	"embed"
	"slices"
	"time"

	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/stats"
	"github.com/houvast/houvast/internal/kernel/workcal"
)

// Migrations are the tables of this capability.
//
//go:embed schema/*.sql
var Migrations embed.FS

// Measure is what is counted.
type Measure string

// The measures.
const (
	Kept     Measure = "kept"     // promises that ended, on the day they did
	Answered Measure = "answered" // cases, on the day they were opened
	Returned Measure = "returned" // cases, on the day they were opened
	Told     Measure = "told"     // promises that were not kept as made, on the day that was clear
)

// Measures lists them in the order of the page.
var Measures = []Measure{Kept, Answered, Returned, Told}

// Outcomes of the measures.
const (
	KeptWell = "kept"   // at the promised time
	Broken   = "broken" // not
	Moved    = "moved"  // by us, the customer told in time (decision 5: it counts as not kept)

	Within  = "within"  // first answer within the working hours of the settings
	Late    = "late"    // after them
	Waiting = "waiting" // no answer yet

	Straight = "straight" // never came back
	Reopened = "reopened" // the customer came back: not solved
	Bounced  = "bounced"  // passed on without getting further

	Before = "before" // the customer heard it before the promised time had passed
	After  = "after"  // after it
	Untold = "untold" // not yet
)

// outcomes are those of each measure: the good one first.
var outcomes = map[Measure][]string{
	Kept:     {KeptWell, Broken, Moved},
	Answered: {Within, Late, Waiting},
	Returned: {Straight, Reopened, Bounced},
	Told:     {Before, After, Untold},
}

// Valid says whether a measure has an outcome.
func (m Measure) Valid(outcome string) bool { return slices.Contains(outcomes[m], outcome) }

// Outcomes are those a measure has, the good one first.
func (m Measure) Outcomes() []string { return outcomes[m] }

// Outcome is what became of one promise or case.
type Outcome struct {
	Org     string    `db:"org_id" json:"-"`
	Measure Measure   `db:"measure" json:"-"`
	Subject string    `db:"subject" json:"subject"`
	Case    string    `db:"case_id" json:"case_id"`
	Ref     string    `db:"ref" json:"-"`
	Part    string    `db:"part" json:"part"`
	Outcome string    `db:"outcome" json:"outcome"`
	Day     string    `db:"day" json:"day"`
	At      time.Time `db:"at" json:"at"`
}

// Count is how many had an outcome on a day.
type Count struct {
	Measure Measure `db:"measure"`
	Day     string  `db:"day"`
	Part    string  `db:"part"`
	Outcome string  `db:"outcome"`
	N       int     `db:"n"`
}

// Rate is a share of N with its 95% interval by Wilson, all from 0 to 1; with
// N 0 it says nothing.
type Rate struct {
	Hits int     `json:"hits"`
	N    int     `json:"n"`
	P    float64 `json:"share"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// RateOf is hits out of n.
func RateOf(hits, n int) Rate {
	r := Rate{Hits: hits, N: n}
	if n > 0 {
		r.P = float64(hits) / float64(n)
		r.Low, r.High = stats.Wilson(hits, n)
	}
	return r
}

// Differs says whether two rates lie further apart than chance explains: their
// intervals do not touch.
func (r Rate) Differs(o Rate) bool { return r.N > 0 && o.N > 0 && (r.Low > o.High || o.Low > r.High) }

// Tally counts outcomes.
type Tally map[string]int

// Rate of a measure: the share of its good outcome. Cases that still wait for
// an answer within their time say nothing yet and are left out.
func (t Tally) Rate(m Measure) Rate {
	n := 0
	for _, o := range outcomes[m] {
		if o != Waiting {
			n += t[o]
		}
	}
	return RateOf(t[outcomes[m][0]], n)
}

// Sum adds up the counts of a measure that a condition holds for.
func Sum(counts []Count, m Measure, when func(Count) bool) Tally {
	t := Tally{}
	for _, c := range counts {
		if c.Measure == m && (when == nil || when(c)) {
			t[c.Outcome] += c.N
		}
	}
	return t
}

// Week is seven days from a Monday.
type Week struct {
	From  workcal.Date
	Label string // its number in the ISO calendar
}

// Weeks are the last n weeks up to that of today, oldest first.
func Weeks(today workcal.Date, n int) []Week {
	monday := today.AddDays(-(int(today.Weekday()) + 6) % 7)
	out := make([]Week, n)
	for i := range out {
		from := monday.AddDays(-7 * (n - 1 - i))
		_, week := time.Date(from.Year, from.Month, from.Day, 12, 0, 0, 0, time.UTC).ISOWeek()
		out[i] = Week{from, itoa(week)}
	}
	return out
}

// Holds says whether a day is in the week.
func (w Week) Holds(day string) bool {
	return day >= w.From.String() && day < w.From.AddDays(7).String()
}

// counts says whether keeping a promise of a kind is something a customer
// would call a promise kept: not the question whether a case may close, nor a
// duty that nobody was told.
func counts(k promise.Kind) bool { return k != promise.Closing && k != promise.Duty }

// answers says whether keeping a promise of a kind answers a question.
func answers(k promise.Kind) bool { return counts(k) }
