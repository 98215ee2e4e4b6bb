package migrate

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"strings"

	"github.com/houvast/houvast/internal/kit/db"
)

// SQLite chooses its plans by sqlite_stat1. Without any it takes an
// organisation for a good way to find few rows, and so walks all that it has
// to spare a little sorting. What it would find by looking would be right for
// today only: an installation that begins is empty. So it is told how a large
// one looks, the same everywhere, which also makes every plan the same
// everywhere, and something that a test can judge.

// many are the rows of a table, and some those that a partial index has.
const many, some = 1_000_000, 100_000

var (
	people = regexp.MustCompile(`^(owner|keeper|member|writer|duty_member|deputy|stand_in|team|filter_owner)_id$|_member$|^to_team$|_by$|^by$`)
	things = regexp.MustCompile(`^id$|_id$|^(subject|ref|hash|intent|question|about|digest|term|number|name|email_key|ukey|dkey|ikey|merged_into|known_as|case_a|case_b|value|predecessor|successor)$|_key$|_hash$`)
)

// kept says how many of n rows are left when one more column is known.
func kept(n int, column, kind string) int {
	switch {
	case column == "org_id": // one organisation may be all there is
		return n
	case people.MatchString(column):
		return max(1, n/50)
	case things.MatchString(column):
		return min(n, 10)
	case kind == "INTEGER" && (strings.HasSuffix(column, "_at") || strings.HasSuffix(column, "due")):
		return min(n, 4)
	}
	return max(1, n/5) // a code, of which there are few
}

// told is what SQLite is told of each index: the rows in it, and how many of
// them have the same first column, the same first two, and so on.
func told(ctx context.Context, conn *sql.Conn) (out map[[2]string]string, err error) {
	rows, err := conn.QueryContext(ctx, `SELECT m.name, l.name, l."unique", l.partial, c.name, t.type FROM sqlite_master m
		JOIN pragma_index_list(m.name) l JOIN pragma_index_info(l.name) c JOIN pragma_table_info(m.name) t ON t.name = c.name
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, l.name, c.seqno`)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	out = map[[2]string]string{}
	left := map[[2]string]int{}
	unique := map[[2]string]bool{}
	for rows.Next() {
		var table, index, column, kind string
		var only, partial bool
		if err := rows.Scan(&table, &index, &only, &partial, &column, &kind); err != nil {
			return nil, err
		}
		k := [2]string{table, index}
		if _, ok := left[k]; !ok {
			left[k], unique[k] = many, only
			if partial {
				left[k] = some
			}
			out[k] = fmt.Sprint(left[k])
		}
		left[k] = kept(left[k], column, kind)
		out[k] += fmt.Sprintf(" %d", left[k])
	}
	for k, one := range unique {
		if one {
			out[k] = out[k][:strings.LastIndexByte(out[k], ' ')] + " 1"
		}
		out[k] += " noskipscan" // which would be a scan for each organisation
	}
	return out, rows.Err()
}

// statistics tells SQLite how its tables look when they are large.
func statistics(ctx context.Context, d *db.DB) (err error) {
	if d.Dialect() != db.SQLite {
		return nil
	}
	conn, err := d.Pool().Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	want, err := told(ctx, conn)
	if err != nil {
		return err
	}
	have, err := hears(ctx, conn)
	if err != nil || maps.Equal(want, have) {
		return err
	}
	if _, err := conn.ExecContext(ctx, `BEGIN IMMEDIATE`); err != nil {
		return err
	}
	err = tell(ctx, conn, want)
	end := `COMMIT`
	if err != nil {
		end = `ROLLBACK`
	}
	_, e := conn.ExecContext(ctx, end)
	return errors.Join(err, e)
}

// hears gives what SQLite was told before; nil when nothing ever was.
func hears(ctx context.Context, conn *sql.Conn) (out map[[2]string]string, err error) {
	var there int
	if err := conn.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_master WHERE name = 'sqlite_stat1'`).Scan(&there); err != nil || there == 0 {
		return nil, err
	}
	rows, err := conn.QueryContext(ctx, `SELECT tbl, COALESCE(idx, ''), stat FROM sqlite_stat1`)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	out = map[[2]string]string{}
	for rows.Next() {
		var k [2]string
		var stat string
		if err := rows.Scan(&k[0], &k[1], &stat); err != nil {
			return nil, err
		}
		out[k] = stat
	}
	return out, rows.Err()
}

func tell(ctx context.Context, conn *sql.Conn, want map[[2]string]string) error {
	// Only ANALYZE makes the table; and a changed schema makes every open
	// connection read it again.
	for _, text := range []string{`ANALYZE ` + versions, `DELETE FROM sqlite_stat1`} {
		if _, err := conn.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	for k, stat := range want {
		if _, err := conn.ExecContext(ctx, `INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)`, k[0], k[1], stat); err != nil {
			return err
		}
	}
	var version int
	if err := conn.QueryRowContext(ctx, `PRAGMA schema_version`).Scan(&version); err != nil {
		return err
	}
	_, err := conn.ExecContext(ctx, fmt.Sprintf(`PRAGMA schema_version = %d`, version+1))
	return err
}
