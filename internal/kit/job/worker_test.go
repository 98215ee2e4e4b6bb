package job_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/kittest"
)

// counter has something to do at a moment, and counts how often it was asked.
type counter struct {
	at    time.Time
	clock clock.Clock
	todo  atomic.Int32
	did   chan int32
	fail  atomic.Int32
}

func (c *counter) Name() string     { return "counter" }
func (c *counter) Topics() []string { return []string{"count"} }

func (c *counter) Work(context.Context) (int, error) {
	if c.fail.Add(-1) >= 0 {
		return 0, errors.New("the database is gone")
	}
	if c.todo.Load() == 0 || c.clock.Now().Before(c.at) {
		return 0, nil
	}
	c.did <- c.todo.Add(-1)
	return 1, nil
}

func (c *counter) Next(context.Context) (time.Time, error) {
	if c.todo.Load() == 0 {
		return time.Time{}, nil
	}
	return c.at, nil
}

func TestLoop(t *testing.T) {
	d := kittest.SQLite(t)
	c := &counter{clock: d.Clock, did: make(chan int32), at: d.Clock.Now().Add(time.Second)}
	c.todo.Store(3)
	running, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() { job.Loop(running, d.Clock, d.Hub(), kittest.Log(t), c); close(ended) }()
	d.Clock.Advance(time.Second) // its own time
	for want := int32(2); want >= 0; want-- {
		if got := <-c.did; got != want {
			t.Error(got)
		}
	}
	// Woken by a commit, and by nothing but the passing of time.
	c.todo.Store(1)
	if err := d.Write(ctx, func(tx *db.Tx) error { tx.Wake("count"); return nil }); err != nil {
		t.Fatal(err)
	}
	<-c.did
	c.todo.Store(1)
	d.Clock.Advance(job.PollEvery)
	<-c.did
	// An error is waited out.
	c.fail.Store(2)
	c.todo.Store(1)
	d.Clock.Advance(job.PollEvery)
	<-c.did
	stop()
	<-ended
}

func TestDrainAndNext(t *testing.T) {
	d := kittest.SQLite(t)
	start := d.Clock.Now()
	a := &counter{clock: d.Clock, did: make(chan int32, 10), at: start}
	b := &counter{clock: d.Clock, did: make(chan int32, 10), at: start.Add(time.Hour)}
	a.todo.Store(3)
	b.todo.Store(2)
	workers := []job.Worker{a, b}
	if err := job.Drain(ctx, workers); err != nil || a.todo.Load() != 0 || b.todo.Load() != 2 {
		t.Error("drained to", a.todo.Load(), b.todo.Load(), err)
	}
	if at, err := job.NextOf(ctx, workers); err != nil || !at.Equal(b.at) {
		t.Error(at, err)
	}
	d.Clock.Set(b.at)
	if err := job.Drain(ctx, workers); err != nil || b.todo.Load() != 0 {
		t.Error(b.todo.Load(), err)
	}
	if at, err := job.NextOf(ctx, workers); err != nil || !at.IsZero() {
		t.Error(at, err)
	}
	a.fail.Store(1)
	if err := job.Drain(ctx, workers); err == nil {
		t.Error("a failing worker was passed over")
	}
}
