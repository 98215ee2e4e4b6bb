package mailtest

import (
	"context"
	"errors"
	"sync"

	"github.com/houvast/houvast/internal/kit/mail"
)

// Behaviour is what a Recorder does with a message.
type Behaviour int

// The behaviours.
const (
	Accept  Behaviour = iota // 250
	Decline                  // 451: not sent, safe to retry
	Refuse                   // 550 5.1.1: never
	Drop                     // it arrives, but the answer is lost: uncertain
	Lose                     // it does not arrive and the answer is lost: uncertain as well
	Hang                     // it arrives; no answer until the context ends or Release: uncertain
)

// Sent is one attempt.
type Sent struct {
	Message mail.Message
	Receipt mail.Receipt
	Arrived bool // the recipient has it, whatever the sender knows
}

// Recorder keeps what was sent. The zero value accepts everything.
type Recorder struct {
	mu      sync.Mutex
	sent    []Sent
	next    []Behaviour
	usual   Behaviour
	decide  func(mail.Message) Behaviour
	release chan struct{}
	held    int
}

var _ mail.Sender = (*Recorder)(nil)

// Next says what to do with the coming messages, one each, before the usual.
func (r *Recorder) Next(bs ...Behaviour) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.next = append(r.next, bs...)
}

// Always says what to do with every message from now on.
func (r *Recorder) Always(b Behaviour) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.usual, r.decide = b, nil
}

// Decide lets f say what to do with each message, by its recipient for example.
func (r *Recorder) Decide(f func(mail.Message) Behaviour) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.decide = f
}

// Held is how many messages began to hang.
func (r *Recorder) Held() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.held
}

// Release lets go of every message that hangs.
func (r *Recorder) Release() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.release != nil {
		close(r.release)
		r.release = nil
	}
}

// Send implements mail.Sender.
func (r *Recorder) Send(ctx context.Context, m mail.Message) (mail.Receipt, error) {
	if ctx.Err() != nil {
		return r.keep(m, mail.Receipt{Outcome: mail.NotSent, Stage: mail.StageConnect, Reason: "cancelled"}, false)
	}
	b, released := r.behaviour(m)
	switch b {
	case Decline:
		return r.keep(m, mail.Receipt{Outcome: mail.NotSent, Code: 451, Enhanced: "4.3.0", Stage: mail.StageRecipient, Reason: "answered"}, false)
	case Refuse:
		return r.keep(m, mail.Receipt{Outcome: mail.Refused, Code: 550, Enhanced: "5.1.1", Stage: mail.StageRecipient, Reason: "answered"}, false)
	case Drop, Lose:
		return r.keep(m, mail.Receipt{Outcome: mail.Uncertain, Stage: mail.StageAnswer, Reason: "connection-lost"}, b == Drop)
	case Hang:
		r.mu.Lock()
		r.held++
		r.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-released:
		}
		return r.keep(m, mail.Receipt{Outcome: mail.Uncertain, Stage: mail.StageAnswer, Reason: "time-out"}, true)
	}
	return r.keep(m, mail.Receipt{Outcome: mail.Accepted, Code: 250, Enhanced: "2.0.0", Stage: mail.StageAnswer}, true)
}

func (r *Recorder) behaviour(m mail.Message) (Behaviour, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	b := r.usual
	if r.decide != nil {
		b = r.decide(m)
	}
	if len(r.next) > 0 {
		b, r.next = r.next[0], r.next[1:]
	}
	if r.release == nil {
		r.release = make(chan struct{})
	}
	return b, r.release
}

func (r *Recorder) keep(m mail.Message, receipt mail.Receipt, arrived bool) (mail.Receipt, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent = append(r.sent, Sent{Message: m, Receipt: receipt, Arrived: arrived})
	if receipt.Outcome == mail.Accepted {
		return receipt, nil
	}
	return receipt, &mail.Error{Receipt: receipt, Err: errors.New("as the recorder was told")}
}

// Check implements mail.Sender: everything is well.
func (r *Recorder) Check(context.Context) []mail.CheckResult {
	var out []mail.CheckResult
	for _, c := range (mail.Off{}).Check(context.Background()) {
		out = append(out, mail.CheckResult{Step: c.Step, State: mail.CheckOK})
	}
	return out
}

// Sent gives every attempt, in the order in which they ended.
func (r *Recorder) Sent() []Sent {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Sent(nil), r.sent...)
}

// Arrived gives what the recipients have.
func (r *Recorder) Arrived() []mail.Message {
	var out []mail.Message
	for _, s := range r.Sent() {
		if s.Arrived {
			out = append(out, s.Message)
		}
	}
	return out
}

// To gives what arrived at an address.
func (r *Recorder) To(email string) []mail.Message {
	var out []mail.Message
	for _, m := range r.Arrived() {
		if m.To.Email == email {
			out = append(out, m)
		}
	}
	return out
}

// Copies says how often the message with an id arrived.
func (r *Recorder) Copies(id string) int {
	n := 0
	for _, m := range r.Arrived() {
		if m.ID == id {
			n++
		}
	}
	return n
}

// Reset forgets everything sent; what to do stays as told.
func (r *Recorder) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent = nil
}
