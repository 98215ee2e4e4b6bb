package bench

import (
	"context"
	"errors"
	"strings"

	"github.com/houvast/houvast/internal/app"
)

// admin runs statements on the server itself; without any it only connects.
func (c *cluster) admin(ctx context.Context, statements []string) error {
	return direct(ctx, c.dsn("postgres"), statements...)
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func dropped(name string) []string {
	return []string{`DROP DATABASE IF EXISTS ` + quoted(name) + ` WITH (FORCE)`}
}

func remake(name string) []string { return append(dropped(name), `CREATE DATABASE `+quoted(name)) }

// copied makes a copy file by file, which for a large one is the fastest.
func copied(to, from string) []string {
	return append(dropped(to), `CREATE DATABASE `+quoted(to)+` TEMPLATE `+quoted(from)+` STRATEGY file_copy`, `CHECKPOINT`)
}

// holds says whether a database is there: across organisations, it is about
// the server.
func (c *cluster) holds(ctx context.Context, name string) (is bool, err error) {
	cfg, err := settings(c.dsn("postgres"))
	if err != nil {
		return false, err
	}
	d, err := app.OpenDB(ctx, app.Options{Config: cfg})
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	err = d.Pool().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)`, name).Scan(&is)
	return is, err
}
