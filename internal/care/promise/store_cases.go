package promise

import (
	"fmt"
	"strings"

	"github.com/houvast/houvast/internal/kit/db"
)

// OpenOf gives which of at most 200 cases have an open promise of a kind.
func OpenOf(q db.Q, org string, cases []string, kind Kind) ([]string, error) {
	if len(cases) == 0 {
		return nil, nil
	}
	args, marks := []any{org, string(kind)}, make([]string, len(cases))
	for i, c := range cases {
		args = append(args, c)
		marks[i] = fmt.Sprintf("$%d", i+3)
	}
	return db.Select[string](q, `SELECT DISTINCT case_id FROM promise
		WHERE org_id = $1 AND state = 'open' AND kind = $2 AND case_id IN (`+strings.Join(marks, ", ")+`)`, args...)
}
