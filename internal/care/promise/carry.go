package promise

import (
	"time"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

// byMerge is who ends a promise of a case that is joined with another: nobody
// withdrew it, it goes on there.
const byMerge = "merged"

// Carried is a promise of one case that goes on in another.
type Carried struct{ Old, New Promise }

// MayCarry refuses what cannot go on elsewhere: a promise that is late already
// breaks where it was made.
func MayCarry(open []Promise, now time.Time) error {
	for _, p := range open {
		if p.State == Open && p.Kind != Closing && !p.Due.After(now) {
			return errs.New(errs.Conflict, "promise-overdue")
		}
	}
	return nil
}

// CarryIn lets the open promises of a case go on in another one, both of which
// are held: each with the same time, the same keeper, and as much told as it
// was. What the customer was asked about the first case alone, whether it is
// solved, is taken back. The caller closes the first case in this transaction.
func (s *Service) CarryIn(t *db.Tx, who actor.Actor, from, to Subject) ([]Carried, error) {
	all, err := OfCase(t, from.Org, from.ID)
	if err != nil {
		return nil, err
	}
	if err := MayCarry(all, t.Now()); err != nil {
		return nil, err
	}
	if err := moveSeries(t, from.Org, from.ID, to.ID); err != nil { // with the promises that are carried
		return nil, err
	}
	var out []Carried
	became := map[string]string{}
	for _, old := range all {
		if old.State != Open {
			continue
		}
		if old.Kind == Closing {
			if err := s.leave(t, who, old, "us"); err != nil {
				return nil, err
			}
			continue
		}
		next := old
		next.ID, next.Case, next.Question = t.NewID("prm"), to.ID, to.Question
		next.MadeAt, next.Predecessor, next.MovingTo, next.Version = t.Now(), old.ID, "", 1
		next.Risk, next.LookAt = RiskNone, Look(next, t.Now()).Look
		if !t.Now().Before(next.Internal) && old.Kind != Visit {
			next.LookAt = t.Now() // its warning comes anew, to who looks after it there
		}
		if err := s.insert(t, who, next); err != nil {
			return nil, err
		}
		became[old.ID] = next.ID
		out = append(out, Carried{old, next})
	}
	for i, c := range out {
		if id := became[c.Old.MovingTo]; id != "" {
			if err := setMoving(t, c.New, id); err != nil {
				return nil, err
			}
			out[i].New.MovingTo = id
		}
		if id := became[c.Old.Predecessor]; id != "" { // the pair of a move that is under way
			if err := setPredecessor(t, c.New, id); err != nil {
				return nil, err
			}
			out[i].New.Predecessor = id
		}
		c.Old.Successor = c.New.ID
		if err := s.leave(t, who, c.Old, byMerge); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// leave ends a promise of a case that closes in this transaction.
func (s *Service) leave(t *db.Tx, who actor.Actor, p Promise, by string) error {
	p, err := finish(t, p, Withdrawn, t.Now(), who.ID())
	if err != nil {
		return err
	}
	if err := signal.ClearKinds(t, actor.ForSystem(p.Org), signals, p.ID, string(Withdrawn)); err != nil {
		return err
	}
	f := p.fact(fact.PromiseWithdrawn, who, map[string]any{"by": by, "successor": p.Successor}, "")
	f.Text = map[string]string{"what": p.What}
	t.Emit(f)
	return nil
}

// goesOn gives a promise, or the one by which it goes on in another case.
func goesOn(q db.Q, org, id string) (p Promise, err error) {
	for range 20 { // cases are joined a few times at most
		if p, err = byID(q, org, id); err != nil || p.State != Withdrawn || p.Successor == "" {
			return p, err
		}
		id = p.Successor
	}
	return p, err
}
