package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Health is what a database says of itself.
type Health struct {
	Server string    // "SQLite 3.50.4", "PostgreSQL 17.2"
	Damage string    // what an integrity check found first; empty when whole, or not looked at
	Risk   string    // a server setting by which an acknowledged write could be lost
	Clock  time.Time // the server's own clock; zero where there is no server
	Size   int64     // bytes
}

// Inspect looks at the database from the outside. On SQLite it reads the whole
// file.
func Inspect(ctx context.Context, d *DB) (h Health, err error) {
	if d.Dialect() == Postgres {
		return inspectPostgres(ctx, d.Pool())
	}
	return inspectSQLite(ctx, d.Pool())
}

func inspectSQLite(ctx context.Context, pool *sql.DB) (h Health, err error) {
	var version string
	var pages, size int64
	err = errors.Join(
		pool.QueryRowContext(ctx, `SELECT sqlite_version()`).Scan(&version),
		pool.QueryRowContext(ctx, `PRAGMA page_count`).Scan(&pages),
		pool.QueryRowContext(ctx, `PRAGMA page_size`).Scan(&size),
		pool.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&h.Damage))
	if err != nil {
		return h, fmt.Errorf("inspect the database: %w", err)
	}
	if h.Damage == "ok" {
		h.Damage = ""
	}
	h.Server, h.Size = "SQLite "+version, pages*size
	return h, nil
}

func inspectPostgres(ctx context.Context, pool *sql.DB) (h Health, err error) {
	var version, fsync, commit string
	err = pool.QueryRowContext(ctx, `SELECT current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit'),
		clock_timestamp(), pg_database_size(current_database())`).Scan(&version, &fsync, &commit, &h.Clock, &h.Size)
	if err != nil {
		return h, fmt.Errorf("inspect the database: %w", err)
	}
	version, _, _ = strings.Cut(version, " ")
	h.Server = "PostgreSQL " + version
	switch {
	case fsync != "on":
		h.Risk = "fsync = " + fsync
	case commit == "off":
		h.Risk = "synchronous_commit = off"
	}
	return h, nil
}
