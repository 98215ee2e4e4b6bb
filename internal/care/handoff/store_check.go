package handoff

import (
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/module"
)

// Checks look at the store for questions that were dropped while passed on.
// They hold when the followers have come to rest.
var checks = []module.Check{
	{Invariant: 4, Name: "a handoff drops nobody: what is offered has an open case with an owner", Run: checkSender},
	{Invariant: 4, Name: "what waits for an answer waits for somebody who works here", Run: checkReceiver},
	{Invariant: 4, Name: "an accepted referral has a case at the receiver", Run: checkAccepted},
	{Invariant: 4, Name: "a declined offer has a reason and a next step, and ended no case", Run: checkDeclined},
	{Invariant: 4, Name: "every open referral of a sender is on somebody's desk", Run: checkDesk},
	{Invariant: 1, Name: "a question is handed over only to somebody who accepted it", Run: checkHandedOver},
}

const owned = ` AND NOT EXISTS (SELECT 1 FROM case_file c JOIN member m ON m.org_id = c.org_id AND m.member_id = c.owner_id
	WHERE c.org_id = x.org_id AND c.case_id = x.case_id AND c.closed_at IS NULL AND c.open_promises > 0 AND m.active = 1)`

func checkSender(q db.Q) (int64, []string, error) {
	return module.CountAndList(q, `SELECT (SELECT COUNT(*) FROM handoff WHERE state IN ('offered', 'timed-out'))
			+ (SELECT COUNT(*) FROM referral WHERE direction = 'out' AND state IN ('offered', 'received', 'timed-out'))`,
		`SELECT x.handoff_id FROM handoff x WHERE x.state IN ('offered', 'timed-out')`+owned+`
		UNION ALL
		SELECT x.referral_id FROM referral x WHERE x.direction = 'out' AND x.state IN ('offered', 'received', 'timed-out')`+owned)
}

func checkReceiver(q db.Q) (int64, []string, error) {
	const gone = ` AND NOT EXISTS (SELECT 1 FROM member m WHERE m.org_id = x.org_id AND m.active = 1 AND m.member_id = `
	return module.CountAndList(q, `SELECT (SELECT COUNT(*) FROM handoff WHERE state IN ('offered', 'timed-out'))
			+ (SELECT COUNT(*) FROM referral WHERE direction = 'in' AND state IN ('received', 'timed-out'))
			+ (SELECT COUNT(*) FROM document_request WHERE state = 'asked')`,
		`SELECT x.handoff_id FROM handoff x WHERE x.state IN ('offered', 'timed-out')`+gone+`x.to_member)
		UNION ALL
		SELECT x.referral_id FROM referral x WHERE x.direction = 'in' AND x.state IN ('received', 'timed-out')`+gone+`x.handler_member)
		UNION ALL
		SELECT x.request_id FROM document_request x WHERE x.state = 'asked'`+gone+`x.handler_member)`)
}

func checkAccepted(q db.Q) (int64, []string, error) {
	return module.CountAndList(q, `SELECT COUNT(*) FROM referral WHERE state = 'accepted'`,
		`SELECT x.referral_id FROM referral x WHERE x.state = 'accepted' AND NOT EXISTS (SELECT 1 FROM case_file c
			WHERE c.question_id = x.question_id AND c.org_id = CASE x.direction WHEN 'in' THEN x.org_id ELSE x.peer_org END)`)
}

// checkDeclined looks at refusals of the real rules; a bare replay has none of
// them ('none').
func checkDeclined(q db.Q) (int64, []string, error) {
	return module.CountAndList(q, `SELECT (SELECT COUNT(*) FROM handoff WHERE state = 'declined') + (SELECT COUNT(*) FROM referral WHERE state = 'declined')`,
		`SELECT handoff_id FROM handoff WHERE state = 'declined' AND (next_step = 'none' OR explanation IS NULL)
		UNION ALL
		SELECT x.referral_id FROM referral x WHERE x.state = 'declined' AND (x.next_step = 'none' OR x.explanation IS NULL
			OR x.direction = 'out' AND EXISTS (SELECT 1 FROM case_file c WHERE c.org_id = x.org_id AND c.case_id = x.case_id
				AND c.close_reason = 'handed-over')
			AND NOT EXISTS (SELECT 1 FROM referral y WHERE y.org_id = x.org_id AND y.case_id = x.case_id
				AND y.direction = 'out' AND y.state = 'accepted'))`)
}

func checkDesk(q db.Q) (int64, []string, error) {
	return module.CountAndList(q, `SELECT COUNT(*) FROM referral WHERE direction = 'out' AND state IN ('received', 'timed-out')`,
		`SELECT x.referral_id FROM referral x WHERE x.direction = 'out' AND x.state IN ('received', 'timed-out')
			AND NOT EXISTS (SELECT 1 FROM referral y WHERE y.org_id = x.peer_org AND y.referral_id = x.referral_id
				AND y.direction = 'in' AND y.state IN ('received', 'timed-out'))`)
}

func checkHandedOver(q db.Q) (int64, []string, error) {
	return module.CountAndList(q, `SELECT COUNT(*) FROM case_file WHERE close_reason = 'handed-over'`,
		`SELECT c.case_id FROM case_file c WHERE c.close_reason = 'handed-over' AND NOT EXISTS (SELECT 1 FROM referral x
			JOIN case_file o ON o.org_id = x.peer_org AND o.question_id = x.question_id
			WHERE x.org_id = c.org_id AND x.case_id = c.case_id AND x.direction = 'out' AND x.state = 'accepted')`)
}
