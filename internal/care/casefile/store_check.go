package casefile

import (
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/module"
)

// checks look at the store for cases that break an invariant. The constraints
// hold most of this; the checks prove that they do, and see what a constraint
// cannot: other rows and the ledger.
var checks = []module.Check{
	{Invariant: 1, Name: "an open case has one owner, who works here", Run: checkOwner},
	{Invariant: 1, Name: "the owner changed only by an accepted handoff", Run: checkOwnerFacts},
	{Invariant: 2, Name: "an open case has an open promise with a clock time", Run: checkNext},
	{Invariant: 2, Name: "a case that waits for somebody has a date, and a promise for it", Run: checkWaiting},
	{Invariant: 3, Name: "a question that was joined with another keeps every promise there", Run: checkMerged},
	{Invariant: 10, Name: "closed means the customer agrees", Run: checkClosed},
	{Invariant: 9, Name: "every question is found by the words of its subject, and by no others", Run: checkTerms},
	{Invariant: 5, Name: "nobody is sent elsewhere before somebody there accepted", Run: checkSent},
}

func checkOwner(q db.Q) (int64, []string, error) {
	return module.CountAndList(q, `SELECT COUNT(*) FROM case_file WHERE closed_at IS NULL`,
		`SELECT c.case_id FROM case_file c LEFT JOIN member m ON m.org_id = c.org_id AND m.member_id = c.owner_id
		WHERE c.closed_at IS NULL AND (m.member_id IS NULL OR m.active = 0)`)
}

// checkOwnerFacts compares the owner with the newest fact that says who it is:
// the last in the chain, since a clock that was set back makes later ids smaller.
func checkOwnerFacts(q db.Q) (int64, []string, error) {
	return module.CountAndList(q, `SELECT COUNT(*) FROM case_file`,
		`SELECT c.case_id FROM case_file c WHERE NOT EXISTS (
			SELECT 1 FROM fact f WHERE f.org_id = c.org_id AND f.case_id = c.case_id
			AND (f.kind = 'case.opened' AND f.data LIKE '%"owner":"' || c.owner_id || '"%'
			  OR f.kind = 'case.owner' AND f.data LIKE '%"to":"' || c.owner_id || '"%')
			AND NOT EXISTS (SELECT 1 FROM fact n WHERE n.org_id = f.org_id AND n.case_id = f.case_id
				AND n.kind IN ('case.opened', 'case.owner') AND (n.seq > f.seq OR n.seq IS NULL AND (f.seq IS NOT NULL OR n.id > f.id))))
		AND c.close_reason IS DISTINCT FROM 'sent-away'`)
}

func checkNext(q db.Q) (int64, []string, error) {
	return module.CountAndList(q, `SELECT COUNT(*) FROM case_file WHERE closed_at IS NULL`,
		`SELECT c.case_id FROM case_file c WHERE c.closed_at IS NULL AND (c.open_promises <> (
			SELECT COUNT(*) FROM promise p WHERE p.org_id = c.org_id AND p.case_id = c.case_id AND p.state = 'open')
		OR NOT EXISTS (SELECT 1 FROM promise p WHERE p.org_id = c.org_id AND p.case_id = c.case_id AND p.state = 'open')
		OR c.next_due <> (SELECT MIN(p.due_at) FROM promise p WHERE p.org_id = c.org_id AND p.case_id = c.case_id AND p.state = 'open'))
		UNION ALL
		SELECT c.case_id FROM case_file c WHERE c.closed_at IS NOT NULL AND EXISTS (
			SELECT 1 FROM promise p WHERE p.org_id = c.org_id AND p.case_id = c.case_id AND p.state = 'open')`)
}

// checkClosed: "agreed" needs the customer's word at that very moment (said to
// us, or done on their page), "silence" a closing that was told and fell due.
func checkClosed(q db.Q) (int64, []string, error) {
	return module.CountAndList(q, `SELECT COUNT(*) FROM case_file WHERE close_reason IN ('agreed', 'silence')`,
		`SELECT c.case_id FROM case_file c WHERE c.close_reason = 'silence' AND NOT EXISTS (
			SELECT 1 FROM promise p WHERE p.org_id = c.org_id AND p.case_id = c.case_id AND p.kind = 'closing'
			AND p.state = 'kept' AND p.told_at IS NOT NULL AND p.told_at < p.due_at AND p.due_at < c.closed_at)
		UNION ALL
		SELECT c.case_id FROM case_file c WHERE c.close_reason = 'agreed' AND NOT EXISTS (
			SELECT 1 FROM contact_moment m WHERE m.org_id = c.org_id AND m.case_id = c.case_id AND m.direction = 'in' AND m.at = c.closed_at)
		AND NOT EXISTS (
			SELECT 1 FROM fact f WHERE f.org_id = c.org_id AND f.case_id = c.case_id AND f.at = c.closed_at
			AND (f.kind = 'case.closed' AND f.actor_kind = 'customer' OR f.kind = 'promise.withdrawn' AND f.data LIKE '%"by":"customer"%'
			  OR f.kind IN ('promise.kept', 'promise.broken') AND (f.data LIKE '%"how":"spoken"%' OR f.data LIKE '%"how":"done"%')))`)
}

func checkSent(q db.Q) (int64, []string, error) {
	return module.CountAndList(q, `SELECT COUNT(*) FROM fact WHERE kind = 'customer.sent-elsewhere'`,
		`SELECT id FROM fact WHERE kind = 'customer.sent-elsewhere' AND data LIKE '%"accepted":false%'`)
}

// checkWaiting: whoever is waited for, the case says until when, and the
// customer was promised something for that moment.
func checkWaiting(q db.Q) (int64, []string, error) {
	return module.CountAndList(q, `SELECT COUNT(*) FROM waiting`,
		`SELECT w.waiting_id FROM waiting w LEFT JOIN case_file c ON c.org_id = w.org_id AND c.case_id = w.case_id
		LEFT JOIN promise p ON p.org_id = w.org_id AND p.promise_id = w.promise_id
		WHERE w.ended_at IS NULL AND (c.closed_at IS NOT NULL OR c.waiting_by IS DISTINCT FROM w.until_at
			OR p.promise_id IS NULL OR p.case_id <> w.case_id OR p.due_at <> w.until_at)
		UNION ALL
		SELECT c.case_id FROM case_file c WHERE c.waiting_by IS NOT NULL AND NOT EXISTS (
			SELECT 1 FROM waiting w WHERE w.org_id = c.org_id AND w.case_id = c.case_id AND w.ended_at IS NULL)`)
}

// checkMerged: of a joined case every promise that was not ended in another
// way has a successor with the same time, made at that moment in the case in
// which it went on.
func checkMerged(q db.Q) (int64, []string, error) {
	return module.CountAndList(q, `SELECT COUNT(*) FROM case_file WHERE merged_into IS NOT NULL`,
		`SELECT p.promise_id FROM case_file c JOIN promise p ON p.org_id = c.org_id AND p.case_id = c.case_id
		LEFT JOIN promise n ON n.org_id = p.org_id AND n.promise_id = p.successor
		WHERE c.merged_into IS NOT NULL AND p.state = 'withdrawn' AND p.ended_at = c.closed_at AND p.kind <> 'closing'
		AND (n.promise_id IS NULL OR n.due_at <> p.due_at OR n.first_due <> p.first_due OR n.kind <> p.kind OR n.to_person <> p.to_person
			OR n.case_id = p.case_id)
		UNION ALL
		SELECT c.case_id FROM case_file c LEFT JOIN case_file i ON i.org_id = c.org_id AND i.case_id = c.merged_into
		WHERE c.merged_into IS NOT NULL AND (c.close_reason IS DISTINCT FROM 'merged' OR i.case_id IS NULL)`)
}

// checkTerms compares the index of words with the subjects: a word that stands
// in no subject any more is personal text that outlived it.
func checkTerms(q db.Q) (rows int64, wrong []string, err error) {
	if rows, err = db.Get[int64](q, `SELECT COUNT(*) FROM case_file`); err != nil {
		return 0, nil, err
	}
	type row struct {
		Org     string `db:"org_id"`
		ID      string `db:"case_id"`
		Subject string `db:"subject"`
		Words   int    `db:"words"`
	}
	last := row{}
	for {
		list, err := db.Select[row](q, `SELECT c.org_id, c.case_id, c.subject,
			(SELECT COUNT(*) FROM case_term t WHERE t.org_id = c.org_id AND t.number = c.number) AS words
			FROM case_file c WHERE (c.org_id, c.case_id) > ($1, $2) ORDER BY c.org_id, c.case_id LIMIT 1000`, last.Org, last.ID)
		if err != nil {
			return rows, nil, err
		}
		if len(list) == 0 {
			break
		}
		for _, c := range list {
			if c.Words != len(caseTerms(c.Subject)) {
				wrong = append(wrong, c.ID)
			}
		}
		last = list[len(list)-1]
	}
	lost, err := db.Select[string](q, `SELECT t.org_id || ' ' || CAST(t.number AS TEXT) FROM case_term t
		WHERE NOT EXISTS (SELECT 1 FROM case_file c WHERE c.org_id = t.org_id AND c.number = t.number) LIMIT 20`)
	return rows, append(wrong, lost...), err
}
