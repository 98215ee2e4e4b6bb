package budget

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/houvast/houvast/internal/kit/db"
)

// What every table looks like, as SQLite describes it; the other database has
// the same tables.
type tableShape struct {
	name    string
	columns []column
	unique  [][]string // primary key and unique indexes
	refers  map[string]bool
}

type column struct{ name, kind string }

func (s tableShape) has(name string) bool {
	return slices.ContainsFunc(s.columns, func(c column) bool { return c.name == name })
}

func (s tableShape) uniquely(name string) bool {
	return slices.ContainsFunc(s.unique, func(u []string) bool { return slices.Contains(u, name) })
}

// own says whether a column tells this row from others, and is no reference.
func (s tableShape) own(name string) bool {
	return s.uniquely(name) && !s.refers[name] && name != "org_id"
}

// shapes describes the tables of an SQLite database.
func shapes(ctx context.Context, d *db.DB) (list []tableShape, err error) {
	conn, err := d.Pool().Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	names, err := texts(ctx, conn, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		s := tableShape{name: name, refers: map[string]bool{}}
		pairs, err := texts(ctx, conn, `SELECT name || ' ' || type FROM pragma_table_info(?) ORDER BY cid`, name)
		if err != nil {
			return nil, err
		}
		for _, p := range pairs {
			n, kind, _ := strings.Cut(p, " ")
			s.columns = append(s.columns, column{n, kind})
		}
		refers, err := texts(ctx, conn, `SELECT "from" FROM pragma_foreign_key_list(?)`, name)
		if err != nil {
			return nil, err
		}
		for _, r := range refers {
			s.refers[r] = true
		}
		unique, err := texts(ctx, conn, `SELECT (SELECT group_concat(name, ' ') FROM pragma_index_info(i.name)) FROM pragma_index_list(?) AS i WHERE i."unique" = 1`, name)
		if err != nil {
			return nil, err
		}
		for _, u := range unique {
			s.unique = append(s.unique, strings.Fields(u))
		}
		list = append(list, s)
	}
	return list, nil
}

func texts(ctx context.Context, conn *sql.Conn, text string, args ...any) (out []string, err error) {
	rows, err := conn.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var s sql.NullString
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s.String)
	}
	return out, rows.Err()
}

// stays are the kinds of ids that keep what they point to: an organisation gets
// more of everything, but for the people who work in it.
const stays = `'org_', 'mem_', 'tea_', 'acc_', 'key_'`

// apart are tables that are the installation's, or one row for an organisation.
var apart = []string{"schema_version", "lease", "ledger_feed", "ledger_head", "follower", "follower_dead", "account", "account_token", "sign_in_guard", "session",
	"organisation", "member", "team", "team_member", "case_number", "api_key", "today_scope", "job"}

// words are columns that tell rows apart without being ids.
var words = []string{"name", "hash", "once", "ikey", "dkey", "ukey"}

// multiply gives every table several times its rows. First whole families:
// twice over, all rows are copied with other ids in every place, so that there
// are four times as many cases with all that belongs to each. Then more
// children: rows get copies of their own id only, so that each case and
// customer has more of everything.
func multiply(ctx context.Context, d *db.DB, list []tableShape) (err error) {
	conn, err := d.Pool().Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	off, on := `PRAGMA foreign_keys = OFF`, `PRAGMA foreign_keys = ON`
	if d.Dialect() == db.Postgres {
		off, on = `SET session_replication_role = replica`, `SET session_replication_role = origin`
	}
	if _, err := conn.ExecContext(ctx, off); err != nil {
		return err
	}
	defer func() { _, e := conn.ExecContext(ctx, on); err = errors.Join(err, e) }()
	if _, err := conn.ExecContext(ctx, `BEGIN`); err != nil {
		return err
	}
	for pass := 1; pass <= 4; pass++ {
		for _, s := range list {
			if slices.Contains(apart, s.name) {
				continue
			}
			text, ok := s.copies(pass)
			if !ok {
				continue
			}
			if _, err := conn.ExecContext(ctx, text); err != nil {
				_, _ = conn.ExecContext(ctx, `ROLLBACK`)
				return fmt.Errorf("multiply %s: %w\n%s", s.name, err, text)
			}
		}
	}
	_, err = conn.ExecContext(ctx, `COMMIT`)
	return err
}

// copies is the statement that copies a table's rows in one pass: the first two
// for whole families, the others for more children of what was there at first.
func (s tableShape) copies(pass int) (text string, ok bool) {
	var names, values []string
	own := ""
	for _, c := range s.columns {
		names = append(names, c.name)
		idLike := fmt.Sprintf(`LENGTH(%[1]s) = 30 AND SUBSTR(%[1]s, 4, 1) = '_' AND SUBSTR(%[1]s, 1, 4) NOT IN (%[2]s)`, c.name, stays)
		other := fmt.Sprintf(`SUBSTR(%[1]s, 1, %[2]d) || 'z%[3]d' || SUBSTR(%[1]s, %[4]d)`, c.name, 16+2*pass, pass, 16+2*pass+3)
		switch {
		case c.kind == "TEXT" && s.own(c.name) && slices.Contains(words, c.name):
			values = append(values, fmt.Sprintf(`%s || 'z%d'`, c.name, pass))
		case c.kind == "TEXT" && pass <= 2:
			values = append(values, fmt.Sprintf(`CASE WHEN %s THEN %s ELSE %s END`, idLike, other, c.name))
		case c.kind == "TEXT" && s.own(c.name):
			values = append(values, fmt.Sprintf(`CASE WHEN %s THEN %s ELSE %s END`, idLike, other, c.name))
			own = c.name
		case c.kind == "INTEGER" && (c.name == "number" || c.name == "seq" || c.name == "pos") && s.uniquely(c.name) || c.name == "pos":
			values = append(values, fmt.Sprintf(`%s + %d`, c.name, 1_000_000<<pass))
		default:
			values = append(values, c.name)
		}
	}
	where := ""
	if pass > 2 {
		if own == "" {
			return "", false
		}
		where = fmt.Sprintf(` WHERE SUBSTR(%[1]s, 19, 2) <> 'z1' AND SUBSTR(%[1]s, 21, 2) <> 'z2'`, own)
	}
	if !s.has("org_id") {
		return "", false
	}
	return fmt.Sprintf(`INSERT INTO %s (%s) SELECT %s FROM %s%s ON CONFLICT DO NOTHING`, s.name, strings.Join(names, ", "), strings.Join(values, ", "), s.name,
		cmp(where, " WHERE 1 = 1")), true
}

func cmp(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
