package promise

import (
	"fmt"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/lang"
)

// Series are promises that follow one another: in steps, or again by a rule.
// One of them at a time is a real promise; keeping it makes the next.
type Series struct {
	Org      string    `db:"org_id"`
	ID       string    `db:"series_id"`
	Case     string    `db:"case_id"`
	Sort     Sort      `db:"sort"`
	What     string    `db:"what"`
	Kind     Kind      `db:"kind"`
	To       string    `db:"to_person"`
	Keeper   string    `db:"keeper_id"`
	Channel  string    `db:"channel"`
	Rule     Rule      `db:"rule,json"`
	Day      string    `db:"day"`
	Position int       `db:"position"`
	State    State     `db:"state"` // Open, or Over
	MadeBy   string    `db:"made_by"`
	MadeAt   time.Time `db:"made_at"`
	EndedAt  time.Time `db:"ended_at"`
	EndedBy  string    `db:"ended_by"`
	EndedHow string    `db:"ended_how"`
	Why      string    `db:"why"`
	Version  int       `db:"version"`
}

// Sort is how the promises of a series follow one another.
type Sort string

// The sorts.
const (
	InSteps Sort = "steps"
	ByRule  Sort = "rule"
)

// Over is the state of a series after which nothing follows by itself.
const Over State = "ended"

// How a series ends; else it is the reason for which its case closed.
const (
	SeriesDone    = "done"    // its last promise was delivered
	SeriesStopped = "stopped" // somebody said that it ends, and why
)

// AfterUnit is what the distance of a step is counted in.
type AfterUnit string

// The units, both of working time.
const (
	Hours AfterUnit = "hour"
	Days  AfterUnit = "day"
)

// SeriesStep is a step after the first one: at a clock time, or so much working
// time after the step before it was kept.
type SeriesStep struct {
	Org      string    `db:"org_id"`
	Series   string    `db:"series_id"`
	Position int       `db:"position"`
	What     string    `db:"what"`
	Kind     Kind      `db:"kind"`
	Keeper   string    `db:"keeper_id"`
	From     time.Time `db:"from_at"`
	Due      time.Time `db:"due_at"`
	After    int       `db:"after_n"`
	Unit     AfterUnit `db:"after_unit"`
}

// Limits of a series.
const (
	maxSteps  = 20 // with the first one
	maxHours  = 200
	maxDays   = 260
	maxSeries = 10 // of one case, at a time
)

// day is the one the newest promise of what repeats is about.
func (x Series) day() workcal.Date {
	d, err := workcal.ParseDate(x.Day)
	if err != nil {
		return x.Rule.Start
	}
	return d
}

// Time is when a step falls due when the one before it was kept at a moment.
// Days end with the working day; hours at a moment that people name.
func (x SeriesStep) Time(cal workcal.Calendar, kept time.Time) time.Time {
	switch {
	case !x.Due.IsZero():
		return x.Due
	case x.Unit == Days:
		if at := cal.EndOfWorkingDay(kept, x.After); !at.IsZero() {
			return at.UTC()
		}
		return Suggest(cal, kept)
	}
	return Natural(cal, kept, time.Duration(x.After)*time.Hour)
}

// AtLatest gives the moment of each step when every step before it is kept at its
// last moment, as somebody sees who looks at them beforehand. Pure.
func AtLatest(cal workcal.Calendar, first time.Time, steps []SeriesStep) []time.Time {
	out := make([]time.Time, len(steps))
	for i, x := range steps {
		first = x.Time(cal, first)
		out[i] = first
	}
	return out
}

// CheckSteps refuses steps that cannot be promised one after another; fields are
// named after their place, from nought. Pure.
func CheckSteps(cal workcal.Calendar, now, first time.Time, before int, steps []SeriesStep) error {
	var c errs.Checks
	if before+len(steps) > maxSteps {
		c.Add(errs.Field{Path: "steps", Type: "steps-too-many", Params: errs.Params{"Max": maxSteps}})
	}
	last := first
	for i, x := range steps {
		path := func(name string) string { return fmt.Sprintf("steps.%d.%s", i, name) }
		c.Must(x.What != "", path("what"), "what-missing")
		c.Must(len(x.What) <= 500, path("what"), "text-too-long")
		if wording, vague := lang.Vague(x.What); vague {
			c.Add(errs.Field{Path: path("what"), Type: "vague-time", Params: errs.Params{"Wording": wording, "Suggestion": Suggest(cal, now)}})
		}
		c.Must(x.Kind.valid() && x.Kind != Closing && x.Kind != Duty, path("kind"), "unknown-kind")
		c.Must(x.Due.IsZero() != (x.After == 0), path("due_at"), "step-when")
		c.Must(x.Kind != Visit || !x.From.IsZero(), path("from_at"), "window-missing")
		c.Must(x.From.IsZero() || !x.Due.IsZero(), path("from_at"), "step-when")
		switch {
		case x.Due.IsZero() && x.After != 0:
			most := maxDays
			if x.Unit == Hours {
				most = maxHours
			}
			c.Must(x.Unit == Hours || x.Unit == Days, path("unit"), "step-unit")
			c.Must(x.After >= 1 && x.After <= most, path("after"), "step-after")
		case !x.Due.IsZero():
			if e, ok := errs.As(CheckDue(cal, now, x.From, x.Due)); ok {
				name := "due_at"
				if e.Type == "window-backwards" {
					name = "from_at"
				}
				c.Add(errs.Field{Path: path(name), Type: e.Type, Params: e.Params})
			}
			if !x.Due.After(last) {
				c.Add(errs.Field{Path: path("due_at"), Type: "steps-crossed", Params: errs.Params{"Time": last}})
			}
			last = x.Due
		}
	}
	return c.Err()
}

// Shift moves the steps that have a clock time along with a promise that moved:
// by as many days, at the same clock time, or within a day by as much. One that
// comes to lie where nobody is there takes the last moment before it, unless that
// is not after the promise itself. Pure.
func Shift(cal workcal.Calendar, steps []SeriesStep, old, due time.Time) []SeriesStep {
	loc := cal.Location()
	n := days(workcal.DateOf(old, loc), workcal.DateOf(due, loc))
	by := func(at time.Time) time.Time {
		if at.IsZero() {
			return at
		}
		if n == 0 {
			return at.Add(due.Sub(old))
		}
		local := at.In(loc)
		return wall(loc, workcal.DateOf(at, loc).AddDays(n), local.Hour()*60+local.Minute())
	}
	out, last := make([]SeriesStep, len(steps)), due
	for i, x := range steps {
		if out[i] = x; x.Due.IsZero() {
			continue
		}
		from, at := by(x.From), by(x.Due)
		if !open(cal, at) {
			moved := lastOpen(cal, at)
			if !moved.After(last) {
				moved = cal.CloseOf(at)
			}
			if !moved.IsZero() {
				if !from.IsZero() {
					from = from.Add(moved.Sub(at))
				}
				at = moved
			}
		}
		out[i].From, out[i].Due, last = from.UTC(), at.UTC(), at
		if from.IsZero() {
			out[i].From = time.Time{}
		}
	}
	return out
}

// Onward says how a series goes on after one of its promises.
type Onward struct {
	Stop   string // it ends here, because of this
	Done   bool   // the step itself is done, by what stood in for it or without it
	Spoken bool   // the customer heard just now what comes next; else it is sent
	// From and Due are the time of the next step when its own has passed.
	From, Due time.Time

	withdrawn bool // it was not delivered: nobody needs it any more
}

func (o Onward) stop() string { return strings.TrimSpace(o.Stop) }
