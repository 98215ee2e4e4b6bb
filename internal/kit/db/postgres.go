package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kernel/errs"
)

type postgresEngine struct {
	db  *sql.DB
	cfg *pgx.ConnConfig
	now func() time.Time
}

func openPostgres(ctx context.Context, o Options) (*postgresEngine, error) {
	cfg, err := pgx.ParseConfig(o.DSN)
	if err != nil {
		return nil, errors.New("the address of the database cannot be read: postgres://user@host/name is expected") // the cause repeats the password
	}
	cfg.RuntimeParams["statement_timeout"] = "30000"
	// A node that was frozen or cut off in the middle of a transaction keeps its
	// locks, that of a lease among them, until the server gives up on it.
	if cfg.RuntimeParams[frozen] == "" {
		cfg.RuntimeParams[frozen] = "15000"
	}
	// Its statements that wait for such a lock would get it one after the other,
	// and each would keep it as long: they give up before the first one ends.
	if cfg.RuntimeParams[locks] == "" {
		cfg.RuntimeParams[locks] = "10000"
	}
	cfg.RuntimeParams["timezone"] = "UTC"
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "houvast"
	}
	if o.Schema != "" {
		cfg.RuntimeParams["search_path"] = o.Schema
		cfg.RuntimeParams["application_name"] += "-" + o.Schema
	}
	db := stdlib.OpenDB(*cfg)
	db.SetMaxOpenConns(max(16, o.Readers))
	db.SetMaxIdleConns(idle)
	db.SetConnMaxIdleTime(5 * time.Minute)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &postgresEngine{db: db, cfg: cfg, now: o.Clock.Now}, nil
}

// frozen is the setting that says how long a transaction may hear nothing.
const frozen = "idle_in_transaction_session_timeout"

// locks is the setting that says how long a statement waits for a lock.
const locks = "lock_timeout"

func (e *postgresEngine) dialect() Dialect { return Postgres }
func (e *postgresEngine) pool() *sql.DB    { return e.db }
func (e *postgresEngine) close() error     { return e.db.Close() }

func (e *postgresEngine) load() (int64, int) { return 0, 0 }

func (e *postgresEngine) read(ctx context.Context, base snap, fn func(Q) error) error {
	tx, err := e.begin(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead})
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	base.x, base.now = overSQL{tx}, e.now()
	return fn(&base)
}

// idle is how many connections wait for work.
const idle = 16

// begin takes a connection and begins on it. After a restart of the server
// every connection that waited is dead, and says so only now: those are passed
// over until one answers or no new one can be made.
func (e *postgresEngine) begin(ctx context.Context, o *sql.TxOptions) (tx *sql.Tx, err error) {
	for range idle + 2 {
		tx, err = e.db.BeginTx(ctx, o)
		var connect *pgconn.ConnectError
		if err == nil || ctx.Err() != nil || errors.As(err, &connect) || !retryable(err) {
			break
		}
	}
	return tx, err
}

// write runs the closure in a transaction of its own, and again when the
// database asks for it. A connection lost during COMMIT is not retried: the
// outcome is unknown, and the client's Idempotency-Key settles it.
func (e *postgresEngine) write(ctx context.Context, r *request) error {
	tries := 6
	for try := 1; ; try++ {
		err, committing := e.attempt(ctx, r)
		if err == nil || committing && !serialisation(err) || try >= tries || !retryable(err) {
			return err
		}
		if waited(err) {
			tries = 3 // each takes long
		}
		clock.Machine.Sleep(ctx, time.Duration(try*try)*5*time.Millisecond)
		if ctx.Err() != nil {
			return err
		}
	}
}

// serialisation says that the database itself undid the transaction.
func serialisation(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

// waited says that a statement waited for a lock in vain.
func waited(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == lockedCode
}

func (e *postgresEngine) attempt(ctx context.Context, r *request) (err error, committing bool) { //nolint:revive // the error decides, the flag explains
	if err := ctx.Err(); err != nil {
		return err, false
	}
	// As on SQLite, what has begun is not cut off by whoever asked going away.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), batchTime)
	defer cancel()
	tx, err := e.begin(ctx, nil)
	if err != nil {
		return err, false
	}
	if r.late() { // for a connection
		_ = tx.Rollback()
		return busy(), false
	}
	if err := r.run(ctx, overSQL{tx}, Postgres); err != nil {
		_ = tx.Rollback()
		if ctx.Err() != nil { // it hangs: to whoever asked it is gone
			err = errs.New(errs.Unavailable, "database-gone").Wrap(err)
		}
		return err, false
	}
	if err = tx.Commit(); err != nil && ctx.Err() != nil {
		err = errs.New(errs.Unavailable, "database-gone").Wrap(err)
	}
	return err, true
}

// overSQL runs statements through database/sql.
type overSQL struct{ tx *sql.Tx }

func (o overSQL) exec(ctx context.Context, text string, args []any) (int64, error) {
	res, err := o.tx.ExecContext(ctx, text, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (o overSQL) query(ctx context.Context, text string, args []any) (rowSet, error) {
	rows, err := o.tx.QueryContext(ctx, text, args...) //nolint:rowserrcheck // handed on: next asks for it
	if err != nil {
		return nil, err
	}
	return &sqlRows{rows: rows}, nil
}

type sqlRows struct {
	rows *sql.Rows
	vals []driver.Value
	dest []any
}

func (r *sqlRows) columns() ([]string, error) { return r.rows.Columns() }
func (r *sqlRows) close() error               { return r.rows.Close() }

func (r *sqlRows) next() ([]driver.Value, error) {
	if !r.rows.Next() {
		return nil, r.rows.Err()
	}
	if r.vals == nil {
		cols, err := r.rows.Columns()
		if err != nil {
			return nil, err
		}
		r.vals, r.dest = make([]driver.Value, len(cols)), make([]any, len(cols))
		for i := range r.vals {
			r.dest[i] = (*any)(&r.vals[i]) // of a driver.Value database/sql knows no NULL
		}
	}
	return r.vals, r.rows.Scan(r.dest...)
}
