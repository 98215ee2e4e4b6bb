package mail

import (
	"context"
	"fmt"
	"strings"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// Address is a person or organisation with an e-mail address.
type Address struct{ Name, Email string }

// Message is one e-mail to one person.
type Message struct {
	ID            string  // letters, digits, . _ -; becomes the Message-ID <ID@domain> and the ENVID of delivery reports
	From          Address // the configured sender when empty
	To            Address
	ReplyTo       string
	Subject       string
	Text, HTML    string            // at least one; both make one message with alternatives
	Language      string            // Content-Language
	Headers       map[string]string // X-*, threading and list headers only
	AutoSubmitted bool              // nobody wrote it by hand (RFC 3834): out-of-office replies stay away
}

// Outcome is what is known after trying to send.
type Outcome string

// The outcomes.
const (
	Accepted  Outcome = "accepted"  // the server took it over: 250 after the message
	NotSent   Outcome = "not_sent"  // certainly not sent: safe to try again
	Refused   Outcome = "refused"   // certainly not sent, and trying again will not help
	Uncertain Outcome = "uncertain" // it may have been sent: a person decides
)

// Stage is how far a conversation with the server came.
type Stage string

// The stages, in order.
const (
	StageMessage   Stage = "message"   // before any connection: the message itself is not fit to send
	StageConnect   Stage = "connect"   // finding and reaching the server
	StageGreeting  Stage = "greeting"  // 220 and EHLO
	StageTLS       Stage = "tls"       // encryption
	StageLogin     Stage = "login"     // name and password
	StageSender    Stage = "sender"    // MAIL FROM
	StageRecipient Stage = "recipient" // RCPT TO
	StageData      Stage = "data"      // sending the message
	StageAnswer    Stage = "answer"    // waiting for the answer to the message
)

// Receipt is what is known, in codes. It holds no personal text and may be
// kept for ever.
type Receipt struct {
	Outcome  Outcome
	Code     int    // the server's answer, 0 when there was none
	Enhanced string // "5.1.1" (RFC 3463), when the server gave one
	DSN      bool   // the server promised to report failure and delay to the sender's address
	Stage    Stage  // where it ended
	Reason   string // kebab-case: "connection-refused", "time-out", "certificate", "answered" …; empty when accepted
}

// Retry says whether the same message may be sent again without a person.
func (r Receipt) Retry() bool { return r.Outcome == NotSent }

// Error is why a message was not accepted. Its text is for the log.
type Error struct {
	Receipt Receipt
	Err     error // the cause, only where it cannot hold personal text
}

// Error says outcome, stage, reason and code.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "mail: %s at %s: %s", e.Receipt.Outcome, e.Receipt.Stage, e.Receipt.Reason)
	if e.Receipt.Code != 0 {
		fmt.Fprintf(&b, " %d", e.Receipt.Code)
	}
	if e.Receipt.Enhanced != "" {
		b.WriteString(" " + e.Receipt.Enhanced)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Sender sends mail. It is safe for concurrent use.
type Sender interface {
	// Send tries once. The error is nil exactly when the outcome is Accepted;
	// the receipt counts in every case.
	Send(ctx context.Context, m Message) (Receipt, error)
	// Check says, without sending anything, how far a message would come.
	Check(ctx context.Context) []CheckResult
}

// CheckState is the result of one step of a check.
type CheckState string

// The states of a step.
const (
	CheckOK      CheckState = "ok"
	CheckFailed  CheckState = "failed"
	CheckSkipped CheckState = "skipped" // not reached, or not asked for; Reason says which
)

// CheckResult is one thing an administrator wants to know.
type CheckResult struct {
	Step     string // "server" found, "encrypted" connection, "login" accepted, "sender" accepted
	State    CheckState
	Reason   string // kebab-case, as in Receipt; "not-reached", "no-username", "not-encrypted"
	Code     int
	Enhanced string
	Detail   string // version of TLS
}

// The steps of a check, in order.
var checkSteps = [...]string{"server", "encrypted", "login", "sender"}

// Off is the sender when no mail server is configured.
type Off struct{}

// errOff is what Off answers.
func errOff() error { return errs.New(errs.Unavailable, "mail-off") }

// Send sends nothing.
func (Off) Send(context.Context, Message) (Receipt, error) {
	return Receipt{Outcome: NotSent, Stage: StageMessage, Reason: "mail-off"}, errOff()
}

// Check says that mail is off.
func (Off) Check(context.Context) []CheckResult {
	out := make([]CheckResult, len(checkSteps))
	for i, step := range checkSteps {
		out[i] = CheckResult{Step: step, State: CheckSkipped, Reason: "mail-off"}
	}
	return out
}
