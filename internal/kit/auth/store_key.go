package auth

import (
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

// one turns "no row changed" into NotFound.
func one(n int64, err error) error {
	if err == nil && n == 0 {
		return errs.New(errs.NotFound, "not-found")
	}
	return err
}

var keyColumns = db.Columns[Key]("")

func insertKey(t *db.Tx, k Key) error { return db.Insert(t, "api_key", k) }

func findKey(q db.Q, org, id string) (Key, bool, error) {
	return db.Find[Key](q, `SELECT `+keyColumns+` FROM api_key WHERE org_id = $1 AND id = $2`, org, id)
}

func keysOf(q db.Q, org, after string, limit int) ([]Key, error) {
	return db.Select[Key](q, `SELECT `+keyColumns+` FROM api_key WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $3`, org, after, limit)
}

func markKeyRevoked(t *db.Tx, org, id string) (bool, error) {
	n, err := t.Exec(`UPDATE api_key SET revoked_at = $3 WHERE org_id = $1 AND id = $2 AND revoked_at IS NULL`, org, id, t.Now())
	return n == 1, err
}

func markKeyUsed(t *db.Tx, org, id string, hour time.Time) error {
	_, err := t.Exec(`UPDATE api_key SET used_at = $3 WHERE org_id = $1 AND id = $2`, org, id, hour)
	return err
}

// linkRow is a customer's link.
type linkRow struct {
	Org       string    `db:"org_id"`
	ID        string    `db:"id"`
	Hash      string    `db:"hash"`
	Person    string    `db:"person_id"`
	Question  string    `db:"question_id"`
	Message   string    `db:"message_id"`
	Purpose   string    `db:"purpose"`
	CreatedAt time.Time `db:"created_at"`
	ExpiresAt time.Time `db:"expires_at"`
	RevokedAt time.Time `db:"revoked_at"`
	Attempts  int       `db:"attempts"`
	Codes     int       `db:"codes"`
}

var linkColumns = db.Columns[linkRow]("")

func insertLink(t *db.Tx, l linkRow) error { return db.Insert(t, "link", l) }

func linkByHash(q db.Q, org, hash string) (linkRow, bool, error) {
	return db.Find[linkRow](q, `SELECT `+linkColumns+` FROM link WHERE org_id = $1 AND hash = $2`, org, hash)
}

func linkByID(q db.Q, org, id string) (linkRow, error) {
	return db.Get[linkRow](q, `SELECT `+linkColumns+` FROM link WHERE org_id = $1 AND id = $2`, org, id)
}

func linksOf(q db.Q, org, person string) ([]linkRow, error) {
	return db.Select[linkRow](q, `SELECT `+linkColumns+` FROM link
		WHERE org_id = $1 AND person_id = $2 AND revoked_at IS NULL AND expires_at > $3 ORDER BY id LIMIT 500`, org, person, q.Now())
}

func markLinkRevoked(t *db.Tx, org, id string) (bool, error) {
	n, err := t.Exec(`UPDATE link SET revoked_at = $3 WHERE org_id = $1 AND id = $2 AND revoked_at IS NULL`, org, id, t.Now())
	if err != nil || n == 0 {
		return false, err
	}
	_, err = t.Exec(`DELETE FROM link_session WHERE org_id = $1 AND link_id = $2`, org, id)
	return true, err
}

// spendAttempt takes one of the few tries or codes of a link, if there is one left.
func spendAttempt(t *db.Tx, org, id string) (bool, error) {
	n, err := t.Exec(`UPDATE link SET attempts = attempts + 1 WHERE org_id = $1 AND id = $2 AND attempts < $3`, org, id, maxAttempts)
	return n == 1, err
}

func resetAttempts(t *db.Tx, org, id string) error {
	_, err := t.Exec(`UPDATE link SET attempts = 0 WHERE org_id = $1 AND id = $2`, org, id)
	return err
}

func spendCode(t *db.Tx, org, id string) (bool, error) {
	n, err := t.Exec(`UPDATE link SET codes = codes + 1 WHERE org_id = $1 AND id = $2 AND codes < $3`, org, id, maxCodes)
	return n == 1, err
}

// linkSessionRow is one opening of a link.
type linkSessionRow struct {
	Org         string    `db:"org_id"`
	Hash        string    `db:"hash"`
	Link        string    `db:"link_id"`
	CreatedAt   time.Time `db:"created_at"`
	ExpiresAt   time.Time `db:"expires_at"`
	ConfirmedAt time.Time `db:"confirmed_at"`
	CodeHash    string    `db:"code_hash"`
	CodeUntil   time.Time `db:"code_until"`
}

func insertLinkSession(t *db.Tx, s linkSessionRow) error { return db.Insert(t, "link_session", s) }

func findLinkSession(q db.Q, org, hash string) (linkSessionRow, bool, error) {
	return db.Find[linkSessionRow](q, `SELECT `+db.Columns[linkSessionRow]("")+` FROM link_session
		WHERE org_id = $1 AND hash = $2 AND expires_at > $3`, org, hash, q.Now())
}

func deleteLinkSession(t *db.Tx, org, hash string) (bool, error) {
	n, err := t.Exec(`DELETE FROM link_session WHERE org_id = $1 AND hash = $2`, org, hash)
	return n == 1, err
}

func setCode(t *db.Tx, org, hash, codeHash string, until time.Time) error {
	_, err := t.Exec(`UPDATE link_session SET code_hash = $3, code_until = $4 WHERE org_id = $1 AND hash = $2`, org, hash, db.Null(codeHash), until)
	return err
}
