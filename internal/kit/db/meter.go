package db

import (
	"context"
	"sync/atomic"
)

// Meter counts what is asked of the database on behalf of one context: a
// request, a job, a measured operation. Any number of goroutines may use it.
type Meter struct {
	Reads      atomic.Int64 // snapshots and transactions that were begun, Writes included
	Writes     atomic.Int64 // transactions that wrote and committed
	Statements atomic.Int64 // statements run, BEGIN and COMMIT left out
	Rows       atomic.Int64 // rows read or changed

	// Each, when set, hears of every statement before it runs: the portable
	// text and the bound values. It must not keep or change args.
	Each func(text string, args []any)

	// Fail, when set, may make a statement fail instead of running it, and a
	// transaction that wrote instead of committing it (Commit): for tests of
	// what is left when the database gives up at any moment.
	Fail func(text string) error
}

// Commit is the text by which Meter.Fail hears that a transaction that wrote
// is about to be committed.
const Commit = "COMMIT"

type meterKey struct{}

// Metered gives a context whose reads and writes m counts, beside a meter that
// the context carries already.
func Metered(ctx context.Context, m *Meter) context.Context {
	return context.WithValue(ctx, meterKey{}, append(metersOf(ctx), m))
}

// meters are few: one of the request, perhaps one of a test.
type meters []*Meter

func metersOf(ctx context.Context) meters {
	list, _ := ctx.Value(meterKey{}).(meters)
	return list[:len(list):len(list)]
}

func (l meters) began() {
	for _, m := range l {
		m.Reads.Add(1)
	}
}

func (l meters) wrote() {
	for _, m := range l {
		m.Writes.Add(1)
	}
}

func (l meters) statement(text string, args []any) error {
	for _, m := range l {
		m.Statements.Add(1)
		if m.Each != nil {
			m.Each(text, args)
		}
	}
	return l.fails(text)
}

func (l meters) fails(text string) error {
	for _, m := range l {
		if m.Fail == nil {
			continue
		}
		if err := m.Fail(text); err != nil {
			return err
		}
	}
	return nil
}

func (l meters) rows(n int64) {
	for _, m := range l {
		m.Rows.Add(n)
	}
}

// Totals are what a database did since it was opened.
type Totals struct {
	Reads, Writes, Statements, Rows int64
	Commits                         int64 // transactions that wrote; on SQLite one for a batch of writes
	Waiting                         int   // writes that wait for the one writer; 0 on PostgreSQL
}

// Totals says what the database did since it was opened.
func (d *DB) Totals() Totals {
	t := Totals{Reads: d.total.Reads.Load(), Writes: d.total.Writes.Load(), Statements: d.total.Statements.Load(), Rows: d.total.Rows.Load()}
	t.Commits, t.Waiting = d.engine.load()
	if d.Dialect() == Postgres {
		t.Commits = t.Writes
	}
	return t
}
