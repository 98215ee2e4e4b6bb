package casefile

import (
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

// TakeBack opens a closed case again because the question came back to an
// organisation that had it before, and somebody there accepted it. An
// organisation has one case of a question, with its whole history.
func (s *Service) TakeBack(t *db.Tx, who actor.Actor, c Case, owner string, next promise.Make) (Case, promise.Promise, error) {
	if !c.Closed() {
		return c, promise.Promise{}, errs.New(errs.Conflict, "case-open")
	}
	to, err := org.Duty(t, c.Org, owner)
	if err != nil {
		return c, promise.Promise{}, err
	}
	due := next.Due
	if due.IsZero() {
		due = t.Now() // refused below with a clear message
	}
	if err := reopenRow(t, c, due); err != nil {
		return c, promise.Promise{}, err
	}
	t.Emit(s.fact(c, fact.CaseReopened, who, map[string]any{"by": string(who.Kind)}, nil))
	if to != c.Owner {
		if err := setOwner(t, c, to); err != nil {
			return c, promise.Promise{}, err
		}
		t.Emit(s.fact(c, fact.CaseOwner, who, map[string]any{"from": c.Owner, "to": to}, nil))
	}
	if c, err = ByID(t, c.Org, c.ID); err != nil {
		return c, promise.Promise{}, err
	}
	if next.Keeper == "" {
		next.Keeper = to
	}
	p, err := s.Promises.MakeIn(t, who, c.subject(), next)
	if err != nil {
		return c, p, err
	}
	c, err = ByID(t, c.Org, c.ID)
	return c, p, err
}
