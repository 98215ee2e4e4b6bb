package message

import (
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/db"
)

// hold gives a message that nobody else can change until the transaction
// ends. The case comes first, as in every command, so that nobody waits for
// somebody who waits for them.
func hold(t *db.Tx, orgID, id string) (Message, error) {
	m, err := ByID(t, orgID, id)
	if err != nil {
		return m, err
	}
	if m.Case != "" {
		if _, err := (casefile.Rows{}).Hold(t, orgID, m.Case); err != nil {
			return m, err
		}
	}
	return lock(t, orgID, id)
}

// accepted: the mail server took it over.
func (s *Service) accepted(t *db.Tx, m Message) error {
	o, err := org.ByID(t, m.Org)
	if err != nil {
		return err
	}
	who := actor.ForSystem(m.Org)
	m.State, m.AcceptedAt, m.WaitingSince, m.Code = Accepted, t.Now(), time.Time{}, ""
	m.LookAt = Look(m, RulesOf(o), t.Now()).Look
	if err := update(t, m); err != nil {
		return err
	}
	emit(t, who, m, fact.MessageSent, nil)
	if err := settle(t, m, "accepted"); err != nil {
		return err
	}
	t.Wake(Topic)
	if s.Confirms {
		return s.reached(t, who, m, Delivered)
	}
	return nil
}

// waits: the mail server did not take it; it is tried again.
func (s *Service) waits(t *db.Tx, m Message, code string) error {
	o, err := org.ByID(t, m.Org)
	if err != nil {
		return err
	}
	m.State, m.Code = Queued, code
	if m.WaitingSince.IsZero() {
		m.WaitingSince = t.Now()
	}
	step := Look(m, RulesOf(o), t.Now())
	if step.Do == Fail {
		return s.fail(t, m, step.Code)
	}
	m.LookAt = step.Look
	if err := update(t, m); err != nil {
		return err
	}
	t.Wake(Topic)
	return settle(t, m, "not-sent")
}

// uncertain: it may have been sent. A person decides.
func (s *Service) uncertain(t *db.Tx, m Message, code string) error {
	o, err := org.ByID(t, m.Org)
	if err != nil {
		return err
	}
	m.State, m.Code, m.WaitingSince = Uncertain, code, time.Time{}
	m.LookAt = Look(m, RulesOf(o), t.Now()).Look
	if err := update(t, m); err != nil {
		return err
	}
	emit(t, actor.ForSystem(m.Org), m, fact.MessageUncertain, map[string]any{"code": code})
	t.Wake(Topic)
	return raise(t, m, SignalUncertain, signal.Urgent)
}

// fail: it certainly was not told this way. The next channel is tried; when
// there is none a person has to find one.
func (s *Service) fail(t *db.Tx, m Message, code string) error {
	m.State, m.Code, m.LookAt, m.WaitingSince = Failed, code, time.Time{}, time.Time{}
	if err := update(t, m); err != nil {
		return err
	}
	// Signals about what was hoped for are over; what comes now has its own.
	if err := settle(t, m, "failed"); err != nil {
		return err
	}
	next, known, err := s.besides(t, m)
	if err != nil {
		return err
	}
	emit(t, actor.ForSystem(m.Org), m, fact.MessageFailed, map[string]any{"code": code, "fallback": next})
	if next != "" || known {
		return nil
	}
	return raise(t, m, SignalUntold, signal.Urgent)
}

// besides says the same by the next channel that may be used, and gives that
// message; "" when there is none. known says that the customer was told
// already, or that another message of this intent is on its way.
func (s *Service) besides(t *db.Tx, m Message) (next string, known bool, err error) {
	chain, err := OfIntent(t, m.Org, m.Intent)
	if err != nil {
		return "", false, err
	}
	if told(chain) {
		return "", true, nil
	}
	for _, other := range chain {
		if other.ID != m.ID && (other.State == Queued || other.State == Sending) {
			return "", true, nil
		}
	}
	d, vars, err := s.draft(t, actor.ForSystem(m.Org), m.telling())
	if err != nil {
		return "", false, err
	}
	r, ok := Choose(d.routes, chain, "", m.Before)
	if !ok || d.dead {
		return "", false, nil
	}
	if err := s.by(&d, vars, r, true, t.Now()); err != nil {
		return "", false, err
	}
	d.Turn, d.FallbackOf = chain[len(chain)-1].Turn+1, m.ID
	next, err = s.queue(t, actor.ForSystem(m.Org), d)
	return next, false, err
}

// unseen: taken by the mail server, or uncertain, and nobody saw it in time.
func (s *Service) unseen(t *db.Tx, m Message) error {
	m.LookAt = time.Time{}
	if err := update(t, m); err != nil {
		return err
	}
	next, known, err := s.besides(t, m)
	if err != nil || next != "" || known || m.State == Uncertain {
		return err // an uncertain message has its signal already
	}
	m.Code = CodeUnseen
	return raise(t, m, SignalUntold, signal.Warning)
}

// reached: the customer knows. What was still to be said by this intent is
// taken back.
func (s *Service) reached(t *db.Tx, who actor.Actor, m Message, to State) error {
	kind := map[State]string{Delivered: fact.MessageDelivered, Seen: fact.MessageSeen, Answered: fact.MessageSeen, Spoken: fact.MessageSpoken}[to]
	if m.AcceptedAt.IsZero() && to != Spoken {
		m.AcceptedAt = t.Now()
		emit(t, who, m, fact.MessageSent, nil) // the report was faster than the answer
	}
	if m.DeliveredAt.IsZero() {
		m.DeliveredAt = t.Now()
	}
	if to == Seen || to == Answered {
		m.SeenAt = t.Now()
	}
	m.State, m.LookAt, m.WaitingSince = to, time.Time{}, time.Time{}
	if err := update(t, m); err != nil {
		return err
	}
	emit(t, who, m, kind, nil)
	chain, err := OfIntent(t, m.Org, m.Intent)
	if err != nil {
		return err
	}
	for _, other := range chain {
		if other.ID != m.ID && other.State == Queued {
			if other, err = lock(t, m.Org, other.ID); err != nil {
				return err
			}
			if other.State == Queued {
				if err := s.recall(t, other, "told"); err != nil {
					return err
				}
			}
		}
		if err := settle(t, other, "told"); err != nil {
			return err
		}
	}
	return nil
}

// telling is what a message says, to be said again.
func (m Message) telling() promise.Telling {
	return promise.Telling{Org: m.Org, Case: m.Case, Question: m.Question, Person: m.Person, Keeper: m.Member,
		Template: m.Template, Intent: m.Intent, Promise: m.Promise, Params: m.Params, Before: m.Before}
}

// bounced gives up a contact point at which the mail server knows nobody.
func bounced(t *db.Tx, m Message) error {
	return person.GiveUp(t, actor.ForSystem(m.Org), m.Point)
}
