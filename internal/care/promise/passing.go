package promise

import (
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

// Pass gives an open promise to another keeper, who stands in for an absence:
// what was promised stays as it was. The caller holds the case and tells the
// customer.
func Pass(t *db.Tx, who actor.Actor, p Promise, to, absence string) (Promise, error) {
	from := p.Keeper
	if p.State != Open || from == to {
		return p, nil
	}
	n, err := passTo(t, p, to)
	if err != nil {
		return p, err
	}
	if n == 0 {
		return p, errs.New(errs.Stale, "changed-meanwhile")
	}
	p.Keeper, p.Version = to, p.Version+1
	t.Emit(p.fact(fact.PromisePassed, who, map[string]any{"from": from, "absence": absence}, p.What))
	return p, nil
}

// ByID gives a promise.
func ByID(q db.Q, org, id string) (Promise, error) { return byID(q, org, id) }
