package clock_test

import (
	"context"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
)

var noon = time.Date(2026, 11, 12, 12, 0, 0, 0, time.UTC)

// Whoever waits goes on when it is time, when woken and when nobody waits for
// them any more, whichever comes first: none of these would ever come back if
// one of the three were not heard.
func TestUntil(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end()
	woken := make(chan struct{}, 8)
	for name, c := range map[string]clock.Clock{"real": clock.Real{}, "real, moved": clock.Real{Offset: -48 * time.Hour}, "simulated": clock.NewSim(noon)} {
		t.Run(name, func(t *testing.T) {
			later := c.Now().Add(1000 * time.Hour)
			c.Until(t.Context(), c.Now(), nil)                 // it is time already
			c.Until(t.Context(), c.Now().Add(-time.Hour), nil) // long ago
			c.Until(ended, later, nil)
			c.Until(ended, time.Time{}, nil)
			woken <- struct{}{}
			c.Until(t.Context(), later, woken)
			woken <- struct{}{}
			c.Until(t.Context(), time.Time{}, woken) // a time that never comes
		})
	}
}

// A clock that stands still lets go only those whose time has come, and never
// goes back.
func TestSim(t *testing.T) {
	c := clock.NewSim(noon.Add(123456 * time.Nanosecond))
	if got := c.Now(); !got.Equal(noon) {
		t.Errorf("%v is not in whole milliseconds", got)
	}
	gone := make(chan time.Time, 1)
	go func() {
		c.Until(t.Context(), noon.Add(2*time.Hour), nil)
		gone <- c.Now()
	}()
	c.Advance(time.Hour) // not yet: it waits on
	c.Set(noon)          // no way back
	if got := c.Now(); !got.Equal(noon.Add(time.Hour)) {
		t.Errorf("moved back to %v", got)
	}
	c.Set(noon.Add(3 * time.Hour))
	if got := <-gone; got.Before(noon.Add(2 * time.Hour)) {
		t.Errorf("went on at %v", got)
	}
}

// The machine's clock sleeps no longer than somebody wants to wait.
func TestMachine(t *testing.T) {
	start := clock.Machine.Now()
	at, stop := clock.Machine.After(1000 * time.Hour)
	if !stop() {
		t.Error("it had gone off already")
	}
	select {
	case <-at:
		t.Error("a timer that was stopped went off")
	default:
	}
	at, _ = clock.Machine.After(time.Nanosecond)
	<-at
	ended, end := context.WithCancel(t.Context())
	end()
	clock.Machine.Sleep(ended, 1000*time.Hour)
	clock.Machine.Sleep(t.Context(), time.Nanosecond)
	if clock.Machine.Since(start) <= 0 {
		t.Error("no time passed")
	}
}
