package db

import "time"

// Hold takes or keeps the lease of a name for holder, within the transaction
// that does the work: the row stays locked until it commits, which fences a
// holder that was too slow. It says whether the lease is held.
func Hold(t *Tx, name, holder string, d time.Duration) (bool, error) {
	const hold = `UPDATE lease SET holder = $2, until = $3 WHERE name = $1 AND (holder = $2 OR until < $4)`
	n, err := t.Exec(hold, name, holder, t.now.Add(d), t.now)
	if err != nil || n > 0 {
		return n > 0, err
	}
	n, err = t.Exec(`INSERT INTO lease (name, holder, until) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
		name, holder, t.now.Add(d))
	return n > 0, err
}
