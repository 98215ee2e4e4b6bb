package db_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/ledger"
)

func take(t *testing.T, d *db.DB, l *db.Lease) (token int64) {
	t.Helper()
	if err := d.Write(ctx, func(tx *db.Tx) (err error) { token, err = l.Take(tx); return err }); err != nil {
		t.Fatal(err)
	}
	return token
}

func look(t *testing.T, d *db.DB, l *db.Lease) (from time.Time) {
	t.Helper()
	if err := d.Read(ctx, func(q db.Q) (err error) { from, err = l.Look(q); return err }); err != nil {
		t.Fatal(err)
	}
	return from
}

func TestLease(t *testing.T) {
	kittest.Databases(t, nil, func(t *testing.T, d *kittest.DB) {
		leases := map[string]*db.Lease{}
		for _, who := range []string{"a", "b"} {
			leases[who] = &db.Lease{Name: "work", Holder: who, Life: time.Minute}
		}
		if from := look(t, d.DB, leases["a"]); !from.IsZero() {
			t.Error("a lease that nobody has is free from", from)
		}
		for i, step := range []struct {
			who  string
			wait time.Duration
			want int64 // the token
		}{
			{"a", 0, 1}, {"b", 0, 0}, {"a", 59 * time.Second, 1}, {"b", 59 * time.Second, 0},
			{"b", 2 * time.Second, 2}, {"a", 0, 0}, {"a", 61 * time.Second, 3}, {"a", time.Hour, 3},
		} {
			d.Clock.Advance(step.wait)
			if got := take(t, d.DB, leases[step.who]); got != step.want {
				t.Errorf("step %d: %s has token %d, expected %d", i, step.who, got, step.want)
			}
		}
		if from := look(t, d.DB, leases["b"]); !from.Equal(d.Clock.Now().Add(time.Minute)) {
			t.Error("b may take it from", from)
		}
		if from := look(t, d.DB, leases["a"]); !from.IsZero() {
			t.Error("who has it may keep it from", from)
		}
		d.Clock.Advance(time.Hour)
		// Many at once: one gets it, whether the row is there or not.
		for _, name := range []string{"work", "new work"} {
			var mu sync.Mutex
			var wg sync.WaitGroup
			holders := 0
			for i := range 8 {
				wg.Go(func() {
					l := &db.Lease{Name: name, Holder: fmt.Sprint("holder ", i), Life: time.Minute}
					if err := d.Write(ctx, func(tx *db.Tx) error {
						token, err := l.Take(tx)
						if token > 0 {
							mu.Lock()
							defer mu.Unlock()
							holders++
						}
						return err
					}); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if holders != 1 {
				t.Errorf("%d hold the lease of %s", holders, name)
			}
		}
	})
}

// Work that was begun under a lease is not written once another has it, and a
// fenced context sees to that by itself.
func TestALostLeaseWritesNothing(t *testing.T) {
	kittest.Databases(t, nil, func(t *testing.T, d *kittest.DB) {
		a := &db.Lease{Name: "work", Holder: "a", Life: time.Minute}
		b := &db.Lease{Name: "work", Holder: "b", Life: time.Minute}
		token := take(t, d.DB, a)
		fenced := db.Fenced(ctx, func(tx *db.Tx) error { return a.Still(tx, token) })
		write := func(ctx context.Context) error {
			return d.Write(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(`UPDATE ledger_feed SET pos = pos + 1 WHERE one = 1`)
				return err
			})
		}
		if err := write(fenced); err != nil {
			t.Error("it still has the lease:", err)
		}
		d.Clock.Advance(time.Hour) // that it is over changes nothing as long as nobody took it
		if err := write(fenced); err != nil {
			t.Error("nobody took it:", err)
		}
		d.Clock.Advance(time.Hour)
		if got := take(t, d.DB, b); got != token+1 {
			t.Error("token", got)
		}
		if err := write(fenced); !errors.Is(err, db.ErrLeaseLost) {
			t.Error("a late write:", err)
		}
		if err := write(db.Unfenced(fenced)); err != nil {
			t.Error(err)
		}
		d.Clock.Advance(time.Hour)
		if got := take(t, d.DB, a); got != token+2 { // it has it again, and what it began before is still too late
			t.Error("token", got)
		}
		if err := write(fenced); !errors.Is(err, db.ErrLeaseLost) {
			t.Error("a late write under a new lease:", err)
		}
		var pos int64
		if err := d.Read(ctx, func(q db.Q) (err error) { pos, err = ledger.FeedHead(q); return err }); err != nil || pos != 3 {
			t.Error("written", pos, err)
		}
	})
}

// Clocks of nodes an hour apart: a lease is taken early, which the token makes
// harmless, and is never waited for longer than it lasts.
func TestLeasesWithClocksAnHourApart(t *testing.T) {
	kittest.Databases(t, nil, func(t *testing.T, d *kittest.DB) {
		ahead := clock.NewSim(d.Clock.Now().Add(time.Hour))
		far, err := db.Open(ctx, db.Options{DSN: d.DSN, Schema: d.Schema, Clock: ahead, IDs: kittest.Seeded(ahead, 7), Facts: ledger.Write, Jobs: job.Write})
		if err != nil {
			t.Fatal(err)
		}
		defer far.Close() //nolint:errcheck // nothing is being written
		mine := &db.Lease{Name: "work", Holder: "mine", Life: time.Second}
		theirs := &db.Lease{Name: "work", Holder: "theirs", Life: time.Second}
		token := take(t, d.DB, mine)
		if got := take(t, far, theirs); got != token+1 {
			t.Error("with a clock ahead it is over:", got)
		}
		if err := d.Write(ctx, func(tx *db.Tx) error { return mine.Still(tx, token) }); !errors.Is(err, db.ErrLeaseLost) {
			t.Error("taken early, and not noticed:", err)
		}
		// It lasts another hour on our clock; its holder has died.
		if got := take(t, d.DB, mine); got != 0 {
			t.Error("taken without having looked:", got)
		}
		from := look(t, d.DB, mine)
		if wait := from.Sub(d.Clock.Now()); wait != time.Second {
			t.Error("waits", wait)
		}
		d.Clock.Advance(500 * time.Millisecond)
		if take(t, far, theirs) == 0 { // it lives after all
			t.Error("lost its own lease")
		}
		ahead.Advance(time.Millisecond)
		if take(t, far, theirs) == 0 {
			t.Error("lost its own lease")
		}
		d.Clock.Advance(500 * time.Millisecond)
		if got := take(t, d.DB, mine); got != 0 {
			t.Error("took a lease that was kept meanwhile:", got)
		}
		look(t, d.DB, mine)
		d.Clock.Advance(time.Second)
		if from := look(t, d.DB, mine); !from.IsZero() {
			t.Error("still waits until", from)
		}
		if got := take(t, d.DB, mine); got != token+2 {
			t.Error("does not go on:", got)
		}
		if got := take(t, far, theirs); got != token+3 {
			t.Error("the one ahead has it when it wants to:", got)
		}
	})
}

// A node that was frozen in the middle of a transaction keeps nobody waiting
// longer than the server allows, and finds afterwards that it lost the lease.
func TestAFrozenHolderIsGivenUp(t *testing.T) {
	dsn := kittest.PostgresDSN(t)
	d := kittest.Postgres(t)
	clk := d.Clock
	slow, err := db.Open(ctx, db.Options{DSN: dsn + "&idle_in_transaction_session_timeout=300", Schema: d.Schema, Clock: clk,
		IDs: kittest.Seeded(clk, 8), Facts: ledger.Write, Jobs: job.Write})
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close() //nolint:errcheck // nothing is being written
	a := &db.Lease{Name: "work", Holder: "a", Life: time.Second}
	b := &db.Lease{Name: "work", Holder: "b", Life: time.Second}
	take(t, slow, a)
	inside, thaw := make(chan struct{}), make(chan struct{})
	var tokens []int64
	late := make(chan error, 1)
	go func() {
		var once sync.Once
		late <- slow.Write(ctx, func(tx *db.Tx) error {
			token, err := a.Take(tx)
			tokens = append(tokens, token)
			once.Do(func() { close(inside); <-thaw })
			if err != nil || token == 0 {
				return err
			}
			_, err = tx.Exec(`UPDATE ledger_feed SET pos = pos + 1 WHERE one = 1`)
			return err
		})
	}()
	<-inside
	clk.Advance(2 * time.Second)
	if got := take(t, d.DB, b); got != 2 { // waits for the row until the server ends the other's transaction
		t.Error("token", got)
	}
	close(thaw)
	if err := <-late; err != nil {
		t.Error(err)
	}
	if len(tokens) != 2 || tokens[0] != 1 || tokens[1] != 0 { // its transaction was gone, and the next found the lease gone
		t.Error("tokens", tokens)
	}
	var pos int64
	if err := d.Read(ctx, func(q db.Q) (err error) { pos, err = ledger.FeedHead(q); return err }); err != nil || pos != 0 {
		t.Error("the late write was made:", pos, err)
	}
}
