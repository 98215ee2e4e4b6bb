package insight

import (
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/module"
)

// checkCounters compares the counters with the rows they count.
func checkCounters(q db.Q) (int64, []string, error) {
	// across organisations: a check looks at the whole store
	return module.CountAndList(q, `SELECT COUNT(*) FROM insight_day`,
		`SELECT d.org_id || ' ' || d.measure || ' ' || d.day || ' ' || d.outcome FROM insight_day d
		WHERE d.n <> (SELECT COUNT(*) FROM insight_outcome o WHERE o.org_id = d.org_id AND o.measure = d.measure AND o.day = d.day
			AND o.part = d.part AND o.outcome = d.outcome)`)
}
