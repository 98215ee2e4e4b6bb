package person

import (
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/module"
)

var emergencyColumns = db.Columns[Emergency]("")

func emergencyByID(q db.Q, org, id string) (Emergency, error) {
	e, ok, err := db.Find[Emergency](q, `SELECT `+emergencyColumns+` FROM emergency WHERE org_id = $1 AND emergency_id = $2`, org, id)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "emergency-unknown")
	}
	return e, err
}

func lockEmergency(tx *db.Tx, org, id string) (Emergency, error) {
	e, ok, err := db.Find[Emergency](tx, `SELECT `+emergencyColumns+` FROM emergency WHERE org_id = $1 AND emergency_id = $2 FOR UPDATE`, org, id)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "emergency-unknown")
	}
	return e, err
}

// holdingEmergency gives what a member opened of a customer and still holds.
func holdingEmergency(q db.Q, org, member string, same []string) (Emergency, bool, error) {
	list, err := in[Emergency](q, `SELECT `+emergencyColumns+` FROM emergency
		WHERE org_id = $1 AND person_id IN (%s) AND member_id = $2 AND until_at > $3 AND ended_at IS NULL ORDER BY emergency_id`, same, org, member, q.Now())
	for _, e := range list {
		if e.Holds(q.Now()) {
			return e, true, err
		}
	}
	return Emergency{}, false, err
}

func emergenciesSince(q db.Q, org, member string, since time.Time) (int64, error) {
	return db.Get[int64](q, `SELECT COUNT(*) FROM emergency WHERE org_id = $1 AND member_id = $2 AND opened_at > $3`, org, member, since)
}

// emergenciesBefore gives those with a lower id, the newest first.
func emergenciesBefore(q db.Q, org string, open bool, before string, limit int) ([]Emergency, error) {
	if open {
		return db.Select[Emergency](q, `SELECT `+emergencyColumns+` FROM emergency
			WHERE org_id = $1 AND emergency_id < $2 AND answer IS NULL ORDER BY emergency_id DESC LIMIT $3`, org, before, limit)
	}
	return db.Select[Emergency](q, `SELECT `+emergencyColumns+` FROM emergency
		WHERE org_id = $1 AND emergency_id < $2 ORDER BY emergency_id DESC LIMIT $3`, org, before, limit)
}

// emergenciesOf gives what was opened of a customer, the newest first.
func emergenciesOf(q db.Q, org string, same []string, limit int) ([]Emergency, error) {
	list, err := in[Emergency](q, `SELECT `+emergencyColumns+` FROM emergency WHERE org_id = $1 AND person_id IN (%s) ORDER BY emergency_id DESC LIMIT $2`, same, org, limit)
	return list[:min(len(list), limit)], err
}

func updateEmergency(tx *db.Tx, e *Emergency) error {
	n, err := tx.Exec(`UPDATE emergency SET ended_at = $3, ended_by = $4, answer = $5, note = $6, answered_by = $7, answered_at = $8,
		version = version + 1 WHERE org_id = $1 AND emergency_id = $2 AND version = $9`,
		e.Org, e.ID, e.EndedAt, db.Null(e.EndedBy), db.Null(string(e.Answer)), db.Null(e.Note), db.Null(e.AnsweredBy), e.AnsweredAt, e.Version)
	e.Version++
	return db.Changed(n, err)
}

// CheckEmergencies looks for what was opened without anybody being told.
func CheckEmergencies(q db.Q) (rows int64, wrong []string, err error) {
	return module.CountAndList(q, `SELECT COUNT(*) FROM emergency`,
		`SELECT e.emergency_id FROM emergency e WHERE NOT EXISTS (SELECT 1 FROM signal s
			WHERE s.org_id = e.org_id AND s.kind = 'emergency.opened' AND s.subject_id = e.emergency_id) ORDER BY e.emergency_id`)
}
