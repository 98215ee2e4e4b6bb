package casefile

import (
	"context"

	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/db"
)

// CutText and TallyText are the statements behind lists, for tests of their plans.
var (
	CutText   = cutText
	TallyText = tallyText
)

// MarkOf is the place of a case in a list.
func MarkOf(f Filter, c Case) Mark { return f.mark(c) }

// WorkBulk does the next cases of a bulk, as the job does.
func WorkBulk(ctx context.Context, s *Service, org, id string) error {
	_, err := s.workBulk(ctx, org, id)
	return err
}

// KilledAfter is a context that ends while the n-th transaction after it is
// written, as if the process died there.
func KilledAfter(ctx context.Context, s *Service, n int) (context.Context, context.CancelFunc) {
	ctx, kill := context.WithCancel(ctx)
	old := s.Teller
	s.Promises.Teller = &dying{Teller: old, n: n, kill: kill, ctx: ctx}
	return ctx, func() { s.Promises.Teller = old; kill() }
}

type dying struct {
	promise.Teller
	n    int
	kill context.CancelFunc
	ctx  context.Context
}

// Tell implements promise.Teller.
func (d *dying) Tell(t *db.Tx, who actor.Actor, m promise.Telling) (string, error) {
	if d.n--; d.n < 0 {
		d.kill()
		return "", d.ctx.Err()
	}
	return d.Teller.Tell(t, who, m)
}
