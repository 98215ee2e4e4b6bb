package promise

import (
	"context"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// Keep is how a promise was kept.
type Keep struct {
	Version int    // what the caller saw; 0 does not care
	Note    string // what the customer was told or got; shown on their page
	Spoken  bool   // said by phone or at the desk just now; else it is sent as a message
	Done    bool   // nothing to tell: they were here, the paper was handed over
	Written bool   // what was said is sent to them as well
	Next    *Next
	Then    Onward // how its series goes on, when it is of one
}

// Keep ends a promise by delivering. Outside its window it is broken instead:
// the record says what happened, not what was meant.
func (s *Service) Keep(ctx context.Context, who actor.Actor, id string, in Keep) (p Promise, err error) {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return p, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		subj, old, err := s.load(t, who.Org, id, in.Version)
		if err != nil {
			return err
		}
		p, err = s.keepIn(t, who, subj, old, in)
		return err
	})
	return p, err
}

// KeepIn is Keep inside the transaction of another use case that holds the case
// already: a call that is answered while it lasts.
func (s *Service) KeepIn(t *db.Tx, who actor.Actor, subj Subject, p Promise, in Keep) (Promise, error) {
	return s.keepIn(t, who, subj, p, in)
}

func (s *Service) keepIn(t *db.Tx, who actor.Actor, subj Subject, p Promise, in Keep) (Promise, error) {
	if in.Next != nil && in.Next.Close == agreed && !in.Spoken && !in.Done {
		// A message cannot be answered yet: only whoever is spoken to can agree.
		return p, errs.New(errs.Invalid, "agreed-unheard").Field("next.close", "agreed-unheard")
	}
	if s.Unfilled != nil {
		if open := s.Unfilled(in.Note); len(open) > 0 {
			var c errs.Checks
			c.Add(errs.Field{Path: "note", Type: "text-open-field", Params: errs.Params{"Field": open[0]}})
			return p, c.Err()
		}
	}
	state, why := p.Effect(t.Now())
	p.BrokeWhy = why
	closing, err := s.prepareNext(t, who, subj, p, in.Then, in.Next)
	if err != nil {
		return p, err
	}
	early := state == Broken && why == Early
	if !in.Spoken && (!in.Done || early) || in.Written {
		// Done before its time is not what was agreed: nobody ticks that off
		// without the customer hearing that we know.
		m := s.telling(p, KeptTemplate(state, why), map[string]any{"note": in.Note})
		m.Before = time.Time{}
		if _, err := s.Teller.Tell(t, who, m); err != nil {
			return p, err
		}
	}
	kind, extra, row := fact.PromiseKept, map[string]any{"how": how(in)}, 0
	if !t.Now().After(p.MadeAt) {
		extra["at_once"] = true // helped while asking: no promise that somebody waited for
	}
	if state == Broken {
		kind, row = fact.PromiseBroken, subj.BreaksInRow+1
		extra["why"], extra["in_a_row"], extra["delivered"] = why, row, t.Now().UnixMilli()
	}
	if p, err = s.end(t, who, subj, p, state, kind, extra, in.Note); err != nil {
		return p, err
	}
	if err := s.Cases.Broke(t, p.Org, p.Case, row); err != nil {
		return p, err
	}
	return p, closing()
}

// KeptTemplate is what is said to a customer whose promise is ended by
// delivering, by what that makes of it.
func KeptTemplate(state State, why string) string {
	if state == Broken && why == Early {
		return "promise-early"
	}
	return "promise-kept"
}

// agreed is the reason of an end by the customer's own word.
const agreed = "agreed"

func how(in Keep) string {
	switch {
	case in.Spoken:
		return "spoken"
	case in.Done:
		return "done"
	}
	return "message"
}

// prepareNext makes the successor before the promise ends, or gives the
// closing to be done after: an open case is never without a promise.
func (s *Service) prepareNext(t *db.Tx, who actor.Actor, subj Subject, p Promise, then Onward, next *Next) (closing func() error, err error) {
	closing = func() error { return nil }
	next, made, err := s.onward(t, who, subj, p, then, next)
	if err != nil {
		return nil, err
	}
	switch {
	case next != nil && next.Promise != nil:
		_, err := s.MakeIn(t, who, subj, *next.Promise)
		return closing, err
	case next != nil && next.Close != "":
		return func() error {
			subj.OpenPromises--
			return s.Cases.End(t, who, subj, next.Close)
		}, nil
	case subj.OpenPromises <= 1 && !made:
		return nil, errs.New(errs.Conflict, "next-promise-needed")
	}
	return closing, nil
}

// end moves a promise to its one end. Whoever comes second gets a Conflict.
// When it was the last and the case closes with it, closing counts instead.
func (s *Service) end(t *db.Tx, who actor.Actor, subj Subject, p Promise, to State, kind string, extra map[string]any, text string) (Promise, error) {
	p, err := s.ended(t, who, p, to, kind, extra, text)
	if err != nil {
		return p, err
	}
	open, err := openIn(t, p.Org, p.Case)
	if err != nil || open == 0 {
		return p, err // the closing that follows sets the count to nought together with closed_at
	}
	return p, s.Cases.Counted(t, p.Org, p.Case, -1)
}

// ended is end without counting what is open in the case after it.
func (s *Service) ended(t *db.Tx, who actor.Actor, p Promise, to State, kind string, extra map[string]any, text string) (Promise, error) {
	ended, err := finish(t, p, to, t.Now(), who.ID())
	if err != nil {
		return p, err
	}
	p = ended
	if err := signal.ClearKinds(t, actor.ForSystem(p.Org), signals, p.ID, string(to)); err != nil {
		return p, err
	}
	f := p.fact(kind, who, extra, "")
	if text != "" {
		f.Text = map[string]string{"note": text, "what": p.What}
	} else {
		f.Text = map[string]string{"what": p.What}
	}
	t.Emit(f)
	t.Wake(Topic)
	return p, nil
}

// Move is a new time for a promise.
type Move struct {
	Version    int
	From, Due  time.Time
	What       string // empty: the same
	Spoken     bool   // agreed with the customer just now
	ByCustomer bool   // the customer asked for it
	// Keeper keeps it from now on, also when away now: back by then. Empty: the
	// same as before, or who stands in.
	Keeper string
	// Along moves the later steps of its series that have a clock time as well.
	Along bool
}

// Renegotiate moves a promise to a new time, with the customer. Spoken, the
// old promise ends now; by message it stays open until the new time was
// delivered before the old one fell due (decision 5).
func (s *Service) Renegotiate(ctx context.Context, who actor.Actor, id string, in Move) (next Promise, err error) {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return next, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		subj, old, err := s.load(t, who.Org, id, in.Version)
		if err != nil {
			return err
		}
		next, err = s.RenegotiateIn(t, who, subj, old, in)
		return err
	})
	return next, err
}

// MayMove says whether an open promise can get another time. Pure.
func MayMove(old Promise, now, from, due time.Time) error {
	switch {
	case old.Kind == Closing || old.Kind == Duty:
		return errs.New(errs.Conflict, "cannot-move")
	case now.After(old.Due):
		return errs.New(errs.Conflict, "promise-overdue")
	case old.MovingTo != "":
		return errs.New(errs.Conflict, "promise-moving")
	case due.Equal(old.Due) && from.Equal(old.From):
		return errs.New(errs.Invalid, "same-time").Field("due_at", "same-time")
	case old.Kind == Visit && from.IsZero():
		return errs.New(errs.Invalid, "window-missing").Field("from_at", "window-missing")
	}
	return nil
}

// RenegotiateIn is Renegotiate of an open promise inside the transaction of
// another use case that holds the case already.
func (s *Service) RenegotiateIn(t *db.Tx, who actor.Actor, subj Subject, old Promise, in Move) (Promise, error) {
	if err := MayMove(old, t.Now(), in.From, in.Due); err != nil {
		return Promise{}, err
	}
	if err := moves(t, old, in); err != nil {
		return Promise{}, err
	}
	what := in.What
	if strings.TrimSpace(what) == "" {
		what = old.What
	}
	keeper := old.Keeper
	if in.Keeper != "" {
		keeper = in.Keeper
	}
	next, err := s.MakeIn(t, who, subj, Make{Kind: old.Kind, What: what, To: old.To, Keeper: keeper,
		From: in.From, Due: in.Due, Channel: old.Channel, Spoken: in.Spoken, predecessor: &old, appointed: in.Keeper != ""})
	if err != nil {
		return next, err
	}
	if in.Spoken {
		return next, s.moved(t, who, subj, old, next, in.ByCustomer)
	}
	return next, setMoving(t, old, next.ID)
}

// moved ends the old promise in favour of the new one.
func (s *Service) moved(t *db.Tx, who actor.Actor, subj Subject, old, next Promise, byCustomer bool) error {
	old.Successor = next.ID
	by := "us"
	if byCustomer {
		by = "customer"
	}
	_, err := s.end(t, who, subj, old, Renegotiated, fact.PromiseRenegotiated,
		map[string]any{"successor": next.ID, "new_due": next.Due.UnixMilli(), "by": by}, "")
	return err
}

// Withdraw ends a promise because the customer no longer needs it. When it is
// the current one of a series, WithdrawThen says what becomes of that.
func (s *Service) Withdraw(ctx context.Context, who actor.Actor, id, why string, version int, next *Next) (p Promise, err error) {
	return s.WithdrawThen(ctx, who, id, why, version, next, Onward{})
}

// WithdrawThen is Withdraw, with how the series of the promise goes on: it ends
// too (Stop), or goes on with the next step (Done).
func (s *Service) WithdrawThen(ctx context.Context, who actor.Actor, id, why string, version int, next *Next, then Onward) (p Promise, err error) {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return p, err
	}
	if strings.TrimSpace(why) == "" {
		return p, errs.New(errs.Invalid, "reason-missing").Field("why", "reason-missing")
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		subj, old, err := s.load(t, who.Org, id, version)
		if err != nil {
			return err
		}
		if err := chosen(t, old, then); err != nil {
			return err
		}
		then.withdrawn = true
		closing, err := s.prepareNext(t, who, subj, old, then, next)
		if err != nil {
			return err
		}
		if p, err = s.end(t, who, subj, old, Withdrawn, fact.PromiseWithdrawn, map[string]any{"by": "customer"}, why); err != nil {
			return err
		}
		return closing()
	})
	return p, err
}

// Retract takes back a "kept" said by mistake: by the same person, within a
// minute, before any message about it left (decision 6).
func (s *Service) Retract(ctx context.Context, who actor.Actor, id string) (p Promise, err error) {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return p, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		if p, err = byID(t, who.Org, id); err != nil {
			return err
		}
		subj, err := s.hold(t, who.Org, p.Case)
		if err != nil {
			return err
		}
		if p, err = byID(t, who.Org, id); err != nil {
			return err
		}
		switch {
		case p.State != Kept || p.EndedBy != who.ID() || subj.Closed:
			return errs.New(errs.Conflict, "cannot-undo")
		case t.Now().Sub(p.EndedAt) > undoTime:
			return errs.New(errs.Conflict, "undo-too-late")
		}
		if r, ok := s.Teller.(interface {
			Recall(t *db.Tx, org, intent string) (bool, error)
		}); ok {
			recalled, err := r.Recall(t, p.Org, "promise-kept:"+p.ID)
			if err != nil {
				return err
			}
			if !recalled {
				return errs.New(errs.Conflict, "already-told")
			}
		}
		if err := back(t, p); err != nil {
			return err
		}
		if p, err = reopen(t, p); err != nil {
			return err
		}
		t.Emit(p.fact(fact.PromiseRetracted, who, nil, ""))
		t.Wake(Topic)
		all, err := OfCase(t, p.Org, p.Case)
		if err != nil {
			return err
		}
		if err := s.Cases.Broke(t, p.Org, p.Case, Breaks(all)); err != nil {
			return err
		}
		return s.Cases.Counted(t, p.Org, p.Case, 1)
	})
	return p, err
}

// DropClosing withdraws an open closing, because the customer said that it is
// not solved; something else is promised already.
func (s *Service) DropClosing(t *db.Tx, who actor.Actor, subj Subject) error {
	all, err := OfCase(t, subj.Org, subj.ID)
	if err != nil {
		return err
	}
	for _, p := range all {
		if p.State == Open && p.Kind == Closing {
			if _, err := s.end(t, who, subj, p, Withdrawn, fact.PromiseWithdrawn, map[string]any{"by": "customer"}, ""); err != nil {
				return err
			}
		}
	}
	return nil
}
