package chaos

import (
	"context"
	"encoding/json"
	"os"
	"sync/atomic"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
)

// fileClock is the machine's clock, moved by what a file says: a real clock
// that somebody sets. As with a real one, whoever already waits for a moment
// is not woken by the jump.
type fileClock struct{ offset *atomic.Int64 }

// newFileClock reads the offset now, and again every few milliseconds until ctx
// ends.
func newFileClock(ctx context.Context, file string) (clock.Clock, error) {
	c := fileClock{&atomic.Int64{}}
	if err := c.read(file); err != nil {
		return nil, err
	}
	go func() {
		for ctx.Err() == nil {
			clock.Machine.Sleep(ctx, 5*time.Millisecond)
			_ = c.read(file) // it is replaced in one go, so the next reading is as good
		}
	}()
	return c, nil
}

func (c fileClock) read(file string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var d time.Duration
	if err := json.Unmarshal(b, &d); err != nil {
		return err
	}
	c.offset.Store(int64(d))
	return nil
}

func (c fileClock) real() clock.Real { return clock.Real{Offset: time.Duration(c.offset.Load())} }

// Now implements clock.Clock.
func (c fileClock) Now() time.Time { return c.real().Now() }

// Until implements clock.Clock.
func (c fileClock) Until(ctx context.Context, t time.Time, wake <-chan struct{}) {
	c.real().Until(ctx, t, wake)
}

// injectClock moves the clock of a house under load, forward and back, and
// restarts it in between, because what was kept for later is kept in the store.
func injectClock(ctx context.Context, r *run, base string, row *Row) error {
	h, err := r.newHouse(ctx, row, plan{movable: true})
	if err != nil {
		return err
	}
	defer h.close()
	l := h.work(ctx)
	defer l.end()
	const day = 24 * time.Hour
	jumps := []time.Duration{time.Hour, day, 0, -time.Hour, 0}
	if !r.Quick {
		jumps = []time.Duration{time.Hour, 0, -time.Hour, 0, day, 0, -day, 0, 7 * day, 365 * day, 364 * day, 365*day + time.Second, 30 * time.Minute, 0}
	}
	for i, to := range jumps {
		if r.stopped() {
			break
		}
		rest(ctx, r.pick(900*time.Millisecond, 2*time.Second))
		if err := h.move(to); err != nil {
			return err
		}
		row.Times++
		rest(ctx, r.pick(300*time.Millisecond, time.Second))
		if i%2 == 1 { // and once more for a process that begins with what the store says
			if err := h.nodes[0].kill(); err != nil {
				return err
			}
			if _, err := h.nodes[0].start(ctx); err != nil {
				row.wrong("after the clock moved to %+v: %v", to, err)
				return nil
			}
		}
		h.recovers(ctx)
	}
	l.end()
	return h.verify(ctx)
}

// pick is a duration that depends on how much time there is.
func (r *run) pick(quick, full time.Duration) time.Duration {
	if r.Quick {
		return quick
	}
	return full
}

// changes are the nights on which the clocks change in Amsterdam.
var changes = []time.Time{
	time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC), // 03:00 becomes 02:00
	time.Date(2027, 3, 28, 1, 0, 0, 0, time.UTC),  // 02:00 becomes 03:00
}

// injectDST lets a house work through both nights.
func injectDST(ctx context.Context, r *run, _ string, row *Row) error {
	for _, at := range changes {
		if r.stopped() {
			break
		}
		before := r.pick(3*time.Second, 6*time.Second)
		h, err := r.newHouse(ctx, row, plan{movable: true, offset: at.Add(-time.Hour).Sub(clock.Machine.Now())})
		if err != nil {
			return err
		}
		err = func() error {
			defer h.close()
			l := h.work(ctx)
			defer l.end()
			h.nightWords(ctx)
			rest(ctx, before/2)
			if err := h.move(at.Add(-before).Sub(clock.Machine.Now())); err != nil {
				return err
			}
			rest(ctx, 2*before) // the change is in the middle
			row.Times++
			h.nightWords(ctx)
			h.recovers(ctx)
			// And the morning after: what was promised for the hour that is
			// there twice, or not at all, has come.
			if err := h.move(at.Add(8 * time.Hour).Sub(clock.Machine.Now())); err != nil {
				return err
			}
			rest(ctx, before/2)
			h.recovers(ctx)
			l.end()
			return h.verify(ctx)
		}()
		if err != nil {
			return err
		}
	}
	return nil
}
