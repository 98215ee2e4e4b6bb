package absence

import (
	"fmt"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

var (
	columns     = db.Columns[Absence]("")
	itemColumns = db.Columns[Item]("")
)

// ByID gives an absence.
func ByID(q db.Q, org, id string) (Absence, error) {
	return found(db.Find[Absence](q, `SELECT `+columns+` FROM absence WHERE org_id = $1 AND absence_id = $2`, org, id))
}

func lock(t *db.Tx, org, id string) (Absence, error) {
	return found(db.Find[Absence](t, `SELECT `+columns+` FROM absence WHERE org_id = $1 AND absence_id = $2 FOR UPDATE`, org, id))
}

func found(a Absence, ok bool, err error) (Absence, error) {
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "absence-unknown")
	}
	return a, err
}

// openOf gives the absences of a member that are not over, by their beginning.
func openOf(q db.Q, org, member string) ([]Absence, error) {
	return db.Select[Absence](q, `SELECT `+columns+` FROM absence
		WHERE org_id = $1 AND member_id = $2 AND state <> 'ended' ORDER BY from_at LIMIT 100`, org, member)
}

// openAfter gives a page of all absences that are not over, by their beginning.
// Somebody who left is not away any more.
func openAfter(q db.Q, org string, from time.Time, id string, limit int) ([]Absence, error) {
	return db.Select[Absence](q, `SELECT `+columns+` FROM absence a WHERE org_id = $1 AND state <> 'ended'
		AND EXISTS (SELECT 1 FROM member m WHERE m.org_id = a.org_id AND m.member_id = a.member_id AND m.active = 1)
		AND (from_at, absence_id) > (COALESCE($2, CAST(0 AS BIGINT)), $3) ORDER BY from_at, absence_id LIMIT $4`, org, from, id, limit)
}

// update saves an absence whose row is held.
func update(t *db.Tx, a Absence) error {
	_, err := t.Exec(`UPDATE absence SET until_at = $3, all_cases = $4, stand_in_id = $5, state = $6, arranged_at = $7, ended_at = $8,
		ended_by = $9, look_at = $10, version = version + 1 WHERE org_id = $1 AND absence_id = $2`,
		a.Org, a.ID, a.Until, a.AllCases, db.Null(a.StandIn), string(a.State), a.ArrangedAt, a.EndedAt, db.Null(a.EndedBy), a.LookAt)
	return err
}

// itemsOf gives what is known of some promises and cases in an absence.
func itemsOf(q db.Q, org, absence string, ids []string) (map[string]Item, error) {
	out := map[string]Item{}
	for len(ids) > 0 {
		n := min(len(ids), 200)
		args, marks := []any{org, absence}, make([]string, n)
		for i, s := range ids[:n] {
			args = append(args, s)
			marks[i] = fmt.Sprintf("$%d", i+3)
		}
		rows, err := db.Select[Item](q, `SELECT `+itemColumns+` FROM absence_item
			WHERE org_id = $1 AND absence_id = $2 AND item_id IN (`+strings.Join(marks, ", ")+`)`, args...)
		if err != nil {
			return nil, err
		}
		for _, i := range rows {
			out[i.ID] = i
		}
		ids = ids[n:]
	}
	return out, nil
}

// itemsAfter gives a page of what became of everything; state "" is any.
func itemsAfter(q db.Q, org, absence, state, id string, limit int) ([]Item, error) {
	text, args := `SELECT `+itemColumns+` FROM absence_item WHERE org_id = $1 AND absence_id = $2 AND item_id > $3`, []any{org, absence, id, limit}
	if state != "" {
		text, args = text+` AND state = $5`, append(args, state)
	}
	return db.Select[Item](q, text+` ORDER BY item_id LIMIT $4`, args...)
}

// handedCases gives the cases that passed and were not offered back yet.
func handedCases(q db.Q, org, absence string, limit int) ([]Item, error) {
	return db.Select[Item](q, `SELECT `+itemColumns+` FROM absence_item WHERE org_id = $1 AND absence_id = $2 AND state = 'done'
		AND kind = 'case' AND action = 'hand' ORDER BY item_id LIMIT $3`, org, absence, limit)
}

// save writes what became of something; what was wanted is replaced.
func save(t *db.Tx, i Item) error {
	_, err := t.Exec(`INSERT INTO absence_item (org_id, absence_id, item_id, kind, case_id, action, state, to_member, due_at, new_from, new_due,
			new_id, phone_now, told, code, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
		ON CONFLICT (org_id, absence_id, item_id) DO UPDATE SET action = excluded.action, state = excluded.state, to_member = excluded.to_member,
			new_from = excluded.new_from, new_due = excluded.new_due, new_id = excluded.new_id, phone_now = excluded.phone_now,
			told = excluded.told, code = excluded.code, at = excluded.at`,
		i.Org, i.Absence, i.ID, i.Kind, i.Case, string(i.Action), i.State, db.Null(i.To), i.Due, i.NewFrom, i.NewDue, db.Null(i.New), i.PhoneNow, i.Told,
		db.Null(i.Code), i.At)
	return err
}

// Tally counts what became of the promises and cases of an absence.
type Tally struct {
	Promises int64 `db:"promises" json:"promises_handed"`
	Moved    int64 `db:"moved" json:"promises_moved"`
	Cases    int64 `db:"cases" json:"cases_handed"`
	Wanted   int64 `db:"wanted" json:"waiting"`
	Failed   int64 `db:"failed" json:"failed"`
	PhoneNow int64 `db:"phone_now" json:"phone_now"`
	Back     int64 `db:"back" json:"offered_back"`
}

func tally(q db.Q, org, absence string) (Tally, error) {
	return db.Get[Tally](q, `SELECT
		COALESCE(SUM(CASE WHEN kind = 'promise' AND action = 'hand' AND state <> 'failed' AND state <> 'wanted' THEN 1 ELSE 0 END), 0) AS promises,
		COALESCE(SUM(CASE WHEN kind = 'promise' AND action = 'move' AND state <> 'failed' AND state <> 'wanted' THEN 1 ELSE 0 END), 0) AS moved,
		COALESCE(SUM(CASE WHEN kind = 'case' AND action = 'hand' AND state <> 'failed' THEN 1 ELSE 0 END), 0) AS cases,
		COALESCE(SUM(CASE WHEN state = 'wanted' THEN 1 ELSE 0 END), 0) AS wanted,
		COALESCE(SUM(CASE WHEN state = 'failed' THEN 1 ELSE 0 END), 0) AS failed,
		COALESCE(SUM(CASE WHEN phone_now = 1 THEN 1 ELSE 0 END), 0) AS phone_now,
		COALESCE(SUM(CASE WHEN state = 'offered-back' THEN 1 ELSE 0 END), 0) AS back
		FROM absence_item WHERE org_id = $1 AND absence_id = $2`, org, absence)
}

type due struct {
	Org string `db:"org_id"`
	ID  string `db:"absence_id"`
}

func dueNow(q db.Q, now time.Time, limit int) ([]due, error) {
	return db.Select[due](q, `SELECT org_id, absence_id FROM absence WHERE look_at <= $1 ORDER BY look_at LIMIT $2`, now, limit)
}

func nextLook(q db.Q) (time.Time, error) {
	return db.Get[time.Time](q, `SELECT MIN(look_at) FROM absence WHERE look_at IS NOT NULL`)
}

func setLook(t *db.Tx, d due, at time.Time) error {
	_, err := t.Exec(`UPDATE absence SET look_at = $3 WHERE org_id = $1 AND absence_id = $2 AND look_at IS NOT NULL`, d.Org, d.ID, at)
	return err
}
