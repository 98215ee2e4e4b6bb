package message

import (
	"time"

	"github.com/houvast/houvast/internal/kit/db"
)

// Pending is how many messages are in a state that somebody or something must
// still move.
type Pending struct {
	State   State   `db:"state"`
	Channel Channel `db:"channel"`
	N       int64   `db:"n"`
}

// PendingNow counts the messages with which something must still happen, by
// state and channel, the most urgent first and no more than limit of them.
func PendingNow(q db.Q, limit int) ([]Pending, error) {
	// across organisations: one mail server serves the installation
	return db.Select[Pending](q, `SELECT state, channel, COUNT(*) AS n FROM
		(SELECT state, channel FROM message WHERE look_at IS NOT NULL ORDER BY look_at LIMIT $1) AS pending GROUP BY state, channel`, limit)
}

// OldestUnsent is since when the mail waits that the mail server has not taken
// for longest; zero when none waits.
func OldestUnsent(q db.Q) (time.Time, error) {
	// across organisations: one mail server serves the installation
	return db.Get[time.Time](q, `SELECT MIN(since) FROM (SELECT (SELECT MIN(waiting_since) FROM message m
		WHERE m.org_id = o.org_id AND m.waiting_since IS NOT NULL) AS since FROM organisation o) AS waiting`)
}

// Undecided counts the messages of which nobody knows whether they arrived and
// nobody has decided yet, no more than limit of one organisation.
func Undecided(q db.Q, limit int) (int64, error) {
	// across organisations: a monitor looks at the installation
	return db.Get[int64](q, `SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM (SELECT (SELECT COUNT(*) FROM (SELECT m.message_id FROM message m
		WHERE m.org_id = o.org_id AND m.state = 'uncertain' AND m.decided_at IS NULL LIMIT $1) AS one) AS n FROM organisation o) AS every`, limit)
}
