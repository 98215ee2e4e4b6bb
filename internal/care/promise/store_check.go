package promise

import (
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/module"
)

// checks look at the store for promises that break an invariant.
var checks = []module.Check{
	{Invariant: 3, Name: "a promise ends once and is never edited", Run: checkEnds},
	{Invariant: 3, Name: "a kept promise was kept within its window", Run: checkKept},
	{Invariant: 3, Name: "a moved promise was told before the old one fell due", Run: checkMoved},
	{Invariant: 3, Name: "what broke was told, and has a successor or an end", Run: checkBroken},
	{Invariant: 3, Name: "what was asked has an open promise, waits for one, or has an end", Run: checkDelivery},
	{Invariant: 2, Name: "a series that goes on has its present step promised", Run: checkSeriesNow},
	{Invariant: 3, Name: "a series passed over no step", Run: checkSeriesSteps},
}

// checkEnds compares every ended promise with its facts: exactly one end that
// was not taken back, and the due time that was recorded when it was made.
func checkEnds(q db.Q) (int64, []string, error) {
	rows, err := db.Get[int64](q, `SELECT COUNT(*) FROM promise`)
	if err != nil {
		return 0, nil, err
	}
	type made struct {
		ID   string `db:"promise_id"`
		Due  int64  `db:"due_ms"`
		Ends int64  `db:"ends"`
		Made int64  `db:"made"`
		Open bool   `db:"is_open"`
	}
	// The ids and due times inside facts are JSON text; LIKE on the id finds
	// the few facts of the promise within its own case.
	list, err := db.Select[made](q, `SELECT p.promise_id, p.due_at AS due_ms,
		CASE WHEN p.state = 'open' THEN 1 ELSE 0 END AS is_open,
		(SELECT COUNT(*) FROM fact f WHERE f.org_id = p.org_id AND f.case_id = p.case_id
			AND f.kind IN ('promise.kept', 'promise.broken', 'promise.renegotiated', 'promise.withdrawn')
			AND f.data LIKE '%"promise":"' || p.promise_id || '"%') -
		(SELECT COUNT(*) FROM fact f WHERE f.org_id = p.org_id AND f.case_id = p.case_id AND f.kind = 'promise.retracted'
			AND f.data LIKE '%"promise":"' || p.promise_id || '"%') AS ends,
		(SELECT COUNT(*) FROM fact f WHERE f.org_id = p.org_id AND f.case_id = p.case_id AND f.kind = 'promise.made'
			AND f.data LIKE '%"promise":"' || p.promise_id || '"%'
			AND f.data LIKE '%"due":' || CAST(p.due_at AS TEXT) || '%') AS made
		FROM promise p`)
	if err != nil {
		return 0, nil, err
	}
	var wrong []string
	for _, m := range list {
		switch {
		case m.Made != 1:
			wrong = append(wrong, m.ID+": the due time is not the one that was promised")
		case m.Open && m.Ends != 0, !m.Open && m.Ends != 1:
			wrong = append(wrong, m.ID+": it does not have exactly one end")
		}
	}
	return rows, wrong, nil
}

func checkKept(q db.Q) (int64, []string, error) {
	return module.CountAndList(q, `SELECT COUNT(*) FROM promise WHERE state = 'kept'`,
		`SELECT promise_id FROM promise WHERE state = 'kept' AND kind <> 'closing' AND (ended_at > due_at OR from_at IS NOT NULL AND ended_at < from_at)`)
}

func checkMoved(q db.Q) (int64, []string, error) {
	return module.CountAndList(q, `SELECT COUNT(*) FROM promise WHERE state = 'renegotiated'`,
		`SELECT o.promise_id FROM promise o LEFT JOIN promise n ON n.org_id = o.org_id AND n.promise_id = o.successor
		WHERE o.state = 'renegotiated' AND (n.promise_id IS NULL OR n.told_at IS NULL OR n.told_at > o.due_at)`)
}

func checkBroken(q db.Q) (int64, []string, error) {
	return module.CountAndList(q, `SELECT COUNT(*) FROM promise WHERE state = 'broken' AND ended_by = 'system'`,
		`SELECT o.promise_id FROM promise o LEFT JOIN promise n ON n.org_id = o.org_id AND n.promise_id = o.successor
		WHERE o.state = 'broken' AND o.ended_by = 'system' AND (n.promise_id IS NULL OR n.message_id IS NULL AND NOT EXISTS (
			SELECT 1 FROM signal x WHERE x.org_id = o.org_id AND x.case_id = o.case_id AND x.kind = 'message.untold'))`)
}

// checkDelivery compares what was asked with the promise by which it will come
// or came: the advisor learns from these rows only.
func checkDelivery(q db.Q) (int64, []string, error) {
	return module.CountAndList(q, `SELECT COUNT(*) FROM delivery WHERE promise_id IS NOT NULL`,
		`SELECT d.delivery_id FROM delivery d LEFT JOIN promise p ON p.org_id = d.org_id AND p.promise_id = d.promise_id
		WHERE d.promise_id IS NOT NULL AND (p.promise_id IS NULL OR d.asked_at > p.made_at OR d.kind <> p.kind
			OR d.ended_at IS NULL AND (d.waits = 0) <> (p.state = 'open')
			OR d.ended_at IS NOT NULL AND (p.state = 'open' OR d.waits = 1))`)
}

// checkSeriesNow looks for series that wait for nothing: between two steps there
// is no moment at which nothing is promised.
func checkSeriesNow(q db.Q) (int64, []string, error) {
	return module.CountAndList(q, `SELECT COUNT(*) FROM series WHERE state = 'open'`,
		`SELECT x.series_id FROM series x WHERE x.state = 'open' AND NOT EXISTS (SELECT 1 FROM promise p
		WHERE p.org_id = x.org_id AND p.series_id = x.series_id AND p.step = x.position AND p.case_id = x.case_id AND p.state = 'open')`)
}

// checkSeriesSteps looks for steps up to the present one that were never promised.
func checkSeriesSteps(q db.Q) (int64, []string, error) {
	return module.CountAndList(q, `SELECT COUNT(*) FROM series`,
		`SELECT x.series_id FROM series x WHERE x.position <> (SELECT COUNT(DISTINCT p.step) FROM promise p
		WHERE p.org_id = x.org_id AND p.series_id = x.series_id AND p.step BETWEEN 1 AND x.position)`)
}
