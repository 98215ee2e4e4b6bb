package handoff

import (
	"slices"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/errs"
)

// State is where an offer is in its life.
type State string

// The states. Offered, received and timed-out wait for an answer.
const (
	Offered   State = "offered"
	Received  State = "received" // by the other organisation
	TimedOut  State = "timed-out"
	Accepted  State = "accepted"
	Declined  State = "declined"
	Forwarded State = "forwarded" // by the receiver, to another organisation
	Withdrawn State = "withdrawn"
)

// Open says whether an answer is still waited for.
func (s State) Open() bool { return s == Offered || s == Received || s == TimedOut }

// Handoff offers a case to a colleague.
type Handoff struct {
	Org         string    `db:"org_id" json:"-"`
	ID          string    `db:"handoff_id" json:"id"`
	Case        string    `db:"case_id" json:"case_id"`
	Question    string    `db:"question_id" json:"question_id"`
	From        string    `db:"from_member" json:"from_member_id"`
	OfferedBy   string    `db:"offered_by" json:"offered_by"`
	To          string    `db:"to_member" json:"to_member_id"`
	Team        string    `db:"to_team" json:"to_team_id,omitempty"`
	State       State     `db:"state" json:"state"`
	Pack        Pack      `db:"pack,json" json:"pack"`
	AnswerBy    time.Time `db:"answer_by" json:"answer_by"`
	LookAt      time.Time `db:"look_at" json:"-"`
	Late        int       `db:"late" json:"-"`
	OfferedAt   time.Time `db:"offered_at" json:"offered_at"`
	AnsweredAt  time.Time `db:"answered_at" json:"answered_at,omitzero"`
	AnsweredBy  string    `db:"answered_by" json:"answered_by,omitempty"`
	Reason      string    `db:"reason" json:"reason,omitempty"`
	Explanation string    `db:"explanation" json:"explanation,omitempty"`
	Next        string    `db:"next_step" json:"next_step,omitempty"`
	Version     int64     `db:"version" json:"version"`
}

// Pack is what comes along with a case.
type Pack struct {
	Question  string   `json:"question" doc:"What the customer wants to know, in their words"`
	History   string   `json:"history,omitempty" doc:"What was done so far"`
	Documents []string `json:"documents"`
	OfCase    int      `json:"documents_in_case" doc:"How many documents the case has"`
	Consent   bool     `json:"consent" doc:"The customer agrees that it is passed on"`
	Note      string   `json:"note,omitempty"`
}

// Item is one thing that must come along.
type Item struct {
	Code    string `json:"code" enum:"question,history,documents,consent"`
	Present bool   `json:"present"`
}

// Items lists what must come along, and whether it does. A case without
// documents misses none.
func (p Pack) Items() []Item {
	items := []Item{{"question", p.Question != ""}, {"history", p.History != ""}}
	if p.OfCase > 0 {
		items = append(items, Item{"documents", len(p.Documents) >= p.OfCase})
	}
	return append(items, Item{"consent", p.Consent})
}

// Missing lists the codes of what does not come along.
func (p Pack) Missing() []string {
	out := []string{}
	for _, i := range p.Items() {
		if !i.Present {
			out = append(out, i.Code)
		}
	}
	return out
}

// Reasons for declining a handoff.
var Reasons = []string{"not-mine", "incomplete", "no-time", "not-competent", "away", "other"}

// Next steps after a declined handoff. Try is followed by a member or team:
// "try:mem_…".
const (
	SenderKeeps = "sender-keeps"
	AskCustomer = "ask-customer"
	Try         = "try:"
	None        = "none" // only in a bare replay
)

// CheckDecline says whether a refusal of a handoff is a decent one: a reason,
// own words and a next step. Bare takes any.
func CheckDecline(reason, explanation, next string, bare bool) error {
	var c errs.Checks
	c.Must(slices.Contains(Reasons, reason), "reason", "unknown-reason")
	c.Must(bare || strings.TrimSpace(explanation) != "", "explanation", "explanation-missing")
	if err := c.Err(); err != nil {
		return err
	}
	target, try := strings.CutPrefix(next, Try)
	if next == SenderKeeps || next == AskCustomer || try && target != "" || bare {
		return nil
	}
	return errs.New(errs.Invalid, "decline-needs-next-step").Field("next_step", "decline-needs-next-step").
		With("Can", []string{SenderKeeps, Try + "…", AskCustomer})
}

// Step is what the watch does with something that waits for an answer.
type Step struct {
	TimeOut bool         // it becomes late now
	Level   signal.Level // whom to warn, and how; 0 nobody
	Look    time.Time    // when to look again; zero when not
}

// Look decides what the watch does: at the answer time somebody beside the
// receiver hears of it; when that changed nothing by again, it becomes a
// signal that must be taken, which goes round by itself. Pure.
func Look(late int, answerBy, now, again time.Time) Step {
	switch {
	case now.Before(answerBy):
		return Step{Look: answerBy}
	case late == 0:
		return Step{TimeOut: true, Level: signal.Warning, Look: again}
	case late == 1:
		return Step{Level: signal.Urgent}
	}
	return Step{}
}

// Progress is when the customer last got something in a case: an answer, a
// decision, a paper, an appointment. Being told how it stands is none.
func Progress(promises []promise.Promise) (at time.Time) {
	for _, p := range promises {
		switch p.Kind {
		case promise.Update, promise.Closing, promise.Duty:
			continue
		case promise.Answer, promise.Decision, promise.Callback, promise.Document, promise.Visit:
		}
		if p.State == promise.Kept && p.EndedAt.After(at) {
			at = p.EndedAt
		}
	}
	return at
}

// pass is that a case was passed on, so many times, at a moment.
type pass struct {
	At    time.Time `db:"at"`
	Times int       `db:"times"`
}

// bounces counts how often a case was passed on since the customer last got
// further. From two on it is a bounce.
func bounces(passes []pass, progress time.Time) (n int) {
	for _, p := range passes {
		if p.At.After(progress) {
			n += p.Times
		}
	}
	return n
}

const bounce = 2
