package casefile

import (
	"encoding/json"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

var (
	bulkColumns    = db.Columns[Bulk]("")
	bulkRowColumns = db.Columns[BulkRow]("")
)

func bulkByID(q db.Q, org, id string) (Bulk, error) {
	b, ok, err := db.Find[Bulk](q, `SELECT `+bulkColumns+` FROM bulk WHERE org_id = $1 AND bulk_id = $2`, org, id)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "bulk-not-found")
	}
	return b, err
}

// bulkByOnce gives what came of a preview that a member confirmed before.
func bulkByOnce(q db.Q, org, member, once string) (Bulk, bool, error) {
	return db.Find[Bulk](q, `SELECT `+bulkColumns+` FROM bulk WHERE org_id = $1 AND member_id = $2 AND once = $3`, org, member, once)
}

// insertBulk says whether it is the first of its preview. At most MaxBulk rows.
func insertBulk(t *db.Tx, b Bulk, rows []BulkRow) (bool, error) {
	input, err := json.Marshal(b.Input)
	if err != nil {
		return false, err
	}
	n, err := t.Exec(`INSERT INTO bulk (org_id, bulk_id, member_id, once, what, input, total, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (org_id, member_id, once) DO NOTHING`, b.Org, b.ID, b.Member, b.Once, b.What, string(input), b.Total, b.CreatedAt)
	if err != nil || n == 0 {
		return false, err
	}
	return true, db.InsertAll(t, "bulk_row", rows)
}

// bulkRows gives all rows, at most MaxBulk, in the order of the preview.
func bulkRows(q db.Q, org, id string) ([]BulkRow, error) {
	return db.Select[BulkRow](q, `SELECT `+bulkRowColumns+` FROM bulk_row WHERE org_id = $1 AND bulk_id = $2 ORDER BY place`, org, id)
}

// bulkWaiting gives the next rows that nothing was done with.
func bulkWaiting(q db.Q, org, id string, limit int) ([]BulkRow, error) {
	return db.Select[BulkRow](q, `SELECT `+bulkRowColumns+` FROM bulk_row
		WHERE org_id = $1 AND bulk_id = $2 AND state = 'waiting' ORDER BY place LIMIT $3`, org, id, limit)
}

func rowWaits(t *db.Tx, r BulkRow) (bool, error) {
	state, err := db.Get[string](t, `SELECT state FROM bulk_row WHERE org_id = $1 AND bulk_id = $2 AND place = $3`, r.Org, r.Bulk, r.Place)
	return state == RowWaiting, err
}

// endRow writes down what became of a row that waited.
func endRow(t *db.Tx, r BulkRow, state, problem string) error {
	var why any
	if problem != "" {
		why = problem
	}
	_, err := t.Exec(`UPDATE bulk_row SET state = $4, problem = $5, ended_at = $6
		WHERE org_id = $1 AND bulk_id = $2 AND place = $3 AND state = 'waiting'`, r.Org, r.Bulk, r.Place, state, why, t.Now())
	return err
}

// endBulk ends a bulk of which no row waits; what was written in the cases is
// not kept a second time.
func endBulk(t *db.Tx, b Bulk) error {
	b.Input.Text = ""
	input, err := json.Marshal(b.Input)
	if err != nil {
		return err
	}
	_, err = t.Exec(`UPDATE bulk SET ended_at = $3, input = $4 WHERE org_id = $1 AND bulk_id = $2 AND ended_at IS NULL
		AND NOT EXISTS (SELECT 1 FROM bulk_row r WHERE r.org_id = $1 AND r.bulk_id = $2 AND r.state = 'waiting')`, b.Org, b.ID, t.Now(), string(input))
	return err
}
