package message

import (
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/workcal"
)

// Limits of waiting that follow from how we work. Hours are working time of the organisation.
const (
	sendLease    = 5 * time.Minute  // longer than sendTimeout: nobody is speaking to the mail server after it
	sendTimeout  = 4 * time.Minute  // one conversation with the mail server
	astray       = 15 * time.Minute // what began to be sent so far ahead was dated by a clock that was wrong
	takeBack     = time.Minute      // how long a "kept" can be taken back (decision 6), so how long its message waits
	phoneMargin  = 30 * time.Minute // left for another channel when nobody phoned
	seenMargin   = 2 * time.Hour    // left for a call when it was not seen
	serverMargin = time.Hour        // left for another channel when the mail server is gone
	overdueAgain = 8 * time.Hour
)

// Rules are an organisation's opening hours and what it chose about messages.
type Rules struct {
	Calendar   workcal.Calendar
	CallWithin time.Duration // working time within which a call is made
	Calls      int           // calls without an answer before another way is tried
	SeenWithin time.Duration // working time within which a message with a deadline is seen
	ServerGone time.Duration // how long a mail server may be gone, on the clock
	// Minutes after local midnight between which nothing is sent by itself; the
	// same twice: there are no quiet hours.
	QuietFrom, QuietUntil int
}

// RulesOf reads them from an organisation.
func RulesOf(o org.Organisation) Rules {
	s := o.Settings
	return Rules{Calendar: o.Calendar, CallWithin: time.Duration(s.CallHours) * time.Hour, Calls: s.CallTries,
		SeenWithin: time.Duration(s.SeenHours) * time.Hour, ServerGone: time.Duration(s.MailHours) * time.Hour,
		QuietFrom: org.MinuteOf(s.QuietFrom), QuietUntil: org.MinuteOf(s.QuietUntil)}
}

// Loud is when something may be sent that was ready at a moment: that moment,
// or the end of the quiet hours around it.
func (r Rules) Loud(at time.Time) time.Time {
	local := at.In(r.Calendar.Location())
	minute := local.Hour()*60 + local.Minute()
	day := local.Day()
	switch from, until := r.QuietFrom, r.QuietUntil; {
	case from < until && minute >= from && minute < until: // within one day
	case from > until && minute < until: // the end of a night
	case from > until && minute >= from: // its beginning
		day++
	default:
		return at
	}
	return time.Date(local.Year(), local.Month(), day, r.QuietUntil/60, r.QuietUntil%60, 0, 0, local.Location()).UTC()
}

// Quiet is when a message may be sent that was ready at a moment and is of use
// before another: the quiet hours count unless it would come too late.
func (r Rules) Quiet(at, before time.Time) time.Time {
	if loud := r.Loud(at); before.IsZero() || loud.Before(before) {
		return loud
	}
	return at
}

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
func Look(m Message, r Rules, now time.Time) Step {
	switch m.State {
	case Sending:
		if end := m.SendingAt.Add(sendLease); now.Before(end) && !strays(m, now) {
			return Step{Look: end}
		}
		return Step{Do: Lose, Code: CodeLost}
	case Queued:
		if m.Channel == Phone {
			return lookPhone(m, r, now)
		}
		end, code := giveUp(m, r)
		if end.IsZero() || now.Before(end) {
			return Step{Look: end}
		}
		return Step{Do: Fail, Code: code}
	case Accepted, Uncertain:
		at := silent(m, r)
		if at.IsZero() || now.Before(at) {
			return Step{Look: at}
		}
		return Step{Do: Besides, Code: CodeUnseen}
	}
	return Step{}
}

// strays says whether a message is being sent, by times of a clock that was
// ahead: whoever sent it has stopped, or will be heard of all the same.
func strays(m Message, now time.Time) bool {
	return m.State == Sending && m.LookAt.After(now.Add(astray))
}

func lookPhone(m Message, r Rules, now time.Time) Step {
	begin := m.CreatedAt
	if m.NotBefore.After(begin) {
		begin = m.NotBefore
	}
	late := m.Before
	if !late.IsZero() {
		// Too little time to keep some for another channel: then until the end.
		if at := earlier(r.Calendar, m.Before, phoneMargin); at.After(begin) {
			late = at
		}
	}
	switch {
	case m.Attempts >= r.Calls:
		return Step{Do: Fail, Code: CodeNoAnswer}
	case !late.IsZero() && !now.Before(late):
		return Step{Do: Fail, Code: CodeNotPhoned}
	}
	overdue := later(r.Calendar, begin, r.CallWithin)
	s := Step{Look: overdue}
	if !now.Before(overdue) {
		s = Step{Do: Late, Look: later(r.Calendar, now, overdueAgain)}
	}
	if !late.IsZero() && late.Before(s.Look) {
		s.Look = late
	}
	return s
}

// giveUp is when a queued message is no longer tried this way, and why.
func giveUp(m Message, r Rules) (time.Time, string) {
	if m.WaitingSince.IsZero() {
		return m.Before, CodeTooLate
	}
	at := m.WaitingSince.Add(r.ServerGone)
	if !m.Before.IsZero() {
		if margin := earlier(r.Calendar, m.Before, serverMargin); margin.Before(at) {
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
func silent(m Message, r Rules) time.Time {
	since := m.AcceptedAt
	if m.State == Uncertain {
		since = m.SendingAt
	}
	if m.Before.IsZero() || since.IsZero() {
		return time.Time{}
	}
	at := later(r.Calendar, since, r.SeenWithin)
	if last := earlier(r.Calendar, m.Before, seenMargin); last.Before(at) {
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
