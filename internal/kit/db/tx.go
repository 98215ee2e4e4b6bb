package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/id"
)

// Q is something that can be read from: a Tx or a snapshot.
type Q interface {
	Context() context.Context
	Now() time.Time
	query(sql string, args []any) (rowSet, error)
	counted(rows int64)
	memory() *kept    // of this snapshot
	between() *keeper // of the database
	// counts gives the counts kept (none in a transaction that writes) and the
	// commits that this snapshot is sure to see.
	counts() (c *counter, asOf int64)
	broke(err error) // a query failed while its rows were read
}

// executor runs statements on one connection.
type executor interface {
	exec(ctx context.Context, text string, args []any) (rows int64, err error)
	query(ctx context.Context, text string, args []any) (rowSet, error)
}

// rowSet is what a query gives, a row at a time.
type rowSet interface {
	columns() ([]string, error)
	// next gives the values of the next row as int64, float64, string, []byte
	// or nil, and nothing after the last one. The slice is reused.
	next() ([]driver.Value, error)
	close() error
}

type snap struct {
	ctx     context.Context
	x       executor
	dia     Dialect
	now     time.Time
	seen    meters
	mem     kept
	keep    *keeper
	tallies *counter
	asOf    int64
}

func (s *snap) Context() context.Context  { return s.ctx }
func (s *snap) Now() time.Time            { return s.now }
func (s *snap) memory() *kept             { return &s.mem }
func (s *snap) between() *keeper          { return s.keep }
func (s *snap) counts() (*counter, int64) { return s.tallies, s.asOf }
func (s *snap) broke(error)               {}
func (s *snap) counted(rows int64)        { s.seen.rows(rows) }
func (s *snap) query(text string, args []any) (rowSet, error) {
	bound := bind(args)
	if err := s.seen.statement(text, bound); err != nil {
		return nil, err
	}
	return s.x.query(s.ctx, rewrite(s.dia, text), bound)
}

// Tx is a transaction that writes.
type Tx struct {
	snap
	req   *request
	nth   map[id.Kind]int // ids handed out in this run
	fail  error           // the first statement that failed: nothing after it counts
	facts []Fact
	jobs  []Job
	wakes map[string]struct{}

	touched bool // it was asked to change something
}

// Fact is something that happened, on its way into the ledger (decision 17).
// Data holds ids, codes and numbers and is covered by the chain for ever.
// Text holds what people wrote or are called; it lives in a body that can be
// erased, of which the chain covers a salted digest.
type Fact struct {
	ID       string
	At       time.Time
	Org      string
	Kind     string // "promise.made"
	Case     string // empty when it concerns no case
	Question string
	Person   string
	By       actor.Actor
	Data     map[string]any
	Text     map[string]string
}

// Job is durable work for later. At zero means at once. A job with a Key that
// is still waiting is not enqueued a second time.
type Job struct {
	Org     string
	Kind    string
	Key     string
	At      time.Time
	Payload any
}

// Topics of the Hub that db itself wakes.
const (
	TopicFacts = "facts"
	TopicJobs  = "jobs"
)

// NewID makes an id; a closure that runs again gets the same ones again.
func (t *Tx) NewID(k id.Kind) string {
	// Per kind, because the second run may take another way through the closure.
	n := t.nth[k]
	if n == len(t.req.ids[k]) {
		t.req.ids[k] = append(t.req.ids[k], t.req.db.opts.IDs.New(k))
	}
	t.nth[k] = n + 1
	return t.req.ids[k][n]
}

var errEnds = errors.New("db: a closure does not begin or end a transaction")

// Exec runs a statement and says how many rows it changed. A statement that
// failed ends the transaction on both databases: whatever the closure makes of
// the error, nothing is committed. PostgreSQL does so by itself.
func (t *Tx) Exec(text string, args ...any) (int64, error) {
	if t.fail != nil {
		return 0, t.fail
	}
	t.touched = true
	if t.mem.ran(text, t.dia).ends {
		t.fail = errEnds
		return 0, t.fail
	}
	bound := bind(args)
	err := t.seen.statement(text, bound)
	var n int64
	if err == nil {
		n, err = t.x.exec(t.ctx, rewrite(t.dia, text), bound)
	}
	if err != nil {
		t.fail = classify(err)
		return 0, t.fail
	}
	t.counted(n)
	return n, nil
}

// execEach runs a statement with so many sets of arguments. It counts as one.
func (t *Tx) execEach(text string, times int, args []any) error {
	if t.fail != nil {
		return t.fail
	}
	t.touched = true
	t.mem.ran(text, t.dia)
	bound := bind(args)
	width := len(bound) / times
	if err := t.seen.statement(text, bound[:width]); err != nil {
		t.fail = classify(err)
		return t.fail
	}
	for ; len(bound) > 0; bound = bound[width:] {
		n, err := t.x.exec(t.ctx, rewrite(t.dia, text), bound[:width])
		if err != nil {
			t.fail = classify(err)
			return t.fail
		}
		t.counted(n)
	}
	return nil
}

func (t *Tx) query(text string, args []any) (rowSet, error) {
	if t.fail != nil {
		return nil, t.fail
	}
	e := t.mem.ran(text, t.dia)
	t.touched = t.touched || e.table != "" // INSERT … RETURNING
	if e.ends {
		t.fail = errEnds
		return nil, t.fail
	}
	rows, err := t.snap.query(text, args)
	if err != nil {
		t.fail = classify(err)
	}
	return rows, err
}

func (t *Tx) broke(err error) { t.fail = err }

// Emit records a fact in this transaction and gives its id.
func (t *Tx) Emit(f Fact) string {
	f.ID, f.At = t.NewID("fct"), t.now
	t.facts = append(t.facts, f)
	return f.ID
}

// Enqueue leaves durable work for after the commit.
func (t *Tx) Enqueue(j Job) { t.jobs = append(t.jobs, j) }

// Wake wakes those who wait for a topic, after the commit: a watch whose next
// look may have come nearer.
func (t *Tx) Wake(topic string) {
	if t.wakes == nil {
		t.wakes = map[string]struct{}{}
	}
	t.wakes[topic] = struct{}{}
}
