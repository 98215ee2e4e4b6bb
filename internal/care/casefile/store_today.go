package casefile

import "github.com/houvast/houvast/internal/kit/db"

// keptScope gives whose Today a member looked at last; "" is their own.
func keptScope(q db.Q, org, member string) (string, error) {
	scope, _, err := db.Find[string](q, `SELECT scope FROM today_scope WHERE org_id = $1 AND member_id = $2`, org, member)
	return scope, err
}

// keepScope remembers it.
func keepScope(t *db.Tx, org, member, scope string) error {
	_, err := t.Exec(`INSERT INTO today_scope (org_id, member_id, scope) VALUES ($1, $2, $3)
		ON CONFLICT (org_id, member_id) DO UPDATE SET scope = excluded.scope`, org, member, scope)
	return err
}
