package web

import (
	"embed"
	"net/http"
	"time"

	"github.com/houvast/houvast/internal/kit/db"
)

// Migrations are the web kit's tables.
//
//go:embed schema/*.sql
var Migrations embed.FS

// claim is one request under an Idempotency-Key.
type claim struct {
	Org       string      `db:"org_id"`
	Who       string      `db:"who"`
	Key       string      `db:"ikey"`
	Operation string      `db:"operation"`
	Digest    string      `db:"digest"`
	ClaimedAt time.Time   `db:"claimed_at"`
	Fate      int         `db:"fate"`
	Status    int         `db:"status"`
	Header    http.Header `db:"header,json"`
	Body      []byte      `db:"body"`
	HeldUntil time.Time   `db:"held_until"`
}

// insertClaim claims a key; it says whether nobody had it. A claim older than
// since is over and makes room.
func insertClaim(t *db.Tx, c claim, since time.Time) (bool, error) {
	if _, err := t.Exec(`DELETE FROM idempotency WHERE org_id = $1 AND who = $2 AND ikey = $3 AND operation = $4 AND claimed_at <= $5`,
		c.Org, c.Who, c.Key, c.Operation, since); err != nil {
		return false, err
	}
	n, err := t.Exec(`INSERT INTO idempotency (org_id, who, ikey, operation, digest, claimed_at, held_until)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
		c.Org, c.Who, c.Key, c.Operation, c.Digest, c.ClaimedAt, c.HeldUntil)
	return n == 1, err
}

func findClaim(q db.Q, c claim) (claim, error) {
	return db.Get[claim](q, `SELECT org_id, who, ikey, operation, digest, claimed_at, fate, status, header, body,
		held_until FROM idempotency
		WHERE org_id = $1 AND who = $2 AND ikey = $3 AND operation = $4`, c.Org, c.Who, c.Key, c.Operation)
}

// holdClaim says that the claim's own run is still at it.
func holdClaim(t *db.Tx, c claim, until time.Time) error {
	_, err := t.Exec(`UPDATE idempotency SET held_until = $6 WHERE org_id = $1 AND who = $2 AND ikey = $3 AND operation = $4 AND claimed_at = $5`,
		c.Org, c.Who, c.Key, c.Operation, c.ClaimedAt, until)
	return err
}

// keepAnswer stores what was answered; only the claim's own run does.
func keepAnswer(t *db.Tx, c claim, status int, header string, body []byte) error {
	_, err := t.Exec(`UPDATE idempotency SET status = $6, header = $7, body = $8
		WHERE org_id = $1 AND who = $2 AND ikey = $3 AND operation = $4 AND claimed_at = $5`,
		c.Org, c.Who, c.Key, c.Operation, c.ClaimedAt, status, header, body)
	return err
}

// What became of a claim that has no answer to give again.
const (
	fateUnknown = 1 // nobody knows whether it was done
	fateSecret  = 2 // it was done, and the answer held a secret that is told once
)

func settleClaim(t *db.Tx, c claim, fate int) error {
	_, err := t.Exec(`UPDATE idempotency SET fate = $6 WHERE org_id = $1 AND who = $2 AND ikey = $3 AND operation = $4 AND claimed_at = $5`,
		c.Org, c.Who, c.Key, c.Operation, c.ClaimedAt, fate)
	return err
}

func dropClaim(t *db.Tx, c claim) error {
	_, err := t.Exec(`DELETE FROM idempotency WHERE org_id = $1 AND who = $2 AND ikey = $3 AND operation = $4 AND claimed_at = $5`,
		c.Org, c.Who, c.Key, c.Operation, c.ClaimedAt)
	return err
}

// purgeClaims removes up to 500 claims older than since and says how many.
func purgeClaims(t *db.Tx, since time.Time) (int64, error) {
	return t.Exec(`DELETE FROM idempotency WHERE (org_id, who, ikey, operation) IN
		(SELECT org_id, who, ikey, operation FROM idempotency WHERE claimed_at <= $1 LIMIT 500)`, since)
}
