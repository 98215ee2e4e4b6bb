package intake

import (
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/module"
)

// checks look at the store for calls that broke an invariant.
var checks = []module.Check{
	{Invariant: 1, Name: "an urgent call fetched somebody", Run: checkFetched},
	{Invariant: 10, Name: "only who may speak for a customer agreed in a call", Run: checkAgreed},
}

// checkFetched: wherever a clinician was asked for, a signal was raised about
// that case for a member.
func checkFetched(q db.Q) (int64, []string, error) {
	return module.CountAndList(q, `SELECT COUNT(*) FROM fact WHERE kind = 'case.urgent'`,
		`SELECT f.case_id FROM fact f WHERE f.kind = 'case.urgent' AND NOT EXISTS (
			SELECT 1 FROM signal s WHERE s.org_id = f.org_id AND s.kind = 'urgent.call' AND s.case_id = f.case_id)`)
}

// checkAgreed: a case that was opened and agreed in one conversation had its
// asker on the line.
func checkAgreed(q db.Q) (int64, []string, error) {
	return module.CountAndList(q, `SELECT COUNT(*) FROM case_file WHERE close_reason = 'agreed' AND closed_at = opened_at`,
		`SELECT c.case_id FROM case_file c WHERE c.close_reason = 'agreed' AND c.closed_at = c.opened_at AND NOT EXISTS (
			SELECT 1 FROM contact_moment m WHERE m.org_id = c.org_id AND m.case_id = c.case_id AND m.direction = 'in'
			AND m.at = c.closed_at AND m.person_id = c.asker_id)`)
}
