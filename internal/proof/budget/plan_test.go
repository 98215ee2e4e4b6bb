package budget

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/houvast/houvast/internal/kit/db"
)

// bounded are tables that stay small, each with what bounds them.
var bounded = map[string]string{
	"organisation":    "one row for an organisation",
	"member":          "people who work in an organisation",
	"team":            "teams of an organisation",
	"team_member":     "people who work in an organisation",
	"answer_template": "at most 200 for an organisation",
	"red_flag":        "at most 200 for an organisation",
	"referral_need":   "what an organisation asks with a referral: at most 20",
	"referral_desk":   "one row for an organisation",
	"follower":        "one row for each follower of the program",
	"ledger_feed":     "one row",
	"ledger_head":     "one row for an organisation",
	"case_number":     "one row for an organisation",
	"lease":           "one row for each worker of the program",
	"schema_version":  "one row for each migration",
}

type exception struct {
	statement, why string
	on             db.Dialect
}

// accepted are statements that read more the more there is, each with what
// bounds it all the same, and the database where it does when not on both.
var accepted = []exception{
	{"FROM (SELECT 1 AS one FROM case_file WHERE org_id = $", "the counts beside the list of cases go to a thousand and no further", ""},
	{"SELECT COUNT(*) AS open_n, COALESCE(SUM(CASE WHEN risk >= 2", "what is open now, in an index of its own: docs/benchmarks.md has its goal", ""},
	{"SELECT COUNT(*) FROM case_file WHERE org_id = $ AND closed_at IS NULL", "what is open now, in an index of its own: docs/benchmarks.md has its goal", ""},
	{"SELECT COUNT(*) FROM signal WHERE org_id = $ AND cleared_at IS NULL", "what was noticed and is not settled, in an index of its own", ""},
	{"MIN(waiting_since) AS since", "mail that waits because the mail server does not take it, in an index of its own", ""},
	{"AND ended_at >= $ AND ended_at < $ AND keeper_id IN", "promises of one day", ""},
	{"AND next_due < $ AND (next_due <= $ AND next_kind <> 'closing' OR EXISTS", "cases whose promise falls due within hours", ""},
	{"FROM fact WHERE pos > $ AND kind IN", "each follower reads on from where it stands, and passes over each fact once", ""},
	{"SELECT 'handoff' AS what, org_id, handoff_id AS id, look_at FROM handoff WHERE look_at <= $", "offers that are due now, found by the indexes of the watch", ""},
	{"SELECT COUNT(*) FROM saved_filter WHERE org_id = $ AND share <> 'own'", "filters that are shared, of which the count itself allows no more than 40", ""},
	{"FROM case_term t WHERE t.org_id = $ AND t.term >=", "cases with a word that begins so: docs/benchmarks.md has its goal", ""},
	{"FROM handoff WHERE org_id = $ AND handoff_id < $ AND", "offers that wait for an answer, in an index of their own", db.Postgres},
	{"FROM message WHERE org_id = $ AND state = 'queued' AND channel = 'phone' AND (look_at > COALESCE", "calls to make, in an index of their own", db.Postgres},
	{"FROM handoff WHERE org_id = $ AND to_member = $ AND state IN", "offers that wait for an answer, in an index of their own", db.Postgres},
	{"DELETE FROM idempotency WHERE org_id = $ AND who = $", "claims older than a day, which the sweep leaves none of", db.Postgres},
	{"SELECT t.term, t.person_id FROM person_term t", "customers with a word that begins so: docs/benchmarks.md has its goal", db.Postgres},
	{"UPDATE fact SET seq = v.column", "facts that have no place yet, in an index of their own", db.Postgres},
	{"SELECT org_id, message_id FROM message WHERE look_at <= $", "messages that are due now, found by the index of the watch", db.Postgres},
	{"FROM signal WHERE org_id = $ AND case_id = $ AND cleared_at IS NULL", "what was noticed and is not settled, in an index of its own", db.Postgres},
	{"FROM signal WHERE org_id = $ AND look_at IS NOT NULL AND look_at <= $", "signals that are due now, found by the index of the watch", db.Postgres},
}

// schemaOf reads what has to be known of a database's tables and indexes.
func schemaOf(ctx context.Context, d *db.DB) (s Schema, err error) {
	s = Schema{Columns: map[string][]string{}, Indexes: map[string]Index{}, Bounded: bounded}
	conn, err := d.Pool().Conn(ctx)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	columns, indexes := `SELECT m.name || ' ' || c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'`,
		`SELECT name || ' ' || tbl_name || ' ' || COALESCE(sql, '') FROM sqlite_master WHERE type = 'index'`
	if d.Dialect() == db.Postgres {
		columns = `SELECT table_name || ' ' || column_name FROM information_schema.columns WHERE table_schema = current_schema()`
		indexes = `SELECT indexname || ' ' || tablename || ' ' || indexdef FROM pg_indexes WHERE schemaname = current_schema()`
	}
	list, err := texts(ctx, conn, columns)
	if err != nil {
		return s, err
	}
	for _, x := range list {
		table, column, _ := strings.Cut(x, " ")
		s.Columns[table] = append(s.Columns[table], column)
	}
	if list, err = texts(ctx, conn, indexes); err != nil {
		return s, err
	}
	for _, x := range list {
		part := strings.SplitN(x, " ", 3)
		_, where, _ := strings.Cut(part[2], " WHERE ")
		s.Indexes[part[0]] = Index{Table: part[1], Where: where}
	}
	return s, nil
}

// grow makes PostgreSQL believe that its tables are large: what it knows of
// their columns is true, how many rows there are is not.
func grow(ctx context.Context, d *db.DB) error {
	if d.Dialect() != db.Postgres {
		return nil
	}
	small := "'" + strings.Join(slices.Sorted(maps.Keys(bounded)), "', '") + "'"
	for _, text := range []string{`ANALYZE`, `UPDATE pg_class SET reltuples = 1000000 WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname NOT IN (` + small + `)`,
		`UPDATE pg_class SET reltuples = CASE WHEN x.indpred IS NULL THEN 1000000 ELSE 100000 END FROM pg_index x WHERE x.indexrelid = pg_class.oid
			AND relnamespace = current_schema()::regnamespace AND x.indrelid::regclass::text NOT IN (` + small + `)`} {
		if _, err := d.Pool().ExecContext(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// plans asks for the plan of every statement that was heard of.
func plans(t *testing.T, d *db.DB, heard map[string]statement) {
	t.Helper()
	ctx := t.Context()
	if err := grow(ctx, d); err != nil {
		t.Fatal(err)
	}
	schema, err := schemaOf(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	empty := map[string]bool{}        // or nearly: then no plan says anything
	strict, err := d.Pool().Conn(ctx) // which walks through a whole table only where it must
	if err != nil {
		t.Fatal(err)
	}
	defer strict.Close() //nolint:errcheck // back to its pool
	if d.Dialect() == db.Postgres {
		for table := range schema.Columns {
			n, err := texts(ctx, strict, `SELECT COUNT(*)::text FROM "`+table+`"`)
			if err != nil {
				t.Fatal(err)
			}
			empty[table] = len(n[0]) < 3
		}
		if _, err := strict.ExecContext(ctx, `SET enable_seqscan = off`); err != nil {
			t.Fatal(err)
		}
		defer strict.ExecContext(ctx, `RESET enable_seqscan`) //nolint:errcheck // the pool goes with the test
	}
	used := map[string]bool{}
	for _, plain := range slices.Sorted(maps.Keys(heard)) {
		s := heard[plain]
		lines, err := d.Explain(ctx, s.text, s.args...)
		if err != nil {
			t.Errorf("no plan: %v\n%s", err, s.text)
			continue
		}
		var found []Finding
		if d.Dialect() == db.SQLite {
			found = schema.JudgeSQLite(s.text, lines)
		} else if found = slices.DeleteFunc(schema.JudgePostgres(s.text, lines), func(f Finding) bool { return empty[f.Table] }); len(found) == 0 {
			// Of a table with few rows it says only whether there is an index.
			lines, err = texts(ctx, strict, "EXPLAIN "+s.text, s.args...)
			if err != nil {
				t.Errorf("no plan: %v\n%s", err, s.text)
				continue
			}
			found = slices.DeleteFunc(schema.JudgePostgres(s.text, lines), func(f Finding) bool { return !strings.HasPrefix(f.Line, "Seq Scan") })
		}
		if len(found) == 0 {
			continue
		}
		if i := slices.IndexFunc(accepted, func(a exception) bool {
			return strings.Contains(plain, a.statement) && (a.on == "" || a.on == d.Dialect())
		}); i >= 0 {
			used[accepted[i].statement] = true
			continue
		}
		var said strings.Builder
		for _, f := range found {
			fmt.Fprintf(&said, "  %s: %s: %s\n", f.Table, f.Why, f.Line)
		}
		t.Errorf("%s\nasked by %s\n%s%s", plain, strings.Join(s.where, ", "), &said, strings.Join(lines, "\n"))
	}
	if len(heard) < 300 {
		t.Errorf("only %d statements were heard of", len(heard))
	}
	for _, a := range accepted {
		if !used[a.statement] && (a.on == d.Dialect() || a.on == "" && d.Dialect() == db.SQLite) {
			t.Logf("nothing asks any more for %q, or it has a good plan now", a.statement)
		}
	}
}
