package promise

import (
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

var (
	seriesColumns = db.Columns[Series]("")
	stepColumns   = db.Columns[SeriesStep]("")
)

func seriesByID(q db.Q, org, id string) (Series, error) {
	s, ok, err := db.Find[Series](q, `SELECT `+seriesColumns+` FROM series WHERE org_id = $1 AND series_id = $2`, org, id)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "series-not-found")
	}
	return s, err
}

// seriesOfCase gives the series of a case, oldest first.
func seriesOfCase(q db.Q, org, caseID string) ([]Series, error) {
	return db.Select[Series](q, `SELECT `+seriesColumns+` FROM series
		WHERE org_id = $1 AND case_id = $2 ORDER BY made_at, series_id LIMIT 100`, org, caseID)
}

// stepsOf gives the steps of a series after the first, or those after a place.
func stepsOf(q db.Q, org, id string, after int) ([]SeriesStep, error) {
	return db.Select[SeriesStep](q, `SELECT `+stepColumns+` FROM series_step
		WHERE org_id = $1 AND series_id = $2 AND position > $3 ORDER BY position LIMIT 50`, org, id, after)
}

// promisesOf gives the promises of a series from a step on, in order.
func promisesOf(q db.Q, org, id string, from int) ([]Promise, error) {
	return db.Select[Promise](q, `SELECT `+columns+` FROM promise
		WHERE org_id = $1 AND series_id = $2 AND step >= $3 ORDER BY step, made_at, promise_id LIMIT 500`, org, id, from)
}

func setPosition(t *db.Tx, s Series) error {
	return db.Changed(t.Exec(`UPDATE series SET position = $4, day = $5, version = version + 1
		WHERE org_id = $1 AND series_id = $2 AND version = $3 AND state = 'open'`, s.Org, s.ID, s.Version, s.Position, db.Null(s.Day)))
}

func setRule(t *db.Tx, s Series, rule string) error {
	return db.Changed(t.Exec(`UPDATE series SET rule = $4, version = version + 1
		WHERE org_id = $1 AND series_id = $2 AND version = $3 AND state = 'open'`, s.Org, s.ID, s.Version, rule))
}

func touchSeries(t *db.Tx, s Series) error {
	return db.Changed(t.Exec(`UPDATE series SET version = version + 1
		WHERE org_id = $1 AND series_id = $2 AND version = $3 AND state = 'open'`, s.Org, s.ID, s.Version))
}

func endSeries(t *db.Tx, s Series, how, why, by string, at time.Time) error {
	return db.Changed(t.Exec(`UPDATE series SET state = 'ended', ended_at = $4, ended_by = $5, ended_how = $6, why = $7, version = version + 1
		WHERE org_id = $1 AND series_id = $2 AND version = $3 AND state = 'open'`, s.Org, s.ID, s.Version, at, by, how, db.Null(why)))
}

// resumeSeries opens a series again of which the end was taken back.
func resumeSeries(t *db.Tx, s Series, position int) error {
	return db.Changed(t.Exec(`UPDATE series SET state = 'open', ended_at = NULL, ended_by = NULL, ended_how = NULL, why = NULL, position = $4,
		version = version + 1 WHERE org_id = $1 AND series_id = $2 AND version = $3`, s.Org, s.ID, s.Version, position))
}

// replaceSteps puts other steps in the place of those after a position.
func replaceSteps(t *db.Tx, s Series, after int, steps []SeriesStep) error {
	if _, err := t.Exec(`DELETE FROM series_step WHERE org_id = $1 AND series_id = $2 AND position > $3`, s.Org, s.ID, after); err != nil {
		return err
	}
	rows := make([]SeriesStep, len(steps))
	for i, x := range steps {
		x.Org, x.Series, x.Position = s.Org, s.ID, after+1+i
		rows[i] = x
	}
	return db.InsertAll(t, "series_step", rows)
}

// moveSeries lets the open series of a case go on in another.
func moveSeries(t *db.Tx, org, from, to string) error {
	_, err := t.Exec(`UPDATE series SET case_id = $3, version = version + 1 WHERE org_id = $1 AND case_id = $2 AND state = 'open'`, org, from, to)
	return err
}

// keepSeries lets somebody else keep what lies ahead in the series of a case.
func keepSeries(t *db.Tx, org, caseID, from, to string) error {
	if _, err := t.Exec(`UPDATE series SET keeper_id = $4, version = version + 1
		WHERE org_id = $1 AND case_id = $2 AND keeper_id = $3 AND state = 'open'`, org, caseID, from, to); err != nil {
		return err
	}
	_, err := t.Exec(`UPDATE series_step SET keeper_id = $4 WHERE org_id = $1 AND keeper_id = $3 AND series_id IN (
		SELECT series_id FROM series WHERE org_id = $1 AND case_id = $2 AND state = 'open')`, org, caseID, from, to)
	return err
}

// hearSeries tells what lies ahead in a case to another person.
func hearSeries(t *db.Tx, org, caseID, from, to string) error {
	_, err := t.Exec(`UPDATE series SET to_person = $4, version = version + 1
		WHERE org_id = $1 AND case_id = $2 AND to_person = $3 AND state = 'open'`, org, caseID, from, to)
	return err
}
