package promise

import (
	"time"

	"github.com/houvast/houvast/internal/kit/db"
)

var deliveryColumns = db.Columns[Delivery]("")

// What openDeliveries looks for.
const (
	openByPromise = `promise_id = $2`
	waitingInCase = `case_id = $2 AND waits = 1`
)

func insertDelivery(t *db.Tx, d Delivery) error {
	_, err := t.Exec(`INSERT INTO delivery (org_id, delivery_id, source, kind, team_id, case_id, promise_id, asked_at)
		VALUES ($1, $2, '', $3, $4, $5, $6, $7)`, d.Org, d.ID, string(d.Kind), d.Team, d.Case, d.Promise, d.Asked)
	return err
}

// takesOver lets a new promise take the place of one of its kind in the case
// that broke; it says whether there was one. Where the clock was set back since,
// it counts as asked now: nothing is asked after it was promised.
func takesOver(t *db.Tx, p Promise) (bool, error) {
	n, err := t.Exec(`UPDATE delivery SET promise_id = $4, waits = 0, asked_at = CASE WHEN asked_at > $5 THEN $5 ELSE asked_at END
		WHERE org_id = $1 AND delivery_id = (
		SELECT MIN(delivery_id) FROM delivery WHERE org_id = $1 AND case_id = $2 AND kind = $3 AND waits = 1)`,
		p.Org, p.Case, string(p.Kind), p.ID, p.MadeAt)
	return n > 0, err
}

// hand gives what was asked to the promise that goes on with it; of a clock
// that was set back the same holds as for takesOver.
func hand(t *db.Tx, p Promise, to string) error {
	_, err := t.Exec(`UPDATE delivery SET promise_id = $3, case_id = (SELECT case_id FROM promise WHERE org_id = $1 AND promise_id = $3),
		asked_at = CASE WHEN asked_at > $4 THEN $4 ELSE asked_at END
		WHERE org_id = $1 AND promise_id = $2 AND ended_at IS NULL`, p.Org, p.ID, to, t.Now())
	return err
}

func setWaits(t *db.Tx, p Promise) error {
	_, err := t.Exec(`UPDATE delivery SET waits = 1 WHERE org_id = $1 AND promise_id = $2 AND ended_at IS NULL`, p.Org, p.ID)
	return err
}

func openDeliveries(q db.Q, org, which, id string) ([]Delivery, error) {
	return db.Select[Delivery](q, `SELECT `+deliveryColumns+` FROM delivery WHERE org_id = $1 AND `+which+`
		AND ended_at IS NULL ORDER BY delivery_id LIMIT 100`, org, id)
}

func endDelivery(t *db.Tx, d Delivery) error {
	delivered := 0
	if d.Delivered {
		delivered = 1
	}
	_, err := t.Exec(`UPDATE delivery SET ended_at = $3, delivered = $4, waits = 0, work_ms = $5
		WHERE org_id = $1 AND delivery_id = $2 AND ended_at IS NULL`, d.Org, d.ID, d.Ended, delivered, d.Work.Milliseconds())
	return err
}

// dropDelivery takes out what was asked and delivered at one moment.
func dropDelivery(t *db.Tx, d Delivery) error {
	_, err := t.Exec(`DELETE FROM delivery WHERE org_id = $1 AND delivery_id = $2 AND ended_at IS NULL`, d.Org, d.ID)
	return err
}

// resumesDelivery takes an end back; it says whether there was one.
func resumesDelivery(t *db.Tx, p Promise) (bool, error) {
	n, err := t.Exec(`UPDATE delivery SET ended_at = NULL, delivered = 0, work_ms = NULL WHERE org_id = $1 AND promise_id = $2`, p.Org, p.ID)
	return n > 0, err
}

// recentDeliveries gives the newest of a group by when they were asked. An
// empty kind or team means all.
func recentDeliveries(q db.Q, org string, kind Kind, team string, limit int) ([]Delivery, error) {
	where, args := "", []any{org, limit}
	if kind != "" {
		where, args = where+" AND kind = $3", append(args, string(kind))
		if team != "" {
			where, args = where+" AND team_id = $4", append(args, team)
		}
	}
	return db.Select[Delivery](q, `SELECT asked_at, ended_at, delivered, work_ms FROM delivery WHERE org_id = $1`+where+`
		ORDER BY asked_at DESC LIMIT $2`, args...)
}

// teamOf is the team of a keeper; the first by id of somebody in several.
func teamOf(q db.Q, org, keeper string) (string, error) {
	return db.Once(q, "team_member", org+keeper, func() (string, error) {
		team, _, err := db.Find[string](q, `SELECT team_id FROM team_member WHERE org_id = $1 AND member_id = $2 ORDER BY team_id LIMIT 1`, org, keeper)
		return team, err
	})
}

// insertLead writes a row of an imported history, once.
func insertLead(t *db.Tx, d Delivery) (int64, error) {
	delivered := 0
	if d.Delivered {
		delivered = 1
	}
	return t.Exec(`INSERT INTO delivery (org_id, delivery_id, source, kind, team_id, asked_at, ended_at, delivered, work_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (org_id, delivery_id) DO NOTHING`,
		d.Org, d.ID, d.Source, string(d.Kind), d.Team, d.Asked, d.Ended, delivered, d.Work.Milliseconds())
}

// forgetLeads removes some of an imported history; it says how many.
func forgetLeads(t *db.Tx, org, source string, limit int) (int64, error) {
	return t.Exec(`DELETE FROM delivery WHERE org_id = $1 AND source = $2 AND delivery_id IN (
		SELECT delivery_id FROM delivery WHERE org_id = $1 AND source = $2 AND source <> '' ORDER BY delivery_id LIMIT $3)`, org, source, limit)
}

// judged are promises made at odds that ended since, and not in the same breath.
type judged struct {
	Odds  int   `db:"odds"`
	State State `db:"state"`
	N     int   `db:"n"`
}

func judgedSince(q db.Q, org string, since time.Time) ([]judged, error) {
	return db.Select[judged](q, `SELECT odds, state, COUNT(*) AS n FROM promise
		WHERE org_id = $1 AND odds > 0 AND ended_at IS NOT NULL AND ended_at >= $2 AND ended_at > made_at AND state <> 'withdrawn' GROUP BY odds, state ORDER BY odds, state`, org, since)
}

var calibrationColumns = db.Columns[Calibration]("")

func saveCalibration(t *db.Tx, org string, rows []Calibration) error {
	if _, err := t.Exec(`DELETE FROM calibration WHERE org_id = $1`, org); err != nil {
		return err
	}
	return db.InsertAll(t, "calibration", rows)
}

// CalibrationOf is what the last nightly check found: all promises made at odds
// together first, then by odds. Empty before the first check.
func CalibrationOf(q db.Q, org string) ([]Calibration, error) {
	return db.Select[Calibration](q, `SELECT `+calibrationColumns+` FROM calibration WHERE org_id = $1 ORDER BY odds LIMIT 50`, org)
}

// allOrganisations looks across organisations: the nightly check goes by all of them.
func allOrganisations(q db.Q, after string, limit int) ([]string, error) {
	return db.Select[string](q, `SELECT org_id FROM organisation WHERE org_id > $1 ORDER BY org_id LIMIT $2`, after, limit)
}

// DeliveriesOf gives what was asked in a case, oldest first.
func DeliveriesOf(q db.Q, org, caseID string) ([]Delivery, error) {
	return db.Select[Delivery](q, `SELECT `+deliveryColumns+` FROM delivery d WHERE d.org_id = $1 AND d.promise_id IN (
		SELECT promise_id FROM promise WHERE org_id = $1 AND case_id = $2) ORDER BY asked_at, delivery_id LIMIT 500`, org, caseID)
}
