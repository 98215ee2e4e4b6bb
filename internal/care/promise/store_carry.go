package promise

import "github.com/houvast/houvast/internal/kit/db"

// setPredecessor says which promise one takes the place of.
func setPredecessor(t *db.Tx, p Promise, id string) error {
	_, err := t.Exec(`UPDATE promise SET predecessor = $3, version = version + 1 WHERE org_id = $1 AND promise_id = $2`, p.Org, p.ID, id)
	return err
}
