package db

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/id"
	"github.com/houvast/houvast/internal/kit/telemetry"
)

// Options say where the data is and what happens with facts and jobs.
type Options struct {
	DSN     string // a file path, or postgres://…
	Schema  string // PostgreSQL only: search_path of a private instance (stories, tests)
	Clock   clock.Clock
	IDs     *id.Source
	Afresh  bool // nothing is kept between snapshots: for tests that count what is asked
	Readers int  // size of the pool of readers; default 4 × CPUs, at most 16
	Log     *slog.Logger

	// Facts and Jobs write what a transaction emitted and enqueued, just
	// before it commits. The ledger and the job queue provide them.
	Facts func(tx *Tx, facts []Fact) error
	Jobs  func(tx *Tx, jobs []Job) error
}

// DB is an open database.
type DB struct {
	opts   Options
	engine engine
	hub    *Hub
	total  *Meter // of everything since it was opened
	keep   keeper
	counts counter

	mu     sync.Mutex
	busy   int           // reads and writes under way
	closed bool          // no more may begin
	idle   chan struct{} // closed when the last one ended after that
}

// engine is what differs between the two databases.
type engine interface {
	dialect() Dialect
	write(ctx context.Context, r *request) error
	read(ctx context.Context, base snap, fn func(Q) error) error
	pool() *sql.DB // for migrations and backup
	load() (commits int64, waiting int)
	close() error
}

// Dialect names the database. Only kit/db and kit/migrate look at it.
type Dialect string

// The two databases.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// IsPostgres says whether dsn names a PostgreSQL server.
func IsPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

// Open opens the database; it does not migrate.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.Clock == nil || o.IDs == nil || o.Facts == nil || o.Jobs == nil {
		return nil, errors.New("db: Clock, IDs, Facts and Jobs are required")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Readers == 0 {
		o.Readers = min(16, 4*runtime.NumCPU())
	}
	d := &DB{opts: o, hub: newHub(), total: &Meter{}, idle: make(chan struct{})}
	var err error
	if IsPostgres(o.DSN) {
		var pg *postgresEngine
		if pg, err = openPostgres(ctx, o); err == nil {
			d.engine, d.hub.far = pg, newFar(pg.cfg, d.hub, o.Log, rand.Text())
		}
	} else {
		d.engine, err = openSQLite(ctx, o)
	}
	if err != nil {
		return nil, fmt.Errorf("open database: %w", classify(err))
	}
	return d, nil
}

// Close waits for what is being read and written and closes the database.
// Whoever comes after that hears "stopping".
func (d *DB) Close() error {
	d.mu.Lock()
	again := d.closed
	d.closed = true
	if !again && d.busy == 0 {
		close(d.idle)
	}
	d.mu.Unlock()
	if again {
		return nil
	}
	<-d.idle
	if d.hub.far != nil {
		d.hub.far.close()
	}
	return d.engine.close()
}

// begin notes that something is under way, unless the database is closed.
func (d *DB) begin() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return errs.New(errs.Unavailable, "stopping")
	}
	d.busy++
	return nil
}

func (d *DB) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.busy--; d.busy == 0 && d.closed {
		close(d.idle)
	}
}

// Dialect says which database it is.
func (d *DB) Dialect() Dialect { return d.engine.dialect() }

// Pool gives the connections themselves, for migrations and backup only.
func (d *DB) Pool() *sql.DB { return d.engine.pool() }

// Clock is the business clock the database was opened with.
func (d *DB) Clock() clock.Clock { return d.opts.Clock }

// NewID makes an id outside a transaction.
func (d *DB) NewID(k id.Kind) string { return d.opts.IDs.New(k) }

// Hub tells who waits for which kind of work that some was committed.
func (d *DB) Hub() *Hub { return d.hub }

// Write runs fn in one transaction and returns after it was committed, or
// with the error that undid it. See the package's rules for fn.
func (d *DB) Write(ctx context.Context, fn func(tx *Tx) error) error {
	if err := d.begin(); err != nil {
		return err
	}
	defer d.end()
	seen := append(metersOf(ctx), d.total)
	seen.began()
	patience, until := patienceOf(ctx)
	ctx, span := telemetry.Part(ctx, "write")
	r := &request{ctx: ctx, until: until, seen: seen, fn: fn, db: d, done: make(chan error, 1), ids: map[id.Kind][]string{}}
	err := d.engine.write(ctx, r)
	span.End(err)
	if err != nil {
		return classify(err)
	}
	if patience != nil {
		patience.wrote.Store(true)
	}
	seen.wrote()
	d.counts.committed(r.written)
	d.hub.wake(r.wakes)
	return nil
}

// Read runs fn on one consistent snapshot. Nothing can be written through it.
func (d *DB) Read(ctx context.Context, fn func(q Q) error) error {
	if err := d.begin(); err != nil {
		return err
	}
	defer d.end()
	seen := append(metersOf(ctx), d.total)
	seen.began()
	ctx, span := telemetry.Part(ctx, "read")
	base := snap{ctx: ctx, dia: d.Dialect(), seen: seen, keep: &d.keep, tallies: &d.counts, asOf: d.counts.commits.Load()}
	if d.opts.Afresh {
		base.keep, base.tallies = nil, nil
	}
	err := d.engine.read(ctx, base, fn)
	span.End(err)
	return classify(err)
}

// request is one Write on its way through the engine.
type request struct {
	ctx     context.Context
	until   time.Time // it waits no longer to be begun with; zero: as long as it takes
	seen    meters
	fn      func(*Tx) error
	db      *DB
	done    chan error
	ids     map[id.Kind][]string // ids handed out, so that a second run gets the same
	wakes   map[string]struct{}
	written map[string]bool // tables, by the run that counts
	touched bool            // the last run asked for a change
}

// run calls the closure on an open transaction and flushes what it emitted
// and enqueued. A panic becomes an error: one bad closure must not take the
// other members of its batch along.
func (r *request) run(ctx context.Context, x executor, dia Dialect) (err error) {
	defer func() {
		if p := recover(); p != nil {
			buf := make([]byte, 8192)
			buf = buf[:runtime.Stack(buf, false)]
			err = fmt.Errorf("panic in transaction: %v\n%s", p, buf)
		}
	}()
	tx := &Tx{snap: snap{ctx: ctx, x: x, dia: dia, now: r.db.opts.Clock.Now(), seen: r.seen, keep: &r.db.keep}, req: r, nth: map[id.Kind]int{}}
	if r.db.opts.Afresh {
		tx.keep = nil
	}
	defer func() { r.touched = tx.touched }() // also after a panic
	if err := fence(r.ctx, tx); err != nil {
		return err
	}
	if err := r.fn(tx); err != nil {
		return err
	}
	if tx.fail != nil {
		return tx.fail
	}
	if len(tx.facts) > 0 {
		if err := r.db.opts.Facts(tx, tx.facts); err != nil {
			return fmt.Errorf("write facts: %w", err)
		}
		tx.Wake(TopicFacts)
	}
	if len(tx.jobs) > 0 {
		if err := r.db.opts.Jobs(tx, tx.jobs); err != nil {
			return fmt.Errorf("write jobs: %w", err)
		}
		tx.Wake(TopicJobs)
	}
	r.wakes, r.written = tx.wakes, tx.mem.written
	if tx.touched {
		return r.seen.fails(Commit)
	}
	return nil
}
