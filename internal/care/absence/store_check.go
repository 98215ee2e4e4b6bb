package absence

import (
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/module"
)

// CheckHeld looks for promises that fall due while their keeper is away
// although the absence was arranged, and of which nobody was told: for replay.
// One that is being moved, or closes by itself, waits for nobody.
func CheckHeld(q db.Q) (rows int64, wrong []string, err error) {
	return module.CountAndList(q, `SELECT COUNT(*) FROM absence WHERE state = 'arranged'`,
		`SELECT p.promise_id FROM absence a JOIN promise p ON p.org_id = a.org_id AND p.keeper_id = a.member_id AND p.state = 'open'
		WHERE a.state = 'arranged' AND p.kind NOT IN ('closing', 'duty') AND p.moving_to IS NULL
		AND (a.until_at IS NULL OR p.due_at < a.until_at) AND p.made_at < a.arranged_at
		AND NOT EXISTS (SELECT 1 FROM absence_item i WHERE i.org_id = a.org_id AND i.absence_id = a.absence_id
			AND i.item_id = p.promise_id AND i.state = 'failed')
		AND NOT EXISTS (SELECT 1 FROM signal s WHERE s.org_id = p.org_id AND s.case_id = p.case_id AND s.kind = 'absence.nobody')`)
}
