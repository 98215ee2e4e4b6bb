package intake

import (
	"context"
	"slices"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
)

// Deps are what the service needs.
type Deps struct {
	DB       *db.DB
	Cases    *casefile.Service
	Promises *promise.Service
	Lang     *lang.Bundle
	// Bare turns the question about red flags off, for the comparison of
	// decision 27. Only a replay sets it.
	Bare bool
}

// Service takes calls.
type Service struct{ Deps }

// New makes the service.
func New(d Deps) *Service { return &Service{d} }

// Save records a call with how it ended: the customer when they are new, who
// they speak for, the case with its promise and contact moment, all of it or
// nothing. A red flag that was not asked about is refused with
// "red-flag-unasked": asking, or fetching a clinician, is what comes first.
func (s *Service) Save(ctx context.Context, who actor.Actor, in Call) (out Outcome, err error) {
	if err := s.require(who, in.Caller, in.About); err != nil {
		return out, err
	}
	if err := in.check(); err != nil {
		return out, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		o, err := org.ByID(t, who.Org)
		if err != nil {
			return err
		}
		spotted, err := s.asked(t, o, in)
		if err != nil {
			return err
		}
		p, err := s.parties(t, who, o, in)
		if err != nil {
			return err
		}
		if out, err = s.end(t, who, o, in, p); err != nil {
			return err
		}
		out.Caller, out.Placed, out.Flags = p.caller.ID, p.placed, ids(spotted)
		if len(spotted) > 0 {
			s.Cases.NoteIn(t, who, out.Case, fact.UrgencyAsked, map[string]any{"flags": out.Flags}, map[string]string{"what": names(spotted)})
		}
		return nil
	})
	return out, err
}

func (s *Service) require(who actor.Actor, caller Party, about *Party) error {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return err
	}
	if caller.fresh() || about != nil {
		return auth.Require(who, auth.PersonWrite)
	}
	return nil
}

// words are the sentences in which an organisation writes what is kept.
func (s *Service) words(q db.Q, o org.Organisation, language string) lang.Printer {
	if language == "" {
		language = o.Language
	}
	return s.Lang.Printer(language, o.Calendar.Location(), q.Now())
}

// asked gives the red flags of a call; it is refused while one of them was not
// asked about.
func (s *Service) asked(q db.Q, o org.Organisation, in Call) ([]Flag, error) {
	if s.Bare {
		return nil, nil
	}
	flags, err := s.flags(q, o, s.words(q, o, ""))
	if err != nil {
		return nil, err
	}
	spotted := Spot(flags, in.Subject)
	open := slices.DeleteFunc(slices.Clone(spotted), func(f Flag) bool { return slices.Contains(in.Asked, f.ID) })
	if len(open) > 0 {
		return nil, errs.New(errs.Conflict, "red-flag-unasked").With("Flags", names(open)).Field("asked", "red-flag-unasked")
	}
	return spotted, nil
}

// parties are who is in a call.
type parties struct {
	caller, about person.Person
	placed        bool // the caller may not speak for whom it is about
}

// asker is who puts the question, and hears of it.
func (p parties) asker() person.Person {
	if p.placed {
		return p.about
	}
	return p.caller
}

func (s *Service) parties(t *db.Tx, who actor.Actor, o org.Organisation, in Call) (p parties, err error) {
	if p.caller, err = s.resolve(t, who, o, in.Caller, in.Channel, "caller."); err != nil {
		return p, err
	}
	p.about = p.caller
	if in.About == nil || in.About.Person == p.caller.ID && p.caller.ID != "" && !in.About.fresh() {
		return p, nil
	}
	if in.About.Anonymous {
		return p, errs.New(errs.Invalid, "about-missing").Field("about", "about-missing")
	}
	if p.about, err = s.resolve(t, who, o, *in.About, in.Channel, "about."); err != nil {
		return p, err
	}
	if in.Basis != "" {
		if _, err := person.StandBy(t, who, p.about.ID, person.SetRepresentation{By: p.caller.ID, Basis: in.Basis, Seen: in.Seen}); err != nil {
			return p, err
		}
	}
	may, err := s.Cases.MaySpeak(t, o.ID, p.about.ID, p.caller.ID)
	p.placed = !may
	return p, err
}

// resolve gives the customer that somebody in a call is, and adds who is new.
func (s *Service) resolve(t *db.Tx, who actor.Actor, o org.Organisation, in Party, channel, path string) (person.Person, error) {
	switch {
	case in.Person != "":
		return person.ByID(t, o.ID, in.Person)
	case in.Anonymous:
		p, err := person.Add(t, who, person.NewPerson{Name: s.words(t, o, "").T("intake.anonymous", "At", t.Now())})
		if err != nil {
			return p, err
		}
		return p, db.Insert(t, "anonymous_caller", anonymous{Org: o.ID, Person: p.ID, CalledAt: t.Now()})
	}
	p, err := person.Add(t, who, in.newPerson(channel))
	return p, under(err, path)
}

// under says which input of a call an error of a new customer is about.
func under(err error, path string) error {
	e, ok := errs.As(err)
	if !ok {
		return err
	}
	for i, f := range e.Fields {
		name := f.Path
		if name == "value" {
			if name = "phone"; f.Type == "email-unreadable" {
				name = "email"
			}
		}
		e.Fields[i].Path = path + name
	}
	return err
}

// end does what the ending says, with the case that is open or a new one.
func (s *Service) end(t *db.Tx, who actor.Actor, o org.Organisation, in Call, p parties) (out Outcome, err error) {
	if in.End == Helped && p.placed {
		return out, errs.New(errs.Invalid, "not-theirs-to-agree").Field("end", "not-theirs-to-agree")
	}
	words := s.words(t, o, p.asker().Language)
	answer := casefile.Answered{Answer: in.Answer, Written: in.Written && !in.Caller.Anonymous}
	next := in.Promise
	if next.What == "" {
		next.What = words.T("intake.what-answer")
		if next.Kind == promise.Callback {
			next.What = words.T("intake.what-callback")
		}
	}
	switch {
	case p.placed:
		next.Spoken = false // they were not there
	case in.Caller.Anonymous:
		next.Spoken = true // there is no other way
	}
	if in.Case != "" {
		c, m, err := s.about(t, who, in, p)
		switch {
		case err != nil:
			return out, err
		case in.End == Helped:
			out.Case, out.Promise, err = s.Cases.AnswerIn(t, who, c, m, answer)
		case in.Stays:
			out.Case, out.Promise, err = s.Cases.GoOnIn(t, who, c, m, nil)
		default:
			out.Case, out.Promise, err = s.Cases.GoOnIn(t, who, c, m, &next)
		}
		return out, err
	}
	open := casefile.Open{Person: p.about.ID, Asker: p.asker().ID, Caller: p.caller.ID, Subject: in.Subject, Channel: in.Channel, Owner: in.Owner, Promise: next}
	if in.End == Helped {
		open.Owner = who.Member
		open.Promise = promise.Make{What: words.T("intake.what-helped"), Due: t.Now().Add(inCall), Rule: true}
		out.Case, out.Promise, err = s.Cases.OpenAnsweredIn(t, who, open, answer)
		return out, err
	}
	out.Case, out.Promise, err = s.Cases.OpenIn(t, who, open)
	return out, err
}

// about gives the open case a call is about, held, with the contact moment.
func (s *Service) about(t *db.Tx, who actor.Actor, in Call, p parties) (casefile.Case, casefile.Contact, error) {
	m := casefile.Contact{Person: p.caller.ID, Direction: casefile.In, Channel: in.Channel, Said: in.Subject, Visible: true}
	c, err := s.Cases.Lock(t, who.Org, in.Case)
	if err != nil || c.Asker == p.caller.ID || c.Person == p.caller.ID {
		return c, m, err
	}
	may, err := s.Cases.MaySpeak(t, c.Org, c.Person, p.caller.ID)
	if err == nil && !may {
		err = errs.New(errs.Invalid, "may-not-speak").Field("case_id", "may-not-speak")
	}
	return c, m, err
}

// NameCaller records who an unknown caller of a case turned out to be. They
// are the customer of that case from now on.
func (s *Service) NameCaller(ctx context.Context, who actor.Actor, caseID string, is Party) (c casefile.Case, err error) {
	if err := s.require(who, Party{}, nil); err != nil {
		return c, err
	}
	if is.Anonymous || !is.known() {
		return c, errs.New(errs.Invalid, "caller-missing").Field("caller", "caller-missing")
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		if c, err = s.Cases.Lock(t, who.Org, caseID); err != nil {
			return err
		}
		o, err := org.ByID(t, who.Org)
		if err != nil {
			return err
		}
		a, ok, err := unknownOf(t, c)
		if err != nil {
			return err
		}
		if !ok {
			return errs.New(errs.Conflict, "caller-known")
		}
		to, err := s.resolve(t, who, o, is, c.Channel, "caller.")
		if err != nil {
			return err
		}
		if to.ID == a.Person {
			return errs.New(errs.Invalid, "caller-missing").Field("caller", "caller-missing")
		}
		if err := becomeKnown(t, a, to.ID); err != nil {
			return err
		}
		c, err = s.Cases.CallerIn(t, who, c, a.Person, to.ID)
		return err
	})
	return c, err
}
