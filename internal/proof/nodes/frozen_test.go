package nodes

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/mail"
)

// frozenMail stands still in the middle of sending.
type frozenMail struct {
	mail.Box
	once         sync.Once
	inside, thaw chan struct{}
}

func (f *frozenMail) Send(ctx context.Context, m mail.Message) (mail.Receipt, error) {
	r, err := f.Box.Send(ctx, m)
	f.once.Do(func() { close(f.inside); <-f.thaw })
	return r, err
}

// TestANodeThatFreezesWhileItSends: two whole applications on one schema. One
// stands still after the mail server took a message and before it is written
// down; its claim ends, and the other goes on. The message is sent once, the
// late node's claim on the job is refused, and what the mail server said is
// written down all the same.
func TestANodeThatFreezesWhileItSends(t *testing.T) {
	p, c := server(t), clock.NewSim(kittest.Start)
	slow, box := &frozenMail{inside: make(chan struct{}), thaw: make(chan struct{})}, &mail.Box{}
	a := node(t, p, c, slow)
	b := node(t, p, c, box)
	house := newPractice(t, a.DB)
	srv := httptest.NewServer(a.Handler())
	defer srv.Close()
	call := caller{http.DefaultClient, srv.URL, house.Key}
	body := house.question("Vraag", c.Now().Add(30*time.Hour))
	body["channel"] = "email" // so that the promise is told by mail
	if _, err := call.id(ctx, "/cases", body); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- a.Settle(ctx) }()
	select {
	case <-slow.inside:
	case err := <-done:
		t.Fatal("nothing was sent: ", err)
	}
	c.Advance(30 * time.Minute) // every lease of the frozen node is over
	if err := b.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	before := states(t, b.DB)
	close(slow.thaw)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := b.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	after := states(t, b.DB)
	if sent := len(slow.Arrived()) + len(box.Arrived()); sent != 1 {
		t.Errorf("%d messages were sent", sent)
	}
	if before["uncertain"] != 1 || after["uncertain"] != 0 || after["accepted"]+after["delivered"]+after["seen"] != 1 {
		t.Errorf("while it was frozen %v, afterwards %v", before, after)
	}
	for _, check := range a.Checks() {
		var n int64
		if err := b.DB.Read(ctx, func(q db.Q) error {
			_, bad, err := check.Run(q)
			n = int64(len(bad))
			return err
		}); err != nil || n > 0 {
			t.Errorf("%s: %d broken, %v", check.Name, n, err)
		}
	}
}

func states(t *testing.T, d *db.DB) map[string]int64 {
	t.Helper()
	type row struct {
		State string `db:"state"`
		N     int64  `db:"n"`
	}
	out := map[string]int64{}
	if err := d.Read(ctx, func(q db.Q) error {
		rows, err := db.Select[row](q, `SELECT state, COUNT(*) AS n FROM message GROUP BY state`)
		for _, r := range rows {
			out[r.State] = r.N
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}
