package org

import "github.com/houvast/houvast/internal/kit/db"

// Clinicians gives the active specialists: those who can say whether something
// is urgent.
func Clinicians(q db.Q, org string) ([]Member, error) {
	return db.Select[Member](q, `SELECT `+memberColumns+` FROM member
		WHERE org_id = $1 AND active = 1 AND role = 'specialist' ORDER BY member_id LIMIT 200`, org)
}
