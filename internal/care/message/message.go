package message

import (
	"embed"
	"slices"
	"time"
)

// Migrations are the tables of this capability.
//
//go:embed schema/*.sql
var Migrations embed.FS

// Words are its sentences.
//
//go:embed lang/*.toml
var Words embed.FS

// Topic is woken in the Hub when the watch may have to look earlier.
const Topic = "message-watch"

// Signals this capability raises, about a message.
const (
	SignalUntold    = "message.untold"    // nobody could be reached, or nobody knows that they were
	SignalUncertain = "message.uncertain" // it may have been sent: send again, or it arrived
	SignalOverdue   = "message.overdue"   // a call that was not made
)

// State is where a message is.
type State string

// The states (decision 20).
const (
	Queued    State = "queued"    // to be sent, or to be phoned
	Sending   State = "sending"   // the mail server is being spoken to, or was when we stopped
	Accepted  State = "accepted"  // the mail server took it: no more than that
	Delivered State = "delivered" // it arrived
	Seen      State = "seen"      // the customer opened the page by its link
	Answered  State = "answered"  // the customer answered it
	Failed    State = "failed"    // certainly not told this way
	Uncertain State = "uncertain" // it may have been sent: a person decides
	Spoken    State = "spoken"    // said by phone or at the desk
	Recalled  State = "recalled"  // taken back before it was sent
)

// Told says whether the customer knows (decision 20).
func (s State) Told() bool {
	return s == Delivered || s == Seen || s == Answered || s == Spoken
}

// MayHaveArrived says whether the customer may have a copy.
func (s State) MayHaveArrived() bool {
	return s.Told() || s == Sending || s == Accepted || s == Uncertain
}

// States lists all states.
var States = []State{Queued, Sending, Accepted, Delivered, Seen, Answered, Failed, Uncertain, Spoken, Recalled}

// Channel is how something is said.
type Channel string

// The channels. Post and SMS are kinds of contact point for which there is no
// provider yet. None is the channel of a message for which there is no other.
const (
	Email Channel = "email"
	Phone Channel = "phone"
	SMS   Channel = "sms"
	Post  Channel = "post"
	Page  Channel = "page"
	None  Channel = "none"
)

// Codes of why a message failed, waits or is uncertain, beside those of the
// mail server ("smtp-550", "connection-refused").
const (
	CodeNobody     = "nobody"      // there is no channel that can be used
	CodeDeceased   = "deceased"    // the customer died
	CodeTooLate    = "too-late"    // it is no use any more
	CodeNotSent    = "not-sent"    // the mail server did not take it for too long
	CodePointGone  = "point-gone"  // the contact point was refused or given up meanwhile
	CodeNoAnswer   = "no-answer"   // phoned, nobody answered
	CodeNotPhoned  = "not-phoned"  // nobody phoned in time
	CodeLost       = "interrupted" // we stopped while the mail server was being spoken to
	CodeBounced    = "bounced"     // a report said that it did not arrive
	CodeUnseen     = "unseen"      // taken by the mail server, but nobody saw it
	CodeBroken     = "job-failed"  // our own fault
	CodeNotArrived = "not-arrived" // a person said that it did not arrive
)

// Message is something said, or to be said, to a customer.
type Message struct {
	Org          string         `db:"org_id"`
	ID           string         `db:"message_id"`
	Intent       string         `db:"intent"`
	Turn         int            `db:"turn"`
	Case         string         `db:"case_id"`
	Question     string         `db:"question_id"`
	Person       string         `db:"person_id"`
	Promise      string         `db:"promise_id"`
	Point        string         `db:"point_id"`
	Channel      Channel        `db:"channel"`
	Masked       string         `db:"masked"`
	Skipped      []Channel      `db:"skipped,json"`
	Template     string         `db:"template"`
	Language     string         `db:"language"`
	Params       map[string]any `db:"params,json"`
	Subject      string         `db:"subject"`
	Body         string         `db:"body"`
	State        State          `db:"state"`
	Code         string         `db:"code"`
	Attempts     int            `db:"attempts"`
	Member       string         `db:"member_id"`
	Before       time.Time      `db:"before_at"`
	NotBefore    time.Time      `db:"not_before"`
	LookAt       time.Time      `db:"look_at"`
	WaitingSince time.Time      `db:"waiting_since"`
	FallbackOf   string         `db:"fallback_of"`
	DecidedBy    string         `db:"decided_by"`
	DecidedAt    time.Time      `db:"decided_at"`
	CreatedAt    time.Time      `db:"created_at"`
	SendingAt    time.Time      `db:"sending_at"`
	AcceptedAt   time.Time      `db:"accepted_at"`
	DeliveredAt  time.Time      `db:"delivered_at"`
	SeenAt       time.Time      `db:"seen_at"`
}

// Told says whether one of several messages reached the customer.
func told(chain []Message) bool {
	return slices.ContainsFunc(chain, func(m Message) bool { return m.State.Told() })
}
