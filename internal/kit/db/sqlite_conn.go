package db

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// cached runs statements on one connection and keeps them prepared.
type cached struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
}

// maxStmts bounds the prepared statements: many-row inserts make one text per
// number of rows.
const maxStmts = 512

func (c *cached) prepare(ctx context.Context, text string) (*sql.Stmt, error) {
	if s, ok := c.stmts[text]; ok {
		return s, nil
	}
	if len(c.stmts) >= maxStmts {
		for k, s := range c.stmts {
			_ = s.Close()
			delete(c.stmts, k)
		}
	}
	s, err := c.conn.PrepareContext(ctx, text)
	if err == nil {
		c.stmts[text] = s
	}
	return s, err
}

func (c *cached) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	s, err := c.prepare(ctx, text)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

func (c *cached) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	s, err := c.prepare(ctx, text)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

// readers are connections that only read. Parsing a statement takes longer
// than running most of them, so each connection keeps its own prepared; the
// one used last is taken first, because it has the most of them.
type readers struct {
	pool *sql.DB
	room chan struct{} // as many as may read at once
	mu   sync.Mutex
	idle []*cached
}

func newReaders(pool *sql.DB, n int) *readers {
	pool.SetMaxOpenConns(n)
	pool.SetMaxIdleConns(n)
	return &readers{pool: pool, room: make(chan struct{}, n)}
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
	c, err := r.take(ctx)
	if err != nil {
		return err
	}
	sound := false
	defer func() { // also when fn panics
		// The request may be over, but its connection is still in a transaction.
		if _, err := c.ExecContext(context.WithoutCancel(ctx), "ROLLBACK"); err != nil {
			sound = false
		}
		if sound {
			r.give(c)
		} else {
			_ = c.close()
		}
	}()
	if _, err := c.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	sound = true
	return fn(c)
}

func (r *readers) take(ctx context.Context) (*cached, error) {
	r.mu.Lock()
	if n := len(r.idle); n > 0 {
		c := r.idle[n-1]
		r.idle = r.idle[:n-1]
		r.mu.Unlock()
		return c, nil
	}
	r.mu.Unlock()
	conn, err := r.pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &cached{conn: conn, stmts: map[string]*sql.Stmt{}}, nil
}

func (r *readers) give(c *cached) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.idle = append(r.idle, c)
}

// close closes all connections; nobody reads any more.
func (r *readers) close() (err error) {
	for _, c := range r.idle {
		err = errors.Join(err, c.close())
	}
	return errors.Join(err, r.pool.Close())
}

// close finalises the statements as well: closing the connection alone gives
// it back to its pool.
func (c *cached) close() (err error) {
	for _, s := range c.stmts {
		err = errors.Join(err, s.Close())
	}
	return errors.Join(err, c.conn.Close())
}
