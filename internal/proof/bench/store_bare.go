package bench

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	"github.com/houvast/houvast/internal/app"
	"github.com/houvast/houvast/internal/kit/db"
)

// barePragmas are those the program uses.
const barePragmas = "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=temp_store(MEMORY)&_pragma=cache_size(-24000)&_txlock=immediate"

// bareLite is the least that writes to SQLite durably for many at once: one
// goroutine on the driver itself, what waits in one commit.
type bareLite struct {
	conn    driver.Conn
	stmts   map[string]driver.Stmt
	queue   chan bareRequest
	stopped chan struct{}
}

type bareRequest struct {
	rows *captured
	done chan error
}

func openBareLite(file string) (*bareLite, error) {
	pool, err := sql.Open("sqlite", "file:"+file+barePragmas)
	if err != nil {
		return nil, err
	}
	conn, err := pool.Driver().Open("file:" + file + barePragmas)
	if err = errors.Join(err, pool.Close()); err != nil {
		return nil, err
	}
	b := &bareLite{conn: conn, stmts: map[string]driver.Stmt{}, queue: make(chan bareRequest, 512), stopped: make(chan struct{})}
	go b.loop()
	return b, nil
}

func (b *bareLite) write(_ int, c *captured) error {
	r := bareRequest{c, make(chan error, 1)}
	b.queue <- r
	return <-r.done
}

func (b *bareLite) close() error {
	close(b.queue)
	<-b.stopped
	var err error
	for _, s := range b.stmts {
		err = errors.Join(err, s.Close())
	}
	return errors.Join(err, b.conn.Close())
}

func (b *bareLite) loop() {
	defer close(b.stopped)
	for first := range b.queue {
		batch := []bareRequest{first}
	gather:
		for len(batch) < 128 {
			select {
			case r, ok := <-b.queue:
				if !ok {
					break gather
				}
				batch = append(batch, r)
			default:
				break gather
			}
		}
		err := b.commit(batch)
		for _, r := range batch {
			r.done <- err
		}
	}
}

func (b *bareLite) commit(batch []bareRequest) error {
	if err := b.exec("BEGIN IMMEDIATE", nil); err != nil {
		return err
	}
	for _, r := range batch {
		var err error
		for _, t := range bareOrder {
			if n := r.rows.n[t]; n > 0 && err == nil {
				err = b.exec(insertText(t, r.rows.cols[t], n), r.rows.rows[t])
			}
		}
		if err != nil {
			return errors.Join(err, b.exec("ROLLBACK", nil))
		}
	}
	return b.exec("COMMIT", nil)
}

func (b *bareLite) exec(text string, args []any) error {
	s, ok := b.stmts[text]
	if !ok {
		var err error
		if s, err = b.conn.(driver.ConnPrepareContext).PrepareContext(context.Background(), text); err != nil {
			return err
		}
		b.stmts[text] = s
	}
	bound := make([]driver.NamedValue, len(args))
	for i, a := range args {
		bound[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	if _, err := s.(driver.StmtExecContext).ExecContext(context.Background(), bound); err != nil {
		return fmt.Errorf("%.60s: %w", text, err)
	}
	return nil
}

// barePostgres is the least that writes to PostgreSQL durably for many at once:
// a connection each, and all rows of a case in one statement.
type barePostgres struct {
	d     *db.DB
	conns []*sql.Conn
}

func openBarePostgres(ctx context.Context, address string, connections int) (*barePostgres, error) {
	cfg, err := settings(address)
	if err != nil {
		return nil, err
	}
	b := &barePostgres{}
	if b.d, err = app.OpenDB(ctx, app.Options{Config: cfg}); err != nil {
		return nil, err
	}
	for range connections {
		c, err := b.d.Pool().Conn(ctx)
		if err != nil {
			return nil, errors.Join(err, b.close())
		}
		b.conns = append(b.conns, c)
	}
	return b, nil
}

func (b *barePostgres) write(i int, c *captured) error {
	var text strings.Builder
	var args []any
	text.WriteString("WITH ")
	first := true
	for _, t := range bareOrder {
		n := c.n[t]
		if n == 0 {
			continue
		}
		if !first {
			text.WriteString(", ")
		}
		first = false
		fmt.Fprintf(&text, "w_%s AS (INSERT INTO %s (%s) VALUES ", t, t, strings.Join(c.cols[t], ", "))
		w := len(c.cols[t])
		for r := range n {
			if r > 0 {
				text.WriteString(", ")
			}
			text.WriteByte('(')
			for k := range w {
				if k > 0 {
					text.WriteString(", ")
				}
				v := c.rows[t][r*w+k]
				if v == nil {
					text.WriteString("NULL")
					continue
				}
				args = append(args, v)
				fmt.Fprintf(&text, "$%d", len(args))
			}
			text.WriteByte(')')
		}
		text.WriteByte(')')
	}
	text.WriteString(" SELECT 1")
	_, err := b.conns[i].ExecContext(context.Background(), text.String(), args...)
	return err
}

func (b *barePostgres) close() (err error) {
	for _, c := range b.conns {
		err = errors.Join(err, c.Close())
	}
	return errors.Join(err, b.d.Close())
}

// openBare opens the one that fits.
func openBare(ctx context.Context, address string, connections int) (bareWriter, error) {
	if isPostgres(address) {
		return openBarePostgres(ctx, address, connections)
	}
	return openBareLite(address)
}
