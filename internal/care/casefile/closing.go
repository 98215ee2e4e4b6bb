package casefile

import (
	"context"
	"time"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// Signals this capability raises.
const (
	SignalReopened = "case.reopened"
	SignalSaid     = "customer.said" // the customer wrote something: a person reads it
)

// End implements promise.Cases: the case ends instead of a next promise, and
// with it what was still open.
func (s *Service) End(t *db.Tx, who actor.Actor, subj promise.Subject, reason string) error {
	c, err := lock(t, subj.Org, subj.ID)
	if err != nil {
		return err
	}
	return s.end(t, who, c, reason)
}

func (s *Service) end(t *db.Tx, who actor.Actor, c Case, reason string) error {
	return s.endSaying(t, who, c, reason, "")
}

func (s *Service) endSaying(t *db.Tx, who actor.Actor, c Case, reason, said string) error {
	if c.Closed() {
		return errs.New(errs.Conflict, "case-closed")
	}
	if who.Kind == actor.Staff && !byStaff[reason] {
		return errs.New(errs.Invalid, "unknown-reason").Field("reason", "unknown-reason")
	}
	if err := s.endWait(t, who, c, WaitClosed); err != nil {
		return err
	}
	open, err := promise.EndAll(t, c.Org, c.ID, promise.Withdrawn, who.ID())
	if err != nil {
		return err
	}
	if err := promise.EndSeriesOf(t, who, c.Org, c.ID, reason); err != nil {
		return err
	}
	if err := closeRow(t, c, reason); err != nil {
		return err
	}
	for _, p := range open {
		t.Emit(db.Fact{Org: p.Org, Kind: fact.PromiseWithdrawn, Case: p.Case, Question: p.Question, Person: p.To, By: who,
			Data: map[string]any{"promise": p.ID, "kind": string(p.Kind), "due": p.Due.UnixMilli(), "keeper": p.Keeper, "by": reason},
			Text: map[string]string{"what": p.What}})
	}
	var words map[string]string
	if said != "" {
		words = map[string]string{"why": said}
	}
	t.Emit(s.fact(c, fact.CaseClosed, who, map[string]any{"reason": reason}, words))
	t.Wake(promise.Topic)
	return signal.ClearCase(t, actor.ForSystem(c.Org), c.ID, "case-closed")
}

// Close is a case ended by staff.
type Close struct {
	Reason  string
	Said    string // what the customer said, or why it was a mistake
	Channel string // how they said it; default: by phone
	Version int    // what the caller saw; 0 does not care
	// Series says that what was still to come after the promise made now need not
	// come; without it a case with such a series is not closed.
	Series bool
}

// Close ends a case by staff: the customer said so in this very conversation
// ("agreed"), no longer needs it ("withdrawn"), or it ended otherwise.
// Whoever has not heard the customer's word asks for it with AskClose.
func (s *Service) Close(ctx context.Context, who actor.Actor, caseID string, in Close) (c Case, err error) {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return c, err
	}
	if in.Channel == "" {
		in.Channel = "phone"
	}
	var ck errs.Checks
	in.Said = text(&ck, "said", in.Said, true)
	ck.Must(byStaff[in.Reason], "reason", "unknown-reason")
	ck.Must(knownChannel(in.Channel), "channel", "unknown-channel")
	if err := ck.Err(); err != nil {
		return c, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		if c, err = lock(t, who.Org, caseID); err != nil {
			return err
		}
		if in.Version != 0 && in.Version != c.Version {
			return errs.New(errs.Stale, "changed-meanwhile")
		}
		if !in.Series {
			if err := s.unfinished(t, c, "series"); err != nil {
				return err
			}
		}
		// Only the customer's word is a contact moment; a mistake of ours is not.
		m := Contact{Person: c.Asker, Direction: In, Channel: in.Channel, Said: in.Said, Visible: true}
		if in.Reason == Agreed || in.Reason == Withdrawn {
			if _, err := s.contact(t, who, c, m); err != nil {
				return err
			}
		}
		if err := s.endSaying(t, who, c, in.Reason, in.Said); err != nil {
			return err
		}
		c, err = ByID(t, c.Org, c.ID)
		return err
	})
	return c, err
}

// AskClose asks the customer whether the question is solved. It is a promise:
// "if you say nothing by then, we close it; you can always reopen" (decision 4).
// The note, if any, goes along with the question in our own words.
func (s *Service) AskClose(ctx context.Context, who actor.Actor, caseID, note string) (p promise.Promise, err error) {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return p, err
	}
	if note, err = s.closeNote(note); err != nil {
		return p, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		c, err := lock(t, who.Org, caseID)
		if err != nil {
			return err
		}
		p, err = s.askCloseIn(t, who, c, note)
		return err
	})
	return p, err
}

// closeNote checks what goes along with the question whether it is solved.
func (s *Service) closeNote(note string) (string, error) {
	var ck errs.Checks
	note = text(&ck, "note", note, false)
	s.filled(&ck, "note", note)
	return note, ck.Err()
}

// askCloseIn is AskClose in a transaction that holds the case.
func (s *Service) askCloseIn(t *db.Tx, who actor.Actor, c Case, note string) (p promise.Promise, err error) {
	if err := s.unfinished(t, c, "how"); err != nil {
		return p, err
	}
	o, err := org.ByID(t, c.Org)
	if err != nil {
		return p, err
	}
	all, err := promise.OfCase(t, c.Org, c.ID)
	if err != nil {
		return p, err
	}
	if x, asked := closingAsked(all); asked {
		return p, errs.New(errs.Conflict, "closing-asked").With("Due", x.Due)
	}
	m := s.closing(o, c, t.Now())
	var said map[string]string
	if note != "" {
		m.Extra, said = map[string]any{"note": note}, map[string]string{"note": note}
	}
	if p, err = s.Promises.MakeIn(t, who, c.subject(), m); err != nil {
		return p, err
	}
	t.Emit(s.fact(c, fact.CaseAskClose, who, map[string]any{"promise": p.ID, "silent_at": p.Due.UnixMilli()}, said))
	return p, nil
}

// closingAsked gives the open question whether it is solved.
func closingAsked(list []promise.Promise) (promise.Promise, bool) {
	for _, x := range list {
		if x.State == promise.Open && x.Kind == promise.Closing {
			return x, true
		}
	}
	return promise.Promise{}, false
}

// unfinished refuses to end a case in which more was promised to come than what
// stands now, unless somebody said that it need not.
func (s *Service) unfinished(q db.Q, c Case, field string) error {
	o, err := org.ByID(q, c.Org)
	if err != nil {
		return err
	}
	n, err := promise.Unfinished(q, o, c.ID)
	if err != nil || n == 0 {
		return err
	}
	return errs.New(errs.Conflict, "case-unfinished").Field(field, "case-unfinished")
}

// closing is the promise to close unless the customer says otherwise.
func (s *Service) closing(o org.Organisation, c Case, now time.Time) promise.Make {
	// A day of room for delivery, so that the customer has the days we promise.
	wait := time.Duration(o.Settings.ClosingDays+1) * 24 * time.Hour
	due := o.Calendar.EndOfWorkingDay(now.Add(wait), 0)
	if !due.After(now) {
		due = now.Add(wait)
	}
	return promise.Make{Kind: promise.Closing, Rule: true, Keeper: c.Owner, Due: due.UTC(),
		What: s.Lang.Printer(o.Language, o.Calendar.Location(), now).T("case.closing-what")}
}

// Solved is the customer's own word that it is solved.
func (s *Service) Solved(ctx context.Context, who actor.Actor, caseID string) error {
	if err := auth.Require(who, auth.QuestionWrite); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(t *db.Tx) error {
		c, err := s.theirs(t, who, caseID)
		if err != nil {
			return err
		}
		return s.end(t, who, c, Agreed)
	})
}

// NotSolved is the customer's word that it is not: an open case goes on, with
// its owner told; a closed one reopens with its history and a promise.
func (s *Service) NotSolved(ctx context.Context, who actor.Actor, caseID, why string) error {
	if err := auth.Require(who, auth.QuestionWrite); err != nil {
		return err
	}
	var ck errs.Checks
	why = text(&ck, "why", why, false)
	if err := ck.Err(); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(t *db.Tx) error {
		c, err := s.theirs(t, who, caseID)
		if err != nil {
			return err
		}
		return s.reopen(t, who, c, why, nil)
	})
}

// Say is what the customer adds on their page. It never acts by itself: a
// person reads it.
func (s *Service) Say(ctx context.Context, who actor.Actor, caseID, said string) error {
	if err := auth.Require(who, auth.QuestionWrite); err != nil {
		return err
	}
	var ck errs.Checks
	said = text(&ck, "said", said, true)
	if err := ck.Err(); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(t *db.Tx) error {
		c, err := s.theirs(t, who, caseID)
		if err != nil {
			return err
		}
		m, err := s.contact(t, who, c, Contact{Person: c.Asker, Direction: In, Channel: "page", Said: said, Visible: true})
		if err != nil {
			return err
		}
		_, _, err = signal.Raise(t, actor.ForSystem(c.Org), signal.Signal{Kind: SignalSaid, Level: 2, SubjectKind: "contact",
			Subject: m.ID, Case: c.ID, Member: c.Owner})
		return err
	})
}

// Reopen opens a closed case again by staff, on the customer's word, with a
// new promise.
func (s *Service) Reopen(ctx context.Context, who actor.Actor, caseID, why string, next promise.Make) (c Case, err error) {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return c, err
	}
	var ck errs.Checks
	why = text(&ck, "why", why, true)
	if err := ck.Err(); err != nil {
		return c, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		if c, err = lock(t, who.Org, caseID); err != nil {
			return err
		}
		if !c.Closed() {
			return errs.New(errs.Conflict, "case-open")
		}
		if err := s.reopen(t, who, c, why, &next); err != nil {
			return err
		}
		c, err = ByID(t, c.Org, c.ID)
		return err
	})
	return c, err
}

func (s *Service) reopen(t *db.Tx, who actor.Actor, c Case, why string, next *promise.Make) error {
	if c.CloseReason == HandedOver {
		return errs.New(errs.Conflict, "handed-over") // it goes on at the organisation that accepted it
	}
	o, err := org.ByID(t, c.Org)
	if err != nil {
		return err
	}
	if c, err = s.owned(t, who, c); err != nil {
		return err
	}
	by := who
	if next == nil {
		by = actor.ForSystem(c.Org)
		words := s.Lang.Printer(o.Language, o.Calendar.Location(), t.Now())
		next = &promise.Make{Kind: promise.Update, What: words.T("promise.update"),
			Due: promise.UpdateDue(o.Calendar, t.Now(), o.Settings.UpdateMinute()), Keeper: c.Owner}
	}
	if c.Closed() {
		due := next.Due
		if due.IsZero() {
			due = t.Now() // refused below with a clear message
		}
		if err := reopenRow(t, c, due); err != nil {
			return err
		}
		t.Emit(s.fact(c, fact.CaseReopened, who, map[string]any{"by": string(who.Kind)}, map[string]string{"why": why}))
		if c, err = ByID(t, c.Org, c.ID); err != nil {
			return err
		}
		if _, err := s.Promises.MakeIn(t, by, c.subject(), *next); err != nil {
			return err
		}
	} else {
		// "Not solved" as the answer to a closing: it is withdrawn, and an update
		// takes its place.
		if _, err := s.Promises.MakeIn(t, by, c.subject(), *next); err != nil {
			return err
		}
		if err := s.Promises.DropClosing(t, who, c.subject()); err != nil {
			return err
		}
		if _, err := s.contact(t, who, c, Contact{Person: c.Asker, Direction: In, Channel: "page", Said: why, Visible: true}); err != nil {
			return err
		}
	}
	if who.ID() == c.Owner {
		return nil // the owner need not be told what they do themselves
	}
	_, _, err = signal.Raise(t, actor.ForSystem(c.Org), signal.Signal{Kind: SignalReopened, Level: 3, SubjectKind: "case",
		Subject: c.ID, Case: c.ID, Member: c.Owner})
	return err
}

// owned gives a case whose owner left since it closed to who stands in: an open
// case belongs to somebody who works here.
func (s *Service) owned(t *db.Tx, who actor.Actor, c Case) (Case, error) {
	m, err := org.LockMember(t, c.Org, c.Owner)
	if err != nil || m.Active {
		return c, err
	}
	to, err := org.Duty(t, c.Org, c.Owner)
	if err != nil {
		return c, err
	}
	return s.ChangeOwner(t, who, c, to, "")
}

// HandOver ends the sender's case because another organisation accepted the
// question; the handoff capability calls it and tells the customer.
func (s *Service) HandOver(t *db.Tx, who actor.Actor, c Case) error {
	return s.end(t, who, c, HandedOver)
}

// theirs gives a case to the customer whose question it is, and to nobody else.
func (s *Service) theirs(t *db.Tx, who actor.Actor, caseID string) (Case, error) {
	c, err := lock(t, who.Org, caseID)
	if err == nil && (who.Kind != actor.Customer || c.Question != who.Question || who.Person != c.Asker && who.Person != c.Person) {
		return Case{}, errs.New(errs.NotFound, "case-not-found")
	}
	return c, err
}
