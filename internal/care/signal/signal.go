package signal

import (
	"embed"
	"slices"
	"time"

	"github.com/houvast/houvast/internal/kernel/workcal"
)

// Migrations are the tables of this capability.
//
//go:embed schema/*.sql
var Migrations embed.FS

// Topic is woken in the Hub when a signal was raised, taken or cleared.
const Topic = "signals"

// Level says how serious a signal is.
type Level int

// The levels.
const (
	Notice  Level = 1
	Warning Level = 2
	Urgent  Level = 3 // must be taken by somebody
)

// RedFlag is the kind of signal that fetches a clinician to the phone. It does
// not wait for opening hours, and goes by all clinicians before it goes to the
// leads.
const RedFlag = "urgent.call"

// Mention is the kind of signal that asks a colleague to look at a note. It is
// about the colleague, not about who has the case: it neither goes along with
// a handoff nor ends with the case.
const Mention = "note.mention"

// Signal is something noticed ahead.
type Signal struct {
	Org         string         `db:"org_id" json:"-"`
	ID          string         `db:"signal_id" json:"id"`
	Kind        string         `db:"kind" json:"kind"`
	Level       Level          `db:"level" json:"level"`
	SubjectKind string         `db:"subject_kind" json:"subject_kind"`
	Subject     string         `db:"subject_id" json:"subject_id"`
	Case        string         `db:"case_id" json:"case_id,omitempty"`
	Member      string         `db:"member_id" json:"member_id"`
	RaisedAt    time.Time      `db:"raised_at" json:"raised_at"`
	LookAt      time.Time      `db:"look_at" json:"look_at,omitzero"`
	Tried       []string       `db:"tried,json" json:"-"`
	Round       int            `db:"round" json:"-"` // how often everybody was asked already
	TakenAt     time.Time      `db:"taken_at" json:"taken_at,omitzero"`
	TakenBy     string         `db:"taken_by" json:"taken_by,omitempty"`
	ClearedAt   time.Time      `db:"cleared_at" json:"cleared_at,omitzero"`
	ClearReason string         `db:"clear_reason" json:"clear_reason,omitempty"`
	Data        map[string]any `db:"data,json" json:"data,omitempty"`
}

// IsOpen says whether the signal still asks for somebody's attention.
func (s Signal) IsOpen() bool { return s.ClearedAt.IsZero() }

// Waits says whether nobody took it yet.
func (s Signal) Waits() bool { return s.IsOpen() && s.TakenAt.IsZero() }

// NextLook is when a signal that nobody took goes on to somebody else: after
// so much opening time. A signal that is not urgent, or was taken, stays with
// whom it is: the zero time. When the organisation is never open the wait is
// counted on the clock: urgent is urgent. A red flag always is.
func NextLook(s Signal, from time.Time, wait time.Duration, cal workcal.Calendar) time.Time {
	if s.Level < Urgent || !s.Waits() {
		return time.Time{}
	}
	if s.Kind == RedFlag {
		return from.Add(wait)
	}
	if at := cal.Add(from, wait); !at.IsZero() {
		return at
	}
	return from.Add(wait)
}

// Escalate says who gets a signal that nobody took: the first of the
// candidates (deputy, then leads) who did not have it yet. When all had it, a
// new round begins with the first who does not have it now. False means that
// there is nobody else.
func Escalate(now string, tried, candidates []string) (next string, newRound, ok bool) {
	for _, c := range candidates {
		if c != now && !slices.Contains(tried, c) {
			return c, false, true
		}
	}
	for _, c := range candidates {
		if c != now {
			return c, true, true
		}
	}
	return "", true, false
}
