package db_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
)

// A write that waited longer than its request has patience is refused before
// it runs; one that has none, or that follows on a write of the same request
// that committed, waits as long as it takes.
func TestAWriteThatWaitedTooLongNeverRan(t *testing.T) {
	d := kittest.SQLite(t)
	held, free := make(chan struct{}), make(chan struct{})
	first := make(chan error, 1)
	go func() {
		first <- d.Write(t.Context(), func(*db.Tx) error {
			close(held)
			<-free
			return nil
		})
	}()
	<-held
	p := &db.Patience{Most: time.Millisecond}
	ctx := db.Patient(t.Context(), p)
	ran := map[string]bool{}
	results := map[string]chan error{}
	write := func(name string, ctx context.Context) { //nolint:revive // a name to tell them apart reads better first
		results[name] = make(chan error, 1)
		done := results[name]
		go func() { done <- d.Write(ctx, func(*db.Tx) error { ran[name] = true; return nil }) }()
	}
	write("patient for a moment", ctx)
	write("without a bound", t.Context())
	for d.Totals().Waiting < 2 {
		clock.Machine.Sleep(t.Context(), time.Millisecond)
	}
	clock.Machine.Sleep(t.Context(), 5*time.Millisecond)
	close(free)
	if err := <-first; err != nil {
		t.Error(err)
	}
	err := <-results["patient for a moment"]
	if !errors.Is(err, errs.New(errs.Unavailable, "busy")) {
		t.Errorf("it heard %v", err)
	}
	if err := <-results["without a bound"]; err != nil {
		t.Error(err)
	}
	if ran["patient for a moment"] || !ran["without a bound"] {
		t.Errorf("what ran: %v", ran)
	}

	// The same request, later, when the database has time: and from then on
	// nothing of it is refused any more.
	p.Most = time.Hour
	if err := d.Write(ctx, func(*db.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	p.Most = time.Nanosecond
	for range 20 {
		if err := d.Write(ctx, func(*db.Tx) error { return nil }); err != nil {
			t.Fatalf("what follows on something that was done: %v", err)
		}
	}
}

// On PostgreSQL what is waited for is a connection.
func TestAWriteThatWaitsForAConnectionNeverRan(t *testing.T) {
	d := kittest.Postgres(t)
	p := &db.Patience{Most: time.Nanosecond}
	ran := false
	err := d.Write(db.Patient(t.Context(), p), func(*db.Tx) error { ran = true; return nil })
	if !errors.Is(err, errs.New(errs.Unavailable, "busy")) || ran {
		t.Errorf("it heard %v, and ran: %v", err, ran)
	}
	p.Most = time.Hour
	if err := d.Write(db.Patient(t.Context(), p), func(*db.Tx) error { return nil }); err != nil {
		t.Error(err)
	}
}
