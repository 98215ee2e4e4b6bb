package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/db"
)

// Worker works in small batches and knows when to look again.
type Worker interface {
	Name() string
	// Topics of the Hub that wake it.
	Topics() []string
	// Work does one batch of what is due now; 0 means nothing more is due.
	Work(ctx context.Context) (int, error)
	// Next is when something will be due; zero means only when woken.
	Next(ctx context.Context) (time.Time, error)
}

// PollEvery is how often a worker looks without being woken, so that what
// another node committed is found. It costs one indexed look.
const PollEvery = 2 * time.Second

// Loop runs a worker until ctx ends. Errors (the database is gone) are logged
// and waited out; the worker goes on by itself.
func Loop(ctx context.Context, c clock.Clock, hub *db.Hub, log *slog.Logger, w Worker) {
	wake := hub.On(w.Topics()...)
	defer hub.Off(wake)
	fails := 0
	for ctx.Err() == nil {
		n, err := w.Work(ctx)
		if err == nil && n > 0 {
			fails = 0
			continue
		}
		var at time.Time
		if err == nil {
			at, err = w.Next(ctx)
		}
		if err != nil {
			if ctx.Err() != nil {
				return
			}
			if fails++; fails == 1 || fails%20 == 0 {
				log.Error("worker waits out an error", "worker", w.Name(), "attempt", fails, "err", err)
			}
			clock.Machine.Sleep(ctx, min(Backoff(fails)/4, 10*time.Second))
			continue
		}
		fails = 0
		poll := c.Now().Add(PollEvery)
		if at.IsZero() || at.After(poll) {
			at = poll
		}
		c.Until(ctx, at, wake)
	}
}

// Drain runs all workers in turn until none has anything due: the moment at
// which a story may go on.
func Drain(ctx context.Context, workers []Worker) error {
	for round := 0; ; round++ {
		busy := 0
		for _, w := range workers {
			for {
				n, err := w.Work(ctx)
				if err != nil {
					return fmt.Errorf("%s: %w", w.Name(), err)
				}
				busy += n
				if n == 0 {
					break
				}
			}
		}
		if busy == 0 {
			return nil
		}
		if round > 10_000 {
			return errors.New("the workers never come to rest")
		}
	}
}

// NextOf is the earliest moment at which any of the workers has something due.
func NextOf(ctx context.Context, workers []Worker) (next time.Time, err error) {
	for _, w := range workers {
		at, err := w.Next(ctx)
		if err != nil {
			return next, fmt.Errorf("%s: %w", w.Name(), err)
		}
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next, nil
}
