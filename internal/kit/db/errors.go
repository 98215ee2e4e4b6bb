package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// Violation is a constraint that refused a row. The name is that of the
// constraint on PostgreSQL, and what SQLite says on SQLite: for telling apart
// in logs, not for deciding.
type Violation struct {
	Kind VKind
	Name string
	Err  error
}

// VKind is the kind of constraint.
type VKind string

// The kinds of constraint.
const (
	Unique     VKind = "unique"
	ForeignKey VKind = "foreign key"
	NotNull    VKind = "not null"
	Check      VKind = "check"
)

func (v *Violation) Error() string { return "constraint (" + string(v.Kind) + "): " + v.Err.Error() }

// Unwrap gives the driver's error.
func (v *Violation) Unwrap() error { return v.Err }

// Violates says whether err is a violated constraint of a kind.
func Violates(err error, k VKind) bool {
	var v *Violation
	return errors.As(err, &v) && v.Kind == k
}

// classify turns what drivers say into what the rest of Houvast understands:
// violated constraints into *Violation, a database that is gone or full into
// an Unavailable error. Everything else passes through.
func classify(err error) error {
	if err == nil {
		return nil
	}
	var known *Violation
	if errors.As(err, &known) {
		return err
	}
	if _, ok := errs.As(err); ok {
		return err
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code {
		case "23505":
			return &Violation{Unique, pg.ConstraintName, err}
		case "23503":
			return &Violation{ForeignKey, pg.ConstraintName, err}
		case "23502":
			return &Violation{NotNull, pg.ColumnName, err}
		case "23514":
			return &Violation{Check, pg.ConstraintName, err}
		case "53100":
			return errs.New(errs.Unavailable, "disk-full").Wrap(err)
		}
		if pg.Code == frozenCode || pg.Code == lockedCode || strings.HasPrefix(pg.Code, "08") || strings.HasPrefix(pg.Code, "57P") || strings.HasPrefix(pg.Code, "53") {
			return errs.New(errs.Unavailable, "database-gone").Wrap(err)
		}
		return err
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() {
		case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
			return &Violation{Unique, lite.Error(), err}
		case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
			return &Violation{ForeignKey, lite.Error(), err}
		case sqlite3.SQLITE_CONSTRAINT_NOTNULL:
			return &Violation{NotNull, lite.Error(), err}
		case sqlite3.SQLITE_CONSTRAINT_CHECK:
			return &Violation{Check, lite.Error(), err}
		}
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_FULL:
			return errs.New(errs.Unavailable, "disk-full").Wrap(err)
		case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			return errs.New(errs.Unavailable, "database-gone").Wrap(err)
		}
		return err
	}
	var connect *pgconn.ConnectError
	var network net.Error
	switch {
	case errors.As(err, &connect) && !errors.Is(err, context.Canceled): // also when a server does not answer within connect_timeout
		return errs.New(errs.Unavailable, "database-gone").Wrap(err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &network),
		errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone), errors.Is(err, sql.ErrTxDone), errors.Is(err, net.ErrClosed),
		pgconn.SafeToRetry(err),                                     // the connection had closed before anything was sent
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF): // the server went in the middle of a sentence
		return errs.New(errs.Unavailable, "database-gone").Wrap(err)
	}
	return err
}

// frozenCode says that the server ended a transaction of which it heard nothing
// for too long: nothing of it is left, and it can run again.
const frozenCode = "25P03"

// lockedCode says that a lock was not to be had in time: somebody holds it who
// is perhaps not there any more.
const lockedCode = "55P03"

// retryable says whether a PostgreSQL transaction that was not yet committed
// can simply run again: serialisation failure, deadlock, lost connection.
func retryable(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "40001" || pg.Code == "40P01" || pg.Code == frozenCode || pg.Code == lockedCode || strings.HasPrefix(pg.Code, "57P")
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return false // it hangs, and would hang again
	}
	return pgconn.SafeToRetry(err) || errs.TypeOf(classify(err)) == "database-gone"
}
