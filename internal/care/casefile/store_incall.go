package casefile

import (
	"time"

	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kit/db"
)

// ContactsSince gives the contact moments of a person from a moment on, over
// all cases, newest first: is this the fourth time today?
func ContactsSince(q db.Q, org, customer string, since time.Time, limit int) ([]Contact, error) {
	return db.Select[Contact](q, `SELECT `+contactColumns+` FROM contact_moment
		WHERE org_id = $1 AND person_id IN (`+person.SameIDs("$2")+`) AND at >= COALESCE($3, CAST(0 AS BIGINT)) ORDER BY at DESC, contact_id DESC LIMIT $4`, org, customer, since, limit)
}

func setUrgent(t *db.Tx, c Case) error {
	_, err := t.Exec(`UPDATE case_file SET urgent = 1, version = version + 1 WHERE org_id = $1 AND case_id = $2 AND urgent = 0`, c.Org, c.ID)
	return err
}

// setPeople is for a case of which it became known who called.
func setPeople(t *db.Tx, c Case, from, to string) error {
	if _, err := t.Exec(`UPDATE case_file SET person_id = CASE WHEN person_id = $3 THEN $4 ELSE person_id END,
		asker_id = CASE WHEN asker_id = $3 THEN $4 ELSE asker_id END, version = version + 1
		WHERE org_id = $1 AND case_id = $2`, c.Org, c.ID, from, to); err != nil {
		return err
	}
	_, err := t.Exec(`UPDATE contact_moment SET person_id = $4 WHERE org_id = $1 AND case_id = $2 AND person_id = $3`, c.Org, c.ID, from, to)
	return err
}
