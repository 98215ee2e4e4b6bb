package migrate_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/ledger"
	"github.com/houvast/houvast/internal/kit/migrate"
)

// An organisation is no way to find few rows, even while its tables are empty:
// SQLite finds the promises of a case by the case, and sorts them, instead of
// walking through all open ones in the order that is wanted.
func TestSQLiteKnowsThatTablesGrowLarge(t *testing.T) {
	tables := fstest.MapFS{"schema/00090_due.sql": {Data: []byte(`-- +goose Up
CREATE TABLE due (org_id TEXT NOT NULL, due_id TEXT NOT NULL, case_id TEXT NOT NULL, due_at INTEGER NOT NULL, open INTEGER NOT NULL,
  PRIMARY KEY (org_id, due_id)) STRICT;
CREATE INDEX due_case ON due (org_id, case_id);
CREATE INDEX due_open ON due (org_id, due_at) WHERE open = 1;
`)}}
	d := kittest.SQLite(t, fs.FS(tables))
	plan, err := d.Explain(ctx, `SELECT due_id FROM due WHERE org_id = $1 AND case_id = $2 AND open = 1 ORDER BY due_at LIMIT 10`, "o", "c")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(plan, "\n"); !strings.Contains(got, "due_case (org_id=? AND case_id=?)") {
		t.Errorf("the promises of a case are found by\n%s", got)
	}
	version := func() (n int64) {
		t.Helper()
		if err := d.Pool().QueryRowContext(ctx, `PRAGMA schema_version`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := version()
	if _, err := migrate.Up(ctx, d.DB, migrate.Base, ledger.Migrations, job.Migrations, tables); err != nil {
		t.Fatal(err)
	}
	if after := version(); after != before {
		t.Errorf("starting again changed the schema from %d to %d: connections would read it anew for nothing", before, after)
	}
	// Whatever somebody made of it by hand is put right at the next start.
	if _, err := d.Pool().ExecContext(ctx, `DELETE FROM sqlite_stat1`); err != nil {
		t.Fatal(err)
	}
	if _, err := migrate.Up(ctx, d.DB, migrate.Base, ledger.Migrations, job.Migrations, tables); err != nil {
		t.Fatal(err)
	}
	var rows int64
	if err := d.Pool().QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_stat1 WHERE tbl = 'due'`).Scan(&rows); err != nil || rows != 3 {
		t.Errorf("%d of the three indexes are told of, %v", rows, err)
	}
}
