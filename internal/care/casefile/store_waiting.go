package casefile

import (
	"github.com/houvast/houvast/internal/kit/db"
)

var waitingColumns = db.Columns[Waiting]("")

// WaitingOf gives whom a case waits for, when it does.
func WaitingOf(q db.Q, org, caseID string) (Waiting, bool, error) {
	return db.Find[Waiting](q, `SELECT `+waitingColumns+` FROM waiting WHERE org_id = $1 AND case_id = $2 AND ended_at IS NULL`, org, caseID)
}

// waits gives the open waits of an organisation, the longest first, of one
// owner, of several, or of everybody.
func waits(q db.Q, org string, owners []string, limit int) ([]Waiting, error) {
	args := []any{org, limit}
	whose := ""
	if len(owners) > 0 {
		whose = ` AND EXISTS (SELECT 1 FROM case_file c WHERE c.org_id = waiting.org_id AND c.case_id = waiting.case_id AND c.owner_id IN (` +
			places(&args, owners) + `))`
	}
	return db.Select[Waiting](q, `SELECT `+waitingColumns+` FROM waiting WHERE org_id = $1 AND ended_at IS NULL`+whose+`
		ORDER BY since, waiting_id LIMIT $2`, args...)
}

// startWaiting writes down for whom a case waits, in place of an earlier wait.
func startWaiting(t *db.Tx, w Waiting) error {
	if err := db.Insert(t, "waiting", w); err != nil {
		return err
	}
	_, err := t.Exec(`UPDATE case_file SET waiting_by = $3, version = version + 1 WHERE org_id = $1 AND case_id = $2`, w.Org, w.Case, w.Until)
	return err
}

func stopWaiting(t *db.Tx, w Waiting, how, by string) error {
	if _, err := t.Exec(`UPDATE waiting SET ended_at = $3, ended_how = $4, ended_by = $5
		WHERE org_id = $1 AND waiting_id = $2 AND ended_at IS NULL`, w.Org, w.ID, t.Now(), how, by); err != nil {
		return err
	}
	_, err := t.Exec(`UPDATE case_file SET waiting_by = NULL, version = version + 1 WHERE org_id = $1 AND case_id = $2`, w.Org, w.Case)
	return err
}
