package message

import (
	"time"

	"github.com/houvast/houvast/internal/kernel/workcal"
)

// Limits of waiting. Hours are working time of the organisation.
const (
	sendLease    = 5 * time.Minute  // longer than sendTimeout: nobody is speaking to the mail server after it
	sendTimeout  = 4 * time.Minute  // one conversation with the mail server
	takeBack     = time.Minute      // how long a "kept" can be taken back (decision 6), so how long its message waits
	phoneWithin  = 4 * time.Hour    // a call is made
	phoneMargin  = 30 * time.Minute // left for another channel when nobody phoned
	phoneCalls   = 2                // calls without an answer
	seenWithin   = 8 * time.Hour    // a message with a deadline is seen
	seenMargin   = 2 * time.Hour    // left for a call when it was not
	serverWithin = 24 * time.Hour   // how long a mail server may be gone, on the clock
	serverMargin = time.Hour        // left for another channel when it is
	overdueAgain = 8 * time.Hour
)

// Do is what the watch does with a message.
type Do string

// What can be done.
const (
	Nothing Do = ""
	Lose    Do = "lose"    // it was being sent when we stopped: uncertain
	Fail    Do = "fail"    // it cannot be told this way any more: the next channel, or a person
	Besides Do = "besides" // it may have arrived: somebody phones as well
	Late    Do = "overdue" // nobody phoned
)

// Step is what the watch does with a message at a moment, and when it looks again.
type Step struct {
	Do   Do
	Code string
	Look time.Time
}

// Look decides what the watch does now. Pure: message and time in, step out.
func Look(m Message, cal workcal.Calendar, now time.Time) Step {
	switch m.State {
	case Sending:
		if end := m.SendingAt.Add(sendLease); now.Before(end) {
			return Step{Look: end}
		}
		return Step{Do: Lose, Code: CodeLost}
	case Queued:
		if m.Channel == Phone {
			return lookPhone(m, cal, now)
		}
		end, code := giveUp(m, cal)
		if end.IsZero() || now.Before(end) {
			return Step{Look: end}
		}
		return Step{Do: Fail, Code: code}
	case Accepted, Uncertain:
		at := silent(m, cal)
		if at.IsZero() || now.Before(at) {
			return Step{Look: at}
		}
		return Step{Do: Besides, Code: CodeUnseen}
	}
	return Step{}
}

func lookPhone(m Message, cal workcal.Calendar, now time.Time) Step {
	begin := m.CreatedAt
	if m.NotBefore.After(begin) {
		begin = m.NotBefore
	}
	late := m.Before
	if !late.IsZero() {
		// Too little time to keep some for another channel: then until the end.
		if at := earlier(cal, m.Before, phoneMargin); at.After(begin) {
			late = at
		}
	}
	switch {
	case m.Attempts >= phoneCalls:
		return Step{Do: Fail, Code: CodeNoAnswer}
	case !late.IsZero() && !now.Before(late):
		return Step{Do: Fail, Code: CodeNotPhoned}
	}
	overdue := later(cal, begin, phoneWithin)
	s := Step{Look: overdue}
	if !now.Before(overdue) {
		s = Step{Do: Late, Look: later(cal, now, overdueAgain)}
	}
	if !late.IsZero() && late.Before(s.Look) {
		s.Look = late
	}
	return s
}

// giveUp is when a queued message is no longer tried this way, and why.
func giveUp(m Message, cal workcal.Calendar) (time.Time, string) {
	if m.WaitingSince.IsZero() {
		return m.Before, CodeTooLate
	}
	at := m.WaitingSince.Add(serverWithin)
	if !m.Before.IsZero() {
		if margin := earlier(cal, m.Before, serverMargin); margin.Before(at) {
			at = margin
		}
	}
	if at.Before(m.WaitingSince) {
		at = m.WaitingSince
	}
	return at, CodeNotSent
}

// silent is when a message with a deadline should have been seen: zero when it
// has none, or when too little time is left to conclude anything.
func silent(m Message, cal workcal.Calendar) time.Time {
	since := m.AcceptedAt
	if m.State == Uncertain {
		since = m.SendingAt
	}
	if m.Before.IsZero() || since.IsZero() {
		return time.Time{}
	}
	at := later(cal, since, seenWithin)
	if last := earlier(cal, m.Before, seenMargin); last.Before(at) {
		at = last
	}
	if at.Sub(since) < phoneMargin {
		return time.Time{}
	}
	return at
}

// later adds working time; plain time when the organisation is never open.
func later(cal workcal.Calendar, t time.Time, d time.Duration) time.Time {
	if at := cal.Add(t, d); !at.IsZero() {
		return at.UTC()
	}
	return t.Add(d)
}

func earlier(cal workcal.Calendar, t time.Time, d time.Duration) time.Time {
	if at := cal.Add(t, -d); !at.IsZero() {
		return at.UTC()
	}
	return t.Add(-d)
}
