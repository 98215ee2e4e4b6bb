package job

import (
	"time"

	"github.com/houvast/houvast/internal/kit/db"
)

// Waiting is how much work of one kind lies in the queue.
type Waiting struct {
	Kind string `db:"kind"`
	N    int64  `db:"n"`
}

// Due counts by kind the jobs that should have begun, the oldest first and no
// more than limit of them.
func Due(q db.Q, limit int) ([]Waiting, error) {
	// across organisations: one queue serves the installation
	return db.Select[Waiting](q, `SELECT kind, COUNT(*) AS n FROM
		(SELECT kind FROM job WHERE dead_at IS NULL AND run_at <= $1 ORDER BY run_at LIMIT $2) AS due GROUP BY kind`, q.Now(), limit)
}

// OldestDue is when the job that waits longest should have begun, or when the
// next one should; zero when there is none.
func OldestDue(q db.Q) (time.Time, error) { return nextDue(q) }

// DeadUpTo counts the jobs that were given up, up to limit.
func DeadUpTo(q db.Q, limit int) (int64, error) {
	// across organisations: they are the administrator's of the installation
	return db.Get[int64](q, `SELECT COUNT(*) FROM (SELECT id FROM job WHERE dead_at IS NOT NULL LIMIT $1) AS dead`, limit)
}
