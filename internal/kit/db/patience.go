package db

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kernel/errs"
)

// Patience bounds how long the first write of a request waits for the database
// to begin with it. One that waited longer is refused as "busy" before its
// closure runs, so "busy" always means that nothing of the request was done:
// what follows on a write that committed is never refused. 0 is no bound.
type Patience struct {
	Most  time.Duration
	wrote atomic.Bool
}

// PatienceKey finds the *Patience of a context.
type PatienceKey struct{}

// Patient gives a context whose first write has that patience. A request's own
// context answers PatienceKey by itself.
func Patient(ctx context.Context, p *Patience) context.Context {
	return context.WithValue(ctx, PatienceKey{}, p)
}

// patienceOf is the patience of a context and the moment at which it ends; zero
// when it has none, or has none left to lose.
func patienceOf(ctx context.Context) (*Patience, time.Time) {
	p, _ := ctx.Value(PatienceKey{}).(*Patience)
	if p == nil || p.Most == 0 || p.wrote.Load() {
		return p, time.Time{}
	}
	return p, clock.Machine.Now().Add(p.Most)
}

// late says whether a request has waited longer than it may.
func (r *request) late() bool {
	return !r.until.IsZero() && clock.Machine.Now().After(r.until)
}

// busy is what it hears then.
func busy() error { return errs.New(errs.Unavailable, "busy").With("Seconds", 2) }
