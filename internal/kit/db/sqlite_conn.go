package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"sync"
)

// lite is one connection to SQLite, with the statements that were prepared on
// it. It speaks to the driver itself: for statements of some microseconds the
// locks and conversions of database/sql are half of the cost. A statement that
// runs is not interrupted when its context ends, which would take a goroutine
// each; the next one is refused. No statement of Houvast runs long.
type lite struct {
	conn  driver.Conn
	stmts map[string]liteStmt
	args  []driver.NamedValue // reused
}

type liteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// maxStmts bounds the prepared statements: many-row inserts make one text per
// number of rows.
const maxStmts = 512

func openLite(d driver.Driver, dsn string) (*lite, error) {
	conn, err := d.Open(dsn)
	if err != nil {
		return nil, err
	}
	return &lite{conn: conn, stmts: map[string]liteStmt{}}, nil
}

func (c *lite) prepare(text string) (liteStmt, error) {
	if s, ok := c.stmts[text]; ok {
		return s, nil
	}
	if len(c.stmts) >= maxStmts {
		for k, s := range c.stmts {
			_ = s.Close()
			delete(c.stmts, k)
		}
	}
	p, err := c.conn.(driver.ConnPrepareContext).PrepareContext(context.Background(), text)
	if err != nil {
		return nil, err
	}
	s := p.(liteStmt)
	c.stmts[text] = s
	return s, nil
}

// bound are the arguments as the driver takes them, valid until the next statement.
func (c *lite) bound(args []any) ([]driver.NamedValue, error) {
	c.args = c.args[:0]
	for i, a := range args {
		switch a.(type) {
		case nil, int64, string, float64, []byte:
		default:
			var err error
			if a, err = driver.DefaultParameterConverter.ConvertValue(a); err != nil {
				return nil, err
			}
		}
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: a})
	}
	return c.args, nil
}

func (c *lite) exec(ctx context.Context, text string, args []any) (int64, error) {
	s, bound, err := c.ready(ctx, text, args)
	if err != nil {
		return 0, err
	}
	res, err := s.ExecContext(context.Background(), bound)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (c *lite) query(ctx context.Context, text string, args []any) (rowSet, error) {
	s, bound, err := c.ready(ctx, text, args)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(context.Background(), bound)
	if err != nil {
		return nil, err
	}
	return &liteRows{rows: rows, ctx: ctx}, nil
}

func (c *lite) ready(ctx context.Context, text string, args []any) (liteStmt, []driver.NamedValue, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	s, err := c.prepare(text)
	if err != nil {
		return nil, nil, err
	}
	bound, err := c.bound(args)
	return s, bound, err
}

// close finalises the statements and closes the connection.
func (c *lite) close() (err error) {
	for _, s := range c.stmts {
		err = errors.Join(err, s.Close())
	}
	return errors.Join(err, c.conn.Close())
}

type liteRows struct {
	ctx  context.Context
	rows driver.Rows
	vals []driver.Value
}

func (r *liteRows) columns() ([]string, error) { return r.rows.Columns(), nil }
func (r *liteRows) close() error               { return r.rows.Close() }

func (r *liteRows) next() ([]driver.Value, error) {
	if r.vals == nil {
		r.vals = make([]driver.Value, len(r.rows.Columns()))
	}
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	err := r.rows.Next(r.vals)
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	return r.vals, err
}

// readers are connections that only read. Parsing a statement takes longer
// than running most of them, so each connection keeps its own prepared; the
// one used last is taken first, because it has the most of them.
type readers struct {
	open func() (*lite, error)
	room chan struct{} // as many as may read at once
	mu   sync.Mutex
	idle []*lite
}

func newReaders(open func() (*lite, error), n int) *readers {
	return &readers{open: open, room: make(chan struct{}, n)}
}

// with runs fn on one snapshot. A connection on which anything went wrong but
// fn itself is given up.
func (r *readers) with(ctx context.Context, fn func(executor) error) error {
	select {
	case r.room <- struct{}{}:
		defer func() { <-r.room }()
	case <-ctx.Done():
		return ctx.Err()
	}
	c, err := r.take()
	if err != nil {
		return err
	}
	sound := false
	defer func() { // also when fn panics
		// The request may be over, but its connection is still in a transaction.
		if _, err := c.exec(context.WithoutCancel(ctx), "ROLLBACK", nil); err != nil {
			sound = false
		}
		if sound {
			r.give(c)
		} else {
			_ = c.close()
		}
	}()
	if _, err := c.exec(ctx, "BEGIN", nil); err != nil {
		return err
	}
	sound = true
	return fn(c)
}

func (r *readers) take() (*lite, error) {
	r.mu.Lock()
	if n := len(r.idle); n > 0 {
		c := r.idle[n-1]
		r.idle = r.idle[:n-1]
		r.mu.Unlock()
		return c, nil
	}
	r.mu.Unlock()
	return r.open()
}

func (r *readers) give(c *lite) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.idle = append(r.idle, c)
}

// close closes all connections; nobody reads any more.
func (r *readers) close() (err error) {
	for _, c := range r.idle {
		err = errors.Join(err, c.close())
	}
	return err
}
