package job

import (
	"time"

	"github.com/houvast/houvast/internal/kit/db"
)

func insert(t *db.Tx, j Job) error {
	_, err := t.Exec(`INSERT INTO job (org_id, id, kind, ukey, payload, run_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT DO NOTHING`, j.Org, j.ID, j.Kind, db.Null(j.Key), j.Raw, j.RunAt)
	return err
}

func nextDue(q db.Q) (time.Time, error) {
	return db.Get[time.Time](q, `SELECT MIN(run_at) FROM job WHERE dead_at IS NULL`)
}

const jobColumns = `org_id, id, kind, ukey, payload, run_at, attempt, dead_at, error, token`

// claim takes what is due by moving run_at to the end of the lease.
func claim(t *db.Tx, limit int, lease func(kind string) time.Duration) ([]Job, error) {
	due, err := db.Select[Job](t, `SELECT `+jobColumns+` FROM job
		WHERE dead_at IS NULL AND run_at <= $1 ORDER BY run_at LIMIT $2 FOR UPDATE SKIP LOCKED`, t.Now(), limit)
	if err != nil {
		return nil, err
	}
	for i := range due {
		due[i].Attempt++
		due[i].Token++
		if _, err := t.Exec(`UPDATE job SET run_at = $3, attempt = $4, leased = 1, token = $5 WHERE org_id = $1 AND id = $2`,
			due[i].Org, due[i].ID, t.Now().Add(lease(due[i].Kind)), due[i].Attempt, due[i].Token); err != nil {
			return nil, err
		}
	}
	return due, nil
}

// ours is the condition under which a worker may still say what became of a
// job: nobody claimed it since. Whatever the clocks say, each claim makes the
// token grow, also when the count of attempts went back.
const ours = ` WHERE org_id = $1 AND id = $2 AND leased = 1 AND token = $3 AND dead_at IS NULL`

// still refuses when another worker has claimed the job since, or somebody has
// ended it, and keeps others from claiming it until the transaction ends.
func still(t *db.Tx, j Job) error {
	_, ok, err := db.Find[string](t, `SELECT id FROM job`+ours+` FOR UPDATE`, j.Org, j.ID, j.Token)
	if err == nil && !ok {
		err = db.ErrLeaseLost
	}
	return err
}

// remove ends a job that was done, unless another worker has it by now; it
// says whether it was still ours.
func remove(t *db.Tx, j Job) (bool, error) {
	n, err := t.Exec(`DELETE FROM job`+ours, j.Org, j.ID, j.Token)
	return n > 0, err
}

// postpone makes a job wait. When meanwhile another with the same key was
// enqueued, that one does the work and this one goes.
func postpone(t *db.Tx, j Job, at time.Time, attempt int, reason string) error {
	if j.Key != "" {
		twin, err := db.Get[int64](t, `SELECT COUNT(*) FROM job WHERE org_id = $1 AND kind = $2 AND ukey = $3
			AND dead_at IS NULL AND leased = 0`, j.Org, j.Kind, j.Key)
		if err != nil {
			return err
		}
		if twin > 0 {
			_, err := remove(t, j)
			return err
		}
	}
	_, err := t.Exec(`UPDATE job SET run_at = $4, attempt = $5, leased = 0, error = $6`+ours,
		j.Org, j.ID, j.Token, at, attempt, db.Null(reason))
	return err
}

func die(t *db.Tx, j Job, reason string) error {
	_, err := t.Exec(`UPDATE job SET dead_at = $4, error = $5`+ours, j.Org, j.ID, j.Token, t.Now(), reason)
	return err
}

// DeadLetters gives the jobs of an organisation that need a person, newest first.
func DeadLetters(q db.Q, org string, limit int) ([]Job, error) {
	return db.Select[Job](q, `SELECT `+jobColumns+` FROM job
		WHERE org_id = $1 AND dead_at IS NOT NULL ORDER BY dead_at DESC LIMIT $2`, org, limit)
}

// Cancel removes a waiting job by its key; one that runs already runs on.
func Cancel(t *db.Tx, org, kind, key string) error {
	_, err := t.Exec(`DELETE FROM job WHERE org_id = $1 AND kind = $2 AND ukey = $3 AND dead_at IS NULL AND leased = 0`, org, kind, key)
	return err
}

// CountDead is how many jobs of the whole installation were given up.
func CountDead(q db.Q) (int64, error) {
	// across organisations: they are the administrator's of the installation
	return db.Get[int64](q, `SELECT COUNT(*) FROM job WHERE dead_at IS NOT NULL`)
}

// Overdue says how many jobs should have begun before a moment, counted up to
// limit: more than none means that nobody does the work.
func Overdue(q db.Q, before time.Time, limit int) (int64, error) {
	// across organisations: one queue serves the installation
	return db.Get[int64](q, `SELECT COUNT(*) FROM (SELECT id FROM job WHERE dead_at IS NULL AND run_at < $1 LIMIT $2) AS late`, before, limit)
}
