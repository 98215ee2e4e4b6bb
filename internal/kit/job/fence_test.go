package job_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/ledger"
)

// What a handler writes after another worker claimed its job is refused, on
// any node and whatever the clocks say; so is what it would do as a dead letter.
func TestAHandlerThatWasTooSlowWritesNothing(t *testing.T) {
	kittest.Databases(t, nil, func(t *testing.T, d *kittest.DB) {
		for name, skew := range map[string]time.Duration{"same clock": 0, "an hour ahead": time.Hour, "an hour behind": -time.Hour} {
			t.Run(name, func(t *testing.T) {
				c := clock.NewSim(d.Clock.Now().Add(skew))
				far, err := db.Open(ctx, db.Options{DSN: d.DSN, Schema: d.Schema, Clock: c, IDs: kittest.Seeded(c, 3), Facts: ledger.Write, Jobs: job.Write})
				if err != nil {
					t.Fatal(err)
				}
				defer far.Close() //nolint:errcheck // nothing is being written
				wrote := map[string]int{}
				kind := func(node string, x *db.DB, before func()) job.Kind {
					write := func(ctx context.Context) error {
						return x.Write(ctx, func(tx *db.Tx) error {
							_, err := tx.Exec(`UPDATE ledger_feed SET pos = pos + 1 WHERE one = 1`)
							return err
						})
					}
					return job.Kind{Name: "k", Lease: time.Minute, Attempts: 1, Handle: func(ctx context.Context, _ job.Job) error {
						before()
						if err := write(ctx); err != nil {
							return err
						}
						wrote[node]++
						return nil
					}, Dead: func(ctx context.Context, _ job.Job, _ error) error { return write(ctx) }}
				}
				frozen, thaw := make(chan struct{}), make(chan struct{})
				slow := queue(t, d, kind("slow", d.DB, func() { close(frozen); <-thaw }))
				other, err := job.NewQueue(far, kittest.Log(t), 1, kind("other", far, func() {}))
				if err != nil {
					t.Fatal(err)
				}
				enqueue(t, d, db.Job{Org: "o", Kind: "k", Key: name})
				done := make(chan error, 1)
				go func() { _, err := slow.Work(ctx); done <- err }()
				<-frozen
				c.Advance(max(0, -skew) + 61*time.Second)
				if n, err := other.Work(ctx); n != 1 || err != nil {
					t.Error(n, err)
				}
				close(thaw)
				if err := <-done; err != nil {
					t.Error(err)
				}
				if want := map[string]int{"other": 1}; !cmp.Equal(wrote, want) {
					t.Errorf("wrote %v", wrote)
				}
				if rest := table(t, d); len(rest) != 0 {
					t.Errorf("%+v", rest)
				}
			})
		}
		var pos int64
		if err := d.Read(ctx, func(q db.Q) (err error) { pos, err = ledger.FeedHead(q); return err }); err != nil || pos != 3 {
			t.Errorf("written %d times: %v", pos, err)
		}
	})
}

// A claim with the same end as the one before it, by a clock that went back,
// is another claim all the same.
func TestTheSameEndOfALeaseIsNotTheSameClaim(t *testing.T) {
	kittest.Databases(t, nil, func(t *testing.T, d *kittest.DB) {
		first, second := make(chan struct{}), make(chan struct{})
		run := 0
		q := func(x *kittest.DB) *job.Queue {
			return queue(t, x, job.Kind{Name: "k", Handle: func(context.Context, job.Job) error {
				if run++; run == 1 {
					close(first)
					<-second
					return nil
				}
				close(second)
				return errors.New("not yet")
			}})
		}
		enqueue(t, d, db.Job{Org: "o", Kind: "k"})
		done := make(chan error, 1)
		go func() { _, err := q(d).Work(ctx); done <- err }()
		<-first
		if err := d.Write(ctx, func(tx *db.Tx) error { // as if its node's clock had been far ahead, and ours then as well
			_, err := tx.Exec(`UPDATE job SET run_at = $1`, tx.Now())
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if n := work(t, q(d)); n != 1 {
			t.Error(n)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		if rest := table(t, d); len(rest) != 1 || rest[0].Attempt != 2 || rest[0].Error != "not yet" {
			t.Errorf("%+v", rest)
		}
	})
}
