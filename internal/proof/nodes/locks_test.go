package nodes

import (
	"context"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/app"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/mail"
)

// TestTheLocksOfALostNodeComeFree: a node is lost while one of its transactions
// holds a row and others of it wait for the same one. Each of those would get
// the row in turn and keep it until the server gives up on it; they give up
// before, and another node goes on as soon as the first has ended.
func TestTheLocksOfALostNodeComeFree(t *testing.T) {
	p := server(t)
	node(t, p, clock.Real{}, &mail.Box{})     // makes the tables
	if os.Getenv("HOUVAST_TEST_LONG") == "" { // else as long as it takes in earnest
		p.dsn += "&idle_in_transaction_session_timeout=1500&lock_timeout=1000"
	}
	lost, other := store(t, p), store(t, p)
	take := func(q *db.Tx) error {
		_, err := q.Exec(`UPDATE ledger_feed SET one = one WHERE one = 1`)
		return err
	}
	const together = 4
	thaw, held := make(chan struct{}), make(chan struct{}, together)
	var wg, begun sync.WaitGroup
	begun.Add(together)
	for range together {
		wg.Go(func() {
			var once atomic.Bool
			_ = lost.Write(context.Background(), func(q *db.Tx) error { // whatever becomes of it
				if once.Swap(true) {
					return context.Canceled // who is lost does not begin again
				}
				_, err := db.Get[int64](q, `SELECT pos FROM ledger_feed WHERE one = 1`)
				begun.Done()
				begun.Wait() // all wait for the row from the same moment on
				if err == nil {
					err = take(q)
				}
				if err == nil {
					held <- struct{}{}
					<-thaw
				}
				return err
			})
		})
	}
	<-held
	begin := time.Now()
	err := other.Write(ctx, take)
	t.Logf("another node waited for %s", time.Since(begin).Round(100*time.Millisecond))
	close(thaw)
	wg.Wait()
	if err != nil {
		t.Error(err)
	}
	if n := len(held); n > 0 {
		t.Errorf("%d transactions of the lost node took the row after the first had lost it", n)
	}
}

func store(t *testing.T, p place) *db.DB {
	t.Helper()
	cfg, err := p.config()
	if err != nil {
		t.Fatal(err)
	}
	d, err := app.OpenDB(ctx, app.Options{Config: cfg, Schema: p.schema})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}
