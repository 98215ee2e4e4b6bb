package clock

import (
	"context"
	"sync"
	"time"
)

// Clock tells the business time and waits for it.
type Clock interface {
	// Now is the business time, UTC, in whole milliseconds: what the database keeps.
	Now() time.Time
	// Until waits until the business time is t, wake fires, or ctx ends.
	// A nil wake never fires; a zero t never comes.
	Until(ctx context.Context, t time.Time, wake <-chan struct{})
}

// Real is the machine's clock, moved by Offset. The offset is zero except in
// the demo, whose day begins at a fixed time of today.
type Real struct{ Offset time.Duration }

// Now is the machine's time plus the offset.
func (r Real) Now() time.Time {
	return time.Now().UTC().Add(r.Offset).Truncate(time.Millisecond)
}

// Until waits on a machine timer.
func (r Real) Until(ctx context.Context, t time.Time, wake <-chan struct{}) {
	var due <-chan time.Time
	if !t.IsZero() {
		timer := time.NewTimer(t.Sub(r.Now()))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-ctx.Done():
	case <-wake:
	case <-due:
	}
}

// Sim is a clock that stands still until it is moved.
type Sim struct {
	mu      sync.Mutex
	now     time.Time
	changed chan struct{}
}

// NewSim makes a clock that stands at t.
func NewSim(t time.Time) *Sim {
	return &Sim{now: t.UTC().Truncate(time.Millisecond), changed: make(chan struct{})}
}

// Now is where the clock stands.
func (s *Sim) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// Set moves the clock to t. It never moves back: an earlier t is ignored.
func (s *Sim) Set(t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t = t.UTC().Truncate(time.Millisecond)
	if !t.After(s.now) {
		return
	}
	s.now = t
	close(s.changed)
	s.changed = make(chan struct{})
}

// Advance moves the clock by d.
func (s *Sim) Advance(d time.Duration) { s.Set(s.Now().Add(d)) }

// Until waits until somebody moved the clock to t or beyond.
func (s *Sim) Until(ctx context.Context, t time.Time, wake <-chan struct{}) {
	for {
		s.mu.Lock()
		now, changed := s.now, s.changed
		s.mu.Unlock()
		if !t.IsZero() && !now.Before(t) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-wake:
			return
		case <-changed:
		}
	}
}

// Machine is for input and output time-outs and for measuring how long
// something took. It never decides anything a customer could notice.
var Machine machine

type machine struct{}

// Now is the machine's time, with its monotonic reading.
func (machine) Now() time.Time { return time.Now() }

// Since is how long ago start was on the machine.
func (machine) Since(start time.Time) time.Duration { return time.Since(start) }

// After gives a channel that receives after d, and what ends it earlier.
func (machine) After(d time.Duration) (<-chan time.Time, func() bool) {
	t := time.NewTimer(d)
	return t.C, t.Stop
}

// Sleep waits on the machine's clock or until ctx ends.
func (machine) Sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
