package casefile

import (
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

// Answered is how a question was dealt with while the customer was there.
type Answered struct {
	Answer  string // what helped; shown on their page
	Written bool   // sent to them as well
}

// OpenAnsweredIn opens a case, keeps its promise and closes it as agreed, all
// in the conversation itself and inside a transaction. Nothing is left out:
// the case has its owner, its promise with a clock time that is kept once, the
// contact moment of the customer who agrees, and a page on which it can be
// opened again.
func (s *Service) OpenAnsweredIn(t *db.Tx, who actor.Actor, in Open, a Answered) (Case, promise.Promise, error) {
	in.Promise.Spoken = true
	c, p, err := s.OpenIn(t, who, in)
	if err != nil {
		return c, p, err
	}
	return s.answered(t, who, c, p, a)
}

// AnswerIn deals with an open case in a conversation that was about it: what
// was promised next is kept, and the customer agrees that it is solved.
func (s *Service) AnswerIn(t *db.Tx, who actor.Actor, c Case, m Contact, a Answered) (Case, promise.Promise, error) {
	next, err := s.hear(t, who, c, m)
	if err != nil {
		return c, next, err
	}
	return s.answered(t, who, c, next, a)
}

func (s *Service) answered(t *db.Tx, who actor.Actor, c Case, p promise.Promise, a Answered) (Case, promise.Promise, error) {
	p, err := s.Promises.KeepIn(t, who, c.subject(), p, promise.Keep{Note: a.Answer, Spoken: true, Written: a.Written,
		Next: &promise.Next{Close: Agreed}})
	if err != nil {
		return c, p, err
	}
	c, err = ByID(t, c.Org, c.ID)
	return c, p, err
}

// GoOnIn logs a conversation about an open case. A promise takes the place of
// the next one, with the customer who is there; nil leaves it as promised.
func (s *Service) GoOnIn(t *db.Tx, who actor.Actor, c Case, m Contact, next *promise.Make) (Case, promise.Promise, error) {
	p, err := s.hear(t, who, c, m)
	if err != nil || next == nil {
		return c, p, err
	}
	switch {
	case p.Kind == promise.Closing:
		// They are not content: the question goes on instead of closing.
		old := c.subject()
		if p, err = s.Promises.MakeIn(t, who, old, *next); err == nil {
			err = s.Promises.DropClosing(t, who, old)
		}
	case p.Kind == promise.Duty:
		// A person promises at last; that was the duty.
		p, err = s.Promises.KeepIn(t, who, c.subject(), p, promise.Keep{Done: true, Next: &promise.Next{Promise: next}})
	case p.MovingTo != "" || t.Now().After(p.Due) || !next.Spoken:
		p, err = s.Promises.MakeIn(t, who, c.subject(), *next)
	default:
		p, err = s.Promises.RenegotiateIn(t, who, c.subject(), p, promise.Move{From: next.From, Due: next.Due, What: next.What, Spoken: true})
	}
	if err != nil {
		return c, p, err
	}
	if c, err = ByID(t, c.Org, c.ID); err != nil {
		return c, p, err
	}
	due, err := promise.NextOf(t, c.Org, []string{c.ID})
	return c, due[c.ID], err
}

// hear logs a contact moment in an open case, and gives its next promise.
func (s *Service) hear(t *db.Tx, who actor.Actor, c Case, m Contact) (promise.Promise, error) {
	if c.Closed() {
		return promise.Promise{}, errs.New(errs.Conflict, "case-closed")
	}
	if _, err := s.contact(t, who, c, m); err != nil {
		return promise.Promise{}, err
	}
	next, err := promise.NextOf(t, c.Org, []string{c.ID})
	return next[c.ID], err
}

// UrgentIn makes a case urgent, and adds a promise that somebody comes to the
// phone. The case is held already.
func (s *Service) UrgentIn(t *db.Tx, who actor.Actor, c Case, next promise.Make) (Case, promise.Promise, error) {
	if err := setUrgent(t, c); err != nil {
		return c, promise.Promise{}, err
	}
	p, err := s.Promises.MakeIn(t, who, c.subject(), next)
	if err != nil {
		return c, p, err
	}
	c, err = ByID(t, c.Org, c.ID)
	return c, p, err
}

// MaySpeak says whether somebody may ask and hear for a person: themselves, or
// who represents them.
func (s *Service) MaySpeak(q db.Q, orgID, about, by string) (bool, error) {
	err := s.mayAsk(q, orgID, about, by)
	if errs.TypeOf(err) == "may-not-speak" {
		return false, nil
	}
	return err == nil, err
}

// NoteIn records something that belongs to a case and changes nothing about
// it: that red flags were asked about. Data holds codes, text what people read.
func (s *Service) NoteIn(t *db.Tx, who actor.Actor, c Case, kind string, data map[string]any, txt map[string]string) {
	t.Emit(s.fact(c, kind, who, data, txt))
}

// CallerIn gives a case of an unknown caller to whom it turned out to be, with
// its open promises. The case is held already. What was recorded so far stays
// as it was; the fact says who is meant.
func (s *Service) CallerIn(t *db.Tx, who actor.Actor, c Case, from, to string) (Case, error) {
	if err := setPeople(t, c, from, to); err != nil {
		return c, err
	}
	if err := promise.SetPerson(t, c.Org, c.ID, from, to); err != nil {
		return c, err
	}
	c, err := ByID(t, c.Org, c.ID)
	if err != nil {
		return c, err
	}
	t.Emit(s.fact(c, fact.CaseCaller, who, map[string]any{"from": from, "to": to}, nil))
	return c, nil
}
