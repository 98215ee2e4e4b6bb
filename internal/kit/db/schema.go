package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// CreateSchema makes a schema of its own on a PostgreSQL server, for a private
// instance (a story, a test), and gives the function that drops it.
func CreateSchema(ctx context.Context, dsn, name string) (drop func(context.Context) error, err error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, errors.New("the address of the database cannot be read")
	}
	run := func(ctx context.Context, text string) error {
		conn := stdlib.OpenDB(*cfg)
		defer func(c *sql.DB) { _ = c.Close() }(conn)
		if _, err := conn.ExecContext(ctx, fmt.Sprintf(text, pgx.Identifier{name}.Sanitize())); err != nil {
			return fmt.Errorf("schema %s: %w", name, classify(err))
		}
		return nil
	}
	if err := run(ctx, `CREATE SCHEMA %s`); err != nil {
		return nil, err
	}
	return func(ctx context.Context) error { return run(ctx, `DROP SCHEMA %s CASCADE`) }, nil
}
