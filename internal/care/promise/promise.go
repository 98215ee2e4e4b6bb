package promise

import (
	"slices"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/workcal"
)

// State is where a promise is in its life. Only open is not final.
type State string

// The states.
const (
	Open         State = "open"
	Kept         State = "kept"
	Broken       State = "broken"
	Renegotiated State = "renegotiated"
	Withdrawn    State = "withdrawn"
)

// Kind is what sort of thing was promised.
type Kind string

// The kinds.
const (
	Answer   Kind = "answer"   // the customer knows or has something
	Decision Kind = "decision" // we decide and say so
	Update   Kind = "update"   // we tell how it stands
	Callback Kind = "callback" // we phone
	Document Kind = "document" // the customer, or somebody for them, gets a paper
	Visit    Kind = "visit"    // an appointment: a window with two ends
	Closing  Kind = "closing"  // if you say nothing by then, we close it
	Duty     Kind = "duty"     // after two breaks in a row: a person must promise; not told by the system
)

// Told is how far the customer knows of it (decision 20).
type Told string

// The stages of telling. Told in the sense of the invariants is Spoken or Delivered.
const (
	Untold    Told = "untold"
	Sent      Told = "sent"
	Delivered Told = "delivered"
	Spoken    Told = "spoken"
)

// Reached says whether the customer was told.
func (t Told) Reached() bool { return t == Spoken || t == Delivered }

// Promise is one promise.
type Promise struct {
	Org         string    `db:"org_id"`
	ID          string    `db:"promise_id"`
	Case        string    `db:"case_id"`
	Question    string    `db:"question_id"`
	Kind        Kind      `db:"kind"`
	What        string    `db:"what"`
	To          string    `db:"to_person"`
	Keeper      string    `db:"keeper_id"`
	MadeBy      string    `db:"made_by"`
	MadeAt      time.Time `db:"made_at"`
	From        time.Time `db:"from_at"`
	Due         time.Time `db:"due_at"`
	Internal    time.Time `db:"internal_at"`
	Others      time.Time `db:"others_at"` // when others are warned; zero: it follows from Internal
	FirstDue    time.Time `db:"first_due"`
	AskedAt     time.Time `db:"asked_at"`
	Channel     string    `db:"channel"`
	Told        Told      `db:"told"`
	ToldAt      time.Time `db:"told_at"`
	Message     string    `db:"message_id"`
	State       State     `db:"state"`
	EndedAt     time.Time `db:"ended_at"`
	EndedBy     string    `db:"ended_by"`
	BrokeWhy    string    `db:"broke_why"`
	Predecessor string    `db:"predecessor"`
	Successor   string    `db:"successor"`
	MovingTo    string    `db:"moving_to"`
	Risk        int       `db:"risk"`
	LookAt      time.Time `db:"look_at"`
	Odds        int       `db:"odds"` // thousandths; the share managed within this time when it was promised, 0 unknown
	Version     int       `db:"version"`
	Series      string    `db:"series_id"` // the series it is of; empty: it stands alone
	Step        int       `db:"step"`      // which of its steps
	StandsIn    bool      `db:"stands_in"` // only until the step, which broke, is promised anew
	Recurs      bool      `db:"recurs"`    // its time follows from a rule
}

// Why a promise broke.
const (
	Late  = "late"
	Early = "early"
)

// Effect says what delivering at a moment makes of the promise: kept, or
// broken because it was late or because the window had not begun.
func (p Promise) Effect(at time.Time) (State, string) {
	switch {
	case !p.From.IsZero() && at.Before(p.From):
		return Broken, Early
	case at.After(p.Due):
		return Broken, Late
	}
	return Kept, ""
}

// Levels of risk, as the signal's level.
const (
	RiskNone   = 0
	RiskKeeper = 2 // our own target passed: the keeper is warned
	RiskOthers = 3 // nearly due: somebody beside the keeper is warned too
)

// Step is what the watch does with a promise at a moment.
type Step struct {
	Risk  int       // raise the risk to this level; 0 leaves it
	Break bool      // it was not kept
	Close bool      // a closing whose deadline passed in silence
	Look  time.Time // when to look again; zero after an end
}

// Look decides what the watch does now. Pure: state and time in, step out.
func Look(p Promise, now time.Time) Step {
	urgent := lastWarning(p)
	switch {
	case p.MovingTo != "" && now.After(p.Due) && now.Before(p.Due.Add(hearing)):
		// The new time may have been delivered before the old one fell due,
		// without our having heard of it yet.
		return Step{Look: p.Due.Add(hearing)}
	case now.After(p.Due) && p.Kind == Closing:
		return Step{Close: true}
	case now.After(p.Due):
		return Step{Break: true}
	case p.Kind == Closing || p.Kind == Visit:
		// Nothing is late before the appointment or the deadline itself.
		return Step{Look: after(p.Due)}
	case !now.Before(urgent):
		return Step{Risk: raise(p, RiskOthers), Look: after(p.Due)}
	case !now.Before(p.Internal):
		return Step{Risk: raise(p, RiskKeeper), Look: urgent}
	}
	return Step{Look: p.Internal}
}

// hearing is how long we may need to hear that a message was delivered.
const hearing = 10 * time.Second

// after is the first moment at which a promise due at t is late.
func after(t time.Time) time.Time { return t.Add(time.Millisecond) }

func raise(p Promise, level int) int {
	if p.Risk >= level {
		return 0
	}
	return level
}

// lastWarning is when others are warned: two thirds of the way from our own
// target to the promised time, but at least ten minutes before it where there
// is that much room. Where the organisation chose a time, it is that.
func lastWarning(p Promise) time.Time {
	if p.Others.After(p.Internal) {
		return p.Others
	}
	span := p.Due.Sub(p.Internal)
	at := p.Internal.Add(span * 2 / 3)
	if latest := p.Due.Add(-10 * time.Minute); at.After(latest) && latest.After(p.Internal) {
		at = latest
	}
	return at.Truncate(time.Millisecond)
}

// InternalTarget is our own earlier target: a share of the working time that
// was promised (promise less, deliver more).
func InternalTarget(cal workcal.Calendar, made, due time.Time, share float64) time.Time {
	work := cal.Between(made, due)
	if work <= 0 { // promised outside opening hours: plain time
		return made.Add(time.Duration(float64(due.Sub(made)) * share)).Truncate(time.Millisecond)
	}
	at := cal.Add(made, time.Duration(float64(work)*share)).Truncate(time.Millisecond)
	if at.After(due) {
		return due
	}
	return at
}

// UpdateDue is when the system promises an update: at the organisation's clock
// time today when at least two working hours remain until then, else on the
// next working day.
func UpdateDue(cal workcal.Calendar, now time.Time, minute int) time.Time {
	loc := cal.Location()
	local := now.In(loc)
	for day := range 60 {
		at := time.Date(local.Year(), local.Month(), local.Day()+day, minute/60, minute%60, 0, 0, loc)
		if (cal.OpenAt(at) || cal.OpenAt(at.Add(-time.Minute))) && cal.Between(now, at) >= 2*time.Hour {
			return at.UTC()
		}
	}
	// Hardly ever open at that clock time: two working hours from now; never
	// open at all: the same time tomorrow.
	if at := cal.Add(now, 2*time.Hour); !at.IsZero() {
		return at.UTC().Truncate(time.Millisecond)
	}
	return now.Add(24 * time.Hour).UTC()
}

// Suggest is an honest default that is easily kept: the end of the next
// working day.
func Suggest(cal workcal.Calendar, now time.Time) time.Time {
	if at := cal.EndOfWorkingDay(now, 1); !at.IsZero() {
		return at.UTC()
	}
	return now.Add(24 * time.Hour).Truncate(time.Hour)
}

// CheckDue refuses a time that cannot be promised. A visit may be at any hour
// of opening; everything else needs somebody who is there to do it. Errors
// carry a Suggestion.
func CheckDue(cal workcal.Calendar, now, from, due time.Time) error {
	var typ string
	switch {
	case due.IsZero():
		typ = "time-missing"
	case !due.After(now):
		typ = "time-past"
	case !from.IsZero() && !from.Before(due):
		typ = "window-backwards"
	case due.After(now.AddDate(2, 0, 0)):
		typ = "time-too-far"
	case !cal.OpenAt(due) && !cal.OpenAt(due.Add(-time.Minute)):
		typ = "time-outside-hours"
	default:
		return nil
	}
	e := errs.New(errs.Invalid, typ).Field("due_at", typ)
	suggestion := Suggest(cal, now)
	if typ == "time-outside-hours" {
		if open := cal.NextOpen(due); !open.IsZero() {
			suggestion = cal.CloseOf(open).UTC()
		}
	}
	e.Params = errs.Params{"Suggestion": suggestion, "Time": due}
	e.Fields[0].Params = e.Params
	return e
}

// Breaks is how many of the newest ends in a row were breaks. An end that is
// neither kept nor broken does not count.
func Breaks(all []Promise) (row int) {
	ended := slices.DeleteFunc(slices.Clone(all), func(p Promise) bool { return p.State != Kept && p.State != Broken })
	slices.SortStableFunc(ended, func(a, b Promise) int { return b.EndedAt.Compare(a.EndedAt) })
	for _, p := range ended {
		if p.State == Kept {
			break
		}
		row++
	}
	return row
}

// undoTime is how long "kept" can be taken back by whoever said it (decision 6).
const undoTime = time.Minute
