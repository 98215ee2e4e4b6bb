package absence

import (
	"embed"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/workcal"
)

// Migrations are the tables of this capability.
//
//go:embed schema/*.sql
var Migrations embed.FS

// Signals this capability raises: the first about an absence, the others about
// a promise.
const (
	SignalStandingIn = "absence.standing-in" // to who stands in
	SignalPhoneNow   = "absence.phone-now"   // to who stands in: nearly due
	SignalNobody     = "absence.nobody"      // to who leads: nobody could take it over
)

// Kind is why somebody is away, as far as that matters here.
type Kind string

// The kinds.
const (
	Ill     Kind = "ill" // from now on
	Planned Kind = "planned"
)

// State is where an absence is.
type State string

// The states.
const (
	Waiting   State = "planned" // it begins later; new times are agreed already
	Arranging State = "arranging"
	Arranged  State = "arranged"
	Returning State = "returning" // back; cases are offered back
	Ended     State = "ended"
)

// Begun says whether the member is away now as far as this absence goes.
func (s State) Begun() bool { return s == Arranging || s == Arranged }

// Absence is a time somebody is away.
type Absence struct {
	Org        string    `db:"org_id" json:"-"`
	ID         string    `db:"absence_id" json:"id"`
	Member     string    `db:"member_id" json:"member_id"`
	Kind       Kind      `db:"kind" json:"kind"`
	From       time.Time `db:"from_at" json:"from"`
	Until      time.Time `db:"until_at" json:"until,omitzero" doc:"Absent: until further notice"`
	AllCases   bool      `db:"all_cases" json:"all_cases"`
	StandIn    string    `db:"stand_in_id" json:"stand_in_id,omitempty"`
	State      State     `db:"state" json:"state"`
	MadeBy     string    `db:"made_by" json:"made_by"`
	MadeAt     time.Time `db:"made_at" json:"made_at"`
	ArrangedAt time.Time `db:"arranged_at" json:"arranged_at,omitzero"`
	EndedAt    time.Time `db:"ended_at" json:"ended_at,omitzero"`
	EndedBy    string    `db:"ended_by" json:"ended_by,omitempty"`
	LookAt     time.Time `db:"look_at" json:"-"`
	Version    int64     `db:"version" json:"version"`
}

// Covers says whether the member is away at a moment.
func (a Absence) Covers(at time.Time) bool {
	return !at.Before(a.From) && (a.Until.IsZero() || at.Before(a.Until))
}

// Overlaps says whether two times of being away have a moment in common.
func (a Absence) Overlaps(from, until time.Time) bool {
	return (a.Until.IsZero() || from.Before(a.Until)) && (until.IsZero() || a.From.Before(until))
}

// Next is when the watch looks at it: at its beginning, and at its end.
func (a Absence) Next() time.Time {
	switch a.State {
	case Waiting:
		return a.From
	case Arranging, Arranged:
		return a.Until
	case Returning, Ended:
	}
	return time.Time{}
}

// Action is what becomes of a promise or a case.
type Action string

// The actions.
const (
	Hand Action = "hand" // who stands in keeps it
	Move Action = "move" // it comes at a later time
	Stay Action = "stay" // nothing is due meanwhile: it stays, who stands in watches over it
)

// States of an item.
const (
	Wanted      = "wanted"
	Done        = "done"
	Failed      = "failed"
	OfferedBack = "offered-back"
	Settled     = "settled" // closed or passed on meanwhile: nothing to give back
)

// Item is what becomes of one promise or case.
type Item struct {
	Org      string    `db:"org_id" json:"-"`
	Absence  string    `db:"absence_id" json:"-"`
	ID       string    `db:"item_id" json:"id" doc:"The promise, or the case"`
	Kind     string    `db:"kind" json:"kind" enum:"promise,case"`
	Case     string    `db:"case_id" json:"case_id"`
	Action   Action    `db:"action" json:"action" enum:"hand,move,stay"`
	State    string    `db:"state" json:"state" enum:"wanted,done,failed,offered-back,settled"`
	To       string    `db:"to_member" json:"to_member_id,omitempty"`
	Due      time.Time `db:"due_at" json:"due_at,omitzero"`
	NewFrom  time.Time `db:"new_from" json:"new_from_at,omitzero"`
	NewDue   time.Time `db:"new_due" json:"new_due_at,omitzero"`
	New      string    `db:"new_id" json:"new_promise_id,omitempty"`
	PhoneNow bool      `db:"phone_now" json:"phone_now"`
	Told     bool      `db:"told" json:"customer_told" doc:"A message to the customer is on its way, or a call is asked for"`
	Code     string    `db:"code" json:"code,omitempty"`
	At       time.Time `db:"at" json:"at"`
}

// Kinds of item.
const (
	ofPromise = "promise"
	ofCase    = "case"
)

// soon is how near a due time has to be for somebody to phone right now: no
// message can be counted on any more.
const soon = 30 * time.Minute

// StandIn gives who takes something over from somebody who is away from now
// on: the first of the chain who is there now and when it falls due, else the
// first who is there now. Without a due time only now counts. False: nobody.
func StandIn(chain []org.Member, away string, now, due time.Time) (org.Member, bool) {
	var first org.Member
	for _, m := range chain {
		if m.ID == away || !m.Here(now) {
			continue
		}
		if due.IsZero() || m.Here(due) {
			return m, true
		}
		if first.ID == "" {
			first = m
		}
	}
	return first, first.ID != ""
}

// Decide says what becomes of an open promise of somebody who is away. Wanted
// is what was chosen for it; the zero Item chose nothing. Pure.
func Decide(a Absence, p promise.Promise, wanted Item, now time.Time) Action {
	movable := p.Kind != promise.Closing && p.Kind != promise.Duty && p.MovingTo == "" && p.Due.After(now)
	switch {
	case wanted.Action == Move && wanted.State != Failed && movable && wanted.NewDue.After(now):
		return Move
	case a.AllCases:
		return Hand
	case p.Kind == promise.Closing:
		return Stay // its time does something by itself
	case a.Until.IsZero() || p.Due.Before(a.Until):
		return Hand
	}
	return Stay
}

// PhoneNow says whether somebody must phone about a promise at once.
func PhoneNow(p promise.Promise, now time.Time) bool {
	return p.Kind != promise.Closing && p.Kind != promise.Duty && p.Due.Sub(now) < soon
}

// silent says whether the customer needs not hear who keeps a promise: they
// were promised nothing that somebody does for them.
func silent(p promise.Promise) bool { return p.Kind == promise.Closing || p.Kind == promise.Duty }

// AllByDefault says whether all cases pass, and not only those with something
// due: of an absence of at least so many working days, or one of which nobody
// knows the end.
func AllByDefault(cal workcal.Calendar, from, until time.Time, days int) bool {
	return until.IsZero() || until.After(cal.EndOfWorkingDay(from, days-1))
}
