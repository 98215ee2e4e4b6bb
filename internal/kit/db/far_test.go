package db_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
)

// within waits for something that other processes must do first.
const within = 20 * time.Second

func commit(t *testing.T, d *kittest.DB, topic string) {
	t.Helper()
	if err := d.Write(ctx, func(tx *db.Tx) error { tx.Wake(topic); return nil }); err != nil {
		t.Fatal(err)
	}
}

// until repeats a cause until its effect arrives: a hint may get lost.
func until(t *testing.T, what string, effect <-chan struct{}, cause func()) {
	t.Helper()
	limit := time.After(within)
	for {
		cause()
		select {
		case <-effect:
			return
		case <-time.After(200 * time.Millisecond):
		case <-limit:
			t.Fatal(what)
		}
	}
}

// What is committed on one node wakes whoever waits on another, also after the
// server cut every connection.
func TestNodesWakeEachOther(t *testing.T) {
	d := kittest.Postgres(t)
	other, stranger := d.Again(t), kittest.Postgres(t)
	d.Hub().On("whatever") // a node that works
	woken, mine, none := other.Hub().On("work"), other.Hub().On("other work"), stranger.Hub().On("work")
	heard := make(chan struct{}, 100)
	other.Hub().Hear("typing", func(text string) {
		if text == "case:1" {
			heard <- struct{}{}
		}
	})
	until(t, "a commit on one node does not wake the other", woken, func() { commit(t, d, "work") })
	until(t, "what a node says is not heard", heard, func() { d.Hub().Say("typing", "case:1") })
	var lost int
	rows, err := d.Pool().QueryContext(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE $1 AND query LIKE 'LISTEN%' OR application_name LIKE $1 AND query LIKE '%pg_notify%' AND pid <> pg_backend_pid()`, "%"+d.Schema)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		lost++
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		t.Fatal(err)
	}
	if lost < 2 {
		t.Errorf("%d connections were cut", lost)
	}
	select { // what it missed meanwhile is why it looks at everything again
	case <-mine:
	case <-time.After(within):
		t.Error("a node that was cut off does not look at everything afterwards")
	}
	until(t, "cut off for good", woken, func() { commit(t, d, "work") })
	until(t, "nobody is heard any more", heard, func() { d.Hub().Say("typing", "case:1") })
	for range 100 { // far too much to say at once does no harm
		d.Hub().Say("typing", strings.Repeat("x", 150))
		d.Hub().Say("typing", strings.Repeat("x", 500))
	}
	until(t, "too much was said", heard, func() { d.Hub().Say("typing", "case:1") })
	for len(none) > 0 {
		<-none // what it was woken with when it began to listen
	}
	until(t, "still", woken, func() { commit(t, d, "work") })
	select {
	case <-none:
		t.Error("an installation in another schema was woken")
	default:
	}
}

// A node that is closed while it listens, or before it began to, ends at once.
func TestClosingWhileListening(t *testing.T) {
	d := kittest.Postgres(t)
	for i := range 6 {
		other := d.Again(t)
		if i%3 > 0 {
			c := other.Hub().On("work")
			if i%3 == 2 {
				until(t, "it never listens", c, func() { commit(t, other, "work") })
			}
		}
		if err := other.Close(); err != nil {
			t.Error(err)
		}
		other.Hub().On("work")
		other.Hub().Say("typing", "nobody hears it")
	}
}
