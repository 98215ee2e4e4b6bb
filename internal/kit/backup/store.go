package backup

import (
	"fmt"
	"slices"
	"strings"

	"github.com/houvast/houvast/internal/kit/db"
)

// tablesOf lists our tables so that each comes after those it refers to, with
// the columns of each. The order of making is the order of the migrations.
func tablesOf(q db.Q, d db.Dialect) ([]table, error) {
	var names []string
	var err error
	if d == db.Postgres {
		names, err = db.Select[string](q, `SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE n.nspname = current_schema() AND c.relkind = 'r' ORDER BY c.oid`)
	} else {
		names, err = db.Select[string](q, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid`)
	}
	if err != nil {
		return nil, err
	}
	var out []table
	for _, n := range names {
		if n == "schema_version" { // the migrations make it
			continue
		}
		t := table{Name: n}
		if d == db.Postgres {
			t.Columns, err = db.Select[string](q, `SELECT column_name FROM information_schema.columns
				WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position`, n)
		} else {
			t.Columns, err = db.Select[string](q, `SELECT name FROM pragma_table_info($1) ORDER BY cid`, n)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

type table struct {
	Name    string
	Columns []string
}

// selfReferring are columns that refer to their own table: filled in a second
// pass, because the row they mean may come later.
var selfReferring = map[string]string{"member": "deputy_id", "person": "merged_into"}

func schemaVersion(q db.Q) (int64, error) {
	return db.Get[int64](q, `SELECT MAX(version_id) FROM schema_version`)
}

// holds says whether a table has any row.
func holds(q db.Q, name string) (bool, error) {
	n, err := db.Get[int64](q, fmt.Sprintf(`SELECT COUNT(*) FROM (SELECT 1 FROM %s LIMIT 1) x`, name))
	return n > 0, err
}

// empty takes every row out of a table.
func empty(t *db.Tx, name string) error {
	_, err := t.Exec(fmt.Sprintf(`DELETE FROM %s`, name))
	return err
}

// insert puts rows back as they were.
func insert(t *db.Tx, tb table, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	later := slices.Index(tb.Columns, selfReferring[tb.Name])
	var args []any
	var b strings.Builder
	fmt.Fprintf(&b, "INSERT INTO %s (%s) VALUES ", tb.Name, strings.Join(tb.Columns, ", "))
	for i, row := range rows {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		for j, v := range row {
			if j > 0 {
				b.WriteString(", ")
			}
			if j == later {
				v = nil
			}
			args = append(args, v)
			fmt.Fprintf(&b, "$%d", len(args))
		}
		b.WriteByte(')')
	}
	_, err := t.Exec(b.String(), args...)
	return err
}

// refer fills the columns that insert left open.
func refer(t *db.Tx, tb table, rows [][]any) error {
	later := slices.Index(tb.Columns, selfReferring[tb.Name])
	if later < 0 {
		return nil
	}
	for _, row := range rows {
		if row[later] == nil {
			continue
		}
		// Both tables have the key (org_id, id) in their first two columns.
		if _, err := t.Exec(fmt.Sprintf(`UPDATE %s SET %s = $3 WHERE %s = $1 AND %s = $2`,
			tb.Name, tb.Columns[later], tb.Columns[0], tb.Columns[1]), row[0], row[1], row[later]); err != nil {
			return err
		}
	}
	return nil
}
