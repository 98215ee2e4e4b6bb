package db

import (
	"context"
	"database/sql"
	"errors"
	"strings"
)

// Explain asks the database how it would run a portable statement with these
// values, and gives the lines of its answer as it gives them, indented as a
// tree. Nothing is run. It is for tests of plans.
func (d *DB) Explain(ctx context.Context, text string, args ...any) (lines []string, err error) {
	if err := d.begin(); err != nil {
		return nil, err
	}
	defer d.end()
	dia := d.Dialect()
	verb := "EXPLAIN "
	if dia == SQLite {
		verb = "EXPLAIN QUERY PLAN "
	}
	rows, err := d.Pool().QueryContext(ctx, verb+rewrite(dia, text), bind(args)...)
	if err != nil {
		return nil, classify(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if dia == Postgres {
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				return nil, err
			}
			lines = append(lines, line)
		}
		return lines, rows.Err()
	}
	depth := map[int64]int{0: -1}
	for rows.Next() {
		var id, parent, unused sql.NullInt64
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			return nil, err
		}
		depth[id.Int64] = depth[parent.Int64] + 1
		lines = append(lines, strings.Repeat("  ", depth[id.Int64])+detail)
	}
	return lines, rows.Err()
}
