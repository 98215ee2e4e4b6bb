package promise

import (
	"time"

	"github.com/houvast/houvast/internal/kit/db"
)

// OldestLook is when the watch must look next, or should have; zero when it
// has nothing to look at.
func OldestLook(q db.Q) (time.Time, error) { return nextLook(q) }

// OverdueLooks counts the promises that the watch should have looked at, up to
// limit.
func OverdueLooks(q db.Q, limit int) (int64, error) {
	// across organisations: one watch serves the installation
	return db.Get[int64](q, `SELECT COUNT(*) FROM (SELECT promise_id FROM promise WHERE look_at <= $1 LIMIT $2) AS due`, q.Now(), limit)
}
