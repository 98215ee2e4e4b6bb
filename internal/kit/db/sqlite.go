package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kernel/errs"
)

// maxBatch bounds how many requests share one commit: the last one waits for
// the first, and a batch that dies is run again singly.
const maxBatch = 128

// batchTime bounds a whole batch on the machine's clock. A closure does no
// input or output, so only a broken disk or an endless loop gets there.
const batchTime = 30 * time.Second

type sqliteEngine struct {
	log     func(msg string, args ...any)
	writer  *lite // only the writer goroutine touches it
	readers *readers
	admin   *sql.DB // migrations and backup, beside the writer's connection
	now     func() time.Time
	queue   chan *request
	stop    chan struct{}
	stopped chan struct{}
	commits atomic.Int64
}

// Page caches, in KiB. The writer's stays warm, because nobody else writes; a
// reader's is emptied by every commit, so a large one is only memory.
const (
	writerCache = "cache_size(-24000)"
	readerCache = "cache_size(-2000)"
)

func openSQLite(ctx context.Context, o Options) (*sqliteEngine, error) {
	if err := steadyPlans(); err != nil {
		return nil, err
	}
	pragmas := []string{"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "temp_store(MEMORY)"}
	dsn := func(txlock string, more ...string) string {
		v := url.Values{"_pragma": append(slices.Clone(pragmas), more...), "_txlock": {txlock}}
		return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: o.DSN}).EscapedPath()}).String() + "?" + v.Encode()
	}
	admin, err := sql.Open("sqlite", dsn("immediate", writerCache))
	if err != nil {
		return nil, err
	}
	admin.SetMaxOpenConns(2)
	admin.SetMaxIdleConns(0)
	if err := admin.PingContext(ctx); err != nil {
		return nil, errors.Join(err, admin.Close())
	}
	writer, err := openLite(admin.Driver(), dsn("immediate", writerCache))
	if err != nil {
		return nil, errors.Join(err, admin.Close())
	}
	e := &sqliteEngine{
		log: o.Log.Warn, writer: writer, admin: admin, now: o.Clock.Now,
		readers: newReaders(func() (*lite, error) {
			return openLite(admin.Driver(), dsn("deferred", readerCache, "query_only(1)"))
		}, o.Readers),
		queue: make(chan *request, 4*maxBatch), stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	go e.loop()
	return e, nil
}

func (e *sqliteEngine) dialect() Dialect { return SQLite }

func (e *sqliteEngine) pool() *sql.DB { return e.admin }

func (e *sqliteEngine) close() error {
	close(e.stop)
	<-e.stopped
	// The writer last: who only reads cannot bring what is in the log into the file.
	return errors.Join(e.readers.close(), e.admin.Close(), e.writer.close())
}

func (e *sqliteEngine) write(ctx context.Context, r *request) error {
	select {
	case e.queue <- r:
	default:
		if err := e.queueUp(ctx, r); err != nil {
			return err
		}
	}
	// Once queued it is decided by the writer, not by the request's context:
	// whoever asked must hear what became of it.
	return <-r.done
}

// queueUp waits for room in the queue, no longer than the request may.
func (e *sqliteEngine) queueUp(ctx context.Context, r *request) error {
	var late <-chan time.Time
	if !r.until.IsZero() {
		after, stop := clock.Machine.After(max(0, -clock.Machine.Since(r.until)))
		defer stop()
		late = after
	}
	select {
	case e.queue <- r:
		return nil
	case <-late:
		return busy()
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (e *sqliteEngine) load() (int64, int) { return e.commits.Load(), len(e.queue) }

func (e *sqliteEngine) read(ctx context.Context, base snap, fn func(Q) error) error {
	return e.readers.with(ctx, func(x executor) error {
		base.x, base.now = x, e.now()
		return fn(&base)
	})
}

// loop is the one writer: while a commit is on its way to the disk the next
// requests gather, so batches grow by themselves when the disk is slow.
func (e *sqliteEngine) loop() {
	defer close(e.stopped)
	for {
		var batch []*request
		select {
		case r := <-e.queue:
			batch = append(batch, r)
		case <-e.stop: // nothing waits any more: see DB.Close
			return
		}
	gather:
		for len(batch) < maxBatch {
			select {
			case r := <-e.queue:
				batch = append(batch, r)
			default:
				break gather
			}
		}
		e.batch(batch)
	}
}

// batch commits its members together. Nearly always all of them go well, so
// they run without savepoints first, which would make SQLite copy each page
// before its first change for every one of them. When one fails after it wrote
// something, all run again, each inside its savepoint; when that dies as well,
// singly, and what a member cannot do alone either is that member's error.
func (e *sqliteEngine) batch(batch []*request) {
	results, err := e.attempt(batch, false)
	if errors.Is(err, errSpoilt) {
		results, err = e.attempt(batch, true)
	}
	if err != nil && len(batch) > 1 {
		e.log("batch of writes died, running its members singly", "count", len(batch), "err", err)
		for _, r := range batch {
			e.batch([]*request{r})
		}
		return
	}
	for i, r := range batch {
		if err != nil {
			r.done <- err
		} else {
			r.done <- results[i]
		}
	}
}

// errSpoilt is a batch in which one without a savepoint failed after it wrote.
var errSpoilt = errors.New("batch spoilt by a member")

func (e *sqliteEngine) attempt(batch []*request, savepoints bool) (results []error, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), batchTime)
	defer cancel()
	x := e.writer
	if _, err := x.exec(ctx, "BEGIN IMMEDIATE", nil); err != nil {
		return nil, err
	}
	dead := func(err error) error {
		// The statement that failed may have rolled everything back already.
		_, _ = x.exec(context.Background(), "ROLLBACK", nil)
		return err
	}
	results = make([]error, len(batch))
	for i, r := range batch {
		if err := r.ctx.Err(); err != nil {
			results[i] = err
			continue
		}
		if r.late() {
			results[i] = busy()
			continue
		}
		if savepoints {
			if _, err := x.exec(ctx, "SAVEPOINT request", nil); err != nil {
				return nil, dead(err)
			}
		}
		if results[i] = r.run(ctx, x, SQLite); results[i] != nil {
			switch {
			case ctx.Err() != nil:
				return nil, dead(errs.New(errs.Unavailable, "database-gone").Wrap(
					fmt.Errorf("batch took longer than %s: %w", batchTime, results[i])))
			case len(batch) == 1:
				return nil, dead(results[i])
			case !savepoints && r.touched:
				return nil, dead(errSpoilt)
			case savepoints:
				if _, err := x.exec(ctx, "ROLLBACK TO request", nil); err != nil {
					return nil, dead(results[i])
				}
			}
		}
		if savepoints {
			if _, err := x.exec(ctx, "RELEASE request", nil); err != nil {
				return nil, dead(err)
			}
		}
	}
	if _, err := x.exec(ctx, "COMMIT", nil); err != nil {
		return nil, dead(err)
	}
	e.commits.Add(1)
	return results, nil
}
