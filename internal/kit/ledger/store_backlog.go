package ledger

import (
	"time"

	"github.com/houvast/houvast/internal/kit/db"
)

// OldestUnsealed is when one of the facts that wait to be sealed was recorded:
// the oldest of the first organisation that has any, which the sealer takes
// first. Zero when none waits.
func OldestUnsealed(q db.Q) (time.Time, error) {
	// across organisations: one sealer serves the installation
	at, _, err := db.Find[time.Time](q, `SELECT at FROM fact WHERE pos IS NULL ORDER BY org_id, id LIMIT 1`)
	return at, err
}

// Behind is how far a follower is behind the feed.
type Behind struct {
	Name string `db:"name"`
	N    int64  `db:"n"`
}

// Lags says of each follower how many facts of the feed it has not passed yet.
// One that finds nothing for itself moves on only every thousand.
func Lags(q db.Q) ([]Behind, error) {
	return db.Select[Behind](q, `SELECT f.name, h.pos - f.pos AS n FROM follower f, ledger_feed h WHERE h.one = 1`)
}

// PutAside is how many facts a follower gave up, up to limit over all of them.
func PutAside(q db.Q, limit int) (int64, error) {
	// across organisations: they are the administrator's of the installation
	return db.Get[int64](q, `SELECT COUNT(*) FROM (SELECT name FROM follower_dead LIMIT $1) AS dead`, limit)
}
