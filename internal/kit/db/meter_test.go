package db_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
)

func TestAMeterCountsWhatOneContextAsks(t *testing.T) {
	kittest.Databases(t, schema, func(t *testing.T, d *kittest.DB) {
		outer, inner := &db.Meter{}, &db.Meter{}
		var texts []string
		inner.Each = func(text string, _ []any) { texts = append(texts, text) }
		both := db.Metered(db.Metered(ctx, outer), inner)
		before := d.Totals()
		if err := d.Write(both, func(x *db.Tx) error {
			if _, err := x.Exec(`INSERT INTO parent (org_id, id) VALUES ($1, $2), ($1, $3)`, "o", "a", "b"); err != nil {
				return err
			}
			_, err := db.Select[string](x, `SELECT id FROM parent WHERE org_id = $1 ORDER BY id`, "o")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := d.Read(db.Metered(ctx, outer), func(q db.Q) error {
			_, err := db.Get[string](q, `SELECT id FROM parent WHERE org_id = $1 AND id = $2`, "o", "a")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := d.Read(ctx, func(q db.Q) error {
			_, err := db.Select[string](q, `SELECT id FROM parent WHERE org_id = $1`, "o")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		type counts struct{ Reads, Writes, Statements, Rows int64 }
		of := func(m *db.Meter) counts {
			return counts{m.Reads.Load(), m.Writes.Load(), m.Statements.Load(), m.Rows.Load()}
		}
		if diff := cmp.Diff(counts{1, 1, 2, 4}, of(inner)); diff != "" {
			t.Errorf("the write alone (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(counts{2, 1, 3, 5}, of(outer)); diff != "" {
			t.Errorf("the write and one read (-want +got):\n%s", diff)
		}
		if len(texts) != 2 {
			t.Errorf("heard of %q, want the two statements as they were written", texts)
		}
		after := d.Totals()
		if got := after.Statements - before.Statements; got != 4 {
			t.Errorf("the totals grew by %d statements, want 4: they count whoever asks", got)
		}
		if after.Commits-before.Commits != 1 {
			t.Errorf("the totals grew by %d commits, want 1", after.Commits-before.Commits)
		}
	})
}
