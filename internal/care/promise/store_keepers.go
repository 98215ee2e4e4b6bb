package promise

import (
	"fmt"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kit/db"
)

// only is a list of one keeper; of nobody, which is everybody, none.
func only(keeper string) []string {
	if keeper == "" {
		return nil
	}
	return []string{keeper}
}

// whose limits a statement to some keepers; none named is everybody.
func whose(args *[]any, keepers []string) string {
	if len(keepers) == 0 {
		return ""
	}
	marks := make([]string, len(keepers))
	for i, k := range keepers {
		*args = append(*args, k)
		marks[i] = fmt.Sprintf("$%d", len(*args))
	}
	return " AND keeper_id IN (" + strings.Join(marks, ", ") + ")"
}

// DueOf is Due for some keepers, such as a team; none is everybody.
func DueOf(q db.Q, org string, keepers []string, from, to, after time.Time, afterID string, limit int) ([]Promise, error) {
	args := []any{org, from, to, after, afterID, limit}
	theirs := whose(&args, keepers)
	return db.Select[Promise](q, `SELECT `+columns+` FROM promise
		WHERE org_id = $1 AND state = 'open' AND due_at >= COALESCE($2, CAST(0 AS BIGINT)) AND due_at < COALESCE($3, 9007199254740991)
		AND (due_at > COALESCE($4, CAST(0 AS BIGINT)) OR due_at = COALESCE($4, CAST(0 AS BIGINT)) AND promise_id > $5)`+theirs+`
		ORDER BY due_at, promise_id LIMIT $6`, args...)
}

// EndedOf is Ended for some keepers; none is everybody.
func EndedOf(q db.Q, org string, keepers []string, from, to time.Time, limit int) ([]Promise, error) {
	args := []any{org, from, to, limit}
	theirs := whose(&args, keepers)
	return db.Select[Promise](q, `SELECT `+columns+` FROM promise
		WHERE org_id = $1 AND ended_at >= $2 AND ended_at < $3`+theirs+` ORDER BY ended_at LIMIT $4`, args...)
}

// CountOf is Count for some keepers; none is everybody.
func CountOf(q db.Q, org string, keepers []string) (Counts, error) {
	return db.Fresh(q, []string{"promise"}, "promise.counts", org+strings.Join(keepers, ""), func() (Counts, error) {
		return countOf(q, org, keepers)
	})
}

func countOf(q db.Q, org string, keepers []string) (Counts, error) {
	args := []any{org}
	theirs := whose(&args, keepers)
	return db.Get[Counts](q, `SELECT COUNT(*) AS open_n, COALESCE(SUM(CASE WHEN risk >= 2 THEN 1 ELSE 0 END), 0) AS risk_n FROM promise
		WHERE org_id = $1 AND state = 'open'`+theirs, args...)
}

// DueBy counts, for each of some keepers, the open promises that fall due
// before a moment, in one walk of their index.
func DueBy(q db.Q, org string, keepers []string, before time.Time) (map[string]int, error) {
	if len(keepers) == 0 {
		return map[string]int{}, nil
	}
	args := []any{org, before}
	theirs := whose(&args, keepers)
	rows, err := db.Select[struct {
		Keeper string `db:"keeper_id"`
		Count  int    `db:"n"`
	}](q, `SELECT keeper_id, COUNT(*) AS n FROM promise WHERE org_id = $1 AND state = 'open' AND due_at < $2`+theirs+` GROUP BY keeper_id`, args...)
	out := map[string]int{}
	for _, r := range rows {
		out[r.Keeper] = r.Count
	}
	return out, err
}
