package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
)

// proxy stands between us and the server, and can cut every connection.
type proxy struct {
	net.Listener
	to string

	mu    sync.Mutex
	conns map[net.Conn]bool
	down  bool
	wg    sync.WaitGroup
}

func between(t *testing.T, dsn string) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{Listener: l, to: u.Host, conns: map[net.Conn]bool{}}
	p.wg.Go(p.accept)
	t.Cleanup(func() {
		_ = l.Close()
		p.cut(true)
		p.wg.Wait()
	})
	u.Host = l.Addr().String()
	return p, u.String()
}

func (p *proxy) accept() {
	for {
		in, err := p.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", p.to)
		p.mu.Lock()
		if p.down || err != nil {
			_ = in.Close()
			if err == nil {
				_ = out.Close()
			}
			p.mu.Unlock()
			continue
		}
		p.conns[in], p.conns[out] = true, true
		p.mu.Unlock()
		for _, d := range [][2]net.Conn{{in, out}, {out, in}} {
			p.wg.Go(func() {
				_, _ = io.Copy(d[1], d[0])
				_, _ = d[0].Close(), d[1].Close()
			})
		}
	}
}

// cut ends every connection; down says whether new ones are refused.
func (p *proxy) cut(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
	for c := range p.conns {
		_ = c.Close()
		delete(p.conns, c)
	}
}

func gone(t *testing.T, err error) {
	t.Helper()
	if e, ok := errs.As(err); !ok || e.Class != errs.Unavailable || e.Type != "database-gone" {
		t.Errorf("a database that is gone was told as %v", err)
	}
}

func TestTheDatabaseGoesAndComesBack(t *testing.T) {
	direct := kittest.Postgres(t, schema...)
	p, dsn := between(t, direct.DSN)
	through := *direct
	through.DSN = dsn
	d := through.Again(t)
	defer func() { _ = d.Close() }()

	if err := d.Write(ctx, insert("a")); err != nil {
		t.Fatal(err)
	}
	// Cut in the middle, the server still there: it runs again by itself.
	runs := 0
	if err := d.Write(ctx, func(tx *db.Tx) error {
		if runs++; runs == 1 {
			p.cut(false)
		}
		return insert("b")(tx)
	}); err != nil || runs != 2 {
		t.Errorf("cut in the middle: %d runs, %v", runs, err)
	}
	// Gone altogether.
	p.cut(true)
	gone(t, d.Write(ctx, insert("c")))
	gone(t, d.Read(ctx, func(q db.Q) error { _, err := db.Select[parent](q, `SELECT org_id, id FROM parent`); return err }))
	// Gone while a snapshot is being read.
	p.cut(false)
	gone(t, d.Read(ctx, func(q db.Q) error {
		if _, err := db.Select[parent](q, `SELECT org_id, id FROM parent`); err != nil {
			t.Error("back, but", err)
		}
		p.cut(true)
		_, err := db.Select[parent](q, `SELECT org_id, id FROM parent`)
		return err
	}))
	p.cut(false)
	if err := d.Write(ctx, insert("d")); err != nil {
		t.Error("it does not come back by itself:", err)
	}
	if got := strings.Join(parents(t, direct), " "); got != "a b d" {
		t.Error(got)
	}
}

// A restart of the server ends every connection of the pool at once.
func TestTheServerRestarts(t *testing.T) {
	d := kittest.Postgres(t, schema...)
	other := kittest.Postgres(t)
	fill := func() {
		var wg sync.WaitGroup
		for range 12 {
			wg.Go(func() {
				if err := d.Read(ctx, func(q db.Q) error {
					_, err := db.Get[string](q, `SELECT CAST(pg_sleep(0.02) AS TEXT)`)
					return err
				}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	kill := func() {
		// Those of this test only: another package may use the server now.
		if _, err := other.Pool().Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1`, app(t, d)); err != nil {
			t.Fatal(err)
		}
	}
	for round := range 3 {
		fill()
		kill()
		for i := range 4 {
			if err := d.Write(ctx, insert(fmt.Sprintf("%d-%d", round, i))); err != nil {
				t.Errorf("round %d: %v", round, err)
			}
		}
	}
	// In the middle of a transaction it runs again.
	runs := 0
	if err := d.Write(ctx, func(tx *db.Tx) error {
		if runs++; runs == 1 {
			kill()
		}
		return insert("middle")(tx)
	}); err != nil || runs < 2 {
		t.Errorf("%d runs: %v", runs, err)
	}
	if n := len(parents(t, d)); n != 13 {
		t.Error(n, "of 13 are there")
	}
}

// app names the connections of d after their schema, so that they can be told apart.
func app(t *testing.T, d *kittest.DB) string {
	t.Helper()
	var pids int
	if err := d.Pool().QueryRow(`SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = $1`, "houvast-"+d.Schema).Scan(&pids); err != nil {
		t.Fatal(err)
	}
	if pids == 0 {
		t.Fatal("the connections of a test do not carry its schema's name")
	}
	return "houvast-" + d.Schema
}

func TestWhatTheDatabaseSays(t *testing.T) {
	if err := db.Classify(context.Canceled); !errors.Is(err, context.Canceled) || errs.ClassOf(err) != errs.Internal {
		t.Error(err)
	}
	for _, err := range []error{io.ErrUnexpectedEOF, io.EOF, net.ErrClosed, sql.ErrTxDone, &net.OpError{Op: "dial", Err: errors.New("refused")}} {
		gone(t, db.Classify(fmt.Errorf("query: %w", err)))
	}
	own := errs.New(errs.Conflict, "case-closed")
	if err := db.Classify(own); err != error(own) { //nolint:errorlint // the very same one, not one around it
		t.Error("our own errors change:", err)
	}
	if db.Classify(nil) != nil {
		t.Error("no error is an error")
	}
}

// Once it is closed, everything is in the one file: a copy of it is whole.
func TestAClosedDatabaseIsOneFile(t *testing.T) {
	d := kittest.SQLite(t, schema...)
	put(t, d, some("a"))
	if got := things(t, d); len(got) != 1 {
		t.Fatal(got)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	for _, beside := range []string{"-wal", "-shm"} {
		if _, err := os.Stat(d.DSN + beside); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is left: %v", beside, err)
		}
	}
}

// A server that takes connections and says nothing, because it is frozen, is
// gone as soon as connect_timeout is over.
func TestAServerThatSaysNothingIsGone(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // nobody was listened to
	d, err := db.Open(ctx, db.Options{Clock: kittest.NewClock(), IDs: kittest.Seeded(kittest.NewClock(), 1), Facts: noFacts, Jobs: noJobs,
		DSN: "postgres://nobody@" + l.Addr().String() + "/none?sslmode=disable&connect_timeout=1"})
	if err == nil {
		_ = d.Close()
	}
	gone(t, err)
}
